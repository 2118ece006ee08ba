package store_test

import (
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leadtriage/internal/store"
)

// However many workers ask at once, no more is reserved than the cap has room for.
func budgetIsReserved(t *testing.T, s *store.Store) {
	ctx, later := t.Context(), noon.Add(time.Minute)
	reserve := func(domain string, at time.Time, budget float64) bool {
		t.Helper()
		return must(s.Reserve(ctx, domain, at, at.Add(time.Minute), 0.3, budget))(t)
	}
	var got atomic.Int64
	var all sync.WaitGroup
	for i := range 20 {
		all.Go(func() {
			if ok, err := s.Reserve(ctx, fmt.Sprintf("firm-%d.example", i), noon, later, 0.3, 1); err != nil {
				t.Error(err)
			} else if ok {
				got.Add(1)
			}
		})
	}
	all.Wait()
	if got.Load() != 3 {
		t.Fatalf("%d companies share a cap of three and a bit", got.Load())
	}
	// A killed worker's reservation ends with its lease.
	if reserve("late.example", later.Add(-time.Second), 1) || !reserve("late.example", later, 1) {
		t.Error("a reservation does not end with its lease")
	}
	// What a search has cost counts before its lead is committed with it.
	if err := s.Settle(ctx, "late.example", 0.9); err != nil {
		t.Fatal(err)
	}
	for budget, room := range map[float64]bool{0.9: false, 0.95: true} {
		if reserve("next.example", later, budget) != room {
			t.Errorf("0.9 of %g are spent, and there is room: %v", budget, !room)
		}
		if err := s.Settle(ctx, "next.example", 0); err != nil {
			t.Fatal(err)
		}
	}
}
