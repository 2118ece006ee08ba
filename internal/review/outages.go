package review

import (
	"context"
	"errors"
	"sync"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// firstProbe is how soon a channel with an outage is tried again at first; then the pause
// doubles, up to what the far side's client says.
const firstProbe = 2 * time.Second

// outages are what an operator has to mend, by the channel that it closes.
// The operator hears of each once, not with every lead that waits.
type outages struct {
	mu     sync.Mutex
	closed map[string]closed
}

type closed struct {
	code   string
	probes int // since it was found
}

// found records an attempt that ended at the outage with this code, or at none
// when it is empty. It returns the code that stood there before, and the probes since.
func (o *outages) found(channel, code string) (before string, probes int) {
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

// blocked follows an attempt at a message in a channel, posted or changed. While
// there is an outage one message at a time finds out whether it is still there, and
// the others wait, however many they are. The returned cause says when to try again.
func (m *Messages) blocked(ctx context.Context, channel string, posts bool, cause error) error {
	kind, after := lead.KindOf(cause)
	outage := lead.OutageOf(cause)
	switch {
	case outage != nil:
		before, probes := m.outages.found(channel, outage.Code)
		if before != outage.Code {
			m.Log.Error("Slack takes no messages; leads wait and none is lost",
				"channel", channel, "reason", outage.Code, "what_to_do", outage.Sentence)
			m.Outage(channel, before, outage.Code)
		}
		after = min(after, firstProbe<<min(probes, 10))
		m.Pace.Hold(ctx, channel, after)
		if err := m.Blocked(ctx, channel, outage.Sentence); err != nil {
			m.Log.Warn("what waits does not say why", "channel", channel, "error", err)
		}
		return &lead.Fault{Kind: kind, After: after, Err: cause}
	case kind == lead.Throttled && !errors.Is(cause, outbox.ErrNotYet) && posts:
		m.Pace.Hold(ctx, channel, after) // Slack's own limit holds for all that wait
	case cause == nil:
		if before, _ := m.outages.found(channel, ""); before != "" {
			m.Log.Info("Slack takes messages again", "channel", channel, "reason_before", before)
			m.Outage(channel, before, "")
		}
	}
	return cause
}
