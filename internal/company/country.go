package company

import (
	_ "embed"
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
	"golang.org/x/text/language/display"
)

//go:embed data/countries.txt
var countriesText string

// spoken are the languages whose names of countries Country reads, beside each
// country's own.
var spoken = []language.Tag{language.English, language.Italian, language.German, language.French, language.Spanish}

type countryTable struct {
	names  map[string][]string // alpha-2: every name
	byName map[string]string   // folded name, alpha-2 or alpha-3: alpha-2
}

// countries takes some milliseconds at its first use: the names come from the CLDR.
var countries = sync.OnceValue(readCountries)

// Country returns the ISO 3166-1 alpha-2 code for a code (IT, ITA, it) or a
// whole name in English, Italian, German, French, Spanish or the country's own
// language, whatever its case and accents. UK and EL are read as GB and GR;
// Kosovo is XK, which ISO leaves to its users.
func Country(s string) (alpha2 string, ok bool) {
	if len(s) > 200 {
		return "", false
	}
	key := fold(s)
	if code, ok := countries().byName[key]; ok {
		return code, true
	}
	for _, article := range []string{"the ", "la ", "il ", "l ", "die ", "der "} {
		if rest, found := strings.CutPrefix(key, article); found && len(rest) > 3 {
			if code, ok := countries().byName[rest]; ok {
				return code, true
			}
		}
	}
	return "", false
}

// CountryName returns a country's name in a language ("Italia" for IT and it),
// in English where the language is unknown, and the code where the country is.
func CountryName(alpha2, lang string) string {
	code, ok := Country(alpha2)
	region, err := language.ParseRegion(code)
	if !ok || err != nil {
		return alpha2
	}
	tag, err := language.Parse(lang)
	if err != nil {
		tag = language.English
	}
	if names := display.Regions(tag); names != nil {
		if name := names.Name(region); name != "" {
			return name
		}
	}
	return display.Regions(language.English).Name(region)
}

// CountryNames returns every name and usual abbreviation that we know of a
// country, the English name first. ISO codes are not among them as such, and
// abbreviations are in capitals (USA, U.S., UK): in running text they are to be
// found as written, because "us" is a word. It is nil for an unknown country.
func CountryNames(alpha2 string) []string {
	return slices.Clone(countries().names[strings.ToUpper(alpha2)])
}

func readCountries() countryTable {
	t := countryTable{names: map[string][]string{}, byName: map[string]string{}}
	regions := map[string]language.Region{}
	for _, a := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
		for _, b := range "ABCDEFGHIJKLMNOPQRSTUVWXYZ" {
			if code := string(a) + string(b); official(code) {
				regions[code] = language.MustParseRegion(code)
			}
		}
	}
	for code, region := range regions {
		native, _ := language.Compose(language.Und, region)
		base, _ := native.Base()
		for _, tag := range append(slices.Clone(spoken), language.Make(base.String())) {
			if names := display.Regions(tag); names != nil {
				t.add(code, names.Name(region))
			}
		}
	}
	for code, names := range Rows(countriesText) {
		for _, name := range names {
			t.add(code, name)
		}
	}
	for code, names := range t.names {
		for _, name := range names {
			t.byName[fold(name)] = code
		}
	}
	for code, region := range regions {
		t.byName[strings.ToLower(region.ISO3())] = code
		t.byName[strings.ToLower(code)] = code
	}
	t.byName["el"] = "GR" // as the European Union writes it
	return t
}

// reserved are codes that the CLDR has as countries and ISO only keeps free:
// islands, the euro zone and the United Nations.
var reserved = []string{"AC", "CP", "CQ", "DG", "EA", "EU", "EZ", "IC", "TA", "UN"}

// official reports whether the code is an assigned ISO 3166-1 alpha-2 code, or XK.
func official(code string) bool {
	if slices.Contains(reserved, code) {
		return false
	}
	region, err := language.ParseRegion(code)
	return err == nil && region.IsCountry() && region.Canonicalize() == region && region.String() == code
}

func (t countryTable) add(code, name string) {
	if name != "" && !slices.ContainsFunc(t.names[code], func(n string) bool { return strings.EqualFold(n, name) }) {
		t.names[code] = append(t.names[code], name)
	}
}
