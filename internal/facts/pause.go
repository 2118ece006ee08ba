package facts

import (
	"context"
	"errors"
	"time"

	"leadtriage/internal/lead"
)

// probeEvery is how often one lead of all tries whether the model's account has
// credit again.
const probeEvery = 5 * time.Minute

// Pauses keeps what pauses enrichment, for all workers.
type Pauses interface {
	Pause(ctx context.Context, h lead.Pause) (began bool, err error)
	Pauses(ctx context.Context) ([]lead.Pause, error)
	Probe(ctx context.Context, reason lead.PauseReason, now, next time.Time) (mine bool, err error)
	LookAgain(ctx context.Context, reason lead.PauseReason, now time.Time) error
	Resume(ctx context.Context, reason lead.PauseReason, now time.Time) (ended bool, err error)
}

// mayAsk is nil when a company may be asked about now, else the fault that says
// why not and when to look again. probe: a pause for want of credit is on, and
// this caller is the one to try; it tells tried what came of it.
func (b *Book) mayAsk(ctx context.Context) (probe bool, err error) {
	now := b.now()
	pauses, err := b.Records.Pauses(ctx)
	if err != nil {
		return false, err
	}
	on := map[lead.PauseReason]lead.Pause{}
	for _, h := range pauses {
		on[h.Reason] = h
	}
	if err := b.withinCap(ctx, now, on[lead.OverCap]); err != nil {
		return false, err
	}
	h, unpaid := on[lead.NoCredit]
	if !unpaid {
		return false, nil
	}
	if !now.Before(h.Until) {
		h.Until = now.Add(probeEvery)
		if probe, err = b.Records.Probe(ctx, lead.NoCredit, now, h.Until); probe || err != nil {
			return probe, err
		}
	}
	return false, &lead.Fault{Kind: lead.Unpaid, After: h.Until.Sub(now), Err: lead.ErrNoCredit}
}

// reserveAgain is how soon a company looks again for room beside those that are read.
const reserveAgain = time.Second

// reserve keeps room in the day's budget for a company, over all workers: a cap is
// exceeded by one company at most.
func (b *Book) reserve(ctx context.Context, domain string, now, until time.Time) error {
	if b.Policy.DailyCap <= 0 {
		return nil
	}
	ok, err := b.Records.Reserve(ctx, domain, now, until, b.Policy.MostUSD, b.Policy.DailyCap)
	if err == nil && !ok {
		err = lead.Faultf(lead.Throttled, reserveAgain,
			"what is left of today's budget is reserved for companies that are being read (enrichment.daily_cap)")
	}
	return err
}

// withinCap is nil while the day's budget lasts.
func (b *Book) withinCap(ctx context.Context, now time.Time, on lead.Pause) error {
	var spent float64
	var err error
	if b.Policy.DailyCap > 0 {
		if spent, err = b.Records.SpentOn(ctx, now); err != nil {
			return err
		}
	}
	if b.Policy.DailyCap <= 0 || spent < b.Policy.DailyCap {
		if on.Reason == "" {
			return nil
		}
		return b.resume(ctx, lead.OverCap, "the day's budget has room again: enrichment goes on")
	}
	tomorrow := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	if on.Reason == "" || on.Over(now) {
		began, err := b.Records.Pause(ctx, lead.Pause{Reason: lead.OverCap, Since: now, Until: tomorrow})
		if err != nil {
			return err
		}
		if began {
			b.Log.Error("the day's budget for the model is spent: no company is asked about until tomorrow, or until enrichment.daily_cap is raised",
				"spent_usd", spent, "daily_cap", b.Policy.DailyCap, "rules_only", b.Policy.RulesOverCap)
		}
	}
	// Not until midnight at once: an operator may raise the cap before.
	return &lead.Fault{Kind: lead.Throttled, After: min(tomorrow.Sub(now), 10*time.Minute), Err: lead.ErrOverCap}
}

// tried tells the pause for want of credit how a question to the model went. It
// returns the error that the lead is to show.
func (b *Book) tried(ctx context.Context, probe bool, cost lead.Usage, cause error) error {
	now := b.now()
	if kind, after := lead.KindOf(cause); cause != nil && kind == lead.Unpaid {
		began, err := b.Records.Pause(ctx, lead.Pause{Reason: lead.NoCredit, Since: now, Until: now.Add(max(after, time.Minute))})
		if began {
			b.Log.Error("the model's account has no credit left: no company is asked about in any worker; "+
				"one tries again every few minutes, and at once after `leadtriage lead retry ID`",
				"error", cause)
		}
		return errors.Join(&lead.Fault{Kind: lead.Unpaid, After: max(after, time.Minute), Err: lead.ErrNoCredit}, err)
	}
	switch {
	case !probe:
		return cause
	case cost.Calls > 0: // it answered, whatever it said
		return errors.Join(cause, b.resume(ctx, lead.NoCredit, "the model's account has credit again: enrichment goes on"))
	default: // it was not asked: the next lead tries
		return errors.Join(cause, b.Records.LookAgain(ctx, lead.NoCredit, now))
	}
}

func (b *Book) resume(ctx context.Context, reason lead.PauseReason, words string) error {
	ended, err := b.Records.Resume(ctx, reason, b.now())
	if ended {
		b.Log.Info(words)
	}
	return err
}
