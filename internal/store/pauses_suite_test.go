package store_test

import (
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

func pauses(t *testing.T, s *store.Store) {
	ctx := t.Context()
	waiting := must(accept(t, s, incoming("northwind.example"), noon))(t)
	if len(must(s.Pauses(ctx))(t)) != 0 || must(s.Resume(ctx, lead.NoCredit, noon))(t) {
		t.Error("something is paused from the start")
	}
	// So many workers meet the empty account at once: one tells the operator.
	first := atomic.Int32{}
	count := func(n *atomic.Int32, ok bool, err error) {
		if err != nil {
			t.Error(err)
		} else if ok {
			n.Add(1)
		}
	}
	together(8, func() {
		began, err := s.Pause(ctx, lead.Pause{Reason: lead.NoCredit, Since: noon, Until: noon.Add(5 * time.Minute)})
		count(&first, began, err)
	})
	again := must(s.Pause(ctx, lead.Pause{Reason: lead.NoCredit, Since: noon.Add(time.Minute), Until: noon.Add(6 * time.Minute)}))(t)
	must(s.Pause(ctx, lead.Pause{Reason: lead.OverCap, Since: noon, Until: noon.Add(12 * time.Hour)}))(t)
	list := must(s.Pauses(ctx))(t)
	if first.Load() != 1 || again || len(list) != 2 || list[1].Reason != lead.NoCredit || !list[1].Since.Equal(noon) || !list[1].Until.Equal(noon.Add(6*time.Minute)) {
		t.Errorf("%d began it, again %v: %+v", first.Load(), again, list)
	}
	probes := atomic.Int32{}
	probe := func(now time.Time) func() {
		return func() {
			mine, err := s.Probe(ctx, lead.NoCredit, now, now.Add(5*time.Minute))
			count(&probes, mine, err)
		}
	}
	together(4, probe(noon.Add(5*time.Minute)))
	if probes.Load() != 0 {
		t.Error("probed before it was time")
	}
	together(8, probe(noon.Add(6*time.Minute)))
	if probes.Load() != 1 {
		t.Errorf("%d probe at once", probes.Load())
	}
	if err := s.LookAgain(ctx, lead.NoCredit, noon.Add(7*time.Minute)); err != nil {
		t.Fatal(err)
	}
	together(8, probe(noon.Add(7*time.Minute)))
	if probes.Load() != 2 {
		t.Errorf("%d probes after an operator asked for one", probes.Load())
	}
	// The end of the pause wakes who waits.
	now := noon.Add(time.Second)
	if !must(s.Resume(ctx, lead.NoCredit, now))(t) || len(must(s.Pauses(ctx))(t)) != 1 {
		t.Error("not resumed")
	}
	if due := must(s.DueLeads(ctx, now, 90*time.Second))(t); len(due) != 1 || due[0].ID != waiting.ID {
		t.Errorf("due: %+v", due)
	}
}

func together(n int, f func()) {
	var all sync.WaitGroup
	for range n {
		all.Go(f)
	}
	all.Wait()
}
