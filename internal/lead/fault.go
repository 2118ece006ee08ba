package lead

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"
)

// FaultKind is how a call to somebody else's service failed. Clients classify;
// the worker decides what follows.
type FaultKind int

const (
	// Temporary: try again later; counts as an attempt.
	Temporary FaultKind = iota
	// Throttled: the far side asked us to wait After; not a failed attempt.
	Throttled
	// Permanent: trying the same again cannot help.
	Permanent
	// Uncertain: the call may or may not have taken effect.
	Uncertain
	// Unpaid: the far side wants money first, from whoever asks; not a failed attempt.
	Unpaid
)

// Counts reports whether a fault of this kind is a failed attempt.
func (k FaultKind) Counts() bool { return k != Throttled && k != Unpaid }

// Fault is an error with its kind.
type Fault struct {
	Kind     FaultKind
	After    time.Duration // for Throttled and Unpaid, and for Temporary when the far side named a delay; 0: unknown
	Obstacle *Obstacle     // nil: none
	Err      error
}

// Obstacle is what an operator has to mend before anything gets through to the
// same target. Nothing is lost meanwhile, and waiting is no failed attempt.
type Obstacle struct {
	Code     string // in the far side's own word: is_archived, token_revoked, …
	Sentence string // what it is and what to do about it; names no lead
}

func (f *Fault) Error() string { return f.Err.Error() }
func (f *Fault) Unwrap() error { return f.Err }

// Faultf builds a Fault with an error formatted as by fmt.Errorf.
func Faultf(kind FaultKind, after time.Duration, format string, args ...any) error {
	return &Fault{Kind: kind, After: after, Err: fmt.Errorf(format, args...)}
}

// ObstacleOf returns what an operator has to mend after err, or nil.
func ObstacleOf(err error) *Obstacle {
	for f := (*Fault)(nil); errors.As(err, &f); err = f.Err {
		if f.Obstacle != nil {
			return f.Obstacle
		}
	}
	return nil
}

// KindOf returns the kind of the outermost Fault in err and its delay; an
// unclassified error is Temporary.
func KindOf(err error) (FaultKind, time.Duration) {
	var f *Fault
	if errors.As(err, &f) {
		return f.Kind, f.After
	}
	return Temporary, 0
}

const (
	firstDelay = time.Second
	// longestDelay keeps a recovered CRM within the 15 minutes that a decision
	// may take to reach it (SPEC section 5).
	longestDelay = 5 * time.Minute
)

// Backoff doubles from firstDelay to longestDelay, less up to a fifth, so that
// what failed together does not come back together.
func Backoff(attempts int) time.Duration {
	d := longestDelay
	if n := attempts - 1; n < 16 {
		d = min(d, firstDelay<<max(n, 0))
	}
	return d - rand.N(d/5+1)
}
