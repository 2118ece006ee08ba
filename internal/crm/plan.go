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

// slots are the deliveries to a target that a process has under way side by side.
const slots = 16

// Kind is the webhook to a target as a kind of effect, in a lane of its own. undo is how
// long a decision can be taken back: so long its webhook waits. paused shows why the target
// takes nothing, in place of another reason; empty: it does.
func (w *Webhook) Kind(health Health, undo time.Duration, paused func(before, now string), log *slog.Logger) outbox.Kind {
	lane := outbox.NewLane(lead.LaneOf(w.Name), slots).WithBreaker(log).WithPauses(log, paused)
	return outbox.Kind{
		Name: lead.WebhookEffect, Target: w.Name, Lane: lane, Plan: plan{w.Name, w.Events, undo}.webhook,
		Do: func(ctx context.Context, a *outbox.Attempt) error { return w.attempt(ctx, health, log, a) },
	}
}

// Plan says what the default target is told of a change of a lead.
func Plan(undo time.Duration) func(before, after lead.Seen, c *lead.Case) {
	return plan{lead.DefaultTarget, nil, undo}.webhook
}

// plan says what a target is told.
type plan struct {
	name   string
	events []string // none: all but lead.parked
	undo   time.Duration
}

// occasions say of which change each event is told, beside decisions; told is what the target
// heard last of the lead. Of lead.WebhookEvents the first that fits is told.
var occasions = map[string]func(was, is lead.Seen, told string) bool{
	decisionEvent(lead.Approve): decided(lead.Approve),
	decisionEvent(lead.Reject):  decided(lead.Reject),
	disqualifiedEvent: func(was, is lead.Seen, told string) bool {
		return is.Stage == lead.Disqualified && was.Stage != lead.Disqualified && was.Stage != lead.Archived && told != disqualifiedEvent
	},
	reopenedEvent: func(_, is lead.Seen, told string) bool { // the target knows it as lost, or as approved
		lost := told == disqualifiedEvent || told == decisionEvent(lead.Reject)
		return is.Stage == lead.AwaitingReview && (lost || told == decisionEvent(lead.Approve) || told == updatedEvent) || is.Stage == lead.Parked && lost
	},
	lead.LeadParked: func(was, is lead.Seen, _ string) bool {
		return is.Stage == lead.Parked && was.Stage != lead.Parked && was.Stage != lead.Archived
	},
	updatedEvent: func(was, is lead.Seen, _ string) bool {
		return is.Stage == lead.Approved && (was.Asked.Note != is.Asked.Note || !reflect.DeepEqual(was.Content, is.Content) ||
			!reflect.DeepEqual(was.Outcomes, is.Outcomes))
	},
}

const (
	disqualifiedEvent = "lead.disqualified"
	updatedEvent      = "lead.updated"
	reopenedEvent     = "lead.reopened"
)

func decisionEvent(d lead.Decision) string { return "lead." + string(d) }

func decided(d lead.Decision) func(was, is lead.Seen, told string) bool {
	return func(was, is lead.Seen, _ string) bool {
		return is.Asked.Decision == d && (was.Asked.Round != is.Asked.Round || was.Asked.Decision != d)
	}
}

func (p plan) webhook(was, is lead.Seen, c *lead.Case) {
	p.besides(was, is, c)
	last := p.newest(c)
	told := ""
	if last != nil {
		told = last.Event
	}
	for _, event := range lead.WebhookEvents {
		if occasion := occasions[event]; occasion == nil || !p.hears(event) || !occasion(was, is, told) {
			continue
		}
		if event != updatedEvent || p.untold(was, is, last, c) {
			p.announce(c, event, told != "")
		}
		return
	}
}

func (p plan) hears(event string) bool {
	return slices.Contains(p.events, event) || len(p.events) == 0 && event != lead.LeadParked
}

// besides has the target told of owners and service levels. That belongs to no round, so that
// it is in the way of no undo.
func (p plan) besides(was, is lead.Seen, c *lead.Case) {
	tell := func(event, what string) {
		if p.hears(event) {
			c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.LaneOf(p.name), Event: event, DueAt: c.Now,
				Target: fmt.Sprintf("%s-%s-%d", p.name, what, c.Now.UnixMilli())})
		}
	}
	if o := is.Owner; o != nil && (was.Owner == nil || was.Owner.Turn != o.Turn) {
		tell(lead.OwnerAssigned, "assigned")
	}
	for _, k := range is.Clocks {
		if k.State == lead.ClockBreached && !slices.Contains(was.Clocks, k) {
			tell(lead.SLABreached, string(k.Kind))
		}
	}
}

// untold reports whether news of an approved lead is not told by what still waits: it is
// drawn from the record when it leaves, so that news which piles up is told once, and the
// word of why an approval was given with the approval.
func (p plan) untold(was, is lead.Seen, last *lead.Effect, c *lead.Case) bool {
	if last != nil && last.Event == updatedEvent && last.State == lead.Pending && last.Attempts == 0 {
		return false
	}
	if reflect.DeepEqual(was.Content, is.Content) && reflect.DeepEqual(was.Outcomes, is.Outcomes) {
		e := c.Effect(lead.EffectID(c.Lead.ID, lead.WebhookEffect, p.name, is.Asked.Round))
		return e == nil || e.State != lead.Pending && e.State != lead.GivenUp
	}
	return true
}

// announce has the target told of an event of the lead, after the time to undo its newest
// decision. A round's decision has a key of its own; of other events there may be several.
func (p plan) announce(c *lead.Case, event string, before bool) {
	target, round, due := p.name, 0, c.Now
	if r := c.Review(); r != nil {
		round = r.Round
		if end := c.Lead.UndoEnds(r, p.undo); end.After(c.Now) {
			due = end
		}
	}
	if decision := event == decisionEvent(lead.Approve) || event == decisionEvent(lead.Reject); !decision && before {
		target = fmt.Sprintf("%s-%s-%d", p.name, event[len("lead."):], c.Now.UnixMilli())
	}
	c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.LaneOf(p.name), Target: target, Round: round, Event: event, DueAt: due})
}

// newest is the newest effect that tells the target of the lead, or nil.
func (p plan) newest(c *lead.Case) (last *lead.Effect) {
	for i := range c.Effects {
		e := &c.Effects[i]
		if e.Kind == lead.WebhookEffect && occasions[e.Event] != nil && e.Lane == lead.LaneOf(p.name) && e.State != lead.Cancelled && (last == nil || e.Seq > last.Seq) {
			last = e
		}
	}
	return last
}
