package outbox

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

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
