package outbox

import (
	"context"
	"log/slog"
	"sync"
	"time"

	"github.com/redis/go-redis/v9"
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

// Pace hands out the moments at which messages may go to a channel, across all
// workers, by Redis's own clock. A Redis that does not answer holds nothing
// back: Slack has limits of its own.
type Pace struct {
	rdb   redis.UniversalClient
	every time.Duration
	ahead time.Duration // by how much moments may be taken early
}

// margin is by how much moments lie farther apart than the rate asks: one message
// is slower on its way than the next, and a limit counts where they arrive.
const margin = 1.05

// NewPace allows perSecond messages a second and channel; 0: no limit.
func NewPace(rdb redis.UniversalClient, perSecond float64) *Pace {
	p := &Pace{rdb: rdb}
	if perSecond > 0 {
		p.every = time.Duration(margin * float64(time.Second) / perSecond)
	}
	return p
}

// NewBurstPace allows most calls in any span of so long, a fifth of them at once.
func NewBurstPace(rdb redis.UniversalClient, most int, span time.Duration) *Pace {
	burst := max(most/5, 1)
	p := &Pace{rdb: rdb, every: span / time.Duration(max(most-burst, 1))}
	p.ahead = time.Duration(burst-1) * p.every
	return p
}

func (p *Pace) limits() bool { return p.every > 0 }

// The scripts count microseconds; the key ends by itself.
var (
	// momentIn returns how long until the channel's next moment, and takes it for
	// a message of ARGV[1] microseconds when that is now, or ARGV[2] microseconds ahead.
	momentIn = redis.NewScript(`
local t = redis.call('TIME')
local now = t[1] * 1000000 + t[2]
local free = tonumber(redis.call('GET', KEYS[1]) or 0)
if free > now + ARGV[2] then return free - now - ARGV[2] end
local every = tonumber(ARGV[1])
if every > 0 then
  local till = math.max(free, now) + every
  redis.call('SET', KEYS[1], string.format('%.0f', till), 'PX', math.ceil((till - now) / 1000) + 1000)
end
return 0`)
	// holdFor puts the channel's next moment off to ARGV[1] microseconds from now.
	holdFor = redis.NewScript(`
local t = redis.call('TIME')
local till = t[1] * 1000000 + t[2] + ARGV[1]
if till > tonumber(redis.call('GET', KEYS[1]) or 0) then
  redis.call('SET', KEYS[1], string.format('%.0f', till), 'PX', math.ceil(ARGV[1] / 1000) + 1000)
end
return 0`)
)

// Free returns how long it is until the channel's next moment.
func (p *Pace) Free(ctx context.Context, channel string) time.Duration {
	return p.run(ctx, momentIn, channel, 0)
}

// Take takes the channel's moment if it is now, and returns 0; else how long it
// is until then.
func (p *Pace) Take(ctx context.Context, channel string) time.Duration {
	return p.run(ctx, momentIn, channel, p.every)
}

// Hold keeps all messages from the channel for a while, whatever the limit.
func (p *Pace) Hold(ctx context.Context, channel string, d time.Duration) {
	p.run(ctx, holdFor, channel, d+p.ahead)
}

func (p *Pace) run(ctx context.Context, script *redis.Script, channel string, d time.Duration) time.Duration {
	micros, err := script.Run(ctx, p.rdb, []string{"leadtriage:pace:" + channel}, d.Microseconds(), p.ahead.Microseconds()).Int64()
	if err != nil {
		return 0
	}
	return time.Duration(micros) * time.Microsecond
}
