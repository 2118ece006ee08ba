// Package enrich finds firmographics: it shows a company's public pages to a
// model, lets it ask for more of them by function calls, and checks every fact
// that it records against the page that the fact names.
//
// The model and the pages are untrusted. The model sees the company's name as its
// home page has it (else as it was sent, if that names nobody), its domain and its pages; it proposes facts with quotes
// (first.go). A fact is Verified only when the quote stands in a page, the value is
// anchored in it, and a second reader, who sees the quote without the claim, reads the
// same (second.go). No text can change that, whatever it says.
package enrich

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync/atomic"
	"time"
	"unicode"
	"unicode/utf8"

	"golang.org/x/sync/singleflight"

	"leadtriage/internal/evidence"
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

// Options set up an Enricher.
type Options struct {
	Pages       Pages
	Model       Model  // nil: no model is configured, only what markup states is found
	SecondModel string // of the same endpoint, reads the quotes; empty: the one that reads the pages
	Exam        *Exam  // that a model must pass before its readings count; nil: any model is trusted
	Prompts     prompts.Set
	Prices      lead.Prices
	Limits      Limits
	Providers   []Provider   // asked beside the pages; their names differ
	Logger      *slog.Logger // nil: silent
	Now         func() time.Time
}

// Limits are of one company. 0: the default.
type Limits struct {
	Rounds  int           // questions about its pages, the last one forced; 4
	Tokens  int           // in and out, all rounds together; 60 000
	Timeout time.Duration // pages included, 75 s; the second reading has half of it
	Side    int           // companies that talk with the model side by side; 8
}

const (
	maxPages  = 4      // further pages that the model may have read
	pageRunes = 12_000 // of one page that are shown
	pagesRoom = 20_000 // bytes of all pages that are shown at first
)

// Enricher finds facts about companies. It is safe for concurrent use.
type Enricher struct {
	opts  Options
	tools []prompts.Tool // the same for every company
	turns chan struct{}  // of companies that talk with the model

	exams  singleflight.Group              // one at a time in a process
	result atomic.Pointer[lead.ExamResult] // once there is one
}

// New returns an Enricher; it fails when a provider is listed twice.
func New(o Options) (*Enricher, error) {
	o.Limits = Limits{cmp.Or(o.Limits.Rounds, 4), cmp.Or(o.Limits.Tokens, 60_000), cmp.Or(o.Limits.Timeout, 75*time.Second),
		cmp.Or(o.Limits.Side, 8)}
	o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler))
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Prompts.Version == "" {
		o.Prompts = prompts.Shipped()
	}
	tools, err := offered(o)
	if err != nil {
		return nil, err
	}
	return &Enricher{opts: o, tools: tools, turns: make(chan struct{}, o.Limits.Side)}, nil
}

// turnWait is how long a company waits until it may talk with the model, before it
// makes room for others: its pages stay at hand.
const turnWait = 10 * time.Second

// turn begins to talk with the model, and end ends it. Sites are read without one, so
// that those which do not answer hold up no company that the model could read.
func (e *Enricher) turn(ctx context.Context) (end func(), err error) {
	wait := time.NewTimer(turnWait)
	defer wait.Stop()
	select {
	case e.turns <- struct{}{}:
		return func() { <-e.turns }, nil
	case <-wait.C:
		return nil, lead.Faultf(lead.Throttled, time.Second, "ask the model: %w", ErrBusy)
	case <-ctx.Done():
		return nil, cancelled(ctx)
	}
}

// ask asks the model, and says what it cost in US dollars.
func (e *Enricher) ask(ctx context.Context, c Conversation) (Turn, error) {
	turn, err := e.opts.Model.Ask(ctx, c)
	turn.Usage.CostUSD = e.opts.Prices.Cost(turn.Model, turn.Usage)
	if err != nil && ctx.Err() != nil && !errors.Is(err, ErrSlow) {
		err = cancelled(ctx)
	}
	return turn, err
}

