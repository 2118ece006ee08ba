package config_test

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"strings"
	"testing"

	"github.com/goccy/go-yaml"
	"github.com/santhosh-tekuri/jsonschema/v6"

	"leadtriage/config"
	"leadtriage/internal/source"
)

func TestPrintLoadsAgain(t *testing.T) {
	for name, path := range map[string]string{"defaults": "", "example": "example.yaml"} {
		t.Run(name, func(t *testing.T) {
			c, err := config.Load(path, nil)
			if err != nil {
				t.Fatal(err)
			}
			text, err := c.Print()
			if err != nil {
				t.Fatal(err)
			}
			again, err := config.Load(file(t, text), nil)
			if err != nil {
				t.Fatalf("%v in\n%s", err, text)
			}
			if twice, _ := again.Print(); twice != text {
				t.Errorf("printed again it reads\n%s\nnot\n%s", twice, text)
			}
			if string(again.Scoring.Canonical()) != string(c.Scoring.Canonical()) {
				t.Error("the scoring model changed on the way")
			}
		})
	}
}

// With nothing configured, what is printed is defaults.yaml, word for word but
// for the API that follows from the endpoint and the country list on one line.
func TestPrintShowsTheCommentedDefaults(t *testing.T) {
	text, err := load(t, "").Print()
	if err != nil {
		t.Fatal(err)
	}
	defaults, err := os.ReadFile("defaults.yaml")
	if err != nil {
		t.Fatal(err)
	}
	want := strings.ReplaceAll(string(defaults), "SI, SK,\n          IS", "SI, SK, IS")
	want = strings.Replace(want, `api: ""`, "api: responses", 1)
	if got, _, _ := strings.Cut(text, "\n# From the environment:"); got != want {
		t.Errorf("printed:\n%s", got)
	}
}

func compiled(t *testing.T) *jsonschema.Schema {
	t.Helper()
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(string(config.Schema())))
	if err != nil {
		t.Fatal(err)
	}
	c := jsonschema.NewCompiler()
	if err := c.AddResource("config.json", doc); err != nil {
		t.Fatal(err)
	}
	s, err := c.Compile("config.json")
	if err != nil {
		t.Fatal(err)
	}
	return s
}

func asJSON(t *testing.T, text []byte) any {
	t.Helper()
	raw, err := yaml.YAMLToJSON(text)
	if err != nil {
		t.Fatal(err)
	}
	v, err := jsonschema.UnmarshalJSON(strings.NewReader(string(raw)))
	if err != nil {
		t.Fatal(err)
	}
	return v
}

func TestSchema(t *testing.T) {
	s := compiled(t)
	for _, path := range []string{"defaults.yaml", "example.yaml"} {
		text, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		if err := s.Validate(asJSON(t, text)); err != nil {
			t.Errorf("%s: %v", path, err)
		}
	}
	for _, text := range []string{
		"reviw: {}", "review: {undoo: 5s}", "review: {undo: 5}", "scoring: {name: x}", "partners: [{id: acme}]", "slack: {rate: -1}",
		"review: {reject_reasons: []}", "enrichment: {api: soap}", "enrichment: {pages: {bytes: lots}}", "retention: {effects: 7 days}",
		"reviewers: [{user: U1, group: S1}]", "reviewers: [{partners: [acme]}]", "reviewers: ['@ada']", "slack: {channels: [{id: C2}]}",
	} {
		if s.Validate(asJSON(t, []byte(text))) == nil {
			t.Errorf("the schema takes %q", text)
		}
	}
}

