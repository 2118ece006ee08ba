package enrich

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"net/http"
)

// responsesAPI speaks OpenAI's Responses API without its storage: every request carries
// the whole conversation, with the model's own output items. What it thought comes back
// sealed, and is sent along; an endpoint that seals nothing does without.
type responsesAPI struct{ *wire }

func (a responsesAPI) ask(ctx context.Context, c Conversation) (turn Turn, err error) {
	input := c.said(func(a Answer) message {
		return message{"type": "function_call_output", "call_id": a.CallID, "output": cmp.Or(a.Text, empty)}
	})
	body := map[string]any{"model": c.Model, "instructions": c.System, "input": input, "max_output_tokens": a.endpoint.MaxOutput,
		"prompt_cache_key": c.Prompt, "store": false, "include": []string{"reasoning.encrypted_content"}, "tool_choice": "auto"}
	var tools []any
	for _, t := range c.Tools {
		tool := function(t)
		tool["type"] = "function"
		tools = append(tools, tool)
	}
	body["tools"] = tools
	if c.Force != "" {
		body["tool_choice"] = map[string]string{"type": "function", "name": c.Force}
	}
	var answer struct {
		Output  []object
		Status  text
		Error   json.RawMessage
		Details struct{ Reason text } `json:"incomplete_details"`
		Usage   usage
	}
	err = a.post(ctx, "/responses", body, &answer)
	turn.Usage = answer.Usage.Usage
	switch {
	case err != nil:
		return turn, err
	case answer.Status == "failed", answer.Status == "cancelled":
		return turn, refused(http.StatusOK, nil, answer.Error)
	case answer.Status == "incomplete" && answer.Details.Reason == "content_filter":
		turn.Finish = Refused
	case answer.Status == "incomplete":
		turn.Finish = Cut
	case answer.Status != "completed" && answer.Status != "":
		return turn, fmt.Errorf("%w: status %s", ErrGarbled, answer.Status)
	}
	if turn.collect(answer.Output, len(c.Rounds)+1) && len(turn.Calls) == 0 {
		turn.Finish = Refused
	}
	return turn, nil
}

// collect reads the output items, and keeps them for the next request. Thoughts that are
// not sealed cannot come back, nor the ids that bind the other items to them.
func (t *Turn) collect(output []object, round int) (refused bool) {
	open := false
	for i, item := range output {
		var o struct {
			Type, CallID, Name, Arguments, Sealed text
			Content                               content
		}
		item.read("type", &o.Type)
		item.read("call_id", &o.CallID)
		item.read("name", &o.Name)
		item.read("arguments", &o.Arguments)
		item.read("encrypted_content", &o.Sealed)
		item.read("content", &o.Content)
		switch o.Type {
		case "reasoning":
			if o.Sealed == "" {
				open = true
				continue
			}
		case "function_call":
			o.CallID = cmp.Or(o.CallID, text(fmt.Sprintf("call_%d_%d", round, i+1)))
			item.set("call_id", o.CallID)
			item.write("arguments", o.Arguments)
			t.Calls = append(t.Calls, Call{string(o.CallID), string(o.Name), string(o.Arguments)})
		case "message":
			t.Text += o.Content.text
			refused = refused || o.Content.refused
		}
		if open {
			delete(item, "id")
		}
		t.history = append(t.history, item)
	}
	if len(t.Calls) == 0 && t.Text == "" && !refused {
		t.history = nil // an empty message is refused when it comes back
	}
	return refused
}
