package enrich_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"strings"
	"syscall"
	"testing"
	"testing/synctest"
	"time"

	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
	"leadtriage/prompts"
)

const key = "sk-very-secret"

// wire answers requests in memory, one after the other; it repeats the last.
type wire struct {
	answers []func(*http.Request) (*http.Response, error)
	bodies  []string
}

func (w *wire) RoundTrip(r *http.Request) (*http.Response, error) {
	body, _ := io.ReadAll(r.Body)
	w.bodies = append(w.bodies, string(body))
	return w.answers[min(len(w.bodies), len(w.answers))-1](r)
}

func answer(status int, body string, headers ...string) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) {
		h := http.Header{"Content-Type": {"application/json"}}
		for i := 0; i+1 < len(headers); i += 2 {
			h.Set(headers[i], headers[i+1])
		}
		return &http.Response{StatusCode: status, Status: fmt.Sprint(status), Header: h, Body: io.NopCloser(strings.NewReader(body))}, nil
	}
}

func breaks(err error) func(*http.Request) (*http.Response, error) {
	return func(*http.Request) (*http.Response, error) { return nil, err }
}

func hangs(r *http.Request) (*http.Response, error) {
	<-r.Context().Done()
	return nil, r.Context().Err()
}

// good is a sound answer without facts, in either dialect.
func good(api enrich.API) func(*http.Request) (*http.Response, error) {
	arguments, _ := json.Marshal(`{"facts":[],"summary":""}`)
	if api == enrich.Responses {
		return answer(200, `{"id":"r","object":"response","created_at":1,"status":"completed","error":null,"output":[
			{"type":"function_call","call_id":"c1","name":"record_firmographics","arguments":`+string(arguments)+`}],
			"usage":{"input_tokens":7,"output_tokens":3,"total_tokens":10,"input_tokens_details":{"cached_tokens":5}}}`)
	}
	return answer(200, `{"id":"c","object":"chat.completion","created":1,"model":"m-2026","choices":[{"index":0,"finish_reason":"tool_calls","message":{"role":"assistant","content":null,
		"tool_calls":[{"id":"c1","type":"function","function":{"name":"record_firmographics","arguments":`+string(arguments)+`}}]}}],
		"usage":{"prompt_tokens":7,"completion_tokens":3,"total_tokens":10,"prompt_tokens_details":{"cached_tokens":5}}}`)
}

func model(api enrich.API, w *wire, log io.Writer) enrich.Model {
	return enrich.NewModel(enrich.Endpoint{Key: key, BaseURL: "https://model.example/v1", Model: "m", API: api,
		HTTP: &http.Client{Transport: w}, Timeout: 20 * time.Second, Logger: slog.New(slog.NewTextHandler(log, nil))})
}

func question() enrich.Conversation {
	return enrich.Conversation{System: prompts.System(), Tools: prompts.Tools(), User: "hello"}
}

