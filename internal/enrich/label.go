package enrich

// labelAt reports whether a label stands right before i, by itself in its line or
// cell, with a colon, in the cell before, or in the line above.
func labelAt(tokens []token, i int, labels phrases) bool {
	j := i
	for j > 0 && j > i-3 && (labelLinks[tokens[j-1].low] || tokens[j-1].kind == lineBreak) {
		j--
	}
	n := labels.endsAt(tokens, j)
	start := j - n
	for start > 0 && lineMarks[tokens[start-1].low] {
		start--
	}
	return n > 0 && j < i && (start == 0 || ends(tokens, start-1) || tokens[start-1].low == ",")
}

// under reports whether the figure or label at i stands under somebody else's name:
// one of the short lines above it is a heading or a caption with a foreign name, or
// tells whose data follow.
func under(tokens []token, i int, own selves) bool {
	if column(tokens, i, own) {
		return true
	}
	from, end := lineStart(tokens, i), lineEnd(tokens, i)
	if end-from > 8 || ownVoice.any(tokens, from, end) || finite.any(tokens, from, end) || own.within(tokens, from, end) {
		return false // a sentence stands for itself
	}
	for above := 0; above < 6 && from > 0; above++ {
		to := from - 1
		from = lineStart(tokens, to)
		if vacancies.any(tokens, from, to) {
			return true
		}
		if to-from > 8 {
			return false
		}
		first := from
		for first < to && lineMarks[tokens[first].low] {
			first++
		}
		if n := seatHeads.startsAt(tokens, first); n > 0 && n == to-first {
			continue
		}
		label := first
		for label < to && !labelEnds[tokens[label].low] {
			label++
		}
		if label < to && !whose.any(tokens, first, label) {
			continue // "CEO: Jane Doe"
		}
		if own.within(tokens, first, to) {
			return false
		}
		name := first
		for name < to && (siteWords[tokens[name].low] || lineMarks[tokens[name].low] || harmless()[tokens[name].low]) {
			name++
		}
		named := false
		if name < to {
			_, named = own.nameAt(tokens, name, to)
		}
		if label < to {
			_, _, named = own.lastStranger(tokens, label, to)
		}
		if named || countDoubts.any(tokens, first, to) || deeds.any(tokens, first, to) || others.any(tokens, first, to) || places.any(tokens, first, to) {
			return true
		}
		if tokens[from].low == "#" {
			return false
		}
	}
	return false
}

// column reports whether the cell at i stands in a row of several values, in a column
// whose head is somebody else's name.
func column(tokens []token, i int, own selves) bool {
	from := lineStart(tokens, i)
	cells := borders(tokens, from, lineEnd(tokens, i))
	if cells < 2 {
		return false
	}
	head := from
	for head > 0 {
		above := lineStart(tokens, head-1)
		if borders(tokens, above, head-1) == 0 {
			break
		}
		head = above
	}
	nth := borders(tokens, from, i)
	at, end := head, lineEnd(tokens, head)
	if borders(tokens, head, end) < cells {
		nth-- // the cell above the labels is empty
	}
	for ; nth > 0 && at < end; at++ {
		if tokens[at].low == "|" {
			nth--
		}
	}
	for end = at; end < len(tokens) && tokens[end].low != "|" && tokens[end].kind != lineBreak; end++ {
	}
	_, _, named := own.lastStranger(tokens, at, end)
	return head < from && named && !own.within(tokens, at, end)
}

func borders(tokens []token, from, to int) (n int) {
	for _, k := range tokens[from:to] {
		if k.low == "|" {
			n++
		}
	}
	return n
}

// vacancies are how a job advert says that anybody may apply.
var vacancies = phraseList(`
	m / f / d
	m / f / x
	f / m / d
	f / m / x
	m / w / d
	w / m / d
	m / w / x
	h / f
	apply now
	jetzt bewerben
	candidati ora
	postulez`)

// whose are labels of the company that the other lines are about.
var whose = vocabulary("customer client company name firm partner account organisation organization kunde firma unternehmen cliente azienda société entreprise")

// siteWords stand in menus and headings of anybody's site.
var siteWords = vocabulary(`home menu search login blog news careers jobs pricing products product solutions services resources features imprint privacy team company story
	mission vision values glance overview profile info information details data reach touch find visit welcome learn read see meet
	unternehmen kontakt impressum karriere produkte lösungen leistungen preise startseite über uns überblick
	chi siamo contatti prodotti soluzioni servizi lavora con noi azienda accueil produits tarifs entreprise propos`)

var (
	labelLinks = vocabulary(": | - =")
	labelEnds  = vocabulary(": |")
	lineMarks  = vocabulary("# - * |")
)

// labelEnd goes back from an amount at i over its currency, the sign or cell border
// behind a label, and a year in brackets, to where a label for sales ends; i: there
// is no label, -1: it is one for something else.
func labelEnd(tokens []token, i int) int {
	j := i
	if j > 0 && currencies[tokens[j-1].low] != "" {
		j--
	}
	start := j
	for j > 0 && (labelLinks[tokens[j-1].low] || vocabulary("( ) in nel im en")[tokens[j-1].low] || tokens[j-1].kind == number && len(tokens[j-1].raw) == 4) {
		j--
	}
	switch {
	case j == start || tokens[start-1].low != ":" && tokens[start-1].low != "|" && tokens[start-1].low != ")":
		return i
	case !revenueWords.any(tokens, j-1, j):
		return -1
	}
	return j
}
