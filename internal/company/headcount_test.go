package company

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseHeadcount(t *testing.T) {
	for in, want := range map[string]string{
		"250": "250", " 250 ": "250", "1": "1", "007": "7", "10000000": "10000000",
		"1,200": "1200", "1.200": "1200", "1 200": "1200", "1'200": "1200", "1’200": "1200", "1\u00a0200": "1200", "1\u202f200": "1200", "1,234,567": "1234567",
		"1.2k": "1200", "1,2k": "1200", "12k": "12000", "1.25 K": "1250", "１２０": "120",
		"51-200": "51-200", "51–200": "51-200", "51 — 200": "51-200", "51‑200": "51-200", "51−200": "51-200", "51..200": "51-200",
		"11 to 50": "11-50", "11 bis 50": "11-50", "11 a 50": "11-50", "1,001-5,000": "1001-5000", "1.001–5.000": "1001-5000", "1k-5k": "1000-5000", "1000-5k": "1000-5000", "5-5": "5",
		"500+": "500+", "500 +": "500+", "10,001+": "10001+", "1.2k+": "1200+", "> 500": "500+", ">=500": "500+", "over 500": "500+", "oltre 500": "500+", "über 500": "500+", "more than 1,000": "1000+",
		"< 10": "1-10", "up to 50": "1-50", "fino a 50": "1-50",
		"about 250": "250", "~250": "250", "circa 1.200": "1200",
		"250 employees": "250", "51-200 employees": "51-200", "10,001+ employees": "10001+", "1200 Mitarbeiter": "1200", "80 dipendenti": "80", "Over 250 people": "250+",
	} {
		h, err := ParseHeadcount(in)
		if err != nil || h.String() != want {
			t.Errorf("ParseHeadcount(%q) = %v, %v; want %s", in, h, err, want)
		}
	}
}

func TestParseHeadcountRefuses(t *testing.T) {
	for in, want := range map[string]string{
		"": "write it like 250", "many": "write it like", "-5": "write it like", "−5": "write it like", "1.25": "write it like", "12,34": "write it like",
		"1,00,000": "write it like", "1.200,000": "write it like", "1.200k": "write it like", "0x10": "write it like", "1e3": "write it like", "NaN": "write it like",
		"½": "write it like", "250²": "write it like", "①": "write it like", "٢٥٠": "write it like", "50-": "write it like", "-50": "write it like", "+": "write it like", "10-20-30": "write it like", "+250": "write it like",
		"250 offices": "write it like", "--1": "write it like", "99999999999999999999": "write it like", "1-99999999999999999999": "write it like",
		"0": "0 is no number", "0-10": "0 is no number", "0+": "0 is no number", "0k": "0 is no number", "000": "0 is no number",
		"10000001": "check the number", "11,000,000+": "check the number",
		"200-51": "runs backwards", "1-5k": "in full", strings.Repeat("9", 300): "write it like",
	} {
		if h, err := ParseHeadcount(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseHeadcount(%.40q) = %v, %v; want an error with %q", in, h, err, want)
		}
	}
}

func TestHeadcountRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		h := Headcount{Min: rapid.IntRange(1, maxPeople).Draw(t, "min")}
		switch rapid.SampledFrom([]string{"exact", "range", "open"}).Draw(t, "kind") {
		case "exact":
			h.Max = h.Min
		case "range":
			h.Max = rapid.IntRange(h.Min, maxPeople).Draw(t, "max")
		}
		if got, err := ParseHeadcount(h.String()); err != nil || got != h {
			t.Fatalf("%s came back as %v, %v", h, got, err)
		}
	})
}

func TestHeadcountOfAnything(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		in := rapid.OneOf(rapid.String(), rapid.StringMatching(`[<>~]?[0-9]{1,4}[.,' k]?[0-9]{0,3}( ?(-|–|to) ?[0-9.,k]{1,6})?[+k]?( employees)?`)).Draw(t, "in")
		h, err := ParseHeadcount(in)
		if err != nil {
			return
		}
		if h.Min < 1 || h.Max != 0 && h.Max < h.Min || h.Max > maxPeople {
			t.Fatalf("ParseHeadcount(%q) = %+v", in, h)
		}
		if again, err := ParseHeadcount(h.String()); err != nil || again != h {
			t.Fatalf("%q is %s and then %v, %v", in, h, again, err)
		}
	})
}