// Each change of a configuration that the schema takes breaks one rule of one field.
func TestSchemaKnowsEveryRule(t *testing.T) {
	const sound = `partners: [{id: acme, name: Acme, tiers: [gold], utm_sources: [ac]}]
reviewers: [U1, {group: S1, partners: [acme], channels: [C1], locale: it, backup: true}]
review: {deadline: 90s, archive_after: 0s, digest: "", hours: {zone: UTC, days: [mon], from: "09:00", holidays: [12-25, IT]},
  reject_reasons: [{id: other, label: Other}]}
enrichment: {model: m, exam: {recall: 1, "false": 0, file: ""}, api: chat, max_rounds: 4, company_ttl: {default: 1h, revenue: 2h},
  prices: {m: {cached: 0.5}}, daily_cap: 1.5, on_cap: rules, pages: {bytes: 2MB, most: 6, user_agent: us},
  providers: [{name: p, url: "https://p.example/{domain}", header_env: {X-Key: {env: KEY, prefix: k}, Y: KEY}, map: {employees: {path: a.b,
    values: {x: 1}, unit: EUR}, revenue: r}, domain: "", cost: 0.1, when: model, timeout: 5s}]}
slack: {rate: 1, locale: en, threads: true, channels: [{id: C2, partners: [acme]}]}
sources: [{name: crm, signature: {kind: hubspot_v3, secret_env: SECRET, header: X-H, url: "https://x.example/y"}, each: items, only: {k: [a, 1]},
  require: [contact.email], map: {crm.id: id, source: {value: co_sell}, product: [a, b], referred_on: {path: [t, u], zone: UTC, default: now}},
  touchpoints: [{type: t, at: x}], events: [{type: {value: e}, at: x}], signals: [{type: t, at: x, by: y}]}]
intake: {require: {overlap: [company.name]}}
limits: {batch: 1024, rate: 0, burst: 0}
`
	s := compiled(t)
	for _, change := range [][2]string{{"", ""}, {`exam: {recall: 1, "false": 0, file: ""}`, "exam: false"}, {"company_ttl: {default: 1h, revenue: 2h}", "company_ttl: 1h"}} {
		if err := s.Validate(asJSON(t, []byte(strings.Replace(sound, change[0], change[1], 1)))); err != nil {
			t.Errorf("%q: %v", change, err)
		}
	}
	for _, change := range [][2]string{
		{"id: acme,", "id: Acme Inc,"}, {"id: acme, ", ""}, {"tiers: [gold]", "tiers: [gold, gold]"}, {"tiers: [gold]", "tiers: []"}, {"[ac]", "['']"},
		{"U1", "X1"}, {"group: S1, partners: [acme]", "partners: [A B]"}, {"group: S1", "user: S1"}, {"group: S1", "group: U1"}, {"channels: [C1]", "channels: [leads]"},
		{"locale: it", "locale: tlh"}, {"backup: true", "backup: maybe"}, {"deadline: 90s", "deadline: soon"}, {`digest: ""`, "digest: noon"},
		{"days: [mon]", "days: [monday]"}, {"days: [mon]", "days: []"}, {`"09:00"`, "nine"}, {"12-25", "25.12."}, {"[{id: other, label: Other}]", "[]"},
		{"id: other, ", ""}, {"label: Other", "label: ''"}, {"label: Other", "label: " + strings.Repeat("x", 76)}, {"model: m,", "model: '',"},
		{"recall: 1", "recall: 1.1"}, {"api: chat", "api: soap"}, {"max_rounds: 4", "max_rounds: 51"}, {"max_rounds: 4", "max_rounds: 1.5"},
		{"default: 1h", "defualt: 1h"}, {"revenue: 2h", "revenue: 2 d"}, {"cached: 0.5", "cached: -1"}, {"daily_cap: 1.5", "daily_cap: -1"},
		{"on_cap: rules", "on_cap: stop"}, {"bytes: 2MB", "bytes: 2GB"}, {"most: 6", "most: 0"}, {"user_agent: us", "user_agent: " + strings.Repeat("u", 201)},
		{"name: p,", "name: P,"}, {"/{domain}", "/"}, {"X-Key:", "X Key:"}, {"env: KEY, ", ""}, {"Y: KEY", "Y: key"}, {"employees: {", "shoes: {"},
		{"path: a.b", "paths: a.b"}, {"values: {x: 1}", "values: {x: [1]}"}, {"cost: 0.1", "cost: 1001"}, {"when: model", "when: ''"}, {"timeout: 5s", "timeout: 5"},
		{"rate: 1,", "rate: fast,"}, {"locale: en", "locale: ''"}, {"threads: true", "threads: 1"}, {"id: C2, ", ""}, {"partners: [acme]}]}", "partners: []}]}"},
		{"name: crm", "name: a/b"}, {"hubspot_v3", "md5"}, {"secret_env: SECRET, ", ""}, {"secret_env: SECRET", "secret_env: s3cr3t"}, {"header: X-H", "header: X H"},
		{"x.example/y", "x.example/y?z"}, {"each: items", "each: ''"}, {"k: [a, 1]", "k: []"}, {"require: [contact.email]", "require: ['']"}, {"crm.id:", "crmid:"},
		{"path: [t, u]", "path: []"}, {"zone: UTC, default", "zone: '', default"}, {"value: co_sell", "value: [x]"}, {"product: [a, b]", "product: [a, {b: c}]"},
		{"touchpoints: [{type: t, at: x}]", "touchpoints: [{type: t}]"}, {"{value: e}", "{valeu: e}"}, {"by: y", "bye: y"}, {"overlap:", "fair:"},
		{"batch: 1024", "batch: -1"}, {"burst: 0", "burst: 100001"},
	} {
		if !strings.Contains(sound, change[0]) {
			t.Fatalf("the configuration does not say %q", change[0])
		}
		if s.Validate(asJSON(t, []byte(strings.Replace(sound, change[0], change[1], 1)))) == nil {
			t.Errorf("the schema takes %q for %q", change[1], change[0])
		}
	}
}

// The schema must name exactly the keys that are read.
func TestSchemaNamesEveryKey(t *testing.T) {
	var root map[string]any
	if err := json.Unmarshal(config.Schema(), &root); err != nil {
		t.Fatal(err)
	}
	compareKeys(t, "", reflect.TypeFor[config.Config](), root, root["$defs"].(map[string]any))
}

func compareKeys(t *testing.T, path string, typ reflect.Type, schema, defs map[string]any) {
	t.Helper()
	if typ.Kind() == reflect.Slice {
		items, _ := schema["items"].(map[string]any)
		compareKeys(t, path+"[]", typ.Elem(), items, defs)
		return
	}
	ours := []string{"leadtriage/config", "leadtriage/internal/source", "leadtriage/internal/provider"}
	if typ.Kind() != reflect.Struct || !slices.Contains(ours, typ.PkgPath()) {
		return
	}
	if either, ok := schema["oneOf"].([]any); ok { // a plain value, or keys and values
		schema, _ = either[len(either)-1].(map[string]any)
	}
	properties, _ := schema["properties"].(map[string]any)
	var want []string
	for f := range typ.Fields() {
		key, _, _ := strings.Cut(f.Tag.Get("yaml"), ",")
		if key == "-" {
			continue
		}
		want = append(want, key)
		below, _ := properties[key].(map[string]any)
		if ref, ok := below["$ref"].(string); ok && f.Type == reflect.TypeFor[source.Rule]() {
			below = defs[strings.TrimPrefix(ref, "#/$defs/")].(map[string]any)
		}
		compareKeys(t, path+"."+key, f.Type, below, defs)
	}
	var got []string
	for key := range properties {
		got = append(got, key)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: the schema has %q, the configuration %q", path, got, want)
	}
}
