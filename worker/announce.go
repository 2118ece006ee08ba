package worker

import (
	"fmt"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

// What the endpoint is told of a lead, beside "lead." and a decision.
const (
	disqualifiedEvent = "lead.disqualified"
	updatedEvent      = "lead.updated"
	reopenedEvent     = "lead.reopened"
)

// announce has the endpoint told what became of the lead at its newest round.
// What may be told more than once of a round gets a target of its own each time, by the
// clock: those of before may have been removed, but for the newest webhook of the lead.
func (f *Flow) announce(c *lead.Case, event string, due time.Time) {
	if !f.Policy.Webhook {
		return
	}
	target, round := "default", 0
	if r := c.Review(); r != nil {
		round = r.Round
	}
	heard := slices.ContainsFunc(c.Effects, func(e lead.Effect) bool { return e.Kind == lead.WebhookEffect && e.Round == round })
	if heard || event == updatedEvent || event == reopenedEvent {
		number := c.Now.UnixMilli()
		for target == "default" || c.Effect(lead.EffectID(c.Lead.ID, lead.WebhookEffect, target, round)) != nil {
			target = fmt.Sprintf("default-%s-%d", event[len("lead."):], number)
			number++
		}
	}
	c.Want(lead.WebhookEffect, target, round, event, due)
}

// reopened has it told that a lead which it knows as rejected or disqualified is
// neither any more.
func (f *Flow) reopened(c *lead.Case) {
	switch told(c) {
	case "lead." + string(lead.Rejected), disqualifiedEvent:
		f.announce(c, reopenedEvent, f.afterUndo(c))
	}
}

// told is the newest event of the lead that the endpoint was told, or will be.
func told(c *lead.Case) (event string) {
	for _, e := range c.Effects {
		if e.Kind == lead.WebhookEffect && e.State != lead.Cancelled {
			event = e.Event
		}
	}
	return event
}

// afterUndo is now, or when the newest decision cannot be undone any more.
func (f *Flow) afterUndo(c *lead.Case) time.Time {
	if r := c.Review(); r != nil {
		if end := r.DecidedAt.Add(f.Policy.Undo); end.After(c.Now) {
			return end
		}
	}
	return c.Now
}
