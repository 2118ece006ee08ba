package evidence

import (
	_ "embed"
	"slices"
	"strconv"
	"strings"
	"sync"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// Anchor says whether the value, in the normal form of its field, stands in the
// quote, and what of it (CONTRACT "What anchors"). It knows no grammar: whether
// the quote says so of the company is for the readings.
//
//   - employees, revenue, founded_year: every number of the value with its scale,
//     the currency, the year.
//   - legal_name, technology: the name, case, accents, spaces and punctuation aside.
//   - hq_city: any name of the city.
//   - hq_country: a name, a code in capitals or an adjective of the country, or a
//     place in it.
//   - industry, company_status: nothing is asked. The other fields have no anchor.
func Anchor(field lead.Field, value, quote string) (lead.Anchor, bool) {
	switch field {
	case lead.Industry, lead.CompanyStatus:
		return lead.AnchorNone, true
	case lead.Employees:
		h, err := company.ParseHeadcount(value)
		t := read(quote)
		low := h.Min == 1 && h.Max > 1 || t.states(int64(h.Min)) // "fewer than 20" is 1-20
		return found(lead.AnchorNumber, err == nil && low && (h.Max == 0 || t.states(int64(h.Max))))
	case lead.Revenue:
		m, err := company.ParseMoney(value)
		t := read(quote)
		dated := m.Year == 0 || t.dates(strconv.Itoa(m.Year))
		return found(lead.AnchorNumber, err == nil && dated && t.states(m.Amount) && t.names(m.Currency))
	case lead.FoundedYear:
		return found(lead.AnchorNumber, len(value) == 4 && read(quote).dates(value))
	case lead.LegalName:
		return found(lead.AnchorName, read(quote).has(value))
	case lead.Technology:
		return found(lead.AnchorName, slices.ContainsFunc(append(company.TechnologyNames(value), value), read(quote).has))
	case lead.HQCity:
		return found(lead.AnchorName, read(quote).inCity(value))
	case lead.HQCountry:
		return read(quote).inCountry(strings.ToUpper(value))
	}
	return "", false
}

func found(a lead.Anchor, ok bool) (lead.Anchor, bool) {
	if !ok {
		return "", false
	}
	return a, true
}

func (t text) has(name string) bool { return len(t.find(name)) > 0 }

// inCity reports whether a name of the city stands in the text, and not as a
// part of another's ("York" in "New York").
func (t text) inCity(city string) bool {
	ids, longer := places().at(spaced(city)), []standing{}
	for s := range t.standings {
		if common(s.places, ids) {
			return true
		}
		longer = append(longer, s)
	}
	return slices.ContainsFunc(t.find(city), func(at [2]int) bool {
		part := func(s standing) bool { return s.from <= at[0] && at[1] <= s.end && at[1]-at[0] < s.end-s.from }
		return t.capital(at[0], at[1]) && !slices.ContainsFunc(longer, part)
	})
}

func (t text) inCountry(code string) (anchor lead.Anchor, ok bool) {
	for s := range t.standings {
		if slices.Contains(s.named, code) {
			return lead.AnchorName, true
		}
		ok = ok || slices.ContainsFunc(s.places, func(id uint16) bool { return places().country[id] == code })
	}
	for i, w := range t.words {
		if w.kind == 'a' && t.whole(i, i+1) && slices.ContainsFunc(adjectives()[code], func(a adjective) bool { return a.is(w) }) {
			return lead.AnchorName, true
		}
	}
	return found(lead.AnchorPlace, ok)
}

//go:embed data/adjectives.txt
var adjectivesText string

// adjective is of a country: a folded word, or a stem that takes endings. One
// with a capital is written so ("Polish" is no "polish").
type adjective struct {
	stem          string
	open, capital bool
}

func (a adjective) is(w word) bool {
	ending, ok := strings.CutPrefix(w.key, a.stem)
	return ok && (ending == "" || a.open && slices.Contains(endings, ending)) && (!a.capital || w.raw != strings.ToLower(w.raw))
}

// endings are those of number, gender and case in English, Italian, German, French and Spanish.
var endings = strings.Fields("a e i o s n as es is os en er em es he hi in ne nes se ses le les innen")

var adjectives = sync.OnceValue(func() map[string][]adjective {
	all := map[string][]adjective{}
	for code, words := range company.Rows(adjectivesText) {
		for _, w := range words {
			stem, open := strings.CutSuffix(w, "*")
			all[code] = append(all[code], adjective{spaced(stem), open, stem != strings.ToLower(stem)})
		}
	}
	return all
})
