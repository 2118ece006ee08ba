package company

import (
	"reflect"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"leadtriage/internal/lead"
)

func page(quote string) lead.Evidence {
	return lead.Evidence{URL: "https://northwind.example/about", Quote: quote}
}

func states(value string, e lead.Evidence) lead.Evidence {
	e.Value = value
	return e
}

func fact(f lead.Field, value string, s lead.FactStatus, confidence float64, by string, e ...lead.Evidence) lead.Fact {
	return lead.Fact{Field: f, Value: value, Status: s, Confidence: confidence, By: by, Evidence: e}
}

func TestSettle(t *testing.T) {
	const (
		verified, unverified, givenStatus, conflicting = lead.Verified, lead.Unverified, lead.Given, lead.Conflicting
	)
	crm := lead.Evidence{Quote: "given by crm"}
	team := page("our team of 250")
	for name, c := range map[string]struct{ given, found, want []lead.Fact }{
		"nothing": {},
		"given alone": {
			given: []lead.Fact{fact(lead.Employees, "250", givenStatus, 1, "crm")},
			want:  []lead.Fact{fact(lead.Employees, "250", givenStatus, 1, "crm")},
		},
		"found alone": {
			found: []lead.Fact{fact(lead.Employees, "250", verified, .9, "model", team)},
			want:  []lead.Fact{fact(lead.Employees, "250", verified, .9, "model", team)},
		},
		"equal": {
			given: []lead.Fact{fact(lead.Employees, "250", givenStatus, 1, "crm")},
			found: []lead.Fact{fact(lead.Employees, "250", verified, .9, "model", team)},
			want:  []lead.Fact{fact(lead.Employees, "250", verified, 1, "model", team)},
		},
		"agreeing, in other words": {
			given: []lead.Fact{fact(lead.Employees, "201-500", givenStatus, .5, "crm")},
			found: []lead.Fact{fact(lead.Employees, "250", verified, .9, "model", team)},
			want:  []lead.Fact{fact(lead.Employees, "250", verified, .9, "model", team, states("201-500", crm))},
		},
		"disagreeing": {
			given: []lead.Fact{fact(lead.Employees, "2000", givenStatus, 1, "crm")},
			found: []lead.Fact{fact(lead.Employees, "250", verified, .9, "model", team)},
			want:  []lead.Fact{fact(lead.Employees, "250", conflicting, .9, "model", states("250", team), states("2000", crm))},
		},
		"disagreeing, without a page": {
			given: []lead.Fact{fact(lead.HQCountry, "DE", givenStatus, 1, "")},
			found: []lead.Fact{fact(lead.HQCountry, "IT", verified, .9, "model")},
			want:  []lead.Fact{fact(lead.HQCountry, "IT", conflicting, .9, "model", lead.Evidence{Quote: "found by model", Value: "IT"}, lead.Evidence{Quote: "as sent", Value: "DE"})},
		},
		"given and another unverified": {
			given: []lead.Fact{fact(lead.Employees, "2000", givenStatus, 1, "crm")},
			found: []lead.Fact{fact(lead.Employees, "250", unverified, .9, "model", team)},
			want: []lead.Fact{fact(lead.Employees, "2000", givenStatus, 1, "crm"),
				fact(lead.Employees, "250", unverified, .9, "model", team)},
		},
		"given and the same unverified": {
			given: []lead.Fact{fact(lead.Employees, "250", givenStatus, 1, "crm")},
			found: []lead.Fact{fact(lead.Employees, "250", unverified, .9, "model", team)},
			want:  []lead.Fact{fact(lead.Employees, "250", givenStatus, 1, "crm")},
		},
		"an unlabelled finding earns nothing": {
			found: []lead.Fact{fact(lead.Employees, "250", "", .9, "model")},
			want:  []lead.Fact{fact(lead.Employees, "250", unverified, .9, "model")},
		},
		"a given fact is no more than given": {
			given: []lead.Fact{fact(lead.Employees, "250", verified, 1, "crm", team)},
			want:  []lead.Fact{fact(lead.Employees, "250", givenStatus, 1, "crm", team)},
		},
		"pages agree": {
			found: []lead.Fact{fact(lead.Employees, "250", verified, .8, "model", team), fact(lead.Employees, "200-300", verified, .9, "model", page("200 to 300"))},
			want:  []lead.Fact{fact(lead.Employees, "200-300", verified, .9, "model", page("200 to 300"), states("250", team))},
		},
		"pages disagree": {
			given: []lead.Fact{fact(lead.Employees, "250", givenStatus, 1, "crm")},
			found: []lead.Fact{fact(lead.Employees, "250", verified, .8, "model", team), fact(lead.Employees, "900", verified, .9, "model", page("900 of us"))},
			want:  []lead.Fact{fact(lead.Employees, "900", conflicting, .9, "model", states("900", page("900 of us")), states("250", team), states("250", crm))},
		},
		"a conflict stays one": {
			given: []lead.Fact{fact(lead.Employees, "250", givenStatus, 1, "crm")},
			found: []lead.Fact{fact(lead.Employees, "250", conflicting, .8, "model", team)},
			want:  []lead.Fact{fact(lead.Employees, "250", conflicting, .8, "model", states("250", team), states("250", crm))},
		},
		"the newer revenue": {
			found: []lead.Fact{fact(lead.Revenue, "100 USD 2019", verified, .9, "model", page("2019")), fact(lead.Revenue, "300 USD 2024", verified, .8, "model", page("2024"))},
			want:  []lead.Fact{fact(lead.Revenue, "300 USD 2024", verified, .9, "model", page("2024"), states("100 USD 2019", page("2019")))},
		},
		"descriptions do not conflict": {
			given: []lead.Fact{fact(lead.Description, "Sells things", givenStatus, 1, "crm")},
			found: []lead.Fact{fact(lead.Description, "Billing for hauliers", verified, .9, "model", page("billing"))},
			want:  []lead.Fact{fact(lead.Description, "Billing for hauliers", verified, .9, "model", page("billing")), fact(lead.Description, "Sells things", givenStatus, 1, "crm")},
		},
		"technologies add up": {
			given: []lead.Fact{fact(lead.Technology, "hubspot crm", givenStatus, 1, "crm"), fact(lead.Technology, "Stripe", givenStatus, 1, "crm")},
			found: []lead.Fact{fact(lead.Technology, "Zendesk", unverified, .4, "model"), fact(lead.Technology, "HubSpot", verified, 1, "fingerprint", page("hs-scripts")),
				fact(lead.Technology, "HubSpot", verified, .7, "model", page("we use HubSpot")), fact(lead.Technology, "Stripe", unverified, .4, "model")},
			want: []lead.Fact{fact(lead.Technology, "HubSpot", verified, 1, "fingerprint", page("hs-scripts"), page("we use HubSpot")),
				fact(lead.Technology, "Stripe", givenStatus, 1, "crm"), fact(lead.Technology, "Zendesk", unverified, .4, "model")},
		},
		"order of the fields": {
			given: []lead.Fact{fact(lead.Technology, "Stripe", givenStatus, 1, ""), fact(lead.HQCountry, "IT", givenStatus, 1, ""), fact("shoe_size", "42", givenStatus, 1, "")},
			found: []lead.Fact{fact(lead.LegalName, "Northwind Srl", verified, 1, "")},
			want: []lead.Fact{fact(lead.LegalName, "Northwind Srl", verified, 1, ""), fact(lead.HQCountry, "IT", givenStatus, 1, ""),
				fact(lead.Technology, "Stripe", givenStatus, 1, ""), fact("shoe_size", "42", givenStatus, 1, "")},
		},
	} {
		t.Run(name, func(t *testing.T) {
			if got := Settle(c.given, c.found); !reflect.DeepEqual(got, c.want) {
				t.Errorf("got\n%+v\nwant\n%+v", got, c.want)
			}
		})
	}
}

