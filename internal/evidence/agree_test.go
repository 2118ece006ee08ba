package evidence_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

func TestAgrees(t *testing.T) {
	for _, c := range []struct {
		field    lead.Field
		value    string
		values   []string
		of, when string
		agreed   string // "": refused
		code     lead.ReasonCode
		arg      string
	}{
		{lead.Employees, "250", []string{"250"}, "whole_company", "now", "250", "", ""},
		{lead.Employees, "250", []string{"250 employees"}, "whole_company", "dated", "250", "", ""},
		{lead.Employees, "500", []string{"500+"}, "whole_company", "now", "500+", "", ""},
		{lead.Employees, "500+", []string{"500"}, "whole_company", "none", "500+", "", ""},
		{lead.Employees, "51-200", []string{"51-200"}, "whole_company", "now", "51-200", "", ""},
		{lead.Employees, "90", []string{"85"}, "whole_company", "now", "", lead.ReadAsOtherValue, "85"},
		{lead.Employees, "90", nil, "whole_company", "now", "", lead.ReadAsOtherValue, ""},
		{lead.Employees, "90", []string{"85", "90"}, "whole_company", "now", "", lead.ReadAsOtherValue, "85, 90"},
		{lead.Employees, "250", []string{"250"}, "part_of_company", "now", "", lead.ReadAsOtherSubject, "part_of_company"},
		{lead.Employees, "250", []string{"250"}, "whole_company", "past", "", lead.ReadAsPast, "past"},
		{lead.Employees, "250", []string{"250"}, "whole_company", "planned", "", lead.ReadAsPast, "planned"},
		{lead.Employees, "250", []string{"250"}, "everybody", "now", "", lead.ReadAsOtherSubject, "unclear"},
		{lead.Employees, "250", []string{"250"}, "whole_company", "soon", "", lead.ReadAsOtherSubject, "unclear"},
		{lead.Employees, "250", []string{"250"}, "head_office", "now", "", lead.ReadAsOtherSubject, "unclear"}, // another field's
		{lead.Employees, "250", []string{"250"}, "", "", "", lead.ReadAsOtherSubject, "unclear"},
		{lead.FoundedYear, "1998", []string{"1998"}, "founding", "past", "1998", "", ""},
		{lead.FoundedYear, "1998", []string{"1998"}, "incorporation", "none", "1998", "", ""},
		{lead.FoundedYear, "1998", []string{"1998"}, "predecessor_or_merger", "none", "", lead.ReadAsOtherSubject, "predecessor_or_merger"},
		{lead.HQCountry, "IT", []string{"Italy"}, "head_office", "now", "IT", "", ""},
		{lead.HQCountry, "IT", []string{"IT"}, "market", "now", "", lead.ReadAsOtherSubject, "market"},
		{lead.HQCity, "Munich", []string{"München"}, "registered_address", "now", "Munich", "", ""},
		{lead.Revenue, "18000000 EUR", []string{"18000000 EUR 2024"}, "whole_company", "dated", "18000000 EUR", "", ""},
		{lead.Revenue, "18000000 EUR 2023", []string{"18000000 EUR 2024"}, "whole_company", "dated", "", lead.ReadAsOtherValue, "18000000 EUR 2024"},
		{lead.Revenue, "18000000 EUR", []string{"18000000 USD"}, "whole_company", "now", "", lead.ReadAsOtherValue, "18000000 USD"},
		{lead.Industry, "software", []string{"it_services", "software"}, "this_company", "none", "software", "", ""},
		{lead.Industry, "software", []string{"fintech"}, "this_company", "none", "", lead.ReadAsOtherValue, "fintech"},
		{lead.Technology, "HubSpot", []string{"hubspot crm"}, "company_uses", "now", "HubSpot", "", ""},
		{lead.Technology, "HubSpot", []string{"HubSpot"}, "integrates_or_sells", "now", "", lead.ReadAsOtherSubject, "integrates_or_sells"},
		{lead.LegalName, "Northwind S.r.l.", []string{"Northwind Srl"}, "this_company", "none", "Northwind S.r.l.", "", ""},
		{lead.CompanyStatus, "closed", []string{"Closed"}, "this_company", "past", "closed", "", ""},
		{lead.CompanyStatus, "closed", []string{"acquired"}, "this_company", "past", "", lead.ReadAsOtherValue, "acquired"},
		{lead.Description, "x", []string{"x"}, "this_company", "now", "", lead.ReadAsOtherSubject, "unclear"},
	} {
		agreed, refused := evidence.Agrees(c.field, c.value, evidence.Reading{Values: c.values, Of: c.of, When: c.when})
		switch {
		case refused == nil && agreed != c.agreed, (refused == nil) != (c.agreed != ""):
			t.Errorf("%s %s read as %v of %s, %s: %q, %v", c.field, c.value, c.values, c.of, c.when, agreed, refused)
		case refused != nil && (refused.Code != c.code || refused.Args[0] != c.arg):
			t.Errorf("%s %s read as %v of %s, %s: refused for %+v, want %s %q", c.field, c.value, c.values, c.of, c.when, refused, c.code, c.arg)
		}
	}
}

