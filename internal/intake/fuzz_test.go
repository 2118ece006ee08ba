package intake

import (
	"bytes"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"leadtriage/internal/lead"
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

// Every line of a batch has its result, in order, whatever stands in it.
func FuzzBatch(f *testing.F) {
	f.Add([]byte(least + "\n\n" + `{"partner":{}}` + "\r\nnot json\n" + least))
	f.Add([]byte("\x00\n\xff\n{\n"))
	s := newServer(f, nil)
	f.Fuzz(func(t *testing.T, body []byte) {
		w := s.do(t, "POST", "/v1/leads/batch", "hubspot", string(body))
		want := bytes.Count(body, []byte("\n"))
		if len(body) > 0 && body[len(body)-1] != '\n' {
			want++
		}
		results := lines(t, w.Body.String())
		if w.Code != 200 || len(results) != want {
			t.Fatalf("%d, %d results for %d lines: %s", w.Code, len(results), want, w.Body)
		}
		for i, r := range results {
			if r.Line != i+1 || r.Status/100 != 2 && r.Status/100 != 4 || r.Status/100 == 4 && r.Detail == "" {
				t.Fatalf("line %d: %+v", i+1, r)
			}
		}
	})
}

// What is read of events, signals and decisions has no character that a reader
// cannot see.
func FuzzParseUpdates(f *testing.F) {
	f.Add([]byte(`[{"type":"demo_request","at":"2026-11-20T08:00:00Z","asset":"https://ours.example/"},{"type":"co_sell","at":"2026-11-20T08:00:00Z","by":"Ada"}]`))
	f.Add([]byte(`{"events":[{"type":"demo_request","at":"2026-11-20T08:00:00Z"}],"signals":[]}`))
	f.Add([]byte(`{"decision":"reject","reason":"no\u0000","note":"\u202e\ud800"}`))
	f.Fuzz(func(t *testing.T, raw []byte) {
		a, _ := ParseAddition(raw, Rules{}, noon)
		w, _ := ParseDecision(raw, Rules{})
		texts := []string{w.Reason, w.Note}
		for _, e := range a.Events {
			texts = append(texts, e.Type, e.Asset)
		}
		for _, s := range a.Signals {
			texts = append(texts, s.Type, s.By)
		}
		for _, s := range texts {
			if lead.Clean(s) != s {
				t.Errorf("taken as it came: %q", s)
			}
		}
	})
}
