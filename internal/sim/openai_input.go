package sim

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
)

// responsesParams are the parameters that POST /v1/responses knows.
var responsesParams = strings.Fields(`background context_management conversation include input instructions max_output_tokens
	max_tool_calls metadata model moderation parallel_tool_calls previous_response_id prompt prompt_cache_key prompt_cache_options
	prompt_cache_retention reasoning safety_identifier service_tier store stream stream_options temperature text tool_choice tools
	top_logprobs top_p truncation user`)

type inputItem struct {
	Type      string          `json:"type"`
	ID        string          `json:"id"`
	Role      string          `json:"role"`
	Content   json.RawMessage `json:"content"`
	CallID    string          `json:"call_id"`
	Name      string          `json:"name"`
	Arguments string          `json:"arguments"`
	Output    json.RawMessage `json:"output"`
	Encrypted string          `json:"encrypted_content"`
}

// readInput fills the prompt from a string or a list of items, and refuses a
// list in which calls, results and reasoning do not fit together.
func (api responsesAPI) readInput(p *modelPrompt, raw json.RawMessage) *apiError {
	var text string
	if json.Unmarshal(raw, &text) == nil {
		p.texts = []string{text}
		p.counted.WriteString("\nuser:" + text)
		return nil
	}
	var items []inputItem
	if err := json.Unmarshal(raw, &items); err != nil || len(items) == 0 {
		return badParam("input", "missing_required_parameter", "Missing required parameter: 'input', a string or a list of items.")
	}
	open, reasoned := map[string]bool{}, map[string]bool{}
	for i, item := range items {
		at := indexed("input", i)
		switch item.Type {
		case "", "message":
			text, ok := wireText(item.Content)
			if !ok || item.Role == "" {
				return badParam(at, "invalid_type", "Invalid '%s': a message has a role and content.", at)
			}
			p.counted.WriteString("\n" + item.Role + ":" + text)
			if item.Role == "user" {
				p.texts = append(p.texts, text)
			}
		case "reasoning":
			if item.Encrypted == "" {
				return &apiError{Status: http.StatusNotFound, Param: "input", Message: fmt.Sprintf("Item with id '%s' not found. "+
					"Items are not persisted when `store` is set to false. "+
					"Ask for 'reasoning.encrypted_content' and send it back, or remove this item from your input.", item.ID)}
			}
			if item.Encrypted != api.seal(item.ID) {
				return badParam(at+".encrypted_content", "invalid_encrypted_content", "The encrypted content for item %s could not be verified.", item.ID)
			}
			reasoned[strings.TrimPrefix(item.ID, "rs_")] = true
		case "function_call":
			if item.CallID == "" || item.Name == "" {
				return badParam(at+".call_id", "missing_required_parameter", "Missing required parameter: '%s.call_id'.", at)
			}
			if err := withoutReasoning(p, item.ID, reasoned); err != nil {
				return err
			}
			open[item.CallID] = true
			p.called = append(p.called, modelCall{item.CallID, item.Name, item.Arguments})
			p.counted.WriteString("\n" + item.Name + item.Arguments)
		case "function_call_output":
			if !open[item.CallID] {
				return badParam("input", "", "No tool call found for function call output with call_id %s.", item.CallID)
			}
			text, ok := wireText(item.Output)
			if !ok {
				return badParam(at+".output", "invalid_type", "Invalid type for '%s.output': expected a string or a list of parts.", at)
			}
			delete(open, item.CallID)
			p.texts = append(p.texts, text)
			p.counted.WriteString("\ntool:" + text)
		default:
			return badParam(at+".type", "invalid_value",
				"Invalid value: '%s'. Supported values are: 'message', 'reasoning', 'function_call', and 'function_call_output'.", item.Type)
		}
	}
	if id := first(open); id != "" {
		return badParam("input", "", "No tool output found for function call %s.", id)
	}
	return nil
}

// withoutReasoning refuses a call that is sent back without the thought that
// led to it. Both were given ids of one stem.
func withoutReasoning(p *modelPrompt, id string, reasoned map[string]bool) *apiError {
	stem, ok := strings.CutPrefix(id, "fc_")
	if !ok || !p.reasons() {
		return nil
	}
	stem, _, _ = strings.Cut(stem, "_")
	if reasoned[stem] {
		return nil
	}
	return badParam("input", "", "Item '%s' of type 'function_call' was provided without its required 'reasoning' item: 'rs_%s'.", id, stem)
}

func unknownParam(name string) *apiError {
	return badParam(name, "unknown_parameter", "Unknown parameter: '%s'.", name)
}

func indexed(name string, i int) string { return name + "[" + strconv.Itoa(i) + "]" }
