package score

import (
	"testing"
	"time"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// FuzzCondition: what compiles runs on any lead, and never holds together with
// its contrary; on a lead whose facts are all in and all known one of the two holds.
func FuzzCondition(f *testing.F) {
	for _, s := range []string{
		`employees > 50 and industry == "software"`, `not known(hq_city) or status.employees != "given"`, `any(events, .type == "demo_request" and .days < 3)`,
		`count(touchpoints, .owner == "partner") * 2 > len(technologies) - 1`, `!(hq_country in ["IT"]) && revenue / 0 > 1`, `crm.x + notes == "" or contact.title matches "^V"`,
		`all(technologies, # startsWith upper("h"))`, `score.icp == 3`, `known(`, `((`, `employees..5`, `let a = 1; a`, "\"\\u00e8\" == notes", `# > 1`, `.x`, `{}`, `[]`, `0 in [employees]`,
	} {
		f.Add(s)
	}
	now := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	m := &Model{}
	empty := &lead.Lead{Enrichment: lead.Enrichment{State: lead.EnrichmentDone}}
	full := &lead.Lead{Submission: lead.Submission{Events: []lead.Event{{Type: "demo_request", At: now}}, Touchpoints: []lead.Touchpoint{{Type: "x", At: now}},
		Contact: lead.Contact{Title: "VP"}, CRM: map[string]string{"x": "y"}}}
	for field, value := range map[lead.Field]string{lead.LegalName: "N", lead.Industry: "software", lead.Employees: "51-200", lead.HQCountry: "IT", lead.HQCity: "Trento",
		lead.FoundedYear: "2009", lead.Revenue: "5 USD 1998", lead.BusinessModel: "B2B", lead.Technology: "HubSpot", lead.Description: "d"} {
		full.Facts = append(full.Facts, lead.Fact{Field: field, Value: value, Status: lead.Verified})
	}
	f.Fuzz(func(t *testing.T, text string) {
		c, faults := compileCondition(strict.Node{}, text, false, Vocabulary{})
		if (c == nil) == (len(faults) == 0) {
			t.Fatalf("%q: %v, %v", text, c, faults)
		}
		if c == nil {
			return
		}
		contrary, faults := compileCondition(strict.Node{}, "not ("+text+")", false, Vocabulary{})
		if contrary == nil {
			return // a comment at its end, or the bounds
		}
		for _, l := range []*lead.Lead{empty, full} {
			e := m.newEnvironment(l)
			behave(e, l, evidence{}, &lead.Score{}, now)
			yes, no := c.holds(e), contrary.holds(e)
			if yes && no || !yes && !no && l == full {
				t.Errorf("%q: %v, its contrary: %v (%v)", text, yes, no, faults)
			}
		}
	})
}