func TestFaults(t *testing.T) {
	object := func(code, kind, message string) string {
		return fmt.Sprintf(`{"error":{"message":%q,"type":%q,"param":null,"code":%q}}`, message, kind, code)
	}
	const html = "<html><body>502 Bad Gateway</body></html>"
	reset := fmt.Errorf("read tcp: %w", syscall.ECONNRESET)
	cases := []struct {
		name   string
		answer func(*http.Request) (*http.Response, error)
		is     error
		kind   lead.FaultKind
		after  time.Duration
		tries  int
	}{
		{"400", answer(400, object("invalid_value", "invalid_request_error", "bad schema")), enrich.ErrRequest, lead.Permanent, 0, 1},
		{"400 of a long prompt", answer(400, object("context_length_exceeded", "invalid_request_error", "at most 8192 tokens")), enrich.ErrTooLong, lead.Permanent, 0, 1},
		{"400 of a long prompt, as vLLM", answer(400, `{"object":"error","message":"This model's maximum context length is 4096 tokens.","type":"BadRequestError","code":400}`), enrich.ErrTooLong, lead.Permanent, 0, 1},
		{"400 of a long prompt, as llama.cpp", answer(400, `{"error":{"code":400,"message":"the request exceeds the available context size","type":"exceed_context_size_error"}}`), enrich.ErrTooLong, lead.Permanent, 0, 1},
		{"401", answer(401, object("invalid_api_key", "invalid_request_error", "Incorrect API key provided: "+key)), enrich.ErrKey, lead.Temporary, 5 * time.Minute, 1},
		{"402", answer(402, `{}`), enrich.ErrQuota, lead.Unpaid, 5 * time.Minute, 1},
		{"403 page", answer(403, html), enrich.ErrKey, lead.Temporary, 5 * time.Minute, 1},
		{"404", answer(404, object("model_not_found", "invalid_request_error", "no such model")), enrich.ErrUnknown, lead.Temporary, 5 * time.Minute, 1},
		{"404 flat, as vLLM", answer(404, `{"object":"error","message":"The model does not exist.","type":"NotFoundError","code":404}`), enrich.ErrUnknown, lead.Temporary, 5 * time.Minute, 1},
		{"405", answer(405, "Method Not Allowed"), enrich.ErrUnknown, lead.Temporary, 5 * time.Minute, 1},
		{"400 of an unknown model", answer(400, object("model_not_found", "invalid_request_error", "no such model")), enrich.ErrUnknown, lead.Temporary, 5 * time.Minute, 1},
		{"400 of a wrong key", answer(400, object("invalid_api_key", "invalid_request_error", key)), enrich.ErrKey, lead.Temporary, 5 * time.Minute, 1},
		{"408", answer(408, `{}`), enrich.ErrUnavailable, lead.Temporary, 0, 3},
		{"413", answer(413, html), enrich.ErrRequest, lead.Permanent, 0, 1},
		{"422", answer(422, `{"detail":[{"msg":"field required"}]}`), enrich.ErrRequest, lead.Permanent, 0, 1},
		{"429", answer(429, object("rate_limit_exceeded", "requests", "slow down"), "Retry-After", "33"), enrich.ErrThrottled, lead.Throttled, 33 * time.Second, 1},
		{"429 in ms", answer(429, `{}`, "retry-after-ms", "1500", "Retry-After", "2"), enrich.ErrThrottled, lead.Throttled, 1500 * time.Millisecond, 1},
		{"429 without a delay", answer(429, object("", "", "slow down")), enrich.ErrThrottled, lead.Throttled, 10 * time.Second, 1},
		{"429 with a mad delay", answer(429, `{}`, "Retry-After", "99999999999"), enrich.ErrThrottled, lead.Throttled, time.Hour, 1},
		{"429 with rubbish", answer(429, `{}`, "Retry-After", "soon"), enrich.ErrThrottled, lead.Throttled, 10 * time.Second, 1},
		{"quota", answer(429, object("insufficient_quota", "insufficient_quota", "check your plan"), "Retry-After", "1"), enrich.ErrQuota, lead.Unpaid, 5 * time.Minute, 1},
		{"quota flat", answer(429, `{"message":"no","type":"insufficient_quota"}`), enrich.ErrQuota, lead.Unpaid, 5 * time.Minute, 1},
		{"500", answer(500, object("", "server_error", "oops")), enrich.ErrUnavailable, lead.Temporary, 0, 3},
		{"502 page", answer(502, html), enrich.ErrUnavailable, lead.Temporary, 0, 3},
		{"503 with a delay", answer(503, `{}`, "Retry-After", "20"), enrich.ErrUnavailable, lead.Temporary, 20 * time.Second, 1},
		{"reset", breaks(reset), enrich.ErrUnavailable, lead.Temporary, 0, 3},
		{"hangs", hangs, enrich.ErrSlow, lead.Temporary, 0, 1},
		{"200 page", answer(200, html), enrich.ErrGarbled, lead.Temporary, 0, 1},
		{"200 empty", answer(200, ""), enrich.ErrGarbled, lead.Temporary, 0, 1},
		{"200 {}", answer(200, `{}`), enrich.ErrGarbled, lead.Temporary, 0, 1},
		{"200 no choices", answer(200, `{"choices":[],"status":"odd","output":[]}`), enrich.ErrGarbled, lead.Temporary, 0, 1},
		{"200 wrong types", answer(200, `{"choices":7,"output":7}`), enrich.ErrGarbled, lead.Temporary, 0, 1},
		{"200 with an error", answer(200, object("server_error", "server_error", "oops")), enrich.ErrUnavailable, lead.Temporary, 0, 3},
		{"200 with a 429", answer(200, `{"error":{"message":"slow down","code":429}}`, "Retry-After", "4"), enrich.ErrThrottled, lead.Throttled, 4 * time.Second, 1},
		{"200 with a quota", answer(200, object("insufficient_quota", "insufficient_quota", "pay")), enrich.ErrQuota, lead.Unpaid, 5 * time.Minute, 1},
		{"200 with a word", answer(200, `{"error":"busy"}`), enrich.ErrUnavailable, lead.Temporary, 0, 3},
	}
	for _, c := range cases {
		for _, api := range []enrich.API{enrich.Chat, enrich.Responses} {
			t.Run(c.name+" "+string(api), func(t *testing.T) {
				synctest.Test(t, func(t *testing.T) {
					var log bytes.Buffer
					w := &wire{answers: []func(*http.Request) (*http.Response, error){c.answer}}
					_, err := model(api, w, &log).Ask(t.Context(), question())
					kind, after := lead.KindOf(err)
					if !errors.Is(err, c.is) || kind != c.kind || after != c.after {
						t.Errorf("got %v (kind %d, after %s); want %v (kind %d, after %s)", err, kind, after, c.is, c.kind, c.after)
					}
					if len(w.bodies) != c.tries {
						t.Errorf("%d tries, want %d", len(w.bodies), c.tries)
					}
					if err != nil && (strings.Contains(err.Error(), key) || strings.Contains(err.Error(), "<html") || len(err.Error()) > 500) || strings.Contains(log.String(), key) {
						t.Errorf("the error says too much: %v", err)
					}
				})
			})
		}
	}
}

