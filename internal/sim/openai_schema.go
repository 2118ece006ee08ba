package sim

import (
	"bytes"
	_ "embed"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

// chatSchemaText is the chat part of OpenAI's published API description
// (MIT licence, named inside).
//
//go:embed openai-chat.schema.json
var chatSchemaText []byte

type chatSchema struct {
	request *jsonschema.Schema
	params  map[string]bool // top-level parameters
}

var loadChatSchema = sync.OnceValue(func() chatSchema {
	const at = "https://openai-chat.invalid/schema.json"
	c, _ := embeddedSchema(at, chatSchemaText)
	s := chatSchema{request: c.MustCompile(at + "#/$defs/CreateChatCompletionRequest"), params: map[string]bool{}}
	s.collect(s.request)
	return s
})

// embeddedSchema takes in a schema that comes with the program.
func embeddedSchema(at string, text []byte) (*jsonschema.Compiler, any) {
	c := jsonschema.NewCompiler()
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(text))
	if err == nil {
		err = c.AddResource(at, doc)
	}
	if err != nil {
		panic(fmt.Sprintf("embedded schema %s: %v", at, err))
	}
	return c, doc
}

// collect gathers the parameters that the request's parts name.
func (s *chatSchema) collect(part *jsonschema.Schema) {
	if part.Ref != nil {
		s.collect(part.Ref)
	}
	for name := range part.Properties {
		s.params[name] = true
	}
	for _, p := range part.AllOf {
		s.collect(p)
	}
}

// checkChatRequest holds a body to the published schema, and refuses
// parameters that it does not know.
func checkChatRequest(body []byte) *apiError {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return badParam("", "", "We could not parse the JSON body of your request: it has to be one JSON object.")
	}
	schema := loadChatSchema()
	if err := schema.request.Validate(doc); err != nil {
		return schemaRefusal(err)
	}
	for _, name := range slices.Sorted(maps.Keys(doc.(map[string]any))) {
		if !schema.params[name] {
			return unknownParam(name)
		}
	}
	return nil
}

// deepest is the deepest fault, which in a oneOf is the likeliest, and its words.
func deepest(err error) (*jsonschema.ValidationError, string) {
	v, ok := err.(*jsonschema.ValidationError)
	if !ok {
		v = &jsonschema.ValidationError{ErrorKind: &kind.FalseSchema{}}
	}
	found := v
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 && (len(e.InstanceLocation) > len(found.InstanceLocation) || len(found.Causes) > 0) {
			found = e
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	walk(v)
	return found, found.ErrorKind.LocalizedString(message.NewPrinter(language.English))
}

func schemaRefusal(err error) *apiError {
	fault, reason := deepest(err)
	var param strings.Builder
	for _, step := range fault.InstanceLocation {
		if strings.Trim(step, "0123456789") == "" {
			param.WriteString("[" + step + "]")
			continue
		}
		if param.Len() > 0 {
			param.WriteByte('.')
		}
		param.WriteString(step)
	}
	if r, ok := fault.ErrorKind.(*kind.Required); ok && len(r.Missing) > 0 {
		name := strings.TrimPrefix(param.String()+"."+r.Missing[0], ".")
		return badParam(name, "missing_required_parameter", "Missing required parameter: '%s'.", name)
	}
	return badParam(param.String(), "invalid_value", "Invalid '%s': %s.", param.String(), reason)
}

// acceptor tells whether arguments keep to a function's schema; a schema that
// cannot be compiled binds nobody.
func acceptor(t modelTool) func(arguments string) bool {
	c := jsonschema.NewCompiler()
	schema, err := jsonschema.UnmarshalJSON(bytes.NewReader(t.parameters))
	var compiled *jsonschema.Schema
	if err == nil && c.AddResource("tool.json", schema) == nil {
		compiled, _ = c.Compile("tool.json")
	}
	return func(arguments string) bool {
		doc, err := jsonschema.UnmarshalJSON(strings.NewReader(arguments))
		return compiled == nil || err == nil && compiled.Validate(doc) == nil
	}
}
