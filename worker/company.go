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
	lease, err := f.Companies.LeaseCompany(ctx, domain, began, f.Policy.EnrichTimeout+2*enrichGrace)
	if err != nil {
		return p, lead.Usage{}, err
	}
	if !lease.Mine {
		p.Facts = slices.Concat(p.Facts, lease.Stated)
		return p, lead.Usage{}, f.tried(ctx, probe, lead.Usage{}, f.notNow(lease.Waste))
	}
	// Another worker may have got through between the look and the lease.
	if known, stale, err = f.known(ctx, domain); err != nil || len(stale) == 0 {
		return known, lead.Usage{}, f.tried(ctx, probe, lead.Usage{}, errors.Join(err, f.Companies.ReleaseCompany(ctx, domain)))
	}
	ctx, cancel := context.WithTimeout(ctx, f.Policy.EnrichTimeout+enrichGrace)
	defer cancel()
	if lease.Afresh {
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
	kind, _ := lead.KindOf(err)
	switch {
	case err == nil && !p.Unasked:
		return p, cost, f.Companies.SaveCompany(keep, p)
	case err != nil && cost.Calls > 0 && kind.Counts() && !errors.Is(err, context.Canceled):
		return p, cost, f.wasted(keep, domain, lease.Times, search.Facts, err)
	}
	return p, cost, errors.Join(err, f.Companies.ReleaseCompany(keep, domain))
}

// notNow says why a company that cannot be had is not asked about.
func (f *Flow) notNow(w lead.Waste) error {
	switch wait := w.Again.Sub(f.now()); {
	case wait <= 0:
		return lead.Faultf(lead.Throttled, time.Second, "another worker is reading this company")
	case w.Times >= f.Policy.EnrichAttempts:
		return lead.Faultf(lead.Permanent, 0, "the model's answers about this company were of no use: `leadtriage lead retry ID` asks again")
	default:
		return lead.Faultf(lead.Throttled, wait, "the model's last answer about this company was of no use: it is asked again in a while")
	}
}

// wasted records a search that cost and came to nothing. All leads of the company
// have its attempts together; once they are spent, none asks until an operator
// does, or the time to give up has passed.
func (f *Flow) wasted(ctx context.Context, domain string, before int, stated []lead.Fact, cause error) error {
	kind, after := lead.KindOf(cause)
	if before >= f.Policy.EnrichAttempts {
		before = 0
	}
	w := lead.Waste{Times: before + 1, Stated: stated}
	w.Again = f.now().Add(max(after, backoff(w.Times)))
	if kind == lead.Permanent || w.Times >= f.Policy.EnrichAttempts {
		w.Times, w.Again = f.Policy.EnrichAttempts, f.now().Add(f.Policy.EnrichGiveUp)
		cause = &lead.Fault{Kind: lead.Permanent, Err: cause}
	}
	return errors.Join(cause, f.Companies.WasteCompany(ctx, domain, w))
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
