package sim

import (
	"encoding/json"
	"regexp"
	"slices"
	"strings"
)

// modelPrompt is a request of either API, in the words that the model knows.
type modelPrompt struct {
	model     string
	texts     []string // user messages and results of functions, oldest first
	called    []modelCall
	tools     []modelTool
	choice    toolChoice
	form      modelTool // what a text must be an object of; no name: any text
	parallel  bool
	maxTokens int             // 0: no limit
	counted   strings.Builder // what the prompt tokens are counted from

	// Responses only.
	store     bool
	encrypted bool // reasoning was asked for in a form that can be sent back
	echo      map[string]json.RawMessage
}

// modelTool is a function on offer.
type modelTool struct {
	name       string
	strict     bool
	parameters json.RawMessage
}

// offer takes the functions and the choice among them. In an item of tools, and in a
// choice, a function stands itself, or below a key such as ".function".
func (p *modelPrompt) offer(tools []wireTool, choice json.RawMessage, below string) (err *apiError) {
	for i, t := range tools {
		tool, err := t.checked(indexed("tools", i) + below)
		if err != nil {
			return err
		}
		p.tools = append(p.tools, tool)
		p.counted.WriteString(tool.name + t.Description + string(tool.parameters))
	}
	p.choice, err = wireChoice(choice, p.tools, below)
	return err
}

// modelCall is a function the model calls, or called before.
type modelCall struct {
	id        string
	name      string
	arguments string
}

// toolChoice is what the caller allows: auto, none or required, and for the
// last perhaps one name alone.
type toolChoice struct {
	mode string
	name string
}

// modelReply is what the model says: text, a refusal or calls.
type modelReply struct {
	text    string
	refusal string
	calls   []modelCall
}

func (p *modelPrompt) tool(name string) (modelTool, bool) {
	if p.choice.mode == "none" || p.choice.name != "" && p.choice.name != name {
		return modelTool{}, false
	}
	i := slices.IndexFunc(p.tools, func(t modelTool) bool { return t.name == name })
	if i < 0 {
		return modelTool{}, false
	}
	return p.tools[i], true
}

var reasoningModel = regexp.MustCompile(`^(gpt-[5-9]|o[1-9])`)

// reasons reports whether the model thinks before it answers.
func (p *modelPrompt) reasons() bool {
	return reasoningModel.MatchString(p.model) && !strings.Contains(p.model, "-chat")
}

// wireTool is a function as sent: in Chat Completions below "function", in
// Responses beside the type.
type wireTool struct {
	Name        string          `json:"name"`
	Description string          `json:"description"`
	Strict      *bool           `json:"strict"`
	Parameters  json.RawMessage `json:"parameters"`
}

var functionName = regexp.MustCompile(`^[a-zA-Z0-9_-]{1,64}$`)

// checked refuses what the service refuses of a function; at is its path in
// the request, as "tools[0].function".
func (t wireTool) checked(at string) (modelTool, *apiError) {
	if t.Name == "" {
		return modelTool{}, badParam(at+".name", "missing_required_parameter", "Missing required parameter: '%s.name'.", at)
	}
	if !functionName.MatchString(t.Name) {
		return modelTool{}, badParam(at+".name", "invalid_value",
			"Invalid '%s.name': at most 64 letters, digits, underscores and dashes.", at)
	}
	tool := modelTool{name: t.Name, strict: t.Strict != nil && *t.Strict, parameters: t.Parameters}
	if fault := checkParameters(tool); fault != "" {
		return modelTool{}, badParam(at+".parameters", "invalid_function_parameters",
			"Invalid schema for function '%s': %s", t.Name, fault)
	}
	return tool, nil
}

// wireChoice reads tool_choice.
func wireChoice(raw json.RawMessage, tools []modelTool, below string) (toolChoice, *apiError) {
	if len(raw) == 0 || string(raw) == "null" {
		return toolChoice{mode: "auto"}, nil
	}
	if len(tools) == 0 {
		return toolChoice{}, badParam("tool_choice", "", "'tool_choice' is only allowed when 'tools' are specified.")
	}
	var mode string
	if json.Unmarshal(raw, &mode) == nil {
		if !slices.Contains([]string{"auto", "none", "required"}, mode) {
			return toolChoice{}, badParam("tool_choice", "invalid_value",
				"Invalid value: '%s'. Supported values are: 'none', 'auto', and 'required'.", mode)
		}
		return toolChoice{mode: mode}, nil
	}
	var c struct {
		Type, Name string
		Function   struct{ Name string }
	}
	err := json.Unmarshal(raw, &c)
	name, missing := c.Name, "tool_choice.name"
	if below != "" {
		name, missing = c.Function.Name, "tool_choice"+below
	}
	if err != nil || c.Type != "function" || name == "" {
		return toolChoice{}, badParam(missing, "missing_required_parameter", "Missing required parameter: '%s'.", missing)
	}
	if !slices.ContainsFunc(tools, func(t modelTool) bool { return t.name == name }) {
		return toolChoice{}, badParam("tool_choice", "invalid_value", "Tool choice '%s' not found in 'tools' parameter.", name)
	}
	return toolChoice{mode: "required", name: name}, nil
}

// wireText reads content that is a string or a list of parts with text.
func wireText(raw json.RawMessage) (string, bool) {
	var s string
	if json.Unmarshal(raw, &s) == nil {
		return s, true
	}
	var parts []struct {
		Text string `json:"text"`
	}
	if json.Unmarshal(raw, &parts) != nil {
		return "", false
	}
	var b strings.Builder
	for _, p := range parts {
		b.WriteString(p.Text)
	}
	return b.String(), true
}
