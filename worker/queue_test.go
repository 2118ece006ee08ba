package worker_test

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/hibiken/asynq"
	"github.com/redis/go-redis/v9"

	"leadtriage/internal/backing"
	"leadtriage/worker"
)

// onRedis runs a test on the Redis of one process and on a real one.
func onRedis(t *testing.T, do func(t *testing.T, rdb *redis.Client)) {
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
			do(t, rdb)
		})
	}
}

// However often work on a record is asked for, one task of it waits: also while a worker
// has one in hand, after one that has to wait, and after one that was given up.
func TestARecordHasOneTaskThatWaits(t *testing.T) {
	onRedis(t, func(t *testing.T, rdb *redis.Client) {
		client, inspector := worker.NewClient(rdb, time.Minute), asynq.NewInspectorFromRedisClient(rdb)
		ask := func() {
			t.Helper()
			for range 3 {
				if err := client.Enrich(t.Context(), "ld_1"); err != nil {
					t.Fatal(err)
				}
			}
		}
		stands := func(pending, active int) {
			t.Helper()
			i, err := inspector.GetQueueInfo(worker.LeadsQueue)
			if err != nil || i.Pending != pending || i.Active != active || i.Retry+i.Archived > 1 {
				t.Fatalf("%d wait, %d active, %d later, %d given up, %v", i.Pending, i.Active, i.Retry, i.Archived, err)
			}
		}
		began, end := make(chan bool), make(chan error)
		work := func() (stop func()) {
			server := asynq.NewServerFromRedisClient(rdb, asynq.Config{
				Concurrency: 1, Queues: map[string]int{worker.LeadsQueue: 1}, Logger: quiet{}, TaskCheckInterval: 10 * time.Millisecond,
				RetryDelayFunc: func(int, error, *asynq.Task) time.Duration { return time.Hour },
			})
			err := server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
				began <- true
				return <-end
			}))
			if err != nil {
				t.Fatal(err)
			}
			return server.Shutdown
		}
		ask()
		stands(1, 0)
		for _, last := range []error{errors.New("later"), asynq.SkipRetry} {
			stop := work()
			<-began
			ask() // while one is in hand
			stands(1, 1)
			end <- nil
			<-began
			end <- last
			stop()
			ask() // after one that waits for its time, or was given up
			stands(1, 0)
		}
	})
}

// A queue has room for some tasks; the other records wait where they are.
func TestAQueueIsBounded(t *testing.T) {
	onRedis(t, func(t *testing.T, rdb *redis.Client) {
		client := worker.NewClient(rdb, time.Minute)
		refused := 0
		for i := range 2000 {
			if err := client.Enrich(t.Context(), fmt.Sprint("ld_", i)); errors.Is(err, worker.ErrNoRoom) {
				refused++
			} else if err != nil {
				t.Fatal(err)
			}
		}
		info, err := asynq.NewInspectorFromRedisClient(rdb).GetQueueInfo(worker.LeadsQueue)
		if err != nil || info.Pending > 600 || refused+info.Pending != 2000 {
			t.Errorf("%d wait, %d were refused, %v", info.Pending, refused, err)
		}
	})
}
