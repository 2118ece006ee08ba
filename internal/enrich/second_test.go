package enrich_test

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/internal/page"
	"leadtriage/prompts"
)

const about = `Northwind – billing
# About us
Northwind S.r.l. makes billing software for hotels.
We are 250 people, 40 of them in Leeds.
Our head office is in Milan, Italy.
Founded in 1998.
We work with HubSpot and Zendesk.
> Acme has 9,000 employees.`

func aboutClaims() []claim {
	return []claim{
		{lead.Technology, "HubSpot", "s1", "We work with HubSpot and Zendesk.", 1},
		{lead.Technology, "Zendesk", "s1", "We work with HubSpot and Zendesk.", 1},
		{lead.Employees, "250", "s1", "We are 250 people, 40 of them in Leeds.", 0.9},
		{lead.Industry, "software", "s1", "Northwind S.r.l. makes billing software for hotels.", 1},
		{lead.HQCountry, "IT", "s1", "Our head office is in Milan, Italy.", 1},
		{lead.HQCity, "Milan", "s1", "Our head office is in Milan, Italy.", 1},
		{lead.FoundedYear, "1998", "s1", "Founded in 1998.", 1},
		{lead.Employees, "9000", "s1", "Acme has 9,000 employees.", 1},
		{lead.Employees, "77", "s1", "We are 77 people.", 1},
		{lead.Revenue, "5000000 EUR", "s1", "Founded in 1998.", 1},
		{lead.Description, "billing software for hotels", "s1", "Northwind S.r.l. makes billing software for hotels.", 1},
	}
}

// status is what became of a claim: verified, or the code of its refusal.
func status(p lead.Profile, field lead.Field, value string) string {
	for _, f := range p.Facts {
		switch {
		case f.Field != field || f.Value != value:
		case f.Reason != nil:
			return string(f.Reason.Code)
		default:
			return fmt.Sprintf("%s by %s, %s", f.Status, f.Check, f.Anchor)
		}
	}
	return "missing"
}

func TestFourSteps(t *testing.T) {
	m := &script{turns: turns(records(aboutClaims()...))}
	p, err := enricher(t, options(onePage(about), m)).Enrich(t.Context(), "Somebody Else", site)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		field lead.Field
		value string
		want  string
	}{
		{lead.Employees, "250", "verified by reading, number"},
		{lead.Industry, "software", "verified by reading, none"},
		{lead.HQCountry, "IT", "verified by reading, name"},
		{lead.HQCity, "Milan", "verified by reading, name"},
		{lead.FoundedYear, "1998", "verified by reading, number"},
		{lead.Technology, "HubSpot", "verified by reading, name"},
		{lead.Technology, "Zendesk", "verified by reading, name"},
		{lead.Employees, "9000", "others_words"},
		{lead.Employees, "77", "not_in_page"},
		{lead.Revenue, "5000000 EUR", "not_anchored"},
		{lead.Description, "billing software for hotels", "not_chosen"},
	} {
		if got := status(p, c.field, c.value); got != c.want {
			t.Errorf("%s %s: %s, want %s", c.field, c.value, got, c.want)
		}
	}
	if p.Usage.Calls != 2 || p.Usage.Second.Calls != 1 || p.Usage.Second.PromptTokens != 50 || p.Usage.PromptTokens != 150 || len(p.Unread) != 0 {
		t.Errorf("usage %+v, %d unread", p.Usage, len(p.Unread))
	}
	// The second reader is blind: it sees six quotes, each once, in a fixed order, and of
	// the rest nothing.
	c := m.second[0]
	var order []string
	for _, q := range quoteItem.FindAllStringSubmatch(c.User, -1) {
		order = append(order, q[2])
		if q[3] != site {
			t.Errorf("the company is called %q", q[3])
		}
	}
	if got := strings.Join(order, " "); got != "employees industry hq_country hq_city founded_year technology" {
		t.Errorf("asked about %s", got)
	}
	for _, secret := range []string{"Somebody", "77", "5000000", "0.9", "s1", "https"} {
		if strings.Contains(c.User, secret) {
			t.Errorf("%q is shown to the second reader: %s", secret, c.User)
		}
	}
	if len(c.Tools) != 1 || len(c.Rounds) != 0 {
		t.Errorf("%d functions, %d rounds", len(c.Tools), len(c.Rounds))
	}
}

