package sim_test

import (
	"encoding/json"
	"testing"

	"leadtriage/internal/sim"

	openai "github.com/sashabaranov/go-openai"
)

func responsesRequest(input any) openai.CreateResponseRequest {
	no := false
	return openai.CreateResponseRequest{Model: "gpt-5-mini", Instructions: "Record what the sources state.", Input: input, Store: &no,
		Include: []openai.ResponseInclude{openai.ResponseIncludeReasoningEncryptedContent},
		Tools: []openai.Tool{
			openai.NewResponseFunctionTool(openai.FunctionDefinition{Name: "fetch_page", Strict: true, Parameters: json.RawMessage(fetchSchema)}),
			openai.NewResponseFunctionTool(openai.FunctionDefinition{Name: "record_firmographics", Strict: true, Parameters: json.RawMessage(recordSchema)}),
		}}
}

// items decodes the output items of an answer.
func items(t *testing.T, resp openai.CreateResponseResponse) []openai.ResponseOutputItem {
	t.Helper()
	raw, err := json.Marshal(resp.Output)
	if err != nil {
		t.Fatal(err)
	}
	var out []openai.ResponseOutputItem
	if err := json.Unmarshal(raw, &out); err != nil {
		t.Fatal(err)
	}
	return out
}

func calls(t *testing.T, resp openai.CreateResponseResponse) []openai.ResponseOutputItem {
	t.Helper()
	var out []openai.ResponseOutputItem
	for _, item := range items(t, resp) {
		if item.Type == "function_call" {
			out = append(out, item)
		}
	}
	return out
}

const homeAcme = `<source id="s1" url="https://figures.example/">Acme is a software company.</source>`

func TestResponsesRoundTrip(t *testing.T) {
	s, client, _ := startModel(t)
	input := []any{openai.ResponseInputMessage{Type: "message", Role: "user", Content: homeAcme}}
	resp, err := client.CreateResponse(t.Context(), responsesRequest(input))
	if err != nil {
		t.Fatal(err)
	}
	got := calls(t, resp)
	if len(got) != 1 || got[0].Name != "fetch_page" || got[0].Arguments != `{"url":"https://figures.example/numbers"}` || got[0].CallID == "" {
		t.Fatalf("calls %+v", got)
	}
	if resp.Status != openai.ResponseStatusCompleted || resp.Usage == nil || resp.Usage.OutputTokensDetails.ReasoningTokens == 0 || resp.Store {
		t.Errorf("status %q, usage %+v, store %v", resp.Status, resp.Usage, resp.Store)
	}

	input = append(input, resp.Output...)
	input = append(input, openai.ResponseFunctionCallOutput{Type: "function_call_output", CallID: got[0].CallID,
		Output: `<source id="s2" url="https://figures.example/numbers">- Employees: 90</source>`})
	if resp, err = client.CreateResponse(t.Context(), responsesRequest(input)); err != nil {
		t.Fatal(err)
	}
	if got = calls(t, resp); len(got) != 1 || got[0].Name != "record_firmographics" {
		t.Fatalf("calls %+v", got)
	}
	if facts := readArguments(t, got[0].Arguments); facts.value("employees") != "90" || facts.value("industry") != "software" {
		t.Errorf("facts %+v", facts)
	}
	for _, r := range s.Requests() {
		if r.API != "responses" || r.Store || r.Model != "gpt-5-mini" {
			t.Errorf("recorded %s store=%v model=%s", r.API, r.Store, r.Model)
		}
	}
}

