package worker

import (
	"context"
	"fmt"

	"leadtriage/internal/lead"
)

// SendToReview has a person asked about a lead whatever the rules say: one that
// is parked, disqualified, archived from there, or still on its way. Any other
// stage is lead.ErrIllegalMove.
func (f *Flow) SendToReview(ctx context.Context, id, by string) (lead.Receipt, error) {
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		l := &c.Lead
		if l.Stage == lead.Archived {
			if err := c.Restore(by); err != nil {
				return err
			}
		}
		switch l.Stage {
		case lead.Received, lead.Parked, lead.Disqualified:
		default:
			return fmt.Errorf("lead %s is %s: %w", id, l.Stage, lead.ErrIllegalMove)
		}
		l.WantedBy = by
		c.Note(by, "sent_to_review", "")
		if l.Stage == lead.Received {
			return nil // asked about when its facts are in
		}
		if err := l.MoveTo(lead.Enriched); err != nil {
			return err
		}
		if l.Enrichment.State == lead.EnrichmentPending {
			return f.resume(c)
		}
		return f.propose(c)
	})
	if err != nil {
		return lead.Receipt{}, err
	}
	return lead.Receipt{ID: id, Stage: c.Lead.Stage}, nil
}

// Restore brings an archived lead back to where it was; any other stage is
// lead.ErrIllegalMove.
func (f *Flow) Restore(ctx context.Context, id, by string) (lead.Receipt, error) {
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		if c.Lead.Stage != lead.Archived {
			return fmt.Errorf("lead %s is %s, not archived: %w", id, c.Lead.Stage, lead.ErrIllegalMove)
		}
		return c.Restore(by)
	})
	if err != nil {
		return lead.Receipt{}, err
	}
	return lead.Receipt{ID: id, Stage: c.Lead.Stage}, nil
}
