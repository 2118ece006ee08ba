package enrich

import (
	"slices"
	"strings"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
)

// byText finds what structured data is compared with: the visible words.
const byText = "text@1"

// checkable facts are those that the visible text is searched for as well.
func checkable(f lead.Fact) bool {
	return f.By == page.ByJSONLD && (f.Field == lead.Employees || f.Field == lead.HQCountry)
}

// compared adds what the visible text states of the same fields: what agrees
// with the structured data, or else what does not. A company that says it has
// closed has no head count.
func (e *Enricher) compared(facts []lead.Fact, pages []page.Page, known folded) []lead.Fact {
	visible, gone := e.visible(pages, known)
	if gone {
		facts = slices.DeleteFunc(facts, func(f lead.Fact) bool { return f.Field == lead.Employees })
	}
	claimed := slices.Clone(facts)
	for _, field := range []lead.Field{lead.Employees, lead.HQCountry} {
		of := func(f lead.Fact) bool { return f.Field == field }
		if !slices.ContainsFunc(claimed, of) {
			continue
		}
		others := slices.DeleteFunc(slices.Clone(visible), func(f lead.Fact) bool { return !of(f) })
		agreeing := slices.DeleteFunc(slices.Clone(others), func(f lead.Fact) bool {
			return !slices.ContainsFunc(claimed, func(c lead.Fact) bool { return of(c) && agrees(c, f) })
		})
		if len(agreeing) > 0 {
			others = agreeing
		}
		facts = append(facts, others...)
	}
	return facts
}

// visible are the head counts and head offices that stand in the visible text,
// each sentence once however many pages repeat it; gone: it says that the
// company has closed.
func (e *Enricher) visible(pages []page.Page, known folded) (facts []lead.Fact, gone bool) {
	said := map[string]bool{}
	plain, lines := map[string]bool{}, map[string]bool{}
	for _, p := range pages {
		t := known.of(p.Text)
		say := func(f lead.Fact, at passage) {
			quote := string(t.raw[t.tokens[at.from].start:t.tokens[at.to-1].end])
			if said[f.Value+quote] || commanded(at) {
				return
			}
			said[f.Value+quote] = true
			f.Status, f.Confidence, f.By = lead.Verified, sureOfMarkup, byText
			f.Evidence = []lead.Evidence{{URL: p.URL, Quote: clamp(tidy(quote), maxQuote)}}
			facts = append(facts, f)
		}
		gone = gone || endings(t.flat) && closed.any(t.tokens, 0, len(t.tokens))
		visibleCounts(t, e.opts.Now().UTC().Year(), plain, say)
		visibleSeats(t, lines, say)
	}
	return facts, gone
}

// endings spares most pages the search for the phrases that say a company closed.
func endings(flat string) bool {
	return slices.ContainsFunc([]string{"shut down", "ceased", "out of business", "closed its", "liquidat", "liquidazione", "dissolved", "bankruptcy", "cessato", "eingestellt", "insolvenz"},
		func(stem string) bool { return strings.Contains(flat, stem) })
}

func agrees(a, b lead.Fact) bool {
	settled := company.Settle(nil, []lead.Fact{a, b})
	return len(settled) == 1 && settled[0].Status == lead.Verified
}

// peopleAnchors: a sentence without one of these words counts no people.
var peopleAnchors = func() set {
	anchors := vocabulary("person people employee employees member man strong")
	for _, p := range []phrases{headNouns, personNouns, wholeTeams, countLabels} {
		for _, seq := range p {
			longest := slices.MaxFunc(seq, func(a, b token) int { return len(a.low) - len(b.low) })
			anchors[longest.low] = true
		}
	}
	return anchors
}()

// visibleCounts are the numbers that a sentence says are the company's people.
// plain remembers the words that are no numbers: telling them is dear.
func visibleCounts(t text, year int, plain map[string]bool, say func(lead.Fact, passage)) {
	for i := 0; i < len(t.tokens); i++ {
		if !peopleAnchors[t.tokens[i].low] {
			continue
		}
		from, to := sentence(t.tokens, i, i+1)
		p := passage{t, from, to}
		for j := from; j < to; {
			k := t.tokens[j]
			if k.kind != number && (k.kind != word || plain[k.low]) {
				j++
				continue
			}
			c, ok := countAt(t.tokens, j)
			if !ok {
				_, some := amountAt(t.tokens, j)
				plain[k.low] = !some
				j++
				continue
			}
			j = c.to
			if countsPeople(t.tokens, c, p) && !doubtful(t.tokens, c, year) {
				say(lead.Fact{Field: lead.Employees, Value: c.String()}, p)
			}
		}
		i = max(i, to-1)
	}
}

// seatAnchors: without one of these, or a street, no line names a head office.
var seatAnchors = vocabulary(`headquartered headquarters hq office based sits sede quartier hauptsitz sitz firmensitz unternehmenssitz ansässig siège home basée`)

// visibleSeats are the countries that a line says the head office is in. known
// are the lines that were looked at: a footer stands on every page.
func visibleSeats(t text, known map[string]bool, say func(lead.Fact, passage)) {
	for i := 0; i < len(t.tokens); i++ {
		low := t.tokens[i].low
		if !seatAnchors[low] && !streetWords[low] && !strings.HasSuffix(low, "strasse") && !strings.HasSuffix(low, "straße") {
			continue
		}
		from, to := line(t.tokens, i)
		i = to
		p := passage{t, from, to}
		said := string(t.low[t.tokens[from].start:t.tokens[to-1].end])
		if known[said] {
			continue
		}
		known[said] = true
		for _, s := range seats(p) {
			if code := countryOf(t.tokens, s); code != "" {
				say(lead.Fact{Field: lead.HQCountry, Value: code}, p)
			}
		}
	}
}

// line is the line that token i stands in.
func line(tokens []token, i int) (from, to int) {
	for from = i; from > 0 && tokens[from-1].kind != lineBreak; from-- {
	}
	for to = i; to < len(tokens) && tokens[to].kind != lineBreak; to++ {
	}
	return from, to
}
