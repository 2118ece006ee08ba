package worker

import (
	"reflect"

	"leadtriage/internal/lead"
)

// planners say what a change of a lead brings about. Each sees the lead before
// and after, in the change's own transaction, and adds its effects; what was
// added already is added once. Every other kind brings its own plan.
var planners = []func(f *Flow, s *step, c *lead.Case){
	(*Flow).planCard,
	(*Flow).planThread,
	(*Flow).planConflicts,
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
		if !reflect.DeepEqual(s.before.Content.Match, c.Lead.Match()) && undecided(c.Lead.Stage) { // a rule may name it
			if err := f.reconsider(c); err != nil {
				return err
			}
		}
		s.after = c.Seen()
		s.news = !reflect.DeepEqual(s.before.Content, s.after.Content)
		for _, plan := range planners {
			plan(f, &s, c)
		}
		f.plan(s.before, c)
		for i := range c.Effects {
			if e := &c.Effects[i]; e.State == lead.Pending && e.Message() && e.LastError == "" && !f.handles(e.Kind) {
				e.LastError = lead.NoSlack
			}
		}
		return nil
	}
}

// plan has every kind's plan follow a change.
func (f *Flow) plan(before lead.Seen, c *lead.Case) {
	for _, kind := range f.Kinds {
		if kind.Plan != nil {
			kind.Plan(before, c.Seen(), c)
		}
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
