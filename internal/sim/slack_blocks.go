package sim

import (
	_ "embed"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"sync"
	"unicode/utf8"

	"github.com/santhosh-tekuri/jsonschema/v6"
	"github.com/santhosh-tekuri/jsonschema/v6/kind"
)

//go:embed blockkit.schema.json
var slackBlockSchema []byte

const slackSchemaID = "https://slack-block-kit-subset.invalid/message.json"

// Block counts that Slack publishes.
const (
	slackMessageBlocks = 50
	slackViewBlocks    = 100
)

// slackDefinitions compiles every definition of the schema, once.
var slackDefinitions = sync.OnceValue(func() map[string]*jsonschema.Schema {
	compiler, document := embeddedSchema(slackSchemaID, slackBlockSchema)
	compiler.AssertFormat()
	defs := map[string]*jsonschema.Schema{}
	for name := range document.(map[string]any)["$defs"].(map[string]any) {
		defs[name] = compiler.MustCompile(slackSchemaID + "#/$defs/" + name)
	}
	return defs
})

// slackBlock is a block or an element of one, as JSON decodes it.
type slackBlock = map[string]any

// parseSlackBlocks checks blocks against the published limits and returns them
// as Slack keeps them: every block has a block_id, every element an action_id.
// Faults come as Slack words them, with the place under root.
func parseSlackBlocks(raw, root string, limit int) ([]slackBlock, []string) {
	decoded, err := jsonschema.UnmarshalJSON(strings.NewReader(raw))
	list, isList := decoded.([]any)
	if err != nil || !isList {
		return nil, []string{slackFaultLine("must be an array of blocks", root)}
	}
	var faults []string
	if len(list) > limit {
		faults = append(faults, slackFaultLine(fmt.Sprintf("no more than %d items allowed", limit), root))
	}
	seen := map[string]bool{}
	blocks := make([]slackBlock, 0, len(list))
	for i, item := range list {
		at := fmt.Sprintf("%s/%d", root, i)
		block, ok := item.(slackBlock)
		name, _ := block["type"].(string)
		schema := slackDefinitions()[name+"_block"]
		if !ok || schema == nil {
			faults = append(faults, slackFaultLine("unsupported type: "+name, at+"/type"))
			continue
		}
		if err := schema.Validate(item); err != nil {
			faults = append(faults, slackSchemaFaults(err, at)...)
			continue
		}
		if id, _ := block["block_id"].(string); id != "" {
			if seen[id] {
				faults = append(faults, slackFaultLine("block_id "+id+" already exists", at+"/block_id"))
			}
			seen[id] = true
		}
		faults = append(faults, slackElementFaults(block, at)...)
		blocks = append(blocks, block)
	}
	if len(faults) > 0 {
		return nil, faults
	}
	for _, block := range blocks {
		slackFill(block)
	}
	return blocks, nil
}

// slackElementFaults finds what the schema cannot say: repeated action ids within
// a block, and initial options that are not among the options.
func slackElementFaults(block slackBlock, at string) []string {
	var faults []string
	seen := map[string]bool{}
	for _, element := range slackElements(block) {
		if id, _ := element["action_id"].(string); id != "" {
			if seen[id] {
				faults = append(faults, slackFaultLine("action_id "+id+" already exists", at))
			}
			seen[id] = true
		}
		if initial, ok := element["initial_option"].(slackBlock); ok && slackOption(element, initial["value"]) == nil {
			faults = append(faults, slackFaultLine("initial_option is not one of the options", at))
		}
		if text, _ := element["initial_value"].(string); text != "" {
			if longest, ok := slackInt(element["max_length"]); ok && utf8.RuneCountInString(text) > longest {
				faults = append(faults, slackFaultLine("initial_value is longer than max_length", at))
			}
		}
	}
	return faults
}

// slackElements are the interactive elements of a block.
func slackElements(block slackBlock) []slackBlock {
	var out []slackBlock
	if list, ok := block["elements"].([]any); ok && block["type"] == "actions" {
		for _, item := range list {
			out = append(out, item.(slackBlock))
		}
	}
	for _, key := range []string{"accessory", "element"} {
		if element, ok := block[key].(slackBlock); ok && element["type"] != "image" {
			out = append(out, element)
		}
	}
	return out
}

