package enrich

import (
	"context"
	"log/slog"
	"net/http"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/prompts"
)

// Model answers one turn of a conversation. An error is a lead.Fault that wraps
// one of this package's sentinels; the turn then carries the usage that was
// reported, if any.
type Model interface {
	Ask(ctx context.Context, c Conversation) (Turn, error)
}

// Conversation is everything that was said so far. System and Tools are the same
// for every company, then comes what differs.
type Conversation struct {
	Prompt string // version of System and Tools
	System string
	Tools  []prompts.Tool
	User   string
	Rounds []Round
	Force  string // the function that must be called now; empty: the model chooses
	Model  string // of the endpoint; empty: its own
}

// Round is an earlier turn with the answers to its calls, one for each, and what
// was said after it.
type Round struct {
	Turn    Turn
	Answers []Answer
	Say     string // empty: nothing
}

// Answer is the result of one call.
type Answer struct {
	CallID string
	Text   string
}

// Turn is what the model said: calls, or text where it called nothing.
type Turn struct {
	Calls   []Call
	Text    string
	Finish  Finish
	Model   string     // the model's name, as configured
	Usage   lead.Usage // of this turn; CostUSD is not filled in
	history []any      // as the next request sends it back
}

// Call is one function call. Arguments is whatever the model wrote; it may not be JSON.
type Call struct {
	ID        string
	Name      string
	Arguments string
}

// Finish says how a turn ended.
type Finish string

const (
	Finished Finish = ""        // by itself
	Cut      Finish = "cut"     // the limit of output tokens was reached
	Refused  Finish = "refused" // the model, or a filter before it, declined
)

// API is the dialect an endpoint speaks.
type API string

const (
	Chat      API = "chat"      // Chat Completions: OpenAI, Azure, vLLM, llama.cpp, Ollama
	Responses API = "responses" // OpenAI's Responses, needed for functions with its newer models
)

// Endpoint is where a model answers. Zero fields take their defaults.
type Endpoint struct {
	Key        string        // sent as bearer; empty: none. Never logged, never in an error
	BaseURL    string        // with its /v1
	Model      string        //
	API        API           // empty: Chat
	HTTP       *http.Client  // nil: a client of its own
	Timeout    time.Duration // of one attempt; 0: 45 s
	RetryDelay time.Duration // before the first short retry, then growing; 0: 200 ms
	MaxOutput  int           // tokens of one answer; 0: 8192
	Logger     *slog.Logger  // nil: silent
}
