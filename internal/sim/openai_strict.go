package sim

import (
	"fmt"
	"maps"
	"slices"
	"strings"
)

// What strict schemas may say, after OpenAI's guide to structured outputs.
var (
	strictKeywords = strings.Fields(`$schema type properties required additionalProperties items enum const anyOf $ref $defs definitions
		description title pattern format multipleOf minimum maximum exclusiveMinimum exclusiveMaximum minItems maxItems`)
	strictFormats = strings.Fields("date-time time date duration email hostname ipv4 ipv6 uuid")
)

const (
	strictMaxProperties = 5000
	strictMaxDepth      = 10
	strictMaxEnum       = 1000
)

// checkParameters says, in the service's words, what it refuses about a
// function's parameters; empty: nothing. All must be an object's schema; strict
// ones must be closed, complete and plain.
func checkParameters(t modelTool) string {
	root, ok := decodeSchema(t.parameters)
	if !ok {
		return "schema must be a JSON object."
	}
	if root == nil {
		if t.strict {
			return "strict functions need 'parameters'."
		}
		return ""
	}
	if root["type"] != "object" {
		return fmt.Sprintf("schema must be a JSON Schema of 'type: \"object\"', got 'type: %q'.", fmt.Sprint(root["type"]))
	}
	if !t.strict {
		return ""
	}
	if _, ok := root["anyOf"]; ok {
		return "a strict schema must not have 'anyOf' at its root."
	}
	return new(strictCheck).schema(root, nil, 1)
}

// strictCheck counts what the limits are about, over the whole schema.
type strictCheck struct{ properties, enums int }

func (c *strictCheck) schema(s map[string]any, at []string, depth int) string {
	fail := func(format string, args ...any) string {
		return fmt.Sprintf("In context=(%s), %s", quoted(at), fmt.Sprintf(format, args...))
	}
	for _, k := range slices.Sorted(maps.Keys(s)) {
		if !slices.Contains(strictKeywords, k) {
			return fail("'%s' is not permitted.", k)
		}
	}
	if depth > strictMaxDepth {
		return fail("the schema nests deeper than %d levels.", strictMaxDepth)
	}
	_, isRef := s["$ref"]
	_, isUnion := s["anyOf"]
	if s["type"] == nil && !isRef && !isUnion && s["enum"] == nil && s["const"] == nil {
		return fail("schema must have a 'type' key.")
	}
	if f, ok := s["format"].(string); ok && !slices.Contains(strictFormats, f) {
		return fail("'%s' is not a valid format.", f)
	}
	if e, ok := s["enum"].([]any); ok {
		if c.enums += len(e); c.enums > strictMaxEnum {
			return fail("the schema has more than %d enum values.", strictMaxEnum)
		}
	}
	if hasType(s, "object") {
		if fault := c.object(s, at, depth, fail); fault != "" {
			return fault
		}
	}
	if hasType(s, "array") {
		items, ok := s["items"].(map[string]any)
		if !ok {
			return fail("array schema missing items.")
		}
		if fault := c.schema(items, with(at, "items"), depth+1); fault != "" {
			return fault
		}
	}
	return c.inside(s, at, depth)
}

func (c *strictCheck) object(s map[string]any, at []string, depth int, fail func(string, ...any) string) string {
	if s["additionalProperties"] != false {
		return fail("'additionalProperties' is required to be supplied and to be false.")
	}
	properties, _ := s["properties"].(map[string]any)
	if c.properties += len(properties); c.properties > strictMaxProperties {
		return fail("the schema has more than %d properties.", strictMaxProperties)
	}
	var required []string
	list, _ := s["required"].([]any)
	for _, v := range list {
		name, _ := v.(string)
		if _, ok := properties[name]; !ok {
			return fail("'required' names '%s', which is not in 'properties'. Extra required key supplied.", name)
		}
		required = append(required, name)
	}
	for _, name := range slices.Sorted(maps.Keys(properties)) {
		if !slices.Contains(required, name) {
			return fail("'required' is required to be supplied and to be an array including every key in properties. Missing '%s'.", name)
		}
		sub, ok := properties[name].(map[string]any)
		if !ok {
			return fail("property '%s' is not a schema.", name)
		}
		if fault := c.schema(sub, with(at, "properties", name), depth+1); fault != "" {
			return fault
		}
	}
	return ""
}

// inside checks unions and definitions.
func (c *strictCheck) inside(s map[string]any, at []string, depth int) string {
	union, _ := s["anyOf"].([]any)
	for i, v := range union {
		sub, ok := v.(map[string]any)
		if !ok {
			return fmt.Sprintf("In context=(%s), 'anyOf' holds something that is not a schema.", quoted(at))
		}
		if fault := c.schema(sub, with(at, "anyOf", fmt.Sprint(i)), depth); fault != "" {
			return fault
		}
	}
	for _, key := range []string{"$defs", "definitions"} {
		defs, _ := s[key].(map[string]any)
		for _, name := range slices.Sorted(maps.Keys(defs)) {
			if sub, ok := defs[name].(map[string]any); ok {
				if fault := c.schema(sub, with(at, key, name), depth); fault != "" {
					return fault
				}
			}
		}
	}
	return ""
}

func hasType(s map[string]any, name string) bool {
	if list, ok := s["type"].([]any); ok {
		return slices.Contains(list, any(name))
	}
	return s["type"] == name
}

// with is at and the further steps, in memory of its own.
func with(at []string, steps ...string) []string { return append(slices.Clip(at), steps...) }

func quoted(at []string) string {
	if len(at) == 0 {
		return ""
	}
	return "'" + strings.Join(at, "', '") + "'"
}
