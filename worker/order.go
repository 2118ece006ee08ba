package worker

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"go.opentelemetry.io/otel/trace"
	"golang.org/x/sync/errgroup"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// turns posts what waits for a channel, one message at each of its moments, the
// highest score first. What waits is a row; which one goes is settled only when
// the moment has come, so a lead that came in late with a high score goes before
// those that wait. Waiting holds no worker's slot: at most one goroutine a
// channel and process sleeps.
type turns struct {
	flow  *Flow
	spans trace.Tracer
	log   *slog.Logger
	side  int // messages side by side in a channel without a limit

	mu     sync.Mutex
	ended  bool
	asked  map[string]bool // by channel that is being served: somebody asked again
	served sync.WaitGroup
	life   context.Context
	end    context.CancelFunc
}

func newTurns(flow *Flow, side int, spans trace.Tracer, log *slog.Logger) *turns {
	t := &turns{flow: flow, spans: spans, log: log, side: side, asked: map[string]bool{}}
	t.life, t.end = context.WithCancel(context.Background())
	return t
}

// serve posts what waits in the channel until nothing does. It returns at once.
func (t *turns) serve(channel string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.ended {
		return
	}
	if _, running := t.asked[channel]; running {
		t.asked[channel] = true
		return
	}
	t.asked[channel] = false
	t.served.Go(func() {
		for again := true; again; {
			t.drain(channel)
			t.mu.Lock()
			if again = t.asked[channel] && !t.ended; again {
				t.asked[channel] = false
			} else {
				delete(t.asked, channel)
			}
			t.mu.Unlock()
		}
	})
}

// stop lets messages that are on their way arrive.
func (t *turns) stop() {
	t.mu.Lock()
	t.ended = true
	t.mu.Unlock()
	t.end()
	t.served.Wait()
}

func (t *turns) drain(channel string) {
	var posts errgroup.Group
	posts.SetLimit(t.side)
	defer posts.Wait()
	for t.until(channel) {
		told, err := t.flow.digest(t.life, channel)
		if err != nil && t.life.Err() == nil {
			t.log.Warn("the digest could not be claimed or settled; it is looked for again", "channel", channel, "error", err)
		}
		if told {
			continue
		}
		e, run, ok, err := t.flow.box().Post(t.life, channel)
		if err != nil && t.life.Err() == nil {
			t.log.Warn("the next message of a channel could not be claimed; the sweep will try again", "channel", channel, "error", err)
		}
		if err != nil || !ok {
			return
		}
		if t.flow.Pace.limits() {
			t.post(e, run) // the next one is chosen when its moment comes
		} else {
			posts.Go(func() error { t.post(e, run); return nil })
		}
	}
}

func (t *turns) post(e lead.Effect, run func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.life), outbox.Lease)
	defer cancel()
	ctx, end := spanOf(ctx, t.spans, deliverTask, e.ID)
	err := run(ctx)
	end(err)
	if err != nil {
		t.log.Log(ctx, level(err), "a message was not posted; it will be tried again or was given up", "effect", e.ID, "lead_id", e.LeadID, "error", err)
	}
}

// until waits for the channel's next moment; false: the process ends.
func (t *turns) until(channel string) bool {
	for {
		wait := t.flow.Pace.Free(t.life, channel)
		if t.life.Err() != nil {
			return false
		}
		if wait <= 0 {
			return true
		}
		timer := time.NewTimer(wait)
		select {
		case <-timer.C:
		case <-t.life.Done():
			timer.Stop()
			return false
		}
	}
}

// level of a failed attempt in the log: what waits has not failed, and what an
// operator has to mend is said once for all.
func level(err error) slog.Level {
	if kind, _ := lead.KindOf(err); !kind.Counts() || lead.OutageOf(err) != nil {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}