// The endpoint's words may repeat the key.
func TestKeyIsTakenOutOfErrors(t *testing.T) {
	for _, status := range []int{400, 404, 500, 503} {
		w := &wire{answers: []func(*http.Request) (*http.Response, error){answer(status, `{"error":{"message":"Bearer `+key+` is odd","type":"x"}}`, "Retry-After", "9")}}
		if _, err := model(enrich.Chat, w, io.Discard).Ask(t.Context(), question()); err == nil || strings.Contains(err.Error(), key) {
			t.Errorf("%d: %v", status, err)
		}
	}
	w := &wire{answers: []func(*http.Request) (*http.Response, error){breaks(errors.New("proxy refused " + key))}}
	if _, err := model(enrich.Chat, w, io.Discard).Ask(t.Context(), question()); err == nil || strings.Contains(err.Error(), key) {
		t.Errorf("transport: %v", err)
	}
}

func TestBreaker(t *testing.T) {
	for _, api := range []enrich.API{enrich.Chat, enrich.Responses} {
		synctest.Test(t, func(t *testing.T) {
			var log bytes.Buffer
			w := &wire{answers: []func(*http.Request) (*http.Response, error){answer(500, `{}`)}}
			m := model(api, w, &log)
			for range 2 {
				_, err := m.Ask(t.Context(), question())
				if !errors.Is(err, enrich.ErrUnavailable) {
					t.Fatalf("got %v", err)
				}
			}
			if len(w.bodies) != 5 {
				t.Fatalf("%d requests until it opened, want 5", len(w.bodies))
			}
			_, err := m.Ask(t.Context(), question())
			kind, after := lead.KindOf(err)
			if !errors.Is(err, enrich.ErrBreakerOpen) || kind != lead.Temporary || after <= 9*time.Second || after > 10*time.Second+time.Millisecond {
				t.Fatalf("open: %v (kind %d, after %s)", err, kind, after)
			}
			time.Sleep(4 * time.Second)
			if _, err = m.Ask(t.Context(), question()); len(w.bodies) != 5 {
				t.Fatalf("an open breaker let a request through: %v", err)
			}
			_, after = lead.KindOf(err)
			time.Sleep(after) // as told
			w.answers = []func(*http.Request) (*http.Response, error){answer(500, `{}`)}
			if _, err = m.Ask(t.Context(), question()); len(w.bodies) != 6 || !errors.Is(err, enrich.ErrUnavailable) {
				t.Fatalf("%d requests, want one probe: %v", len(w.bodies), err)
			}
			time.Sleep(10*time.Second + time.Millisecond)
			w.answers = []func(*http.Request) (*http.Response, error){good(api)}
			for range 3 {
				if _, err = m.Ask(t.Context(), question()); err != nil {
					t.Fatalf("after the probe: %v", err)
				}
			}
			if got := strings.Count(log.String(), "breaker changed"); got != 5 {
				t.Errorf("%d changes logged:\n%s", got, log.String())
			}
		})
	}
}

