package outbox

import (
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
