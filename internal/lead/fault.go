package lead

import (
	"context"
	"errors"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"
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
	Kind   FaultKind
	After  time.Duration // for Throttled and Unpaid, and for Temporary when the far side named a delay; 0: unknown
	Outage *Outage       // nil: none
	Err    error
}

// Outage is what an operator has to mend before anything gets through to the
// same target. Nothing is lost meanwhile, and waiting is no failed attempt.
type Outage struct {
	Code     string // in the far side's own word: is_archived, token_revoked, …
	Sentence string // what it is and what to do about it; names no lead
}

func (f *Fault) Error() string { return f.Err.Error() }
func (f *Fault) Unwrap() error { return f.Err }

// Faultf builds a Fault with an error formatted as by fmt.Errorf.
func Faultf(kind FaultKind, after time.Duration, format string, args ...any) error {
	return &Fault{Kind: kind, After: after, Err: fmt.Errorf(format, args...)}
}

// OutageOf returns what an operator has to mend after err, or nil.
func OutageOf(err error) *Outage {
	for f := (*Fault)(nil); errors.As(err, &f); err = f.Err {
		if f.Outage != nil {
			return f.Outage
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

// UnsureWait is how long what may have happened may take to show on the far side
// before we conclude that it did not (DESIGN line 2).
const UnsureWait = 10 * time.Second

// Next is the retry policy of everything: what a failed attempt leads
// to, as a Fault whose After is the delay, or a Permanent one when there
// is to be no further attempt without an operator. It applies to the
// attempts-th failure, counted from 1; enough says that it was the last.
func Next(cause error, attempts int, enough bool) error {
	kind, after := KindOf(cause)
	switch {
	case kind == Permanent || enough:
		return &Fault{Kind: Permanent, Err: cause}
	case kind == Uncertain:
		after = max(after, UnsureWait)
	case errors.Is(cause, context.Canceled):
		kind, after = Throttled, time.Second // told to stop: not the far side's failure
	case after == 0:
		after = Backoff(attempts)
	}
	return &Fault{Kind: kind, After: after, Err: cause}
}

// Delay returns how long to wait before the next attempt; false for none.
func Delay(err error) (time.Duration, bool) {
	kind, after := KindOf(err)
	return after, kind != Permanent
}

// Sentence is an error as it is kept on record: one clean line, bounded.
func Sentence(err error) string {
	const most = 300
	s := strings.Join(strings.Fields(Clean(err.Error())), " ")
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}

// longestRetryAfter bounds what a far side may ask for.
const longestRetryAfter = time.Hour

// RetryAfter reads how long the answer's sender asks to be left alone, an hour at
// most: Retry-After in seconds or as a date, or Retry-After-Ms; 0: it does not say.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	after := 0.0 // seconds
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil {
		after = ms / 1000
	} else if s, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil {
		after = s
	} else if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		after = at.Sub(now).Seconds()
	}
	if !(after > 0) { // not a number, too
		return 0
	}
	return time.Duration(min(after, longestRetryAfter.Seconds()) * float64(time.Second))
}

// WithoutURL drops the address from a client's error: it may hold a token, or name a person.
func WithoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return fmt.Errorf("%s: %w", op.Op, op.Err)
	}
	return err
}
