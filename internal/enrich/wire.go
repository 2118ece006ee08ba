package enrich

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
)

// maxAnswer bounds an answer in bytes; the longest honest one is far below.
const maxAnswer = 8 << 20

var errGarbled = errors.New("unreadable answer")

// wire stands between the library and the network and mends what the library
// cannot express or does not see.
type wire struct{ http *http.Client }

func (w wire) Do(req *http.Request) (*http.Response, error) {
	if err := neverStore(req); err != nil {
		return nil, err
	}
	resp, err := w.http.Do(req)
	if err != nil {
		return nil, err
	}
	body, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	resp.Body.Close()
	if err != nil {
		return nil, fmt.Errorf("read the answer: %w", err)
	}
	if len(body) > maxAnswer {
		return nil, fmt.Errorf("%w: longer than %d bytes", errGarbled, maxAnswer)
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	if resp.StatusCode < 300 {
		return resp, revealError(resp, body)
	}
	return resp, nil
}

// neverStore writes "store":false into a chat request: the library leaves a
// false store out, and a provider's default may change.
func neverStore(req *http.Request) error {
	if req.Body == nil || !strings.HasSuffix(req.URL.Path, "/chat/completions") {
		return nil
	}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return err
	}
	body = append([]byte(`{"store":false,`), bytes.TrimPrefix(body, []byte("{"))...)
	req.Body = io.NopCloser(bytes.NewReader(body))
	req.GetBody = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(body)), nil }
	req.ContentLength = int64(len(body))
	return nil
}

// revealError gives an answer of status 200 that carries an error the status it
// should have had: the library would return it as an answer without choices.
func revealError(resp *http.Response, body []byte) error {
	var answer struct {
		Error   json.RawMessage `json:"error"`
		Choices json.RawMessage `json:"choices"`
		Output  json.RawMessage `json:"output"`
	}
	if err := json.Unmarshal(body, &answer); err != nil {
		return fmt.Errorf("%w: %w", errGarbled, err)
	}
	if len(answer.Choices)+len(answer.Output) > 0 {
		return nil
	}
	if len(answer.Error) == 0 || string(answer.Error) == "null" {
		return fmt.Errorf("%w: neither an answer nor an error", errGarbled)
	}
	var fault struct {
		Code any    `json:"code"`
		Type string `json:"type"`
	}
	_ = json.Unmarshal(answer.Error, &fault) // a bare string: unknown, a 502 then
	resp.StatusCode = statusFor(fault.Code, fault.Type)
	resp.Status = fmt.Sprintf("%d (in the body of a 200)", resp.StatusCode)
	return nil
}

func statusFor(code any, kind string) int {
	if n, ok := code.(float64); ok && n >= 400 && n < 600 {
		return int(n)
	}
	for _, word := range []string{fmt.Sprint(code), kind} {
		switch word {
		case "insufficient_quota", "rate_limit_exceeded", "rate_limit_error":
			return http.StatusTooManyRequests
		case "invalid_api_key", "authentication_error":
			return http.StatusUnauthorized
		case "model_not_found", "not_found_error":
			return http.StatusNotFound
		case "invalid_request_error", "context_length_exceeded", "invalid_prompt":
			return http.StatusBadRequest
		}
	}
	return http.StatusBadGateway
}
