package score

import (
	"encoding/json"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"leadtriage/config/strict"
)

// The schema follows from the fields and their tags: what it takes and refuses.
func TestSchema(t *testing.T) {
	doc := strict.Document[definition]("model")
	text, err := json.Marshal(doc)
	if err != nil {
		t.Fatal(err)
	}
	parse := func(raw []byte) any {
		v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("model.json", parse(text)); err != nil {
		t.Fatal(err)
	}
	s := c.MustCompile("model.json")
	const sound = `{name: ours, version: 1, threshold: 70, use_case_words: 3, icp: {max: 40, floor: 20, rules: [
  {rule: a, points: 40, fact: employees, bands: [{from: 1, points: 40}]}]},
intent: {cap: 60, full_days: 7, half_life_days: 30, events: {demo: 60}, group_caps: [{rule: g, cap: 5, sources: [co_sell], events: [demo]}]},
signals: {max_age_days: 90, strong: [co_sell], implied_by_source: {co_sell: co_sell}}, buying_signals: {events: [demo]},
disqualify: [{rule: d, sources: [overlap], without: [events], because: b}], flags: {single_asset: {fewer_than: 2}},
attribution: {preset: first_key_last}, ask: {verdicts: [eql], signal_with_score: 101}}`
	for _, change := range [][2]string{
		{"", ""}, {"fact: employees, bands: [{from: 1, points: 40}]", "when: employees > 5"}, {"sources: [overlap], without: [events]", "when: x"},
	} {
		raw, _ := yaml.YAMLToJSON([]byte(strings.Replace(sound, change[0], change[1], 1)))
		if err := s.Validate(parse(raw)); err != nil {
			t.Errorf("%q: %v", change, err)
		}
	}
	for _, change := range [][2]string{
		{"name: ours", "name: our model"}, {"version: 1,", ""}, {"version: 1", "version: 0"}, {"threshold: 70", "threshold: 101"}, {"threshold", "treshold"},
		{"use_case_words: 3", "use_case_words: three"}, {"floor: 20", "floor: -1"}, {"rule: a", "rule: A"}, {"fact: employees", "fact: company_status"},
		{"fact: employees, ", ""}, {"fact: employees", "fact: employees, when: x"}, {"bands: [{from: 1, points: 40}]", "bands: []"},
		{"{from: 1, points: 40}", "{from: 1}"}, {"events: {demo: 60}", "events: {}"}, {"demo: 60", "demo: 101"}, {"demo: 60", "Demo: 60"},
		{"sources: [co_sell]", "sources: [fair]"}, {"strong: [co_sell]", "strong: [overlap]"}, {"co_sell: co_sell", "fair: co_sell"},
		{"{co_sell: co_sell}", "{co_sell: overlap}"}, {"without: [events]", "without: [hope]"}, {", because: b", ""}, {"because: b", "because: ''"},
		{"sources: [overlap], without", "without"}, {"fewer_than: 2", "gate: true"}, {"preset: first_key_last", "preset: all"},
		{"preset: first_key_last", "first: 101"}, {"verdicts: [eql]", "verdicts: [good]"}, {"signal_with_score: 101", "signal_with_score: 102"},
	} {
		if !strings.Contains(sound, change[0]) {
			t.Fatalf("the model does not say %q", change[0])
		}
		raw, _ := yaml.YAMLToJSON([]byte(strings.Replace(sound, change[0], change[1], 1)))
		if s.Validate(parse(raw)) == nil {
			t.Errorf("the schema takes %q for %q", change[1], change[0])
		}
	}
}
