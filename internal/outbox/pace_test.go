package outbox_test

import (
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"leadtriage/internal/outbox"
)

// One Redis and its clock make the moments, whichever worker asks: no two
// messages of a channel arrive closer than its rate, also when the first was
// slow on its way.
func TestPace(t *testing.T) {
	server := miniredis.RunT(t)
	begin := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	server.SetTime(begin)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer rdb.Close()
	a, b := outbox.NewPace(rdb, 1), outbox.NewPace(rdb, 1)
	want := func(what string, got, want time.Duration) {
		t.Helper()
		if got != want {
			t.Errorf("%s: %s, want %s", what, got, want)
		}
	}
	const every = 1050 * time.Millisecond
	want("the first", a.Take(t.Context(), "C1"), 0)
	want("another worker's", b.Take(t.Context(), "C1"), every)
	want("another channel's", b.Take(t.Context(), "C2"), 0)
	server.SetTime(begin.Add(every))
	want("whether it may", b.Free(t.Context(), "C1"), 0)
	want("the second", b.Take(t.Context(), "C1"), 0)
	a.Hold(t.Context(), "C1", 30*time.Second)
	a.Hold(t.Context(), "C1", time.Second)
	want("while Slack says to wait", b.Take(t.Context(), "C1"), 30*time.Second)
	want("a channel beside it", b.Take(t.Context(), "C2"), 0)
	server.SetTime(begin.Add(every + 30*time.Second))
	want("after the wait", b.Take(t.Context(), "C1"), 0)
}

// In no span of ten seconds are there more calls than the far side takes, however they
// come; a few may come at once.
func TestBurstPace(t *testing.T) {
	server := miniredis.RunT(t)
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	server.SetTime(now)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer rdb.Close()
	const most, span = 190, 10 * time.Second
	pace := outbox.NewBurstPace(rdb, most, span)
	var taken []time.Time
	for end := now.Add(25 * time.Second); now.Before(end); {
		wait := pace.Take(t.Context(), "hubspot")
		if wait == 0 {
			taken = append(taken, now)
		} else {
			now = now.Add(wait)
			server.SetTime(now)
		}
	}
	if at := taken[most/5-1]; at != taken[0] {
		t.Errorf("the first %d calls took until %s", most/5, at)
	}
	for i := range taken {
		if i >= most && taken[i].Sub(taken[i-most]) < span {
			t.Fatalf("call %d comes %s after the one %d before it", i, taken[i].Sub(taken[i-most]), most)
		}
	}
	if len(taken) < 350 {
		t.Errorf("%d calls in 25 s", len(taken))
	}
	pace.Hold(t.Context(), "hubspot", 10*time.Second)
	if wait := pace.Take(t.Context(), "hubspot"); wait < 10*time.Second {
		t.Errorf("held for ten seconds it waits %s", wait)
	}
}
