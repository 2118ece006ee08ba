package worker

import (
	"fmt"
	"reflect"

	"leadtriage/internal/lead"
)

// planners say what a change of a lead brings about. Each sees the lead before
// and after, in the change's own transaction, and adds its effects; what was
// added already is added once. A kind that is registered from outside brings its own.
var planners = []func(f *Flow, s *step, c *lead.Case){
	(*Flow).planCard,
	(*Flow).planThread,
	(*Flow).planConflicts,
	(*Flow).planWebhook,
}

// step is a change of a lead as others see it.
type step struct {
	before, after lead.Seen
	news          bool // what is said of the lead is not the same any more
}

// following has the planners follow a change.
func (f *Flow) following(change func(*lead.Case) error) func(*lead.Case) error {
	return func(c *lead.Case) error {
		s := step{before: c.Seen()}
		if err := change(c); err != nil {
			return err
		}
		s.after = c.Seen()
		s.news = !reflect.DeepEqual(s.before.Content, s.after.Content)
		for _, plan := range planners {
			plan(f, &s, c)
		}
		for _, kind := range f.Kinds {
			if kind.Plan != nil {
				kind.Plan(s.before, c)
			}
		}
		for i := range c.Effects {
			if e := &c.Effects[i]; e.State == lead.Pending && e.Message() && e.LastError == "" && !f.handles(e.Kind) {
				e.LastError = lead.NoSlack
			}
		}
		return nil
	}
}

// planCard has the newest round's card drawn again when it shows something else.
func (f *Flow) planCard(s *step, c *lead.Case) {
	shown := s.news || s.before.Stage != s.after.Stage || s.before.Asked != s.after.Asked
	if shown && s.before.Asked.Round == s.after.Asked.Round {
		c.Redraw()
	}
}

// planThread has the card's thread tell what happened.
func (f *Flow) planThread(_ *step, c *lead.Case) {
	if f.Policy.Threads {
		c.UpdateThread()
	}
}

// planConflicts marks a lead for the leads of the same company that other
// partners sent, when what they show of it changes: a new company, an earlier
// referral, a decision.
func (f *Flow) planConflicts(s *step, c *lead.Case) {
	was, is := s.before.Content.Submission, s.after.Content.Submission
	shown := was.Company.Domain != is.Company.Domain || was.ReferredOn != is.ReferredOn || s.before.Asked.Decision != s.after.Asked.Decision ||
		(s.before.Stage == lead.Merged) != (s.after.Stage == lead.Merged)
	if shown && is.Company.Domain != "" {
		c.TellConflictsAt = c.Now
	}
}

// What the endpoint is told of a lead, beside decisions.
const (
	disqualifiedEvent = "lead.disqualified"
	updatedEvent      = "lead.updated"
	reopenedEvent     = "lead.reopened"
)

func decisionEvent(d lead.Decision) string { return "lead." + string(d) }

// planWebhook has the endpoint told of a decision, of a lead that a rule
// disqualified, of one that it knows as lost and that is so no more, and of news
// of an approved one.
func (f *Flow) planWebhook(s *step, c *lead.Case) {
	if !f.Policy.Webhook {
		return
	}
	was, is, told := s.before, s.after, lastAnnounced(c)
	decided := was.Asked.Round != is.Asked.Round || was.Asked.Decision != is.Asked.Decision
	switch {
	case decided && (is.Asked.Decision == lead.Approve || is.Asked.Decision == lead.Reject):
		f.announce(c, decisionEvent(is.Asked.Decision))
	case is.Stage == lead.Disqualified && was.Stage != lead.Disqualified && was.Stage != lead.Archived && told != disqualifiedEvent:
		f.announce(c, disqualifiedEvent)
	case (is.Stage == lead.AwaitingReview || is.Stage == lead.Parked) && (told == disqualifiedEvent || told == decisionEvent(lead.Reject)):
		f.announce(c, reopenedEvent)
	case is.Stage == lead.Approved && s.news:
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
		if end := c.Lead.UndoEnds(r, f.Policy.Undo); end.After(c.Now) {
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
		if e := &c.Effects[i]; e.Lane == lead.WebhookLane && e.State != lead.Cancelled && (last == nil || e.Seq > last.Seq) {
			last = e
		}
	}
	return last
}
