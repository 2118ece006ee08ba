package company

import (
	"slices"
	"testing"
)

func TestCountry(t *testing.T) {
	for in, want := range map[string]string{
		"IT": "IT", "it": "IT", "ITA": "IT", " Italy ": "IT", "ITALIA": "IT", "Italien": "IT", "Italie": "IT",
		"DE": "DE", "Deutschland": "DE", "Germania": "DE", "Allemagne": "DE", "Alemania": "DE", "BRD": "DE",
		"US": "US", "USA": "US", "U.S.A.": "US", "U.S.": "US", "United States of America": "US", "the United States": "US", "Stati Uniti": "US", "Vereinigte Staaten": "US", "EE.UU.": "US",
		"UK": "GB", "u.k.": "GB", "Great Britain": "GB", "England": "GB", "Scotland": "GB", "Regno Unito": "GB", "Gran Bretagna": "GB", "Großbritannien": "GB", "GBR": "GB",
		"Schweiz": "CH", "Suisse": "CH", "Svizzera": "CH", "Switzerland": "CH", "Nederland": "NL", "The Netherlands": "NL", "Holland": "NL", "Olanda": "NL",
		"España": "ES", "Espana": "ES", "Österreich": "AT", "Oesterreich": "AT", "Czech Republic": "CZ", "Česko": "CZ", "Ελλάδα": "GR", "EL": "GR", "日本": "JP", "Türkiye": "TR", "Turkey": "TR",
		"Korea, Republic of": "KR", "South Korea": "KR", "North Korea": "KP", "Bosnia & Herzegovina": "BA", "Bosnia e Erzegovina": "BA", "Côte d'Ivoire": "CI", "Ivory Coast": "CI", "Hong Kong": "HK",
		"Russian Federation": "RU", "Kosovo": "XK", "Republic of Ireland": "IE", "UAE": "AE", "Sverige": "SE", "Suomi": "FI", "Polska": "PL", "Brasil": "BR",
		"": "", "X": "", "ZZ": "", "EU": "", "UN": "", "AC": "", "Europe": "", "Texas": "", "Milano, Italy": "", "..": "",
	} {
		got, ok := Country(in)
		if got != want || ok != (want != "") {
			t.Errorf("Country(%q) = %q, %v; want %q", in, got, ok, want)
		}
	}
}

func TestCountryName(t *testing.T) {
	for _, c := range []struct{ code, lang, want string }{
		{"IT", "en", "Italy"}, {"IT", "it", "Italia"}, {"it", "de-CH", "Italien"}, {"CH", "fr", "Suisse"}, {"DE", "es", "Alemania"},
		{"IT", "", "Italy"}, {"IT", "no such language", "Italy"}, {"UK", "en", "United Kingdom"}, {"ZZ", "en", "ZZ"}, {"", "en", ""},
	} {
		if got := CountryName(c.code, c.lang); got != c.want {
			t.Errorf("CountryName(%q, %q) = %q; want %q", c.code, c.lang, got, c.want)
		}
	}
}

func TestCountryNames(t *testing.T) {
	names := CountryNames("gb")
	if names[0] != "United Kingdom" {
		t.Errorf("the first name is %q", names[0])
	}
	for _, want := range []string{"UK", "England", "Regno Unito", "Vereinigtes Königreich", "Royaume-Uni", "Reino Unido"} {
		if !slices.Contains(names, want) {
			t.Errorf("%q is not among %v", want, names)
		}
	}
	if CountryNames("ZZ") != nil {
		t.Error("an unknown country has names")
	}
	if n := len(countries().names); n != 250 {
		t.Errorf("%d countries; ISO 3166-1 has 249, and Kosovo comes to them", n)
	}
	owner := map[string]string{}
	for code, names := range countries().names {
		for _, name := range names {
			if other, ok := owner[fold(name)]; ok && other != code {
				t.Errorf("%q is both %s and %s", name, other, code)
			}
			owner[fold(name)] = code
			if got, ok := Country(name); !ok || got != code {
				t.Errorf("%s is called %q, which is read as %q", code, name, got)
			}
		}
	}
}
