package worker

import (
	"fmt"
	"reflect"

	"leadtriage/internal/lead"
)

// planners say what a change of a lead brings about. Each sees the lead before
// and after, in the change's own transaction, and adds its effects; what was
// added already is added once. A kind that is registered from outside brings its own.
var planners = []func(f *Flow, b *before, c *lead.Case){
	(*Flow).planCard,
	(*Flow).planThread,
	(*Flow).planReminders,
	(*Flow).planConflicts,
	(*Flow).planWebhook,
}

// before is what planners know of a lead as it was.
type before struct {
	stage    lead.Stage
	round    int
	open     bool // the round waited for a decision
	standing lead.Standing
	seen     lead.Seen
}

// following has the planners follow a change.
func (f *Flow) following(change func(*lead.Case) error) func(*lead.Case) error {
	return func(c *lead.Case) error {
		r := c.Review()
		b := before{stage: c.Lead.Stage, round: len(c.Reviews), open: r.Open(), standing: c.Standing(), seen: c.Seen()}
		if err := change(c); err != nil {
			return err
		}
		for _, plan := range planners {
			plan(f, &b, c)
		}
		for _, kind := range f.Kinds {
			if kind.Plan != nil {
				kind.Plan(b.seen, c)
			}
		}
		return nil
	}
}

// planCard has the newest round's card drawn again when it shows something else.
func (f *Flow) planCard(b *before, c *lead.Case) {
	if b.round == len(c.Reviews) && !reflect.DeepEqual(b.seen, c.Seen()) {
		c.Redraw()
	}
}

// planThread has the card's thread tell what happened.
func (f *Flow) planThread(_ *before, c *lead.Case) {
	if f.Policy.Threads {
		c.UpdateThread()
	}
}

// planConflicts marks a lead for the leads of the same company that other
// partners sent, when what they show of it changes: a new company, an earlier
// referral, a decision.
func (f *Flow) planConflicts(b *before, c *lead.Case) {
	if after := c.Standing(); after != b.standing && after.Domain != "" {
		c.TellConflictsAt = c.Now
	}
}

// What the endpoint is told of a lead, beside "lead." and a decision.
const (
	disqualifiedEvent = "lead.disqualified"
	updatedEvent      = "lead.updated"
	reopenedEvent     = "lead.reopened"
)

// planWebhook has the endpoint told of a decision, of a lead that a rule
// disqualified, of one that it knows as lost and that is so no more, and of news
// of an approved one.
func (f *Flow) planWebhook(b *before, c *lead.Case) {
	if !f.Policy.Webhook {
		return
	}
	r, stage, told := c.Review(), c.Lead.Stage, lastAnnounced(c)
	switch {
	case r != nil && (r.Decision == lead.Approve || r.Decision == lead.Reject) && (b.open || b.round != r.Round):
		f.announce(c, "lead."+string(r.Decision))
	case stage == lead.Disqualified && b.stage != lead.Disqualified && b.stage != lead.Archived && told != disqualifiedEvent:
		f.announce(c, disqualifiedEvent)
	case (stage == lead.AwaitingReview || stage == lead.Parked) && (told == disqualifiedEvent || told == "lead."+string(lead.Reject)):
		f.announce(c, reopenedEvent)
	case stage == lead.Approved && !reflect.DeepEqual(b.seen.Content, c.Seen().Content):
		f.announceUpdate(c)
	}
}

// announceUpdate has the endpoint told what is new of an approved lead. What is told is
// drawn from the record when it leaves, so that news which piles up is told once.
func (f *Flow) announceUpdate(c *lead.Case) {
	if e := newestWebhook(c); e == nil || e.Event != updatedEvent || e.State != lead.Pending || e.Attempts > 0 {
		f.announce(c, updatedEvent)
	}
}

// announce has the endpoint told of an event of the lead, after the time to undo
// its newest decision. A round's decision has a target of its own; of other
// events there may be several.
func (f *Flow) announce(c *lead.Case, event string) {
	target, round, due := "default", 0, c.Now
	if r := c.Review(); r != nil {
		round = r.Round
		if end := r.DecidedAt.Add(f.Policy.Undo); end.After(c.Now) {
			due = end
		}
	}
	if decision := event == "lead."+string(lead.Approve) || event == "lead."+string(lead.Reject); !decision && lastAnnounced(c) != "" {
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
		if e := &c.Effects[i]; e.Lane == lead.WebhookLane && e.State != lead.Cancelled && (last == nil || e.Seq > last.Seq) {
			last = e
		}
	}
	return last
}
