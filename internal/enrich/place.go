package enrich

import (
	_ "embed"
	"strings"
	"sync"

	"leadtriage/internal/company"

	"golang.org/x/text/language"
)

//go:embed places.txt
var placesFile string

// place is a country said by name, by one of its states, or by a city.
type place struct {
	name    []token
	country string
	city    bool // weaker: many towns are called Dublin
}

// homonyms are countries that share their name with something nearer.
var homonyms = vocabulary("georgia jersey guinea niger jordan chad mali togo cuba peru lebanon")

var gazetteer = sync.OnceValue(func() []place {
	var all []place
	city := false
	for line := range strings.Lines(placesFile) {
		line = strings.TrimSpace(line)
		code, names, ok := strings.Cut(line, ":")
		switch {
		case line == "-":
			city = true
		case ok && line[0] != '#':
			for name := range strings.SplitSeq(names, ";") {
				all = append(all, place{words(name), code, city})
			}
		}
	}
	for _, code := range countryCodes() {
		for _, name := range company.CountryNames(code) {
			if seq := words(name); len(seq) > 0 && !(len(seq) == 1 && homonyms[seq[0].low]) {
				all = append(all, place{seq, code, false})
			}
		}
	}
	return all
})

// countryCodes lists the ISO 3166-1 alpha-2 codes.
func countryCodes() []string {
	var codes []string
	for a := 'A'; a <= 'Z'; a++ {
		for b := 'A'; b <= 'Z'; b++ {
			code := string([]rune{a, b})
			if r, err := language.ParseRegion(code); err == nil && r.IsCountry() && r.String() == code {
				codes = append(codes, code)
			}
		}
	}
	return codes
}

// bearsCountry reports whether the passage places the head office in the
// country, and in no other one.
func bearsCountry(code string, p passage, own selves) bool {
	for _, s := range seats(p, own) {
		if countryOf(p.page.tokens, s) == code || completed(p, s, own) == code {
			return true
		}
	}
	return false
}

// completed is the country of a seat that names a city alone, by a line of the
// page that has the company's name, the city and one country; else empty.
func completed(p passage, s seat, own selves) string {
	tokens := p.page.tokens
	if countryOf(tokens, s) != "" || s.from+1 >= s.to {
		return ""
	}
	end := s.from + 1
	for end < s.to && isName(tokens[end]) && tokens[end].kind == word {
		end++
	}
	city := tokens[s.from+1 : end]
	if len(city) == 0 || end < s.to && vocabulary(", ( -").any(tokens, end, end+1) && !ends(tokens, end) {
		return "" // more is said of where it is
	}
	found := map[string]bool{}
	for _, i := range find(tokens, 0, len(tokens), city) {
		from, to := lineStart(tokens, i), lineEnd(tokens, i)
		if i == s.from+1 || tokens[from].quoted || own.firm(tokens, from, i) != ownFirm {
			continue
		}
		if code := countryOf(tokens, seat{i, min(to, i+8)}); code != "" {
			found[code] = true
		}
	}
	if len(found) == 1 {
		return only(found)
	}
	return ""
}

// countryOf is the one country that the seat names; empty: none or several. A
// named country or state outweighs a city's.
func countryOf(tokens []token, s seat) string {
	named, byCity, beside := map[string]bool{}, map[string]bool{}, false
	for _, pl := range gazetteer() {
		for _, i := range find(tokens, s.from, s.to, pl.name) {
			if !isPlaceName(tokens, i, len(pl.name)) {
				continue
			}
			if pl.city {
				byCity[pl.country] = true
				end := i + len(pl.name)
				beside = beside || followedByPlace(tokens, end, s.to) // "Dublin, Ohio"
			} else {
				named[pl.country] = true
			}
		}
	}
	switch {
	case len(named) == 1 && (len(byCity) == 0 || byCity[only(named)] || beside):
		return only(named)
	case len(named) == 1:
		return "" // "20121 Milano" above a menu that begins with "Deutschland"
	case len(named) > 1:
		return ""
	}
	state, abbreviated := stateAt(tokens, s, len(byCity) == 1 && byCity["US"])
	switch {
	case abbreviated && (len(byCity) == 0 || byCity[state]):
		return state
	case len(byCity) == 1 && !abbreviated:
		return only(byCity)
	}
	return ""
}

// isPlaceName refuses "us" and "it" in lower case, "New Jersey" for Jersey and
// "South Sudan" for Sudan.
func isPlaceName(tokens []token, i, n int) bool {
	if n == 1 && len(tokens[i].raw) <= 3 && tokens[i].raw != strings.ToUpper(tokens[i].raw) {
		return false
	}
	if n == 1 && len(tokens[i].raw) <= 2 && tokens[i].low != "us" && tokens[i].low != "uk" {
		return false
	}
	if !isName(tokens[i]) {
		return false
	}
	return i == 0 || !vocabulary("new northern north south southern equatorial papua american east west western").any(tokens, i-1, i) ||
		vocabulary("new north south west").any(tokens, i, i+1)
}

