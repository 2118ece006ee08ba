package config

import (
	"slices"
	"strings"
	"unicode/utf8"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// Slack's own limits on the options of a select.
const (
	mostReasons  = 100
	labelLetters = 75
)

var (
	locales = []string{"en", "it"}
	slugs   = `^[a-z0-9][a-z0-9._-]{0,63}$`
	slug    = strict.Pattern("slug", slugs, "%q is not the id of a partner")
	_       = strict.Pattern("partner_id", slugs,
		"a partner needs an id of small letters, digits, dots, dashes and underscores, such as acme-integrations")
	_      = strict.Pattern("reason_id", slugs, "a reason needs an id of small letters, digits and underscores, such as no_intent")
	userID = strict.Pattern("user", `^[UW][A-Za-z0-9_-]+$`,
		"%q is not a Slack user id; copy it from the profile (\"Copy member ID\"), it looks like U012ABCDEF")
	_ = strict.Words("locale", locales, "%q is not a language of the cards; known: ")
	_ = strict.Numbers("rate", 0, 100_000, "%v is out of range; write a rate per second, or 0 for no limit")
	_ = strict.Numbers("price", 0, 100_000, "%v is out of range; write US dollars per million tokens, 0 to 100000")
	_ = strict.Numbers("dollars", 0, 100_000, "%v is out of range; write US dollars a day, or 0 for no cap")
	_ = strict.Define("scalar", strict.Schema{"type": []string{"string", "number", "boolean"}}, nil)
	_ = strict.Define("user_agent", strict.Schema{"type": "string", "maxLength": 200}, func(ua string) string {
		if len(ua) > 200 || strings.ContainsFunc(ua, unprintable) {
			return "write one line of plain letters, such as northwind-leads (+https://northwind.example/reader)"
		}
		return ""
	})
)

func unprintable(r rune) bool { return r < ' ' || r > '~' }

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

// check looks at what neither types nor tags can say.
func (c *Config) check(f *faults) {
	c.checkPartners(f)
	c.checkReviewers(f)
	c.checkReasons(f)
	c.Review.checkHours(f)
	if strings.TrimSpace(c.Enrichment.Model) == "" {
		f.at("name a model here or by OPENAI_MODEL", nil, "enrichment", "model")
	}
	c.Enrichment.checkProviders(f)
	c.checkChannels(f)
	c.checkSources(f)
	c.checkCRM(f)
	c.checkPartnerUpdates(f)
	c.checkTargets(f)
	c.Retention.check(f)
}

func (c *Config) checkPartners(f *faults) {
	sources := map[string]string{}
	for i, p := range c.Partners {
		if strings.EqualFold(p.ID, lead.Direct) {
			f.at("%s is reserved for leads without a partner, in tier %s; choose another id", []any{lead.Direct, lead.NoTier}, "partners", i, "id")
		}
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
	for i, r := range reasons {
		if n := utf8.RuneCountInString(strings.TrimSpace(r.Label)); n == 0 || n > labelLetters {
			f.at("a reason needs a label of 1 to %d letters; this one has %d", []any{labelLetters, n}, "review", "reject_reasons", i, "label")
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
