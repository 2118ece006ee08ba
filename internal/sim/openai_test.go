package sim_test

import (
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/internal/sim"

	openai "github.com/sashabaranov/go-openai"
)

const modelKey = "sk-test-0123456789"

// recordSchema and fetchSchema are the contract's functions as strict schemas.
const (
	recordSchema = `{"type":"object","properties":{"facts":{"type":"array","items":{"type":"object","properties":{
		"field":{"type":"string","enum":["legal_name","industry","employees","hq_country","hq_city","founded_year","revenue","business_model","technology","use_case","description"]},
		"value":{"type":"string"},"source_id":{"type":"string"},"quote":{"type":"string"},"confidence":{"type":"number"}},
		"required":["field","value","source_id","quote","confidence"],"additionalProperties":false}},"summary":{"type":"string"}},
		"required":["facts","summary"],"additionalProperties":false}`
	fetchSchema = `{"type":"object","properties":{"url":{"type":"string"}},"required":["url"],"additionalProperties":false}`
)

const aboutAcme = `<source id="s1" url="https://acme.example/about">Acme is a software company. Our team of 250 works from our head office in Milan, Italy. We use HubSpot &amp; coffee.</source>`

// acmeLabels are what the model knows in these tests.
var acmeLabels = []sim.Label{
	label("", lead.Industry, "software", "Acme is a software company", "this_company"),
	label("", lead.Employees, "250", "Our team of 250 works from our head office in Milan, Italy.", "whole_company"),
	label("", lead.HQCountry, "IT", "Our team of 250 works from our head office in Milan, Italy.", "head_office"),
	label("", lead.HQCity, "Milan", "Our team of 250 works from our head office in Milan, Italy.", "head_office"),
	label("", lead.Technology, "HubSpot", "We use HubSpot & coffee.", "company_uses"),
	label("/numbers", lead.Employees, "90", "Employees: 90", "whole_company"),
}

func label(page string, field lead.Field, value, quote, of string) sim.Label {
	l := sim.Label{Page: page, Sentence: evidence.Sentence{Field: field, Value: value, Quote: quote,
		Reading: evidence.Reading{Values: []string{value}, Of: of, When: "now"}}}
	if page != "" {
		l.Host = "figures.example"
	}
	return l
}

