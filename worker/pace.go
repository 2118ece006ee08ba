package worker

import (
	"context"
	"time"

	"github.com/redis/go-redis/v9"
)

// Pace hands out the moments at which messages may go to a channel, across all
// workers. Each card waits once, for a moment of its own: a limiter that only
// says "not now" would wake all that wait together, every time.
type Pace struct {
	rdb   redis.UniversalClient
	every time.Duration
}

// NewPace allows perSecond messages a second and channel; 0: no limit.
func NewPace(rdb redis.UniversalClient, perSecond float64) *Pace {
	p := &Pace{rdb: rdb}
	if perSecond > 0 {
		p.every = time.Duration(float64(time.Second) / perSecond)
	}
	return p
}

// takeMoment returns the milliseconds that the card has to wait. A card that
// comes back at its moment finds it kept; the keys end by themselves.
var takeMoment = redis.NewScript(`
local now, every = tonumber(ARGV[1]), tonumber(ARGV[2])
local mine = tonumber(redis.call('GET', KEYS[2]))
if not mine then
  mine = math.max(now, tonumber(redis.call('GET', KEYS[1]) or 0))
  redis.call('SET', KEYS[1], mine + every, 'PX', mine + every - now + 1000)
  if mine > now then redis.call('SET', KEYS[2], mine, 'PX', mine - now + 60000) end
end
if mine <= now then redis.call('DEL', KEYS[2]) end
return math.max(0, mine - now)`)

// Take returns how long the card must wait for its moment in the channel. A
// Redis that does not answer holds nothing back: Slack has limits of its own.
func (p *Pace) Take(ctx context.Context, channel, card string, now time.Time) time.Duration {
	if p == nil || p.every == 0 {
		return 0
	}
	wait, err := takeMoment.Run(ctx, p.rdb, []string{"leadtriage:pace:" + channel, "leadtriage:moment:" + card},
		now.UnixMilli(), p.every.Milliseconds()).Int64()
	if err != nil {
		return 0
	}
	return time.Duration(wait) * time.Millisecond
}
