package intake

import (
	"strings"
	"testing"
)

// The duplicate key is the company domain of the e-mail, the full address where
// that names none, and without an e-mail the domain as given (SPEC section 1).
func TestParseLeadKey(t *testing.T) {
	for name, tc := range map[string]struct{ who, key, domain string }{
		"e-mail":                        {`"contact":{"email":"Jane@Mail.Northwind.Example"}`, "northwind.example", "northwind.example"},
		"domain as given":               {`"company":{"domain":"https://www.Northwind.example/about"}`, "northwind.example", "northwind.example"},
		"e-mail and another domain":     {`"contact":{"email":"jane@fabrikam.example"},"company":{"domain":"northwind.example"}`, "fabrikam.example", "northwind.example"},
		"free-mail":                     {`"contact":{"email":"Jane.Doe@GMail.com"}`, "jane.doe@gmail.com", ""},
		"free-mail with a domain":       {`"contact":{"email":"jane@gmail.com"},"company":{"domain":"northwind.example"}`, "jane@gmail.com", "northwind.example"},
		"free-mail with a website":      {`"contact":{"email":"jane@gmail.com"},"company":{"website":"northwind.example/shop"}`, "jane@gmail.com", "northwind.example"},
		"free-mail and a platform":      {`"contact":{"email":"jane@gmail.com"},"company":{"domain":"linkedin.com","website":"https://www.linkedin.com/company/northwind"}`, "jane@gmail.com", ""},
		"free-mail as domain":           {`"contact":{"email":"jane@gmail.com"},"company":{"domain":"gmail.com"}`, "jane@gmail.com", ""},
		"somebody of a platform":        {`"contact":{"email":"jane@linkedin.com"}`, "linkedin.com", "linkedin.com"},
		"disposable":                    {`"contact":{"email":"x@mailinator.com"}`, "x@mailinator.com", ""},
		"e-mail with a platform's page": {`"contact":{"email":"jane@northwind.example"},"company":{"domain":"northwind.notion.site"}`, "northwind.example", "northwind.example"},
		"international":                 {`"contact":{"email":"jane@bücher.example"}`, "xn--bcher-kva.example", "xn--bcher-kva.example"},
		"second level suffix":           {`"contact":{"email":"jane@mail.northwind.co.uk"}`, "northwind.co.uk", "northwind.co.uk"},
	} {
		t.Run(name, func(t *testing.T) {
			raw := `{"partner":{"id":"OPEN","tier":"Any"},"referred_on":"2026-11-20",` + tc.who + `}`
			got, faults := ParseLead([]byte(raw), acme, noon)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			if got.Key != tc.key+"|open" || got.Company.Domain != tc.domain {
				t.Errorf("key %q, domain %q; want %q, %q", got.Key, got.Company.Domain, tc.key+"|open", tc.domain)
			}
		})
	}
}

func TestParseLeadWithNothingThatNamesACompany(t *testing.T) {
	for company, want := range map[string]Fault{
		`{"domain":"northwind.wixsite.com"}`:                                        {"company.domain", "names no company"},
		`{"domain":"northwind.wixsite.com","website":"https://northwind.example/"}`: {"company.domain", "names no company"},
		`{"website":"https://northwind.example/"}`:                                  {"contact.email", "company.domain is required"},
	} {
		raw := `{"partner":{"id":"open","tier":"any"},"referred_on":"2026-11-20","company":` + company + `}`
		_, faults := ParseLead([]byte(raw), acme, noon)
		if len(faults) != 1 || faults[0].Location != want.Location || !strings.Contains(faults[0].Message, want.Message) {
			t.Errorf("%s: %v", company, faults)
		}
	}
}
