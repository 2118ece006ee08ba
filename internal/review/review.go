// Package review asks reviewers about leads: when a card, its thread, a reminder
// and the day's digest go out, at a channel's pace, and what an outage of Slack's
// means for those that wait. How they look, and Slack itself, is internal/slack's.
package review

import (
	"context"
	"errors"
	"log/slog"
	"sync"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Side is how many messages a process has under way side by side.
const Side = 16

// Slack shows leads to reviewers; internal/slack implements it. Faults tell
// whether a post may have happened.
type Slack interface {
	Cards
	Threads
}

// Hours are when reviewers work; internal/clock implements it.
type Hours interface {
	// After is the moment at which that much working time has passed since t. With
	// none it is the first working moment from t on.
	After(t time.Time, working time.Duration) time.Time
}

// Policy is what an operator may set.
type Policy struct {
	Undo        time.Duration // how long a decision can be taken back
	RemindAfter time.Duration // working time until reviewers are reminded; 0: never
	BackupAfter time.Duration // and until those who stand in for them are
	Hours       Hours         // of reviewers; nil: nobody is reminded
}

// Messages are what reviewers are sent about leads: each is posted once and then
// changed in its place.
type Messages struct {
	Slack     Slack
	Pace      *outbox.Pace // of messages in a channel
	Reviewers *lead.Reviewers
	Policy    Policy
	// Blocked says on record why what waits for the channel waits.
	Blocked func(ctx context.Context, channel, why string) error
	// Outage shows the outage of a channel, in place of another; empty: none.
	Outage func(channel, before, now string)
	Log    *slog.Logger
	Now    func() time.Time

	outages outages
}

// Kinds are the messages as kinds of effects.
func (m *Messages) Kinds() []outbox.Kind {
	lane := outbox.NewLane(lead.SlackLane, Side)
	kind := func(name lead.EffectKind, do func(context.Context, lead.Effect, *lead.Dossier, bool) (place, error)) outbox.Kind {
		return outbox.Kind{
			Name: name, Lane: lane,
			Do: func(ctx context.Context, a *outbox.Attempt) error {
				at, err := do(ctx, a.Effect, a.Dossier, a.Unsure)
				a.Channel, a.TS, a.Gone = at.Channel, at.TS, errors.Is(err, lead.ErrMessageGone)
				if a.Gone {
					err = nil
				}
				return m.blocked(context.WithoutCancel(ctx), a.Effect.Target, a.Effect.Posts, err)
			},
			Ended: m.shown,
		}
	}
	reminder := kind(lead.ReminderEffect, m.remind)
	reminder.Plan = m.planReminders
	return []outbox.Kind{kind(lead.CardEffect, m.draw), kind(lead.ThreadEffect, m.drawThread), reminder, kind(lead.BackupEffect, m.remind)}
}

// shown follows an attempt at a message.
func (m *Messages) shown(c *lead.Case, e *lead.Effect, a *outbox.Attempt) {
	at := place{a.Channel, a.TS}
	if e.Posts && at.TS != "" {
		posted(c, e, at)
	}
	switch {
	case a.Gone:
		gone(c, e, at)
	case a.Err == nil:
		if a.Effect.Posts && e.Kind != lead.ThreadEffect { // a thread does not tell of itself
			c.Note(lead.Itself, string(e.Kind)+"_delivered", lead.ToldOf, e.Event)
		}
		if due := m.drawAgain(c, e, a.Effect); !due.IsZero() {
			e.State, e.DueAt = lead.Pending, due
		}
	}
}

// now is to the millisecond, as the record keeps it.
func (m *Messages) now() time.Time { return m.Now().UTC().Truncate(time.Millisecond) }

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
