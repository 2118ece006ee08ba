package main

import (
	"context"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/hibiken/asynq"
)

// BenchmarkLeads measures leads a second from the first POST to the last card,
// and their ratio to the tasks that bare asynq enqueues and processes a second.
// A lead takes at least two tasks.
func BenchmarkLeads(b *testing.B) {
	for _, c := range []struct {
		name  string
		leads int // in one op
		firms func(*bench, int) []string
	}{
		{"known", 1000, (*bench).knownFirms},
		{"new", 200, (*bench).newFirms},
	} {
		b.Run(c.name, func(b *testing.B) {
			w := newBench(b)
			yardstick := newBareAsynq(b, w)
			w.send(c.firms(w, 50)) // connections, plans, caches
			var leads, tasks, processor time.Duration
			n := 0
			for b.Loop() {
				hosts := c.firms(w, c.leads)
				before := processorTime(b)
				leads += w.send(hosts)
				processor += processorTime(b) - before
				tasks += yardstick.process(b, c.leads)
				n += c.leads
			}
			b.ReportMetric(0, "ns/op")
			b.ReportMetric(float64(n)/leads.Seconds(), "leads/s")
			b.ReportMetric(float64(n)/tasks.Seconds(), "asynq-tasks/s")
			b.ReportMetric(milliseconds(processor)/float64(n), "cpu-ms/lead")
			b.ReportMetric(tasks.Seconds()/leads.Seconds(), "ratio")
		})
	}
}

// bareAsynq is asynq alone: the service's Redis, as many workers, the same
// pauses, and tasks that do nothing.
type bareAsynq struct {
	client  *asynq.Client
	id      atomic.Int64
	started chan time.Time
}

func newBareAsynq(b *testing.B, w *bench) *bareAsynq {
	b.Helper()
	conn, err := asynq.ParseRedisURI(w.variable("REDIS_URL"))
	if err != nil {
		b.Fatal(err)
	}
	q := &bareAsynq{client: asynq.NewClient(conn), started: make(chan time.Time, 10_000)}
	b.Cleanup(func() { q.client.Close() })
	const workers = 8 + 16 // the service's: enrichment.concurrency and the deliverers
	server := asynq.NewServer(conn, asynq.Config{Concurrency: workers, Queues: map[string]int{"bare": 1},
		TaskCheckInterval: 100 * time.Millisecond, LogLevel: asynq.ErrorLevel})
	err = server.Start(asynq.HandlerFunc(func(context.Context, *asynq.Task) error {
		q.started <- time.Now()
		return nil
	}))
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(server.Shutdown)
	return q
}

func (q *bareAsynq) enqueue(b *testing.B) {
	id := asynq.TaskID(fmt.Sprintf("bare:%d", q.id.Add(1)))
	if _, err := q.client.EnqueueContext(b.Context(), asynq.NewTask("nothing", nil), asynq.Queue("bare"), id); err != nil {
		b.Error(err)
	}
}

// process enqueues n tasks as the service's senders do, and returns how long it
// took until all were processed.
func (q *bareAsynq) process(b *testing.B, n int) time.Duration {
	began := time.Now()
	var left atomic.Int64
	left.Store(int64(n))
	var senders sync.WaitGroup
	for range benchSenders {
		senders.Go(func() {
			for left.Add(-1) >= 0 {
				q.enqueue(b)
			}
		})
	}
	for range n {
		<-q.started
	}
	senders.Wait()
	return time.Since(began)
}
