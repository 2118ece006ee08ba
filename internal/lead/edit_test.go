package lead_test

import (
	"errors"
	"slices"
	"testing"

	"leadtriage/internal/lead"
)

func TestAnEditStandsAboveWhatWasSentAndFound(t *testing.T) {
	c := lead.NewCase(lead.Incoming{Submission: lead.Submission{Company: lead.Company{Employees: "100", Country: "IT", Technologies: []string{"Jira"}}}}, noon)
	c.Lead.Stage = lead.Enriched
	if err := c.OpenReview("C0REVIEW"); err != nil {
		t.Fatal(err)
	}
	c.Lead.Found = []lead.Fact{{Field: lead.Employees, Value: "120"}, {Field: lead.Industry, Value: "software"}}
	say := func(by string, fields []lead.Field, facts ...lead.Fact) {
		t.Helper()
		if err := c.Edit(lead.Edit{ReviewID: c.Review().ID, By: by, Fields: fields, Facts: facts}); err != nil {
			t.Fatal(err)
		}
	}
	values := func(facts []lead.Fact) (all []string) {
		for _, f := range facts {
			all = append(all, string(f.Field)+" "+f.Value+" "+f.By)
		}
		return all
	}
	say("U0ADA", []lead.Field{lead.Employees, lead.Technology}, lead.Fact{Field: lead.Employees, Value: "300"}, lead.Fact{Field: lead.Technology, Value: "HubSpot"})
	say("U0BOB", []lead.Field{lead.Employees}, lead.Fact{Field: lead.Employees, Value: "350"})
	if got, want := values(c.Lead.GivenFacts()), []string{"technology HubSpot U0ADA", "employees 350 U0BOB", "hq_country IT given"}; !slices.Equal(got, want) {
		t.Errorf("given %v, want %v", got, want)
	}
	if got := values(c.Lead.FoundFacts()); !slices.Equal(got, []string{"industry software "}) || len(c.Lead.Found) != 2 {
		t.Errorf("found %v", got)
	}
	say("U0ADA", []lead.Field{lead.Employees, lead.Technology}) // taken back
	if got, want := values(c.Lead.GivenFacts()), []string{"employees 100 given", "hq_country IT given", "technology Jira given"}; !slices.Equal(got, want) {
		t.Errorf("given %v, want %v", got, want)
	}

	if err := c.Decide(lead.DecisionInput{Decision: lead.Reject, By: "U0ADA"}); err != nil {
		t.Fatal(err)
	}
	if err := c.Edit(lead.Edit{ReviewID: c.Review().ID, By: "U0ADA", Fields: []lead.Field{lead.Employees}}); !errors.Is(err, lead.ErrDecided) {
		t.Errorf("an edit after the decision is %v", err)
	}
	if err := c.Edit(lead.Edit{ReviewID: "another", By: "U0ADA"}); !errors.Is(err, lead.ErrStaleReview) {
		t.Errorf("an edit of another round is %v", err)
	}
}
