package enrich

import (
	"slices"
	"strings"

	"leadtriage/internal/company"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
)

// How sure a fact is that a page's markup states: a fingerprint is there or not,
// structured data is somebody's claim that no visitor checks.
const (
	sureOfFingerprint = 1
	sureOfMarkup      = 0.9
)

// vouching leaves out the pages that say they are another company's.
func vouching(pages []page.Page) []page.Page {
	return slices.DeleteFunc(slices.Clone(pages), func(p page.Page) bool { return p.Claims != "" })
}

// stated are the facts that the pages state to programs, settled: what their markup
// says, as far as it has a normal form.
func (e *Enricher) stated(pages []page.Page) []lead.Fact {
	var facts []lead.Fact
	for _, p := range pages {
		for _, s := range p.Stated {
			if f, ok := e.statement(s, p.URL); ok {
				facts = append(facts, f)
			}
		}
	}
	return settled(facts)
}

// statement turns a statement into a fact; ok is false where it proves nothing.
func (e *Enricher) statement(s page.Statement, url string) (f lead.Fact, ok bool) {
	value, ok := evidence.NormalOn(e.opts.Now(), s.Field, s.Value)
	switch {
	case s.Field == lead.HQCountry && !ok: // an address in one line ends with its name; CA is a state, too
		last := strings.TrimSpace(s.Value[strings.LastIndexByte(s.Value, ',')+1:])
		value, ok = company.Country(last)
		ok = ok && len(last) > len("CA")
	case s.Field == lead.HQCity && strings.ContainsAny(value, "0123456789"):
		ok = false
	}
	if !ok {
		return f, false
	}
	f = lead.Fact{Field: s.Field, Value: value, Status: lead.Verified, Check: lead.ByMarkup, Confidence: sureOfMarkup, By: s.By,
		Evidence: []lead.Evidence{{URL: url, Quote: evidence.Cut(evidence.OneLine(s.Quote), maxQuote)}}}
	if s.By == page.ByFingerprint {
		f.Confidence = sureOfFingerprint
	}
	return f, true
}
