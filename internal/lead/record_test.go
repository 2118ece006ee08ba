package lead_test

import (
	"encoding/json"
	"strings"
	"testing"

	"leadtriage/internal/lead"
)

// What the contract shows is there, also when there is nothing in it: its readers
// index and iterate without asking.
func TestRecordLeavesNothingOut(t *testing.T) {
	c := lead.NewCase(lead.Incoming{Submission: lead.Submission{Company: lead.Company{Domain: "northwind.example", Employees: "250"}}, By: "crm"}, noon)
	c.Lead.Facts = append(c.Lead.GivenFacts(), lead.Fact{Field: lead.HQCountry, Evidence: []lead.Evidence{{Value: "IT"}}})
	c.Note("leadtriage", "deadline_passed", "")
	d := lead.Dossier{Lead: c.Lead, History: c.Notes}
	text, err := json.Marshal(d.Record())
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"evidence":[]`, `"evidence":[{"url":"","quote":"","value":"IT"}]`, `"action":"deadline_passed","detail":""`, `"touchpoints":[]`, `"events":[]`, `"signals":[]`, `"flags":[]`, `"effects":[]`, `"score":null`, `"review":null`} {
		if !strings.Contains(string(text), want) {
			t.Errorf("no %s in %s", want, text)
		}
	}
}
