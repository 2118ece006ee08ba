package store_test

import (
	"errors"
	"fmt"
	"sync/atomic"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/route"
	"leadtriage/internal/store"
)

// wheels: four workers give leads away at once, and each person gets a share by weight to
// within one, no open cap is exceeded, and no lead has two turns.
func wheels(t *testing.T, s *store.Store) {
	const leads, workers = 400, 4 // TestTenThousandTurns has more
	giveAway(t, s, leads, workers, 7)
}

func giveAway(t *testing.T, s *store.Store, leads, workers, capped int) {
	ctx := t.Context()
	people := []string{"a", "b", "c", "capped"}
	pool := &route.Pool{ID: "p"}
	rules := &route.Rules{Segments: []route.Segment{{ID: "all", Pool: pool}}}
	for i, id := range people {
		p := &route.Person{ID: id, Email: id + "@ours.example"}
		pool.Members = append(pool.Members, route.Member{Person: p, Cost: route.Cost(1 + i%2)}) // b has two
	}
	pool.Members[3].Open = capped
	var next, moved atomic.Int64
	together(workers, func() {
		for n := next.Add(1); n <= int64(leads); n = next.Add(1) {
			id, key := fmt.Sprint("l", n), fmt.Sprint("l", n, "_owner_wheel_1")
			now := noon.Add(time.Duration(n) * time.Minute)
			for {
				if _, err := s.Assigned(ctx, key); err == nil {
					break
				} else if !errors.Is(err, lead.ErrNotFound) {
					t.Error(err)
					return
				}
				since := noon.Add(-time.Hour)
				if !pool.Capped() {
					since = time.Time{}
				}
				w, err := s.Wheel(ctx, pool.ID, people, since)
				if err != nil {
					t.Error(err)
					return
				}
				a, err := rules.Owner(route.Asked{Lead: &lead.Lead{ID: id}, Now: now}, w)
				if err != nil {
					t.Error(err)
					return
				}
				a.Turn.Owner.Turn = key
				ok, err := s.Take(ctx, *a.Turn)
				if err != nil {
					t.Error(err)
					return
				}
				if !ok {
					moved.Add(1)
				}
			}
		}
	})
	w := must(s.Wheel(ctx, pool.ID, people, noon.Add(-time.Hour)))(t)
	if w.Seq != int64(leads) {
		t.Errorf("%d turns for %d leads", w.Seq, leads)
	}
	got := []int{w.Load[0].Open, w.Load[1].Open, w.Load[2].Open, w.Load[3].Open}
	shares := []int{leads / 6, leads / 3, leads / 6, leads / 3}
	if capped > 0 {
		shares = []int{(leads - capped) / 4, (leads - capped) / 2, (leads - capped) / 4, capped}
	}
	for i, share := range shares {
		if off := got[i] - share; off < -1 || off > 2 || i == 3 && capped > 0 && off != 0 {
			t.Errorf("%s got %d, want %d", people[i], got[i], share)
		}
	}
	t.Logf("%v; %d times a worker was faster than another", got, moved.Load())
}

// A turn is taken once, and given back once, whatever becomes of the lead.
func turnsGivenBack(t *testing.T, s *store.Store) {
	ctx := t.Context()
	c := underReview(t, s, "northwind.example")
	owner := lead.Owner{Person: "a", Email: "a@ours.example", Turn: "k1", Pool: "p", Cost: 100}
	turn := lead.Turn{LeadID: c.Lead.ID, Owner: owner, Seq: 1, Seat: lead.Seat{Level: 100, At: noon.UnixMilli()}}
	for i, want := range []bool{true, false} {
		if ok := must(s.Take(ctx, turn))(t); ok != want {
			t.Errorf("take %d: %v", i, ok)
		}
	}
	if o := must(s.Assigned(ctx, "k1"))(t); o.Email != owner.Email {
		t.Errorf("assigned %+v", o)
	}
	look := func(when string, level, credit int64, open int) {
		t.Helper()
		w := must(s.Wheel(ctx, "p", []string{"a"}, noon.Add(-time.Hour)))(t)
		if w.Seats[0].Level != level || w.Seats[0].Credit != credit || w.Load[0].Open != open {
			t.Errorf("%s: %+v, %+v; want level %d, credit %d, %d open", when, w.Seats[0], w.Load[0], level, credit, open)
		}
	}
	change := func(f func(*lead.Case)) {
		t.Helper()
		must(s.Change(ctx, c.Lead.ID, noon, func(c *lead.Case) error { f(c); return nil }))(t)
	}
	change(func(c *lead.Case) { c.Assign(owner) })
	look("assigned", 100, 0, 1)
	became := func(kind lead.OutcomeType, at time.Time) {
		change(func(c *lead.Case) {
			if _, err := c.Became(lead.Outcome{ID: string(kind), Type: kind, At: at, From: "crm"}); err != nil {
				t.Error(err)
			}
			c.Close()
		})
	}
	became(lead.ClosedLost, noon)
	look("lost", 100, 0, 0)
	became(lead.Opportunity, noon.Add(time.Hour))
	look("opened again", 100, 0, 1)
	became(lead.NotAccepted, noon.Add(2*time.Hour))
	look("not accepted", 100, 100, 0)
	became(lead.ClosedWon, noon.Add(3*time.Hour))
	look("given back twice", 100, 100, 0)
	change(func(c *lead.Case) {
		c.Assign(lead.Owner{Person: "b", Email: "b@ours.example", Turn: "k2", Way: lead.ByHand})
	})
	look("handed over", 100, 100, 0)
	if b := must(s.Wheel(ctx, "p", []string{"b"}, noon.Add(-time.Hour)))(t); b.Load[0].Open != 1 {
		t.Errorf("b has %+v", b.Load[0])
	}
	next := turn
	next.Owner.Turn, next.Seq, next.Seat = "k3", 2, lead.Seat{Level: 100, Credit: 100, At: noon.UnixMilli()}
	must(s.Take(ctx, next))(t)
	look("the credit is used up", 100, 0, 1)
}
