package sim

import (
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

//go:embed openai-strict.schema.json
var strictSchemaText []byte

var loadStrictSchema = sync.OnceValue(func() *jsonschema.Schema {
	const at = "https://openai-strict.invalid/schema.json"
	c, _ := embeddedSchema(at, strictSchemaText)
	return c.MustCompile(at)
})

// checkParameters says what the service refuses about a function's parameters; empty:
// nothing. All must be an object's schema; strict ones must be closed, complete and plain.
func checkParameters(t modelTool) string {
	root, err := jsonschema.UnmarshalJSON(strings.NewReader(string(t.parameters)))
	object, _ := root.(map[string]any)
	switch {
	case len(t.parameters) == 0 && !t.strict:
		return ""
	case err != nil || object == nil:
		return "schema must be a JSON object."
	case object["type"] != "object":
		return fmt.Sprintf("schema must be a JSON Schema of 'type: \"object\"', got 'type: %q'.", fmt.Sprint(object["type"]))
	case !t.strict:
		return ""
	}
	if err := loadStrictSchema().Validate(root); err != nil {
		at, reason := deepest(err)
		return fmt.Sprintf("In context=(%s), %s.", quoted(at.InstanceLocation), reason)
	}
	return incomplete(root, nil)
}

// incomplete says which object's properties are not those that it requires.
func incomplete(v any, at []string) string {
	schema, _ := v.(map[string]any)
	if properties, ok := schema["properties"].(map[string]any); ok {
		names, required := slices.Sorted(maps.Keys(properties)), []string{}
		list, _ := schema["required"].([]any)
		for _, name := range list {
			required = append(required, fmt.Sprint(name))
		}
		slices.Sort(required)
		if !slices.Equal(names, required) {
			return fmt.Sprintf("In context=(%s), 'required' has to name every key in properties, and no other: %s, not %s.",
				quoted(at), quoted(names), quoted(required))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(schema)) {
		if fault := incomplete(schema[name], append(slices.Clip(at), name)); fault != "" {
			return fault
		}
	}
	return ""
}

func quoted(names []string) string {
	if len(names) == 0 {
		return ""
	}
	return "'" + strings.Join(names, "', '") + "'"
}
