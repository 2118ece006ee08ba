package score

import (
	"encoding/json"
	"os"
	"reflect"
	"slices"
	"testing"
)

// The published schema is kept by hand: its scoring part must name exactly the
// keys that are read here.
func TestSchemaNamesEveryKey(t *testing.T) {
	text, err := os.ReadFile("../../config/schema.json")
	if err != nil {
		t.Fatal(err)
	}
	var schema struct {
		Defs map[string]map[string]any `json:"$defs"`
	}
	if err := json.Unmarshal(text, &schema); err != nil {
		t.Fatal(err)
	}
	compareKeys(t, "scoring", reflect.TypeFor[definition](), schema.Defs["scoring"])
}

func compareKeys(t *testing.T, path string, typ reflect.Type, schema map[string]any) {
	t.Helper()
	if typ == reflect.TypeFor[eventPoints]() {
		return
	}
	if typ.Kind() == reflect.Slice {
		items, _ := schema["items"].(map[string]any)
		compareKeys(t, path+"[]", typ.Elem(), items)
		return
	}
	if typ.Kind() != reflect.Struct {
		return
	}
	properties, _ := schema["properties"].(map[string]any)
	var got, want []string
	for f := range typ.Fields() {
		key := f.Tag.Get("yaml")
		want = append(want, key)
		below, _ := properties[key].(map[string]any)
		compareKeys(t, path+"."+key, f.Type, below)
	}
	for key := range properties {
		got = append(got, key)
	}
	slices.Sort(got)
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("%s: the schema has %q, the model %q", path, got, want)
	}
}
