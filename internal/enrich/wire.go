package enrich

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"leadtriage/internal/lead"
)

// maxAnswer bounds an answer in bytes; the longest honest one is far below.
const maxAnswer = 8 << 20

// wire posts JSON to an endpoint, and reads of its answers what is needed alone.
type wire struct {
	endpoint Endpoint

	mu      sync.Mutex
	unknown map[string]bool // members of a request that the endpoint will not take
}

// post sends a request, and again without the members that the endpoint refuses by
// their names. An error that the endpoint answered is a *refusal.
func (w *wire) post(ctx context.Context, path string, body map[string]any, answer any) error {
	whole, err := json.Marshal(body)
	if err != nil {
		return err
	}
	for {
		sent := w.less(whole)
		err := w.ask(ctx, path, sent, answer)
		if r, ok := errors.AsType[*refusal](err); !ok || !w.learn(r, sent) {
			return err
		}
	}
}

func (w *wire) ask(ctx context.Context, path string, sent []byte, answer any) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.endpoint.BaseURL+path, bytes.NewReader(sent))
	if err != nil {
		return err
	}
	req.Header.Set("Content-Type", "application/json")
	if w.endpoint.Key != "" {
		req.Header.Set("Authorization", "Bearer "+w.endpoint.Key)
	}
	resp, err := w.endpoint.HTTP.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	got, err := io.ReadAll(io.LimitReader(resp.Body, maxAnswer+1))
	switch {
	case err != nil:
		return fmt.Errorf("read the answer: %w", err)
	case resp.StatusCode >= 300:
		return refused(resp.StatusCode, resp.Header, got)
	case len(got) > maxAnswer:
		return fmt.Errorf("%w: longer than %d bytes", ErrGarbled, maxAnswer)
	}
	var parts struct{ Error, Choices, Output json.RawMessage }
	err = json.Unmarshal(got, &parts)
	switch {
	case err != nil:
	case len(parts.Choices)+len(parts.Output) > 0:
		err = json.Unmarshal(got, answer)
	case len(parts.Error) > 0 && string(parts.Error) != "null":
		return refused(resp.StatusCode, resp.Header, got)
	default:
		err = errors.New("neither an answer nor an error")
	}
	if err != nil {
		return fmt.Errorf("%w: %w", ErrGarbled, err)
	}
	return nil
}

// needed are the members without which a request asks for nothing, or for something
// else. All others say only how to answer.
var needed = strings.Fields(`model messages input instructions tools role content tool_calls tool_call_id id type function name
	arguments description parameters response_format json_schema schema call_id output`)

var word = regexp.MustCompile(`\w+`)

// learn notes the members of a request that a refusal names, for as long as the process
// lives; false: there is none, and asking again would be refused again.
func (w *wire) learn(r *refusal, sent []byte) (learned bool) {
	if r.status != http.StatusBadRequest && r.status != http.StatusUnprocessableEntity || tooLong(r) {
		return false
	}
	var request any
	_ = json.Unmarshal(sent, &request)
	named := word.FindAllString(r.body, -1)
	w.mu.Lock()
	defer w.mu.Unlock()
	unknown := map[string]bool{}
	maps.Copy(unknown, w.unknown)
	visit(request, func(object map[string]any) {
		for name := range object {
			if slices.Contains(named, name) && !slices.Contains(needed, name) {
				unknown[name] = true
			}
			learned = learned || unknown[name] // by another request meanwhile, perhaps
		}
	})
	if len(unknown) > len(w.unknown) {
		w.unknown = unknown
		w.endpoint.Logger.Info("the model's endpoint does not know some parameters: they are left out from now on",
			"parameters", slices.Sorted(maps.Keys(unknown)))
	}
	return learned
}

// less is a request without the members that the endpoint does not know. A limit of the
// answer has an older name, too.
func (w *wire) less(whole []byte) []byte {
	w.mu.Lock()
	unknown := w.unknown
	w.mu.Unlock()
	if len(unknown) == 0 {
		return whole
	}
	var request map[string]any
	numbers := json.NewDecoder(bytes.NewReader(whole))
	numbers.UseNumber()
	_ = numbers.Decode(&request)
	if limit, ok := request["max_completion_tokens"]; ok && unknown["max_completion_tokens"] {
		request["max_tokens"] = limit
	}
	visit(request, func(object map[string]any) {
		maps.DeleteFunc(object, func(name string, _ any) bool { return unknown[name] })
	})
	less, _ := json.Marshal(request)
	return less
}

// visit calls back for every object of a request outside of schemas.
func visit(v any, each func(map[string]any)) {
	switch v := v.(type) {
	case []any:
		for _, item := range v {
			visit(item, each)
		}
	case map[string]any:
		each(v)
		for name, member := range v {
			if name != "parameters" && name != "schema" {
				visit(member, each)
			}
		}
	}
}

// text is a JSON string, or a number; of null nothing, of any other value the JSON itself.
type text string

func (t *text) UnmarshalJSON(raw []byte) error {
	var s string
	var n float64
	switch {
	case json.Unmarshal(raw, &s) == nil:
	case json.Unmarshal(raw, &n) == nil: // 250.0 is 250
		s = strconv.FormatFloat(n, 'f', -1, 64)
	default:
		s = string(raw)
	}
	*t = text(s)
	return nil
}

// content is a text, or a list of parts of which some are text.
type content struct {
	text    string
	refused bool
}

func (c *content) UnmarshalJSON(raw []byte) error {
	var parts []struct{ Type, Text text }
	if json.Unmarshal(raw, &parts) != nil {
		return (*text)(&c.text).UnmarshalJSON(raw)
	}
	for _, p := range parts {
		c.text += string(p.Text)
		c.refused = c.refused || p.Type == "refusal"
	}
	return nil
}

// usage is what an answer cost, in the words of either API; what is odd counts as 0.
type usage struct{ lead.Usage }

func (u *usage) UnmarshalJSON(raw []byte) error {
	var all map[string]any
	_ = json.Unmarshal(raw, &all)
	number := func(of any, name string) int {
		members, _ := of.(map[string]any)
		n, _ := members[name].(float64)
		return int(n)
	}
	u.PromptTokens = number(all, "prompt_tokens") + number(all, "input_tokens")
	u.CompletionTokens = number(all, "completion_tokens") + number(all, "output_tokens")
	u.CachedTokens = number(all["prompt_tokens_details"], "cached_tokens") + number(all["input_tokens_details"], "cached_tokens")
	return nil
}
