package outbox

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"

	"leadtriage/internal/lead"
)

const (
	tripAfter = 10               // failures in a row
	spareFor  = 10 * time.Second // then one attempt finds out
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
	Name    lead.Lane
	Slots   int
	taken   chan struct{}
	circuit *gobreaker.TwoStepCircuitBreaker[struct{}] // nil: the kinds spare the far side themselves
	tripped atomic.Int64                               // Unix nanoseconds
}

// NewLane is a lane without a breaker.
func NewLane(name lead.Lane, slots int) *Lane {
	return &Lane{Name: name, Slots: slots, taken: make(chan struct{}, slots)}
}

// WithBreaker spares a far side that fails tripAfter times in a row: nothing is
// tried for spareFor, then one attempt at a time until one succeeds. What waits
// meanwhile has not failed. A refusal is an answer, and throttling says nothing.
func (l *Lane) WithBreaker(log *slog.Logger) *Lane {
	l.circuit = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		Name: string(l.Name), MaxRequests: 1, Timeout: spareFor,
		ReadyToTrip: func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= tripAfter },
		IsExcluded: func(err error) bool {
			kind, _ := lead.KindOf(err)
			return errors.Is(err, errNotTried) || err != nil && !kind.Counts()
		},
		IsSuccessful: func(err error) bool {
			kind, _ := lead.KindOf(err)
			return err == nil || kind == lead.Permanent
		},
		OnStateChange: func(name string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				l.tripped.Store(time.Now().UnixNano())
			}
			log.Warn("breaker changed", "lane", name, "from", from.String(), "to", to.String())
		},
	})
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
	if l.circuit == nil {
		return func(error) { <-l.taken }, nil
	}
	done, err := l.circuit.Allow()
	if err != nil {
		<-l.taken
		wait := spareFor - time.Since(time.Unix(0, l.tripped.Load()))
		return nil, lead.Faultf(lead.Throttled, max(wait, retryFull), "lane %s: %w", l.Name, errSpared)
	}
	return func(err error) { done(err); <-l.taken }, nil
}
