package outbox

import (
	"errors"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// Waiting for a channel's turn says nothing of why a message was not posted before.
func TestWaitingHidesNoReason(t *testing.T) {
	c := &lead.Case{Now: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	e := lead.Effect{Kind: lead.CardEffect, Lane: lead.SlackLane, State: lead.Sending, LastError: "slack says is_archived: unarchive the channel"}
	o := &Outbox{GiveUp: time.Hour}
	o.settle(c, &e, NotYet(time.Second))
	if e.State != lead.Pending || !strings.Contains(e.LastError, "is_archived") {
		t.Errorf("%s: %s", e.State, e.LastError)
	}
	e.LastError = ""
	if o.settle(c, &e, NotYet(time.Second)); !strings.Contains(e.LastError, "rate") {
		t.Errorf("a first wait says %q", e.LastError)
	}
	if o.settle(c, &e, nil); e.LastError != "" {
		t.Errorf("posted, it says %q", e.LastError)
	}
}

// What waits for an operator to mend the far side is not given up for its age, nor is that an
// attempt; what fails is.
func TestAnOutageGivesNothingUp(t *testing.T) {
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	o := &Outbox{GiveUp: 72 * time.Hour}
	for name, tc := range map[string]struct {
		cause    error
		state    lead.EffectState
		attempts int
	}{
		"outage":  {&lead.Fault{Kind: lead.Throttled, After: time.Minute, Outage: &lead.Outage{Code: "unauthorized"}, Err: errors.New("401")}, lead.Pending, 0},
		"failure": {errors.New("503"), lead.GivenUp, 1},
	} {
		e := &lead.Effect{Kind: "hubspot", Lane: "hubspot", State: lead.Sending, Attempts: 1, Since: now.Add(-100 * time.Hour)}
		if o.settle(&lead.Case{Now: now}, e, tc.cause); e.State != tc.state || e.Attempts != tc.attempts {
			t.Errorf("%s: %s after %d attempts", name, e.State, e.Attempts)
		}
	}
}
