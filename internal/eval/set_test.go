package eval_test

import (
	"encoding/json"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"leadtriage/internal/enrich"
	"leadtriage/internal/enrich/testdata"
	"leadtriage/internal/eval"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

func shipped(t testing.TB) []eval.Company {
	set, err := eval.Read(testdata.Eval, "eval.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	return set
}

func simulated(t testing.TB, api enrich.API) enrich.Model {
	var known []sim.Label
	for _, c := range shipped(t) {
		for _, s := range c.Labels() {
			known = append(known, sim.Label{Sentence: s, Host: c.Domain})
		}
	}
	server := httptest.NewServer(sim.NewOpenAI(sim.OpenAIOptions{Models: []string{"simulated"}, Labels: known}))
	t.Cleanup(server.Close)
	return enrich.NewModel(enrich.Endpoint{Key: "k", BaseURL: server.URL + "/v1", Model: "simulated", API: api})
}

// The floor that must hold whatever else changes: what no page states is never
// shown as verified.
func TestShippedSetHasNoUnsupportedFacts(t *testing.T) {
	for _, api := range []enrich.API{enrich.Chat, enrich.Responses} {
		r, err := eval.Run(t.Context(), shipped(t), eval.Options{Enrich: enrich.Options{Model: simulated(t, api)}, Concurrency: 4})
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range r.Mistakes {
			t.Errorf("%s: %s of %s is verified as %q, the pages state %q; quoted: %q", api, m.Field, m.ID, m.Found, m.Truth, m.Quote)
		}
		if len(r.Failures) > 0 {
			t.Errorf("%s: failures %+v", api, r.Failures)
		}
		if r.CallsPerCompany > 2.1 {
			t.Errorf("%s: %.2f calls per company, at most 2.1 are meant", api, r.CallsPerCompany)
		}
		if r.All.Recall == nil || *r.All.Recall < 0.9 {
			t.Errorf("%s: %+v: too little is found for the floor to mean anything", api, r.All)
		}
	}
}

// strong is a model that says again what a strong reader said of the shipped set on
// 2026-11-30, in both places (testdata/strong.jsonl); nobody had shown it the labels.
func strong(t testing.TB) enrich.Model {
	text, err := os.ReadFile("testdata/strong.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	domains := map[string]string{}
	for _, c := range shipped(t) {
		domains[c.ID] = c.Domain
	}
	var said []sim.Label
	for line := range strings.Lines(string(text)) {
		var c struct {
			ID    string
			Facts []evidence.Sentence
		}
		if err := json.Unmarshal([]byte(line), &c); err != nil {
			t.Fatal(err)
		}
		for _, s := range c.Facts {
			said = append(said, sim.Label{Sentence: s, Host: domains[c.ID]})
		}
	}
	server := httptest.NewServer(sim.NewOpenAI(sim.OpenAIOptions{Models: []string{"strong"}, Labels: said}))
	t.Cleanup(server.Close)
	return enrich.NewModel(enrich.Endpoint{Key: "k", BaseURL: server.URL + "/v1", Model: "strong"})
}

// What docs/eval.md says of a strong model holds as long as pages, steps and labels are
// what they were. Its floors are a little below what was measured.
func TestAStrongModelsAnswersReplayed(t *testing.T) {
	r, err := eval.Run(t.Context(), shipped(t), eval.Options{Enrich: enrich.Options{Model: strong(t)}, Concurrency: 4, Model: "strong"})
	if err != nil || len(r.Failures) > 0 {
		t.Fatal(err, r.Failures)
	}
	recall, precision, none := 0.94, 1.0, 0
	if err := (eval.Floors{Recall: &recall, Precision: &precision, Unsupported: &none}).Check(r); err != nil {
		t.Errorf("%v: %+v, missed %+v", err, r.Mistakes, r.Missed)
	}
	if r.CallsPerCompany > 2.1 {
		t.Errorf("%.2f calls per company", r.CallsPerCompany)
	}
}

// A set without traps and silences would measure nothing.
func TestShippedSetIsVaried(t *testing.T) {
	set := shipped(t)
	languages, stated, silent := map[string]int{}, map[lead.Field]int{}, map[lead.Field]int{}
	for _, c := range set {
		languages[c.Lang]++
		if len(c.Traps) == 0 || c.Source == "" {
			t.Errorf("%s: no traps or no source", c.ID)
		}
		for field, accepted := range c.Truth {
			if len(accepted.Values) > 0 {
				stated[field]++
			} else {
				silent[field]++
			}
		}
	}
	for _, lang := range []string{"en", "it", "de", "fr"} {
		if languages[lang] == 0 {
			t.Errorf("no company in %s", lang)
		}
	}
	for _, field := range []lead.Field{lead.LegalName, lead.Industry, lead.Employees, lead.HQCountry, lead.HQCity, lead.FoundedYear, lead.Revenue, lead.Technology} {
		if stated[field] < 4 || silent[field] == 0 {
			t.Errorf("%s is stated %d times and silent %d times", field, stated[field], silent[field])
		}
	}
	if len(set) < 24 {
		t.Errorf("%d companies", len(set))
	}
}

// BenchmarkColdCompany reports model calls and tokens of a company that nobody
// has asked for before, on the shipped set.
func BenchmarkColdCompany(b *testing.B) {
	set, model := shipped(b), simulated(b, enrich.Chat)
	var r eval.Report
	for b.Loop() {
		var err error
		if r, err = eval.Run(b.Context(), set, eval.Options{Enrich: enrich.Options{Model: model}}); err != nil {
			b.Fatal(err)
		}
	}
	n := float64(len(set))
	b.ReportMetric(r.CallsPerCompany, "calls/company")
	b.ReportMetric(float64(r.Usage.PromptTokens+r.Usage.CompletionTokens)/n, "tokens/company")
	b.ReportMetric(float64(b.Elapsed().Nanoseconds())/float64(b.N)/n, "ns/company")
	b.ReportMetric(float64(r.All.Unsupported), "unsupported")
}