// Only one request goes out while the breaker is half open.
func TestBreakerSendsOneProbe(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answers: []func(*http.Request) (*http.Response, error){answer(500, `{}`)}}
		m := model(enrich.Chat, w, io.Discard)
		for range 2 {
			_, _ = m.Ask(t.Context(), question())
		}
		time.Sleep(11 * time.Second)
		sent := len(w.bodies)
		w.answers = []func(*http.Request) (*http.Response, error){hangs}
		go func() { _, _ = m.Ask(t.Context(), question()) }()
		synctest.Wait()
		_, err := m.Ask(t.Context(), question())
		if kind, after := lead.KindOf(err); !errors.Is(err, enrich.ErrBreakerOpen) || kind != lead.Temporary || after <= 0 || len(w.bodies) != sent+1 {
			t.Errorf("%v, %d requests", err, len(w.bodies)-sent)
		}
		time.Sleep(time.Minute)
	})
}

// An endpoint that hangs takes each lead's whole time, and is spared like one that fails.
func TestHangingOpensTheBreaker(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := &wire{answers: []func(*http.Request) (*http.Response, error){hangs}}
		m := model(enrich.Chat, w, io.Discard)
		within := func(d time.Duration) error {
			ctx, cancel := context.WithTimeoutCause(t.Context(), d, enrich.ErrOutOfTime)
			defer cancel()
			_, err := m.Ask(ctx, question())
			return err
		}
		for range 7 { // most of their time was gone before it was asked
			if err := within(9 * time.Second); !errors.Is(err, enrich.ErrOutOfTime) {
				t.Fatalf("got %v", err)
			}
		}
		for range 5 {
			if err := within(15 * time.Second); !errors.Is(err, enrich.ErrSlow) {
				t.Fatalf("got %v", err)
			}
		}
		if err := within(15 * time.Second); !errors.Is(err, enrich.ErrBreakerOpen) || len(w.bodies) != 12 {
			t.Errorf("%v after %d requests", err, len(w.bodies))
		}
	})
}

// Requests that are refused count towards the rate that was exceeded: all leads
// wait, for half a minute at most, and a conversation that was begun waits where it is.
func TestThrottlingHoldsEveryQuestion(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		throttles := func(after string) func(*http.Request) (*http.Response, error) {
			return answer(429, `{}`, "Retry-After", after)
		}
		w := &wire{answers: []func(*http.Request) (*http.Response, error){throttles("20")}}
		m := model(enrich.Chat, w, io.Discard)
		ask := func(c enrich.Conversation) (time.Duration, error) {
			ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
			defer cancel()
			_, err := m.Ask(ctx, c)
			kind, after := lead.KindOf(err)
			if err != nil && (kind != lead.Throttled || !errors.Is(err, enrich.ErrThrottled)) {
				t.Errorf("got %v", err)
			}
			return after, err
		}
		ask(question())
		time.Sleep(5 * time.Second)
		if after, _ := ask(question()); after != 15*time.Second || len(w.bodies) != 1 {
			t.Errorf("another lead: wait %s, %d requests", after, len(w.bodies))
		}
		w.answers = []func(*http.Request) (*http.Response, error){nil, throttles("7"), good(enrich.Chat)}
		begun := question()
		begun.Rounds = []enrich.Round{{Say: "go on"}}
		start := time.Now()
		if _, err := ask(begun); err != nil || time.Since(start) != 22*time.Second || len(w.bodies) != 3 {
			t.Errorf("a conversation: %v after %s, %d requests", err, time.Since(start), len(w.bodies))
		}
		w.answers = []func(*http.Request) (*http.Response, error){nil, nil, nil, throttles("600"), good(enrich.Chat)}
		if after, err := ask(begun); err == nil || after != 10*time.Minute {
			t.Errorf("a conversation that would wait too long: %v, %s", err, after)
		}
		time.Sleep(30 * time.Second)
		if _, err := ask(question()); err != nil {
			t.Errorf("after half a minute: %v", err)
		}
	})
}

