package sim_test

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/sim"

	openai "github.com/sashabaranov/go-openai"
)

func ask(t *testing.T, client *openai.Client) (openai.ChatCompletionResponse, error) {
	t.Helper()
	return client.CreateChatCompletion(t.Context(), chatRequest(aboutAcme))
}

func TestFaultsThatAreErrors(t *testing.T) {
	s, client, _ := startModel(t)

	s.FailNext(1, sim.ModelFault{Kind: sim.ModelThrottled, RetryAfter: 7 * time.Second})
	resp, err := ask(t, client)
	if e := wantRefusal(t, err, 429, "try again"); e.Code != "rate_limit_exceeded" || resp.Header().Get("Retry-After") != "7" {
		t.Errorf("throttled: %+v, Retry-After %q", e, resp.Header().Get("Retry-After"))
	}
	s.FailNext(1, sim.ModelFault{Kind: sim.ModelNoQuota})
	resp, err = ask(t, client)
	if e := wantRefusal(t, err, 429, "quota"); e.Code != "insufficient_quota" || resp.Header().Get("Retry-After") != "" {
		t.Errorf("no quota: %+v", e)
	}
	s.FailNext(1, sim.ModelFault{Kind: sim.ModelServerError})
	_, err = ask(t, client)
	wantRefusal(t, err, 500, "server had an error")

	s.FailNext(1, sim.ModelFault{Kind: sim.ModelBadGateway})
	_, err = ask(t, client)
	if e, ok := errors.AsType[*openai.RequestError](err); !ok || e.HTTPStatusCode != 502 || !strings.Contains(string(e.Body), "<html>") {
		t.Errorf("bad gateway: %T %v", err, err)
	}
	s.FailNext(1, sim.ModelFault{Kind: sim.ModelCut})
	if _, err = ask(t, client); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("cut: %v", err)
	}
	if _, err = ask(t, client); err != nil {
		t.Errorf("after the faults: %v", err)
	}
}

func TestFaultsThatLookLikeAnswers(t *testing.T) {
	s, client, _ := startModel(t)
	tests := map[sim.ModelFaultKind]func(openai.ChatCompletionResponse) bool{
		sim.ModelErrorIn200:   func(r openai.ChatCompletionResponse) bool { return len(r.Choices) == 0 && r.ID == "" },
		sim.ModelEmptyChoices: func(r openai.ChatCompletionResponse) bool { return len(r.Choices) == 0 && r.ID != "" },
		sim.ModelGarbledArguments: func(r openai.ChatCompletionResponse) bool {
			return !json.Valid([]byte(r.Choices[0].Message.ToolCalls[0].Function.Arguments))
		},
		sim.ModelWrongArguments: func(r openai.ChatCompletionResponse) bool {
			a := r.Choices[0].Message.ToolCalls[0].Function.Arguments
			return json.Valid([]byte(a)) && strings.Contains(a, "shoe_size")
		},
		sim.ModelPlainText: func(r openai.ChatCompletionResponse) bool {
			return len(r.Choices[0].Message.ToolCalls) == 0 && r.Choices[0].Message.Content != "" && r.Choices[0].FinishReason == "stop"
		},
		sim.ModelRefusal: func(r openai.ChatCompletionResponse) bool {
			return r.Choices[0].Message.Refusal != "" && r.Choices[0].Message.Content == ""
		},
		sim.ModelTruncated: func(r openai.ChatCompletionResponse) bool {
			return r.Choices[0].FinishReason == "length" && !json.Valid([]byte(r.Choices[0].Message.ToolCalls[0].Function.Arguments))
		},
		sim.ModelUnknownFunction: func(r openai.ChatCompletionResponse) bool {
			return r.Choices[0].Message.ToolCalls[0].Function.Name == "lookup_company"
		},
		sim.ModelEndlessFetch: func(r openai.ChatCompletionResponse) bool {
			return r.Choices[0].Message.ToolCalls[0].Function.Arguments == `{"url":"https://acme.example/more/1"}`
		},
	}
	for kind, looks := range tests {
		t.Run(string(kind), func(t *testing.T) {
			s.FailNext(1, sim.ModelFault{Kind: kind})
			resp, err := ask(t, client)
			if err != nil || !looks(resp) {
				t.Errorf("%v %+v", err, resp)
			}
		})
	}
}

func TestSlowUntilTheCallerGoesAway(t *testing.T) {
	s, client, _ := startModel(t)
	taken := make(chan struct{})
	s.SetFault(func(sim.ModelRequest) *sim.ModelFault {
		close(taken)
		return &sim.ModelFault{Kind: sim.ModelSlow}
	})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	go func() { done <- second(client.CreateChatCompletion(ctx, chatRequest(aboutAcme))) }()
	<-taken
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
	s.SetFault(nil)
	s.FailNext(1, sim.ModelFault{Kind: sim.ModelSlow, Delay: time.Millisecond})
	if _, err := ask(t, client); err != nil {
		t.Errorf("a late answer is an answer: %v", err)
	}
}

func TestFaultByRequest(t *testing.T) {
	s, client, _ := startModel(t)
	s.SetFault(func(r sim.ModelRequest) *sim.ModelFault {
		if strings.Contains(string(r.Body), "acme.example") {
			return &sim.ModelFault{Kind: sim.ModelServerError}
		}
		return nil
	})
	if _, err := ask(t, client); err == nil {
		t.Error("the fault did not come")
	}
	if _, err := client.CreateChatCompletion(t.Context(), chatRequest("nothing here")); err != nil {
		t.Errorf("another request: %v", err)
	}
	s.SetFault(nil)
	if _, err := ask(t, client); err != nil {
		t.Errorf("after the fault: %v", err)
	}
	var statuses []int
	for _, r := range s.Requests() {
		statuses = append(statuses, r.Status)
	}
	if len(statuses) != 3 || statuses[0] != 500 || statuses[1] != 200 || s.Seen() != 3 {
		t.Errorf("statuses %v", statuses)
	}
}
