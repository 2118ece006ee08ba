// Package owner gives approved leads owners by the rules of package route, keeps their
// clocks by the levels of package clock, and tells people: each as a kind of effect.
package owner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"leadtriage/internal/clock"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/route"
)

// Records is where turns are kept; internal/store implements it.
type Records interface {
	// Wheel is how far a pool has come, and with since what its people have.
	Wheel(ctx context.Context, pool string, people []string, since time.Time) (lead.Wheel, error)
	// Take takes a turn; ok is false when the wheel has moved.
	Take(ctx context.Context, t lead.Turn) (ok bool, err error)
	// Assigned is the owner of a turn that was taken; lead.ErrNotFound: it was not.
	Assigned(ctx context.Context, id string) (lead.Owner, error)
}

// Desk assigns owners and keeps clocks.
type Desk struct {
	Rules    *route.Rules
	Levels   clock.Levels
	Manager  *route.Person // nil: nobody hears of breaches beside the owner
	Reassign bool          // a breach gives the lead to somebody else
	Undo     time.Duration // how long a decision can be taken back
	Records  Records
	Slack    Slack                   // nil: nobody is told
	Inactive func(email string) bool // by the CRM; nil: nobody is
	Log      *slog.Logger
	Now      func() time.Time
}

const (
	slots = 4
	// tries bounds how often a turn is sought while other workers take theirs.
	tries = 20
	// stuck is how soon a lead that nobody can own is looked at again.
	stuck = 15 * time.Minute
)

// Kinds are what the desk does as kinds of effects.
func (d *Desk) Kinds() []outbox.Kind {
	kinds := []outbox.Kind{
		{Name: lead.OwnerEffect, Lane: outbox.NewLane(lead.RouteLane, slots), Plan: d.planOwner, Do: d.assign, Silent: true},
		{Name: lead.AlarmEffect, Lane: outbox.NewLane(lead.ClockLane, slots), Plan: planAlarm, Do: d.ring, Silent: true},
	}
	if d.Slack != nil {
		kinds = append(kinds, outbox.Kind{Name: lead.TellEffect, Lane: outbox.NewLane(lead.DirectLane, slots), Plan: d.planWords, Do: d.tell, Silent: true})
	}
	return kinds
}

// planOwner has an approved lead given an owner once its decision cannot be undone.
func (d *Desk) planOwner(before, after lead.Seen, c *lead.Case) {
	decided := before.Asked.Round != after.Asked.Round || before.Asked.Decision != after.Asked.Decision
	if o := c.Lead.Owner; decided && after.Asked.Decision == lead.Approve && (o == nil || o.Wrong) {
		r := c.Review()
		c.AddEffect(lead.Effect{Kind: lead.OwnerEffect, Lane: lead.RouteLane, Target: "wheel", Round: r.Round, DueAt: c.Lead.UndoEnds(r, d.Undo)})
	}
}

// assign finds the lead's owner.
//
// Crash window: dying between Take and the record leaves the turn taken under the effect's
// id; the next attempt finds it there and takes no second one.
func (d *Desk) assign(ctx context.Context, a *outbox.Attempt) error {
	l, e := &a.Dossier.Lead, a.Effect
	if l.Stage != lead.Approved || e.Target == "wheel" && l.Owner != nil && !l.Owner.Wrong {
		return outbox.ErrNeedless
	}
	for range tries {
		o, err := d.Records.Assigned(ctx, e.ID)
		if err == nil {
			a.Learned = func(c *lead.Case) { d.assigned(c, o) }
			return nil
		}
		if !errors.Is(err, lead.ErrNotFound) {
			return err
		}
		answer, err := d.ask(ctx, l, e.Since)
		switch {
		case errors.Is(err, route.ErrNobody) && l.Owner != nil:
			return outbox.ErrNeedless // it stays where it is
		case errors.Is(err, route.ErrNobody):
			d.Log.Error("a lead has no owner", "lead_id", l.ID, "error", err)
			a.Learned = waits(e.ID, d.now().Add(stuck), err.Error())
			return nil
		case err != nil:
			return err
		case !answer.Until.IsZero():
			a.Learned = waits(e.ID, answer.Until, fmt.Sprintf("nobody of segment %s is there before %s", answer.Owner.Segment, answer.Until.Format(time.RFC3339)))
			return nil
		}
		answer.Owner.Turn = e.ID
		if answer.Turn == nil {
			a.Learned = func(c *lead.Case) { d.assigned(c, answer.Owner) }
			return nil
		}
		answer.Turn.Owner.Turn = e.ID
		if _, err := d.Records.Take(ctx, *answer.Turn); err != nil {
			return err
		}
		// What was taken is read back: by this attempt, by an earlier one of it, or by nobody.
	}
	return lead.Faultf(lead.Throttled, time.Second, "owner of lead %s: other workers took every turn", l.ID)
}

