package lead

import (
	"slices"
	"testing"
	"time"
)

// What a CRM says is recorded once, however often and with whatever date it says it; an id
// that has moved is kept; what was written of a person is forgotten with the person.
func TestWhatACRMSays(t *testing.T) {
	at := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	c := &Case{Now: at, Lead: Lead{ID: "lead1", Submission: Submission{Contact: Contact{Email: "jane@northwind.example", Name: "Jane Doe"}}}}
	ours := ContactIn("jane@northwind.example")
	c.SetInCRM("hubspot", InCRM{At: at}.With(ours, CRMObject{ID: "1", Wrote: map[string]string{"firstname": "Jane"}}).With("company", CRMObject{ID: "9"}))
	said := Heard{Lead: "lead1", Outcomes: []Outcome{{ID: "hubspot:contacted", Type: Contacted, At: at}}, Moved: map[string]string{ours: "2"}}
	for n := range 3 {
		said.Outcomes[0].At = at.Add(time.Duration(n) * time.Hour)
		if err := c.Hear("hubspot", said); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.Outcomes) != 1 || c.Outcomes[0].From != "hubspot" || !c.Outcomes[0].At.Equal(at) || len(c.Notes) != 1 {
		t.Errorf("outcomes are %+v, notes %v", c.Outcomes, c.Notes)
	}
	is := c.Lead.InCRM["hubspot"]
	if o := is.Objects[ours]; o.ID != "2" || o.Wrote["firstname"] != "Jane" {
		t.Errorf("the contact is %+v", o)
	}
	deal := Outcome{ID: "hubspot:7:closed", Type: ClosedWon, At: at, DealID: "hubspot:7", Amount: Money{Minor: 100, Digits: 2, Currency: "EUR"}}
	for _, minor := range []int64{100, 250} { // the amount was mended
		deal.Amount.Minor = minor
		if err := c.Hear("hubspot", Heard{Lead: "lead1", Outcomes: []Outcome{deal}}); err != nil {
			t.Fatal(err)
		}
	}
	if len(c.Outcomes) != 2 || !slices.ContainsFunc(c.Outcomes, func(o Outcome) bool { return o.Amount.Minor == 250 }) {
		t.Errorf("the deal is %+v", c.Outcomes)
	}
	if _, err := c.Erase(Person{Email: "jane@northwind.example", Names: []string{"Jane Doe"}}, "key:ops"); err != nil {
		t.Fatal(err)
	}
	if all := c.Lead.InCRM["hubspot"].Objects; len(all) != 1 || all["company"].ID != "9" {
		t.Errorf("after the erasure there are %+v", all)
	}
}
