package config_test

import (
	"fmt"
	"strings"
	"testing"

	"leadtriage/config"
)

const goodSource = `sources:
  - name: form
    signature: {kind: shared_key, secret_env: FORM_KEY}
    map: {partner.id: partner, partner.tier: {value: gold}, referred_on: {default: now}, contact.email: email}
`

func TestSourceFaults(t *testing.T) {
	for name, tc := range map[string]struct{ text, want string }{
		"name":             {strings.Replace(goodSource, "form", "Form!", 1), `:2:11: sources[0].name: a source needs a name of small letters`},
		"twice":            {goodSource + goodSource[len("sources:\n"):], `:5:11: sources[1].name: the source "form" is listed twice`},
		"secret in file":   {strings.Replace(goodSource, "FORM_KEY", "s3cr3t", 1), `:3:47: sources[0].signature.secret_env: write the name of an environment variable`},
		"kind":             {strings.Replace(goodSource, "shared_key", "md5", 1), `:3:23: sources[0].signature.kind: "md5" is not known here; write hubspot_v3`},
		"no url":           {strings.Replace(goodSource, "shared_key", "hubspot_v3", 1), `:3:5: sources[0].signature: write the address that HubSpot calls`},
		"field":            {strings.Replace(goodSource, "contact.email", "contact.emial", 1), `:4:105: sources[0].map.contact.emial: "contact.emial" is not a field of a lead; did you mean contact.email?`},
		"mandatory":        {strings.Replace(goodSource, "partner.tier: {value: gold}, ", "", 1), `:4:5: sources[0].map: every lead needs partner.tier`},
		"no way to know":   {strings.Replace(goodSource, "contact.email: email", "company.website: site", 1), `:4:5: sources[0].map: every lead needs contact.email or company.domain; say where`},
		"path":             {strings.Replace(goodSource, "email}", "a..b}", 1), `:4:105: sources[0].map.contact.email: "a..b" is not a path`},
		"time":             {strings.Replace(goodSource, "{default: now}", "{path: d, time: epoch}", 1), `referred_on.time: "epoch" is not a way to write times`},
		"zone":             {strings.Replace(goodSource, "{default: now}", "{path: d, zone: Rome}", 1), `referred_on.zone: "Rome" is not a time zone`},
		"time of no time":  {strings.Replace(goodSource, "contact.email: email", "contact.email: {path: email, time: iso}", 1), `contact.email.time: contact.email is not a time`},
		"value and path":   {strings.Replace(goodSource, "{value: gold}", "{value: gold, path: x}", 1), `partner.tier.value: a value stands for itself`},
		"join of one":      {strings.Replace(goodSource, "{value: gold}", "{path: x, join: y}", 1), `partner.tier.join: join stands between`},
		"split of one":     {strings.Replace(goodSource, "{value: gold}", "{path: x, split: y}", 1), `partner.tier.split: only company.technologies takes several`},
		"unknown source":   {strings.Replace(goodSource, "contact.email", "source: {value: fair}, contact.email", 1), `source.value: "fair" is not a source of leads; known: partner_referral`},
		"word as path":     {goodSource + "    events: [{type: demo_request, at: when}]\n", `:5:21: sources[0].events[0].type: this is read as a path in the body; for the word itself write {value: demo_request}`},
		"event without at": {goodSource + "    events: [{type: {value: demo_request}}]\n", `sources[0].events[0]: say where at stands in the body`},
		"unknown key":      {goodSource + "    evnts: []\n", `unknown key "evnts"; did you mean events?`},
		"signal":           {goodSource + "    signals: [{type: {value: friend}, at: when}]\n", `"friend" is not a signal; known: partner_referral`},
		"require":          {goodSource + "    require: [contact.mail]\n", `:5:15: sources[0].require[0]: "contact.mail" is not a field of a lead; did you mean contact.email?`},
		"intake source":    {"intake: {require: {fair: [contact.email]}}\n", `:1:20: intake.require.fair: "fair" is not a source of leads`},
		"intake field":     {"intake: {require: {event_list: [emails]}}\n", `intake.require.event_list[0]: "emails" is not a field of a lead; known: partner.id`},
	} {
		c, err := config.Load(file(t, tc.text), nil)
		if err == nil || !strings.Contains(err.Error(), tc.want) || strings.Contains(fmt.Sprint(err, c.LackingSecrets()), "s3cr3t") {
			t.Errorf("%s: %v, %v\nwant %s", name, err, c.LackingSecrets(), tc.want)
		}
	}
}

// What does not matter beside a mistake is no fault of its own.
func TestOneMistakeIsOneFault(t *testing.T) {
	for text, want := range map[string]string{
		strings.Replace(goodSource, "kind: shared_key", "kind: md5, url: x", 1): `"md5" is not known here`,
		"enrichment: {company_ttl: {shoes: []}}\n":                              `expected a duration such as 90s, 15m or 720h, found a list|"shoes" is not a fact; known: default`,
		"review: {digest: [x]}\n":                                               "expected text, found a list",
		"enrichment: {providers: [{name: p, url: 'https://p.example/{domain}', map: {revenue: r}, header_env: {Y: }}]}\n": "write the name of an",
		"enrichment: {providers: [{name: p, url: 'https://p.example/{domain}', map: {revenue: }}]}\n":                     `"" is not a path`,
	} {
		_, err := config.Load(file(t, text), nil)
		faults := strings.Split(fmt.Sprint(err), "\n")
		for i, part := range strings.Split(want, "|") {
			if i >= len(faults) || !strings.Contains(faults[i], part) || len(faults) != 1+strings.Count(want, "|") {
				t.Errorf("%s: %v\nwant %s alone", text, err, want)
			}
		}
	}
}

func TestSourceSecrets(t *testing.T) {
	c := load(t, goodSource)
	if faults := c.LackingSecrets(); len(faults) != 1 || !strings.Contains(faults[0].Error(), "FORM_KEY_FILE") {
		t.Errorf("%v", faults)
	}
	c = load(t, goodSource, "FORM_KEY_FILE="+file(t, "hush\n"))
	if c.LackingSecrets() != nil || c.Sources[0].Signature.Secret.Reveal() != "hush" {
		t.Error("the secret's file is not read")
	}
	text, err := c.Print()
	if err != nil || strings.Contains(text, "hush") || !strings.Contains(text, "#   FORM_KEY=***") {
		t.Errorf("%v\n%s", err, text)
	}
	again := load(t, text, "FORM_KEY=hush")
	if got, want := again.Sources[0].Map["contact.email"].Path[0], "email"; got != want || len(again.Sources[0].Map) != 4 {
		t.Errorf("printed and read again: %+v", again.Sources)
	}
	if _, err := config.Load(file(t, strings.Replace(goodSource, "shared_key", "standard_webhooks", 1)), []string{"FORM_KEY=hush"}); err == nil || !strings.Contains(err.Error(), "whsec_") {
		t.Errorf("%v", err)
	}
}
