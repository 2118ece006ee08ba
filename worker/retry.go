package worker

import (
	"context"
	"errors"
	"time"
	"unicode/utf8"

	"leadtriage/internal/lead"
)

const (
	// queueGrace is how long a task has to move its record before the sweep looks.
	queueGrace = 30 * time.Second
	// unsureWait is how long a message may take to show in the channel's history
	// before we conclude that it was never posted (DESIGN line 2).
	unsureWait = 10 * time.Second
)

// afterFailure is the retry policy of everything: what a failed attempt leads
// to, as a lead.Fault whose After is the delay, or a Permanent one when there
// is to be no further attempt without an operator. It applies to the
// attempts-th failure, counted from 1; enough says that it was the last.
func afterFailure(cause error, attempts int, enough bool) error {
	kind, after := lead.KindOf(cause)
	switch {
	case kind == lead.Permanent || enough:
		return &lead.Fault{Kind: lead.Permanent, Err: cause}
	case kind == lead.Uncertain:
		after = max(after, unsureWait)
	case errors.Is(cause, context.Canceled):
		kind, after = lead.Throttled, time.Second // told to stop: not the far side's failure
	case after == 0:
		after = lead.Backoff(attempts)
	}
	return &lead.Fault{Kind: kind, After: after, Err: cause}
}

// delayOf returns how long to wait before the next attempt; false for none.
func delayOf(err error) (time.Duration, bool) {
	kind, after := lead.KindOf(err)
	return after, kind != lead.Permanent
}

// sentence is an error as it is kept on record: one line, bounded.
func sentence(err error) string {
	const most = 300
	s := err.Error()
	if utf8.RuneCountInString(s) <= most {
		return s
	}
	return string([]rune(s)[:most-1]) + "…"
}