func TestAsOf(t *testing.T) {
	dated, now := evidence.Reading{When: "dated"}, evidence.Reading{When: "now"}
	for _, c := range []struct {
		value, quote string
		r            evidence.Reading
		want         int
	}{
		{"250", "In 2024 we were 250.", dated, 2024}, {"250", "In 2024 we were 250.", now, 0}, {"250", "31.12.2024: 250", dated, 0},
		{"250", "2023: 240, 2024: 250", dated, 0}, {"2000", "2,000 people", dated, 0}, {"250", "250 people, as of March 2024.", dated, 2024},
		{"18000000 EUR 2023", "18 M€", now, 2023},
	} {
		if got := evidence.AsOf(c.value, c.quote, c.r); got != c.want {
			t.Errorf("%q is as of %d, want %d", c.quote, got, c.want)
		}
	}
}

// Every labelled sentence is judged as it is labelled, by the reading of a careful
// reader: a label that is wrong, or a rule, turns this red.
func TestLabelledSentences(t *testing.T) {
	text, err := os.ReadFile("testdata/phrasings.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	phrasings, err := evidence.ReadSentences(text)
	if err != nil || len(phrasings) != 600 {
		t.Fatal(len(phrasings), err)
	}
	exam := evidence.Exam()
	trueOnes := slices.DeleteFunc(slices.Clone(exam), func(s evidence.Sentence) bool { return !s.True() })
	if len(exam) != 40 || len(trueOnes) != 20 {
		t.Errorf("the exam has %d sentences, %d of them true", len(exam), len(trueOnes))
	}
	for _, s := range slices.Concat(phrasings, exam) {
		if refused := s.Judge(s.Reading); (refused == nil) != s.True() {
			t.Errorf("%s %s, %s: %q: %v", s.Field, s.Value, s.Right, s.Quote, refused)
		}
	}
	// In the exam only understanding can refuse what is false.
	for _, s := range exam {
		if _, ok := evidence.Anchor(s.Field, s.Value, evidence.OneLine(s.Quote)); !ok {
			t.Errorf("%s %s is not anchored in %q", s.Field, s.Value, s.Quote)
		}
	}
}

// What a strong reader read in the sentences, blind, on 2026-11-30.
func TestAStrongReadersAnswersReplayed(t *testing.T) {
	text, err := os.ReadFile("testdata/phrasings.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	answers, err := os.ReadFile("testdata/phrasings.strong.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	sentences, err := evidence.ReadSentences(text)
	lines := strings.Split(strings.TrimSpace(string(answers)), "\n")
	if err != nil || len(lines) != len(sentences) {
		t.Fatal(len(lines), len(sentences), err)
	}
	missed, taken := 0, 0
	for i, s := range sentences {
		var r evidence.Reading
		if err := json.Unmarshal([]byte(lines[i]), &r); err != nil {
			t.Fatal(err)
		}
		switch refused := s.Judge(r); {
		case s.True() && refused != nil:
			missed++
			t.Logf("missed: %s %s of %q: %s", s.Field, s.Value, s.Quote, refused)
		case !s.True() && refused == nil:
			taken++
			t.Logf("taken: %s %s of %q", s.Field, s.Value, s.Quote)
		}
	}
	if missed > 1 || taken > 0 { // as measured: another one is a change of ours
		t.Errorf("%d true ones missed, %d false ones taken", missed, taken)
	}
}

func TestFaultySentencesAreNamed(t *testing.T) {
	_, err := evidence.ReadSentences([]byte("{\"field\":\"employees\",\"value\":\"1\",\"quote\":\"q\",\"right\":\"maybe\"}\n{\"field\":\"shoe\"}\n{"))
	if err == nil || strings.Count(err.Error(), "line ") != 3 {
		t.Errorf("%v", err)
	}
}

// A strong reader was shown 19 honest quotes and among them one that orders how all are
// to be read (2026-11-30): each of the honest ones is judged as it is labelled.
func TestAHostileQuoteAmongHonestOnes(t *testing.T) {
	text, err := os.ReadFile("testdata/hostile.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	for line := range strings.Lines(string(text)) {
		var one struct {
			Sentence evidence.Sentence
			Read     evidence.Reading
		}
		if err := json.Unmarshal([]byte(line), &one); err != nil {
			t.Fatal(err)
		}
		if refused := one.Sentence.Judge(one.Read); (refused == nil) != one.Sentence.True() {
			t.Errorf("%s %s of %q: %v", one.Sentence.Field, one.Sentence.Value, one.Sentence.Quote, refused)
		}
		n++
	}
	if n != 20 {
		t.Errorf("%d quotes", n)
	}
}
