package enrich

import (
	"errors"
	"log/slog"
	"sync/atomic"
	"time"

	"leadtriage/internal/lead"

	"github.com/sony/gobreaker/v2"
)

const (
	tripAfter = 5                // consecutive failures
	openFor   = 10 * time.Second // then one probe
	probeWait = 2 * time.Second  // for those who come while the probe is out
)

// breaker spares an endpoint that fails, and a lead the wait for it. Throttling
// and requests that the endpoint rejects say nothing against it and don't count.
type breaker struct {
	circuit  *gobreaker.CircuitBreaker[Turn]
	openedAt atomic.Int64 // Unix nanoseconds
}

func newBreaker(host string, log *slog.Logger) *breaker {
	b := &breaker{}
	b.circuit = gobreaker.NewCircuitBreaker[Turn](gobreaker.Settings{
		Name:         host,
		MaxRequests:  1,
		Timeout:      openFor,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= tripAfter },
		IsExcluded:   func(err error) bool { return err != nil && !ailing(err) },
		IsSuccessful: func(err error) bool { return err == nil },
		OnStateChange: func(name string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				b.openedAt.Store(time.Now().UnixNano())
			}
			log.Warn("breaker changed", "endpoint", name, "from", from.String(), "to", to.String())
		},
	})
	return b
}

// run makes the call, or returns ErrBreakerOpen without it, with the time after
// which a call may go through.
func (b *breaker) run(call func() (Turn, error)) (Turn, error) {
	turn, err := b.circuit.Execute(call)
	switch {
	case errors.Is(err, gobreaker.ErrOpenState):
		wait := openFor - time.Since(time.Unix(0, b.openedAt.Load()))
		// gobreaker half-opens strictly after its timeout.
		return turn, lead.Faultf(lead.Temporary, max(wait, 0)+time.Millisecond, "ask the model: %w", ErrBreakerOpen)
	case errors.Is(err, gobreaker.ErrTooManyRequests):
		return turn, lead.Faultf(lead.Temporary, probeWait, "ask the model: %w", ErrBreakerOpen)
	}
	return turn, err
}

// ailing reports whether err speaks against the endpoint's health.
func ailing(err error) bool {
	return errors.Is(err, ErrUnavailable) || errors.Is(err, ErrSlow) || errors.Is(err, ErrGarbled)
}
