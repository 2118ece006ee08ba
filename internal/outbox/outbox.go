// Package outbox does what leads want done outside, each thing once: it claims
// an effect from the record, does it, and records how it ended.
//
// A kind of effect is one value, registered where the parts are joined: nothing
// here, in the records or in a lead's way knows one kind from another. A kind
// that this build does not know is left as it is, for a build that does.
package outbox

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"sync"
	"time"

	"leadtriage/internal/breaker"
	"leadtriage/internal/lead"
)

// Lease is how long a worker may hold an effect: longer than the clients' own
// time-outs, so that a lease that ended means a dead worker.
const Lease = 30 * time.Second

// failing is the attempt in vain of which the lead's history tells; the first
// ones are everyday.
const failing = 3

// ErrNeedless says that there is nothing to do any more.
var ErrNeedless = errors.New("nobody needs to hear this any more")

// ErrNotYet sends a message that has not been posted back to those that wait for
// their turn.
var ErrNotYet = errors.New("waiting for the channel's rate")

// NotYet is ErrNotYet for so long.
func NotYet(wait time.Duration) error {
	return &lead.Fault{Kind: lead.Throttled, After: max(wait, time.Millisecond), Err: ErrNotYet}
}

// Kind is one kind of effect.
type Kind struct {
	Name lead.EffectKind // lower-case letters
	// Target: of several far sides that take effects of this name the one that this kind is
	// of (lead.TargetOfEffect); empty: there is one, or the target says something else.
	Target string
	Lane   *Lane
	// Plan adds the effects of this kind that a change of a lead brings about, in the
	// change's own transaction; nil: others do (worker/follow.go).
	Plan func(before, after lead.Seen, c *lead.Case)
	// Do makes one attempt outside. lead.KindOf of its error says what follows;
	// after ErrNeedless the effect is cancelled.
	Do func(ctx context.Context, a *Attempt) error
	// Ended adds to the record what follows from an attempt, after the outbox has
	// said what becomes of the effect e; nil: nothing does.
	Ended func(c *lead.Case, e *lead.Effect, a *Attempt)
}

// Attempt is one attempt at an effect.
type Attempt struct {
	Effect  lead.Effect // as it was claimed
	Dossier *lead.Dossier
	// Unsure: an earlier attempt may have taken effect. Where the far side has no
	// keys against doubles, look for its trace first.
	Unsure bool
	// Err is how it ended. Ended takes it away when it has dealt with it.
	Err error
	// Channel and TS are where the message stands that Do posted or found; Gone:
	// the one that stood there is deleted.
	Channel, TS string
	Gone        bool
	// Learned puts on record what Do found out or did, also when it failed halfway; nil:
	// nothing. It may run more than once.
	Learned func(c *lead.Case)
}

// Records is where effects are kept; internal/store implements it.
type Records interface {
	Claim(ctx context.Context, effectID string, kinds []lead.EffectKind, now time.Time, lease time.Duration) (e lead.Effect, unsure, ok bool, err error)
	ClaimPost(ctx context.Context, channel string, kinds []lead.EffectKind, now time.Time, lease time.Duration) (e lead.Effect, ok bool, err error)
	Dossier(ctx context.Context, leadID string) (lead.Dossier, error)
}

// Outbox delivers effects of the registered kinds.
type Outbox struct {
	Records Records
	Kinds   []Kind
	// Change commits a change of a lead and starts what it made due.
	Change  func(ctx context.Context, leadID string, change func(*lead.Case) error) error
	GiveUp  time.Duration // after so long an effect that others see waits for an operator
	Counted func(a *Attempt, took time.Duration)
	Log     *slog.Logger
	Now     func() time.Time
}

// Names are the kinds that can be delivered.
func (o *Outbox) Names() (names []lead.EffectKind) {
	for _, k := range o.Kinds {
		names = append(names, k.Name)
	}
	return names
}

// kind is that of the effect with the id.
func (o *Outbox) kind(id string) (Kind, bool) {
	takes := func(k Kind) bool {
		return k.Name == lead.KindOfEffect(id) && (k.Target == "" || k.Target == lead.TargetOfEffect(id))
	}
	if i := slices.IndexFunc(o.Kinds, takes); i >= 0 {
		return o.Kinds[i], true
	}
	return Kind{}, false
}

// Lanes are those of the kinds.
func (o *Outbox) Lanes() (lanes []*Lane) {
	for _, k := range o.Kinds {
		if !slices.Contains(lanes, k.Lane) {
			lanes = append(lanes, k.Lane)
		}
	}
	return lanes
}