// Enrich finds what the company's own pages state: first what needs no model
// (their structured data and the traces of technologies), then, unless that is
// enough or no model is configured, what the model finds in them and a second reading
// confirms; and beside them what the providers know. A company of which none of them
// says anything, one without a site, and one whose robots.txt asks not to be read have
// a profile without facts and no error. Where fields are named, only they are looked for.
//
// Errors are lead.Faults: the site's as page gives them, the model's wrapping a
// sentinel of this package. The profile then carries what the pages and the
// providers state without a model, and the usage that was spent; where the first
// reading got through, also its claims, which Resume has read. A provider's
// failure is no error.
func (e *Enricher) Enrich(ctx context.Context, name, domain string, fields ...lead.Field) (lead.Profile, error) {
	want := wanted(fields)
	profile := lead.Profile{Domain: domain, Facts: []lead.Fact{}, FoundAt: e.opts.Now().UTC(), Edition: prompts.Edition}
	ctx, cancel := context.WithTimeoutCause(ctx, e.opts.Limits.Timeout, ErrOutOfTime)
	defer cancel()

	name = presentableName(name)
	provided, paid := e.askProviders(ctx, name, domain, want)
	profile.Facts, profile.Usage.CostUSD = settled(provided), paid
	pages, err := e.opts.Pages.Site(ctx, domain)
	switch {
	case errors.Is(err, page.ErrNoSite):
	case errors.Is(err, page.ErrDisallowed):
		profile.Summary = disallowed
	case err != nil:
		return profile, fmt.Errorf("read the company's site: %w", err)
	}
	pages = vouching(pages)
	profile.Called = called(pages, domain)
	stated := want.of(e.stated(pages))
	profile.Facts, profile.Unasked = settled(slices.Concat(provided, stated)), e.opts.Model == nil && len(pages) > 0
	if profile.Unasked {
		return profile, nil // it will be enriched again: providers keep their answers
	}
	if len(pages) > 0 && !want.met(stated) {
		end, err := e.turn(ctx)
		if err != nil {
			return profile, err
		}
		defer end()
		name = cmp.Or(pages[0].Site, name)
		first := &firstReading{e: e, name: name, domain: domain, want: want, user: prompts.User(name, domain, want)}
		first.begin(pages)
		recorded, err := first.run(ctx)
		profile.Usage = profile.Usage.Add(first.usage)
		facts := slices.Concat(provided, want.of(first.provided), stated)
		if err != nil {
			profile.Facts = settled(facts)
			return profile, err
		}
		refused, unread := e.claimed(recorded.Facts, first.sources, facts, e.opts.Prompts.Version+" "+first.model)
		profile.Facts, profile.Unread = settled(append(facts, refused...)), unread
		profile.Summary = evidence.Cut(evidence.OneLine(recorded.Summary), maxSummary)
		if profile, err = e.readTwice(ctx, profile); err != nil {
			return profile, err
		}
		e.opts.Logger.InfoContext(ctx, "company read", "recorded", len(recorded.Facts), "stood", len(unread), "pages", len(first.sources),
			"calls", profile.Usage.Calls, "prompt_tokens", profile.Usage.PromptTokens, "completion_tokens", profile.Usage.CompletionTokens)
	}
	e.forgetAnswers(domain)
	return profile, nil
}

// Forget has the company's pages and providers asked again by the next Enrich,
// whatever was read a moment ago.
func (e *Enricher) Forget(domain string) {
	e.opts.Pages.Forget(domain)
	e.forgetAnswers(domain)
}

// disallowed is the summary of a company whose pages are left alone.
const disallowed = "The site's robots.txt asks not to be read, so nothing was looked up there."

// called is what the home page calls the company, else its domain.
func called(pages []page.Page, domain string) string {
	if len(pages) > 0 && pages[0].Site != "" {
		return pages[0].Site
	}
	return domain
}

// presentableName keeps a mailbox or a phone number that was sent as a company's name
// from strangers. Few names have so many digits.
func presentableName(name string) string {
	digits := strings.FieldsFunc(name, func(r rune) bool { return !unicode.IsDigit(r) })
	if utf8.RuneCountInString(strings.Join(digits, "")) >= 5 || strings.ContainsAny(name, "@＠﹫") || page.Mask(name) != name {
		return ""
	}
	return name
}

// wanted are the fields that are looked for; none named: all of them.
type wanted []lead.Field

func (w wanted) has(field lead.Field) bool { return len(w) == 0 || slices.Contains(w, field) }

// of keeps the facts of the wanted fields.
func (w wanted) of(facts []lead.Fact) []lead.Fact {
	if len(w) == 0 {
		return facts
	}
	return slices.DeleteFunc(slices.Clone(facts), func(f lead.Fact) bool { return !w.has(f.Field) })
}

// met reports whether the facts leave the model nothing to be asked for: nothing
// that earns points in a first search, nothing at all in a later one.
func (w wanted) met(facts []lead.Fact) bool {
	needed := w
	if len(w) == 0 || len(w) == len(lead.Fields) {
		needed = wanted{lead.Industry, lead.Employees, lead.HQCountry}
	}
	return !slices.ContainsFunc(needed, func(field lead.Field) bool {
		return !slices.ContainsFunc(facts, func(f lead.Fact) bool { return f.Field == field && f.Status == lead.Verified })
	})
}
