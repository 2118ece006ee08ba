package sim

import (
	"crypto/rand"
	"crypto/subtle"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strconv"
	"strings"
	"sync"
	"time"

	"leadtriage/internal/evidence"
)

// defaultModels are served when OpenAIOptions names none: one that answers at
// once, and two that reason first and so follow other rules.
var defaultModels = []string{"gpt-4.1-mini", "gpt-5-mini", "gpt-6-luna"}

const (
	modelMaxBody  = 10 << 20
	modelRequests = 1000 // how many requests are remembered
)

// OpenAIOptions sets up a simulated model service.
type OpenAIOptions struct {
	Key    string           // the only bearer key that is let in; empty: any
	Models []string         // names that are served; none: a default list
	Labels []Label          // what the model knows beside the sample companies and the shipped exam
	Now    func() time.Time // nil: time.Now
	// Profile is another server's than OpenAI's; empty: OpenAI's.
	Profile ModelProfile
}

// OpenAI is a stand-in for OpenAI's service: Chat Completions, Responses and
// the list of models. Its model reads the <source> and <quote> elements of a request and
// answers from labels alone (labels.go). It has no latency unless a fault asks
// for one, keeps nothing of a conversation, and does not stream.
type OpenAI struct {
	key    string
	models []string
	now    func() time.Time
	mux    *http.ServeMux
	cache  promptCache
	labels labels

	learning sync.RWMutex // guards labels
	acts     ModelProfile

	calls[ModelRequest] // with a valid key
	faults[ModelRequest, ModelFault]
	mending sync.Mutex
	mended  chan struct{} // closed by SetFault
}

// ModelRequest is one call as it came in.
type ModelRequest struct {
	ID     string // also the answer's x-request-id
	API    string // "chat" or "responses"
	At     time.Time
	Model  string
	Store  bool // whether the service would keep it: Responses do unless told not to
	Body   json.RawMessage
	Status int // as answered; 0 when the connection was cut, or not answered yet
}

// NewOpenAI returns a service that listens nowhere yet; serve it at the root,
// so that its base URL ends in /v1.
func NewOpenAI(o OpenAIOptions) *OpenAI {
	s := &OpenAI{key: o.Key, models: o.Models, now: o.Now, acts: o.Profile, mux: http.NewServeMux(), mended: make(chan struct{})}
	s.most = modelRequests
	s.labels = castLabels()
	s.Know(o.Labels...)
	for _, q := range evidence.Exam() {
		s.labels["exam"] = append(s.labels["exam"], Label{Sentence: q})
	}
	if len(s.models) == 0 {
		s.models = defaultModels
	}
	if s.now == nil {
		s.now = time.Now
	}
	s.mux.HandleFunc("POST /v1/chat/completions", func(w http.ResponseWriter, r *http.Request) { s.complete(w, r, chatAPI{}) })
	s.mux.HandleFunc("POST /v1/responses", func(w http.ResponseWriter, r *http.Request) { s.complete(w, r, responsesAPI{key: o.Key}) })
	s.mux.HandleFunc("GET /v1/models", s.listModels)
	s.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) {
		refuse(w, &apiError{Status: http.StatusNotFound, Message: fmt.Sprintf("Invalid URL (%s %s)", r.Method, r.URL.Path)})
	})
	return s
}

// Know adds labels to what the model knows.
func (s *OpenAI) Know(more ...Label) {
	s.learning.Lock()
	defer s.learning.Unlock()
	for _, l := range more {
		s.labels[l.Host] = append(s.labels[l.Host], l)
	}
}

func (s *OpenAI) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("x-request-id", "req_"+newID())
	w.Header().Set("openai-version", "2020-10-01")
	w.Header().Set("openai-processing-ms", "1")
	if err := s.authorize(r); err != nil {
		refuse(w, err)
		return
	}
	s.mux.ServeHTTP(w, r)
}

// dialect is what sets the two APIs apart.
type dialect interface {
	name() string
	// decode refuses what the service refuses, or returns the neutral prompt.
	decode(body []byte) (*modelPrompt, *apiError)
	// encode writes a reply in the API's own shape.
	encode(p *modelPrompt, a modelAnswer) any
}

