package enrich

import (
	"slices"
	"unicode"
)

// registered words stand in a company's own imprint, beside its address.
var registered = vocabulary("vat iva ust ustid hrb hra handelsregister amtsgericht siren siret rcs uid che kvk registered")

// lives reports whether the address whose street stands at i in its line is the
// company's: its name stands before it, or alone in one of the three lines above,
// nearer than that of another firm; or the line has a register's number and
// names nobody.
func (s selves) lives(p passage, i int) bool {
	tokens := p.page.tokens
	start := lineStart(tokens, i)
	switch s.firm(tokens, start, i) {
	case ownFirm:
		return true
	case otherFirm:
		return false
	}
	if _, end, ok := s.lastStranger(tokens, start, i); ok && end < i && vocabulary(", : -")[tokens[end].low] {
		return false // "Garante, Piazza Venezia 11"
	}
	line := start
	for above := 0; above < 3 && line > 0; above++ {
		from := lineStart(tokens, line-1)
		switch s.firm(tokens, from, line-1) {
		case ownFirm:
			office := places.any(tokens, from, line-1) && !slices.ContainsFunc(tokens[from:line-1], func(k token) bool { return seatNouns[k.low] && k.low != "office" })
			return line-from <= 12 && !office
		case otherFirm:
			return false
		}
		line = from
	}
	return registered.any(tokens, start, lineEnd(tokens, i)) || labelAt(tokens, streetStart(tokens, i), addressLabels) && introduced(tokens, start, s)
}

// addressLabels stand before a company's own address.
var addressLabels = phraseList(`
	address
	our address
	visit us
	indirizzo
	adresse
	anschrift
	head office
	headquarters
	registered office
	hauptsitz
	sede
	sede legale
	siège
	siège social`)

// streetStart is where the address begins whose street stands at i: at its number or name.
func streetStart(tokens []token, i int) int {
	for i > 0 && (tokens[i-1].kind == number || tokens[i-1].kind == word && isName(tokens[i-1]) && addressLabels.endsAt(tokens, i) == 0) {
		i--
	}
	return i
}

// introduced reports whether nothing but a short harmless line, or none, stands
// above the line at start: "Contact".
func introduced(tokens []token, start int, s selves) bool {
	if start == 0 {
		return true
	}
	from := lineStart(tokens, start-1)
	_, _, named := s.lastStranger(tokens, from, start-1)
	return start-from <= 5 && !named
}

type firm int

const (
	noFirm firm = iota
	ownFirm
	otherFirm
)

// firm tells whose name stands last in [from, to): the company's, or that of a
// firm by its legal form.
func (s selves) firm(tokens []token, from, to int) firm {
	found := noFirm
	for i := from; i < to; i++ {
		if k := tokens[i]; k.kind != word || !unicode.IsUpper([]rune(k.raw)[0]) || legalForms[k.low] && i > from && tokens[i-1].low == "," {
			continue // "Northwind, Inc."
		}
		end, _ := s.nameAt(tokens, i, to)
		end = max(end, i+1)
		switch {
		case s.within(tokens, i, end):
			found = ownFirm
		case hasLegalForm(tokens[i:upToComma(tokens, i, min(end+6, to))]):
			found = otherFirm
		}
		i = end - 1
	}
	return found
}

// upToComma ends at the first comma in [i, to): "Globex S.r.l., Via Roma 1".
func upToComma(tokens []token, i, to int) int {
	for j := i; j < to; j++ {
		if tokens[j].low == "," {
			return j
		}
	}
	return to
}
