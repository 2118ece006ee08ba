package enrich

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"strings"

	"leadtriage/internal/lead"
	"leadtriage/prompts"

	openai "github.com/sashabaranov/go-openai"
)

// empty stands in for a text without content: the library drops an empty one,
// and endpoints refuse a message that lacks it.
const empty = "(empty)"

// chatAPI speaks Chat Completions. No temperature is sent: the library drops a
// zero, and reasoning models refuse any other.
//
// One function is forced by offering it alone: llama.cpp takes a choice by its
// name for "auto". A model that answered in text has no ear for functions, or its
// server no template for them; it is forced by a response format of the same
// schema, which servers hold any model to. A server that knows no such format
// (llama-cpp-python answers it with 500) has the function chosen by its name.
type chatAPI struct{ api *openai.Client }

func (a chatAPI) ask(ctx context.Context, c Conversation) (Turn, http.Header, error) {
	req := openai.ChatCompletionRequest{
		Model:               c.Model,
		Messages:            chatMessages(c),
		MaxCompletionTokens: c.MaxOutput,
	}
	offer(&req, c)
	resp, err := a.api.CreateChatCompletion(ctx, req)
	if err != nil && req.ResponseFormat != nil && refusesForm(err) {
		req.ResponseFormat = nil
		choose(&req, c)
		resp, err = a.api.CreateChatCompletion(ctx, req)
	}
	if err != nil {
		return Turn{}, resp.Header(), err
	}
	turn := Turn{Usage: chatUsage(resp.Usage)}
	if len(resp.Choices) == 0 {
		return turn, resp.Header(), fmt.Errorf("%w: no choices", errGarbled)
	}
	choice := resp.Choices[0]
	if req.ResponseFormat != nil && len(choice.Message.ToolCalls) == 0 && choice.Message.Refusal == "" {
		choice.Message.ToolCalls = []openai.ToolCall{{Function: openai.FunctionCall{Name: c.Force, Arguments: object(choice.Message.Content)}}}
		choice.Message.Content = ""
	}
	for i, call := range choice.Message.ToolCalls {
		// Small servers leave ids out; an answer needs one to refer to.
		call.ID = cmp.Or(call.ID, fmt.Sprintf("call_%d_%d", len(c.Rounds)+1, i+1))
		call.Type = openai.ToolTypeFunction
		choice.Message.ToolCalls[i] = call
		turn.Calls = append(turn.Calls, Call{call.ID, call.Function.Name, call.Function.Arguments})
	}
	switch {
	case choice.FinishReason == openai.FinishReasonLength:
		turn.Finish = Cut
	case choice.FinishReason == openai.FinishReasonContentFilter, choice.Message.Refusal != "" && len(turn.Calls) == 0:
		turn.Finish = Refused
	}
	turn.Text = choice.Message.Content
	turn.history = choice.Message
	return turn, resp.Header(), nil
}

// offer puts the functions into the request, or the form of the one that is forced.
func offer(req *openai.ChatCompletionRequest, c Conversation) {
	spoke := len(c.Rounds) > 0 && len(c.Rounds[len(c.Rounds)-1].Turn.Calls) == 0
	for _, t := range c.Tools {
		switch {
		case c.Force != "" && t.Name != c.Force:
		case c.Force != "" && spoke:
			req.ResponseFormat = &openai.ChatCompletionResponseFormat{Type: openai.ChatCompletionResponseFormatTypeJSONSchema,
				JSONSchema: &openai.ChatCompletionResponseFormatJSONSchema{Name: t.Name, Strict: true, Schema: t.Schema}}
		default:
			req.Tools = append(req.Tools, function(t))
		}
	}
	switch {
	case req.ResponseFormat != nil:
	case c.Force != "":
		req.ToolChoice = "required"
	default:
		// Not required: llama.cpp then lets a model that never calls talk to the
		// limit of its output.
		req.ToolChoice = "auto"
	}
}

// choose forces one function by its name.
func choose(req *openai.ChatCompletionRequest, c Conversation) {
	for _, t := range c.Tools {
		if t.Name == c.Force {
			req.Tools = []openai.Tool{function(t)}
		}
	}
	req.ToolChoice = openai.ToolChoice{Type: openai.ToolTypeFunction, Function: openai.ToolFunction{Name: c.Force}}
}

func function(t prompts.Tool) openai.Tool {
	return openai.Tool{Type: openai.ToolTypeFunction,
		Function: &openai.FunctionDefinition{Name: t.Name, Description: t.Description, Strict: true, Parameters: t.Schema}}
}

// refusesForm reports whether an answer may mean that the server does not know the
// response format.
func refusesForm(err error) bool {
	switch status, _, _ := statusOf(err); status {
	case http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusInternalServerError, http.StatusNotImplemented:
		return true
	}
	return false
}

// object is the JSON object in a text, out of the fence that some models put round it.
func object(text string) string {
	from, to := strings.Index(text, "{"), strings.LastIndex(text, "}")
	if from < 0 || to < from {
		return text
	}
	return text[from : to+1]
}

func chatMessages(c Conversation) []openai.ChatCompletionMessage {
	messages := []openai.ChatCompletionMessage{
		{Role: openai.ChatMessageRoleSystem, Content: c.System},
		{Role: openai.ChatMessageRoleUser, Content: c.User},
	}
	for _, r := range c.Rounds {
		said, _ := r.Turn.history.(openai.ChatCompletionMessage)
		messages = append(messages, repeatable(said))
		for _, a := range r.Answers {
			messages = append(messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleTool, ToolCallID: a.CallID, Content: cmp.Or(a.Text, empty)})
		}
		if r.Say != "" {
			messages = append(messages, openai.ChatCompletionMessage{Role: openai.ChatMessageRoleUser, Content: r.Say})
		}
	}
	return messages
}

// repeatable is an assistant's message in the form that every server takes back:
// some parse the arguments of earlier calls and answer 500 when they are not JSON.
func repeatable(m openai.ChatCompletionMessage) openai.ChatCompletionMessage {
	out := openai.ChatCompletionMessage{Role: openai.ChatMessageRoleAssistant, Content: cmp.Or(m.Content, m.Refusal)}
	for _, call := range m.ToolCalls {
		if !json.Valid([]byte(call.Function.Arguments)) {
			call.Function.Arguments = "{}"
		}
		call.Index = nil
		out.ToolCalls = append(out.ToolCalls, call)
	}
	if len(out.ToolCalls) == 0 {
		out.Content = cmp.Or(out.Content, empty)
	}
	return out
}

func chatUsage(u openai.Usage) lead.Usage {
	usage := lead.Usage{PromptTokens: u.PromptTokens, CompletionTokens: u.CompletionTokens}
	if u.PromptTokensDetails != nil {
		usage.CachedTokens = u.PromptTokensDetails.CachedTokens
	}
	return usage
}
