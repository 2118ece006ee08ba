package enrich

import (
	"slices"
	"strings"

	"leadtriage/internal/company"
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

// stated are the facts that the pages state without a model, settled: what their
// markup says, as far as it has a normal form and keeps to what the company may
// say of itself. Where the visible text states a head count or a head office of
// its own, that is compared too: a disagreement is Conflicting.
func (e *Enricher) stated(pages []page.Page, own selves, known folded) []lead.Fact {
	var facts []lead.Fact
	for _, p := range pages {
		for _, s := range p.Stated {
			if f, ok := e.statement(s, p.URL, own.phrases); ok {
				facts = append(facts, f)
			}
		}
	}
	if slices.ContainsFunc(facts, checkable) {
		facts = e.compared(facts, pages, own, known)
	}
	return append([]lead.Fact{}, company.Settle(nil, facts)...)
}

// statement turns a statement into a fact; ok is false where it proves nothing.
func (e *Enricher) statement(s page.Statement, url string, own phrases) (f lead.Fact, ok bool) {
	said := fold(s.Value)
	if len(said.tokens) > 0 && commanded(passage{said, 0, len(said.tokens)}) {
		return f, false
	}
	value, ok := normal(s.Field, s.Value, e.opts.Now().UTC())
	switch s.Field {
	case lead.HQCountry:
		if !ok { // an address in one line
			value = countryOf(said.tokens, seat{0, len(said.tokens)})
			ok = value != ""
		}
	case lead.HQCity:
		ok = ok && cityLike(value) && !slices.ContainsFunc(said.tokens, func(k token) bool { return k.kind == number })
	case lead.LegalName:
		ok = ok && bearsName(value, passage{said, 0, len(said.tokens)}, own)
	}
	if !ok {
		return f, false
	}
	f = lead.Fact{Field: s.Field, Value: value, Status: lead.Verified, Confidence: sureOfMarkup, By: s.By,
		Evidence: []lead.Evidence{{URL: url, Quote: clamp(tidy(s.Quote), maxQuote)}}}
	if s.By == page.ByFingerprint {
		f.Confidence = sureOfFingerprint
	}
	return f, true
}

// joined settles what the pages state with what the model found. A site's own
// slogan is left out where the model described the company.
func joined(stated, found []lead.Fact) []lead.Fact {
	described := slices.ContainsFunc(found, func(f lead.Fact) bool { return f.Field == lead.Description })
	kept := slices.DeleteFunc(slices.Clone(stated), func(f lead.Fact) bool {
		return described && f.Field == lead.Description && strings.HasPrefix(f.By, page.ByMeta)
	})
	return company.Settle(nil, append(kept, found...))
}
