package main

import (
	"log/slog"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/prometheus/client_golang/prometheus"

	"leadtriage/config"
	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// The example of docs/providers.md, word for word but for the host, finds what it
// promises, beside what the company's pages state.
func TestProviderOfTheManual(t *testing.T) {
	t.Parallel()
	manual, err := os.ReadFile("../../docs/providers.md")
	if err != nil {
		t.Fatal(err)
	}
	_, text, _ := strings.Cut(string(manual), "```yaml\n")
	text, _, _ = strings.Cut(text, "```")

	server := httptest.NewServer(sim.NewProvider(sim.ProviderOptions{Key: "cf_live_1"}))
	defer server.Close()
	path := filepath.Join(t.TempDir(), "leadtriage.yaml")
	if err := os.WriteFile(path, []byte(strings.Replace(text, "https://api.clearfacts.example", server.URL, 1)), 0o600); err != nil {
		t.Fatal(err)
	}
	web := httptest.NewServer(sim.NewWeb())
	defer web.Close()
	model := httptest.NewServer(sim.NewOpenAI(sim.OpenAIOptions{Key: "sk-1"}))
	defer model.Close()
	cfg, err := config.Load(path, []string{"CLEARFACTS_TOKEN=cf_live_1", "OPENAI_API_KEY=sk-1", "OPENAI_BASE_URL=" + model.URL + "/v1",
		"LEADTRIAGE_PAGE_RESOLVE=*=" + web.Listener.Addr().String(), "OPENAI_MODEL=gpt-4.1-mini"})
	if err != nil {
		t.Fatal(err)
	}
	cfg.Enrichment.Exam.Off = true // there are no records to keep its result
	registry := prometheus.NewRegistry()
	s := &service{ground: &ground{log: slog.New(slog.DiscardHandler), metrics: registry, asked: providerCounter(registry)}, cfg: cfg}
	defer s.close()
	e, err := s.enricher()
	if err != nil {
		t.Fatal(err)
	}
	profile, err := e.Enrich(t.Context(), "Northwind", "northwind.example")
	if err != nil {
		t.Fatal(err)
	}
	got := map[lead.Field]string{}
	for _, f := range profile.Facts {
		if slices.ContainsFunc(f.Evidence, func(e lead.Evidence) bool { return e.URL == server.URL+"/v1/companies/northwind.example" }) {
			got[f.Field] += f.Value + " "
		}
	}
	for field, want := range map[lead.Field]string{
		lead.LegalName: "Northwind S.r.l. ", lead.Employees: "250 ", lead.Industry: "software ", lead.HQCountry: "IT ", lead.HQCity: "Milano ",
		lead.FoundedYear: "2014 ", lead.Revenue: "31000000 EUR ", lead.Technology: "HubSpot Stripe ",
	} {
		if got[field] != want {
			t.Errorf("%s is %q, want %q", field, got[field], want)
		}
	}
	if profile.Usage.CostUSD != 0.04 { // the model has no price here
		t.Errorf("usage %+v", profile.Usage)
	}
	if profile, err = e.Enrich(t.Context(), "", "havelpay.example"); err != nil || !slices.ContainsFunc(profile.Facts, func(f lead.Fact) bool {
		return f.Field == lead.Employees && f.Status == lead.Conflicting && len(f.Evidence) == 2
	}) {
		t.Errorf("a provider overrides a page: %+v, %v", profile.Facts, err)
	}
	families, err := s.metrics.Gather()
	if err != nil || len(families) != 1 || families[0].GetName() != "leadtriage_provider_calls_total" || families[0].GetMetric()[0].GetCounter().GetValue() != 2 {
		t.Errorf("counted %v, %v", families, err)
	}
}
