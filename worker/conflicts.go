package worker

import (
	"context"
	"errors"
	"time"

	"leadtriage/internal/lead"
)

// conflictsLease is how long telling the conflicting leads of a lead may take.
const conflictsLease = time.Minute

// TellConflicts brings the cards of the lead's conflicting leads up to date with it, those of the
// first ten; more cards say how many leads there are when they are drawn next, within
// the hour (lookEvery). So what a lead costs does not grow with its conflicting leads. Each lead
// is changed in a transaction of its own. Of two that arrive at once, the one
// that commits last finds the other here; what cards and records show of conflicting leads
// is read when they are drawn, so no copy of it can be out of date.
//
// Crash window: the mark goes last, so that telling is begun again; telling
// twice only draws a card again.
func (f *Flow) TellConflicts(ctx context.Context, id string) error {
	var lease time.Time
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		lease = time.Time{}
		if !c.TellConflictsAt.IsZero() {
			lease = c.Now.Add(conflictsLease)
			c.TellConflictsAt = lease
		}
		return nil
	})
	if errors.Is(err, lead.ErrNotFound) {
		return nil
	}
	if err != nil || lease.IsZero() {
		return err
	}
	conflicts, err := f.Records.Conflicts(ctx, &c.Lead)
	if err != nil {
		return err
	}
	for _, r := range conflicts {
		_, err := f.change(ctx, r.LeadID, func(c *lead.Case) error {
			c.NoteConflict(id)
			if c.Lead.Stage != lead.Archived {
				c.Redraw()
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	_, err = f.change(ctx, id, func(c *lead.Case) error {
		for _, r := range conflicts {
			c.NoteConflict(r.LeadID)
		}
		if c.TellConflictsAt.Equal(lease) { // else it changed again meanwhile
			c.TellConflictsAt = time.Time{}
		}
		return nil
	})
	return err
}
