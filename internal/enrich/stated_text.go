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

// Limits of the comparison, which a page made for the purpose could draw out.
const (
	maxLine  = 5000 // bytes; nobody reads a longer line
	maxLines = 200  // of all pages of a company that are looked at closely
)

// checkable facts are those that the visible text is searched for as well.
func checkable(f lead.Fact) bool {
	return f.By == page.ByJSONLD && (f.Field == lead.Employees || f.Field == lead.HQCountry)
}

// compared adds what the visible text states of the same fields: what agrees
// with the structured data, or else what does not. A company that says it has
// closed has no head count.
func (e *Enricher) compared(facts []lead.Fact, pages []page.Page, own selves, known folded) []lead.Fact {
	visible, gone := e.visible(pages, own, known)
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
// each line once however many pages repeat it; gone: it says that the company
// has closed.
func (e *Enricher) visible(pages []page.Page, own selves, known folded) (facts []lead.Fact, gone bool) {
	read, looked := map[string]bool{}, 0
	year := e.opts.Now().UTC().Year()
	for _, p := range pages {
		lines := strings.Split(p.Text, "\n")
		for i, line := range lines {
			if read[line] || len(line) > maxLine || strings.HasPrefix(line, "> ") {
				continue
			}
			read[line] = true
			low := strings.ToLower(line)
			if endings(low) {
				gone = gone || known.of(p.Text).closed()
			}
			people, seat := anchored(low)
			if looked == maxLines || !people && !seat {
				continue
			}
			looked++
			at := lineAt(lines, i)
			say := func(field lead.Field, value string, quoted passage) {
				if !quoted.quoted() && !own.testimony(quoted) && !commanded(quoted) {
					facts = append(facts, visibleFact(field, value, p.URL, quoted))
				}
			}
			if people {
				visibleCounts(at, own, year, say)
			}
			if seat {
				visibleSeats(at, own, say)
			}
		}
	}
	return facts, gone
}

func visibleFact(field lead.Field, value, url string, p passage) lead.Fact {
	quote := string(p.page.raw[p.page.tokens[p.from].start:p.page.tokens[p.to-1].end])
	return lead.Fact{Field: field, Value: value, Status: lead.Verified, Confidence: sureOfMarkup, By: byText,
		Evidence: []lead.Evidence{{URL: url, Quote: clamp(tidy(quote), maxQuote)}}}
}

// lineAt is line i with its neighbours, which may take its word back.
func lineAt(lines []string, i int) passage {
	t := fold(strings.Join(lines[max(i-1, 0):min(i+2, len(lines))], "\n"))
	p := passage{page: t}
	if i > 0 {
		p.from = 1 + slices.IndexFunc(t.tokens, func(k token) bool { return k.kind == lineBreak })
	}
	for p.to = p.from; p.to < len(t.tokens) && t.tokens[p.to].kind != lineBreak; p.to++ {
	}
	return p
}

// anchored reports whether a line, in lower case, may count people, and whether
// it may name a head office. It spares most lines a closer look.
func anchored(line string) (people, seat bool) {
	for w := range strings.FieldsFuncSeq(line, func(r rune) bool { return !isLetter(r) }) {
		people = people || peopleAnchors[w]
		seat = seat || seatAnchors[w] || street(w)
	}
	return people, seat
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

// peopleAnchors: a line without one of these words counts no people.
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

// visibleCounts are the numbers that a sentence of the line says are the
// company's people.
func visibleCounts(line passage, own selves, year int, say func(lead.Field, string, passage)) {
	tokens := line.page.tokens
	for i := line.from; i < line.to; {
		c, ok := countAt(tokens, i)
		if !ok {
			i++
			continue
		}
		i = c.to
		from, to := sentence(tokens, c.from, c.to)
		p := passage{line.page, from, to}
		if countsPeople(tokens, c, p, own) && !doubtful(tokens, c, own, year) && own.ours(p, c.from, c.to, peopleHeads) {
			say(lead.Employees, c.String(), p)
		}
	}
}

// seatAnchors: without one of these, or a street, no line names a head office.
var seatAnchors = vocabulary(`headquartered headquarters hq office based sits sede quartier hauptsitz sitz firmensitz unternehmenssitz ansässig siège home basée`)

// visibleSeats are the countries that the line says the head office is in.
func visibleSeats(line passage, own selves, say func(lead.Field, string, passage)) {
	for _, s := range seats(line, own) {
		if code := countryOf(line.page.tokens, s); code != "" {
			say(lead.HQCountry, code, line)
		}
	}
}
