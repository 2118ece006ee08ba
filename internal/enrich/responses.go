package enrich

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"leadtriage/internal/lead"

	openai "github.com/sashabaranov/go-openai"
)

// responsesAPI speaks OpenAI's Responses API without its storage: every request
// carries the whole conversation, with the model's own output items unchanged.
type responsesAPI struct{ api *openai.Client }

func (a responsesAPI) ask(ctx context.Context, c Conversation) (Turn, http.Header, error) {
	store := false
	req := openai.CreateResponseRequest{
		Model:           c.Model,
		Instructions:    c.System,
		Input:           responseInput(c),
		MaxOutputTokens: c.MaxOutput,
		PromptCacheKey:  c.Prompt,
		Store:           &store,
		ToolChoice:      "auto",
	}
	if reasons(c.Model) {
		// What it thought comes back sealed, and is sent along: nothing is kept there.
		req.Include = []openai.ResponseInclude{openai.ResponseIncludeReasoningEncryptedContent}
	}
	for _, t := range c.Tools {
		req.Tools = append(req.Tools, openai.NewResponseFunctionTool(openai.FunctionDefinition{
			Name: t.Name, Description: t.Description, Strict: true, Parameters: t.Schema}))
	}
	if c.Force != "" {
		req.ToolChoice = map[string]string{"type": "function", "name": c.Force}
	}
	resp, err := a.api.CreateResponse(ctx, req)
	if err != nil {
		return Turn{}, resp.Header(), err
	}
	turn := Turn{Usage: responseUsage(resp.Usage), history: resp.Output}
	switch resp.Status {
	case openai.ResponseStatusFailed, openai.ResponseStatusCancelled:
		return turn, resp.Header(), failed(resp.Error)
	case openai.ResponseStatusIncomplete:
		turn.Finish = Cut
		if d := resp.IncompleteDetails; d != nil && d.Reason == "content_filter" {
			turn.Finish = Refused
		}
	case openai.ResponseStatusCompleted, "":
	default:
		return turn, resp.Header(), fmt.Errorf("%w: status %s", errGarbled, resp.Status)
	}
	if err := readOutput(resp.Output, &turn); err != nil {
		return turn, resp.Header(), err
	}
	return turn, resp.Header(), nil
}

// readOutput collects the calls, and a refusal where there are none.
func readOutput(output []any, turn *Turn) error {
	raw, err := json.Marshal(output)
	if err != nil {
		return fmt.Errorf("%w: %w", errGarbled, err)
	}
	var items []struct {
		Type      string `json:"type"`
		CallID    string `json:"call_id"`
		Name      string `json:"name"`
		Arguments string `json:"arguments"`
		Content   any    `json:"content"`
	}
	if err := json.Unmarshal(raw, &items); err != nil {
		return fmt.Errorf("%w: %w", errGarbled, err)
	}
	refusal := false
	for _, item := range items {
		switch item.Type {
		case "function_call":
			if item.CallID == "" {
				return fmt.Errorf("%w: a call without an id", errGarbled)
			}
			turn.Calls = append(turn.Calls, Call{item.CallID, item.Name, item.Arguments})
		case "message":
			parts, _ := item.Content.([]any)
			for _, part := range parts {
				p, _ := part.(map[string]any)
				refusal = refusal || p["type"] == "refusal"
				text, _ := p["text"].(string)
				turn.Text += text
			}
		}
	}
	if len(turn.Calls) == 0 && turn.Text == "" && !refusal {
		turn.history = nil // an empty message is refused when it comes back
	}
	if refusal && len(turn.Calls) == 0 {
		turn.Finish = Refused
	}
	return nil
}

func responseInput(c Conversation) []any {
	input := []any{openai.ResponseInputMessage{Role: openai.ChatMessageRoleUser, Content: c.User}}
	for _, r := range c.Rounds {
		output, _ := r.Turn.history.([]any)
		input = append(input, output...)
		for _, a := range r.Answers {
			input = append(input, openai.ResponseFunctionCallOutput{Type: "function_call_output", CallID: a.CallID, Output: cmp.Or(a.Text, empty)})
		}
		if r.Say != "" {
			input = append(input, openai.ResponseInputMessage{Role: openai.ChatMessageRoleUser, Content: r.Say})
		}
	}
	return input
}

// failed is the error inside a response of status 200, with the status it means.
func failed(e *openai.ResponseError) error {
	if e == nil {
		e = &openai.ResponseError{}
	}
	return &openai.APIError{Code: e.Code, Message: e.Message, HTTPStatusCode: statusFor(e.Code, "")}
}

// reasons reports whether a model of this name thinks before it answers; asking
// another one for its sealed thoughts is an error 400.
func reasons(model string) bool {
	for _, prefix := range []string{"o1", "o3", "o4", "gpt-5", "gpt-6"} {
		if strings.HasPrefix(model, prefix) {
			return !strings.Contains(model, "-chat")
		}
	}
	return false
}

func responseUsage(u *openai.ResponseUsage) lead.Usage {
	if u == nil {
		return lead.Usage{}
	}
	usage := lead.Usage{PromptTokens: u.InputTokens, CompletionTokens: u.OutputTokens}
	if u.InputTokensDetails != nil {
		usage.CachedTokens = u.InputTokensDetails.CachedTokens
	}
	return usage
}
