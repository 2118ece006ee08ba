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
}

// Options set up an Enricher. Zero numbers take their defaults.
type Options struct {
	Pages     Pages
	Model     Model         // nil: no model is configured, only what markup states is found
	MaxRounds int           // questions to the model for one company, the last one forced; 0: 4
	MaxPages  int           // further pages that the model may have read; 0: 4
	MaxTokens int           // in and out, all rounds together; 0: 60 000
	PageRunes int           // of one page that are shown; 0: 12 000
	Timeout   time.Duration // for one company, pages included; 0: 75 s
	Prices    map[string]Price
	Logger    *slog.Logger // nil: silent
	Now       func() time.Time
}

// Enricher finds facts about companies. It is safe for concurrent use.
type Enricher struct {
	opts   Options
	record *recordSchema
}

// New returns an Enricher; it fails only when the record function's schema does
// not compile.
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
	record, err := compileRecord()
	if err != nil {
		return nil, fmt.Errorf("compile the schema of %s: %w", prompts.RecordFirmographics, err)
	}
	return &Enricher{o, record}, nil
}

func orDefault[T int | time.Duration](v, standard T) T {
	if v <= 0 {
		return standard
	}
	return v
}

// Enrich finds what the company's own pages state: first what needs no model
// (their structured data and the traces of technologies), then, unless that is
// enough or no model is configured, what the model finds in them. A company
// without a site, one whose robots.txt asks not to be read, and one whose pages
// state nothing have a profile without facts and no error.
//
// Errors are lead.Faults: the site's as page gives them, the model's wrapping a
// sentinel of this package. The profile then carries what the pages state
// without a model, and the usage that was spent.
func (e *Enricher) Enrich(ctx context.Context, name, domain string) (lead.Profile, error) {
	profile := lead.Profile{Domain: domain, Facts: []lead.Fact{}, FoundAt: e.opts.Now().UTC()}
	ctx, cancel := context.WithTimeoutCause(ctx, e.opts.Timeout, ErrOutOfTime)
	defer cancel()

	pages, err := e.opts.Pages.Site(ctx, domain)
	switch {
	case errors.Is(err, page.ErrNoSite):
		return profile, nil
	case errors.Is(err, page.ErrDisallowed):
		profile.Summary = disallowed
		return profile, nil
	case err != nil:
		return profile, fmt.Errorf("read the company's site: %w", err)
	}
	pages = vouching(pages)
	known := folded{}
	stated := e.stated(pages, domain, known)
	profile.Facts, profile.Unasked = stated, e.opts.Model == nil
	if e.opts.Model == nil || len(pages) == 0 || enough(stated) {
		return profile, nil
	}

	t := newTalk(e, presentableName(name), domain)
	for _, p := range pages {
		t.user += t.show(p)
	}
	recorded, err := t.run(ctx)
	profile.Usage = t.usage
	if err != nil {
		return profile, err
	}
	profile.Facts, profile.Summary = e.check(ctx, recorded, t, name, known)
	profile.Facts = joined(stated, profile.Facts)
	return profile, nil
}

// disallowed is the summary of a company that is left alone.
const disallowed = "The site's robots.txt asks not to be read, so nothing was looked up."

// check turns what the model recorded into facts and settles them: two verified
// values of one field that disagree become one conflicting fact.
func (e *Enricher) check(ctx context.Context, r record, t *talk, name string, known folded) ([]lead.Fact, string) {
	checker := newChecker(t.sources, name, t.domain, e.opts.Now().UTC(), known)
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
