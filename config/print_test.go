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
		"review: {reject_reasons: []}", "enrichment: {api: soap}", "enrichment: {pages: {bytes: lots}}", "retention: {effects: 7d}",
		"reviewers: [{user: U1, group: S1}]", "reviewers: [{partners: [acme]}]", "reviewers: ['@ada']", "slack: {channels: [{id: C2}]}",
	} {
		if s.Validate(asJSON(t, []byte(text))) == nil {
			t.Errorf("the schema takes %q", text)
		}
	}
}

// The schema is kept by hand: it must name exactly the keys that are read.
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
	if typ.Kind() != reflect.Struct || typ.PkgPath() != "leadtriage/config" {
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
		if ref, ok := below["$ref"].(string); ok && f.Type == reflect.TypeFor[config.Rule]() {
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
