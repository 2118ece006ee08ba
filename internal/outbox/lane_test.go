package outbox

import (
	"bytes"
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"
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

// An outage closes the lane for all but one attempt at a time, and is told once.
func TestAnOutageClosesTheLane(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var log bytes.Buffer
		var shown []string
		lane := NewLane("hubspot", 4).WithPauses(slog.New(slog.NewTextHandler(&log, nil)), func(before, now string) { shown = append(shown, before+">"+now) })
		outage := &lead.Fault{Kind: lead.Throttled, After: time.Minute, Outage: &lead.Outage{Code: "unauthorized", Sentence: "make a new key"}, Err: errors.New("401")}
		try := func(end error) (after time.Duration, tried bool) {
			leave, err := lane.enter()
			if err != nil {
				_, after = lead.KindOf(err)
				return after, false
			}
			end = lane.pause.ended(end)
			leave(end)
			_, after = lead.KindOf(end)
			return after, true
		}
		for n, want := range []time.Duration{2, 4, 8, 16, 32, 60, 60} {
			want *= time.Second
			if after, tried := try(outage); !tried || after != want {
				t.Errorf("probe %d: tried %v, again after %s, want %s", n, tried, after, want)
			}
			if after, tried := try(nil); tried || after != want {
				t.Errorf("what waits: tried %v, again after %s, want %s", tried, after, want)
			}
			time.Sleep(want)
		}
		try(errors.New("503")) // says nothing of the outage
		time.Sleep(firstProbe)
		if _, tried := try(nil); !tried || len(shown) != 2 || shown[0] != ">unauthorized" || shown[1] != "unauthorized>" {
			t.Errorf("tried %v, shown %q", tried, shown)
		}
		if n := strings.Count(log.String(), "level=ERROR"); n != 1 {
			t.Errorf("told %d times: %s", n, &log)
		}
	})
}
