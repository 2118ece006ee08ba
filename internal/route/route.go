// Package route says who gets a lead. It is pure: the same lead, people, counters and
// moment give the same owner, with a trace of who was passed over and why.
//
// A pool's turns are taken by stride scheduling (Waldspurger and Weihl, 1995): a turn
// moves a person's level up by a cost that falls with their weight, and the lowest
// level is next. So shares follow weights, whatever the number of workers.
package route

import (
	"errors"
	"fmt"
	"math"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

// unit is what a turn costs a person of weight 1. It can be divided by all weights up to 10
// without a rest.
const unit = 2520 * 2520

// mostTraced is how many of those who were passed over a trace names.
const mostTraced = 50

// Hours are when somebody works; internal/clock implements it.
type Hours interface {
	// After with no working time is the first working moment from t on.
	After(t time.Time, working time.Duration) time.Time
	Between(a, b time.Time) time.Duration
	// Midnight is when t's day began in the zone.
	Midnight(t time.Time) time.Time
}

// Person can own leads.
type Person struct {
	ID, Email string
	Slack     string // user id; empty: found by the address
	Inactive  bool
	Hours     Hours // people of the same hours should share one value
	Away      []Span
	PerDay    int // leads a day, at most; 0: no bound
	Open      int // open leads, at most; 0: no bound
}

// Span is a time from its beginning to before its end.
type Span struct{ From, To time.Time }

// Member is a person in a pool.
type Member struct {
	*Person
	Cost int64 // of a turn, by weight
}

// Nobody says what happens when nobody of a pool is there.
type Nobody string

const (
	Wait     Nobody = "wait"     // until somebody is
	Ignore   Nobody = "ignore"   // the hours, then the caps, then the days off
	Fallback Nobody = "fallback" // one person gets the lead
)

// Pool is people who take turns.
type Pool struct {
	ID      string
	Members []Member
	// Order has whoever was passed over lose the turn. Else counts decide: who has the fewest
	// by weight is next.
	Order bool
	// CatchUp has people make up after days off for what they missed; else they rejoin
	// level with the others. New people always do.
	CatchUp  bool
	Nobody   Nobody
	Fallback *Person
}

// Segment is a part of the leads, and whose they are.
type Segment struct {
	ID    string
	Holds func(*lead.Lead) bool // nil: of every lead
	Pool  *Pool
}

// Rules are the segments in the order in which they are tried; the last takes every lead.
type Rules struct {
	Segments []Segment
	People   []*Person
	WaitMost time.Duration // then absence is ignored, so that no lead is stranded
}

// Segment is the first that the lead is in, or nil.
func (r *Rules) Segment(l *lead.Lead) *Segment {
	for i := range r.Segments {
		if s := &r.Segments[i]; s.Holds == nil || s.Holds(l) {
			return s
		}
	}
	return nil
}

// Person is the one with this id or e-mail address, or nil.
func (r *Rules) Person(name string) *Person {
	for _, p := range r.People {
		if p.ID == name || p.Email == name {
			return p
		}
	}
	return nil
}

// Asked is who an owner is wanted for.
type Asked struct {
	Lead     *lead.Lead
	Since    time.Time // since when one is wanted
	Known    string    // e-mail address of the owner whom the CRM knows; empty: none
	Not      []string  // e-mail addresses of those who must not get it
	Inactive func(email string) bool
	Now      time.Time
}

// Answer is a turn to be taken, or an owner without one, or until when to wait.
type Answer struct {
	Owner lead.Owner
	Turn  *lead.Turn // nil: no wheel turns
	Until time.Time  // not zero: nobody is there before
}

// ErrNobody says that there is nobody at all who could own the lead.
var ErrNobody = errors.New("nobody can own this lead; list people who are active in its pool, or give the pool a fallback")

// Owner says who gets the lead. The wheel is that of the pool of the lead's segment.
func (r *Rules) Owner(a Asked, w lead.Wheel) (Answer, error) {
	s := r.Segment(a.Lead)
	if s == nil {
		return Answer{}, fmt.Errorf("no segment takes lead %s: %w", a.Lead.ID, ErrNobody)
	}
	owner := lead.Owner{Segment: s.ID, Trace: []lead.Passed{}}
	if a.Known != "" {
		if why := r.known(a, &owner); why == "" {
			return Answer{Owner: owner}, nil
		} else {
			owner.Trace = append(owner.Trace, lead.Passed{Who: a.Known, Skipped: why})
		}
	}
	p, look := s.Pool, looked{asked: a, wheel: w, working: map[Hours]bool{}}
	best, passed := p.pick(&look)
	nobody := p.Nobody
	if best < 0 && nobody == Wait && r.WaitMost > 0 && !a.Now.Before(a.Since.Add(r.WaitMost)) {
		nobody = Ignore
	}
	if best < 0 && nobody == Wait {
		until := p.back(&look)
		if r.WaitMost > 0 && a.Since.Add(r.WaitMost).Before(until) {
			until = a.Since.Add(r.WaitMost)
		}
		p.trace(&owner, &look, passed, best)
		return Answer{Owner: owner, Until: until}, nil
	}
	if best < 0 && nobody == Fallback && look.person(p.Fallback) == "" {
		p.trace(&owner, &look, passed, best)
		owner.Person, owner.Email, owner.Way = p.Fallback.ID, p.Fallback.Email, lead.ByFallback
		return Answer{Owner: owner}, nil
	}
	for n := 1; best < 0 && n <= len(ignorable); n++ {
		look.ignored = ignorable[:n]
		best, _ = p.pick(&look)
	}
	if best < 0 {
		return Answer{}, fmt.Errorf("segment %s of lead %s: %w", s.ID, a.Lead.ID, ErrNobody)
	}
	p.trace(&owner, &look, passed, best)
	m, seat := &p.Members[best], w.Seats[best]
	level, cost := p.level(best, &look), m.Cost
	owner.Person, owner.Email, owner.Way, owner.Pool, owner.Cost = m.ID, m.Email, lead.ByWheel, p.ID, cost
	seat.Level, seat.At = level+cost, a.Now.UnixMilli() // its credit is used up
	return Answer{Owner: owner, Turn: &lead.Turn{LeadID: a.Lead.ID, Owner: owner, Seq: w.Seq + 1, Seat: seat, Level: max(w.Level, level)}}, nil
}

// known makes the owner whom the CRM knows the lead's owner, or says why not.
func (r *Rules) known(a Asked, owner *lead.Owner) lead.Skip {
	look := looked{asked: a, ignored: []lead.Skip{lead.SkipAfterHours}}
	p := r.Person(a.Known)
	if p == nil {
		p = &Person{Email: a.Known}
	}
	why := look.person(p)
	if why == "" {
		owner.Person, owner.Email, owner.Way = p.ID, p.Email, lead.ByCRM
	}
	return why
}

// ignorable is why people are passed over and may yet get a lead, the least reason first.
var ignorable = []lead.Skip{lead.SkipAfterHours, lead.SkipDayCap, lead.SkipOpenCap, lead.SkipAway}

// looked is one look at a pool.
type looked struct {
	asked   Asked
	wheel   lead.Wheel
	ignored []lead.Skip
	working map[Hours]bool // who shares hours is looked at once
	last    Hours
	works   bool
}

// person says why the person gets no lead; empty: they may.
func (k *looked) person(p *Person) lead.Skip {
	now := k.asked.Now
	switch {
	case p.Inactive, k.asked.Inactive != nil && k.asked.Inactive(p.Email):
		return lead.SkipInactive
	case slices.Contains(k.asked.Not, p.Email):
		return lead.SkipHadIt
	case k.counts(lead.SkipAway) && slices.ContainsFunc(p.Away, func(s Span) bool { return !now.Before(s.From) && now.Before(s.To) }):
		return lead.SkipAway
	case k.counts(lead.SkipAfterHours) && !k.atWork(p.Hours):
		return lead.SkipAfterHours
	}
	return ""
}

func (k *looked) counts(why lead.Skip) bool { return !slices.Contains(k.ignored, why) }

func (k *looked) atWork(h Hours) bool {
	if h == nil || h == k.last {
		return h == nil || k.works
	}
	works, known := k.working[h]
	if !known {
		works = !h.After(k.asked.Now, 0).After(k.asked.Now)
		if k.working != nil {
			k.working[h] = works
		}
	}
	k.last, k.works = h, works
	return works
}

// member says why the member i gets no lead, of which their other leads may be a reason.
func (p *Pool) member(i int, k *looked) lead.Skip {
	m := p.Members[i].Person
	if why := k.person(m); why != "" || i >= len(k.wheel.Load) {
		return why
	}
	load := k.wheel.Load[i]
	switch {
	case m.PerDay > 0 && k.counts(lead.SkipDayCap) && today(load, m.Hours, k.asked.Now) >= m.PerDay:
		return lead.SkipDayCap
	case m.Open > 0 && k.counts(lead.SkipOpenCap) && load.Open >= m.Open:
		return lead.SkipOpenCap
	}
	return ""
}

// level is where the member stands on the wheel now.
func (p *Pool) level(i int, k *looked) int64 {
	seat := &k.wheel.Seats[i]
	if seat.Level < k.wheel.Level && (seat.At == 0 || p.Order || !p.CatchUp && p.Members[i].returned(seat.At, k.asked.Now)) {
		return k.wheel.Level - seat.Credit
	}
	return seat.Level - seat.Credit
}

// returned reports whether days off have ended since the person's turn then.
func (m *Member) returned(turn int64, now time.Time) bool {
	return slices.ContainsFunc(m.Away, func(s Span) bool { return s.To.UnixMilli() > turn && !s.To.After(now) })
}

// Cost is what a turn costs somebody of the weight, 1 or more.
func Cost(weight int) int64 { return unit / int64(weight) }

// pick is the place of the member who is next, of equal ones whose last turn is the
// longest ago; -1: nobody may get it. passed are those before, who may not, and some others.
func (p *Pool) pick(k *looked) (best int, passed []int) {
	best = -1
	var lowest, last int64
	for i := range p.Members {
		next := p.level(i, k) + p.Members[i].Cost
		if best >= 0 && (next > lowest || next == lowest && k.wheel.Seats[i].At >= last) {
			continue
		}
		if p.member(i, k) == "" {
			best, lowest, last = i, next, k.wheel.Seats[i].At
		} else {
			passed = append(passed, i)
		}
	}
	return best, passed
}

// trace puts on the owner who would have been before the member best; all, if nobody is.
func (p *Pool) trace(owner *lead.Owner, k *looked, passed []int, best int) {
	ignored := k.ignored
	k.ignored = nil
	defer func() { k.ignored = ignored }()
	limit := int64(math.MaxInt64)
	if best >= 0 {
		limit = p.level(best, k) + p.Members[best].Cost
	}
	for _, i := range passed {
		switch {
		case i == best || p.level(i, k)+p.Members[i].Cost > limit:
		case len(owner.Trace) < mostTraced:
			owner.Trace = append(owner.Trace, lead.Passed{Who: p.Members[i].Email, Skipped: p.member(i, k)})
		default:
			owner.PassedOver++
		}
	}
}

// again is how soon it is looked whether somebody has fewer leads.
const again = 15 * time.Minute

// back is when somebody of the pool may be there again.
func (p *Pool) back(k *looked) time.Time {
	now := k.asked.Now
	soonest := now.Add(24 * time.Hour)
	for i := range p.Members {
		m, at := p.Members[i].Person, now
		switch p.member(i, k) {
		case lead.SkipInactive, lead.SkipHadIt:
			continue
		case lead.SkipOpenCap, lead.SkipDayCap:
			at = now.Add(again)
		default:
			for _, s := range m.Away {
				if !at.Before(s.From) && at.Before(s.To) {
					at = s.To
				}
			}
			if m.Hours != nil {
				at = m.Hours.After(at, 0)
			}
		}
		if at.Before(soonest) {
			soonest = at
		}
	}
	return later(soonest, now.Add(time.Minute))
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}

// today counts the leads of the day that it is in the person's zone.
func today(load lead.Load, h Hours, now time.Time) (n int) {
	midnight := now.Truncate(24 * time.Hour)
	if h != nil {
		midnight = h.Midnight(now)
	}
	for _, at := range load.Since {
		if !at.Before(midnight) {
			n++
		}
	}
	return n
}

// Capped reports whether somebody of the pool takes a bounded number of leads.
func (p *Pool) Capped() bool {
	return slices.ContainsFunc(p.Members, func(m Member) bool { return m.PerDay > 0 || m.Open > 0 })
}

// People are the ids of the members, in the order of a wheel's seats.
func (p *Pool) People() (ids []string) {
	for _, m := range p.Members {
		ids = append(ids, m.ID)
	}
	return ids
}
