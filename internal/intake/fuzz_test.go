package intake

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
)

func FuzzParseLead(f *testing.F) {
	full, err := os.ReadFile("examples/lead.json")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(full)
	f.Add([]byte(least))
	for _, tc := range badLeads {
		f.Add([]byte(with(f, tc.path, tc.value)))
	}
	f.Fuzz(survives)
}

func FuzzParseTexts(f *testing.F) {
	f.Add("jane@northwind.example", "www.northwind.example", "northwind.example/about", "51–200", "Italia", "Maschinenbau", "hubspot crm", "it_IT", "Webinar: fall\r\ntwo")
	f.Add("J.Doe+x@bücher.example", "https://acme.github.io", "HTTP://NORTHWIND.example:8080", "1.2k", "usa", "54", "ÉÈ", "zh-Hant-TW", "https://x.example/?q=1#y")
	f.Add("\"a b\"@northwind.example", "linkedin.com/in/x", "//northwind.example", "500+", "GB", "software", "", "x-private", "\u2028\ud7ff")
	f.Fuzz(func(t *testing.T, email, domain, website, employees, country, industry, technology, locale, text string) {
		sent := map[string]any{
			"partner":     map[string]any{"id": "acme", "tier": text, "contact": text},
			"contact":     map[string]any{"email": email, "name": text},
			"company":     map[string]any{"name": text, "domain": domain, "website": website, "employees": employees, "country": country, "industry": industry, "technologies": []string{technology, text}},
			"touchpoints": []any{map[string]any{"type": "x", "at": "2026-11-20T08:00:00Z", "asset": text}},
			"referred_on": "2026-11-20", "use_case": text, "locale": locale, "crm": map[string]string{technology: text},
		}
		// Without what was refused a lead is left that is taken.
		for range 3 {
			raw, _ := json.Marshal(sent)
			_, faults := ParseLead(raw, Rules{}, noon)
			for _, fault := range faults {
				drop(sent, fault.Location)
			}
			survives(t, raw)
		}
	})
}

func drop(sent map[string]any, location string) {
	outer, inner, _ := strings.Cut(location, ".")
	outer, _, _ = strings.Cut(outer, "[")
	member, ok := sent[outer].(map[string]any)
	inner, _, _ = strings.Cut(inner, "[")
	switch {
	case inner == "tier":
		member[inner] = "gold"
	case ok && outer != "crm":
		delete(member, inner)
	default:
		delete(sent, outer)
	}
}

// survives: what was taken can be sent again as it was read, and means the same,
// so that a record may be exported and imported.
func survives(t *testing.T, raw []byte) {
	o, faults := ParseLead(raw, Rules{}, noon)
	if len(faults) > 0 {
		ParseRecord(raw)
		if o.Key != "" {
			t.Error("an offer beside faults")
		}
		return
	}
	again, err := json.Marshal(o.Submission)
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(again), `\u0000`) {
		t.Errorf("a NUL was taken: %s", again)
	}
	p, faults := ParseLead(again, Rules{}, noon)
	if len(faults) > 0 {
		t.Fatalf("refused as read: %v\n%s", faults, again)
	}
	third, _ := json.Marshal(p.Submission)
	if p.Key != o.Key || string(third) != string(again) {
		t.Errorf("changed on the way:\n%s %s\n%s %s", o.Key, again, p.Key, third)
	}
	r, further, faults := ParseRecord(again)
	if third, _ = json.Marshal(r.Submission); len(faults)+len(further) > 0 || string(third) != string(again) {
		t.Errorf("another lead as a record: %v, %v\n%s\n%s", faults, further, again, third)
	}
}
