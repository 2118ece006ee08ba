// Package enrich finds firmographics: it shows a company's public pages to a
// model, lets it ask for more of them by function calls, and checks every fact
// that it records against the page that the fact names.
//
// The model and the pages are untrusted. The model sees the company's name, its
// domain and its pages, nothing of the contact; it proposes facts with quotes,
// and a fact is Verified only when the quote stands in the page and bears the
// value. No text can change that, whatever it says.
package enrich

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"time"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/prompts"
)

// Pages reads a company's public pages; *page.Reader is one.
type Pages interface {
	Site(ctx context.Context, domain string) ([]page.Page, error)
	Page(ctx context.Context, url, domain string) (page.Page, error)
}

// Options set up an Enricher. Zero numbers take their defaults.
type Options struct {
	Pages     Pages
	Model     Model         // nil: no model is configured, nothing is found
	MaxRounds int           // questions to the model for one company, the last one forced; 0: 4
	MaxPages  int           // further pages that the model may have read; 0: 4
	MaxTokens int           // in and out, all rounds together; 0: 60 000
	PageRunes int           // of one page that are shown; 0: 12 000
	Timeout   time.Duration // for one company, pages included; 0: 75 s
	Prices    map[string]Price
	Providers []Provider                                // asked beside the pages
	Asked     func(provider string, how ProviderResult) // told about every question to a provider; nil: nobody
	Logger    *slog.Logger                              // nil: silent
	Now       func() time.Time
}

// Enricher finds facts about companies. It is safe for concurrent use.
type Enricher struct {
	opts      Options
	record    *recordSchema
	providers []*provider
	tools     []prompts.Tool // the same for every company
}

// New returns an Enricher; it fails when a provider is declared wrongly, or the
// record function's schema does not compile.
func New(o Options) (*Enricher, error) {
	o.MaxRounds = orDefault(o.MaxRounds, 4)
	o.MaxPages = orDefault(o.MaxPages, 4)
	o.MaxTokens = orDefault(o.MaxTokens, 60_000)
	o.PageRunes = orDefault(o.PageRunes, 12_000)
	o.Timeout = orDefault(o.Timeout, 75*time.Second)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Asked == nil {
		o.Asked = func(string, ProviderResult) {}
	}
	record, err := compileRecord()
	if err != nil {
		return nil, fmt.Errorf("compile the schema of %s: %w", prompts.RecordFirmographics, err)
	}
	providers, err := newProviders(o)
	if err != nil {
		return nil, err
	}
	e := &Enricher{opts: o, record: record, providers: providers, tools: prompts.Tools()}
	for _, p := range providers {
		if p.When == ByModel {
			e.tools = append(e.tools, p.tool())
		}
	}
	return e, nil
}

func orDefault[T int | time.Duration](v, standard T) T {
	if v <= 0 {
		return standard
	}
	return v
}

// Enrich finds what the company's own pages state, and what the providers know.
// A company of which neither says anything has a profile without facts and no error.
//
// Errors are lead.Faults: the site's as page gives them, the model's wrapping a
// sentinel of this package. The profile then carries no facts, but the usage
// that was spent. A provider's failure is no error.
func (e *Enricher) Enrich(ctx context.Context, name, domain string) (lead.Profile, error) {
	profile := lead.Profile{Domain: domain, Facts: []lead.Fact{}, FoundAt: e.opts.Now().UTC()}
	ctx, cancel := context.WithTimeoutCause(ctx, e.opts.Timeout, ErrOutOfTime)
	defer cancel()

	pages, err := e.site(ctx, domain)
	if err != nil {
		return profile, err
	}
	// Providers are paid: they are asked once the site has answered.
	stated, paid := e.askProviders(ctx, presentableName(name), domain)
	profile.Usage.CostUSD = paid
	if len(pages) > 0 {
		t := newTalk(e, presentableName(name), domain)
		for _, p := range pages {
			t.user += t.show(p)
		}
		recorded, err := t.run(ctx)
		profile.Usage = profile.Usage.Add(t.usage)
		if err != nil {
			return profile, err
		}
		profile.Facts, profile.Summary = e.check(ctx, recorded, t, name)
		stated = append(stated, t.stated...)
	}
	if len(stated) > 0 {
		profile.Facts = company.Settle(nil, append(stated, profile.Facts...))
	}
	for _, p := range e.providers {
		p.forget(domain)
	}
	return profile, nil
}

// site reads the pages to show the model; none where no model is configured or
// the company has no site.
func (e *Enricher) site(ctx context.Context, domain string) ([]page.Page, error) {
	if e.opts.Model == nil {
		return nil, nil
	}
	pages, err := e.opts.Pages.Site(ctx, domain)
	if errors.Is(err, page.ErrNoSite) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the company's site: %w", err)
	}
	return pages, nil
}

// askProviders asks those that come before the model, side by side.
func (e *Enricher) askProviders(ctx context.Context, name, domain string) (stated []lead.Fact, paid float64) {
	var wg sync.WaitGroup
	facts, costs := make([][]lead.Fact, len(e.providers)), make([]float64, len(e.providers))
	for i, p := range e.providers {
		if p.When == Before {
			wg.Go(func() { facts[i], costs[i] = p.ask(ctx, name, domain) })
		}
	}
	wg.Wait()
	for _, usd := range costs {
		paid += usd
	}
	return slices.Concat(facts...), paid
}

// check turns what the model recorded into facts and settles them: two verified
// values of one field that disagree become one conflicting fact.
func (e *Enricher) check(ctx context.Context, r record, t *talk, name string) ([]lead.Fact, string) {
	checker := newChecker(t.sources, name, t.domain, e.opts.Now().UTC())
	by := prompts.Version + " " + t.model
	found := []lead.Fact{}
	dropped, verified := max(0, len(r.Facts)-maxFacts), 0
	for _, cl := range r.Facts[:min(len(r.Facts), maxFacts)] {
		f, ok := checker.fact(cl)
		if !ok {
			dropped++
			continue
		}
		if f.Status == lead.Verified {
			verified++
		}
		f.By = by
		found = append(found, f)
	}
	e.opts.Logger.InfoContext(ctx, "facts checked", "recorded", len(r.Facts), "verified", verified, "dropped", dropped,
		"pages", len(t.sources), "calls", t.usage.Calls, "prompt_tokens", t.usage.PromptTokens, "completion_tokens", t.usage.CompletionTokens)
	return company.Settle(nil, found), clamp(tidy(r.Summary), maxSummary)
}

// presentableName keeps a mailbox that was sent as a company's name from the model.
func presentableName(name string) string {
	if strings.ContainsRune(name, '@') {
		return ""
	}
	return name
}
