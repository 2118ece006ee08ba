package enrich

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"strings"
	"time"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

// What can go wrong with the model. Each comes wrapped in a lead.Fault.
var (
	ErrThrottled = errors.New("the model's endpoint asks us to slow down")
	ErrQuota     = errors.New("the model's account has no credit left: check billing at the provider")
	ErrKey       = errors.New("the model's endpoint refused the key: check OPENAI_API_KEY")
	ErrUnknown   = errors.New("the endpoint does not know this model or path: check OPENAI_MODEL, OPENAI_BASE_URL and OPENAI_API")
	ErrTooLong   = errors.New("the pages are more than the model can read at once: lower enrichment.max_tokens, " +
		"half of which they may take, then `leadtriage lead retry ID`")
	ErrRequest     = errors.New("the model's endpoint rejected the request")
	ErrUnavailable = errors.New("the model's endpoint is not available")
	ErrSlow        = errors.New("the model did not answer in time")
	ErrGarbled     = errors.New("the model's endpoint sent an answer that cannot be read")
	ErrBreakerOpen = errors.New("the model's endpoint failed several times in a row; waiting before it is asked again")
	ErrBusy        = errors.New("as many companies as enrichment.concurrency allows talk with the model")
	ErrRefused     = errors.New("the model refused")
	ErrRubbish     = errors.New("the model did not use its functions as asked, twice")
	ErrCut         = errors.New("the model's answer was cut off at its limit, thoughts included: raise enrichment.max_output, " +
		"then `leadtriage lead retry ID`")
	ErrBudget    = errors.New("the lead's token budget is spent")
	ErrOutOfTime = errors.New("the lead's time for enrichment is over")
)

const (
	throttledWait = 10 * time.Second // when a 429 names no delay
	operatorWait  = 5 * time.Minute  // for what only an operator can mend
	maxDetail     = 200              // runes of the endpoint's own words in an error
)

// passing reports whether the same call may work a moment later.
func passing(err error) bool {
	kind, after := lead.KindOf(err)
	return kind == lead.Temporary && after == 0 && errors.Is(err, ErrUnavailable)
}

// cancelled says why ctx ended: its caller went away, or the lead's time is over.
func cancelled(ctx context.Context) error {
	return lead.Faultf(lead.Temporary, 0, "ask the model: %w", context.Cause(ctx))
}

// refusal is an error that an endpoint answered.
type refusal struct {
	status      int    // of HTTP, or the one that the words of a 200 mean
	code, words string // the provider's own
	after       time.Duration
	body        string
}

func (r *refusal) Error() string { return fmt.Sprintf("status %d: %s", r.status, r.words) }

var pageTitle = regexp.MustCompile(`(?is)<title>(.*?)</title>`)

// refused reads an answer that is an error, in whatever form: OpenAI's, the flat one of
// vLLM, lists as of Google and FastAPI, plain text, a proxy's page.
func refused(status int, header http.Header, body []byte) *refusal {
	r := &refusal{status: status, after: lead.RetryAfter(header, time.Now()), body: string(body)}
	var doc any
	if json.Unmarshal(body, &doc) == nil {
		r.read(doc)
	} else if m := pageTitle.FindStringSubmatch(r.body); m != nil {
		r.words = m[1]
	} else if !strings.HasPrefix(strings.TrimSpace(r.body), "<") {
		r.words = r.body
	}
	if strings.Contains(r.body, "insufficient_quota") {
		r.code = "insufficient_quota"
	}
	if r.status == http.StatusOK {
		r.status = meant[r.code]
		if r.status == 0 {
			r.status = http.StatusBadGateway
		}
	}
	return r
}

// meant are the statuses that errors should have had which come with 200.
var meant = map[string]int{
	"insufficient_quota": http.StatusTooManyRequests, "rate_limit_exceeded": http.StatusTooManyRequests,
	"rate_limit_error": http.StatusTooManyRequests,
	"invalid_api_key":  http.StatusUnauthorized, "authentication_error": http.StatusUnauthorized,
	"model_not_found": http.StatusNotFound, "not_found_error": http.StatusNotFound,
	"invalid_request_error": http.StatusBadRequest, "context_length_exceeded": http.StatusBadRequest, "invalid_prompt": http.StatusBadRequest,
}