// What each reading does to its item, and to no other.
func TestReadingsThatDoNotCount(t *testing.T) {
	good := func(it asked) reading {
		r, _ := (&script{turns: turns(records(aboutClaims()...))}).agreeable([]asked{it})
		var got []reading
		for _, call := range r.Calls {
			got = append(got, decode(t, call.Arguments)...)
		}
		return got[0]
	}
	for _, c := range []struct {
		name  string
		spoil func(reading) []reading
		want  string // of employees; the others are verified
	}{
		{"part of the staff", func(r reading) []reading { r.Of = "part_of_company"; return []reading{r} }, "read_as_other_subject"},
		{"another value", func(r reading) []reading { r.Values = []string{"40"}; return []reading{r} }, "read_as_other_value"},
		{"no value", func(r reading) []reading { r.Values = nil; return []reading{r} }, "read_as_other_value"},
		{"the past", func(r reading) []reading { r.When = "past"; return []reading{r} }, "read_as_past"},
		{"an unknown subject", func(r reading) []reading { r.Of = "all of us"; return []reading{r} }, "read_as_other_subject"},
		{"a slot of another field", func(r reading) []reading { r.Of = "head_office"; return []reading{r} }, "read_as_other_subject"},
		{"twice the same id", func(r reading) []reading { return []reading{r, r} }, "read_as_other_subject"},
		{"an id that was not asked", func(r reading) []reading { r.ID = "q99"; return []reading{r} }, "read_as_other_subject"},
		{"left out", func(reading) []reading { return nil }, "read_as_other_subject"},
	} {
		t.Run(c.name, func(t *testing.T) {
			m := &script{turns: turns(records(aboutClaims()...))}
			m.reads = func(items []asked) (enrich.Turn, error) {
				var all []reading
				for _, it := range items {
					if r := good(it); it.field == "employees" {
						all = append(all, c.spoil(r)...)
					} else {
						all = append(all, r)
					}
				}
				return readings(all...), nil
			}
			p, err := enricher(t, options(onePage(about), m)).Enrich(t.Context(), "", site)
			if err != nil {
				t.Fatal(err)
			}
			if got := status(p, lead.Employees, "250"); got != c.want {
				t.Errorf("employees: %s, want %s", got, c.want)
			}
			if len(verifiedFacts(p)) != 5 || len(m.second) > 2 {
				t.Errorf("%v verified after %d calls", verifiedFacts(p), len(m.second))
			}
		})
	}
}

// A quote that was left out is asked about once more, alone.
func TestMissingReadingIsAskedForOnce(t *testing.T) {
	m := &script{turns: turns(records(aboutClaims()...))}
	m.reads = func(items []asked) (enrich.Turn, error) {
		if len(m.second) == 1 {
			items = items[1:]
		}
		return m.agreeable(items)
	}
	p, err := enricher(t, options(onePage(about), m)).Enrich(t.Context(), "", site)
	if err != nil || verifiedFacts(p)[lead.Employees] != "250" || len(m.second) != 2 || strings.Count(m.second[1].User, "<quote") != 1 {
		t.Errorf("%v, %v after %d calls", verifiedFacts(p), err, len(m.second))
	}
}

