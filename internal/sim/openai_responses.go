package sim

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
)

// responsesAPI is POST /v1/responses. Nothing is kept between calls: whoever
// wants to go on sends the output items back, as with store:false.
type responsesAPI struct{ key string }

func (responsesAPI) name() string { return "responses" }

type responsesRequest struct {
	Model              string          `json:"model"`
	Input              json.RawMessage `json:"input"`
	Instructions       string          `json:"instructions"`
	Include            []string        `json:"include"`
	Tools              []responsesTool `json:"tools"`
	ToolChoice         json.RawMessage `json:"tool_choice"`
	ParallelToolCalls  *bool           `json:"parallel_tool_calls"`
	MaxOutputTokens    *int            `json:"max_output_tokens"`
	PreviousResponseID string          `json:"previous_response_id"`
	Store              *bool           `json:"store"`
	Stream             bool            `json:"stream"`
	Background         bool            `json:"background"`
}

type responsesTool struct {
	Type string `json:"type"`
	wireTool
}

func (api responsesAPI) decode(body []byte) (*modelPrompt, *apiError) {
	fields := map[string]json.RawMessage{}
	if err := json.Unmarshal(body, &fields); err != nil {
		return nil, badParam("", "", "We could not parse the JSON body of your request.")
	}
	for _, name := range slices.Sorted(maps.Keys(fields)) {
		if !slices.Contains(responsesParams, name) {
			return nil, unknownParam(name)
		}
	}
	var r responsesRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, badParam("", "invalid_type", "Invalid type in the request: %v.", err)
	}
	if err := r.refused(); err != nil {
		return nil, err
	}
	p := &modelPrompt{model: r.Model, parallel: r.ParallelToolCalls == nil || *r.ParallelToolCalls,
		store: r.Store == nil || *r.Store, encrypted: slices.Contains(r.Include, "reasoning.encrypted_content"), echo: fields}
	if r.MaxOutputTokens != nil {
		p.maxTokens = *r.MaxOutputTokens
	}
	var tools []wireTool
	for i, t := range r.Tools {
		if t.Type != "function" {
			return nil, badParam(indexed("tools", i)+".type", "invalid_value",
				"This simulated service offers function tools only, not '%s'.", t.Type)
		}
		tools = append(tools, t.wireTool)
	}
	if err := p.offer(tools, r.ToolChoice, ""); err != nil {
		return nil, err
	}
	p.counted.WriteString("\n" + r.Instructions)
	return p, api.readInput(p, r.Input)
}

func (r responsesRequest) refused() *apiError {
	if r.Model == "" {
		return badParam("model", "missing_required_parameter", "Missing required parameter: 'model'.")
	}
	if r.Stream || r.Background {
		return badParam("stream", "unsupported_value", "This simulated service neither streams nor works in the background.")
	}
	if r.PreviousResponseID != "" {
		return badParam("previous_response_id", "previous_response_not_found", "Previous response with id '%s' not found.", r.PreviousResponseID)
	}
	if r.MaxOutputTokens != nil && *r.MaxOutputTokens < 16 {
		return badParam("max_output_tokens", "integer_below_min_value",
			"Invalid 'max_output_tokens': integer below minimum value. Expected a value >= 16, but got %d instead.", *r.MaxOutputTokens)
	}
	return nil
}

func (api responsesAPI) encode(p *modelPrompt, a modelAnswer) any {
	status := "completed"
	if a.truncated {
		status = "incomplete"
	}
	output := []any{}
	if p.reasons() {
		item := map[string]any{"id": "rs_" + a.id, "type": "reasoning", "summary": []any{}}
		if p.encrypted {
			item["encrypted_content"] = api.seal("rs_" + a.id)
		}
		output = append(output, item)
	}
	for i, c := range a.calls {
		output = append(output, map[string]any{"id": fmt.Sprintf("fc_%s_%d", a.id, i), "type": "function_call", "status": status,
			"name": c.name, "arguments": c.arguments, "call_id": callID(a, i)})
	}
	var part map[string]any
	switch {
	case a.refusal != "":
		part = map[string]any{"type": "refusal", "refusal": a.refusal}
	case a.text != "":
		part = map[string]any{"type": "output_text", "text": a.text, "annotations": []any{}, "logprobs": []any{}}
	}
	if part != nil {
		output = append(output, map[string]any{"id": "msg_" + a.id, "type": "message", "role": "assistant", "status": status, "content": []any{part}})
	}
	if a.empty {
		status, output = "completed", []any{}
	}
	body := map[string]any{
		"id": "resp_" + a.id, "object": "response", "created_at": a.created, "status": status, "model": p.model, "output": output,
		"background": false, "error": nil, "incomplete_details": nil, "previous_response_id": nil, "store": p.store,
		"parallel_tool_calls": p.parallel, "truncation": "disabled", "service_tier": "default", "tool_choice": "auto", "tools": []any{},
		"usage": map[string]any{
			"input_tokens": a.prompt, "output_tokens": a.output, "total_tokens": a.prompt + a.output,
			"input_tokens_details":  map[string]any{"cached_tokens": a.cached, "cache_write_tokens": 0},
			"output_tokens_details": map[string]any{"reasoning_tokens": a.reasoning},
		},
	}
	if status == "incomplete" {
		body["incomplete_details"] = map[string]any{"reason": "max_output_tokens"}
	}
	for _, name := range []string{"instructions", "max_output_tokens", "metadata", "reasoning", "temperature", "text", "tool_choice", "tools", "top_p"} {
		if v, ok := p.echo[name]; ok {
			body[name] = v
		}
	}
	return body
}

func callID(a modelAnswer, i int) string { return fmt.Sprintf("call_%s%d", a.id[:20], i) }

// seal stands for the encrypted reasoning, which only the service can read.
func (api responsesAPI) seal(id string) string {
	m := hmac.New(sha256.New, []byte("reasoning:"+api.key))
	m.Write([]byte(id))
	return base64.StdEncoding.EncodeToString(m.Sum(nil))
}
