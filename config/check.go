package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"leadtriage/config/strict"
	"leadtriage/internal/jsonpath"
	"leadtriage/internal/lead"
)

// Slack's own limits on the options of a select.
const (
	mostReasons  = 100
	labelLetters = 75
)

var (
	slug    = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)
	userID  = regexp.MustCompile(`^[UW][A-Za-z0-9_-]+$`)
	locales = []string{"en", "it"}
)

func notUserID(id string) string {
	return fmt.Sprintf("%q is not a Slack user id; copy it from the profile (\"Copy member ID\"), it looks like U012ABCDEF", id)
}

// faults are collected at the place in the operator's file, else in the defaults.
type faults struct {
	file, defaults strict.Node
	list           strict.Faults
}

func (f *faults) at(format string, args []any, steps ...any) {
	n, depth := f.file.At(steps...)
	inItem := slices.ContainsFunc(steps[:depth], func(step any) bool { _, index := step.(int); return index })
	if d, deeper := f.defaults.At(steps...); deeper > depth && !inItem { // a list in the file replaces the whole list
		n = d
	}
	f.list = append(f.list, n.Fault(format, args...))
}

func (f *faults) within(value, low, high int, steps ...any) {
	if value < low || value > high {
		f.at("%d is out of range; write %d to %d", []any{value, low, high}, steps...)
	}
}

func (f *faults) lasts(value, low, high time.Duration, steps ...any) {
	if value < low || value > high {
		f.at("%v is out of range; write %v to %v", []any{value, low, high}, steps...)
	}
}

func (f *faults) rate(value float64, steps ...any) {
	if !(value >= 0 && value <= 100_000) {
		f.at("%v is out of range; write a rate per second, or 0 for no limit", []any{value}, steps...)
	}
}

func (f *faults) path(value string, steps ...any) {
	if _, err := jsonpath.Parse(value); err != nil {
		f.at("%v", []any{err}, steps...)
	}
}

// check looks at what the types cannot say.
func (c *Config) check(f *faults) {
	c.checkPartners(f)
	c.checkReviewers(f)
	f.lasts(c.Review.Deadline, time.Second, 24*time.Hour, "review", "deadline")
	f.lasts(c.Review.Undo, 0, 24*time.Hour, "review", "undo")
	f.lasts(c.Review.ArchiveAfter, 0, 10*365*24*time.Hour, "review", "archive_after")
	c.checkReasons(f)
	c.Review.checkHours(f)
	c.Enrichment.check(f)
	c.checkChannels(f)
	f.rate(c.Slack.Rate, "slack", "rate")
	if !slices.Contains(locales, c.Slack.Locale) {
		f.at("%q is not a language of the cards; known: %s", []any{c.Slack.Locale, strings.Join(locales, ", ")}, "slack", "locale")
	}
	f.lasts(c.Webhook.GiveUp, time.Minute, 30*24*time.Hour, "webhook", "give_up")
	c.checkSources(f)
	f.within(int(c.Limits.Batch), 1<<10, 1<<30, "limits", "batch")
	f.rate(c.Limits.Rate, "limits", "rate")
	f.within(c.Limits.Burst, 0, 100_000, "limits", "burst")
	c.Retention.check(f)
}

func (c *Config) checkPartners(f *faults) {
	ids, sources := map[string]bool{}, map[string]string{}
	for i, p := range c.Partners {
		id := strings.ToLower(p.ID)
		switch {
		case id == lead.Direct:
			f.at("%s is reserved for leads without a partner, in tier %s; choose another id", []any{lead.Direct, lead.NoTier}, "partners", i, "id")
		case !slug.MatchString(p.ID):
			f.at("a partner needs an id of small letters, digits, dots, dashes and underscores, such as acme-integrations", nil, "partners", i, "id")
		case ids[id]:
			f.at("the partner %q is listed twice", []any{p.ID}, "partners", i, "id")
		}
		ids[id] = true
		if len(p.Tiers) == 0 {
			f.at("the partner %q has no tiers; list those of its programme, such as [gold, silver]", []any{p.ID}, "partners", i, "tiers")
		}
		for j, tier := range p.Tiers {
			if strings.TrimSpace(tier) == "" || slices.Contains(p.Tiers[:j], tier) {
				f.at("a tier is empty or listed twice", nil, "partners", i, "tiers", j)
			}
		}
		for j, source := range append([]string{p.ID}, p.UTMSources...) {
			source = strings.ToLower(strings.TrimSpace(source))
			other, taken := sources[source]
			switch {
			case source == "" && j > 0:
				f.at("this utm_source is empty", nil, "partners", i, "utm_sources", j-1)
			case taken && other != p.ID && j > 0:
				f.at("the utm_source %q already names the partner %q", []any{source, other}, "partners", i, "utm_sources", j-1)
			case taken && other != p.ID:
				f.at("the id %q is already a utm_source of the partner %q", []any{source, other}, "partners", i, "id")
			}
			sources[source] = p.ID
		}
	}
}

