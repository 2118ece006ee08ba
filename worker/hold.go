package worker

import (
	"context"
	"errors"
	"time"

	"leadtriage/internal/lead"
)

// probeEvery is how often one lead of all tries whether the model's account has
// credit again.
const probeEvery = 5 * time.Minute

// Holds keeps what holds enrichment up, for all workers.
type Holds interface {
	Hold(ctx context.Context, h lead.Hold) (began bool, err error)
	Holds(ctx context.Context) ([]lead.Hold, error)
	Probe(ctx context.Context, reason lead.HoldReason, now, next time.Time) (mine bool, err error)
	LookAgain(ctx context.Context, reason lead.HoldReason, now time.Time) error
	Lift(ctx context.Context, reason lead.HoldReason, now time.Time) (ended bool, err error)
}

// What a held lead says, until it goes on by itself.
var (
	errOverCap  = errors.New("today's budget for the model is spent (enrichment.daily_cap): the lead waits until tomorrow, or until the cap is raised")
	errNoCredit = errors.New("the model's account has no credit left: the lead waits until it has (check billing at the provider)")
)

// scoredOverCap is what a lead says that did not wait.
const scoredOverCap = "today's budget for the model is spent: scored by what is known (enrichment.on_cap: rules); `leadtriage lead retry ID` looks for facts when there is room again"

// held reports whether a hold was the reason, and not the lead's company.
func held(err error) bool { return errors.Is(err, errOverCap) || errors.Is(err, errNoCredit) }

// mayAsk is nil when a company may be asked about now, else the fault that says
// why not and when to look again. probe: a hold for want of credit is on, and
// this caller is the one to try; it tells tried what came of it.
func (f *Flow) mayAsk(ctx context.Context) (probe bool, err error) {
	now := f.now()
	holds, err := f.Companies.Holds(ctx)
	if err != nil {
		return false, err
	}
	on := map[lead.HoldReason]lead.Hold{}
	for _, h := range holds {
		on[h.Reason] = h
	}
	if err := f.withinCap(ctx, now, on[lead.OverCap]); err != nil {
		return false, err
	}
	h, unpaid := on[lead.NoCredit]
	if !unpaid {
		return false, nil
	}
	if !now.Before(h.Until) {
		h.Until = now.Add(probeEvery)
		if probe, err = f.Companies.Probe(ctx, lead.NoCredit, now, h.Until); probe || err != nil {
			return probe, err
		}
	}
	return false, &lead.Fault{Kind: lead.Unpaid, After: h.Until.Sub(now), Err: errNoCredit}
}

// withinCap is nil while the day's budget lasts. Leads in flight may exceed it a
// little: they were started within it.
func (f *Flow) withinCap(ctx context.Context, now time.Time, on lead.Hold) error {
	var spent float64
	var err error
	if f.Policy.DailyCap > 0 {
		if spent, err = f.Companies.SpentOn(ctx, now); err != nil {
			return err
		}
	}
	if f.Policy.DailyCap <= 0 || spent < f.Policy.DailyCap {
		if on.Reason == "" {
			return nil
		}
		return f.lift(ctx, lead.OverCap, "the day's budget has room again: enrichment goes on")
	}
	tomorrow := now.Truncate(24 * time.Hour).Add(24 * time.Hour)
	if on.Reason == "" || on.Over(now) {
		began, err := f.Companies.Hold(ctx, lead.Hold{Reason: lead.OverCap, Since: now, Until: tomorrow})
		if err != nil {
			return err
		}
		if began {
			f.Log.Error("the day's budget for the model is spent: no company is asked about until tomorrow, or until enrichment.daily_cap is raised",
				"spent_usd", spent, "daily_cap", f.Policy.DailyCap, "rules_only", f.Policy.RulesOverCap)
		}
	}
	// Not until midnight at once: an operator may raise the cap before.
	return &lead.Fault{Kind: lead.Throttled, After: min(tomorrow.Sub(now), 10*time.Minute), Err: errOverCap}
}

// tried tells the hold for want of credit how a question to the model went. It
// returns the error that the lead is to show.
func (f *Flow) tried(ctx context.Context, probe bool, cost lead.Usage, cause error) error {
	now := f.now()
	if kind, after := lead.KindOf(cause); cause != nil && kind == lead.Unpaid {
		began, err := f.Companies.Hold(ctx, lead.Hold{Reason: lead.NoCredit, Since: now, Until: now.Add(max(after, time.Minute))})
		if began {
			f.Log.Error("the model's account has no credit left: no company is asked about in any worker; one tries again every few minutes, and at once after `leadtriage lead retry ID`",
				"error", cause)
		}
		return errors.Join(&lead.Fault{Kind: lead.Unpaid, After: max(after, time.Minute), Err: errNoCredit}, err)
	}
	switch {
	case !probe:
		return cause
	case cost.Calls > 0: // it answered, whatever it said
		return errors.Join(cause, f.lift(ctx, lead.NoCredit, "the model's account has credit again: enrichment goes on"))
	default: // it was not asked: the next lead tries
		return errors.Join(cause, f.Companies.LookAgain(ctx, lead.NoCredit, now))
	}
}

func (f *Flow) lift(ctx context.Context, reason lead.HoldReason, words string) error {
	ended, err := f.Companies.Lift(ctx, reason, f.now())
	if ended {
		f.Log.Info(words)
	}
	return err
}