func TestSettleSharesNothing(t *testing.T) {
	room := append(make([]lead.Evidence, 0, 8), page("a"))
	found := []lead.Fact{
		fact(lead.HQCity, "Milano", lead.Unverified, .5, "a", room...),
		fact(lead.HQCity, "Milano", lead.Unverified, .5, "b", page("b")),
	}
	found[0].Evidence = room
	got := Settle(nil, found)
	got[0].Evidence[0].Quote = "changed"
	if room[0].Quote != "a" || room[:2][1].Quote != "" {
		t.Errorf("the caller's evidence is now %+v", room[:2])
	}
}

func TestSettleTakesTheSameAuthorInAnyOrder(t *testing.T) {
	a, b := fact(lead.HQCity, "Milano", lead.Verified, .5, "a"), fact(lead.HQCity, "Milano", lead.Verified, .5, "b")
	for _, found := range [][]lead.Fact{{a, b}, {b, a}} {
		if got := Settle(nil, found); len(got) != 1 || got[0].By != "a" {
			t.Errorf("%+v", got)
		}
	}
}

var someFacts = rapid.Custom(func(t *rapid.T) lead.Fact {
	field := rapid.SampledFrom([]lead.Field{lead.Employees, lead.Revenue, lead.LegalName, lead.HQCity, lead.HQCountry, lead.Technology, lead.Description}).Draw(t, "field")
	values := map[lead.Field][]string{
		lead.Employees: {"250", "240", "300", "201-500", "51-200", "500+", "lots"}, lead.Revenue: {"100 USD", "105 USD", "100 EUR", "300 USD 2024", "100 USD 2019"},
		lead.LegalName: {"Northwind", "NORTHWIND", "Northwind GmbH", "Southwind"}, lead.HQCity: {"Milano", "Milan", "Monza"}, lead.HQCountry: {"IT", "DE"},
		lead.Technology: {"HubSpot", "hubspot crm", "Stripe"}, lead.Description: {"billing", "Billing!", "hauling"},
	}[field]
	f := lead.Fact{
		Field: field, Value: rapid.SampledFrom(values).Draw(t, "value"),
		Status:     rapid.SampledFrom([]lead.FactStatus{lead.Verified, lead.Verified, lead.Unverified, lead.Conflicting}).Draw(t, "status"),
		Confidence: rapid.SampledFrom([]float64{0, .5, 1}).Draw(t, "confidence"),
		By:         rapid.SampledFrom([]string{"", "model", "crm"}).Draw(t, "by"),
	}
	least := 1 // what is said of a page has one
	if f.Status == lead.Unverified {
		least = 0
	}
	for range rapid.IntRange(least, 2).Draw(t, "evidence") {
		e := page(rapid.SampledFrom([]string{"a", "b", "c"}).Draw(t, "quote"))
		if f.Status == lead.Conflicting {
			e.Value = rapid.SampledFrom(values).Draw(t, "states")
		}
		f.Evidence = append(f.Evidence, e)
	}
	return f
})

