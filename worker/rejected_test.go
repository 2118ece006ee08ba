package worker_test

import (
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// A rejected lead is asked about again when something new is told that happened
// after the decision, by a clock of seconds at least.
func TestWhatBringsARejectedLeadBack(t *testing.T) {
	for name, tc := range map[string]struct {
		known, told time.Duration // of events, from the decision on
		back        bool
	}{
		"before":                                 {-time.Hour, -time.Minute, false},
		"after":                                  {-time.Hour, time.Minute, true},
		"in the decision's second":               {-time.Hour, -400 * time.Millisecond, true},
		"known before, by a clock that is ahead": {time.Hour, -time.Minute, false},
		"the same again":                         {time.Hour, time.Hour, false},
	} {
		t.Run(name, func(t *testing.T) {
			h := newHouse(t)
			h.Reviewers.Deciders = []lead.Decider{{By: "key:desk"}}
			id := h.accept("northwind.example")
			decision := h.clock.Add(time.Hour + 400*time.Millisecond)
			add := func(after time.Duration) {
				t.Helper()
				if _, err := h.Add(t.Context(), lead.Addition{LeadID: id, By: "crm", Events: []lead.Event{{Type: "demo_request", At: decision.Add(after)}}}); err != nil {
					t.Fatal(err)
				}
			}
			add(tc.known)
			h.enrich(id)
			h.clock = decision
			if _, err := h.DecideLead(t.Context(), id, lead.DecisionInput{Decision: lead.Reject, Reason: "other", By: "key:desk"}); err != nil {
				t.Fatal(err)
			}
			h.clock = decision.Add(time.Second)
			add(tc.told)
			l, err := h.records.Lead(t.Context(), id)
			if err != nil || (l.Stage == lead.AwaitingReview) != tc.back {
				t.Errorf("the lead is %s, %v", l.Stage, err)
			}
		})
	}
}
