package enrich

import (
	"cmp"
	"slices"
	"strconv"
	"strings"

	"leadtriage/internal/company"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
)

// Limits of what is kept of a model's answer, in runes.
const (
	maxQuote   = 400
	maxSummary = 600
)

// claim is one fact as the model recorded it: nothing in it is trusted.
type claim struct {
	Field                  lead.Field
	Value, SourceID, Quote string
	Confidence             float64
}

// find looks for the quote in the source that the claim names, then in the others:
// what pages share was shown in one of them.
func find(sources []source, cl claim) (p lead.Passage, url string, refused lead.ReasonCode) {
	refused = lead.NotInPage
	for i := -1; i < len(sources); i++ {
		at := i
		if i < 0 {
			at = slices.IndexFunc(sources, func(s source) bool { return s.id == cl.SourceID })
		}
		if at < 0 {
			continue
		}
		s := &sources[at]
		if s.words == nil { // a page is read when a claim needs it
			words := evidence.NewText(s.text)
			s.words = &words
		}
		p, stands, own := s.words.Find(cl.Quote)
		switch {
		case own:
			return p, s.url, ""
		case stands:
			url, refused = s.url, lead.OthersWords
		}
		url = cmp.Or(url, s.url)
	}
	return p, url, refused
}

// claimed turns the model's claims into facts that are refused at once, with their
// reason, and those that wait for their second reading. Claims without a value in
// normal form are dropped. What structured data or a provider states is not read again.
func (e *Enricher) claimed(claims []claim, sources []source, stated []lead.Fact, by string) (refused []lead.Fact, unread []lead.Unread) {
	for _, cl := range claims {
		value, ok := evidence.NormalOn(e.opts.Now(), cl.Field, cl.Value)
		if !ok {
			continue
		}
		f := lead.Fact{Field: cl.Field, Value: value, Status: lead.Unverified, Confidence: min(max(cl.Confidence, 0), 1), By: by}
		p, url, code := find(sources, cl)
		quote := p.Text
		if code != "" {
			quote = evidence.OneLine(cl.Quote)
		}
		if quote != "" {
			f.Evidence = []lead.Evidence{{URL: url, Quote: evidence.Cut(quote, maxQuote)}}
		}
		if code != "" {
			f.Reason = lead.NewReason(code)
			refused = append(refused, f)
			continue
		}
		f, waits := anchored(f, p, stated)
		if waits {
			unread = append(unread, lead.Unread{Fact: f, Passage: p})
		} else {
			refused = append(refused, f)
		}
	}
	return refused, unread
}

// anchored looks for the value in its quote; waits: it does stand there, and the fact
// is to be read again.
func anchored(f lead.Fact, p lead.Passage, stated []lead.Fact) (_ lead.Fact, waits bool) {
	anchor, ok := evidence.Anchor(f.Field, f.Value, p.Text)
	switch {
	case !slices.Contains(evidence.ReadTwice, f.Field), slices.ContainsFunc(stated, func(s lead.Fact) bool {
		return s.Status == lead.Verified && s.Field == f.Field && company.Same(f.Field, s.Value, f.Value)
	}):
		f.Reason = lead.NewReason(lead.NotChosen)
		return f, false
	case !ok:
		f.Reason = lead.NewReason(lead.NotAnchored)
		return f, false
	}
	f.Anchor, f.Reason = anchor, lead.NewReason(lead.NotReadYet)
	return f, true
}

// settled is one list of what markup, providers and the readings say. A dated figure
// that disagrees with a newer one gives way to it and stays to be seen.
func settled(facts []lead.Fact) []lead.Fact {
	facts = slices.Clone(facts)
	for i, f := range facts {
		if f.Status == lead.Verified && f.AsOf != 0 && slices.ContainsFunc(facts, func(o lead.Fact) bool {
			return o.Field == f.Field && o.Status == lead.Verified && (o.AsOf == 0 || o.AsOf > f.AsOf) && !company.Agree(f.Field, o.Value, f.Value)
		}) {
			facts[i].Status, facts[i].Check = lead.Unverified, ""
			facts[i].Reason = lead.NewReason(lead.ReadAsPast, strconv.Itoa(int(f.AsOf)))
		}
	}
	return append([]lead.Fact{}, company.Settle(nil, facts)...)
}

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