// The second reader tells of each quote what its label says, in a call of its own; of
// a quote that has none, nothing.
func TestChatReadsQuotes(t *testing.T) {
	_, client, _ := startModel(t)
	req := chatRequest(`<quote id="q1" field="employees" company="Acme"><text>Our team of 250 works from our head office in Milan, Italy.</text></quote>
<quote id="q2" field="founded_year" company="Acme"><text>Our team of 250 works from our head office in Milan, Italy.</text></quote>
<quote id="q3" field="technology" company="Acme"><before>x</before><text>We use HubSpot &amp; coffee.</text></quote>`)
	req.Tools = []openai.Tool{{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{Name: "read_quotes", Strict: true,
		Parameters: json.RawMessage(`{"type":"object","properties":{"readings":{"type":"array","items":{"type":"object","properties":{
			"id":{"type":"string"},"values":{"type":"array","items":{"type":"string"}},"of":{"type":"string"},"when":{"type":"string"}},
			"required":["id","values","of","when"],"additionalProperties":false}}},"required":["readings"],"additionalProperties":false}`)}}}
	resp, err := client.CreateChatCompletion(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	const want = `{"readings":[{"id":"q1","values":["250"],"of":"whole_company","when":"now"},{"id":"q2","values":[],"of":"other","when":"none"},` +
		`{"id":"q3","values":["HubSpot"],"of":"company_uses","when":"now"}]}`
	if got := resp.Choices[0].Message.ToolCalls[0].Function; got.Name != "read_quotes" || got.Arguments != want {
		t.Errorf("%s %s", got.Name, got.Arguments)
	}
}

type fact struct {
	Field, Value, Quote string
	SourceID            string `json:"source_id"`
	Confidence          float64
}

type recorded struct {
	Facts   []fact
	Summary string
}

func (r recorded) value(field string) string {
	i := slices.IndexFunc(r.Facts, func(f fact) bool { return f.Field == field })
	if i < 0 {
		return ""
	}
	return r.Facts[i].Value
}

func startModel(t *testing.T) (*sim.OpenAI, *openai.Client, string) {
	t.Helper()
	s := sim.NewOpenAI(sim.OpenAIOptions{Key: modelKey, Labels: acmeLabels})
	server := httptest.NewServer(s)
	t.Cleanup(server.Close)
	cfg := openai.DefaultConfig(modelKey)
	cfg.BaseURL = server.URL + "/v1"
	return s, openai.NewClientWithConfig(cfg), server.URL
}

func chatTools() []openai.Tool {
	return []openai.Tool{
		{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{Name: "fetch_page", Strict: true, Parameters: json.RawMessage(fetchSchema)}},
		{Type: openai.ToolTypeFunction, Function: &openai.FunctionDefinition{Name: "record_firmographics", Strict: true, Parameters: json.RawMessage(recordSchema)}},
	}
}

func chatRequest(texts ...string) openai.ChatCompletionRequest {
	r := openai.ChatCompletionRequest{Model: "gpt-4.1-mini", Tools: chatTools(),
		Messages: []openai.ChatCompletionMessage{{Role: "system", Content: "Record what the sources state."}}}
	for _, text := range texts {
		r.Messages = append(r.Messages, openai.ChatCompletionMessage{Role: "user", Content: text})
	}
	return r
}

func readArguments(t *testing.T, arguments string) recorded {
	t.Helper()
	var r recorded
	if err := json.Unmarshal([]byte(arguments), &r); err != nil {
		t.Fatalf("arguments %q: %v", arguments, err)
	}
	return r
}

func TestChatReadsTheSources(t *testing.T) {
	s, client, _ := startModel(t)
	resp, err := client.CreateChatCompletion(t.Context(), chatRequest(aboutAcme))
	if err != nil {
		t.Fatal(err)
	}
	choice := resp.Choices[0]
	if choice.FinishReason != openai.FinishReasonToolCalls || len(choice.Message.ToolCalls) != 1 {
		t.Fatalf("finish %q with %d calls", choice.FinishReason, len(choice.Message.ToolCalls))
	}
	call := choice.Message.ToolCalls[0]
	if call.Function.Name != "record_firmographics" || call.ID == "" {
		t.Errorf("call %+v", call)
	}
	got := readArguments(t, call.Function.Arguments)
	for field, want := range map[string]string{"employees": "250", "hq_country": "IT", "hq_city": "Milan", "industry": "software", "technology": "HubSpot"} {
		if v := got.value(field); v != want {
			t.Errorf("%s = %q, want %q", field, v, want)
		}
	}
	for _, f := range got.Facts {
		if f.SourceID != "s1" || f.Confidence <= 0 || f.Confidence > 1 {
			t.Errorf("fact %+v", f)
		}
		if f.Field == "technology" && f.Quote != "We use HubSpot & coffee." {
			t.Errorf("the quote is not as the page has it: %q", f.Quote)
		}
	}
	if resp.Header().Get("x-request-id") == "" || resp.Usage.PromptTokens == 0 || resp.Usage.TotalTokens != resp.Usage.PromptTokens+resp.Usage.CompletionTokens {
		t.Errorf("request id %q, usage %+v", resp.Header().Get("x-request-id"), resp.Usage)
	}
	seen := s.Requests()
	if len(seen) != 1 || seen[0].API != "chat" || seen[0].Store || seen[0].Status != http.StatusOK || !json.Valid(seen[0].Body) {
		t.Errorf("recorded %+v", seen)
	}
}

func TestChatFetchesAPromisedPage(t *testing.T) {
	_, client, _ := startModel(t)
	req := chatRequest(`<source id="s1" url="https://figures.example/">Home Product About us Pricing` + "\n" + `Acme is a software company that builds planners.</source>`)
	resp, err := client.CreateChatCompletion(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	message := resp.Choices[0].Message
	if len(message.ToolCalls) != 1 || message.ToolCalls[0].Function.Arguments != `{"url":"https://figures.example/numbers"}` {
		t.Fatalf("calls %+v", message.ToolCalls)
	}
	req.Messages = append(req.Messages, message, openai.ChatCompletionMessage{Role: "tool", ToolCallID: message.ToolCalls[0].ID,
		Content: `<source id="s2" url="https://figures.example/numbers">- Employees: 90</source>`})
	if resp, err = client.CreateChatCompletion(t.Context(), req); err != nil {
		t.Fatal(err)
	}
	got := readArguments(t, resp.Choices[0].Message.ToolCalls[0].Function.Arguments)
	if got.value("employees") != "90" {
		t.Errorf("facts %+v", got.Facts)
	}
}

func TestChatToolChoice(t *testing.T) {
	_, client, _ := startModel(t)
	named := chatRequest(`<source id="s1" url="https://acme.example/">About us` + "\n" + `Acme.</source>`)
	named.ToolChoice = openai.ToolChoice{Type: "function", Function: openai.ToolFunction{Name: "record_firmographics"}}
	resp, err := client.CreateChatCompletion(t.Context(), named)
	if err != nil || resp.Choices[0].Message.ToolCalls[0].Function.Name != "record_firmographics" {
		t.Errorf("named: %v %+v", err, resp.Choices)
	}
	none := chatRequest(aboutAcme)
	none.ToolChoice = "none"
	if resp, err = client.CreateChatCompletion(t.Context(), none); err != nil || len(resp.Choices[0].Message.ToolCalls) != 0 || resp.Choices[0].Message.Content == "" {
		t.Errorf("none: %v %+v", err, resp.Choices)
	}
	wrong := chatRequest(aboutAcme)
	wrong.ToolChoice = map[string]string{"type": "function", "name": "record_firmographics"} // the other API's form
	wantRefusal(t, second(client.CreateChatCompletion(t.Context(), wrong)), http.StatusBadRequest, "")
	absent := chatRequest(aboutAcme)
	absent.ToolChoice = openai.ToolChoice{Type: "function", Function: openai.ToolFunction{Name: "nothing"}}
	wantRefusal(t, second(client.CreateChatCompletion(t.Context(), absent)), http.StatusBadRequest, "not found in 'tools'")
}

func TestChatRefusals(t *testing.T) {
	_, client, _ := startModel(t)
	tests := map[string]struct {
		change func(*openai.ChatCompletionRequest)
		status int
		says   string
	}{
		"unknown model":       {func(r *openai.ChatCompletionRequest) { r.Model = "gpt-zero" }, 404, "does not exist"},
		"temperature":         {func(r *openai.ChatCompletionRequest) { r.Temperature = 9 }, 400, "temperature"},
		"role":                {func(r *openai.ChatCompletionRequest) { r.Messages[0].Role = "oracle" }, 400, "messages"},
		"empty tool content":  {func(r *openai.ChatCompletionRequest) { withToolResult(r, "") }, 400, "messages"},
		"orphan tool message": {func(r *openai.ChatCompletionRequest) { orphanToolResult(r) }, 400, "preceding message"},
		"unanswered call":     {func(r *openai.ChatCompletionRequest) { unansweredCall(r) }, 400, "call_1"},
		"parallel, no tools":  {func(r *openai.ChatCompletionRequest) { r.Tools, r.ParallelToolCalls = nil, false }, 400, "parallel_tool_calls"},
		"no messages":         {func(r *openai.ChatCompletionRequest) { r.Messages = nil }, 400, "messages"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			req := chatRequest(aboutAcme)
			test.change(&req)
			wantRefusal(t, second(client.CreateChatCompletion(t.Context(), req)), test.status, test.says)
		})
	}
	t.Run("a good tool result is taken", func(t *testing.T) {
		req := chatRequest(aboutAcme)
		withToolResult(&req, "(empty)")
		if _, err := client.CreateChatCompletion(t.Context(), req); err != nil {
			t.Error(err)
		}
	})
}

func withToolResult(r *openai.ChatCompletionRequest, content string) {
	unansweredCall(r)
	r.Messages = append(r.Messages, openai.ChatCompletionMessage{Role: "tool", ToolCallID: "call_1", Content: content})
}

func orphanToolResult(r *openai.ChatCompletionRequest) {
	r.Messages = append(r.Messages, openai.ChatCompletionMessage{Role: "tool", ToolCallID: "call_1", Content: "x"})
}

func unansweredCall(r *openai.ChatCompletionRequest) {
	r.Messages = append(r.Messages, openai.ChatCompletionMessage{Role: "assistant", ToolCalls: []openai.ToolCall{
		{ID: "call_1", Type: "function", Function: openai.FunctionCall{Name: "fetch_page", Arguments: `{"url":"https://acme.example/x"}`}}}})
}

func TestStrictSchemas(t *testing.T) {
	_, client, _ := startModel(t)
	tests := map[string]struct{ schema, says string }{
		"open object":      {`{"type":"object","properties":{"a":{"type":"string"}},"required":["a"]}`, "additionalProperties"},
		"optional field":   {`{"type":"object","properties":{"a":{"type":"string"}},"required":[],"additionalProperties":false}`, "'required'"},
		"deep optional":    {`{"type":"object","properties":{"a":{"type":"array","items":{"type":"object","properties":{"b":{"type":"string"}},"additionalProperties":false}}},"required":["a"],"additionalProperties":false}`, "('properties', 'a', 'items')"},
		"unknown keyword":  {`{"type":"object","properties":{"a":{"type":"string","minLength":1}},"required":["a"],"additionalProperties":false}`, "'minLength' not allowed"},
		"oneOf":            {`{"type":"object","properties":{"a":{"oneOf":[{"type":"string"}]}},"required":["a"],"additionalProperties":false}`, "'oneOf' not allowed"},
		"untyped":          {`{"type":"object","properties":{"a":{}},"required":["a"],"additionalProperties":false}`, "'type'"},
		"array of what":    {`{"type":"object","properties":{"a":{"type":"array"}},"required":["a"],"additionalProperties":false}`, "'items'"},
		"extra required":   {`{"type":"object","properties":{},"required":["z"],"additionalProperties":false}`, "'z'"},
		"not an object":    {`{"type":"array","items":{"type":"string"}}`, "type: \"object\""},
		"union at the top": {`{"type":"object","anyOf":[{"type":"object"}],"properties":{},"required":[],"additionalProperties":false}`, "anyOf"},
	}
	for name, test := range tests {
		t.Run(name, func(t *testing.T) {
			req := chatRequest(aboutAcme)
			req.Tools[0].Function.Parameters = json.RawMessage(test.schema)
			err := wantRefusal(t, second(client.CreateChatCompletion(t.Context(), req)), 400, test.says)
			if err.Code != "invalid_function_parameters" {
				t.Errorf("code %v", err.Code)
			}
		})
	}
	t.Run("not strict, not checked", func(t *testing.T) {
		req := chatRequest(aboutAcme)
		req.Tools[0].Function.Strict = false
		req.Tools[0].Function.Parameters = json.RawMessage(tests["optional field"].schema)
		if _, err := client.CreateChatCompletion(t.Context(), req); err != nil {
			t.Error(err)
		}
	})
	t.Run("nullable union", func(t *testing.T) {
		req := chatRequest(aboutAcme)
		req.Tools[0].Function.Parameters = json.RawMessage(`{"type":"object","properties":{"a":{"type":["string","null"]},"b":{"anyOf":[{"type":"number"},{"type":"null"}]}},"required":["a","b"],"additionalProperties":false}`)
		if _, err := client.CreateChatCompletion(t.Context(), req); err != nil {
			t.Error(err)
		}
	})
}

// A strict schema binds the model: it cannot say what the schema does not let it say.
func TestStrictSchemaBindsTheAnswer(t *testing.T) {
	_, client, _ := startModel(t)
	req := chatRequest(aboutAcme)
	req.Tools[1].Function.Parameters = json.RawMessage(strings.Replace(recordSchema, `"employees",`, "", 1))
	resp, err := client.CreateChatCompletion(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	got := readArguments(t, resp.Choices[0].Message.ToolCalls[0].Function.Arguments)
	if got.value("employees") != "" || got.value("hq_city") != "Milan" {
		t.Errorf("facts %+v", got.Facts)
	}
}

func TestKeysModelsAndRawRequests(t *testing.T) {
	_, client, url := startModel(t)
	list, err := client.ListModels(t.Context())
	if err != nil || len(list.Models) == 0 {
		t.Errorf("models %v %v", list, err)
	}
	cfg := openai.DefaultConfig("sk-wrong")
	cfg.BaseURL = url + "/v1"
	got := wantRefusal(t, second(openai.NewClientWithConfig(cfg).CreateChatCompletion(t.Context(), chatRequest(aboutAcme))), 401, "Incorrect API key")
	if got.Code != "invalid_api_key" || strings.Contains(got.Message, "sk-") {
		t.Errorf("%+v", got)
	}
	for body, says := range map[string]string{
		`{`: "could not parse",
		`{"model":"gpt-4.1-mini","messages":[{"role":"user","content":"x"}],"stream":true}`:  "does not stream",
		`{"model":"gpt-4.1-mini","messages":[{"role":"user","content":"x"}],"temprature":1}`: "Unknown parameter: 'temprature'",
		`{"messages":[{"role":"user","content":"x"}]}`:                                       "Missing required parameter: 'model'",
		`{"model":"gpt-5-mini","messages":[{"role":"user","content":"x"}],"max_tokens":100}`: "max_completion_tokens",
	} {
		req, _ := http.NewRequestWithContext(t.Context(), http.MethodPost, url+"/v1/chat/completions", strings.NewReader(body))
		req.Header.Set("Authorization", "Bearer "+modelKey)
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		var e openai.ErrorResponse
		err = json.NewDecoder(resp.Body).Decode(&e)
		_ = resp.Body.Close()
		if err != nil || resp.StatusCode != 400 || e.Error == nil || !strings.Contains(e.Error.Message, says) {
			t.Errorf("%s: %d %+v %v", body, resp.StatusCode, e.Error, err)
		}
	}
}

func TestMaxTokensCutTheAnswer(t *testing.T) {
	_, client, _ := startModel(t)
	req := chatRequest(aboutAcme)
	req.MaxCompletionTokens = 20
	resp, err := client.CreateChatCompletion(t.Context(), req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.Choices[0].FinishReason != openai.FinishReasonLength || resp.Usage.CompletionTokens > 20 {
		t.Errorf("finish %q after %d tokens", resp.Choices[0].FinishReason, resp.Usage.CompletionTokens)
	}
	if json.Valid([]byte(resp.Choices[0].Message.ToolCalls[0].Function.Arguments)) {
		t.Error("cut arguments are still whole")
	}
}

func TestPromptCache(t *testing.T) {
	_, client, _ := startModel(t)
	stable := strings.Repeat("The rules are long and always the same. ", 200) // 2000 tokens
	ask := func(system, user string) int {
		req := chatRequest(user)
		req.Messages[0].Content = system
		resp, err := client.CreateChatCompletion(t.Context(), req)
		if err != nil {
			t.Fatal(err)
		}
		return resp.Usage.PromptTokensDetails.CachedTokens
	}
	if n := ask(stable, "one"); n != 0 {
		t.Errorf("first call: %d cached", n)
	}
	if n := ask(stable, "two"); n < 1024 || n%128 != 0 || n > 2500 {
		t.Errorf("second call: %d cached", n)
	}
	if n := ask("Now for something else. "+stable, "two"); n != 0 {
		t.Errorf("another prefix: %d cached", n)
	}
	if n := ask("short", "two") + ask("short", "two"); n != 0 {
		t.Errorf("a short prompt: %d cached", n)
	}
}

func second[T any](_ T, err error) error { return err }

// wantRefusal checks an error of the API's own shape.
func wantRefusal(t *testing.T, err error, status int, says string) *openai.APIError {
	t.Helper()
	api, ok := errors.AsType[*openai.APIError](err)
	if !ok {
		t.Fatalf("got %T %v, want an API error", err, err)
	}
	if api.HTTPStatusCode != status || !strings.Contains(api.Message, says) || api.Type == "" {
		t.Errorf("got %d %q (%s), want %d %q", api.HTTPStatusCode, api.Message, api.Type, status, says)
	}
	return api
}