func TestResponsesStoreUnlessTold(t *testing.T) {
	s, client, _ := startModel(t)
	req := responsesRequest(aboutAcme)
	req.Store = nil
	if _, err := client.CreateResponse(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	if !s.Requests()[0].Store {
		t.Error("the service keeps what it is not told to forget")
	}
}

func TestResponsesToolChoice(t *testing.T) {
	_, client, _ := startModel(t)
	req := responsesRequest(homeAcme)
	req.ToolChoice = map[string]string{"type": "function", "name": "record_firmographics"}
	resp, err := client.CreateResponse(t.Context(), req)
	if got := calls(t, resp); err != nil || len(got) != 1 || got[0].Name != "record_firmographics" {
		t.Errorf("%v %+v", err, got)
	}
	req.ToolChoice = openai.ToolChoice{Type: "function", Function: openai.ToolFunction{Name: "record_firmographics"}} // the other API's form
	wantRefusal(t, second(client.CreateResponse(t.Context(), req)), 400, "tool_choice.name")
	req.ToolChoice = "none"
	if resp, err = client.CreateResponse(t.Context(), req); err != nil || resp.GetOutputText() == "" || len(calls(t, resp)) != 0 {
		t.Errorf("%v %+v", err, resp.Output)
	}
}

func TestResponsesRefusals(t *testing.T) {
	_, client, _ := startModel(t)
	first, err := client.CreateResponse(t.Context(), responsesRequest(homeAcme))
	if err != nil {
		t.Fatal(err)
	}
	call := calls(t, first)[0]
	answer := openai.ResponseFunctionCallOutput{Type: "function_call_output", CallID: call.CallID, Output: "no such page"}
	user := openai.ResponseInputMessage{Role: "user", Content: homeAcme}
	reasoning := first.Output[0].(map[string]any)
	bare := map[string]any{"id": reasoning["id"], "type": "reasoning", "summary": []any{}}
	forged := map[string]any{"id": reasoning["id"], "type": "reasoning", "summary": []any{}, "encrypted_content": "Zm9yZ2Vk"}
	tests := map[string]struct {
		input  any
		change func(*openai.CreateResponseRequest)
		status int
		says   string
	}{
		"call without result":     {[]any{user, first.Output[0], first.Output[1]}, nil, 400, "No tool output found"},
		"result without call":     {[]any{user, answer}, nil, 400, "No tool call found"},
		"call without reasoning":  {[]any{user, first.Output[1], answer}, nil, 400, "without its required 'reasoning' item"},
		"reasoning not encrypted": {[]any{user, bare, first.Output[1], answer}, nil, 404, "not persisted"},
		"reasoning forged":        {[]any{user, forged, first.Output[1], answer}, nil, 400, "could not be verified"},
		"empty input":             {[]any{}, nil, 400, "input"},
		"unknown item":            {[]any{map[string]any{"type": "oracle"}}, nil, 400, "oracle"},
		"chat's form of a tool":   {homeAcme, func(r *openai.CreateResponseRequest) { r.Tools = chatTools() }, 400, "tools[0].name"},
		"open schema": {homeAcme, func(r *openai.CreateResponseRequest) {
			r.Tools[0].Parameters["parameters"] = json.RawMessage(`{"type":"object","properties":{}}`)
		}, 400, "additionalProperties"},
		"kept conversation": {homeAcme, func(r *openai.CreateResponseRequest) { r.PreviousResponseID = "resp_1" }, 400, "resp_1"},
		"too few tokens":    {homeAcme, func(r *openai.CreateResponseRequest) { r.MaxOutputTokens = 8 }, 400, "max_output_tokens"},
		"unknown model":     {homeAcme, func(r *openai.CreateResponseRequest) { r.Model = "gpt-zero" }, 404, "does not exist"},
		"unknown parameter": {homeAcme, func(r *openai.CreateResponseRequest) { r.ExtraBody = map[string]any{"max_tokens": 5} }, 400, "max_tokens"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			req := responsesRequest(test.input)
			if test.change != nil {
				test.change(&req)
			}
			wantRefusal(t, second(client.CreateResponse(t.Context(), req)), test.status, test.says)
		})
	}
}

func TestResponsesRunIntoTheirLimit(t *testing.T) {
	_, client, _ := startModel(t)
	req := responsesRequest(aboutAcme)
	req.MaxOutputTokens = 80 // 64 of them are thought
	resp, err := client.CreateResponse(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Status != openai.ResponseStatusIncomplete || resp.IncompleteDetails == nil || resp.IncompleteDetails.Reason != "max_output_tokens" || resp.Usage.OutputTokens > 80 {
		t.Errorf("status %q, details %+v, usage %+v", resp.Status, resp.IncompleteDetails, resp.Usage)
	}
	for _, c := range calls(t, resp) {
		if c.Status != "incomplete" || json.Valid([]byte(c.Arguments)) {
			t.Errorf("call %+v", c)
		}
	}
}

func TestResponsesFaults(t *testing.T) {
	s, client, _ := startModel(t)
	s.FailNext(1, sim.ModelFault{Kind: sim.ModelRefusal})
	resp, err := client.CreateResponse(t.Context(), responsesRequest(aboutAcme))
	if list := items(t, resp); err != nil || list[len(list)-1].Content[0].Refusal == "" {
		t.Errorf("refusal: %v %+v", err, resp.Output)
	}
	s.FailNext(1, sim.ModelFault{Kind: sim.ModelEmptyChoices})
	if resp, err = client.CreateResponse(t.Context(), responsesRequest(aboutAcme)); err != nil || len(resp.Output) != 0 {
		t.Errorf("empty: %v %+v", err, resp.Output)
	}
	s.FailNext(1, sim.ModelFault{Kind: sim.ModelErrorIn200})
	if resp, err = client.CreateResponse(t.Context(), responsesRequest(aboutAcme)); err != nil || resp.Error == nil || len(resp.Output) != 0 {
		t.Errorf("error in 200: %v %+v", err, resp)
	}
	s.FailNext(1, sim.ModelFault{Kind: sim.ModelUnknownFunction})
	if resp, err = client.CreateResponse(t.Context(), responsesRequest(aboutAcme)); err != nil || calls(t, resp)[0].Name != "lookup_company" {
		t.Errorf("unknown function: %v %+v", err, resp.Output)
	}
	s.FailNext(1, sim.ModelFault{Kind: sim.ModelTruncated})
	if resp, err = client.CreateResponse(t.Context(), responsesRequest(aboutAcme)); err != nil || resp.Status != openai.ResponseStatusIncomplete {
		t.Errorf("truncated: %v %q", err, resp.Status)
	}
}
