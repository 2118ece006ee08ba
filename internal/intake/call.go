package intake

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"mime"
	"net/http"
	"runtime"
	"runtime/debug"
	"slices"
	"strings"
	"time"
)

// call is one request on its way to an answer.
type call struct {
	w  *response
	r  *http.Request
	by *caller // nil where no key is asked for

	batch bool // many leads at once

	leadID string // for the log
	late   bool   // the records did not answer in time: further ones of this call are not tried
}

// response remembers what was answered.
type response struct {
	http.ResponseWriter
	status int
}

func (w *response) WriteHeader(status int) {
	if status >= 200 {
		w.begin(status)
	}
	w.ResponseWriter.WriteHeader(status)
}

// begin gives the caller its time to read: what came before may have taken long.
func (w *response) begin(status int) {
	if w.status == 0 {
		w.status = status
		http.NewResponseController(w.ResponseWriter).SetWriteDeadline(time.Now().Add(writeWithin))
	}
}

const writeWithin = 30 * time.Second

func (w *response) Write(b []byte) (int, error) {
	w.begin(http.StatusOK)
	return w.ResponseWriter.Write(b)
}

// Flush serves handlers that stream and ask for an http.Flusher.
func (w *response) Flush() { http.NewResponseController(w.ResponseWriter).Flush() }

func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// serve runs a handler, turns its error or panic into a problem, and logs the
// call: ids and names, never what was sent.
func (a *API) serve(w http.ResponseWriter, r *http.Request, handle func(*call) error) {
	c := &call{w: &response{ResponseWriter: w}, r: r}
	start := time.Now()
	w.Header().Set("X-Content-Type-Options", "nosniff")
	if strings.HasPrefix(r.URL.Path, "/v1/") {
		w.Header().Set("Cache-Control", "no-store")
	}
	defer func() {
		if v := recover(); v != nil {
			a.panicked(c, v)
		}
		a.logCall(c, time.Since(start))
	}()
	if err := handle(c); err != nil {
		a.fail(c, err)
	}
}

func (a *API) fail(c *call, err error) {
	p, ok := errors.AsType[*Problem](err)
	if !ok {
		p = unavailable(err)
	}
	if p.cause != nil {
		a.opts.Logger.Error("call failed", "route", c.r.Pattern, "lead_id", c.leadID, "error", p.cause)
	}
	if c.w.status == 0 {
		p.write(c.w)
	}
}

// panicked answers 500 if nothing was answered yet, and breaks the connection
// off otherwise, so that half an answer is not taken for a whole one. The value of
// a panic may hold what was sent: only a runtime error is logged as it is.
func (a *API) panicked(c *call, v any) {
	if v == http.ErrAbortHandler {
		panic(v)
	}
	what := fmt.Sprintf("%T", v)
	if err, ok := v.(runtime.Error); ok {
		what = err.Error()
	}
	a.opts.Logger.Error("handler panicked", "route", c.r.Pattern, "lead_id", c.leadID, "panic", what, "stack", string(debug.Stack()))
	if c.w.status != 0 {
		panic(http.ErrAbortHandler)
	}
	problemf(http.StatusInternalServerError, "this went wrong here and is in the log: send it again, and tell the operator if it stays so").write(c.w)
}

func (a *API) logCall(c *call, took time.Duration) {
	if c.w.status == 0 {
		c.w.status = http.StatusOK // what net/http sends for a handler that wrote nothing
	}
	level := slog.LevelInfo
	if !strings.Contains(c.r.Pattern, "/v1/") && c.w.status < 500 {
		level = slog.LevelDebug // probes and pages
	}
	attrs := []slog.Attr{slog.String("method", c.r.Method), slog.String("route", c.r.Pattern), slog.Int("status", c.w.status), slog.Duration("duration", took)}
	if c.by != nil {
		attrs = append(attrs, slog.String(c.by.kind, c.by.name))
	}
	if c.leadID != "" {
		attrs = append(attrs, slog.String("lead_id", c.leadID))
	}
	a.opts.Logger.LogAttrs(c.r.Context(), level, "call", attrs...)
}

// answer writes a JSON body.
func (c *call) answer(status int, v any) error {
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Errorf("encode answer: %w", err)
	}
	c.w.Header().Set("Content-Type", "application/json")
	c.w.WriteHeader(status)
	c.w.Write(append(b, '\n')) // a caller who has gone: what was taken is committed
	return nil
}

// bound gives flow and records their time; the body has been read by then.
func (a *API) bound(c *call) context.CancelFunc {
	ctx, cancel := context.WithTimeout(c.r.Context(), a.opts.Patience)
	c.r = c.r.WithContext(ctx)
	return cancel
}

// declaresMore reports whether a body is larger than it may be before it is read. A
// client that asks first, as curl does, then sends nothing of it.
func (c *call) declaresMore(most int64) bool {
	more := c.r.ContentLength > most
	if more && !c.asksFirst() {
		c.drain()
	}
	return more
}

func (c *call) asksFirst() bool { return c.r.Header.Get("Expect") != "" }

// drain reads on in a body that is refused for its size, so that a client that
// writes before it reads gets the sentence and not a reset connection.
func (c *call) drain() {
	const most = 32 << 20
	io.CopyN(io.Discard, c.r.Body, most)
}

// json reads a body of at most one lead's size.
func (c *call) json() ([]byte, error) {
	if err := c.mediaType("application/json", "text/json"); err != nil {
		return nil, err
	}
	return c.body(maxLead, "shorten notes and lists, or send many leads one per line to /v1/leads/batch")
}

// body reads at most so many bytes.
func (c *call) body(most int64, instead string) ([]byte, error) {
	tooLarge := problemf(http.StatusRequestEntityTooLarge, "the body is larger than %d MB: %s", most>>20, instead)
	if c.declaresMore(most) {
		return nil, tooLarge
	}
	raw, err := io.ReadAll(io.LimitReader(c.r.Body, most+1))
	if err != nil {
		return nil, problemf(http.StatusBadRequest, "the body broke off before its end: send it again")
	}
	if int64(len(raw)) > most {
		c.drain()
		return nil, tooLarge
	}
	return raw, nil
}

// undeclared are the types that clients send when nobody chose one: curl -d, and
// many automations. The body itself then tells.
var undeclared = []string{"application/x-www-form-urlencoded", "text/plain", "application/octet-stream"}

// mediaType refuses a body that is declared to be something else. None declared is taken.
func (c *call) mediaType(taken ...string) error {
	if e := c.r.Header.Get("Content-Encoding"); e != "" && !strings.EqualFold(e, "identity") {
		return problemf(http.StatusUnsupportedMediaType, "a compressed body is not taken: send it without Content-Encoding")
	}
	declared := c.r.Header.Get("Content-Type")
	if declared == "" {
		return nil
	}
	kind, params, err := mime.ParseMediaType(declared)
	charset := strings.ToLower(params["charset"])
	if err == nil && (slices.Contains(taken, kind) || slices.Contains(undeclared, kind) || taken[0] == "application/json" && strings.HasSuffix(kind, "+json")) &&
		slices.Contains([]string{"", "utf-8", "utf8", "us-ascii"}, charset) {
		return nil
	}
	return problemf(http.StatusUnsupportedMediaType, "this body is not taken: send it with Content-Type: %s, in UTF-8", taken[0])
}
