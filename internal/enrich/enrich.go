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
	Forget(domain string)
}

// Options set up an Enricher. Zero numbers take their defaults.
type Options struct {
	Pages     Pages
	Model     Model         // nil: no model is configured, only what markup states is found
	Prompts   prompts.Set   // what is said to it; zero: as shipped
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
	if o.Prompts.Version == "" {
		o.Prompts = prompts.Shipped()
	}
	record, err := compileRecord(o.Prompts.Tools)
	if err != nil {
		return nil, fmt.Errorf("compile the schema of %s: %w", prompts.RecordFirmographics, err)
	}
	providers, err := newProviders(o)
	if err != nil {
		return nil, err
	}
	e := &Enricher{opts: o, record: record, providers: providers, tools: slices.Clone(o.Prompts.Tools)}
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

// Enrich finds what the company's own pages state: first what needs no model
// (their structured data and the traces of technologies), then, unless that is
// enough or no model is configured, what the model finds in them; and beside them
// what the providers know. A company of which none of them says anything, one
// without a site, and one whose robots.txt asks not to be read have a profile
// without facts and no error. Where fields are named, only they are looked for.
//
// Errors are lead.Faults: the site's as page gives them, the model's wrapping a
// sentinel of this package. The profile then carries what the pages and the
// providers state without a model, and the usage that was spent. A provider's
// failure is no error.
func (e *Enricher) Enrich(ctx context.Context, name, domain string, fields ...lead.Field) (lead.Profile, error) {
	want := wanted(fields)
	profile := lead.Profile{Domain: domain, Facts: []lead.Fact{}, FoundAt: e.opts.Now().UTC()}
	ctx, cancel := context.WithTimeoutCause(ctx, e.opts.Timeout, ErrOutOfTime)
	defer cancel()

	provided, paid := e.askProviders(ctx, presentableName(name), domain, want)
	profile.Facts, profile.Usage.CostUSD = withProvided(profile.Facts, provided), paid
	pages, err := e.opts.Pages.Site(ctx, domain)
	switch {
	case errors.Is(err, page.ErrNoSite):
	case errors.Is(err, page.ErrDisallowed):
		profile.Summary = disallowed
	case err != nil:
		return profile, fmt.Errorf("read the company's site: %w", err)
	}
	pages = vouching(pages)
	known := folded{}
	own := selvesOf(domain, pages)
	profile.Closed = closing(pages, own, known)
	stated := want.of(e.stated(pages, own, known))
	profile.Facts, profile.Unasked = withProvided(stated, provided), e.opts.Model == nil && len(pages) > 0
	if profile.Unasked {
		return profile, nil // it will be enriched again: providers keep their answers
	}
	if len(pages) > 0 && !want.met(stated) {
		t := newTalk(e, presentableName(name), domain, want)
		t.begin(pages)
		recorded, err := t.run(ctx)
		profile.Usage = profile.Usage.Add(t.usage)
		provided = append(provided, want.of(t.provided)...)
		if err != nil {
			profile.Facts = withProvided(stated, provided)
			return profile, err
		}
		found, summary := e.check(ctx, recorded, t, own, name, known)
		profile.Facts, profile.Summary = withProvided(joined(stated, want.of(found)), provided), summary
	}
	for _, p := range e.providers {
		p.forget(domain)
	}
	return profile, nil
}

// Forget has the company's pages and providers asked again by the next Enrich,
// whatever was read a moment ago.
func (e *Enricher) Forget(domain string) {
	e.opts.Pages.Forget(domain)
	for _, p := range e.providers {
		p.forget(domain)
	}
}

// disallowed is the summary of a company whose pages are left alone.
const disallowed = "The site's robots.txt asks not to be read, so nothing was looked up there."

// check turns what the model recorded into facts and settles them: two verified
// values of one field that disagree become one conflicting fact.
func (e *Enricher) check(ctx context.Context, r record, t *talk, own selves, name string, known folded) ([]lead.Fact, string) {
	checker := newChecker(t.sources, own, name, t.domain, e.opts.Now().UTC(), known)
	by := e.opts.Prompts.Version + " " + t.model
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

// presentableName keeps a mailbox or a phone number that was sent as a company's
// name from the model.
func presentableName(name string) string {
	if strings.ContainsRune(name, '@') || page.Mask(name) != name {
		return ""
	}
	return name
}
