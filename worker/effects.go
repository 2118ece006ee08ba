package worker

import (
	"context"
	"errors"
	"slices"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// messageSlots are the messages that a process has under way side by side.
const messageSlots = 16

// box delivers what this configuration has a way for. The others wait on record
// until it has.
func (f *Flow) box() *outbox.Outbox {
	f.once.Do(func() {
		f.messages = outbox.NewLane(lead.Reviewers, messageSlots)
		f.outbox = &outbox.Outbox{
			Records: f.Records, Kinds: f.kinds(), GiveUp: f.Policy.EffectGiveUp, Counted: f.Metrics.attempted, Log: f.Log, Now: f.now,
			Change: func(ctx context.Context, id string, change func(*lead.Case) error) error {
				_, err := f.change(ctx, id, change)
				return err
			},
		}
	})
	return f.outbox
}

// kinds are those of the configuration, and the messages to reviewers.
func (f *Flow) kinds() []outbox.Kind {
	kinds := slices.Clip(f.Kinds)
	if f.Cards != nil {
		kinds = append(kinds, f.message(lead.CardEffect, f.draw))
	}
	if f.Threads != nil {
		kinds = append(kinds, f.message(lead.ThreadEffect, f.drawThread), f.message(lead.ReminderEffect, f.remind), f.message(lead.BackupEffect, f.remind))
	}
	return kinds
}

// Deliver makes one attempt at an effect, as outbox.Deliver does.
func (f *Flow) Deliver(ctx context.Context, id string) (channel string, err error) {
	return f.box().Deliver(ctx, id)
}

// message is a kind of effect that is a message to reviewers: one that is posted
// once and then changed in its place.
func (f *Flow) message(name lead.EffectKind, do func(ctx context.Context, e lead.Effect, d *lead.Dossier, unsure bool) (place, error)) outbox.Kind {
	return outbox.Kind{
		Name: name, Lane: f.messages,
		Do: func(ctx context.Context, a *outbox.Attempt) error {
			at, err := do(ctx, a.Effect, a.Dossier, a.Unsure)
			a.Channel, a.TS, a.Gone = at.Channel, at.TS, errors.Is(err, lead.ErrMessageGone)
			if a.Gone {
				err = nil
			}
			return f.blocked(context.WithoutCancel(ctx), a.Effect.Target, a.Effect.Posts, err)
		},
		Ended: f.shown,
	}
}

// shown follows an attempt at a message.
func (f *Flow) shown(c *lead.Case, e *lead.Effect, a *outbox.Attempt) {
	if e.Posts && a.TS != "" {
		f.posted(c, e, place{a.Channel, a.TS})
	}
	switch {
	case a.Gone:
		f.gone(c, e, place{a.Channel, a.TS})
	case a.Err == nil:
		if a.Effect.Posts && e.Kind != lead.ThreadEffect { // a thread does not tell of itself
			c.Note(lead.Itself, string(e.Kind)+"_delivered", e.Event)
		}
		if due := f.drawAgain(c, e, a.Effect); !due.IsZero() {
			e.State, e.DueAt = lead.Pending, due
		}
	}
}
