package enrich

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"strings"
	"time"

	"leadtriage/internal/lead"

	openai "github.com/sashabaranov/go-openai"
)

// What can go wrong with the model. Each comes wrapped in a lead.Fault.
var (
	ErrThrottled   = errors.New("the model's endpoint asks us to slow down")
	ErrQuota       = errors.New("the model's account has no credit left: check billing at the provider")
	ErrKey         = errors.New("the model's endpoint refused the key: check OPENAI_API_KEY")
	ErrUnknown     = errors.New("the endpoint does not know this model or path: check OPENAI_MODEL, OPENAI_BASE_URL and OPENAI_API")
	ErrTooLong     = errors.New("the pages are more than the model can read at once: lower enrichment.max_tokens, half of which they may take, then `leadtriage lead retry ID`")
	ErrRequest     = errors.New("the model's endpoint rejected the request")
	ErrUnavailable = errors.New("the model's endpoint is not available")
	ErrSlow        = errors.New("the model did not answer in time")
	ErrGarbled     = errors.New("the model's endpoint sent an answer that cannot be read")
	ErrBreakerOpen = errors.New("the model's endpoint failed several times in a row; waiting before it is asked again")
	ErrRefused     = errors.New("the model refused")
	ErrRubbish     = errors.New("the model did not use its functions as asked, twice")
	ErrBudget      = errors.New("the lead's token budget is spent")
	ErrOutOfTime   = errors.New("the lead's time for enrichment is over")
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

// classify turns an error of the library into a lead.Fault. The endpoint's own
// words are shortened and the key is taken out of them.
func classify(err error, header http.Header, e Endpoint) error {
	if errors.Is(err, openai.ErrReasoningToolsRequireResponses) || errors.Is(err, openai.ErrChatCompletionInvalidModel) {
		return lead.Faultf(lead.Temporary, operatorWait, "ask the model: %w (model %s wants OPENAI_API=responses)", ErrUnknown, e.Model)
	}
	if errors.Is(err, context.DeadlineExceeded) {
		return lead.Faultf(lead.Temporary, 0, "ask the model: %w (%s)", ErrSlow, e.Timeout)
	}
	if errors.Is(err, errGarbled) {
		return lead.Faultf(lead.Temporary, 0, "ask the model: %w", ErrGarbled)
	}
	status, code, detail := statusOf(err)
	if status == 0 {
		if isJSON(err) {
			return lead.Faultf(lead.Temporary, 0, "ask the model: %w", ErrGarbled)
		}
		return lead.Faultf(lead.Temporary, 0, "ask the model: %w%s", ErrUnavailable, presentable(err.Error(), e.Key))
	}
	detail = presentable(detail, e.Key)
	after := lead.RetryAfter(header, time.Now())
	switch {
	case code == "insufficient_quota" || code == "billing_hard_limit_reached" || status == http.StatusPaymentRequired:
		return lead.Faultf(lead.Unpaid, operatorWait, "ask the model: %w", ErrQuota)
	case status == http.StatusTooManyRequests:
		return lead.Faultf(lead.Throttled, cmp.Or(after, throttledWait), "ask the model: %w", ErrThrottled)
	case status == http.StatusUnauthorized || status == http.StatusForbidden || code == "invalid_api_key":
		// Providers repeat part of the key here: nothing of theirs is shown.
		return lead.Faultf(lead.Temporary, operatorWait, "ask the model: %w (status %d)", ErrKey, status)
	case status == http.StatusNotFound || status == http.StatusMethodNotAllowed || code == "model_not_found":
		return lead.Faultf(lead.Temporary, operatorWait, "ask the model: %w (model %s, status %d)%s", ErrUnknown, e.Model, status, detail)
	case status >= 500 || status == http.StatusRequestTimeout || status == http.StatusConflict || status == http.StatusTooEarly:
		return lead.Faultf(lead.Temporary, after, "ask the model: %w (status %d)%s", ErrUnavailable, status, detail)
	case tooLong(code, detail):
		return lead.Faultf(lead.Permanent, 0, "ask the model: %w (status %d)%s", ErrTooLong, status, detail)
	default:
		return lead.Faultf(lead.Permanent, 0, "ask the model: %w (status %d)%s", ErrRequest, status, detail)
	}
}

// tooLong knows the ways in which OpenAI, vLLM and llama.cpp say so.
func tooLong(code, detail string) bool {
	return code == "context_length_exceeded" || strings.Contains(detail, "context length") || strings.Contains(detail, "context size")
}

// statusOf reads the HTTP status, the provider's code and its message; status 0:
// there was no HTTP error. A RequestError is looked for first: an HTML page and
// vLLM's flat error are nothing else.
func statusOf(err error) (status int, code, detail string) {
	var request *openai.RequestError
	if errors.As(err, &request) {
		var flat struct {
			Message string `json:"message"`
			Type    string `json:"type"`
		}
		_ = json.Unmarshal(request.Body, &flat) // HTML: nothing to quote
		if strings.Contains(string(request.Body), "insufficient_quota") {
			flat.Type = "insufficient_quota"
		}
		return request.HTTPStatusCode, flat.Type, flat.Message
	}
	var api *openai.APIError
	if errors.As(err, &api) {
		code, _ := api.Code.(string)
		if code == "" || api.Type == "insufficient_quota" {
			code = api.Type
		}
		return api.HTTPStatusCode, code, api.Message
	}
	return 0, "", ""
}

func isJSON(err error) bool {
	var syntax *json.SyntaxError
	var kind *json.UnmarshalTypeError
	return errors.As(err, &syntax) || errors.As(err, &kind)
}

// presentable makes a stranger's words fit for an error: one line, short, without the key.
func presentable(s, key string) string {
	if key != "" {
		s = strings.ReplaceAll(s, key, "***")
	}
	if s = strings.Join(strings.Fields(s), " "); s == "" {
		return ""
	}
	return ": " + clamp(s, maxDetail)
}
