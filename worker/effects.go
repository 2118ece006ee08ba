package worker

import (
	"context"
	"fmt"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

// Cards shows a lead to reviewers; internal/slack implements it. Faults tell
// whether a post may have happened.
type Cards interface {
	// Post posts the newest round's card and says where it stands.
	Post(ctx context.Context, channel string, d *lead.Dossier) (at, ts string, err error)
	Update(ctx context.Context, d *lead.Dossier, channel, ts string) error
	// Find looks for a card of the round that was posted in the channel since.
	Find(ctx context.Context, channel, leadID string, round int, since time.Time) (ts string, ok bool, err error)
}

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
	if f.Webhook != nil {
		kinds = append(kinds, lead.WebhookEffect)
	}
	return kinds
}

func (f *Flow) delivers(kind lead.EffectKind) bool { return slices.Contains(f.deliverable(), kind) }

// Deliver makes one attempt at an effect, if it is due and in nobody's hands.
func (f *Flow) Deliver(ctx context.Context, id string) error {
	e, unsure, ok, err := f.Records.Claim(ctx, id, f.deliverable(), f.now(), effectLease)
	if err != nil || !ok {
		return err
	}
	d, err := f.Records.Dossier(ctx, e.LeadID)
	if err != nil {
		return err
	}
	began := f.now()
	var drawn lead.Review
	switch e.Kind {
	case lead.CardEffect:
		drawn, err = f.draw(ctx, e, &d, unsure)
	case lead.WebhookEffect:
		err = f.Webhook.Deliver(ctx, e, &d)
	}
	f.Metrics.attempted(e.Kind, err, f.now().Sub(began))
	return f.settle(context.WithoutCancel(ctx), e, drawn, err)
}

// draw posts the round's card, or brings the one that stands there up to date.
// After an attempt that may have posted, it looks for that card first.
//
// Crash window: dying between Slack's answer and settle leaves the effect
// Sending; the next attempt is unsure and adopts the card that stands there.
func (f *Flow) draw(ctx context.Context, e lead.Effect, d *lead.Dossier, unsure bool) (lead.Review, error) {
	r := d.Round(e.Round)
	if r == nil {
		return lead.Review{}, lead.Faultf(lead.Permanent, 0, "the record has no review round %d", e.Round)
	}
	if r.TS == "" {
		r.Channel = f.channelFor(r, &d.Lead)
	}
	if r.TS == "" && unsure {
		ts, ok, err := f.Cards.Find(ctx, r.Channel, e.LeadID, e.Round, r.OpenedAt)
		if err != nil {
			return *r, stillUnsure(err)
		}
		if ok {
			r.TS = ts
		}
	}
	if r.TS != "" {
		return *r, f.Cards.Update(ctx, d, r.Channel, r.TS)
	}
	if wait := f.Pace.Take(ctx, r.Channel, e.ID, f.now()); wait > 0 {
		// Not sent, so not unsure: but an unsure card has been looked for by now.
		return *r, lead.Faultf(lead.Throttled, wait, "waiting for the channel's rate")
	}
	var err error
	r.Channel, r.TS, err = f.Cards.Post(ctx, r.Channel, d)
	return *r, err
}

// drawAgain is when a card that was just drawn has to be drawn again, or zero:
// at once if the record moved meanwhile, and when the time to undo ends, so that
// no card offers what is gone.
//
// A round that an undo opened has its card in the same message. A drawing that
// was on its way at the undo may have landed on top, so the new round's is repeated.
func (f *Flow) drawAgain(c *lead.Case, e *lead.Effect, claimed lead.Effect) time.Time {
	if e.Kind != lead.CardEffect || e.Round < 1 || e.Round > len(c.Reviews) {
		return time.Time{}
	}
	r, newest := &c.Reviews[e.Round-1], c.Review()
	if r != newest && r.TS == newest.TS {
		c.Redraw()
		return time.Time{}
	}
	if e.Revision != claimed.Revision {
		return c.Now
	}
	// Drawn after the claim: a claim within the time may have shown the button.
	if end := r.DecidedAt.Add(f.Policy.Undo); !r.Open() && claimed.UpdatedAt.Before(end) {
		return end
	}
	return time.Time{}
}

// stillUnsure keeps an effect unsure when even looking for the card failed.
func stillUnsure(err error) error {
	_, after := lead.KindOf(err)
	return &lead.Fault{Kind: lead.Uncertain, After: after, Err: err}
}

// settle records how an attempt ended.
func (f *Flow) settle(ctx context.Context, claimed lead.Effect, drawn lead.Review, cause error) error {
	var again error
	_, err := f.change(ctx, claimed.LeadID, func(c *lead.Case) error {
		e := c.Effect(claimed.ID)
		if e == nil || e.State != lead.Sending || !e.LeaseUntil.Equal(claimed.LeaseUntil) {
			return nil // the lease ended and somebody else has it
		}
		if drawn.TS != "" && drawn.Round <= len(c.Reviews) {
			r := &c.Reviews[drawn.Round-1]
			r.Channel, r.TS = drawn.Channel, drawn.TS
		}
		e.UpdatedAt, e.LeaseUntil, e.LastError = c.Now, time.Time{}, ""
		if cause == nil {
			e.State = lead.Delivered
			if e.Attempts == 1 || e.Kind != lead.CardEffect {
				c.Note(itself, string(e.Kind)+"_delivered", e.Event)
			}
			if due := f.drawAgain(c, e, claimed); !due.IsZero() {
				e.State, e.DueAt = lead.Pending, due
			}
			return nil
		}
		// A card is never too late: a lead waits for its reviewer, not for a clock.
		tooLate := e.Kind != lead.CardEffect && c.Now.Sub(e.CreatedAt) > f.Policy.EffectGiveUp
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
		}
		if kind == lead.Throttled {
			e.Attempts--
		}
		return nil
	})
	if err != nil {
		return err
	}
	if again != nil {
		return fmt.Errorf("effect %s: %w", claimed.ID, again)
	}
	return nil
}
