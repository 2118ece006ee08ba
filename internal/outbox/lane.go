package outbox

import (
	"errors"
	"log/slog"
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

// enter takes a slot, or returns a lead.Throttled with when to come again. leave
// gives it back with how the attempt ended.
func (l *Lane) enter() (leave func(error), err error) {
	select {
	case l.taken <- struct{}{}:
	default:
		return nil, lead.Faultf(lead.Throttled, retryFull, "lane %s: %w", l.Name, errFull)
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
