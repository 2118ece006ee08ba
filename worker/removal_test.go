package worker_test

import (
	"context"
	"fmt"
	"log/slog"
	"slices"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"leadtriage/internal/backing"
	"leadtriage/worker"
)

func TestMain(m *testing.M) { backing.Run(m) }

type quiet struct{}

func (quiet) Debug(...any) {}
func (quiet) Info(...any)  {}
func (quiet) Warn(...any)  {}
func (quiet) Error(...any) {}
func (quiet) Fatal(...any) {}

// Tasks that were given up before a time are removed, the later ones and those that
// wait stay; a queue that nobody has used yet is no fault.
func TestGivenUpTasksAreRemoved(t *testing.T) {
	for name, address := range map[string]func() string{
		"embedded": func() string { return "redis://" + miniredis.RunT(t).Addr() },
		"real":     func() string { return backing.RedisURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			o, err := redis.ParseURL(address())
			if err != nil {
				t.Fatal(err)
			}
			rdb := redis.NewClient(o)
			defer rdb.Close()
			client := worker.NewClient(rdb, time.Minute)
			if n, err := client.Remove(t.Context(), time.Now()); n != 0 || err != nil {
				t.Fatal(n, err)
			}
			inspector := asynq.NewInspectorFromRedisClient(rdb)
			const given = 205 // more than a page
			for i := range given {
				if err := client.Enrich(t.Context(), fmt.Sprint("lead", i)); err != nil {
					t.Fatal(err)
				}
			}
			failed := make(chan string, given)
			server := asynq.NewServerFromRedisClient(rdb, asynq.Config{
				Concurrency: 4, Queues: map[string]int{worker.LeadsQueue: 1}, Logger: quiet{}, TaskCheckInterval: 10 * time.Millisecond,
			})
			err = server.Start(asynq.HandlerFunc(func(ctx context.Context, task *asynq.Task) error {
				id, _ := asynq.GetTaskID(ctx)
				failed <- id
				return asynq.SkipRetry
			}))
			if err != nil {
				t.Fatal(err)
			}
			for range given {
				<-failed
			}
			server.Shutdown()
			if err := client.Enrich(t.Context(), "waits"); err != nil {
				t.Fatal(err)
			}
			archived := func() (n int) {
				info, err := inspector.GetQueueInfo(worker.LeadsQueue)
				if err != nil {
					t.Fatal(err)
				}
				if info.Pending != 1 {
					t.Errorf("%d wait", info.Pending)
				}
				return info.Archived
			}
			if n, err := client.Remove(t.Context(), time.Now().Add(-time.Hour)); n != 0 || err != nil || archived() != given {
				t.Errorf("of an hour ago %d are removed, %d stay, %v", n, archived(), err)
			}
			if n, err := client.Remove(t.Context(), time.Now().Add(time.Hour)); n != given || err != nil || archived() != 0 {
				t.Errorf("%d are removed, %d stay, %v", n, archived(), err)
			}
		})
	}
}

// forgetful counts what it is asked to remove, in the place of records and queue.
type forgetful struct {
	worker.Chores
	asked  map[string]time.Time
	failed error
}

func (f *forgetful) RemoveRequests(_ context.Context, before time.Time) (int, error) {
	f.asked["requests"] = before
	return 0, f.failed
}
func (f *forgetful) RemoveEffects(_ context.Context, before time.Time) (int, error) {
	f.asked["effects"] = before
	return 3, f.failed
}
func (f *forgetful) RemoveLinks(context.Context, time.Time) (int, error) { return 0, nil }
func (f *forgetful) RemoveDigests(_ context.Context, before time.Time) (int, error) {
	f.asked["digests"] = before
	return 0, f.failed
}
func (f *forgetful) RemoveExams(_ context.Context, now time.Time) (int, error) {
	f.asked["exams"] = now
	return 0, f.failed
}
func (f *forgetful) Remove(_ context.Context, before time.Time) (int, error) {
	f.asked["tasks"] = before
	return 0, f.failed
}
func (f *forgetful) ChoreDone(context.Context, string, time.Time) error { return nil }

// Each kind has its own time, 0 keeps it for ever, and one that fails does not keep the others.
func TestWhatIsRemovedWhen(t *testing.T) {
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	kept := map[string]time.Duration{"requests": time.Hour, "effects": 2 * time.Hour, "tasks": 3 * time.Hour, "digests": 4 * time.Hour}
	for _, tc := range []struct {
		keep   worker.Retention
		failed error
		want   []string
	}{
		{worker.Retention{}, nil, []string{"exams"}},
		{worker.Retention{Idempotency: time.Hour, Effects: 2 * time.Hour, Tasks: 3 * time.Hour, Digests: 4 * time.Hour}, nil,
			[]string{"digests", "effects", "exams", "requests", "tasks"}},
		{worker.Retention{Idempotency: time.Hour, Digests: 4 * time.Hour}, context.DeadlineExceeded,
			[]string{"digests", "exams", "requests"}},
	} {
		r := &forgetful{asked: map[string]time.Time{}, failed: tc.failed}
		flow := &worker.Flow{Log: slog.New(slog.DiscardHandler), Now: func() time.Time { return now }}
		u := worker.Upkeep{Flow: flow, Chores: r, Outgrown: r, Tasks: r, Retention: tc.keep}
		if err := u.Chore(t.Context(), "remove"); (err == nil) != (tc.failed == nil) {
			t.Errorf("%+v: %v", tc.keep, err)
		}
		var asked []string
		for name, before := range r.asked {
			asked = append(asked, name)
			if want := kept[name]; want > 0 && now.Sub(before) != want {
				t.Errorf("%s of before %s, want %s before now", name, before, want)
			}
		}
		if slices.Sort(asked); !slices.Equal(asked, tc.want) {
			t.Errorf("%+v: asked to remove %v, want %v", tc.keep, asked, tc.want)
		}
	}
}
