package outbox

import (
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"time"

	"leadtriage/internal/breaker"
	"leadtriage/internal/lead"
)

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
