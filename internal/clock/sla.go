package clock

import (
	"time"

	"leadtriage/internal/lead"
)

// Term is a service level: within how much working time, and after how much a warning.
type Term struct{ Within, Warn time.Duration } // Within 0: it is only measured; Warn 0: none

// Hours are when somebody works; *Calendar implements it. Wall is the time of machines.
type Hours interface {
	After(t time.Time, working time.Duration) time.Time
}

// Wall is the hours of what never rests.
type Wall struct{}

// After implements Hours.
func (Wall) After(t time.Time, working time.Duration) time.Time { return t.Add(working) }

// Start is a clock of the term that runs since then, in somebody's hours.
func (t Term) Start(kind lead.ClockKind, since time.Time, hours Hours) lead.Clock {
	k := lead.Clock{Kind: kind, Since: since, State: lead.ClockRunning}
	if t.Within > 0 {
		k.DueAt = hours.After(since, t.Within)
		if t.Warn > 0 && t.Warn < t.Within {
			k.WarnAt = hours.After(since, t.Warn)
		}
	}
	return k
}

// Levels are a team's service levels.
type Levels struct {
	Review, Sync, Acceptance, FirstContact, Arrival Term
	Reviewers                                       Hours // of reviewers, for Review
}

// Keep starts and stops the lead's clocks as its record asks; of is whose hours the owner
// keeps. Doing so twice changes nothing.
func (v *Levels) Keep(c *lead.Case, of func(*lead.Owner) Hours) {
	r, contacted := c.Review(), c.ContactedAt()
	v.review(c, r)
	v.sync(c, r)
	o := c.Lead.Owner
	if o == nil {
		return
	}
	hours := of(o)
	start := func(kind lead.ClockKind, t Term, since time.Time, end time.Time) {
		if k := c.Lead.Clock(kind); (k == nil || k.Since.Before(since)) && (t.Within > 0 || kind != lead.AcceptanceClock) {
			c.StartClock(t.Start(kind, since, hours))
		}
		if !end.IsZero() {
			c.StopClock(kind, end)
		}
	}
	accepted := o.AcceptedAt
	if accepted.IsZero() {
		accepted = contacted
	}
	start(lead.AcceptanceClock, v.Acceptance, o.At, accepted)
	start(lead.FirstContactClock, v.FirstContact, o.At, contacted)
	start(lead.ArrivalClock, v.Arrival, c.Lead.CreatedAt, contacted)
	if o.Wrong {
		for _, kind := range []lead.ClockKind{lead.AcceptanceClock, lead.FirstContactClock, lead.ArrivalClock} {
			c.CancelClock(kind)
		}
	}
}

// review runs from when the round's card stands until it is decided.
func (v *Levels) review(c *lead.Case, r *lead.Review) {
	k := c.Lead.Clock(lead.ReviewClock)
	switch {
	case v.Review.Within == 0 || r == nil:
	case r.Open() && r.TS != "" && (k == nil || k.Since.Before(r.OpenedAt)):
		c.StartClock(v.Review.Start(lead.ReviewClock, c.Now, v.Reviewers))
	case r.Decision == lead.Superseded:
		c.CancelClock(lead.ReviewClock)
	case !r.Open():
		c.StopClock(lead.ReviewClock, r.DecidedAt)
	}
}

// sync runs from the decision until every far side has it; nobody rests meanwhile.
func (v *Levels) sync(c *lead.Case, r *lead.Review) {
	k := c.Lead.Clock(lead.SyncClock)
	switch {
	case v.Sync.Within == 0 || r == nil:
	case r.Open():
		c.CancelClock(lead.SyncClock)
	case r.Decision != lead.Superseded && (k == nil || k.Since.Before(r.DecidedAt)):
		c.StartClock(v.Sync.Start(lead.SyncClock, r.DecidedAt, Wall{}))
	case c.Synced(r):
		c.StopClock(lead.SyncClock, c.Now)
	}
}

// Span is a time from its beginning to before its end.
type Span struct{ From, To time.Time }

// Off is somebody's hours without days off, which follow each other.
type Off struct {
	Hours interface {
		Hours
		Between(a, b time.Time) time.Duration
	}
	Away []Span
}

// After implements Hours.
func (o Off) After(t time.Time, working time.Duration) time.Time {
	for _, s := range o.Away {
		if !s.To.After(t) {
			continue
		}
		before := o.Hours.Between(t, s.From)
		if s.From.After(t) && working <= before && (working > 0 || o.Hours.After(t, 0).Before(s.From)) {
			break
		}
		working, t = working-max(before, 0), s.To
	}
	return o.Hours.After(t, working)
}
