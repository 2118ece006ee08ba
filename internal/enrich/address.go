package enrich

import "strings"

// address reads a line with a street and its number: an imprint or a footer.
func address(p passage, own selves) (seat, bool) {
	tokens := p.page.tokens
	for i := p.from; i < p.to; i++ {
		if !street(tokens[i].low) {
			continue
		}
		numbered := false
		for j := max(p.from, i-5); j < min(p.to, i+6); j++ {
			numbered = numbered || tokens[j].kind == number
		}
		from, to := sentence(tokens, i, i+1)
		to = addressEnd(tokens, to)
		if !numbered || seatDoubt.any(tokens, from, to) || places.any(tokens, from, i) || !own.lives(p, i) {
			continue
		}
		start := i
		for start+1 < to && tokens[start].low != "," && tokens[start].kind != lineBreak && tokens[start].kind != number {
			start++ // a street may be called after a country
		}
		s := seat{start, min(p.to, to)}
		if country := countryOf(tokens, s); country != "" && !speaks(country, tokens[i].low) {
			continue
		}
		return s, true
	}
	return seat{}, false
}

// speaks reports whether streets of the country may be called so: what stands below
// "Via Roma 12" may be a menu that begins with "Deutschland".
func speaks(country, street string) bool {
	switch {
	case vocabulary("via viale piazza corso largo strada vicolo lungarno")[street]:
		return vocabulary("IT CH SM VA")[country]
	case !streetWords[street] || vocabulary("strasse straße str allee platz weg gasse")[street]:
		return vocabulary("DE AT CH LI LU BE IT NL")[country]
	}
	return true
}

// addressEnd goes on from the end of a street's line or cell over those that
// continue the address: "10115 Berlin", "Boston, MA 02110", "Deutschland".
func addressEnd(tokens []token, to int) int {
	for range 4 {
		start := to
		for start > 0 && start < len(tokens) && !ends(tokens, start-1) && ends(tokens, start) {
			start++
		}
		end := start
		postal := false
		for end < len(tokens) && !ends(tokens, end) {
			k := tokens[end]
			named := k.kind == word && isName(k)
			if !named && k.kind != number && !vocabulary(", - ( ) the am an der im in sur de la am a d ' .")[k.low] {
				return to
			}
			postal = postal || k.kind == number && len(k.raw) >= 4 || named && placeAt(tokens, end)
			end++
		}
		if !postal || end-start > 9 || end == start {
			return to
		}
		to = end
		if to < len(tokens) && tokens[to].kind != number && tokens[to].kind != word {
			to++
		}
	}
	return to
}

// placeAt reports whether a known place stands at i.
func placeAt(tokens []token, i int) bool {
	for _, pl := range gazetteer() {
		if at(tokens, i, pl.name) && isPlaceName(tokens, i, len(pl.name)) {
			return true
		}
	}
	return false
}

// nameplate reads a line that has nothing but the company's registered name and
// its place, as at the foot of a page: "© 2026 Northwind GmbH, Berlin, Germany".
func nameplate(p passage, own selves) (seat, bool) {
	tokens := p.page.tokens
	from, to := lineStart(tokens, p.from), lineEnd(tokens, p.from)
	i := from
	for i < to && (tokens[i].kind == number || tokens[i].kind == punct || tokens[i].low == "copyright") {
		i++
	}
	if i >= to || i < p.from || p.to > to+1 {
		return seat{}, false
	}
	start := i
	for i < to && !plateBreaks[tokens[i].low] || i+1 < to && hasForm(tokens[i+1:i+2]) {
		i++
	}
	if i >= to || i-start > 9 || own.firm(tokens, start, i) != ownFirm || !hasLegalForm(tokens[start:i]) {
		return seat{}, false
	}
	end := own.seatEnd(tokens, i+1, min(p.to, to))
	if end <= i+1 {
		return seat{}, false
	}
	for _, k := range tokens[i+1 : end] {
		if k.kind == word && !isName(k) && k.low != "the" || k.kind == number {
			return seat{}, false
		}
	}
	return seat{i, end}, true
}

// plateBreaks stand between a registered name and its place.
var plateBreaks = vocabulary(", - | · •")

func hasForm(seq []token) bool { return len(seq) == 1 && legalForms[seq[0].low] }

// street reports whether a word in lower case is, or ends like, one for a street.
func street(low string) bool {
	if streetWords[low] {
		return true
	}
	for _, end := range []string{"strasse", "straße", "gasse", "allee", "platz", "weg", "ring", "damm", "ufer", "str", "straat", "gracht", "kade", "gatan", "vägen"} {
		if len(low) > len(end)+2 && strings.HasSuffix(low, end) {
			return true
		}
	}
	return false
}
