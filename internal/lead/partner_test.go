package lead

import "testing"

// What a partner answered about somebody goes with them; that it answered stays.
func TestErasureTakesAnswers(t *testing.T) {
	c := &Case{Lead: Lead{ID: "01", Answers: []PartnerAnswer{{ID: "a", Question: "who", Words: "she decides"}}}}
	c.Lead.Contact = Contact{Email: "jane@northwind.example"}
	if done, err := c.Erase(Person{Email: "jane@northwind.example"}, "operator"); !done || err != nil {
		t.Fatal(done, err)
	}
	if a := c.Lead.Answers; len(a) != 1 || a[0].Words != "" || a[0].Question != "who" {
		t.Errorf("answers %+v", a)
	}
}

// The claim is the first partner's whose lead was not turned down; after its end another's.
func TestClaimOf(t *testing.T) {
	l := &Lead{ID: "02", Stage: AwaitingReview}
	l.Partner.ID, l.Company.Domain, l.ReferredOn = "acme", "northwind.example", "2026-11-20"
	other := func(partner string, on Date, stage Stage) Conflict {
		return Conflict{LeadID: partner, Partner: partner, ReferredOn: on, Stage: stage}
	}
	const day = 24 * 60 * 60 * 1e9
	for name, tc := range map[string]struct {
		others []Conflict
		want   string
	}{
		"alone":         {nil, "acme 2026-11-20 2026-12-20"},
		"a later one":   {[]Conflict{other("b", "2026-11-25", Parked)}, "acme 2026-11-20 2026-12-20"},
		"an earlier":    {[]Conflict{other("b", "2026-11-01", Approved)}, "b 2026-11-01 2026-12-01"},
		"at its end":    {[]Conflict{other("b", "2026-10-21", Parked)}, "b 2026-10-21 2026-11-20"},
		"after its end": {[]Conflict{other("b", "2026-10-20", Parked)}, "acme 2026-11-20 2026-12-20"},
		"turned down":   {[]Conflict{other("b", "2026-11-01", Rejected)}, "acme 2026-11-20 2026-12-20"},
		"nobody's":      {[]Conflict{other(Direct, "2026-11-01", Approved)}, "acme 2026-11-20 2026-12-20"},
	} {
		c := ClaimOf(l, tc.others, 30*day)
		if c == nil || c.Partner+" "+string(c.Since)+" "+string(c.Until) != tc.want {
			t.Errorf("%s: %+v, want %s", name, c, tc.want)
		}
	}
	if ClaimOf(l, nil, 0) != nil {
		t.Error("a claim where there are none")
	}
}
