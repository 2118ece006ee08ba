package outbox

import (
	"errors"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

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
		e := &lead.Effect{Kind: "hubspot", Lane: lead.HubSpotLane, State: lead.Sending, Attempts: 1, Since: now.Add(-100 * time.Hour)}
		if o.settle(&lead.Case{Now: now}, e, tc.cause); e.State != tc.state || e.Attempts != tc.attempts {
			t.Errorf("%s: %s after %d attempts", name, e.State, e.Attempts)
		}
	}
}