// Deliver makes one attempt at the effect, if it is due, in nobody's hands, and
// there is room in its lane: else the error is lead.Throttled. A message that is
// still to be posted it leaves to its turn in the channel that it returns.
func (o *Outbox) Deliver(ctx context.Context, id string) (channel string, err error) {
	k, ok := o.kind(id)
	if !ok {
		return "", nil
	}
	leave, err := k.Lane.enter()
	if err != nil {
		return "", fmt.Errorf("effect %s: %w", id, err)
	}
	a := Attempt{Err: errNotTried}
	defer func() { leave(a.Err) }()
	a.Effect, a.Unsure, ok, err = o.Records.Claim(ctx, id, o.Names(), o.Now(), Lease)
	if err != nil {
		return "", err
	}
	if !ok {
		if a.Effect.Posts && a.Effect.State == lead.Pending {
			channel = a.Effect.Target
		}
		return channel, nil
	}
	return "", o.attempt(ctx, k, &a)
}

// Post makes an attempt at the message whose turn it is in the channel; ok is
// false when none waits there. The attempt begins when run is called.
func (o *Outbox) Post(ctx context.Context, channel string) (e lead.Effect, run func(context.Context) error, ok bool, err error) {
	e, ok, err = o.Records.ClaimPost(ctx, channel, o.Names(), o.Now(), Lease)
	if err != nil || !ok {
		return e, nil, false, err
	}
	return e, func(ctx context.Context) error {
		k, _ := o.kind(e.ID)
		return o.attempt(ctx, k, &Attempt{Effect: e})
	}, true, nil
}

// attempt does a claimed effect and records how it ended. One whose lead cannot be
// read stays claimed until its lease ends: one that was unsure must stay so.
func (o *Outbox) attempt(ctx context.Context, k Kind, a *Attempt) error {
	d, err := o.Records.Dossier(ctx, a.Effect.LeadID)
	if err != nil {
		return err
	}
	a.Dossier = &d
	began := o.Now()
	if a.Err = k.Do(ctx, a); k.Lane.pause != nil {
		a.Err = k.Lane.pause.ended(a.Err)
	}
	o.Counted(a, o.Now().Sub(began))
	return o.record(context.WithoutCancel(ctx), k, *a)
}

// record commits how an attempt ended. What it returns is for the queue: nil, or
// when to try again.
func (o *Outbox) record(ctx context.Context, k Kind, attempt Attempt) error {
	var again error
	var givenUp []lead.Effect
	err := o.Change(ctx, attempt.Effect.LeadID, func(c *lead.Case) error {
		a := attempt // a transaction may run twice
		again, givenUp = nil, nil
		e := c.Effect(a.Effect.ID)
		if e == nil || e.State != lead.Sending || !e.LeaseUntil.Equal(a.Effect.LeaseUntil) {
			return nil // the lease ended and somebody else has it
		}
		again = o.settle(c, e, a.Err)
		if a.Learned != nil {
			a.Learned(c)
		}
		if k.Ended != nil {
			k.Ended(c, e, &a)
		}
		e = c.Effect(a.Effect.ID)         // what follows may have added to the effects
		for _, other := range c.Effects { // a card that its thread found deleted twice is among them
			if other.State == lead.GivenUp && other.UpdatedAt.Equal(c.Now) {
				givenUp = append(givenUp, other)
			}
		}
		if a.Err == nil || e.State == lead.GivenUp {
			again = nil
		}
		c.WakeBehind(e)
		return nil
	})
	if err != nil {
		return err
	}
	for _, e := range givenUp {
		o.Log.Error("given up; mend what the error names, then `leadtriage lead retry` the lead", "effect", e.ID, "lead_id", e.LeadID,
			"kind", e.Kind, "target", e.Target, "attempts", e.Attempts, "error", e.LastError)
	}
	if again != nil {
		return fmt.Errorf("effect %s: %w", attempt.Effect.ID, again)
	}
	return nil
}

// settle says what becomes of an effect after an attempt, and returns when it is
// tried again, as lead.Next does.
func (o *Outbox) settle(c *lead.Case, e *lead.Effect, cause error) error {
	said := e.LastError
	e.UpdatedAt, e.LeaseUntil, e.LastError = c.Now, time.Time{}, ""
	switch {
	case cause == nil:
		e.State = lead.Delivered
		if !e.Message() {
			c.Note(lead.Itself, string(e.Kind)+"_delivered", lead.ToldOf, e.Event)
		}
		return nil
	case errors.Is(cause, ErrNeedless):
		e.State = lead.Cancelled
		return nil
	}
	// A message is never too late: a lead waits for its reviewer, not for a clock. So is
	// what waits for an operator to mend the far side.
	tooLate := !e.Message() && lead.OutageOf(cause) == nil && c.Now.Sub(e.Since) > o.GiveUp
	again := lead.Next(cause, e.Attempts, tooLate)
	if e.LastError = lead.Sentence(cause); errors.Is(cause, ErrNotYet) && said != "" {
		e.LastError = said // why it was not posted before says more
	}
	switch kind, wait := lead.KindOf(again); kind {
	case lead.Permanent:
		e.State = lead.GivenUp
		c.Note(lead.Itself, string(e.Kind)+"_failed", lead.ToldOf, e.Event)
		return again
	case lead.Uncertain:
		e.State, e.DueAt = lead.Unsure, c.Now.Add(wait)
	default:
		e.State, e.DueAt = lead.Pending, c.Now.Add(wait)
		if e.Attempts == failing && !e.Message() {
			c.Note(lead.Itself, string(e.Kind)+"_failing", lead.ToldOf, e.Event)
		}
	}
	if kind, _ := lead.KindOf(again); kind == lead.Throttled || lead.OutageOf(cause) != nil {
		e.Attempts--
	}
	return again
}