func TestWhatDoesNotOpenTheBreaker(t *testing.T) {
	for _, a := range []func(*http.Request) (*http.Response, error){answer(400, `{}`), answer(401, `{}`), answer(404, `{}`)} {
		w := &wire{answers: []func(*http.Request) (*http.Response, error){a}}
		m := model(enrich.Chat, w, io.Discard)
		for range 20 {
			_, _ = m.Ask(t.Context(), question())
		}
		if len(w.bodies) != 20 {
			t.Errorf("%d of 20 requests went out", len(w.bodies))
		}
	}
}

func TestCancelledCallerIsNoFault(t *testing.T) {
	w := &wire{answers: []func(*http.Request) (*http.Response, error){hangs}}
	m := model(enrich.Chat, w, io.Discard)
	for range 7 {
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if _, err := m.Ask(ctx, question()); !errors.Is(err, context.Canceled) {
			t.Fatalf("got %v", err)
		}
	}
	if len(w.bodies) != 7 {
		t.Errorf("the breaker opened after %d", len(w.bodies))
	}
}

func TestUsageIsRead(t *testing.T) {
	for _, api := range []enrich.API{enrich.Chat, enrich.Responses} {
		w := &wire{answers: []func(*http.Request) (*http.Response, error){good(api)}}
		turn, err := model(api, w, io.Discard).Ask(t.Context(), question())
		want := lead.Usage{Calls: 1, PromptTokens: 7, CompletionTokens: 3, CachedTokens: 5}
		if err != nil || turn.Usage != want || turn.Model != "m" || len(turn.Calls) != 1 || turn.Calls[0].ID != "c1" {
			t.Errorf("%s: %+v, %v", api, turn, err)
		}
	}
}

// What an answer cost is known also when it was of no use.
func TestUsageOfAUselessAnswerIsRead(t *testing.T) {
	for api, body := range map[enrich.API]string{
		enrich.Chat:      `{"choices":[],"usage":{"prompt_tokens":7,"completion_tokens":3}}`,
		enrich.Responses: `{"status":"failed","error":{"code":"invalid_prompt","message":"no"},"output":[],"usage":{"input_tokens":7,"output_tokens":3}}`,
	} {
		w := &wire{answers: []func(*http.Request) (*http.Response, error){answer(200, body)}}
		turn, err := model(api, w, io.Discard).Ask(t.Context(), question())
		if want := (lead.Usage{Calls: 1, PromptTokens: 7, CompletionTokens: 3}); err == nil || turn.Usage != want || turn.Model != "m" {
			t.Errorf("%s: %+v, %v", api, turn, err)
		}
	}
}

// What goes out, field by field.
func TestRequest(t *testing.T) {
	for _, api := range []enrich.API{enrich.Chat, enrich.Responses} {
		w := &wire{answers: []func(*http.Request) (*http.Response, error){good(api)}}
		m := model(api, w, io.Discard)
		last := question()
		last.Force = prompts.RecordFirmographics
		_, _ = m.Ask(t.Context(), question())
		_, _ = m.Ask(t.Context(), last)
		var free, must map[string]any
		if err := errors.Join(json.Unmarshal([]byte(w.bodies[0]), &free), json.Unmarshal([]byte(w.bodies[1]), &must)); err != nil {
			t.Fatal(err)
		}
		if free["store"] != false || free["tool_choice"] != "auto" || free["model"] != "m" || free["temperature"] != nil {
			t.Errorf("%s: store %v, tool_choice %v, model %v", api, free["store"], free["tool_choice"], free["model"])
		}
		tool, forced := free["tools"].([]any)[0].(map[string]any), must["tools"].([]any)
		choice, named := must["tool_choice"].(map[string]any)
		if api == enrich.Chat { // by name is "auto" to llama.cpp: the one function is offered alone
			tool, choice = tool["function"].(map[string]any), forced[0].(map[string]any)["function"].(map[string]any)
			if named || must["tool_choice"] != "required" || len(forced) != 1 {
				t.Errorf("%s: forced by %v among %d functions", api, must["tool_choice"], len(forced))
			}
		}
		if tool["strict"] != true || tool["name"] != prompts.FetchPage || choice["name"] != prompts.RecordFirmographics {
			t.Errorf("%s: tool %v, choice %v", api, tool, choice)
		}
		if sealed := fmt.Sprint(free["include"]) == "[reasoning.encrypted_content]"; sealed != (api == enrich.Responses) {
			t.Errorf("%s: what it thought is asked for as %v", api, free["include"])
		}
	}
}