// While the second reading fails, the first is kept and never paid again.
func TestFirstReadingOutlivesTheSecond(t *testing.T) {
	down := lead.Faultf(lead.Temporary, 0, "x: %w", enrich.ErrUnavailable)
	prose := enrich.Turn{Text: "They look fine to me.", Usage: lead.Usage{Calls: 1, PromptTokens: 7}}
	for name, fails := range map[string]func() (enrich.Turn, error){
		"down":      func() (enrich.Turn, error) { return enrich.Turn{}, down },
		"throttled": func() (enrich.Turn, error) { return enrich.Turn{}, lead.Faultf(lead.Throttled, time.Second, "x") },
		"prose":     func() (enrich.Turn, error) { return prose, nil },
		"rubbish": func() (enrich.Turn, error) {
			return enrich.Turn{Calls: []enrich.Call{{ID: "a", Name: prompts.ReadQuotes, Arguments: `{"readings":7}`}}}, nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			m := &script{turns: turns(records(aboutClaims()...))}
			m.reads = func([]asked) (enrich.Turn, error) { return fails() }
			e := enricher(t, options(onePage(about), m))
			p, err := e.Enrich(t.Context(), "", site)
			if err == nil || status(p, lead.Employees, "250") != "not_read_yet" || len(p.Unread) != 7 || len(verifiedFacts(p)) != 0 {
				t.Fatalf("%v: %+v", err, p.Facts)
			}
			m.reads = nil
			resumed, err := e.Resume(t.Context(), p)
			if err != nil || len(verifiedFacts(resumed)) != 6 || len(resumed.Unread) != 0 || len(m.heard) != 1 || resumed.Usage.Calls != 1 {
				t.Errorf("%v: %+v, usage %+v, %d first readings", err, resumed.Facts, resumed.Usage, len(m.heard))
			}
			if status(resumed, lead.Employees, "9000") != "others_words" {
				t.Error("what was refused is forgotten")
			}
		})
	}
}

func TestSecondReadingHasItsOwnTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := &script{turns: turns(records(aboutClaims()...))}
		o := options(onePage(about), hanging{m})
		o.Limits.Timeout = 18 * time.Second
		start := time.Now()
		p, err := enricher(t, o).Enrich(t.Context(), "", site)
		if !errors.Is(err, enrich.ErrOutOfTime) || time.Since(start) != 9*time.Second || len(p.Unread) == 0 {
			t.Errorf("%v after %s", err, time.Since(start))
		}
	})
}

// At most 24 quotes are read, technologies last.
func TestMostQuotesOfACompany(t *testing.T) {
	text, claims := "We are 250 people.\n", []claim{}
	for i := range 30 {
		line := fmt.Sprintf("We work with Tool%d.", i)
		text += line + "\n"
		claims = append(claims, claim{lead.Technology, fmt.Sprintf("Tool%d", i), "s1", line, 1})
	}
	claims = append(claims, claim{lead.Employees, "250", "s1", "We are 250 people.", 1})
	m := &script{turns: turns(records(claims...))}
	p, err := enricher(t, options(onePage(text), m)).Enrich(t.Context(), "", site)
	if err != nil || verifiedFacts(p)[lead.Employees] != "250" || len(m.second) != 1 || strings.Count(m.second[0].User, "<quote") != 24 {
		t.Fatalf("%v, %v", verifiedFacts(p), err)
	}
	left := slices.DeleteFunc(slices.Clone(p.Facts), func(f lead.Fact) bool { return f.Reason == nil || f.Reason.Code != lead.NotChosen })
	if len(left) != 7 {
		t.Errorf("%d were not chosen", len(left))
	}
}