const (
	tripAfter = 10 // failures in a row
	// retryFull is how soon an effect looks again for room in its lane.
	retryFull = time.Second
)

var (
	errFull     = errors.New("as many attempts as this far side is given are under way")
	errSpared   = errors.New("the far side failed several times in a row; one attempt at a time finds out whether it is well again")
	errNotTried = errors.New("not tried")
)

// Lane is the way to one far side: so many attempts side by side in a process,
// so that one that hangs takes no slot of another.
type Lane struct {
	Name  lead.Lane
	Slots int
	taken chan struct{}
	spare *breaker.Breaker // nil: the kinds spare the far side themselves
	pause *pause           // nil: outages close nothing here
}

// NewLane is a lane without a breaker.
func NewLane(name lead.Lane, slots int) *Lane {
	return &Lane{Name: name, Slots: slots, taken: make(chan struct{}, slots)}
}

// WithBreaker spares a far side that fails tripAfter times in a row. What waits
// meanwhile has not failed. A refusal is an answer, and throttling says nothing.
func (l *Lane) WithBreaker(log *slog.Logger) *Lane {
	l.spare = breaker.New(tripAfter, func(err error) breaker.Verdict {
		switch kind, _ := lead.KindOf(err); {
		case errors.Is(err, errNotTried), err != nil && !kind.Counts():
			return breaker.Neither
		case err == nil, kind == lead.Permanent:
			return breaker.Healthy
		}
		return breaker.Failed
	}, log.With("lane", l.Name))
	return l
}

// WithPauses closes the lane at an outage. While there is one, an attempt at a time finds
// out whether it is still there, and the rest waits. The operator hears of it once; shown
// is told the reason that a gauge shows, in place of another; empty: none.
func (l *Lane) WithPauses(log *slog.Logger, shown func(before, now string)) *Lane {
	l.pause = &pause{log: log.With("lane", l.Name), shown: shown}
	return l
}

// pause is the outage that closes a lane.
type pause struct {
	log   *slog.Logger
	shown func(before, now string)

	mu     sync.Mutex
	outage *lead.Outage
	until  time.Time // the next attempt
	probes int
}

// firstProbe is how soon an outage is tried at first; then the pause doubles, up to
// what the far side's client says.
const firstProbe = 2 * time.Second

// left is how long nothing may be tried, and why. When that is over, whoever asks tries;
// if nothing comes of it, somebody else does in a while.
func (p *pause) left() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.outage == nil {
		return nil
	}
	if left := time.Until(p.until); left > 0 {
		return &lead.Fault{Kind: lead.Throttled, After: max(left, retryFull), Outage: p.outage, Err: errors.New(p.outage.Sentence)}
	}
	p.until = time.Now().Add(firstProbe)
	return nil
}

// ended follows an attempt. At an outage the returned cause says when to try again.
func (p *pause) ended(cause error) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	before, now := "", ""
	if p.outage != nil {
		before = p.outage.Code
	}
	kind, after := lead.KindOf(cause)
	outage := lead.OutageOf(cause)
	switch {
	case outage != nil:
		if now = outage.Code; before != now {
			p.probes = 0
			p.log.Error("the far side takes nothing; leads wait and none is lost", "reason", now, "what_to_do", outage.Sentence)
		}
		after = min(after, firstProbe<<min(p.probes, 10))
		p.until, p.probes = time.Now().Add(after), p.probes+1
		cause = &lead.Fault{Kind: kind, After: after, Err: cause}
	case cause != nil && kind != lead.Permanent:
		p.until = time.Now().Add(firstProbe)
		return cause // it says nothing of the outage
	case before != "":
		p.log.Info("the far side takes something again", "reason_before", before)
	}
	if p.outage = outage; before != now {
		p.shown(before, now)
	}
	return cause
}

// enter takes a slot, or returns a lead.Throttled with when to come again. leave
// gives it back with how the attempt ended.
func (l *Lane) enter() (leave func(error), err error) {
	select {
	case l.taken <- struct{}{}:
	default:
		return nil, lead.Faultf(lead.Throttled, retryFull, "lane %s: %w", l.Name, errFull)
	}
	if l.pause != nil {
		if err := l.pause.left(); err != nil {
			<-l.taken
			return nil, fmt.Errorf("lane %s: %w", l.Name, err)
		}
	}
	if l.spare == nil {
		return func(error) { <-l.taken }, nil
	}
	done, left := l.spare.Allow()
	if done == nil {
		<-l.taken
		return nil, lead.Faultf(lead.Throttled, max(left, retryFull), "lane %s: %w", l.Name, errSpared)
	}
	return func(err error) { done(err); <-l.taken }, nil
}
