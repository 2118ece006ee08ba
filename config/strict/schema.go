package strict

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Schema is a JSON Schema (draft 2020-12), or a part of one.
type Schema map[string]any

// Schemer is a type whose JSON Schema does not follow from what it is made of.
type Schemer interface{ Schema() Schema }

// Schema implements Schemer: anything may stand at a Node.
func (Node) Schema() Schema { return Schema{} }

// Document is the JSON Schema of what Decode reads into a T, with all forms.
func Document[T any](title string) Schema {
	s, defs := SchemaOf[T](), Schema{}
	for name, f := range forms {
		defs[name] = f.schema
	}
	s["$schema"], s["title"], s["$defs"] = "https://json-schema.org/draft/2020-12/schema", title, defs
	return s
}

var types = map[reflect.Type]Schema{}

// Type has the schema of a T stand once, as a form that is told about.
func Type[T any](name, about string) Form {
	form := Define(name, SchemaOf[T]().About(about), nil)
	types[reflect.TypeFor[T]()] = Named(name)
	return form
}

// Named is the schema of a form.
func Named(form string) Schema { return Schema{"$ref": "#/$defs/" + form} }

// SchemaOf is the JSON Schema of what Decode reads into a T.
func SchemaOf[T any]() Schema { return schemaOf(reflect.TypeFor[T]()) }

func schemaOf(t reflect.Type) Schema {
	if own, ok := reflect.Zero(t).Interface().(Schemer); ok {
		return own.Schema()
	}
	switch {
	case types[t] != nil:
		return maps.Clone(types[t])
	case t == reflect.TypeFor[time.Duration]():
		return Named("duration")
	case t.Kind() == reflect.Struct:
		return object(t)
	case t.Kind() == reflect.Slice:
		return Schema{"type": "array", "items": schemaOf(t.Elem())}
	case t.Kind() == reflect.Map:
		return Schema{"type": "object", "additionalProperties": schemaOf(t.Elem())}
	case t.Kind() == reflect.Bool:
		return Schema{"type": "boolean"}
	case t.Kind() == reflect.Int:
		return Schema{"type": "integer"}
	case t.Kind() == reflect.Float64:
		return Schema{"type": "number"}
	}
	return Schema{"type": "string"}
}

var (
	_ = Define("text", Schema{"type": "string", "minLength": 1}, nil)
	_ = Define("duration", Schema{"type": "string", "pattern": `^(([0-9]+(\.[0-9]+)?(ms|s|m|h))+|[0-9]+d)$`}, nil)
)

func object(t reflect.Type) Schema {
	var required []string
	var short Schema
	groups := map[string][]Schema{}
	properties := Schema{}
	for _, f := range fieldsOf(t) {
		p := f.schema()
		properties[f.key] = p
		for _, word := range f.words {
			switch word {
			case "required":
				required = append(required, f.key)
			case "short":
				short = p
			case "either":
				groups["oneOf"] = append(groups["oneOf"], Schema{"required": []string{f.key}})
			case "some":
				groups["anyOf"] = append(groups["anyOf"], Schema{"required": []string{f.key}})
			}
		}
	}
	s := Schema{"type": "object", "additionalProperties": false, "properties": properties}
	if required != nil {
		s["required"] = required
	}
	for key, group := range groups {
		s[key] = group
	}
	if short != nil {
		return Schema{"oneOf": []Schema{short, s}}
	}
	return s
}

// bounds are the keywords of a range, by the type that it bounds.
var bounds = map[string][]string{
	"integer": {"minimum", "maximum"}, "number": {"minimum", "maximum"}, "string": {"minLength", "maxLength"},
	"array": {"minItems", "maxItems"}, "object": {"minProperties", "maxProperties"},
}

func (f field) schema() Schema {
	s := schemaOf(f.Type)
	for _, word := range f.words {
		low, high, isRange := strings.Cut(word, "..")
		name, of, _ := strings.Cut(strings.TrimSuffix(word, "?"), "=")
		switch {
		case isRange:
			typ, _ := s["type"].(string)
			for i, bound := range []string{low, high} {
				if n, err := strconv.Atoi(bound); err == nil && bounds[typ] != nil {
					s[bounds[typ][i]] = n
				}
			}
		case name == "keys":
			s["propertyNames"] = Named(of)
		case strings.Contains(word, "|"):
			hold(s, Schema{"type": "string", "enum": strings.Split(word, "|")})
		case word == "unique":
			s["uniqueItems"] = true
		case word == "one":
			s["minItems"] = 1
			s = Schema{"oneOf": []Schema{s["items"].(Schema), s}}
		case !slices.Contains([]string{"required", "short", "either", "some", "only"}, name):
			hold(s, Named(name))
		}
	}
	return s.About(f.Tag.Get("doc"))
}

// About puts in what it is for, if anything is said, and returns the schema.
func (s Schema) About(doc string) Schema {
	if doc != "" {
		s["description"] = doc
	}
	return s
}

// hold puts a part in the place of what a list or map holds, else of s itself. A
// type that may be written in several ways has said it all.
func hold(s, part Schema) {
	if s["oneOf"] != nil {
		return
	}
	for _, inner := range []string{"items", "additionalProperties"} {
		if below, ok := s[inner].(Schema); ok {
			hold(below, part)
			return
		}
	}
	clear(s)
	maps.Copy(s, part)
}
