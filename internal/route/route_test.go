package route_test

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"leadtriage/internal/clock"
	"leadtriage/internal/lead"
	"leadtriage/internal/route"
)

// monday is a working morning in Europe and night in America.
var monday = time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)

func hours(t testing.TB, zone string) *clock.Calendar {
	t.Helper()
	at, err := time.LoadLocation(zone)
	if err != nil {
		t.Fatal(err)
	}
	c, err := clock.New(clock.Week{Zone: at, Days: []time.Weekday{1, 2, 3, 4, 5}, From: 9 * 60, To: 18 * 60})
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// team is a pool whose wheel is kept as the records keep it.
type team struct {
	t     testing.TB
	rules route.Rules
	pool  *route.Pool
	wheel lead.Wheel
	now   time.Time
	got   map[string]int
}

func newTeam(t testing.TB, pool *route.Pool) *team {
	w := &team{t: t, pool: pool, now: monday, got: map[string]int{}, wheel: lead.Wheel{Seats: make([]lead.Seat, len(pool.Members))}}
	w.rules.Segments = []route.Segment{{ID: "all", Pool: pool}}
	for _, m := range pool.Members {
		w.rules.People = append(w.rules.People, m.Person)
	}
	if pool.Capped() {
		w.wheel.Load = make([]lead.Load, len(pool.Members))
	}
	return w
}

func members(t testing.TB, ids ...string) (all []route.Member) {
	usual := hours(t, "Europe/Rome")
	for _, id := range ids {
		all = append(all, route.Member{Person: &route.Person{ID: id, Email: id + "@ours.example", Hours: usual}, Cost: route.Cost(1)})
	}
	return all
}

func (w *team) ask(known string, not ...string) (route.Answer, error) {
	return w.rules.Owner(route.Asked{Lead: &lead.Lead{ID: "l"}, Since: w.now, Known: known, Not: not, Now: w.now}, w.wheel)
}

// turn gives away a lead, and returns who got it.
func (w *team) turn() string {
	w.t.Helper()
	w.now = w.now.Add(time.Second)
	a, err := w.ask("")
	if err != nil || a.Turn == nil {
		w.t.Fatalf("no turn: %+v, %v", a, err)
	}
	for i, m := range w.pool.Members {
		if m.ID == a.Owner.Person {
			a.Turn.Seat.Credit = 0
			w.wheel.Seats[i] = a.Turn.Seat
			if w.wheel.Load != nil {
				w.wheel.Load[i].Open++
				w.wheel.Load[i].Since = append(w.wheel.Load[i].Since, w.now)
			}
		}
	}
	w.wheel.Seq, w.wheel.Level = a.Turn.Seq, a.Turn.Level
	w.got[a.Owner.Person]++
	return a.Owner.Person
}

func (w *team) turns(n int) (who string) {
	for range n {
		who += w.turn()
	}
	return who
}

func TestTurnsFollowWeights(t *testing.T) {
	w := newTeam(t, &route.Pool{ID: "p", Members: members(t, "a", "b", "c")})
	w.pool.Members[2].Cost = route.Cost(2)
	w.turns(400)
	if w.got["a"] != 100 || w.got["b"] != 100 || w.got["c"] != 200 {
		t.Errorf("got %v, want 100, 100 and 200", w.got)
	}
}

func TestOneAfterTheOther(t *testing.T) {
	for _, order := range []bool{false, true} {
		w := newTeam(t, &route.Pool{ID: "p", Members: members(t, "a", "b", "c"), Order: order})
		if got := w.turns(6); got != "abcabc" {
			t.Errorf("order %v: %s", order, got)
		}
	}
}

// Who was away rejoins level, or catches up, as the pool says; new people are level.
func TestReturn(t *testing.T) {
	for name, tc := range map[string]struct {
		pool route.Pool
		want string
	}{
		"count, rejoin":   {route.Pool{}, "bac"},
		"count, catch up": {route.Pool{CatchUp: true}, "bbb"},
		"order":           {route.Pool{Order: true}, "bac"},
		"order, catch up": {route.Pool{Order: true, CatchUp: true}, "bac"},
	} {
		t.Run(name, func(t *testing.T) {
			pool := tc.pool
			pool.Members = members(t, "a", "b", "c")
			pool.Members[1].Away = []route.Span{{From: monday, To: monday.Add(time.Hour)}}
			w := newTeam(t, &pool)
			w.wheel.Seats[1].At = monday.Add(-time.Hour).UnixMilli() // one of old
			if got := w.turns(10); got != "acacacacac" {
				t.Fatalf("while b is away: %s", got)
			}
			w.now = monday.Add(2 * time.Hour)
			if got := w.turns(3); got != tc.want {
				t.Errorf("after b's return: %s, want %s", got, tc.want)
			}
		})
	}
	w := newTeam(t, &route.Pool{CatchUp: true, Members: members(t, "a", "b")})
	w.turns(10)
	w.pool.Members = append(w.pool.Members, members(t, "new")...)
	w.wheel.Seats = append(w.wheel.Seats, lead.Seat{})
	if got := w.turns(3); got != "newab" {
		t.Errorf("somebody new: %s", got)
	}
}

// A turn that is given back is made up for, once.
func TestCredit(t *testing.T) {
	for _, order := range []bool{false, true} {
		w := newTeam(t, &route.Pool{Members: members(t, "a", "b"), Order: order})
		w.turns(4)
		w.wheel.Seats[1].Credit = w.wheel.Seats[1].Level / 2 // one of b's two turns
		if got := w.turns(4); got != "bbab" && got != "baba" && got != "bbaa" {
			t.Errorf("order %v: %s", order, got)
		}
		if w.got["b"] < w.got["a"] {
			t.Errorf("order %v: b has %v", order, w.got)
		}
	}
}

func TestNobodyIsPassedOverWithoutAReason(t *testing.T) {
	pool := &route.Pool{Members: members(t, "away", "gone", "asleep", "full", "busy", "had", "it")}
	pool.Members[0].Away = []route.Span{{From: monday.Add(-time.Hour), To: monday.Add(time.Hour)}}
	pool.Members[1].Inactive = true
	pool.Members[2].Hours = hours(t, "America/New_York")
	pool.Members[3].PerDay = 1
	pool.Members[4].Open = 1
	w := newTeam(t, pool)
	w.wheel.Load[3].Since = []time.Time{monday.Add(-time.Hour)}
	w.wheel.Load[4].Open = 1
	a, err := w.ask("", "had@ours.example")
	if err != nil || a.Owner.Person != "it" {
		t.Fatalf("%+v, %v", a, err)
	}
	want := []lead.Passed{{Who: "away@ours.example", Skipped: lead.SkipAway}, {Who: "gone@ours.example", Skipped: lead.SkipInactive}, {Who: "asleep@ours.example", Skipped: lead.SkipAfterHours},
		{Who: "full@ours.example", Skipped: lead.SkipDayCap}, {Who: "busy@ours.example", Skipped: lead.SkipOpenCap}, {Who: "had@ours.example", Skipped: lead.SkipHadIt}}
	if fmt.Sprint(a.Owner.Trace) != fmt.Sprint(want) {
		t.Errorf("trace %v, want %v", a.Owner.Trace, want)
	}
	if w.wheel.Load[3].Since[0] = monday.Add(-12 * time.Hour); true { // yesterday in Rome
		if a, _ = w.ask(""); a.Owner.Person != "full" {
			t.Errorf("the cap of yesterday holds today: %+v", a.Owner)
		}
	}
}

// When nobody is there the pool says what happens, and no lead is stranded.
func TestNobodyIsThere(t *testing.T) {
	night := monday.Add(14 * time.Hour)
	ask := func(pool route.Pool, since time.Time) (route.Answer, error) {
		pool.Members = members(t, "a", "b")
		pool.Members[0].Away = []route.Span{{From: night.Add(-time.Hour), To: night.Add(30 * 24 * time.Hour)}}
		w := newTeam(t, &pool)
		w.rules.WaitMost = 4 * time.Hour
		return w.rules.Owner(route.Asked{Lead: &lead.Lead{}, Since: since, Now: night}, w.wheel)
	}
	if a, err := ask(route.Pool{Nobody: route.Ignore}, night); err != nil || a.Owner.Person != "b" || a.Turn == nil {
		t.Errorf("ignore: %+v, %v; the hours come before days off", a, err)
	}
	boss := &route.Person{ID: "boss", Email: "boss@ours.example"}
	if a, err := ask(route.Pool{Nobody: route.Fallback, Fallback: boss}, night); err != nil || a.Owner.Way != lead.ByFallback || a.Turn != nil || len(a.Owner.Trace) != 2 {
		t.Errorf("fallback: %+v, %v", a, err)
	}
	if a, err := ask(route.Pool{Nobody: route.Wait}, night); err != nil || a.Owner.Person != "" || !a.Until.Equal(night.Add(4*time.Hour)) {
		t.Errorf("wait: %+v, %v; want until wait_most", a, err)
	}
	if a, err := ask(route.Pool{Nobody: route.Wait}, night.Add(-4*time.Hour)); err != nil || a.Owner.Person != "b" {
		t.Errorf("waited long enough: %+v, %v", a, err)
	}
	w := newTeam(t, &route.Pool{Nobody: route.Wait, Members: members(t, "a")})
	w.now = night
	if a, err := w.ask(""); err != nil || !a.Until.Equal(time.Date(2026, 12, 1, 8, 0, 0, 0, time.UTC)) {
		t.Errorf("wait for ever: until %s, %v; want nine in Rome", a.Until, err)
	}
	if _, err := w.ask("", "a@ours.example"); err != nil {
		t.Errorf("the only one had it: %v", err) // waits a day
	}
	w.pool.Nobody = route.Ignore
	if _, err := w.ask("", "a@ours.example"); !errors.Is(err, route.ErrNobody) {
		t.Errorf("the only one had it: %v, want ErrNobody", err)
	}
}

// The owner whom the CRM knows beats the wheel, also after hours, but not while away.
func TestTheCRMsOwner(t *testing.T) {
	w := newTeam(t, &route.Pool{Members: members(t, "a", "b")})
	w.now = monday.Add(14 * time.Hour)
	w.pool.Nobody = route.Ignore
	if a, err := w.ask("b@ours.example"); err != nil || a.Owner.Person != "b" || a.Owner.Way != lead.ByCRM || a.Turn != nil {
		t.Errorf("one of ours: %+v, %v", a, err)
	}
	if a, err := w.ask("kim@ours.example"); err != nil || a.Owner.Email != "kim@ours.example" || a.Owner.Person != "" {
		t.Errorf("one whom only the CRM knows: %+v, %v", a, err)
	}
	w.pool.Members[1].Inactive = true
	a, err := w.ask("b@ours.example")
	if err != nil || a.Owner.Person != "a" || len(a.Owner.Trace) == 0 || a.Owner.Trace[0] != (lead.Passed{Who: "b@ours.example", Skipped: lead.SkipInactive}) {
		t.Errorf("one who left: %+v, %v", a, err)
	}
}

func BenchmarkRoute(b *testing.B) {
	for _, awayEvery := range []int{0, 2} {
		b.Run(fmt.Sprintf("10000 people, away every %d", awayEvery), func(b *testing.B) {
			pool := &route.Pool{ID: "p"}
			usual := hours(b, "Europe/Rome")
			for i := range 10_000 {
				p := &route.Person{ID: fmt.Sprint("p", i), Email: fmt.Sprint("p", i, "@ours.example"), Hours: usual}
				if awayEvery > 0 && i%awayEvery == 0 {
					p.Away = []route.Span{{From: monday, To: monday.Add(time.Hour)}}
				}
				pool.Members = append(pool.Members, route.Member{Person: p, Cost: route.Cost(1 + i%3)})
			}
			w := newTeam(b, pool)
			w.now = monday.Add(time.Minute)
			w.turns(3000)
			w.now = monday.Add(time.Minute)
			asked := route.Asked{Lead: &lead.Lead{}, Now: w.now}
			b.ReportAllocs()
			for b.Loop() {
				if _, err := w.rules.Owner(asked, w.wheel); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
