package company

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestParseMoney(t *testing.T) {
	for in, want := range map[string]string{
		"2270000000 USD 1998":      "2270000000 USD 1998",
		"2270000000 USD":           "2270000000 USD",
		"2,270,000,000 usd (1998)": "2270000000 USD 1998",
		"2.270.000.000 EUR":        "2270000000 EUR",
		"1 200 000 CHF, 2024":      "1200000 CHF 2024",
		"CHF 1'200'000":            "1200000 CHF",
		"2.27 billion USD 1998":    "2270000000 USD 1998",
		"USD 14.28 billion 1999":   "14280000000 USD 1999",
		"€ 3,5 mln":                "3500000 EUR",
		"€3.5m":                    "3500000 EUR",
		"12 Mio. EUR":              "12000000 EUR",
		"1,2 mld EUR in 2023":      "1200000000 EUR 2023",
		"£750k":                    "750000 GBP",
		"500000 DEM 1995":          "500000 DEM 1995",
	} {
		if m, err := ParseMoney(in); err != nil || m.String() != want {
			t.Errorf("ParseMoney(%q) = %v, %v; want %s", in, m, err, want)
		}
	}
	for in, want := range map[string]string{
		"": "write it like", "USD": "write it like", "2270000000": "write it like", "$ 5 million": "write it like", "-5 USD": "write it like", "1e9 USD": "write it like",
		"5 USD 98": "write it like", "1.234 million EUR": "write it like", "12,34 EUR": "write it like", "1,00,000 EUR": "write it like",
		"0 USD": "from 1 to", "9999999999999999 USD": "from 1 to", "2000000 bn USD": "from 1 to",
		"5 ABC": "no ISO 4217", "5 USD 1066": "business year", strings.Repeat("1", 200) + " USD": "write it like",
	} {
		if m, err := ParseMoney(in); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("ParseMoney(%.40q) = %v, %v; want an error with %q", in, m, err, want)
		}
	}
}

func TestMoneyRoundTrip(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := Money{
			Amount:   rapid.Int64Range(1, maxAmount).Draw(t, "amount"),
			Currency: rapid.SampledFrom([]string{"USD", "EUR", "GBP", "CHF", "JPY", "DEM", "ITL"}).Draw(t, "currency"),
			Year:     rapid.OneOf(rapid.Just(0), rapid.IntRange(1800, 2199)).Draw(t, "year"),
		}
		if got, err := ParseMoney(m.String()); err != nil || got != m {
			t.Fatalf("%s came back as %v, %v", m, got, err)
		}
	})
}
