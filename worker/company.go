package worker

import (
	"context"
	"errors"
	"slices"
	"strings"
	"time"
	"unicode"

	"leadtriage/internal/lead"
)

// enrichGrace is what a search may take beyond its own limit, which tells more
// of what it waited for.
const enrichGrace = 5 * time.Second

// profile takes the company's facts from the record, or finds those that are
// missing or too old: one worker at a time for a company. cost is what this call
// spent. On an error the profile has the facts that can be had all the same.
func (f *Flow) profile(ctx context.Context, l *lead.Lead) (p lead.Profile, cost lead.Usage, err error) {
	domain := l.Company.Domain
	known, stale, err := f.known(ctx, domain)
	if err != nil || len(stale) == 0 {
		return known, lead.Usage{}, err
	}
	p = known.Without(stale)
	probe, err := f.mayAsk(ctx)
	if err != nil {
		return p, lead.Usage{}, err
	}
	began := f.now()
	mine, afresh, err := f.Companies.LeaseCompany(ctx, domain, began, f.Policy.EnrichTimeout+2*enrichGrace)
	if err != nil {
		return p, lead.Usage{}, err
	}
	if !mine {
		busy := lead.Faultf(lead.Throttled, time.Second, "another worker is reading this company")
		return p, lead.Usage{}, f.tried(ctx, probe, lead.Usage{}, busy)
	}
	// Another worker may have got through between the look and the lease.
	if known, stale, err = f.known(ctx, domain); err != nil || len(stale) == 0 {
		return known, lead.Usage{}, f.tried(ctx, probe, lead.Usage{}, errors.Join(err, f.Companies.ReleaseCompany(ctx, domain)))
	}
	ctx, cancel := context.WithTimeout(ctx, f.Policy.EnrichTimeout+enrichGrace)
	defer cancel()
	if afresh {
		f.Enricher.Forget(domain)
	}
	var fields []lead.Field
	if len(stale) < len(lead.Fields) {
		fields = stale
	}
	search, err := f.Enricher.Enrich(ctx, companyName(l), domain, fields...)
	cost = search.Usage
	f.Metrics.enriched(cost, f.now().Sub(began), err)
	// The facts outlive the task: a worker that is told to stop keeps what it found.
	keep, done := context.WithTimeout(context.WithoutCancel(ctx), 5*time.Second)
	defer done()
	err = f.tried(keep, probe, cost, err)
	search.Domain, search.FoundAt = domain, began
	p = known.Renewed(search, stale)
	if err != nil || p.Unasked {
		return p, cost, errors.Join(err, f.Companies.ReleaseCompany(keep, domain))
	}
	return p, cost, f.Companies.SaveCompany(keep, p)
}

// known is the company's record, and the fields of it that are to be looked for.
func (f *Flow) known(ctx context.Context, domain string) (lead.Profile, []lead.Field, error) {
	p, _, err := f.Companies.Company(ctx, domain)
	if err != nil {
		return lead.Profile{}, nil, err
	}
	return p, f.Policy.Fresh.stale(&p, f.now()), nil
}

// companyName is what strangers may be told of the company's name: nothing where
// a person of the lead is named in it, as some CRMs do who know no company.
func companyName(l *lead.Lead) string {
	people := []string{l.Contact.Name, l.Partner.Contact}
	for _, c := range l.Contacts {
		people = append(people, c.Name)
	}
	name := nameWords(l.Company.Name)
	for _, person := range people {
		words := nameWords(person)
		if len(words) > 0 && !slices.ContainsFunc(words, func(word string) bool { return !slices.Contains(name, word) }) {
			return ""
		}
	}
	return l.Company.Name
}

func nameWords(s string) []string {
	return strings.FieldsFunc(strings.ToLower(s), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) })
}