// A chat server that leaves ids out, calls with broken arguments, and refuses
// empty content and history that is not JSON still gets a history it can read.
func TestChatHistoryIsRepeatable(t *testing.T) {
	broken := answer(200, `{"choices":[{"finish_reason":"tool_calls","message":{"role":"assistant","content":"","reasoning_content":"hm","tool_calls":[
		{"function":{"name":"fetch_page","arguments":"{\"url\":"}},{"function":{"name":"fetch_page","arguments":"{}"}}]}}]}`)
	w := &wire{answers: []func(*http.Request) (*http.Response, error){broken, good(enrich.Chat)}}
	m := model(enrich.Chat, w, io.Discard)
	c := question()
	turn, err := m.Ask(t.Context(), c)
	if err != nil || len(turn.Calls) != 2 || turn.Calls[0].ID == "" || turn.Calls[0].ID == turn.Calls[1].ID {
		t.Fatalf("%+v, %v", turn, err)
	}
	c.Rounds = []enrich.Round{{Turn: turn, Answers: []enrich.Answer{{CallID: turn.Calls[0].ID, Text: ""}, {CallID: turn.Calls[1].ID, Text: "two"}}}}
	if _, err := m.Ask(t.Context(), c); err != nil {
		t.Fatal(err)
	}
	var sent struct {
		Messages []struct {
			Role, Content string
			ToolCallID    string `json:"tool_call_id"`
			ToolCalls     []struct {
				ID, Type string
				Function struct{ Arguments string }
			} `json:"tool_calls"`
		}
	}
	if err := json.Unmarshal([]byte(w.bodies[1]), &sent); err != nil {
		t.Fatal(err)
	}
	said, first := sent.Messages[2], sent.Messages[3]
	if said.ToolCalls[0].Function.Arguments != "{}" || said.ToolCalls[0].Type != "function" || said.ToolCalls[0].ID != turn.Calls[0].ID {
		t.Errorf("history %+v", said)
	}
	if first.Content != "(empty)" || first.ToolCallID != turn.Calls[0].ID || first.Role != "tool" {
		t.Errorf("answer %+v", first)
	}
}

func TestEmptyResponseIsNotSentBack(t *testing.T) {
	w := &wire{answers: []func(*http.Request) (*http.Response, error){
		answer(200, `{"id":"r","object":"response","created_at":1,"status":"completed","error":null,"output":[{"type":"message","id":"m","role":"assistant","status":"completed","content":[]}],"usage":null}`), good(enrich.Responses)}}
	m := model(enrich.Responses, w, io.Discard)
	turn, err := m.Ask(t.Context(), question())
	if err != nil {
		t.Fatal(err)
	}
	c := question()
	c.Rounds = []enrich.Round{{Turn: turn, Say: "Call the function."}}
	if _, err := m.Ask(t.Context(), c); err != nil || strings.Contains(w.bodies[1], `"content":[]`) {
		t.Errorf("sent %s (%v), want no empty message", w.bodies[1], err)
	}
}

// A newer model that takes no functions in Chat Completions is the operator's to configure.
func TestChatWithAResponsesModel(t *testing.T) {
	w := &wire{answers: []func(*http.Request) (*http.Response, error){answer(400, `{"error":{"message":"Function tools with reasoning are not supported for gpt-6-luna in /v1/chat/completions. Use /v1/responses, or set 'reasoning_effort' to 'none'.","type":"invalid_request_error","param":"tools"}}`)}}
	m := enrich.NewModel(enrich.Endpoint{BaseURL: "https://model.example/v1", Model: "gpt-6-luna", API: enrich.Chat, HTTP: &http.Client{Transport: w}})
	_, err := m.Ask(t.Context(), question())
	if kind, after := lead.KindOf(err); !errors.Is(err, enrich.ErrUnknown) || kind != lead.Temporary || after != 5*time.Minute || !strings.Contains(err.Error(), "OPENAI_API=responses") {
		t.Errorf("got %v", err)
	}
}
