// Package breaker spares a far side that fails: after several failures in a row nothing
// is tried for a while, then one attempt at a time until one succeeds.
package breaker

import (
	"log/slog"
	"sync/atomic"
	"time"

	"github.com/sony/gobreaker/v2"
)

// OpenFor is how long nothing is tried.
const OpenFor = 10 * time.Second

// Verdict is what the end of an attempt says of the far side.
type Verdict int

const (
	Healthy Verdict = iota
	Failed
	Neither // it does not count
)

// Breaker is safe for concurrent use.
type Breaker struct {
	circuit *gobreaker.TwoStepCircuitBreaker[struct{}]
	tripped atomic.Int64 // Unix nanoseconds
	held    atomic.Int64 // until then, Unix nanoseconds
}

// New spares a far side that failed so many times in a row, as judge has it. The logger
// names the far side.
func New(failures uint32, judge func(error) Verdict, log *slog.Logger) *Breaker {
	b := &Breaker{}
	b.circuit = gobreaker.NewTwoStepCircuitBreaker[struct{}](gobreaker.Settings{
		MaxRequests:  1,
		Timeout:      OpenFor,
		ReadyToTrip:  func(n gobreaker.Counts) bool { return n.ConsecutiveFailures >= failures },
		IsExcluded:   func(err error) bool { return judge(err) == Neither },
		IsSuccessful: func(err error) bool { return judge(err) == Healthy },
		OnStateChange: func(_ string, from, to gobreaker.State) {
			if to == gobreaker.StateOpen {
				b.tripped.Store(time.Now().UnixNano())
			}
			log.Warn("breaker changed", "from", from.String(), "to", to.String())
		},
	})
	return b
}

// Allow lets an attempt through; done is to be told how it ended. nil: none may be made,
// for so long; 0: until the one that finds out has ended.
func (b *Breaker) Allow() (done func(error), left time.Duration) {
	done, err := b.circuit.Allow()
	if err != nil {
		return nil, max(OpenFor-time.Since(time.Unix(0, b.tripped.Load())), 0)
	}
	return done, 0
}

// Hold notes that the far side asked to be left alone for so long: far sides count
// refused requests, too.
func (b *Breaker) Hold(d time.Duration) {
	until := time.Now().Add(d).UnixNano()
	for held := b.held.Load(); held < until && !b.held.CompareAndSwap(held, until); held = b.held.Load() {
	}
}

// Held is for how long it is still to be left alone.
func (b *Breaker) Held() time.Duration { return max(time.Until(time.Unix(0, b.held.Load())), 0) }
