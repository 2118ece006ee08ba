package worker

import (
	"context"
	"errors"
	"sync"
	"time"

	"leadtriage/internal/lead"
)

// firstProbe is how soon an obstacle is tried again at first; then the pause
// doubles, up to what the far side's client says.
const firstProbe = 2 * time.Second

// obstacles are what an operator has to mend, by the channel that it closes.
// The operator hears of each once, not with every lead that waits.
type obstacles struct {
	mu     sync.Mutex
	closed map[string]closed
}

type closed struct {
	code   string
	probes int // since it was found
}

// found records an attempt that ended at the obstacle with this code, or at none
// when it is empty. It returns the code that stood there before, and the probes since.
func (o *obstacles) found(channel, code string) (before string, probes int) {
	o.mu.Lock()
	defer o.mu.Unlock()
	if o.closed == nil {
		o.closed = map[string]closed{}
	}
	c := o.closed[channel]
	before = c.code
	switch code {
	case "":
		delete(o.closed, channel)
		return before, 0
	case before:
		c.probes++
	default:
		c = closed{code: code}
	}
	o.closed[channel] = c
	return before, c.probes
}

// obstructed follows an attempt at a message in a channel, posted or changed. While there is an obstacle one
// message at a time finds out whether it is still there, and the others wait,
// however many they are. The returned cause says when to try again.
func (f *Flow) obstructed(ctx context.Context, channel string, posts bool, cause error) error {
	kind, after := lead.KindOf(cause)
	obstacle := lead.ObstacleOf(cause)
	switch {
	case obstacle != nil:
		before, probes := f.obstacles.found(channel, obstacle.Code)
		if before != obstacle.Code {
			f.Log.Error("Slack takes no messages; leads wait and none is lost", "channel", channel, "reason", obstacle.Code, "what_to_do", obstacle.Sentence)
			f.Metrics.obstructed(channel, before, obstacle.Code)
		}
		after = min(after, firstProbe<<min(probes, 10))
		f.Pace.Hold(ctx, channel, after)
		if err := f.Records.Obstructed(ctx, channel, obstacle.Sentence); err != nil {
			f.Log.Warn("what waits does not say why", "channel", channel, "error", err)
		}
		return &lead.Fault{Kind: kind, After: after, Err: cause}
	case kind == lead.Throttled && !errors.Is(cause, errNotYet) && posts:
		f.Pace.Hold(ctx, channel, after) // Slack's own limit holds for all that wait
	case cause == nil:
		if before, _ := f.obstacles.found(channel, ""); before != "" {
			f.Log.Info("Slack takes messages again", "channel", channel, "reason_before", before)
			f.Metrics.obstructed(channel, before, "")
		}
	}
	return cause
}
