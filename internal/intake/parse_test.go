package intake

import (
	"encoding/json"
	"fmt"
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

var (
	noon  = time.Date(2026, 11, 21, 12, 0, 0, 0, time.UTC)
	acme  = Rules{Partners: []Partner{{ID: "acme-integrations", Tiers: []string{"gold", "silver"}}, {ID: "open"}}, ExtraEvents: []string{"roi_calculator"}}
	least = `{"partner":{"id":"acme-integrations","tier":"gold"},"referred_on":"2026-11-20","contact":{"email":"jane@northwind.example"}}`
)

// with returns the least lead with one member set to a JSON value, by path.
func with(t testing.TB, path, value string) string {
	t.Helper()
	var doc map[string]any
	if err := json.Unmarshal([]byte(least), &doc); err != nil {
		t.Fatal(err)
	}
	at, steps := doc, strings.Split(path, ".")
	for _, step := range steps[:len(steps)-1] {
		inner, ok := at[step].(map[string]any)
		if !ok {
			inner = map[string]any{}
			at[step] = inner
		}
		at = inner
	}
	if last := steps[len(steps)-1]; value == "" {
		delete(at, last)
	} else {
		at[last] = json.RawMessage(value)
	}
	out, err := json.Marshal(doc)
	if err != nil {
		t.Fatalf("%s = %s: %v", path, value, err)
	}
	return string(out)
}

func quoted(s string) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func locations(f Faults) []string {
	var at []string
	for _, fault := range f {
		at = append(at, fault.Location)
	}
	return at
}

func TestParseLeadOfTheContract(t *testing.T) {
	raw, err := os.ReadFile("examples/lead.json")
	if err != nil {
		t.Fatal(err)
	}
	got, faults := ParseLead(raw, acme, noon)
	if len(faults) > 0 {
		t.Fatal(faults)
	}
	if got.Key != "northwind.example|acme-integrations" {
		t.Errorf("key %q", got.Key)
	}
	c := got.Company
	if c.Domain != "northwind.example" || c.Employees != "250" || c.Industry != "software" || c.Country != "IT" || !slices.Equal(c.Technologies, []string{"HubSpot"}) {
		t.Errorf("company %+v", c)
	}
	if got.Source != lead.PartnerReferral || got.ReferredOn != "2026-11-20" || len(got.Events) != 2 || len(got.Signals) != 1 || len(got.Touchpoints) != 1 {
		t.Errorf("submission %+v", got.Submission)
	}
	if got.CRM["hubspot_contact_id"] != "501" || got.Locale != "en" || got.UTM.Campaign != "fall-webinar" {
		t.Errorf("submission %+v", got.Submission)
	}
	if want := time.Date(2026, 11, 2, 10, 0, 0, 0, time.UTC); !got.Touchpoints[0].At.Equal(want) {
		t.Errorf("touchpoint at %v", got.Touchpoints[0].At)
	}
}

// Browsers name apps and analytics name bare hosts as where somebody came from.
func TestParseLeadTakesAnyReferrer(t *testing.T) {
	for referrer, source := range map[string]lead.Source{
		"chatgpt.com":                         lead.AICitation,
		"www.Perplexity.ai/search?q=x":        lead.AICitation,
		"android-app://com.google.android.gm": lead.Backlink,
		"(direct)":                            lead.Backlink,
		"chatgpt.com.evil.example":            lead.Backlink,
	} {
		raw := `{"partner":{"id":"acme-integrations","tier":"gold"},"referred_on":"2026-11-20","contact":{"email":"jane@northwind.example"},"referrer":` + quoted(referrer) + `}`
		got, faults := ParseLead([]byte(raw), acme, noon)
		if len(faults) > 0 || got.Referrer != referrer || got.Source != source {
			t.Errorf("%s: %q from %s, faults %v", referrer, got.Referrer, got.Source, faults)
		}
	}
}

// Every case is one faulty field in an otherwise good lead, or the field that a
// whole faulty lead must name.
var badLeads = []struct {
	name, path, value string
	at                string // location named, the path if empty
	says              string // in the message
}{
	{"partner missing", "partner", ``, "partner.id", "required"},
	{"partner id missing", "partner.id", ``, "", "required"},
	{"partner id blank", "partner.id", `"  "`, "", "required"},
	{"partner id null", "partner.id", `null`, "", "required"},
	{"partner id charset", "partner.id", `"acme|x"`, "", "letters, digits"},
	{"partner id long", "partner.id", quoted(strings.Repeat("a", 101)), "", "at most 100"},
	{"partner unknown", "partner.id", `"stranger"`, "", "known are direct, acme-integrations, open"},
	{"partner is text", "partner", `"acme"`, "", "must be an object, not text"},
	{"tier missing", "partner.tier", ``, "", "one of gold, silver"},
	{"tier wrong", "partner.tier", `"platinum"`, "", "acme-integrations has gold, silver"},
	{"tier number", "partner.tier", `1`, "", "must be text, not a number"},
	{"partner typo", "partner.teir", `"gold"`, "", "partner takes id, tier, contact"},
	{"date missing", "referred_on", ``, "", "required"},
	{"date shape", "referred_on", `"20.11.2026"`, "", "YYYY-MM-DD"},
	{"date impossible", "referred_on", `"2026-02-30"`, "", "YYYY-MM-DD"},
	{"date with time", "referred_on", `"2026-11-20T00:00:00Z"`, "", "YYYY-MM-DD"},
	{"date in the future", "referred_on", `"2026-11-23"`, "", "future"},
	{"date of an unset clock", "referred_on", `"1970-01-01"`, "", "2000"},
	{"source", "source", `"carrier_pigeon"`, "", "partner_referral, integration"},
	{"email missing", "contact.email", ``, "", "company.domain is required"},
	{"contact null", "contact", `null`, "contact.email", "company.domain is required"},
	{"email shape", "contact.email", `"jane at northwind"`, "", "e-mail"},
	{"email with name", "contact.email", `"Jane <jane@northwind.example>"`, "", "bare"},
	{"email list", "contact.email", `"a@northwind.example,b@northwind.example"`, "", "bare"},
	{"email at localhost", "contact.email", `"jane@localhost"`, "", "public internet"},
	{"email at an address", "contact.email", `"jane@[127.0.0.1]"`, "", ""},
	{"email long", "contact.email", quoted(strings.Repeat("a", 250) + "@northwind.example"), "", "at most 254"},
	{"name long", "contact.name", quoted(strings.Repeat("ä", 10001)), "", "10001 characters"},
	{"contact unknown field", "contact.phone", `"1"`, "", "not a field"},
	{"domain", "company.domain", `"not a domain"`, "", "northwind.example"},
	{"domain is an address", "company.domain", `"10.0.0.1"`, "", "northwind.example"},
	{"domain is a suffix", "company.domain", `"co.uk"`, "", "northwind.example"},
	{"website scheme", "company.website", `"ftp://northwind.example"`, "", "web address"},
	{"website script", "company.website", `"javascript:alert(1)"`, "", "web address"},
	{"employees", "company.employees", `"many"`, "", "MIN-MAX"},
	{"employees negative", "company.employees", `-5`, "", "MIN-MAX"},
	{"employees half", "company.employees", `2.5`, "", "MIN-MAX"},
	{"employees bool", "company.employees", `true`, "", "must be a number or text"},
	{"industry", "company.industry", `"underwater basket weaving"`, "", "software"},
	{"country", "company.country", `"Atlantis"`, "", "ISO 3166"},
	{"technologies", "company.technologies", `"HubSpot"`, "", "must be a list"},
	{"technology", "company.technologies", `["HubSpot",7]`, "company.technologies[1]", "must be text"},
	{"technologies many", "company.technologies", "[" + strings.TrimSuffix(strings.Repeat(`"x",`, 51), ",") + "]", "", "at most 50"},
	{"utm", "utm.source", `7`, "", "must be text"},
	{"utm unknown", "utm.sourse", `"x"`, "", "utm takes source"},
	{"landing url", "landing_url", `"/pricing"`, "", "web address"},
	{"landing url with login", "landing_url", `"https://a:b@northwind.example/"`, "", "web address"},
	{"referrer", "referrer", quoted("https://northwind.example/" + strings.Repeat("a", 2048)), "", "at most 2048"},
	{"events", "events", `{}`, "", "must be a list"},
	{"event not an object", "events", `["demo_request"]`, "events[0]", "must be a JSON object"},
	{"event type", "events", `[{"type":"smile","at":"2026-11-18T09:00:00Z"}]`, "events[0].type", "roi_calculator"},
	{"event type missing", "events", `[{"at":"2026-11-18T09:00:00Z"}]`, "events[0].type", "required"},
	{"event time missing", "events", `[{"type":"demo_request"}]`, "events[0].at", "required"},
	{"event time without zone", "events", `[{"type":"demo_request","at":"2026-11-18T09:00:00"}]`, "events[0].at", "RFC 3339"},
	{"event in the future", "events", `[{"type":"demo_request","at":"2026-11-22T12:00:01Z"}]`, "events[0].at", "future"},
	{"event asset", "events", `[{"type":"demo_request","at":"2026-11-18T09:00:00Z","asset":"file:///etc/passwd"}]`, "events[0].asset", "web address"},
	{"event unknown field", "events", `[{"type":"demo_request","at":"2026-11-18T09:00:00Z","who":"x"}]`, "events[0].who", "not a field"},
	{"events many", "events", "[" + strings.TrimSuffix(strings.Repeat(`{},`, 201), ",") + "]", "", "at most 200"},
	{"signal type", "signals", `[{"type":"demo_request","at":"2026-11-18T09:00:00Z"}]`, "signals[0].type", "integration_active"},
	{"touchpoint owner", "touchpoints", `[{"type":"webinar","owner":"theirs","at":"2026-11-02T10:00:00Z"}]`, "touchpoints[0].owner", "owned, partner"},
	{"touchpoint type", "touchpoints", `[{"at":"2026-11-02T10:00:00Z"}]`, "touchpoints[0].type", "required"},
	{"touchpoint utm", "touchpoints", `[{"type":"webinar","at":"2026-11-02T10:00:00Z","utm":{"x":"y"}}]`, "touchpoints[0].utm.x", "not a field"},
	{"use case", "use_case", quoted(strings.Repeat("a", 2001)), "", "at most 2000"},
	{"notes", "notes", quoted(strings.Repeat("a", 10001)), "", "at most 10000"},
	{"crm list", "crm", `["1"]`, "", "must be an object"},
	{"crm nested", "crm.hubspot", `{"id":1}`, "", "must be text or a number"},
	{"crm name", "crm", `{" ":"1"}`, "crm. ", "not a name"},
	{"locale", "locale", `"klingon!"`, "", "language tag"},
	{"consent text", "consent", `"yes"`, "", "must be an object"},
	{"consent unknown", "consent.sms", `true`, "", "basis, partner_may_be_told, at"},
	{"consent maybe", "consent.partner_may_be_told", `"maybe"`, "", "true or false"},
	{"consent time", "consent.at", `"yesterday"`, "", "RFC 3339"},
	{"consent to come", "consent.at", `"2027-11-20"`, "", "in the future"},
	{"ga client id", "ga_client_id", quoted(strings.Repeat("1", 101)), "", "at most 100"},
	{"unknown", "score", `100`, "", "the body takes partner, referred_on"},
	{"case matters", "Source", `"website"`, "", "not a field"},
}

func TestParseLeadNamesTheFaultyField(t *testing.T) {
	for _, tc := range badLeads {
		t.Run(tc.name, func(t *testing.T) {
			incoming, faults := ParseLead([]byte(with(t, tc.path, tc.value)), acme, noon)
			at := tc.at
			if at == "" {
				at = tc.path
			}
			i := slices.Index(locations(faults), at)
			if i < 0 {
				t.Fatalf("faults %v do not name %s", faults, at)
			}
			if !strings.Contains(faults[i].Message, tc.says) || !strings.HasPrefix(faults[i].Message, at+" ") {
				t.Errorf("message %q: want it to begin with %q and to say %q", faults[i].Message, at, tc.says)
			}
			if incoming.Key != "" || faults.Status() != 422 {
				t.Errorf("key %q, status %d", incoming.Key, faults.Status())
			}
		})
	}
}

func TestParseLeadNamesEveryFaultAtOnce(t *testing.T) {
	_, faults := ParseLead([]byte(`{"partner":{"id":"acme-integrations"},"referred_on":"tomorrow","contact":{"email":"x"},"events":[{"type":"?","at":"?"}],"extra":1,"extra":2}`), acme, noon)
	for _, at := range []string{"partner.tier", "referred_on", "contact.email", "events[0].type", "events[0].at", "extra"} {
		if !slices.Contains(locations(faults), at) {
			t.Errorf("%s is not in %v", at, locations(faults))
		}
	}
}

func TestParseLeadRefusesWhatIsNotJSON(t *testing.T) {
	for name, tc := range map[string]struct{ raw, says string }{
		"empty":          {"", "is empty"},
		"blank":          {" \n ", "is empty"},
		"text":           {"hello", "not JSON"},
		"cut off":        {`{"partner":{"id":"acme`, "not JSON"},
		"single quotes":  {"{'partner':1}", "line 1, byte 2"},
		"trailing comma": {"{\n\"partner\":{},\n}", "line 3, byte 1"},
		"two objects":    {least + least, "goes on after"},
		"garbage after":  {least + " x", "goes on after"},
		"list":           {"[" + least + "]", "a list"},
		"null":           {"null", "null"},
		"number":         {"17", "a number"},
		"latin-1":        {`{"notes":"caf` + "\xe9" + `"}`, "not valid UTF-8 (first at line 1, byte 14)"},
		"half a rune":    {`{"notes":"` + "\xf0\x9f" + `"}`, "not valid UTF-8"},
		"byte order":     {"\uFEFF" + least, "byte order mark"},
		"deep":           {strings.Repeat(`{"a":`, 20000) + "1" + strings.Repeat("}", 20000), "not JSON"},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := ParseLead([]byte(tc.raw), acme, noon)
			if len(faults) != 1 || faults[0].Location != "body" || faults.Status() != 400 {
				t.Fatalf("faults %v, status %d", faults, faults.Status())
			}
			if !strings.Contains(faults[0].Message, tc.says) {
				t.Errorf("%q does not say %q", faults[0].Message, tc.says)
			}
		})
	}
}

