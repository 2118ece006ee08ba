package worker

import (
	"context"
	"errors"
	"time"

	"leadtriage/internal/lead"
)

// tellLease is how long telling the rivals of a lead may take.
const tellLease = time.Minute

// TellRivals brings the cards of the lead's rivals up to date with it, those of the
// first ten; more cards say how many leads there are when they are drawn next, within
// the hour (lookEvery). So what a lead costs does not grow with its rivals. Each lead
// is changed in a transaction of its own. Of two that arrive at once, the one
// that commits last finds the other here; what cards and records show of rivals
// is read when they are drawn, so no copy of it can be out of date.
//
// Crash window: the mark goes last, so that telling is begun again; telling
// twice only draws a card again.
func (f *Flow) TellRivals(ctx context.Context, id string) error {
	var lease time.Time
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		lease = time.Time{}
		if !c.TellAt.IsZero() {
			lease = c.Now.Add(tellLease)
			c.TellAt = lease
		}
		return nil
	})
	if errors.Is(err, lead.ErrNotFound) {
		return nil
	}
	if err != nil || lease.IsZero() {
		return err
	}
	rivals, err := f.Records.Rivals(ctx, &c.Lead)
	if err != nil {
		return err
	}
	for _, r := range rivals {
		_, err := f.change(ctx, r.LeadID, func(c *lead.Case) error {
			c.Meet(id)
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
		for _, r := range rivals {
			c.Meet(r.LeadID)
		}
		if c.TellAt.Equal(lease) { // else it changed again meanwhile
			c.TellAt = time.Time{}
		}
		return nil
	})
	return err
}
