package outbox

import (
	"errors"
	"log/slog"
	"testing"
	"time"

	"leadtriage/internal/breaker"
	"leadtriage/internal/lead"
)

// Attempts that hang take the slots of their own lane, and no others.
func TestALaneIsBounded(t *testing.T) {
	hanging, other := NewLane("webhook", 2), NewLane("slack", 1)
	for range 2 {
		if _, err := hanging.enter(); err != nil {
			t.Fatal(err)
		}
	}
	_, err := hanging.enter()
	if kind, after := lead.KindOf(err); kind != lead.Throttled || after <= 0 {
		t.Errorf("the third attempt: %v", err)
	}
	leave, err := other.enter()
	if err != nil {
		t.Fatal(err)
	}
	leave(nil)
	if _, err := other.enter(); err != nil {
		t.Errorf("a slot that was given back is taken: %v", err)
	}
}

// A far side that fails again and again is spared. What it refuses or throttles is an answer.
func TestAFarSideThatFailsIsSpared(t *testing.T) {
	for name, tc := range map[string]struct {
		end    error
		spared bool
	}{
		"failing":    {errors.New("503"), true},
		"refusing":   {lead.Faultf(lead.Permanent, 0, "410"), false},
		"throttling": {lead.Faultf(lead.Throttled, time.Second, "429"), false},
		"not tried":  {errNotTried, false},
		"well":       {nil, false},
	} {
		t.Run(name, func(t *testing.T) {
			lane := NewLane("webhook", 1).WithBreaker(slog.New(slog.DiscardHandler))
			for range tripAfter {
				leave, err := lane.enter()
				if err != nil {
					t.Fatal(err)
				}
				leave(tc.end)
			}
			leave, err := lane.enter()
			if kind, after := lead.KindOf(err); tc.spared != (err != nil) || err != nil && (kind != lead.Throttled || after < breaker.OpenFor/2) {
				t.Errorf("then: %v (after %s)", err, after)
			}
			if err == nil {
				leave(nil)
			}
		})
	}
}
