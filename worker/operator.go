package worker

import (
	"context"
	"fmt"

	"leadtriage/internal/lead"
)

// Retry puts a lead back in motion where it stands; fresh asks the company's
// pages and the model again.
func (f *Flow) Retry(ctx context.Context, id, by string, fresh bool) (lead.Receipt, error) {
	l, err := f.Records.Lead(ctx, id)
	if err != nil {
		return lead.Receipt{}, err
	}
	if err := f.Facts.Retry(ctx, l.Company.Domain, fresh); err != nil {
		return lead.Receipt{}, err
	}
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		c.Note(by, "retried", "")
		l := &c.Lead
		c.PostAgain()
		for i := range c.Effects {
			e := &c.Effects[i]
			failing := e.State == lead.Pending && (e.LastError != "" || !e.DueAt.After(c.Now))
			if e.State == lead.GivenUp || failing { // what waits for the end of an undo goes on waiting
				e.State, e.DueAt, e.Since, e.UpdatedAt = lead.Pending, c.Now, c.Now, c.Now
			}
		}
		if l.Company.Domain != "" && l.Stage != lead.Merged && (fresh || l.Enrichment.State != lead.EnrichmentDone) {
			l.Enrichment.State, l.Enrichment.Since, c.WakeAt = lead.EnrichmentPending, c.Now, c.Now.Add(queueGrace)
		}
		if l.Stage == lead.Parked || l.Stage == lead.Disqualified || l.Stage == lead.Failed {
			if err := l.MoveTo(lead.Enriched); err != nil {
				return err
			}
			return f.resume(c)
		}
		return nil
	})
	return moved(c, err)
}

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
	return moved(c, err)
}

// Rescore scores a lead that is parked or waits for a decision by the rules as they are
// now; was is its score before. Any other, and one that is scored by them, is left alone.
func (f *Flow) Rescore(ctx context.Context, id string) (was *lead.Score, l lead.Lead, err error) {
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		was, l = c.Lead.Score, c.Lead
		now := f.Rules.Score(&c.Lead, c.Now)
		switch {
		case was != nil && was.Hash == now.Hash:
			return nil
		case l.Stage == lead.Parked:
			if err := c.Lead.MoveTo(lead.Enriched); err != nil {
				return err
			}
			return f.propose(c)
		case l.Stage == lead.AwaitingReview:
			return f.propose(c)
		}
		return nil
	})
	if c != nil {
		l = c.Lead
	}
	return was, l, err
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
	return moved(c, err)
}

func moved(c *lead.Case, err error) (lead.Receipt, error) {
	if err != nil {
		return lead.Receipt{}, err
	}
	return lead.Receipt{ID: c.Lead.ID, Stage: c.Lead.Stage}, nil
}
