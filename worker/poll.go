package worker

import (
	"context"
	"fmt"
	"reflect"
	"time"

	"leadtriage/internal/lead"
)

// Poll asks a CRM what became of the leads that it has.
type Poll struct {
	Name  string // of the CRM, as records call it
	Every time.Duration
	// Ask hands on what the CRM says, the same again at every time.
	Ask func(ctx context.Context, known []lead.Known, heard func(lead.Heard) error) error
}

// pollChore is the name under which a CRM's turn is kept.
const pollChore = "poll "

func (u *Upkeep) poll(ctx context.Context, p Poll) error {
	var known []lead.Known
	for after := ""; ; after = known[len(known)-1].ID {
		page, err := u.Chores.KnownTo(ctx, p.Name, after)
		if err != nil {
			return err
		}
		if known = append(known, page...); len(page) == 0 {
			break
		}
	}
	if len(known) == 0 {
		return nil
	}
	return p.Ask(ctx, known, func(h lead.Heard) error {
		key := p.Name + " " + h.Lead
		if before, ok := u.heard.Load(key); ok && reflect.DeepEqual(before, h) {
			return nil // since this process runs
		}
		_, err := u.Flow.change(ctx, h.Lead, func(c *lead.Case) error {
			if c.Lead.MergedInto != "" {
				return nil // its survivor hears
			}
			return c.Hear(p.Name, h)
		})
		if err != nil {
			return fmt.Errorf("what %s says of lead %s: %w", p.Name, h.Lead, err)
		}
		u.heard.Store(key, h)
		return nil
	})
}
