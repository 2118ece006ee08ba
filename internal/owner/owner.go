// Package owner gives approved leads owners by the rules of package route, keeps their
// clocks by the levels of package clock, and tells people: each as a kind of effect.
package owner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
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
	if c.Lead.Owner != nil && c.Lead.Stage == lead.Approved {
		o.Keeps = d.breached(c)
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

// Keep brings the lead's clocks up to date with what has become of it.
func (d *Desk) Keep(c *lead.Case) { d.Levels.Keep(c, d.hours) }

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
