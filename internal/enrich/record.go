package enrich

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"leadtriage/prompts"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"golang.org/x/text/language"
	"golang.org/x/text/message"
)

const (
	maxFacts      = 60 // of one answer; the rest is dropped
	maxComplaints = 10 // told to the model at once
)

// record is what record_firmographics was called with.
type record struct {
	Facts   []claim `json:"facts"`
	Summary string  `json:"summary"`
}

// recordSchema checks the arguments of record_firmographics: a provider that
// promises strictness keeps to it, a small server may not.
type recordSchema struct{ schema *jsonschema.Schema }

func compileRecord(tools []prompts.Tool) (*recordSchema, error) {
	for _, tool := range tools {
		if tool.Name != prompts.RecordFirmographics {
			continue
		}
		doc, err := jsonschema.UnmarshalJSON(bytes.NewReader(tool.Schema))
		if err != nil {
			return nil, err
		}
		c := jsonschema.NewCompiler()
		if err := c.AddResource("record.json", doc); err != nil {
			return nil, err
		}
		schema, err := c.Compile("record.json")
		return &recordSchema{schema}, err
	}
	return nil, errors.New("no such function")
}

// decode returns the record, or what is wrong with the arguments, for the model
// to mend: every fault with its path.
func (s *recordSchema) decode(arguments string, finish Finish) (record, string) {
	var r record
	doc, err := jsonschema.UnmarshalJSON(strings.NewReader(arguments))
	if err != nil {
		if finish == Cut {
			return r, "Your arguments were cut off for length. Record fewer facts with shorter quotes."
		}
		return r, "The arguments are not valid JSON. Send one JSON object."
	}
	if err := s.schema.Validate(doc); err != nil {
		return r, complaints(err)
	}
	if err := json.Unmarshal([]byte(arguments), &r); err != nil {
		return r, "The arguments cannot be read: send facts and summary as the schema says."
	}
	return r, ""
}

func complaints(err error) string {
	invalid, ok := errors.AsType[*jsonschema.ValidationError](err)
	if !ok {
		return "The arguments do not fit the schema."
	}
	english := message.NewPrinter(language.English)
	var lines []string
	var walk func(e *jsonschema.ValidationError)
	walk = func(e *jsonschema.ValidationError) {
		if len(e.Causes) == 0 {
			lines = append(lines, fmt.Sprintf("- at /%s: %s", strings.Join(e.InstanceLocation, "/"), clamp(e.ErrorKind.LocalizedString(english), 200)))
		}
		for _, cause := range e.Causes {
			walk(cause)
		}
	}
	walk(invalid)
	if more := len(lines) - maxComplaints; more > 0 {
		lines = append(lines[:maxComplaints], fmt.Sprintf("- and %d more", more))
	}
	return "The arguments do not fit the schema:\n" + strings.Join(lines, "\n")
}