// ask asks the rules for an owner who did not have the lead before.
func (d *Desk) ask(ctx context.Context, l *lead.Lead, since time.Time) (route.Answer, error) {
	asked := route.Asked{Lead: l, Since: since, Not: l.Owned, Inactive: d.Inactive, Now: d.now()}
	if l.Owner == nil {
		asked.Known = l.KnownOwner()
	}
	s := d.Rules.Segment(l)
	if s == nil {
		return d.Rules.Owner(asked, lead.Wheel{})
	}
	var recently time.Time
	if s.Pool.Capped() {
		recently = asked.Now.Add(-50 * time.Hour) // a day in any zone, with the longest one
	}
	w, err := d.Records.Wheel(ctx, s.Pool.ID, s.Pool.People(), recently)
	if err != nil {
		return route.Answer{}, err
	}
	return d.Rules.Owner(asked, w)
}

// assigned gives the lead its owner, if it still wants one.
func (d *Desk) assigned(c *lead.Case, o lead.Owner) {
	if was := c.Lead.Owner; was != nil && was.Turn != o.Turn {
		o.Keeps = d.breached(c)
		if o.HandBy == "" {
			o.HandBy, o.Reason = was.HandBy, was.Reason // of somebody who left the choice to the wheel
		}
		o.Trace = append([]lead.Passed{{Who: was.Email, Skipped: lead.SkipHadIt}}, slices.DeleteFunc(o.Trace,
			func(p lead.Passed) bool { return p.Who == was.Email })...)
	}
	if p := d.Rules.Person(o.Email); p != nil {
		o.Slack = p.Slack
	}
	c.Assign(o)
}

// waits has an assignment come again.
func waits(id string, until time.Time, why string) func(*lead.Case) {
	return func(c *lead.Case) {
		e := c.Effect(id)
		if e.LastError == "" {
			c.Note(lead.Itself, lead.OwnerWaitsNote, "")
		}
		e.State, e.DueAt, e.Attempts, e.LastError = lead.Pending, until, 0, why
	}
}

// now is to the millisecond, as the record keeps it.
func (d *Desk) now() time.Time { return d.Now().UTC().Truncate(time.Millisecond) }

// Manages reports whether the Slack user may hand over everybody's leads.
func (d *Desk) Manages(user string) bool {
	return d.Manager != nil && d.Manager.Slack != "" && d.Manager.Slack == user
}

// Hand gives the lead to the person with this id, or without one to whose turn it is next.
// lead.ErrNotFound: nobody has the id; lead.ErrIllegalMove: that person has the lead.
func (d *Desk) Hand(c *lead.Case, to, by, reason string) error {
	was := *c.Lead.Owner
	if to == "" {
		was.HandBy, was.Reason = by, reason
		c.Lead.Owner = &was
		d.again(c)
		return nil
	}
	p := d.Rules.Person(to)
	switch {
	case p == nil || p.Inactive:
		return fmt.Errorf("hand lead %s over to %q: %w", c.Lead.ID, to, lead.ErrNotFound)
	case p.Email == was.Email:
		return fmt.Errorf("hand lead %s over to %q: %w", c.Lead.ID, to, lead.ErrIllegalMove)
	}
	d.assigned(c, lead.Owner{Person: p.ID, Email: p.Email, Segment: was.Segment, Way: lead.ByHand, Trace: []lead.Passed{},
		Turn: fmt.Sprintf("%s_hand_%d", c.Lead.ID, c.Now.UnixMilli()), HandBy: by, Reason: reason})
	return nil
}

// again has the wheel give the lead to somebody else.
func (d *Desk) again(c *lead.Case) {
	c.AddEffect(lead.Effect{Kind: lead.OwnerEffect, Lane: lead.RouteLane, Round: c.Review().Round, DueAt: c.Now,
		Target: fmt.Sprintf("again-%d", c.Lead.Owner.At.UnixMilli())})
}

// Keep brings the lead's clocks up to date with what has become of it.
func (d *Desk) Keep(c *lead.Case) {
	c.Close()
	d.Levels.Keep(c, d.hours)
}

// hours are those of the owner: their own, without days off; of somebody whom only the
// CRM knows the reviewers'.
func (d *Desk) hours(o *lead.Owner) clock.Hours {
	if p := d.Rules.Person(o.Email); p != nil && p.Hours != nil {
		away := clock.Off{Hours: p.Hours}
		for _, s := range p.Away {
			away.Away = append(away.Away, clock.Span(s))
		}
		return away
	}
	return d.Levels.Reviewers
}
