package sim

import (
	"cmp"
	"encoding/json"
	"strings"
)

// chatAPI is POST /v1/chat/completions.
type chatAPI struct{}

func (chatAPI) name() string { return "chat" }

type chatRequest struct {
	Model    string        `json:"model"`
	Messages []chatMessage `json:"messages"`
	Tools    []struct {
		Function wireTool `json:"function"`
	} `json:"tools"`
	ToolChoice     json.RawMessage `json:"tool_choice"`
	ResponseFormat struct {
		Type       string `json:"type"`
		JSONSchema struct {
			Name   string          `json:"name"`
			Strict *bool           `json:"strict"`
			Schema json.RawMessage `json:"schema"`
		} `json:"json_schema"`
	} `json:"response_format"`
	ParallelToolCalls   *bool `json:"parallel_tool_calls"`
	MaxTokens           *int  `json:"max_tokens"`
	MaxCompletionTokens *int  `json:"max_completion_tokens"`
	Stream              bool  `json:"stream"`
}

type chatMessage struct {
	Role       string          `json:"role"`
	Content    json.RawMessage `json:"content"`
	ToolCallID string          `json:"tool_call_id"`
	ToolCalls  []struct {
		ID       string `json:"id"`
		Function struct {
			Name      string `json:"name"`
			Arguments string `json:"arguments"`
		} `json:"function"`
	} `json:"tool_calls"`
}

func (chatAPI) decode(body []byte) (*modelPrompt, *apiError) {
	if err := checkChatRequest(body); err != nil {
		return nil, err
	}
	var r chatRequest
	if err := json.Unmarshal(body, &r); err != nil {
		return nil, badParam("", "", "We could not parse the JSON body of your request.")
	}
	if err := r.refused(); err != nil {
		return nil, err
	}
	p := &modelPrompt{model: r.Model, parallel: r.ParallelToolCalls == nil || *r.ParallelToolCalls}
	if limit := cmp.Or(r.MaxCompletionTokens, r.MaxTokens); limit != nil {
		p.maxTokens = *limit
	}
	var tools []wireTool
	for _, t := range r.Tools {
		tools = append(tools, t.Function)
	}
	if err := p.offer(tools, r.ToolChoice, ".function"); err != nil {
		return nil, err
	}
	if form := r.ResponseFormat.JSONSchema; r.ResponseFormat.Type == "json_schema" {
		var err *apiError
		if p.form, err = (wireTool{Name: form.Name, Strict: form.Strict, Parameters: form.Schema}).checked("response_format.json_schema"); err != nil {
			return nil, err
		}
		p.counted.Write(form.Schema)
	}
	for _, m := range r.Messages {
		text, _ := wireText(m.Content)
		p.counted.WriteString("\n" + m.Role + ":" + text)
		if m.Role == "user" || m.Role == "tool" {
			p.texts = append(p.texts, text)
		}
		for _, c := range m.ToolCalls {
			p.called = append(p.called, modelCall{c.ID, c.Function.Name, c.Function.Arguments})
			p.counted.WriteString(c.Function.Name + c.Function.Arguments)
		}
	}
	return p, nil
}

// refused holds what the published schema does not say and the service does.
func (r chatRequest) refused() *apiError {
	if r.Stream {
		return badParam("stream", "unsupported_value", "This simulated service does not stream: send 'stream': false.")
	}
	if r.ParallelToolCalls != nil && len(r.Tools) == 0 {
		return badParam("parallel_tool_calls", "", "'parallel_tool_calls' is only allowed when 'tools' are specified.")
	}
	for name, limit := range map[string]*int{"max_tokens": r.MaxTokens, "max_completion_tokens": r.MaxCompletionTokens} {
		if limit != nil && *limit < 1 {
			return badParam(name, "integer_below_min_value",
				"Invalid '%s': integer below minimum value. Expected a value >= 1, but got %d instead.", name, *limit)
		}
	}
	if r.MaxTokens != nil && reasoningModel.MatchString(r.Model) {
		return badParam("max_tokens", "unsupported_parameter",
			"Unsupported parameter: 'max_tokens' is not supported with this model. Use 'max_completion_tokens' instead.")
	}
	if strings.HasPrefix(r.Model, "gpt-6") && len(r.Tools) > 0 {
		return badParam("tools", "unsupported_parameter",
			"Function tools with reasoning are not supported for %s in /v1/chat/completions. Use /v1/responses.", r.Model)
	}
	return r.unanswered()
}

// unanswered refuses a conversation in which calls and results do not pair up.
func (r chatRequest) unanswered() *apiError {
	open := map[string]bool{}
	last := len(r.Messages) - 1
	for i, m := range append(r.Messages, chatMessage{}) { // behind the last one none may be open
		if m.Role == "tool" {
			if !open[m.ToolCallID] {
				return badParam(indexed("messages", i)+".role", "",
					"Invalid parameter: messages with role 'tool' must be a response to a preceding message with 'tool_calls'.")
			}
			delete(open, m.ToolCallID)
			continue
		}
		if id := first(open); id != "" {
			return badParam(indexed("messages", min(i, last)), "", "An assistant message with 'tool_calls' must be followed by tool messages "+
				"responding to each 'tool_call_id'. The following tool_call_ids did not have response messages: %s", id)
		}
		for _, c := range m.ToolCalls {
			open[c.ID] = true
		}
	}
	return nil
}

func first(set map[string]bool) string {
	for id := range set {
		return id
	}
	return ""
}

func (chatAPI) encode(p *modelPrompt, a modelAnswer) any {
	message := map[string]any{"role": "assistant", "content": nil, "refusal": nil, "annotations": []any{}}
	reason := "stop"
	switch {
	case a.refusal != "":
		message["refusal"] = a.refusal
	case len(a.calls) > 0:
		var calls []any
		for i, c := range a.calls {
			calls = append(calls, map[string]any{"id": callID(a, i), "type": "function",
				"function": map[string]any{"name": c.name, "arguments": c.arguments}})
		}
		message["tool_calls"] = calls
		// The service says "stop" where the caller named the function.
		if p.choice.name == "" {
			reason = "tool_calls"
		}
	default:
		message["content"] = a.text
	}
	if a.truncated {
		reason = "length"
	}
	choices := []any{map[string]any{"index": 0, "message": message, "logprobs": nil, "finish_reason": reason}}
	if a.empty {
		choices = []any{}
	}
	return map[string]any{
		"id": "chatcmpl-" + a.id, "object": "chat.completion", "created": a.created, "model": p.model,
		"choices": choices, "service_tier": "default", "system_fingerprint": "fp_simulated",
		"usage": map[string]any{
			"prompt_tokens": a.prompt, "completion_tokens": a.output, "total_tokens": a.prompt + a.output,
			"prompt_tokens_details": map[string]any{"cached_tokens": a.cached, "audio_tokens": 0},
			"completion_tokens_details": map[string]any{"reasoning_tokens": a.reasoning, "audio_tokens": 0,
				"accepted_prediction_tokens": 0, "rejected_prediction_tokens": 0},
		},
	}
}
