package crm

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// slots are the deliveries that a process has under way side by side.
const slots = 16

// Kind is the webhook as a kind of effect. undo is how long a decision can be taken
// back: so long its webhook waits.
func (w *Webhook) Kind(undo time.Duration, log *slog.Logger) outbox.Kind {
	return outbox.Kind{
		Name: lead.WebhookEffect, Lane: outbox.NewLane(lead.WebhookLane, slots).WithBreaker(log), Plan: Plan(undo),
		Do: func(ctx context.Context, a *outbox.Attempt) error { return w.Deliver(ctx, a.Effect, a.Dossier) },
	}
}

// Plan says what the endpoint is told of a change of a lead.
func Plan(undo time.Duration) func(before, after lead.Seen, c *lead.Case) { return plan{undo}.webhook }

type plan struct{ undo time.Duration }

// What the endpoint is told of a lead, beside decisions.
const (
	disqualifiedEvent = "lead.disqualified"
	updatedEvent      = "lead.updated"
	reopenedEvent     = "lead.reopened"
	ownerEvent        = "lead.owner_assigned"
	breachEvent       = "lead.sla_breached"
)

func decisionEvent(d lead.Decision) string { return "lead." + string(d) }

// webhook has the endpoint told of a decision, of a lead that a rule
// disqualified, of one that it knows as lost and that is so no more, and of news
// of an approved one.
func (p plan) webhook(was, is lead.Seen, c *lead.Case) {
	told := lastAnnounced(c)
	decided := was.Asked.Round != is.Asked.Round || was.Asked.Decision != is.Asked.Decision
	switch {
	case decided && (is.Asked.Decision == lead.Approve || is.Asked.Decision == lead.Reject):
		p.announce(c, decisionEvent(is.Asked.Decision))
	case is.Stage == lead.Disqualified && was.Stage != lead.Disqualified && was.Stage != lead.Archived && told != disqualifiedEvent:
		p.announce(c, disqualifiedEvent)
	case (is.Stage == lead.AwaitingReview || is.Stage == lead.Parked) && (told == disqualifiedEvent || told == decisionEvent(lead.Reject)):
		p.announce(c, reopenedEvent)
	case is.Stage == lead.Approved && !reflect.DeepEqual(was.Content, is.Content):
		p.announceUpdate(c)
	case is.Stage == lead.Approved && was.Asked.Note != is.Asked.Note:
		e := c.Effect(lead.EffectID(c.Lead.ID, lead.WebhookEffect, "default", is.Asked.Round))
		if e == nil || e.State != lead.Pending && e.State != lead.GivenUp { // it left without this word of why
			p.announceUpdate(c)
		}
	}
	if o := is.Owner; o != nil && (was.Owner == nil || was.Owner.Turn != o.Turn) {
		p.aside(c, ownerEvent, "assigned")
	}
	for _, k := range is.Clocks {
		if k.State == lead.ClockBreached && !slices.Contains(was.Clocks, k) {
			p.aside(c, breachEvent, string(k.Kind))
		}
	}
}

// aside has the endpoint told of what is beside a lead's way to its decision: it belongs to
// no round, so that it is in the way of no undo.
func (p plan) aside(c *lead.Case, event, what string) {
	c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, Event: event, DueAt: c.Now,
		Target: fmt.Sprintf("default-%s-%d", what, c.Now.UnixMilli())})
}

// announceUpdate has the endpoint told what is new of an approved lead. What is told is
// drawn from the record when it leaves, so that news which piles up is told once.
func (p plan) announceUpdate(c *lead.Case) {
	if e := newestWebhook(c); e == nil || e.Event != updatedEvent || e.State != lead.Pending || e.Attempts > 0 {
		p.announce(c, updatedEvent)
	}
}

// announce has the endpoint told of an event of the lead, after the time to undo
// its newest decision. A round's decision has a target of its own; of other
// events there may be several.
func (p plan) announce(c *lead.Case, event string) {
	target, round, due := "default", 0, c.Now
	if r := c.Review(); r != nil {
		round = r.Round
		if end := c.Lead.UndoEnds(r, p.undo); end.After(c.Now) {
			due = end
		}
	}
	if decision := event == decisionEvent(lead.Approve) || event == decisionEvent(lead.Reject); !decision && lastAnnounced(c) != "" {
		target = fmt.Sprintf("default-%s-%d", event[len("lead."):], c.Now.UnixMilli())
	}
	c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, Target: target, Round: round, Event: event, DueAt: due})
}

// lastAnnounced is the newest event of the lead that the endpoint was told, or will be.
func lastAnnounced(c *lead.Case) string {
	if e := newestWebhook(c); e != nil {
		return e.Event
	}
	return ""
}

// newestWebhook is the newest effect that tells the endpoint of the lead, or nil.
func newestWebhook(c *lead.Case) (last *lead.Effect) {
	for i := range c.Effects {
		if e := &c.Effects[i]; e.Kind == lead.WebhookEffect && e.State != lead.Cancelled && e.Event != ownerEvent && e.Event != breachEvent && (last == nil || e.Seq > last.Seq) {
			last = e
		}
	}
	return last
}
