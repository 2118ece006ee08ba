// Package eval measures enrichment on a labelled data set: how much of what the
// pages state is found, how much of what is shown as verified is right, and what
// it costs.
//
// The saved pages are served on 127.0.0.1 and go through the real page reader
// and the real enrich.Enricher; only the model's endpoint differs. A run leaves
// nothing behind and asks no other address than the model's.
package eval

import (
	"cmp"
	"context"
	"fmt"
	"time"

	"golang.org/x/sync/errgroup"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/prompts"
)

// Options set up a run. Pages and Enrich are what production has; the run fills
// in Pages.Resolve and Enrich.Pages.
type Options struct {
	Pages       page.Options
	Enrich      enrich.Options
	Model       string           // its name, for the report
	Concurrency int              // companies side by side; 0: 1
	Done        func()           // called after each company, by several goroutines; nil: nobody
	Now         func() time.Time // the clock that latencies are read from; nil: time.Now
}

// Outcome is what enrichment said of one company.
type Outcome struct {
	Profile lead.Profile
	Err     error
	Took    time.Duration
}

// patience is how long a company may be throttled in all.
const patience = 5 * time.Minute

// enrich asks about a company, and again after a while where the endpoint is
// throttled: that says nothing about the model. The time is that of the last attempt.
func (o Options) enrich(ctx context.Context, enricher *enrich.Enricher, c Company) Outcome {
	var spent lead.Usage
	var profile lead.Profile
	for left := patience; ; {
		start := o.Now()
		var err error
		if len(profile.Unread) > 0 { // the first reading got through
			profile, err = enricher.Resume(ctx, profile)
		} else {
			profile, err = enricher.Enrich(ctx, c.Name, c.Domain)
		}
		took := o.Now().Sub(start)
		spent = spent.Add(profile.Usage)
		profile.Usage = spent
		kind, after := lead.KindOf(err)
		if err == nil || kind != lead.Throttled || after > left {
			return Outcome{profile, err, took}
		}
		left -= max(after, time.Second)
		select {
		case <-time.After(after):
		case <-ctx.Done():
			return Outcome{profile, err, took}
		}
	}
}

// Run enriches every company of the set and judges what was found. A company
// that fails is part of the report; the error is of the run itself.
func Run(ctx context.Context, set []Company, o Options) (Report, error) {
	if o.Now == nil {
		o.Now = time.Now
	}
	resolve, stop, err := serve(set)
	if err != nil {
		return Report{}, err
	}
	defer stop()
	o.Pages.Resolve = resolve
	reader := page.NewReader(o.Pages)
	defer reader.Close()
	o.Enrich.Pages = reader
	enricher, err := enrich.New(o.Enrich)
	if err != nil {
		return Report{}, err
	}

	outcomes := make([]Outcome, len(set))
	group, ctx := errgroup.WithContext(ctx)
	group.SetLimit(max(1, o.Concurrency))
	for i, c := range set {
		group.Go(func() error {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			outcomes[i] = o.enrich(ctx, enricher, c)
			if ctx.Err() != nil {
				return ctx.Err()
			}
			if o.Done != nil {
				o.Done()
			}
			return nil
		})
	}
	if err := group.Wait(); err != nil {
		return Report{}, fmt.Errorf("eval: %w", err)
	}
	report := Judge(set, outcomes)
	report.Model, report.Prompt = o.Model, cmp.Or(o.Enrich.Prompts.Version, prompts.Version)
	return report, nil
}