// With a second reader that lies as it likes, the only facts that can be verified are
// those that truly stand anchored in the page, and industries that a quote of the page
// goes with: values altered, quotes altered, values of other quotes of the same page.
func TestWhatALyingReaderCanMove(t *testing.T) {
	runs := 1700 // of 60 claims each
	if testing.Short() {
		runs = 20
	}
	lines := strings.Split(about, "\n")
	random := rand.New(rand.NewPCG(1, 2))
	pick := func(of []string) string { return of[random.IntN(len(of))] }
	values := map[lead.Field][]string{
		lead.Employees: {"250", "40", "9000", "1998", "77", "25", "2500", "50"}, lead.FoundedYear: {"1998", "1989", "2998", "1250"},
		lead.HQCountry: {"IT", "GB", "DE", "US", "FR"}, lead.HQCity: {"Milan", "Leeds", "Berlin", "Mil", "Rome"},
		lead.Technology: {"HubSpot", "Zendesk", "Salesforce", "Hub"}, lead.LegalName: {"Northwind S.r.l.", "Northwind Ltd", "Acme"},
		lead.Revenue: {"250 EUR", "1998 EUR", "40000000 USD"}, lead.Industry: {"software", "hospitality_travel", "fintech"},
	}
	tried, anchored := 0, 0
	for range runs {
		var claims []claim
		for field, all := range values {
			for range 8 {
				for _, quote := range []string{pick(lines), altered(random, pick(lines))} {
					claims = append(claims, claim{field, pick(all), "s1", quote, 1})
				}
			}
		}
		random.Shuffle(len(claims), func(i, j int) { claims[i], claims[j] = claims[j], claims[i] })
		m := &script{turns: turns(records(claims...))}
		m.reads = func(items []asked) (enrich.Turn, error) {
			var lies []reading
			for _, it := range items {
				lies = append(lies, reading{it.id, values[lead.Field(it.field)], counting[lead.Field(it.field)], "now"})
				if it.field == "employees" { // several values count for nothing
					lies[len(lies)-1].Values = []string{pick(values[lead.Employees])}
				}
			}
			return readings(append(lies, reading{"q77", []string{"9000"}, "whole_company", "now"})...), nil
		}
		tried += min(len(claims), 60) // of one answer
		p, err := enricher(t, options(onePage(about), m)).Enrich(t.Context(), "", site)
		if err != nil {
			t.Fatal(err)
		}
		for _, f := range p.Facts {
			if f.Status != lead.Verified && f.Status != lead.Conflicting {
				continue
			}
			for _, ev := range f.Evidence {
				value := f.Value
				if ev.Value != "" {
					value = ev.Value
				}
				_, stands, own := evidence.NewText(about).Find(ev.Quote)
				anchor, ok := evidence.Anchor(f.Field, value, ev.Quote)
				if !stands || !own || !ok || anchor == lead.AnchorNone && f.Field != lead.Industry {
					t.Fatalf("%s %s is %s by %q (anchor %q)", f.Field, value, f.Status, ev.Quote, anchor)
				}
				anchored++
			}
		}
	}
	if tried < 100_000 && !testing.Short() || anchored == 0 {
		t.Errorf("%d claims were tried, %d stood", tried, anchored)
	}
}

func altered(random *rand.Rand, quote string) string {
	words := strings.Fields(quote)
	i := random.IntN(len(words))
	switch random.IntN(3) {
	case 0:
		words[i] = "never"
	case 1:
		words = append(words[:i], append([]string{"not"}, words[i:]...)...)
	default:
		words[i] += "x"
	}
	return strings.Join(words, " ")
}

// What structured data states is not read again; a text that says otherwise is, and
// disagrees unless it speaks of the past.
func TestStructuredDataComesFirst(t *testing.T) {
	p := page.Page{URL: "https://northwind.example/", Site: "Northwind", Text: "We employ 250 people.\nWe employ 20 people.\nIn 2019 we were 90 people.",
		Stated: []page.Statement{{Field: lead.Employees, Value: "250", Quote: `"numberOfEmployees":250`, By: page.ByJSONLD}}}
	for _, c := range []struct {
		claim claim
		when  string
		want  string // of the field
		asked int
	}{
		{claim{lead.Employees, "250", "s1", "We employ 250 people.", 1}, "now", "verified", 0},
		{claim{lead.Employees, "20", "s1", "We employ 20 people.", 1}, "now", "conflicting", 1},
		{claim{lead.Employees, "90", "s1", "In 2019 we were 90 people.", 1}, "past", "verified", 1},
		{claim{lead.Employees, "90", "s1", "In 2019 we were 90 people.", 1}, "dated", "verified", 1},
	} {
		m := &script{turns: turns(records(c.claim))}
		m.reads = func(items []asked) (enrich.Turn, error) {
			return readings(reading{items[0].id, []string{c.claim.Value}, "whole_company", c.when}), nil
		}
		got, err := enricher(t, options(&shelf{site: []page.Page{p}}, m)).Enrich(t.Context(), "", site)
		if err != nil || string(got.Facts[0].Status) != c.want || c.want == "verified" && got.Facts[0].Value != "250" || len(m.second) != c.asked {
			t.Errorf("%s, %s: %+v, %v, %d second readings", c.claim.Value, c.when, got.Facts, err, len(m.second))
		}
		if c.asked == 1 && !strings.Contains(m.second[0].User, `company="Northwind"`) {
			t.Errorf("the company is not called as its home page calls it: %s", m.second[0].User)
		}
	}
}
