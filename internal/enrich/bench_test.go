package enrich_test

import (
	"strings"
	"testing"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
)

// BenchmarkCheck is the cost of a company without network: rendering two pages
// of ordinary length and checking seven facts.
func BenchmarkCheck(b *testing.B) {
	text := strings.Repeat("Plans, trials, credits and renewals live in one ledger.\n", 60) +
		"Northwind is a software company. We employ 250 people. We are headquartered in Leeds, United Kingdom.\nWe use HubSpot. Northwind was founded in 2014.\n"
	m := func() *script {
		return &script{turns: turns(records(
			claim{lead.Industry, "software", "s1", "Northwind is a software company.", 1},
			claim{lead.Employees, "250", "s1", "We employ 250 people.", 1},
			claim{lead.HQCountry, "GB", "s1", "We are headquartered in Leeds, United Kingdom.", 1},
			claim{lead.HQCity, "Leeds", "s1", "We are headquartered in Leeds, United Kingdom.", 1},
			claim{lead.Technology, "HubSpot", "s1", "We use HubSpot.", 1},
			claim{lead.FoundedYear, "2014", "s1", "Northwind was founded in 2014.", 1},
			claim{lead.Description, "software company", "s1", "Northwind is a software company.", 1}))}
	}
	pages := onePage(text)
	pages.site = append(pages.site, pages.site[0])
	script := m()
	e := enricher(b, enrich.Options{Pages: pages, Model: script})
	for b.Loop() {
		script.heard = nil
		if p, err := e.Enrich(b.Context(), "Northwind", "northwind.example"); err != nil || len(p.Facts) != 7 {
			b.Fatal(len(p.Facts), err)
		}
	}
}

// BenchmarkQuote is the cost of one fact on a source of 200 kB, the folding of
// the source, which happens once, shared among sixty.
func BenchmarkQuote(b *testing.B) {
	line := "Plans, trials, credits and renewals live in one ledger, for 40 customers in Leeds and 12 in Milan.\n"
	text := strings.Repeat(line, 100_000/len(line)) + "Northwind is a software company. We employ 250 people. We are headquartered in Leeds, United Kingdom.\nWe use HubSpot. Northwind was founded in 2014.\n" +
		strings.Repeat(line, 100_000/len(line))
	var claims []claim
	for len(claims) < 60 {
		claims = append(claims,
			claim{lead.Industry, "software", "s1", "Northwind is a software company.", 1},
			claim{lead.Employees, "250", "s1", "We employ 250 people.", 1},
			claim{lead.HQCountry, "GB", "s1", "We are headquartered in Leeds, United Kingdom.", 1},
			claim{lead.HQCity, "Milan", "s1", "for 40 customers in Leeds and 12 in Milan.", 1},
			claim{lead.Technology, "HubSpot", "s1", "We use HubSpot.", 1},
			claim{lead.FoundedYear, "2014", "s1", "Northwind was founded in 2014.", 1})
	}
	script := &script{turns: turns(records(claims...))}
	e := enricher(b, enrich.Options{Pages: onePage(text), Model: script})
	work := func() {
		script.heard = nil
		if p, err := e.Enrich(b.Context(), "Northwind", "northwind.example"); err != nil || len(verifiedFacts(p)) != 5 {
			b.Fatal(p.Facts, err)
		}
	}
	work()
	before := processorTime()
	for b.Loop() {
		work()
	}
	b.ReportMetric(float64((processorTime()-before).Microseconds())/1000/float64(b.N*len(claims)), "cpu-ms/fact")
}