// stateAt reads ", TX" or ", MA 02110" behind a city. country is empty where the two
// letters may be those of another country: ", CA" without a number, and no city that
// is known to be in the US.
func stateAt(tokens []token, s seat, inUS bool) (country string, ok bool) {
	for i := s.from + 1; i < min(s.to, len(tokens)); i++ {
		k := tokens[i]
		if tokens[i-1].low != "," || k.kind != word || len(k.raw) != 2 || k.raw != strings.ToUpper(k.raw) {
			continue
		}
		zip := i+1 < len(tokens) && tokens[i+1].kind == number && len(tokens[i+1].raw) == 5
		switch {
		case states[k.low] && (zip || !isCountry(k.raw) || inUS):
			return "US", true
		case provinces[k.low] && !isCountry(k.raw):
			return "CA", true
		case isCountry(k.raw) && !states[k.low]:
			return k.raw, true
		}
		return "", true
	}
	return "", false
}

func isCountry(code string) bool {
	r, err := language.ParseRegion(code)
	return err == nil && r.IsCountry() && r.String() == code
}

var (
	states    = vocabulary(`al ak az ar ca co ct de dc fl ga hi id il in ia ks ky la me md ma mi mn ms mo mt ne nv nh nj nm ny nc nd oh ok or pa ri sc sd tn tx ut vt va wa wv wi wy`)
	provinces = vocabulary("ab bc mb nb ns on pe qc sk")
)

func only(set map[string]bool) string {
	for k := range set {
		return k
	}
	return ""
}

// bearsCity reports whether the passage places the head office in the city, by
// whichever of its names.
func bearsCity(city string, p passage, own selves) bool {
	found := seats(p, own)
	if len(found) == 0 || !cityLike(city) {
		return false
	}
	for _, name := range append([]string{city}, company.CityNames(city)...) {
		if seq := words(name); len(seq) > 0 && len(seq) <= 5 && namesCity(seq, p.page.tokens, found) {
			return true
		}
	}
	return false
}

func namesCity(seq, tokens []token, seats []seat) bool {
	for _, s := range seats {
		for _, i := range find(tokens, s.from, s.to, seq) {
			if !isName(tokens[i]) || longerPlace(tokens, i, i+len(seq), s.to) {
				continue
			}
			before := tokens[max(i-1, 0)]
			switch {
			case i > 0 && (cityPrepositions[before.low] || before.kind == number && len(before.raw) >= 4):
				return true
			case i > 0 && (before.low == ":" || before.low == "is") && i-1 >= s.from:
				return true
			case i > 0 && before.low == "of" && followedByPlace(tokens, i+len(seq), s.to):
				return true
			case i+len(seq) <= s.to && seatAfter.startsAt(tokens, i+len(seq)) > 0:
				return true
			case (followedByPlace(tokens, i+len(seq), s.to) || followedByState(tokens, i+len(seq), s.to)) && (before.low == "," || seatAfter.startsAt(tokens, s.to) > 0):
				return true
			}
		}
	}
	return false
}

// cityLike refuses countries and states given for a city, save those that are both.
func cityLike(city string) bool {
	seq := words(city)
	if vocabulary("singapore monaco luxembourg washington québec quebec").any(seq, 0, 1) || len(seq) == 2 && at(seq, 0, words("new york")) {
		return true
	}
	for _, pl := range gazetteer() {
		if !pl.city && len(pl.name) == len(seq) && at(seq, 0, pl.name) {
			return false
		}
	}
	return true
}

// longerPlace refuses "Stamford" in "Stamford Place".
func longerPlace(tokens []token, from, end, limit int) bool {
	if from > 0 && isName(tokens[from-1]) && tokens[from-1].kind == word && !beforeCity[tokens[from-1].low] {
		return true
	}
	return end < limit && tokens[end].kind == word && isName(tokens[end]) && !strings.ContainsAny(tokens[end].raw, "0123456789") && seatAfter.startsAt(tokens, end) == 0
}

// followedByState reads ", MA" behind a city.
func followedByState(tokens []token, i, limit int) bool {
	return i+1 < limit && tokens[i].low == "," && len(tokens[i+1].raw) == 2 && (states[tokens[i+1].low] || provinces[tokens[i+1].low])
}

func followedByPlace(tokens []token, i, limit int) bool {
	for i < limit && tokens[i].kind <= number && strings.ContainsAny(tokens[i].raw, "0123456789") {
		i++ // "London EC1A 1BB, United Kingdom"
	}
	if i < limit && tokens[i].low == "," {
		i++
	}
	for _, pl := range gazetteer() {
		if i < limit && at(tokens, i, pl.name) && isPlaceName(tokens, i, len(pl.name)) {
			return true
		}
	}
	return false
}
