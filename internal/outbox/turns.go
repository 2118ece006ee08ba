package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"golang.org/x/sync/errgroup"

	"leadtriage/internal/lead"
)

// Turns posts what waits for a channel, one message at each of its moments, the
// highest score first. What waits is a row; which one goes is settled only when
// the moment has come, so a lead that came in late with a high score goes before
// those that wait. Waiting holds no worker's slot: at most one goroutine a
// channel and process sleeps.
type Turns struct {
	outbox *Outbox
	pace   *Pace
	o      TurnOptions

	mu     sync.Mutex
	ended  bool
	asked  map[string]bool // by channel that is being served: somebody asked again
	served sync.WaitGroup
	life   context.Context
	end    context.CancelFunc
}

// TurnOptions are what goes with a channel's turns.
type TurnOptions struct {
	// First is what goes before all messages of a channel, and reports whether
	// there was such a thing; nil: nothing.
	First func(ctx context.Context, channel string) (bool, error)
	// Span begins a span of an attempt; end closes it with how it went.
	Span func(ctx context.Context, effectID string) (_ context.Context, end func(error))
	Side int // messages side by side in a channel without a limit
	Log  *slog.Logger
}

// NewTurns returns turns that Serve begins and Stop ends.
func NewTurns(outbox *Outbox, pace *Pace, o TurnOptions) *Turns {
	t := &Turns{outbox: outbox, pace: pace, o: o, asked: map[string]bool{}}
	t.life, t.end = context.WithCancel(context.Background())
	return t
}

// Serve posts what waits in the channel until nothing does. It returns at once.
func (t *Turns) Serve(channel string) {
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

// Stop lets messages that are on their way arrive.
func (t *Turns) Stop() {
	t.mu.Lock()
	t.ended = true
	t.mu.Unlock()
	t.end()
	t.served.Wait()
}

func (t *Turns) drain(channel string) {
	var posts errgroup.Group
	posts.SetLimit(t.o.Side)
	defer posts.Wait()
	for t.until(channel) {
		if t.o.First != nil {
			told, err := t.o.First(t.life, channel)
			if err != nil && t.life.Err() == nil {
				t.o.Log.Warn("what goes first in a channel could not be claimed or settled; it is looked for again", "channel", channel, "error", err)
			}
			if told {
				continue
			}
		}
		e, run, ok, err := t.outbox.Post(t.life, channel)
		if err != nil && t.life.Err() == nil {
			t.o.Log.Warn("the next message of a channel could not be claimed; the sweep will try again", "channel", channel, "error", err)
		}
		if err != nil || !ok {
			return
		}
		if t.pace.limits() {
			t.post(e, run) // the next one is chosen when its moment comes
		} else {
			posts.Go(func() error { t.post(e, run); return nil })
		}
	}
}

func (t *Turns) post(e lead.Effect, run func(context.Context) error) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(t.life), Lease)
	defer cancel()
	ctx, end := t.o.Span(ctx, e.ID)
	err := run(ctx)
	end(err)
	if err != nil {
		t.o.Log.Log(ctx, Level(err), "a message was not posted; it will be tried again or was given up", "effect", e.ID, "lead_id", e.LeadID, "error", err)
	}
}

// until waits for the channel's next moment; false: the process ends.
func (t *Turns) until(channel string) bool {
	for {
		wait := t.pace.Free(t.life, channel)
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

// Level of a failed attempt in the log: what waits has not failed, and what an
// operator has to mend is said once for all.
func Level(err error) slog.Level {
	if kind, _ := lead.KindOf(err); !kind.Counts() || lead.OutageOf(err) != nil {
		return slog.LevelDebug
	}
	return slog.LevelWarn
}