func (s *OpenAI) complete(w http.ResponseWriter, r *http.Request, api dialect) {
	body, status := readBody(w, r, modelMaxBody)
	if status != 0 {
		refuse(w, &apiError{Status: status, Message: "The request body could not be read."})
		return
	}
	call := s.add(s.read(w.Header().Get("x-request-id"), api.name(), body))
	defer func() { s.change(func() { call.Status = status }) }()

	var request any
	if err := json.Unmarshal(body, &request); err == nil && s.acts != "" {
		if code, answer := s.acts.refuses(request); code != 0 {
			status = code
			w.WriteHeader(status)
			_ = json.NewEncoder(w).Encode(answer)
			return
		}
		each(request, func(o map[string]any) { delete(o, "extra_content") })
		body, _ = json.Marshal(request)
	}
	prompt, refused := api.decode(body)
	if refused == nil && !slices.Contains(s.models, prompt.model) {
		refused = &apiError{Status: http.StatusNotFound, Code: "model_not_found",
			Message: fmt.Sprintf("The model `%s` does not exist or you do not have access to it.", prompt.model)}
	}
	if refused == nil && prompt.encrypted && !prompt.reasons() {
		refused = badParam("include", "", "Encrypted content is not supported with this model.")
	}
	if refused != nil {
		status = refused.Status
		refuse(w, refused)
		return
	}
	fault := s.next(*call)
	if status = fault.write(w); status != 0 {
		return
	}
	if fault.is(ModelSlow) && !s.slow(r, fault.Delay) {
		return
	}

	s.learning.RLock()
	thought := s.labels.think(prompt)
	s.learning.RUnlock()
	reply := fault.spoil(thought, prompt)
	answer := s.measure(prompt, reply, fault)
	shape := api.encode(prompt, answer)
	if s.acts != "" {
		shape = s.acts.dressed(shape)
	}
	out, err := json.Marshal(shape)
	if err != nil {
		panic(fmt.Sprintf("encode simulated answer: %v", err))
	}
	w.Header().Set("Content-Type", "application/json")
	w.Header().Set("Content-Length", strconv.Itoa(len(out)))
	if fault.is(ModelCut) { // the first half of a body that announces all of it
		_, _ = w.Write(out[:len(out)/2])
		_ = http.NewResponseController(w).Flush()
		panic(http.ErrAbortHandler)
	}
	status = http.StatusOK
	_, _ = w.Write(out)
}

func (s *OpenAI) authorize(r *http.Request) *apiError {
	given, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer ")
	if !ok || given == "" {
		return &apiError{Status: http.StatusUnauthorized, Message: "No API key was given: send it as Authorization: Bearer KEY."}
	}
	if s.key != "" && subtle.ConstantTimeCompare([]byte(given), []byte(s.key)) != 1 {
		return &apiError{Status: http.StatusUnauthorized, Code: "invalid_api_key", Message: "Incorrect API key provided."}
	}
	return nil
}

func (s *OpenAI) listModels(w http.ResponseWriter, _ *http.Request) {
	list := []map[string]any{}
	for _, name := range s.models {
		list = append(list, map[string]any{"id": name, "object": "model", "created": s.now().Unix(), "owned_by": "system"})
	}
	writeJSON(w, http.StatusOK, map[string]any{"object": "list", "data": list})
}

// read is what a call says of itself.
func (s *OpenAI) read(id, api string, body []byte) ModelRequest {
	var head struct {
		Model string `json:"model"`
		Store *bool  `json:"store"`
	}
	_ = json.Unmarshal(body, &head)
	store := api == "responses"
	if head.Store != nil {
		store = *head.Store
	}
	if !json.Valid(body) {
		body, _ = json.Marshal(string(body))
	}
	return ModelRequest{ID: id, API: api, At: s.now(), Model: head.Model, Store: store, Body: body}
}

// newID is an opaque part of an id, as unguessable as the real ones.
func newID() string { return strings.ToLower(rand.Text()) }
