package company

import (
	"strings"
	"testing"

	"pgregory.net/rapid"
)

func TestTechnology(t *testing.T) {
	for in, want := range map[string]string{
		"hubspot": "HubSpot", "HubSpot CRM": "HubSpot", "Hub Spot": "HubSpot", "HUBSPOT-MARKETING-HUB": "HubSpot", "salesforce.com": "Salesforce", "SFDC": "Salesforce",
		"pardot": "Pardot", "Dynamics CRM": "Microsoft Dynamics 365", "zoho crm": "Zoho CRM", "woo commerce": "WooCommerce", "Adobe Commerce": "Magento", "GA4": "Google Analytics",
		"gtm": "Google Tag Manager", "Amazon Web Services": "AWS", "aws": "AWS", "wordpress.org": "WordPress", "nextjs": "Next.js",
		"  Our own\tCRM ": "Our own CRM", "": "", "!!": "!!", "C++": "C++",
	} {
		if got := Technology(in); got != want {
			t.Errorf("Technology(%q) = %q; want %q", in, got, want)
		}
	}
}

func TestTechnologyData(t *testing.T) {
	owner := map[string]string{}
	for line := range strings.Lines(technologiesText) {
		name, aliases, ok := strings.Cut(strings.TrimSpace(line), ":")
		if !ok || line[0] == '#' {
			continue
		}
		for _, n := range append(strings.Split(aliases, ";"), name) {
			if k := squeeze(n); k != "" && owner[k] != "" && owner[k] != name {
				t.Errorf("%q is both %s and %s", n, owner[k], name)
			} else {
				owner[k] = name
			}
		}
	}
	if len(technologies()) < 80 {
		t.Errorf("only %d names", len(technologies()))
	}
}

func TestTechnologyTwice(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		once := Technology(rapid.String().Draw(t, "name"))
		if twice := Technology(once); twice != once {
			t.Fatalf("%q, then %q", once, twice)
		}
	})
}
