// Package review asks reviewers about leads: when a card, its thread, a reminder
// and the day's digest go out, at a channel's pace, and what an outage of Slack's
// means for those that wait. How they look, and Slack itself, is internal/slack's.
package review

import (
	"context"
	"errors"
	"log/slog"
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

// Hours are when reviewers work; internal/hours implements it.
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