func (c *Config) checkReasons(f *faults) {
	reasons := c.Review.RejectReasons
	if len(reasons) == 0 || len(reasons) > mostReasons {
		f.at("list 1 to %d reasons to reject a lead", []any{mostReasons}, "review", "reject_reasons")
	}
	ids := map[string]bool{}
	for i, r := range reasons {
		switch {
		case !slug.MatchString(r.ID):
			f.at("a reason needs an id of small letters, digits and underscores, such as no_intent", nil, "review", "reject_reasons", i, "id")
		case ids[r.ID]:
			f.at("the reason %q is listed twice", []any{r.ID}, "review", "reject_reasons", i, "id")
		}
		ids[r.ID] = true
		if n := utf8.RuneCountInString(strings.TrimSpace(r.Label)); n == 0 || n > labelLetters {
			f.at("a reason needs a label of 1 to %d letters; this one has %d", []any{labelLetters, n}, "review", "reject_reasons", i, "label")
		}
	}
}

func (e *Enrichment) check(f *faults) {
	if strings.TrimSpace(e.Model) == "" {
		f.at("name a model here or by OPENAI_MODEL", nil, "enrichment", "model")
	}
	f.within(e.MaxRounds, 1, 50, "enrichment", "max_rounds")
	f.within(e.MaxTokens, 1000, 10_000_000, "enrichment", "max_tokens")
	f.lasts(e.Timeout, time.Second, time.Hour, "enrichment", "timeout")
	f.within(e.Attempts, 1, 100, "enrichment", "attempts")
	f.lasts(e.GiveUp, time.Second, 30*24*time.Hour, "enrichment", "give_up")
	f.within(e.Concurrency, 1, 1000, "enrichment", "concurrency")
	e.CompanyTTL.check(f)
	e.Exam.check(f)
	e.checkMoney(f)
	e.checkProviders(f)
	f.within(e.Pages.Most, 1, 50, "enrichment", "pages", "most")
	f.within(int(e.Pages.Bytes), 1<<10, 64<<20, "enrichment", "pages", "bytes")
	f.within(e.Pages.Letters, 1000, 1_000_000, "enrichment", "pages", "letters")
	f.lasts(e.Pages.Timeout, time.Second, 5*time.Minute, "enrichment", "pages", "timeout")
	f.lasts(e.Pages.Delay, 0, time.Minute, "enrichment", "pages", "delay")
	if ua := e.Pages.UserAgent; len(ua) > 200 || strings.ContainsFunc(ua, func(r rune) bool { return r < ' ' || r > '~' }) {
		f.at("write one line of plain letters, such as northwind-leads (+https://northwind.example/reader)", nil, "enrichment", "pages", "user_agent")
	}
	f.within(e.Pages.Redirects, 0, 20, "enrichment", "pages", "redirects")
}

func (e *Enrichment) checkMoney(f *faults) {
	if !(e.DailyCap >= 0) {
		f.at("%v is out of range; write US dollars a day, or 0 for no cap", []any{e.DailyCap}, "enrichment", "daily_cap")
	}
	for _, model := range slices.Sorted(maps.Keys(e.Prices)) {
		p := e.Prices[model]
		for _, each := range []struct {
			kind string
			usd  float64
		}{{"prompt", p.Prompt}, {"cached", p.Cached}, {"completion", p.Completion}} {
			if !(each.usd >= 0 && each.usd <= 100_000) {
				f.at("%v is out of range; write US dollars per million tokens, 0 to 100000", []any{each.usd}, "enrichment", "prices", model, each.kind)
			}
		}
	}
}

// free reports whether nothing that is asked about a company has a price.
func (e *Enrichment) free() bool {
	for name, p := range e.Prices {
		if strings.HasPrefix(e.Model, name) && p != (Price{}) {
			return false
		}
	}
	return !slices.ContainsFunc(e.Providers, func(p Provider) bool { return p.Cost > 0 })
}