func TestParseLeadRefusesAFieldSentTwice(t *testing.T) {
	raw := strings.Replace(least, `"tier":"gold"`, `"tier":"gold","t\u0069er":"silver"`, 1)
	_, faults := ParseLead([]byte(raw), acme, noon)
	if len(faults) != 1 || faults[0].Location != "partner.tier" || !strings.Contains(faults[0].Message, "twice") {
		t.Errorf("faults %v", faults)
	}
}

func TestParseLeadBoundsItsFaults(t *testing.T) {
	var b strings.Builder
	b.WriteString("{")
	for i := range 5000 {
		fmt.Fprintf(&b, `"f%d":1,`, i)
	}
	_, faults := ParseLead([]byte(b.String()+`"z":1}`), acme, noon)
	if len(faults) > maxFaults+1 {
		t.Errorf("%d faults", len(faults))
	}
}

func TestParseLeadAccepts(t *testing.T) {
	for name, tc := range map[string]struct {
		path, value string
		check       func(lead.Incoming) bool
	}{
		"today in Kiribati":        {"referred_on", `"2026-11-22"`, func(o lead.Incoming) bool { return o.ReferredOn == "2026-11-22" }},
		"partner in capitals":      {"partner.id", `"ACME-Integrations"`, func(o lead.Incoming) bool { return o.Partner.ID == "acme-integrations" }},
		"tier in capitals":         {"partner.tier", `"Gold"`, func(o lead.Incoming) bool { return o.Partner.Tier == "gold" }},
		"no source":                {"source", `""`, func(o lead.Incoming) bool { return o.Source == lead.Backlink }},
		"event by configuration":   {"events", `[{"type":"roi_calculator","at":"2026-11-18T10:00:00.1234+01:00"}]`, func(o lead.Incoming) bool { return o.Events[0].At == time.Date(2026, 11, 18, 9, 0, 0, 123e6, time.UTC) }},
		"event of tomorrow's zone": {"events", `[{"type":"demo_request","at":"2026-11-22T12:00:00Z"}]`, func(o lead.Incoming) bool { return len(o.Events) == 1 }},
		"headcount as float":       {"company.employees", `250.0`, func(o lead.Incoming) bool { return o.Company.Employees == "250" }},
		"headcount as range":       {"company.employees", `"51–200"`, func(o lead.Incoming) bool { return o.Company.Employees == "51-200" }},
		"name in two lines":        {"contact.name", `"Jane\r\n\tDoe"`, func(o lead.Incoming) bool { return o.Contact.Name == "Jane Doe" }},
		"name with a zero byte":    {"company.name", `"North\u0000wind"`, func(o lead.Incoming) bool { return o.Company.Name == "Northwind" }},
		"notes with a bell":        {"notes", `"ding\u0007"`, func(o lead.Incoming) bool { return o.Notes == "ding" }},
		"notes in lines":           {"notes", `"one\r\ntwo"`, func(o lead.Incoming) bool { return o.Notes == "one\ntwo" }},
		"name of 10 000 emoji":     {"company.name", quoted(strings.Repeat("😀", 10000)), func(o lead.Incoming) bool { return len([]rune(o.Company.Name)) == 10000 }},
		"name turned round":        {"contact.name", `"\u202EJane \u2066Doe\u2069\u202c"`, func(o lead.Incoming) bool { return o.Contact.Name == "Jane Doe" }},
		"crm number":               {"crm", `{"id":9007199254740993,"none":null}`, func(o lead.Incoming) bool { return len(o.CRM) == 1 && o.CRM["id"] == "9007199254740993" }},
		"locale underscored":       {"locale", `"it_IT"`, func(o lead.Incoming) bool { return o.Locale == "it-IT" }},
		"consent": {"consent", `{"basis":"consent","partner_may_be_told":true,"at":"2026-11-20"}`, func(o lead.Incoming) bool {
			return o.Consent == lead.Consent{Basis: "consent", PartnerMayBeTold: true, At: "2026-11-20"}
		}},
		"consent of a table": {"consent", `{"partner_may_be_told":"Yes","at":"2026-11-20T10:00:00+02:00"}`, func(o lead.Incoming) bool {
			return o.Consent == lead.Consent{PartnerMayBeTold: true, At: "2026-11-20T08:00:00Z"}
		}},
		"a yes without its day": {"consent", `{"partner_may_be_told":true}`, func(o lead.Incoming) bool { return o.Consent.At == string(o.ReferredOn) }},
		"a no without its day":  {"consent", `{"basis":"withdrawn"}`, func(o lead.Incoming) bool { return o.Consent.At == noon.Format(time.RFC3339) }},
		"asset by name":         {"touchpoints", `[{"type":"webinar","asset":"Webinar: fall","at":"2026-11-02T10:00:00Z"}]`, func(o lead.Incoming) bool { return o.Touchpoints[0].Asset == "Webinar: fall" }},
		"all null":              {"company", `{"name":null,"employees":null,"technologies":null}`, func(o lead.Incoming) bool { return o.Company.Domain == "northwind.example" }},
	} {
		t.Run(name, func(t *testing.T) {
			o, faults := ParseLead([]byte(with(t, tc.path, tc.value)), acme, noon)
			if len(faults) > 0 {
				t.Fatal(faults)
			}
			if !tc.check(o) {
				t.Errorf("offer %+v", o)
			}
		})
	}
}

func TestParseLeadDirect(t *testing.T) {
	raw := strings.Replace(least, `"id":"acme-integrations","tier":"gold"`, `"id":"direct","tier":"none"`, 1)
	o, faults := ParseLead([]byte(raw), acme, noon)
	if len(faults) > 0 || o.Source != lead.Website || o.Key != "northwind.example|direct" {
		t.Errorf("offer %+v, faults %v", o, faults)
	}
	_, faults = ParseLead([]byte(strings.Replace(raw, `"none"`, `"gold"`, 1)), Rules{}, noon)
	if !slices.Contains(locations(faults), "partner.tier") {
		t.Errorf("direct took another tier: %v", faults)
	}
}

func TestParseLeadWithoutListedPartners(t *testing.T) {
	o, faults := ParseLead([]byte(strings.ReplaceAll(least, "acme-integrations", "Who.Ever_1")), Rules{}, noon)
	if len(faults) > 0 || o.Partner.ID != "who.ever_1" {
		t.Errorf("offer %+v, faults %v", o, faults)
	}
}
