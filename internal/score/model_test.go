package score_test

import (
	"os"
	"strings"
	"testing"
	"time"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
	"leadtriage/internal/score"
)

// now is the moment of all tests.
var now = time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)

func ago(days int) time.Time { return now.AddDate(0, 0, -days) }

func day(days int) lead.Date { return lead.Date(ago(days).Format(time.DateOnly)) }

// shipped is the text of the model that ships, without its `scoring:` line.
func shipped(t testing.TB) string {
	t.Helper()
	text, err := os.ReadFile("../../config/defaults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	root, err := strict.Parse("defaults.yaml", text)
	if err != nil {
		t.Fatal(err)
	}
	section, steps := root.At("scoring")
	if steps != 1 {
		t.Fatal("no scoring section in the defaults")
	}
	return section.String()
}

func compile(text string) (*score.Model, error) {
	root, err := strict.Parse("model.yaml", []byte(text))
	if err != nil {
		return nil, err
	}
	return score.Compile(root, score.Vocabulary{Partners: []string{"direct", "acme-integrations", "x"}, Tiers: []string{"none", "gold"}})
}

// model is the shipped model after replacing old by new, pair by pair.
func model(t testing.TB, oldNew ...string) *score.Model {
	t.Helper()
	text := shipped(t)
	for i := 0; i < len(oldNew); i += 2 {
		if !strings.Contains(text, oldNew[i]) {
			t.Fatalf("the shipped model does not say %q", oldNew[i])
		}
		text = strings.Replace(text, oldNew[i], oldNew[i+1], 1)
	}
	m, err := compile(text)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// fit is a company with all 36 points that facts can earn.
func fit() []lead.Fact {
	return []lead.Fact{fact(lead.Industry, "software"), fact(lead.Employees, "250"), fact(lead.HQCountry, "IT"), fact(lead.Technology, "HubSpot")}
}

func fact(field lead.Field, value string) lead.Fact {
	return lead.Fact{Field: field, Value: value, Status: lead.Verified, Confidence: 0.9}
}

func events(types ...string) []lead.Event {
	var out []lead.Event
	for _, t := range types {
		out = append(out, lead.Event{Type: t, At: ago(1)})
	}
	return out
}

func touches(assets ...string) []lead.Touchpoint {
	var out []lead.Touchpoint
	for _, a := range assets {
		out = append(out, lead.Touchpoint{Type: "page", Owner: "partner", Asset: a, At: ago(3)})
	}
	return out
}

// from is a lead of the source, referred the day before yesterday.
func from(source lead.Source) *lead.Lead {
	return &lead.Lead{ID: "L1", Submission: lead.Submission{
		Partner: lead.Partner{ID: "acme", Tier: "gold"}, ReferredOn: day(2), Source: source},
		Enrichment: lead.Enrichment{State: lead.EnrichmentDone}}
}

func line(t *testing.T, s lead.Score, rule string) lead.Line {
	t.Helper()
	for _, l := range s.Lines {
		if l.Rule == rule {
			return l
		}
	}
	t.Fatalf("no line %s in %+v", rule, s.Lines)
	return lead.Line{}
}

func TestShippedModel(t *testing.T) {
	m := model(t)
	if m.String() != "default@1" || m.Threshold() != 70 || m.ICPMax() != 40 || m.IntentMax() != 60 || len(m.Hash()) != 12 {
		t.Errorf("%s %s threshold %d of %d + %d", m, m.Hash(), m.Threshold(), m.ICPMax(), m.IntentMax())
	}
	if got := m.ExtraEvents(); got != nil {
		t.Errorf("the shipped model adds no event types, got %q", got)
	}
	s := m.Score(from(lead.Website), now)
	if len(s.Lines) != 5 || s.Total != 0 || s.Model != "default@1" || s.Hash != m.Hash() || !s.At.Equal(now) {
		t.Errorf("a bare lead has one line per ICP rule and no points: %+v", s)
	}
}

func TestHashFollowsTheNumbersNotTheLayout(t *testing.T) {
	m := model(t)
	if other := model(t, "threshold: 70", "threshold: 70 # as agreed in spring\n"); other.Hash() != m.Hash() {
		t.Error("a comment changed the hash")
	}
	if other := model(t, "threshold: 70", "threshold: 71"); other.Hash() == m.Hash() {
		t.Error("another threshold has the same hash")
	}
}

func TestOwnEventTypes(t *testing.T) {
	m := model(t, "docs_visit: 4", "docs_visit: 4\n    roi_calculator: 9")
	if got := m.ExtraEvents(); len(got) != 1 || got[0] != "roi_calculator" {
		t.Errorf("got %q", got)
	}
	l := from(lead.Website)
	l.Events = events("roi_calculator")
	if s := m.Score(l, now); s.Intent != 9 {
		t.Errorf("got %+v", s)
	}
}

func TestCompileRefuses(t *testing.T) {
	text := shipped(t)
	for name, tc := range map[string]struct {
		oldNew []string
		want   []string
	}{
		"icp sum":        {[]string{"points: 12\n", "points: 11\n"}, []string{"icp.max: the points of icp.rules add up to 39, not to icp.max 40"}},
		"intent cap":     {[]string{"cap: 60", "cap: 50"}, []string{"intent.cap: icp.max 40 and intent.cap 50 add up to 90; they must make 100"}},
		"unknown key":    {[]string{"threshold:", "treshold:"}, []string{`unknown key "treshold"; did you mean threshold?`}},
		"industry":       {[]string{"fintech", "fintec"}, []string{`icp.rules[0].any_of[1]: unknown industry "fintec"; did you mean fintech?`}},
		"industry alias": {[]string{"ecommerce", "e-commerce"}, []string{`write the industry "e-commerce" as ecommerce`}},
		"country":        {[]string{"[AT,", "[XX,"}, []string{`unknown country "XX"; write its two-letter code, such as IT`}},
		"country name":   {[]string{"[AT,", "[Italia,"}, []string{`write the country "Italia" as IT`}},
		"overlap":        {[]string{"to: 2000", "to: 2001"}, []string{"icp.rules[1].bands[2]: this band overlaps the one of 50–2001"}},
		"band":           {[]string{"{from: 20, to: 49", "{from: 49, to: 20"}, []string{"this band ends at 20, before it begins at 49"}},
		"best band":      {[]string{"to: 2000, points: 10", "to: 2000, points: 9"}, []string{"no band gives the 10 points of the rule; the best gives 9"}},
		"band points":    {[]string{"to: 2000, points: 10", "to: 2000, points: 11"}, []string{"points is 11; it must lie between 0 and 10", "the best gives 11"}},
		"kind":           {[]string{"any_of: [HubSpot, Salesforce]", ""}, []string{"say either any_of"}},
		"bands for text": {[]string{"any_of: [HubSpot, Salesforce]", "bands: [{from: 1, points: 6}]"}, []string{"say either any_of"}},
		"fact":           {[]string{"fact: technology", "fact: tecnology"}, []string{`unknown fact "tecnology"; did you mean technology?`}},
		"use case":       {[]string{"fact: use_case", "fact: use_case\n      any_of: [x]"}, []string{"use_case earns its points when the lead states it"}},
		"rule twice":     {[]string{"rule: technology", "rule: industry"}, []string{`the name "industry" is taken by another rule`}},
		"rule name":      {[]string{"rule: technology", "rule: Tech Stack"}, []string{"a rule needs a name of small letters"}},
		"event typo":     {[]string{"demo_request: 20", "demo_requst: 20"}, []string{`unknown event "demo_requst"; did you mean demo_request?`}},
		"event points":   {[]string{"demo_request: 20", "demo_request: -1"}, []string{"intent.events.demo_request: demo_request is -1; it must lie between 0 and 60"}},
		"half-life":      {[]string{"half_life_days: 30", "half_life_days: 0"}, []string{"half_life_days is 0; it must lie between 1 and 3650"}},
		"group event":    {[]string{"events: [pricing_page_view, integration_click", "events: [pricing_page_vew, integration_click"}, []string{`unknown event "pricing_page_vew"; did you mean pricing_page_view?`}},
		"group source":   {[]string{"sources: [ai_citation]", "sources: []"}, []string{"sources is missing; list at least one"}},
		"signal":         {[]string{"strong: [partner_referral", "strong: [overlap"}, []string{`unknown signal "overlap"`, `"partner_referral" is neither in signals.strong nor in signals.weak`}},
		"both":           {[]string{"weak: [", "weak: [co_sell, "}, []string{"co_sell is strong and weak"}},
		"disqualifier":   {[]string{"without: [signals, events]", "without: [hope]"}, []string{`unknown absence "hope"; known: signals, events`}},
		"verdict":        {[]string{"verdicts: [eql]", "verdicts: [equl]"}, []string{`unknown verdict "equl"; did you mean eql?`}},
		"no version":     {[]string{"version: 1\n", "version:\n"}, []string{"version is missing; write a number from 1 to 1000000"}},
		"no full days":   {[]string{"full_days: 7\n", "\n"}, []string{"intent: full_days is missing; write a number from 0 to 3650"}},
		"no points":      {[]string{"demo_request: 20", "demo_request:"}, []string{"demo_request is missing; write a number from 0 to 60"}},
		"no band points": {[]string{"to: 49, points: 5", "to: 49"}, []string{"points is missing; write a number from 0 to 10"}},
		"no group cap":   {[]string{"\n      cap: 10", ""}, []string{"group_caps[0]: cap is missing; write a number from 0 to 60"}},
		"no flag count":  {[]string{"single_asset: {fewer_than: 2, gate: false}", "single_asset: {gate: true}"}, []string{"flags.single_asset: fewer_than is missing; write a number from 0 to 100"}},
		"bant":           {[]string{"threshold: 70", "threshold: 70\ngates: {bant: 5}"}, []string{"gates.bant: bant is 5; it must lie between 0 and 4"}},
		"nothing buys":   {[]string{"events: [demo_request, budget_confirmed, contact_sales, use_case_stated]", "", "use_case: true", "use_case: false"}, []string{"without buying_signals every lead is one to nurture"}},
		"no score asked": {[]string{"  signal_with_score: 40\n", "\n"}, []string{"ask: signal_with_score is missing; write a number from 0 to 101"}},
		"key and condition": {[]string{"threshold:", "treshold:", "fact: use_case", "when: employes > 5"},
			[]string{`did you mean threshold?`, "unknown name employes: did you mean employees?"}},
		"version": {[]string{"version: 1", "version: 0"}, []string{"version is 0; it must lie between 1 and 1000000"}},
		"three at once": {[]string{"threshold: 70", "threshold: 170", "floor: 20", "floor: 41", "max_age_days: 90", "max_age_days: -1"},
			[]string{"threshold is 170", "floor is 41", "max_age_days is -1"}},
		"number": {[]string{"threshold: 70", "threshold: seventy"}, []string{`threshold: "seventy" is not a whole number`}},
		"unreadable and out of range": {[]string{"threshold: 70", "threshold: seventy", "floor: 20", "floor: 41", "fintech", "fintec", "points: 12", "points: twelve", "cap: 60", "cap: 50"},
			[]string{`threshold: "seventy" is not a whole number`, `points: "twelve" is not a whole number`, "floor is 41", `unknown industry "fintec"`, "icp.max 40 and intent.cap 50 add up to 90"}},
		"no list": {[]string{"events: [demo_request, budget_confirmed, contact_sales, use_case_stated]", "events: {}", "version: 1", "version: 0"},
			[]string{"buying_signals.events: expected a list, found keys and values", "version is 0"}},
	} {
		t.Run(name, func(t *testing.T) {
			changed := text
			for i := 0; i < len(tc.oldNew); i += 2 {
				if !strings.Contains(changed, tc.oldNew[i]) {
					t.Fatalf("the shipped model does not say %q", tc.oldNew[i])
				}
				changed = strings.Replace(changed, tc.oldNew[i], tc.oldNew[i+1], 1)
			}
			_, err := compile(changed)
			if err == nil {
				t.Fatal("accepted")
			}
			if got := strings.Count(err.Error(), "\n") + 1; got != len(tc.want) {
				t.Errorf("%d faults expected:\n%v", len(tc.want), err)
			}
			for _, want := range tc.want {
				if !strings.Contains(err.Error(), want) {
					t.Errorf("no %q in\n%v", want, err)
				}
			}
			for fault := range strings.Lines(err.Error()) {
				if !strings.HasPrefix(fault, "model.yaml:") {
					t.Errorf("%q has no place", fault)
				}
			}
		})
	}
}

func TestCompileNamesThePlace(t *testing.T) {
	_, err := compile("name: x\nversion: 1\n\nicp:\n  max: 50\n  rules:\n    - {rule: a, points: 50, fact: industry, any_of: [softwear]}\n")
	want := `model.yaml:1:1: threshold is missing; write a number from 1 to 100
model.yaml:1:1: use_case_words is missing; write a number from 1 to 100
model.yaml:1:1: icp.max 50 and intent.cap 0 add up to 50; they must make 100
model.yaml:1:1: intent.full_days is missing; write a number from 0 to 3650
model.yaml:1:1: intent.half_life_days is missing; write a number from 1 to 3650
model.yaml:1:1: intent.events is missing; list at least one
model.yaml:1:1: signals.max_age_days is missing; write a number from 1 to 3650
model.yaml:1:1: without buying_signals every lead is one to nurture; list events, such as demo_request, or set use_case
model.yaml:1:1: ask is missing; it says who gets a card (config print shows the shipped one)
model.yaml:4:1: icp: floor is missing; write a number from 0 to 50
model.yaml:7:54: icp.rules[0].any_of[0]: unknown industry "softwear"; did you mean software?`
	if err == nil || err.Error() != want {
		t.Errorf("got\n%v", err)
	}
}

func TestCompileOfOneNumber(t *testing.T) {
	_, err := compile("threshold: 60\n")
	if want := "model.yaml:1:1: this is a part of a scoring model, and one is always whole; copy it from `config print`, and change that"; err == nil || err.Error() != want {
		t.Errorf("got\n%v\nwant\n%s", err, want)
	}
}

func FuzzCompile(f *testing.F) {
	f.Add(shipped(f))
	f.Add("name: x\nversion: 1\nicp: {max: 40, rules: [{rule: a, points: 40, fact: use_case}]}\nintent: {cap: 60, half_life_days: 1, events: {a: 1}}\n")
	f.Add(strings.Replace(shipped(f), "fact: use_case", "when: employees > 50 and not known(hq_city)", 1))
	f.Add(strings.Replace(shipped(f), "without: [signals, events]", "when: any(events, .days > 5) or score.total < 10", 1))
	f.Add("icp: []")
	f.Add("intent: {events: [a]}")
	l := from(lead.AICitation)
	l.Facts, l.Events, l.UseCase = fit(), events("demo_request", "docs_visit"), "sync the billing"
	f.Fuzz(func(t *testing.T, text string) {
		m, err := compile(text)
		if err != nil {
			if err.Error() == "" {
				t.Error("a fault without words")
			}
			return
		}
		if s := m.Score(l, now); s.Total < 0 || s.Total > 100 {
			t.Errorf("total %d", s.Total)
		}
		if m.Change(l, now).String() == "" {
			t.Error("no word on what would change")
		}
	})
}
