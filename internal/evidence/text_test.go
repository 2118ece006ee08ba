package evidence_test

import (
	"strings"
	"testing"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"

	"pgregory.net/rapid"
)

const aboutPage = `Northwind – billing software
# About us
Northwind S.r.l. makes billing software for “subscription” businesses.
We are 12 500 people, 51-200 of them in Milan – and 1,250 partners.
Employees | 250
Founded | 1998
R&D is 40 % of what we do. Our e‑commerce team sits in Zürich.
# What customers say
> With 9,000 employees we needed a ledger.
We employ 250¹ people.
`

func TestWhereAQuoteStands(t *testing.T) {
	text := evidence.NewText(aboutPage)
	for _, c := range []struct {
		quote       string
		stands, own bool
	}{
		{"Northwind S.r.l. makes billing software", true, true},
		{"NORTHWIND  s.r.l.\nmakes billing software", true, true},
		{`makes billing software for "subscription" businesses`, true, true},
		{"We are 12 500 people", true, true},
		{"Employees: 250", true, true},
		{"Employees | 250 Founded | 1998", true, true}, // over two lines
		{"- Founded: 1998.", true, true},
		{"R&amp;D is 40 % of what we do", true, true}, // as the model saw it
		{"Our e-commerce team sits in Zürich", true, true},
		{"We employ 250 people.", true, true}, // the footnote's mark is no digit
		{"With 9,000 employees we needed a ledger.", true, false},

		{"500 people", false, false}, // cuts 12 500
		{"We are 12", false, false},
		{"200 of them in Milan", false, false}, // cuts 51-200
		{"250 partners", false, false},         // cuts 1,250
		{"thwind S.r.l. makes", false, false},
		{"We employ 2501 people", false, false},
		{"We employ 260 people", false, false},
		{"we employ people", false, false}, // leaves a word out
		{"R&D is 40 of what we do", false, false},
		{"Our ecommerce team sits in Zurich", false, false},
		{"", false, false}, {"|", false, false}, {"a", false, false},
		{strings.Repeat("We employ 250 people. ", 40), false, false},
	} {
		p, stands, own := text.Find(c.quote)
		if stands != c.stands || own != c.own {
			t.Errorf("%q stands %v, in its own words %v", c.quote, stands, own)
		}
		if own && p.Text == "" {
			t.Errorf("%q: an empty passage", c.quote)
		}
	}
}

func TestWhatStandsRoundAQuote(t *testing.T) {
	text := evidence.NewText("Intro\n## Standort Graz\nSeit 1998 arbeiten hier 60 Menschen. Und mehr.\nBesuchen Sie uns.\n")
	p, _, _ := text.Find("arbeiten hier 60 Menschen")
	want := lead.Passage{Heading: "Standort Graz", Before: "Seit 1998", Text: "arbeiten hier 60 Menschen.", After: "Und mehr."}
	if p != want {
		t.Errorf("%+v", p)
	}
	long := evidence.NewText(strings.Repeat("word ", 300) + "We are 250 people. " + strings.Repeat("word ", 300))
	if p, _, _ := long.Find("We are 250 people"); len([]rune(p.Before)) != 70 || len([]rune(p.After)) != 70 {
		t.Errorf("%d and %d runes of context", len([]rune(p.Before)), len([]rune(p.After)))
	}
}

// A quote in which a word or a number was changed, dropped, added or moved stands nowhere.
func TestAlteredQuotesStandNowhere(t *testing.T) {
	words := []string{"we", "employ", "people", "in", "Milan", "250", "1,250", "51-200", "1998", "founded", "R&D", "40%", "GmbH", "für", "qualità"}
	rapid.Check(t, func(t *rapid.T) {
		page := rapid.SliceOfN(rapid.SampledFrom(words), 6, 30).Draw(t, "page")
		from := rapid.IntRange(0, len(page)-3).Draw(t, "from")
		quote := append([]string{}, page[from:from+3]...)
		i := rapid.IntRange(0, 2).Draw(t, "at")
		switch rapid.IntRange(0, 3).Draw(t, "how") {
		case 0:
			quote[i] += "x"
		case 1:
			quote[i] = "unheard"
		case 2:
			quote = append(quote[:i+1], append([]string{"not"}, quote[i+1:]...)...)
		case 3:
			quote[i] = "7" + quote[i]
		}
		text := evidence.NewText(strings.Join(page, " "))
		if _, stands, _ := text.Find(strings.Join(quote, " ")); stands {
			t.Fatalf("%q stands in %q", quote, page)
		}
	})
}

// Whatever stands is shown in the page's own words.
func TestPassagesAreThePagesWords(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		page := rapid.StringMatching(`([a-z0-9ÄÖé%&.,|\-#> \n]|250|we are){0,200}`).Draw(t, "page")
		quote := rapid.OneOf(rapid.StringMatching(`[a-z0-9 %.,|]{0,40}`), rapid.Custom(func(t *rapid.T) string {
			rapid.Bool().Draw(t, "any")
			if page == "" {
				return ""
			}
			from := rapid.IntRange(0, len(page)-1).Draw(t, "from")
			return strings.ToValidUTF8(page[from:min(len(page), from+30)], "")
		})).Draw(t, "quote")
		p, stands, own := evidence.NewText(page).Find(quote)
		if own && !stands || own && !strings.Contains(evidence.OneLine(page), p.Text) {
			t.Fatalf("%q in %q: %+v", quote, page, p)
		}
	})
}

func FuzzFind(f *testing.F) {
	f.Add(aboutPage, "Employees: 250")
	f.Fuzz(func(t *testing.T, page, quote string) { evidence.NewText(page).Find(quote) })
}
