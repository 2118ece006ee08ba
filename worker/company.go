package worker

import (
	"context"
	"errors"
	"time"

	"leadtriage/internal/lead"
)

// profile takes the company's facts from the record, or finds them: one worker
// at a time for a company. cost is what this call spent.
func (f *Flow) profile(ctx context.Context, l *lead.Lead) (p lead.Profile, cost lead.Usage, err error) {
	domain := l.Company.Domain
	p, known, err := f.Companies.Company(ctx, domain)
	if err != nil {
		return lead.Profile{}, lead.Usage{}, err
	}
	if known && f.now().Sub(p.FoundAt) < f.Policy.Fresh {
		return p, lead.Usage{}, nil
	}
	probe, err := f.mayAsk(ctx)
	if err != nil {
		return lead.Profile{}, lead.Usage{}, err
	}
	mine, err := f.Companies.LeaseCompany(ctx, domain, f.now(), f.Policy.EnrichTimeout+10*time.Second)
	if err != nil {
		return lead.Profile{}, lead.Usage{}, err
	}
	if !mine {
		busy := lead.Faultf(lead.Throttled, time.Second, "another worker is reading this company")
		return lead.Profile{}, lead.Usage{}, f.tried(ctx, probe, lead.Usage{}, busy)
	}
	ctx, cancel := context.WithTimeout(ctx, f.Policy.EnrichTimeout)
	defer cancel()
	began := f.now()
	p, err = f.Enricher.Enrich(ctx, l.Company.Name, domain)
	cost = p.Usage
	f.Metrics.enriched(cost, f.now().Sub(began), err)
	// The facts outlive the task: a worker that is told to stop keeps what it found.
	keep, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	err = f.tried(keep, probe, cost, err)
	if err != nil || p.Unasked {
		return p, cost, errors.Join(err, f.Companies.ReleaseCompany(keep, domain))
	}
	p.Domain, p.FoundAt = domain, f.now()
	return p, cost, f.Companies.SaveCompany(keep, p)
}
