package sim

import (
	"bytes"
	_ "embed"
	"fmt"
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

var loadChatSchema = sync.OnceValue(func() *jsonschema.Schema {
	const at = "https://openai-chat.invalid/schema.json"
	c, _ := embeddedSchema(at, chatSchemaText)
	return c.MustCompile(at + "#/$defs/CreateChatCompletionRequest")
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

// checkChatRequest holds a body to the published schema.
func checkChatRequest(body []byte) *apiError {
	doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(body))
	if err != nil {
		return badParam("", "", "We could not parse the JSON body of your request: it has to be one JSON object.")
	}
	if err := loadChatSchema().Validate(doc); err != nil {
		return schemaRefusal(err)
	}
	return nil
}

// deepest is the deepest fault, which in a oneOf is the likeliest, and its words. That a
// property is not known counts least: where another fault stands, none is.
func deepest(err error) (found *jsonschema.ValidationError, words string) {
	best := -2
	var walk func(*jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		depth := len(e.InstanceLocation)
		if _, unknown := e.ErrorKind.(*kind.FalseSchema); unknown {
			depth = -1
		}
		if len(e.Causes) == 0 && depth > best {
			found, best = e, depth
		}
		for _, c := range e.Causes {
			walk(c)
		}
	}
	walk(err.(*jsonschema.ValidationError))
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
	switch r := fault.ErrorKind.(type) {
	case *kind.Required:
		name := strings.TrimPrefix(param.String()+"."+r.Missing[0], ".")
		return badParam(name, "missing_required_parameter", "Missing required parameter: '%s'.", name)
	case *kind.FalseSchema:
		return unknownParam(param.String())
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
