package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

// Webhook tells an endpoint about a lead, under the effect's id; internal/crm
// implements it.
type Webhook interface {
	Deliver(ctx context.Context, e lead.Effect, d *lead.Dossier) error
}

// effectLease is how long a worker may hold an effect: longer than the clients'
// own time-outs, so that a lease that ended means a dead worker.
const effectLease = 30 * time.Second

// deliverable lists the kinds of effects that this configuration has a way for.
// The others wait on record until it has.
func (f *Flow) deliverable() (kinds []lead.EffectKind) {
	if f.Cards != nil {
		kinds = append(kinds, lead.CardEffect)
	}
	if f.Threads != nil {
		kinds = append(kinds, lead.ThreadEffect, lead.ReminderEffect, lead.BackupEffect)
	}
	if f.Webhook != nil {
		kinds = append(kinds, lead.WebhookEffect)
	}
	return kinds
}

func (f *Flow) delivers(kind lead.EffectKind) bool { return slices.Contains(f.deliverable(), kind) }

// Deliver makes one attempt at an effect, if it is due and in nobody's hands. A
// message that is still to be posted it leaves to its turn in the channel that
// it returns.
func (f *Flow) Deliver(ctx context.Context, id string) (channel string, err error) {
	e, unsure, ok, err := f.Records.Claim(ctx, id, f.deliverable(), f.now(), effectLease)
	if err != nil {
		return "", err
	}
	if !ok {
		if e.Posts && e.State == lead.Pending && f.delivers(e.Kind) {
			channel = e.Target
		}
		return channel, nil
	}
	return "", f.attempt(ctx, e, unsure)
}

// attempt makes one attempt at a claimed effect and records how it ended.
func (f *Flow) attempt(ctx context.Context, e lead.Effect, unsure bool) error {
	d, err := f.Records.Dossier(ctx, e.LeadID)
	if err != nil {
		return err
	}
	began := f.now()
	var at place
	switch e.Kind {
	case lead.CardEffect:
		at, err = f.draw(ctx, e, &d, unsure)
	case lead.ThreadEffect:
		at, err = f.tell(ctx, e, &d, unsure)
	case lead.ReminderEffect, lead.BackupEffect:
		at, err = f.remind(ctx, e, &d, unsure)
	case lead.WebhookEffect:
		err = f.Webhook.Deliver(ctx, e, &d)
	}
	f.Metrics.attempted(e.Kind, err, f.now().Sub(began))
	ctx = context.WithoutCancel(ctx)
	if e.Kind.Message() {
		err = f.obstructed(ctx, e.Target, e.Posts, err)
	}
	return f.settle(ctx, e, at, err)
}

// failing is the attempt in vain at which reviewers are told; the first ones
// are everyday.
const failing = 3

// settle records how an attempt ended.
func (f *Flow) settle(ctx context.Context, claimed lead.Effect, at place, cause error) error {
	var again error
	var stuck bool
	_, err := f.change(ctx, claimed.LeadID, func(c *lead.Case) error {
		e := c.Effect(claimed.ID)
		if e == nil || e.State != lead.Sending || !e.LeaseUntil.Equal(claimed.LeaseUntil) {
			return nil // the lease ended and somebody else has it
		}
		again, stuck = f.ended(c, e, claimed, at, cause)
		if e.Kind == lead.CardEffect {
			f.expect(c) // last, for it adds to the effects
		}
		return nil
	})
	if err != nil {
		return err
	}
	if stuck {
		f.Log.Error("a card was deleted again and is not posted a third time; `leadtriage lead retry` posts it", "lead_id", claimed.LeadID, "channel", claimed.Target)
	}
	if kind, _ := lead.KindOf(again); again != nil && kind == lead.Permanent && claimed.Kind.Message() {
		f.Log.Error("a message was given up; mend what the error names, then `leadtriage lead retry`", "effect", claimed.ID, "lead_id", claimed.LeadID, "channel", claimed.Target, "error", again)
		return nil
	}
	if again != nil {
		return fmt.Errorf("effect %s: %w", claimed.ID, again)
	}
	return nil
}

// ended is an attempt's end on the record: what follows from it, as afterFailure
// says, and whether a card now waits for an operator.
func (f *Flow) ended(c *lead.Case, e *lead.Effect, claimed lead.Effect, at place, cause error) (again error, stuck bool) {
	if e.Posts && at.TS != "" {
		f.posted(c, e, at)
	}
	e.UpdatedAt, e.LeaseUntil, e.LastError = c.Now, time.Time{}, ""
	switch {
	case cause == nil:
		e.State = lead.Delivered
		if (claimed.Posts || !e.Kind.Message()) && e.Kind != lead.ThreadEffect { // a thread does not tell of itself
			c.Note(itself, string(e.Kind)+"_delivered", e.Event)
		}
		if due := f.drawAgain(c, e, claimed); !due.IsZero() {
			e.State, e.DueAt = lead.Pending, due
		}
		return nil, false
	case errors.Is(cause, errNeedless):
		e.State = lead.Cancelled
		return nil, false
	case errors.Is(cause, lead.ErrMessageGone) && e.Kind.Message():
		return nil, f.gone(c, e, at)
	}
	// A message is never too late: a lead waits for its reviewer, not for a clock.
	tooLate := !e.Kind.Message() && c.Now.Sub(e.CreatedAt) > f.Policy.EffectGiveUp
	again = afterFailure(cause, e.Attempts, tooLate)
	e.LastError = sentence(cause)
	wait, ok := delayOf(again)
	kind, _ := lead.KindOf(again)
	switch {
	case !ok:
		e.State = lead.GivenUp
		c.Note(itself, string(e.Kind)+"_failed", e.Event)
	case kind == lead.Uncertain:
		e.State, e.DueAt = lead.Unsure, c.Now.Add(wait)
	default:
		e.State, e.DueAt = lead.Pending, c.Now.Add(wait)
		if e.Attempts == failing && !e.Kind.Message() {
			c.Note(itself, string(e.Kind)+"_failing", e.Event)
		}
	}
	if kind == lead.Throttled || lead.ObstacleOf(cause) != nil {
		e.Attempts--
	}
	return again, false
}