func (r *refusal) read(v any) {
	switch v := v.(type) {
	case string:
		r.words = strings.TrimPrefix(r.words+"; "+v, "; ")
	case []any:
		for _, item := range v {
			r.read(item)
		}
	case map[string]any:
		for _, name := range []string{"code", "type"} {
			switch code := v[name].(type) {
			case string:
				r.code = cmp.Or(r.code, code)
			case float64:
				if r.status == http.StatusOK && code >= 400 && code < 600 {
					r.status = int(code)
				}
			}
		}
		said := len(r.words)
		for _, name := range []string{"error", "errors", "detail", "message", "msg"} {
			r.read(v[name])
		}
		if at, ok := v["loc"].([]any); ok && len(r.words) > said { // FastAPI names the place beside the fault
			r.words += fmt.Sprintf(" %v", at)
		}
	}
}

// classify turns what went wrong with a request into a lead.Fault. The endpoint's own
// words are shortened and the key is taken out of them.
func classify(err error, e Endpoint) error {
	r, answered := errors.AsType[*refusal](err)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		return lead.Faultf(lead.Temporary, 0, "ask the model: %w (%s)", ErrSlow, e.Timeout)
	case errors.Is(err, ErrGarbled):
		return lead.Faultf(lead.Temporary, 0, "ask the model: %w", ErrGarbled)
	case !answered:
		return lead.Faultf(lead.Temporary, 0, "ask the model: %w%s", ErrUnavailable, presentable(err.Error(), e.Key))
	}
	words := presentable(r.words, e.Key)
	switch {
	case r.code == "insufficient_quota" || r.code == "billing_hard_limit_reached" || r.status == http.StatusPaymentRequired:
		return lead.Faultf(lead.Unpaid, operatorWait, "ask the model: %w", ErrQuota)
	case r.status == http.StatusTooManyRequests:
		return lead.Faultf(lead.Throttled, cmp.Or(r.after, throttledWait), "ask the model: %w", ErrThrottled)
	case r.status == http.StatusUnauthorized || r.status == http.StatusForbidden || r.code == "invalid_api_key":
		// Providers repeat part of the key here: nothing of theirs is shown.
		return lead.Faultf(lead.Temporary, operatorWait, "ask the model: %w (status %d)", ErrKey, r.status)
	case r.status == http.StatusNotFound || r.status == http.StatusMethodNotAllowed || r.code == "model_not_found":
		return lead.Faultf(lead.Temporary, operatorWait, "ask the model: %w (model %s, status %d)%s", ErrUnknown, e.Model, r.status, words)
	case r.status >= 500 || r.status == http.StatusRequestTimeout || r.status == http.StatusConflict || r.status == http.StatusTooEarly:
		return lead.Faultf(lead.Temporary, r.after, "ask the model: %w (status %d)%s", ErrUnavailable, r.status, words)
	case strings.Contains(r.words, "/v1/responses"):
		return lead.Faultf(lead.Temporary, operatorWait, "ask the model: %w (model %s wants OPENAI_API=responses)", ErrUnknown, e.Model)
	case tooLong(r):
		return lead.Faultf(lead.Permanent, 0, "ask the model: %w (status %d)%s", ErrTooLong, r.status, words)
	}
	return lead.Faultf(lead.Permanent, 0, "ask the model: %w (status %d)%s", ErrRequest, r.status, words)
}

// tooLong knows the ways in which OpenAI, vLLM and llama.cpp say so.
func tooLong(r *refusal) bool {
	return r.code == "context_length_exceeded" || strings.Contains(r.words, "context length") || strings.Contains(r.words, "context size")
}

// presentable makes a stranger's words fit for an error: one line, short, without the key.
func presentable(s, key string) string {
	if key != "" {
		s = strings.ReplaceAll(s, key, "***")
	}
	if s = evidence.OneLine(s); s == "" {
		return ""
	}
	return ": " + evidence.Cut(s, maxDetail)
}
