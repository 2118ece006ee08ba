package owner

import (
	"context"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// planAlarm keeps one alarm for the next moment of all the lead's clocks.
func planAlarm(_, _ lead.Seen, c *lead.Case) {
	id, next := lead.EffectID(c.Lead.ID, lead.AlarmEffect, "next", 0), c.Lead.NextAlarm()
	e := c.Effect(id)
	switch {
	case e == nil && !next.IsZero():
		c.AddEffect(lead.Effect{Kind: lead.AlarmEffect, Lane: lead.ClockLane, Target: "next", DueAt: next})
	case e == nil || e.State == lead.Sending: // who has it in hand looks again
	case next.IsZero() && e.State == lead.Pending:
		e.State, e.UpdatedAt = lead.Cancelled, c.Now
	case !next.IsZero() && (e.State != lead.Pending || !e.DueAt.Equal(next)):
		e.State, e.DueAt, e.Since, e.Attempts, e.LastError, e.UpdatedAt = lead.Pending, next, next, 0, "", c.Now
	}
}

// ring moves the clocks on whose moment has come. It does nothing outside: what people hear
// of it follows from the change.
func (d *Desk) ring(_ context.Context, a *outbox.Attempt) error {
	a.Learned = func(c *lead.Case) {
		c.Ring()
		if d.Reassign && c.Lead.Stage == lead.Approved && c.Lead.Owner != nil && d.breached(c) {
			d.again(c)
		}
	}
	return nil
}

// breached reports whether the owner let the lead lie.
func (d *Desk) breached(c *lead.Case) bool {
	for _, kind := range []lead.ClockKind{lead.AcceptanceClock, lead.FirstContactClock} {
		if k := c.Lead.Clock(kind); k != nil && k.State == lead.ClockBreached {
			return true
		}
	}
	return false
}
