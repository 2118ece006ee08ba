package sim

import (
	"cmp"
	"fmt"
	"net/http"
	"strconv"
	"time"
)

// ModelFaultKind is a way in which the model service fails.
type ModelFaultKind string

const (
	ModelThrottled        ModelFaultKind = "throttled"         // 429 with Retry-After
	ModelNoQuota          ModelFaultKind = "no_quota"          // 429 insufficient_quota: waiting does not help
	ModelServerError      ModelFaultKind = "server_error"      // 500 in the service's error shape
	ModelBadGateway       ModelFaultKind = "bad_gateway"       // 502 with an HTML page
	ModelSlow             ModelFaultKind = "slow"              // answers after Delay; 0: not before the next SetFault
	ModelErrorIn200       ModelFaultKind = "error_in_200"      // status 200, an error as body
	ModelCut              ModelFaultKind = "cut"               // the connection ends inside the body
	ModelEmptyChoices     ModelFaultKind = "empty_choices"     // no choice, no output
	ModelGarbledArguments ModelFaultKind = "garbled_arguments" // arguments are not JSON
	ModelWrongArguments   ModelFaultKind = "wrong_arguments"   // arguments are JSON and break the schema
	ModelPlainText        ModelFaultKind = "plain_text"        // prose, and no call
	ModelDeaf             ModelFaultKind = "deaf"              // prose, unless a form is asked for: a model without functions behind llama.cpp
	ModelRefusal          ModelFaultKind = "refusal"           // the model declines
	ModelTruncated        ModelFaultKind = "truncated"         // stopped half-way for length
	ModelUnknownFunction  ModelFaultKind = "unknown_function"  // calls what was not offered
	ModelEndlessFetch     ModelFaultKind = "endless_fetch"     // wants one more page, every time
)

// ModelFault is one failure of the model service.
type ModelFault struct {
	Kind       ModelFaultKind
	RetryAfter time.Duration // ModelThrottled; 0: one second
	Delay      time.Duration // ModelSlow
}

func (f *ModelFault) is(kind ModelFaultKind) bool { return f != nil && f.Kind == kind }

// SetFault asks fault about every call; nil from it, or nil in its place, is no
// fault. It must not call back. Calls that are slow without end go on.
func (s *OpenAI) SetFault(fault func(ModelRequest) *ModelFault) {
	s.faults.SetFault(fault)
	s.mending.Lock()
	defer s.mending.Unlock()
	close(s.mended)
	s.mended = make(chan struct{})
}

// slow waits as ModelSlow has it; false: the caller hung up.
func (s *OpenAI) slow(r *http.Request, d time.Duration) bool {
	if d > 0 {
		return pause(r, d)
	}
	s.mending.Lock()
	mended := s.mended
	s.mending.Unlock()
	select {
	case <-mended:
		return true
	case <-r.Context().Done():
		return false
	}
}

// refusals are the faults that are an error of the service, and nothing else.
var refusals = map[ModelFaultKind]*apiError{
	ModelNoQuota: {Status: http.StatusTooManyRequests, Type: "insufficient_quota", Code: "insufficient_quota",
		Message: "You exceeded your current quota, please check your plan and billing details."},
	ModelErrorIn200: {Status: http.StatusOK, Type: "server_error", Code: "server_error",
		Message: "The server had an error while processing your request."},
	ModelServerError: {Status: http.StatusInternalServerError, Type: "server_error",
		Message: "The server had an error while processing your request. Sorry about that!"},
}

// write answers with a fault that is itself the whole answer, and returns the status;
// 0: it is not.
func (f *ModelFault) write(w http.ResponseWriter) int {
	if f == nil {
		return 0
	}
	refusal := refusals[f.Kind]
	switch f.Kind {
	case ModelThrottled:
		wait := cmp.Or(max(f.RetryAfter, 0), time.Second)
		w.Header().Set("Retry-After", seconds(wait))
		w.Header().Set("retry-after-ms", strconv.FormatInt(wait.Milliseconds(), 10))
		w.Header().Set("x-ratelimit-remaining-requests", "0")
		w.Header().Set("x-ratelimit-reset-requests", wait.String())
		refusal = &apiError{Status: http.StatusTooManyRequests, Type: "requests", Code: "rate_limit_exceeded",
			Message: fmt.Sprintf("Rate limit reached for requests. Please try again in %s.", wait)}
	case ModelBadGateway:
		w.Header().Set("Content-Type", "text/html")
		w.WriteHeader(http.StatusBadGateway)
		_, _ = fmt.Fprint(w, "<html><head><title>502 Bad Gateway</title></head><body><h1>502 Bad Gateway</h1></body></html>")
		return http.StatusBadGateway
	}
	if refusal == nil {
		return 0
	}
	refuse(w, refusal)
	return refusal.Status
}

// spoil turns a sound reply into what a failing model would have said.
func (f *ModelFault) spoil(r modelReply, p *modelPrompt) modelReply {
	if f == nil {
		return r
	}
	switch f.Kind {
	case ModelGarbledArguments, ModelWrongArguments:
		for i := range r.calls {
			r.calls[i].arguments = `{"facts":[{"field":"shoe_size","value":42,"confidence":"very"}]}`
			if f.Kind == ModelGarbledArguments {
				r.calls[i].arguments = `{"facts":[{"field":"employees","value":` + "\n"
			}
		}
	case ModelDeaf:
		if p.form.name != "" {
			return modelReply{text: "```json\n" + r.text + "\n```"}
		}
		return modelReply{text: "I will call record_firmographics with what I found."}
	case ModelPlainText:
		return modelReply{text: "The company looks like a good fit to me."}
	case ModelRefusal:
		return modelReply{refusal: "I'm sorry, but I can't help with that."}
	case ModelUnknownFunction:
		return modelReply{calls: []modelCall{{name: "lookup_company", arguments: `{"name":"anything"}`}}}
	case ModelEndlessFetch:
		return oneMorePage(r, p)
	}
	return r
}
