package breaker

import (
	"errors"
	"log/slog"
	"testing"
	"testing/synctest"
	"time"
)

var errDown, errBusy = errors.New("down"), errors.New("busy")

func verdict(err error) Verdict {
	return map[error]Verdict{nil: Healthy, errDown: Failed, errBusy: Neither}[err]
}

func TestAFarSideThatFailsIsSpared(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(3, verdict, slog.New(slog.DiscardHandler))
		try := func(end error) {
			t.Helper()
			done, left := b.Allow()
			if done == nil {
				t.Fatalf("nothing is tried for %s", left)
			}
			done(end)
		}
		for _, end := range []error{errDown, errDown, nil, errDown, errBusy, errDown, errDown} { // three in a row, what does not count aside
			try(end)
		}
		if done, left := b.Allow(); done != nil || left != OpenFor {
			t.Fatalf("it is open: %s", left)
		}
		time.Sleep(OpenFor + time.Millisecond)
		probe, _ := b.Allow()
		if done, left := b.Allow(); probe == nil || done != nil || left != 0 {
			t.Fatalf("one finds out: %s", left)
		}
		probe(nil)
		try(nil)
	})
}

func TestAFarSideThatAsksIsLeftAlone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := New(3, verdict, slog.New(slog.DiscardHandler))
		b.Hold(20 * time.Second)
		b.Hold(5 * time.Second) // a shorter one takes nothing back
		time.Sleep(12 * time.Second)
		if left := b.Held(); left != 8*time.Second {
			t.Errorf("held for %s", left)
		}
		time.Sleep(8 * time.Second)
		if left := b.Held(); left != 0 {
			t.Errorf("held for %s after its time", left)
		}
	})
}