func TestSettleHolds(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		given := rapid.SliceOfN(someFacts, 0, 4).Draw(t, "given")
		found := rapid.SliceOfN(someFacts, 0, 6).Draw(t, "found")
		givenBefore, foundBefore := deep(given), deep(found)
		got := Settle(given, found)

		if !reflect.DeepEqual(given, givenBefore) || !reflect.DeepEqual(found, foundBefore) {
			t.Fatal("the inputs were changed")
		}
		if other := Settle(rapid.Permutation(given).Draw(t, "given again"), rapid.Permutation(found).Draw(t, "found again")); !reflect.DeepEqual(got, other) {
			t.Fatalf("another order gives\n%+v\ninstead of\n%+v", other, got)
		}
		if again := Settle(nil, got); !reflect.DeepEqual(got, again) {
			t.Fatalf("settled again:\n%+v\ninstead of\n%+v", again, got)
		}
		if again := Settle(given, got); !reflect.DeepEqual(got, again) {
			t.Fatalf("given again:\n%+v\ninstead of\n%+v", again, got)
		}
		if cached := Settle(given, Settle(nil, found)); !slices.EqualFunc(got, cached, alike) {
			t.Fatalf("with the findings settled before:\n%+v\ninstead of\n%+v", cached, got)
		}
		single := map[lead.Field]int{}
		for _, f := range got {
			if f.Status != lead.Unverified && !many(f.Field) {
				single[f.Field]++
			}
			if f.Status == lead.Conflicting && f.Earns() {
				t.Fatal("a conflict earns")
			}
		}
		for field, n := range single {
			if n > 1 {
				t.Fatalf("%d facts of %s", n, field)
			}
		}
		for _, in := range slices.Concat(given, found) {
			if !told(got, in) {
				t.Fatalf("%+v is lost in\n%+v", in, got)
			}
			if in.Status != lead.Unverified && !quoted(got, in) {
				t.Fatalf("the evidence of %+v is lost in\n%+v", in, got)
			}
		}
	})
}

// alike reports whether two facts say the same. Of two spellings of a value, a
// list settled twice may have kept one only, and of their confidences the higher.
func alike(a, b lead.Fact) bool {
	return a.Field == b.Field && a.Value == b.Value && a.Status == b.Status
}

// told reports whether the value is still stated.
func told(facts []lead.Fact, in lead.Fact) bool {
	return slices.ContainsFunc(facts, func(f lead.Fact) bool {
		return f.Field == in.Field && slices.ContainsFunc(values(f), func(v string) bool { return Same(f.Field, v, in.Value) })
	})
}

// quoted reports whether every quote still stands with a fact of the field.
func quoted(facts []lead.Fact, in lead.Fact) bool {
	return !slices.ContainsFunc(in.Evidence, func(e lead.Evidence) bool {
		return !slices.ContainsFunc(facts, func(f lead.Fact) bool {
			return f.Field == in.Field && slices.ContainsFunc(f.Evidence, func(o lead.Evidence) bool { return o.URL == e.URL && o.Quote == e.Quote })
		})
	})
}

func deep(facts []lead.Fact) []lead.Fact {
	out := slices.Clone(facts)
	for i := range out {
		out[i].Evidence = slices.Clone(out[i].Evidence)
	}
	return out
}
