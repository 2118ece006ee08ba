package enrich

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"

	"leadtriage/prompts"
)

// empty stands in for a text without content: endpoints refuse a message that lacks it.
const empty = "(empty)"

// chatAPI speaks Chat Completions. No temperature is sent: reasoning models refuse any
// but their own.
//
// One function is forced by offering it alone: llama.cpp takes a choice by its
// name for "auto". A model that answered in text has no ear for functions, or its
// server no template for them; it is forced by a response format of the same
// schema, which servers hold any model to. A server that knows no such format
// (llama-cpp-python answers it with 500) has the function chosen by its name.
type chatAPI struct{ *wire }

func (a chatAPI) ask(ctx context.Context, c Conversation) (turn Turn, err error) {
	var answer struct {
		Choices []struct {
			Message object
			Finish  text `json:"finish_reason"`
		}
		Usage usage
	}
	messages := append([]any{message{"role": "system", "content": c.System}}, c.said(func(a Answer) message {
		return message{"role": "tool", "tool_call_id": a.CallID, "content": cmp.Or(a.Text, empty)}
	})...)
	body := map[string]any{"model": c.Model, "messages": messages, "store": false, "max_completion_tokens": a.endpoint.MaxOutput}
	offer(body, c)
	err = a.post(ctx, "/chat/completions", body, &answer)
	if body["response_format"] != nil && refusesForm(err) {
		delete(body, "response_format")
		body["tools"] = chatTools(c)
		body["tool_choice"] = map[string]any{"type": "function", "function": map[string]string{"name": c.Force}}
		err = a.post(ctx, "/chat/completions", body, &answer)
	}
	turn.Usage = answer.Usage.Usage
	switch {
	case err != nil:
		return turn, err
	case len(answer.Choices) == 0:
		return turn, fmt.Errorf("%w: no choices", ErrGarbled)
	}
	refused := turn.hear(answer.Choices[0].Message, len(c.Rounds)+1)
	switch finish := answer.Choices[0].Finish; {
	case finish == "length":
		turn.Finish = Cut
	case finish == "content_filter", refused && len(turn.Calls) == 0:
		turn.Finish = Refused
	}
	return turn, nil
}

// offer puts the functions into the request, or the form of the one that is forced.
func offer(body map[string]any, c Conversation) {
	if spoke := len(c.Rounds) > 0 && len(c.Rounds[len(c.Rounds)-1].Turn.Calls) == 0; c.Force != "" && spoke {
		i := slices.IndexFunc(c.Tools, func(t prompts.Tool) bool { return t.Name == c.Force })
		body["response_format"] = map[string]any{"type": "json_schema",
			"json_schema": map[string]any{"name": c.Force, "strict": true, "schema": c.Tools[i].Schema}}
		return
	}
	// Not required of a free choice: llama.cpp then lets a model that never calls talk
	// to the limit of its output.
	body["tools"], body["tool_choice"] = chatTools(c), "auto"
	if c.Force != "" {
		body["tool_choice"] = "required"
	}
}

// chatTools are the functions on offer, or the forced one alone.
func chatTools(c Conversation) (tools []any) {
	for _, t := range c.Tools {
		if c.Force == "" || t.Name == c.Force {
			tools = append(tools, map[string]any{"type": "function", "function": function(t)})
		}
	}
	return tools
}

func function(t prompts.Tool) map[string]any {
	return map[string]any{"name": t.Name, "description": t.Description, "strict": true, "parameters": t.Schema}
}

// refusesForm reports whether an answer may mean that the server does not know the
// response format.
func refusesForm(err error) bool {
	r, ok := errors.AsType[*refusal](err)
	return ok && slices.Contains([]int{http.StatusBadRequest, http.StatusUnprocessableEntity, http.StatusInternalServerError,
		http.StatusNotImplemented}, r.status)
}

// message is one that we send.
type message map[string]string

// said is the conversation after the instructions, with answers in the API's form.
func (c Conversation) said(answer func(Answer) message) []any {
	all := []any{message{"role": "user", "content": c.User}}
	for _, r := range c.Rounds {
		all = append(all, r.Turn.history...)
		for _, a := range r.Answers {
			all = append(all, answer(a))
		}
		if r.Say != "" {
			all = append(all, message{"role": "user", "content": r.Say})
		}
	}
	return all
}

// object is a JSON object that goes back as it came, but for single members.
type object map[string]json.RawMessage

// read decodes a member, as far as it is what is looked for.
func (o object) read(name string, into any) { _ = json.Unmarshal(o[name], into) }

func (o object) set(name string, v any) { o[name], _ = json.Marshal(v) }

// write sets a text that is JSON: some servers parse the arguments of earlier calls, and
// answer 500 when they are none.
func (o object) write(name string, arguments text) {
	if !json.Valid([]byte(arguments)) {
		arguments = "{}"
	}
	o.set(name, arguments)
}

// hear reads an assistant's message and keeps it for the next request: as it came, but
// that its calls have ids, which small servers leave out, and arguments that are JSON in a text.
func (t *Turn) hear(m object, round int) (refused bool) {
	var said content
	var refusal text
	var calls []object
	m.read("content", &said)
	m.read("refusal", &refusal)
	m.read("tool_calls", &calls)
	for i, call := range calls {
		var function object
		var c struct{ Name, Arguments, ID text }
		call.read("function", &function)
		call.read("function", &c)
		call.read("id", &c.ID)
		c.ID = cmp.Or(c.ID, text(fmt.Sprintf("call_%d_%d", round, i+1)))
		if function != nil {
			function.write("arguments", c.Arguments)
			call.set("function", function)
		}
		call.set("id", c.ID)
		call.set("type", "function")
		t.Calls = append(t.Calls, Call{string(c.ID), string(c.Name), string(c.Arguments)})
	}
	if m == nil {
		m = object{}
	}
	m.set("role", "assistant")
	if len(calls) > 0 {
		m.set("tool_calls", calls)
	} else if said.text == "" {
		m.set("content", cmp.Or(refusal, empty))
	}
	t.Text, t.history = said.text, []any{m}
	return refusal != "" || said.refused
}