// slackOption returns the option of an element that carries a value, or nil.
func slackOption(element slackBlock, value any) slackBlock {
	options, _ := element["options"].([]any)
	for _, item := range options {
		if option, ok := item.(slackBlock); ok && option["value"] == value {
			return option
		}
	}
	return nil
}

// slackFill adds the ids and defaults that Slack adds when it stores a block.
func slackFill(block slackBlock) {
	if block["block_id"] == nil {
		block["block_id"] = slackID("")[:5]
	}
	for _, element := range slackElements(block) {
		if element["action_id"] == nil {
			element["action_id"] = slackID("")[:5]
		}
	}
	slackFillText(block)
}

func slackFillText(value any) {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			slackFillText(item)
		}
	case slackBlock:
		if v["type"] == "plain_text" && v["emoji"] == nil {
			v["emoji"] = true
		}
		if v["type"] == "mrkdwn" && v["verbatim"] == nil {
			v["verbatim"] = false
		}
		for _, item := range v {
			slackFillText(item)
		}
	}
}

func slackFaultLine(text, pointer string) string {
	return "[ERROR] " + text + " [json-pointer:" + pointer + "]"
}

// slackSchemaFaults turns a schema error into Slack's lines.
func slackSchemaFaults(err error, root string) []string {
	var lines []string
	for _, leaf := range slackLeaves(err.(*jsonschema.ValidationError)) {
		at := root
		if len(leaf.InstanceLocation) > 0 {
			at += "/" + strings.Join(leaf.InstanceLocation, "/")
		}
		lines = append(lines, slackFaultLine(slackWording(leaf.ErrorKind), at))
	}
	return slices.Compact(lines)
}

// slackLeaves are the errors that matter. Of a oneOf's alternatives only the one
// of the value's own type does.
func slackLeaves(err *jsonschema.ValidationError) []*jsonschema.ValidationError {
	if len(err.Causes) == 0 {
		return []*jsonschema.ValidationError{err}
	}
	if _, choice := err.ErrorKind.(*kind.OneOf); choice {
		for _, alternative := range err.Causes {
			leaves := slackLeaves(alternative)
			if !slices.ContainsFunc(leaves, slackOtherType) {
				return leaves
			}
		}
		return []*jsonschema.ValidationError{err}
	}
	var leaves []*jsonschema.ValidationError
	for _, cause := range err.Causes {
		leaves = append(leaves, slackLeaves(cause)...)
	}
	return leaves
}

func slackOtherType(err *jsonschema.ValidationError) bool {
	_, isConst := err.ErrorKind.(*kind.Const)
	n := len(err.InstanceLocation)
	return isConst && n > 0 && err.InstanceLocation[n-1] == "type"
}

func slackWording(k jsonschema.ErrorKind) string {
	switch k := k.(type) {
	case *kind.MaxLength:
		return fmt.Sprintf("must be less than %d characters", k.Want+1)
	case *kind.MinLength:
		return fmt.Sprintf("must be more than %d characters", k.Want-1)
	case *kind.MaxItems:
		return fmt.Sprintf("no more than %d items allowed", k.Want)
	case *kind.MinItems:
		return fmt.Sprintf("must have at least %d items", k.Want)
	case *kind.Required:
		return "missing required field: " + strings.Join(k.Missing, ", ")
	case *kind.AdditionalProperties:
		return "invalid additional property: " + strings.Join(k.Properties, ", ")
	case *kind.Type:
		return "must be of type " + strings.Join(k.Want, " or ")
	case *kind.Format:
		return "must be a valid " + k.Want
	default:
		return "failed to match all allowed schemas"
	}
}

// slackInt reads a whole number of a block.
func slackInt(value any) (int, bool) {
	number, _ := value.(json.Number)
	n, err := number.Int64()
	return int(n), err == nil
}
