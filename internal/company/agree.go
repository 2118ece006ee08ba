package company

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"leadtriage/internal/lead"
)

//go:embed data/cities.txt
var citiesText string

// cities maps every folded name of a city that has several to all of them.
var cities = sync.OnceValue(func() map[string][]string {
	all := map[string][]string{}
	for line := range lines(citiesText) {
		names := words(line)
		for _, name := range names {
			all[fold(name)] = names
		}
	}
	return all
})

// CityNames are the names that a city is known by in several languages.
func CityNames(city string) []string {
	if names, ok := cities()[fold(city)]; ok {
		return names
	}
	return []string{city}
}

// Agree reports whether two values of a field may both be right.
//
//   - employees: ranges overlap, two exact numbers are at most 20 % apart, and an
//     exact number is at most 10 % off the nearest end of a range.
//   - revenue: the same currency and at most 10 % apart. Figures of two
//     different years never contradict each other.
//   - legal_name: the same but for case, accents and punctuation, or but for a
//     legal form that only one of them carries.
//   - hq_city: the same, in whatever language ("Milan", "Mailand").
//   - the rest: the same but for case, accents and punctuation.
func Agree(field lead.Field, a, b string) bool {
	if Same(field, a, b) {
		return true
	}
	switch field {
	case lead.Employees:
		x, errX := ParseHeadcount(a)
		y, errY := ParseHeadcount(b)
		return errX == nil && errY == nil && x.near(y)
	case lead.Revenue:
		x, errX := ParseMoney(a)
		y, errY := ParseMoney(b)
		return errX == nil && errY == nil && x.near(y)
	case lead.LegalName:
		return extends(fold(a), fold(b)) || extends(fold(b), fold(a))
	}
	return false
}

// Same reports whether two values of a field are one value spelled twice.
func Same(field lead.Field, a, b string) bool { return a == b || key(field, a) == key(field, b) }

// key is what two spellings of one value have in common.
func key(field lead.Field, value string) string {
	k := fold(value)
	switch field {
	case lead.Technology:
		return strings.ToLower(Technology(value))
	case lead.Employees, lead.Revenue:
		return value
	case lead.HQCity:
		return fold(CityNames(value)[0])
	}
	if k == "" { // nothing but punctuation: a value of its own
		return value
	}
	return k
}

func (h Headcount) near(o Headcount) bool {
	if h.Min > o.Min {
		h, o = o, h
	}
	if h.Max == 0 || h.Max >= o.Min {
		return true
	}
	switch gap := o.Min - h.Max; {
	case h.Min == h.Max && o.Min == o.Max:
		return gap*5 <= o.Min
	case h.Min == h.Max || o.Min == o.Max:
		return gap*10 <= o.Min
	}
	return false
}

func (m Money) near(o Money) bool {
	if m.Year != 0 && o.Year != 0 && m.Year != o.Year {
		return true
	}
	low, high := min(m.Amount, o.Amount), max(m.Amount, o.Amount)
	return m.Currency == o.Currency && (high-low)*10 <= high
}

// forms are the words of legal forms, folded.
var forms = strings.Fields(`ab ag as asa aps bv co company corp corporation cv doo ek eg ev gbr gmbh gesmbh inc
	incorporated kft kg kgaa llc llp lp ltd limited mbh nv ohg oy oyj plc pty pte sa sapa sarl sas sasu sc scarl scpa se
	sl slu snc spa sro srl srls ug zoo`)

// extends reports whether long is short with legal forms behind it.
func extends(long, short string) bool {
	rest, ok := strings.CutPrefix(long, short+" ")
	return ok && short != "" && !slices.ContainsFunc(strings.Fields(rest), func(w string) bool { return !slices.Contains(forms, w) })
}
