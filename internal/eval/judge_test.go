package eval_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/eval"
	"leadtriage/internal/lead"
)

func fact(field lead.Field, value string, status lead.FactStatus) lead.Fact {
	return lead.Fact{Field: field, Value: value, Status: status, Evidence: []lead.Evidence{{Quote: "about " + value}}}
}

func outcome(facts ...lead.Fact) eval.Outcome {
	return eval.Outcome{Profile: lead.Profile{Facts: facts}}
}

// one is a set of one company with one labelled field, judged.
func one(field lead.Field, accepted eval.Accepted, facts ...lead.Fact) eval.Report {
	return eval.Judge([]eval.Company{{ID: "a", Truth: eval.Truth{field: accepted}}}, []eval.Outcome{outcome(facts...)})
}

func TestCounting(t *testing.T) {
	const v, u, c = lead.Verified, lead.Unverified, lead.Conflicting
	cases := map[string]struct {
		field    lead.Field
		accepted eval.Accepted
		facts    []lead.Fact
		want     eval.Tally
		missed   int
	}{
		"right":               {lead.Employees, eval.Accepted{Values: []string{"250"}}, []lead.Fact{fact(lead.Employees, "250", v)}, eval.Tally{Stated: 1, Right: 1}, 0},
		"wrong":               {lead.Employees, eval.Accepted{Values: []string{"250"}}, []lead.Fact{fact(lead.Employees, "40", v)}, eval.Tally{Stated: 1, Wrong: 1}, 1},
		"invented":            {lead.Employees, eval.Accepted{}, []lead.Fact{fact(lead.Employees, "40", v)}, eval.Tally{Unsupported: 1}, 0},
		"rightly silent":      {lead.Employees, eval.Accepted{}, nil, eval.Tally{}, 0},
		"missed":              {lead.Employees, eval.Accepted{Values: []string{"250"}}, nil, eval.Tally{Stated: 1}, 1},
		"shown as unverified": {lead.Employees, eval.Accepted{Values: []string{"250"}}, []lead.Fact{fact(lead.Employees, "250", u)}, eval.Tally{Stated: 1, Unverified: 1}, 1},
		"unverified of null":  {lead.Employees, eval.Accepted{}, []lead.Fact{fact(lead.Employees, "250", u)}, eval.Tally{Unverified: 1}, 0},
		"conflicting":         {lead.Employees, eval.Accepted{Values: []string{"250"}}, []lead.Fact{fact(lead.Employees, "250", c)}, eval.Tally{Stated: 1, Conflicting: 1}, 1},
		"another field":       {lead.Employees, eval.Accepted{}, []lead.Fact{fact(lead.FoundedYear, "1999", v)}, eval.Tally{}, 0},
		"an alternative":      {lead.Industry, eval.Accepted{Values: []string{"software", "it_services"}}, []lead.Fact{fact(lead.Industry, "it_services", v)}, eval.Tally{Stated: 1, Right: 1}, 0},
		"technologies": {lead.Technology, eval.Accepted{Values: []string{"HubSpot", "Shopify", "Stripe"}},
			[]lead.Fact{fact(lead.Technology, "HubSpot", v), fact(lead.Technology, "Shopify", v), fact(lead.Technology, "Salesforce", v)},
			eval.Tally{Stated: 3, Right: 2, Wrong: 1}, 1},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			r := one(c.field, c.accepted, c.facts...)
			got := r.Fields[0].Tally
			got.Precision, got.Recall = nil, nil
			if got != c.want {
				t.Errorf("counted %+v, want %+v", got, c.want)
			}
			if len(r.Mistakes) != c.want.Wrong+c.want.Unsupported || len(r.Missed) != c.missed {
				t.Errorf("mistakes %+v, missed %+v", r.Mistakes, r.Missed)
			}
		})
	}
}

func TestValuesAreComparedInNormalForm(t *testing.T) {
	cases := []struct {
		field        lead.Field
		truth, found string
		right        bool
	}{
		{lead.Employees, "250", "250", true},
		{lead.Employees, "250", "251", false},
		{lead.Employees, "250", "201-500", true},
		{lead.Employees, "51-200", "79", true},
		{lead.Employees, "51-200", "11-50", false},
		{lead.Employees, "51-200", "200-500", true},
		{lead.Employees, "500+", "500", true},
		{lead.Employees, "500+", "1900", false},
		{lead.Employees, "500+", "501-1000", true},
		{lead.Employees, "500+", "400+", true},
		{lead.Revenue, "2270000000 USD 1998", "2270000000 USD", true},
		{lead.Revenue, "2270000000 USD 1998", "2270000000 USD 1999", false},
		{lead.Revenue, "2270000000 USD 1998", "2270000000 EUR 1998", false},
		{lead.Revenue, "2270000000 USD 1998", "2270000 USD 1998", false},
		{lead.HQCity, "Milan", "Milano", true},
		{lead.HQCity, "Milan", "Turin", false},
		{lead.LegalName, "Northwind S.r.l.", "NORTHWIND SRL", true},
		{lead.LegalName, "Northwind S.r.l.", "Northwind", true},
		{lead.LegalName, "Northwind S.r.l.", "Southwind S.r.l.", false},
		{lead.HQCountry, "IT", "IT", true},
		{lead.HQCountry, "IT", "DE", false},
		{lead.FoundedYear, "1998", "1999", false},
		{lead.Technology, "HubSpot", "HubSpot", true},
		{lead.Technology, "HubSpot", "Salesforce", false},
	}
	for _, c := range cases {
		r := one(c.field, eval.Accepted{Values: []string{c.truth}}, fact(c.field, c.found, lead.Verified))
		if got := r.All.Right == 1; got != c.right {
			t.Errorf("%s: %s found for %s: right is %v", c.field, c.found, c.truth, got)
		}
	}
}

// report is three companies: one right, one that fails, and one of which the
// model invents a head count.
func report() eval.Report {
	set := []eval.Company{
		{ID: "first", Truth: eval.Truth{lead.Employees: {Values: []string{"250"}}, lead.HQCity: {Values: []string{"Milan"}}}},
		{ID: "second", Truth: eval.Truth{lead.Employees: {Values: []string{"40"}}}},
		{ID: "third", Truth: eval.Truth{lead.Employees: {}}},
	}
	spent := lead.Usage{Calls: 2, PromptTokens: 1000, CachedTokens: 600, CompletionTokens: 100, CostUSD: 0.25}
	r := eval.Judge(set, []eval.Outcome{
		{Profile: lead.Profile{Usage: spent, Facts: []lead.Fact{fact(lead.Employees, "250", lead.Verified), fact(lead.HQCity, "Turin", lead.Unverified)}}, Took: 3 * time.Second},
		{Profile: lead.Profile{Usage: lead.Usage{Calls: 1, PromptTokens: 500}}, Err: errors.New("the model refused"), Took: time.Second},
		{Profile: lead.Profile{Usage: lead.Usage{Calls: 1}, Facts: []lead.Fact{fact(lead.Employees, "90", lead.Verified)}}, Took: 2 * time.Second},
	})
	r.Model = "small"
	return r
}

// What is asserted here is read by other programs.
func TestReportAsJSON(t *testing.T) {
	var got bytes.Buffer
	e := json.NewEncoder(&got)
	e.SetIndent("", " ")
	if err := e.Encode(report()); err != nil {
		t.Fatal(err)
	}
	const want = `{
 "model": "small",
 "prompt": "VERSION",
 "companies": 3,
 "all": {"stated": 3, "right": 1, "wrong": 0, "unsupported": 1, "unverified": 1, "conflicting": 0, "precision": 0.5, "recall": 0.3333333333333333},
 "fields": [
  {"field": "employees", "stated": 2, "right": 1, "wrong": 0, "unsupported": 1, "unverified": 0, "conflicting": 0, "precision": 0.5, "recall": 0.5},
  {"field": "hq_city", "stated": 1, "right": 0, "wrong": 0, "unsupported": 0, "unverified": 1, "conflicting": 0, "precision": null, "recall": 0}
 ],
 "usage": {"calls": 4, "prompt_tokens": 1500, "completion_tokens": 100, "cached_tokens": 600, "cost_usd": 0.25, "second": {"calls": 0, "prompt_tokens": 0, "completion_tokens": 0, "cost_usd": 0}},
 "calls_per_company": 1.3333333333333333,
 "p50_seconds": 2,
 "p95_seconds": 3,
 "failures": [{"id": "second", "error": "the model refused"}],
 "mistakes": [{"id": "third", "field": "employees", "found": "90", "truth": [], "quote": "about 90"}],
 "missed": [
  {"id": "first", "field": "hq_city", "truth": ["Milan"], "lost": "not claimed", "shown": [{"value": "Turin", "status": "unverified", "reason": null, "quote": "about Turin"}]},
  {"id": "second", "field": "employees", "truth": ["40"], "lost": "not claimed", "shown": []}
 ],
 "lost": {"not claimed": 2}
}`
	var wanted bytes.Buffer
	if err := json.Indent(&wanted, []byte(strings.ReplaceAll(want, "VERSION", report().Prompt)), "", " "); err != nil {
		t.Fatal(err)
	}
	if strings.TrimSpace(got.String()) != wanted.String() {
		t.Errorf("the report is\n%s\nwant\n%s", got.String(), wanted.String())
	}
}

func TestFloors(t *testing.T) {
	number := func(v float64) *float64 { return &v }
	count := func(v int) *int { return &v }
	cases := map[string]struct {
		floors eval.Floors
		want   []string // nil: reached
	}{
		"none":        {eval.Floors{}, nil},
		"reached":     {eval.Floors{number(0.5), number(0.3), count(1)}, nil},
		"precision":   {eval.Floors{Precision: number(0.95)}, []string{"small fell short: precision is 0.5000 and should be 0.95 (most is lost in employees: 1)"}},
		"recall":      {eval.Floors{Recall: number(0.34)}, []string{"recall is 0.3333 and should be 0.34"}},
		"unsupported": {eval.Floors{Unsupported: count(0)}, []string{`unsupported facts are 1 and may be 0 (employees of third: "90")`}},
		"all":         {eval.Floors{number(1), number(1), count(0)}, []string{"precision", "recall", "unsupported"}},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			err := c.floors.Check(report())
			if (err == nil) != (c.want == nil) {
				t.Fatalf("error %v", err)
			}
			for _, part := range c.want {
				if !strings.Contains(err.Error(), part) {
					t.Errorf("%q does not say %q", err, part)
				}
			}
		})
	}
	nothing := one(lead.Employees, eval.Accepted{})
	if err := (eval.Floors{Precision: number(0.5)}).Check(nothing); err == nil {
		t.Error("a run that verified nothing has reached a precision")
	}
}
