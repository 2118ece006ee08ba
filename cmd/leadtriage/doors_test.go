package main

import (
	"bufio"
	"bytes"
	"database/sql"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"
)

// promptly sends a request and wants its answer within five seconds.
func (w *world) promptly(method, path, key string, body any, headers ...string) (int, http.Header, string) {
	w.t.Helper()
	text, _ := json.Marshal(body)
	if raw, ok := body.([]byte); ok {
		text = raw
	}
	req, err := http.NewRequestWithContext(w.patient(), method, w.api+path, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+key)
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	began := time.Now()
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	answer, _ := io.ReadAll(res.Body)
	if took := time.Since(began); took > 5*time.Second {
		w.t.Errorf("%s %s was answered after %s", method, path, took)
	}
	return res.StatusCode, res.Header, string(answer)
}

// TestDoorsWhileBackingsHang: while database or queue hang, every caller hears so
// in time, and what was taken all the same is known at the retry.
func TestDoorsWhileBackingsHang(t *testing.T) {
	t.Parallel()
	records, queue := backing.NewPostgres(t), backing.NewRedis(t)
	w := newWorld(t, map[string]string{"DATABASE_URL": records.URL, "REDIS_URL": queue.URL})
	w.start("")
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	card := w.card(id, asking)
	late := fit("harbourline.example")
	event := map[string]any{"type": "docs_visit", "at": time.Now().UTC().Format(time.RFC3339)}

	records.Freeze(t)
	for path, body := range map[string]any{
		"/v1/leads": late, "/v1/leads/" + id + "/events": event, "/v1/leads/" + id + "/decision": map[string]string{"decision": "approve"}, "/v1/leads/" + id + "/review": nil,
	} {
		status, header, text := w.promptly(http.MethodPost, path, demoOperatorKey, body, "Idempotency-Key", "late")
		if status != http.StatusServiceUnavailable || header.Get("Retry-After") == "" {
			t.Errorf("POST %s: %d %v %s", path, status, header, text)
		}
	}
	line, _ := json.Marshal(late)
	if _, _, text := w.promptly(http.MethodPost, "/v1/leads/batch", demoOperatorKey, slices.Concat(line, []byte("\n"), line)); strings.Count(text, `"status":503`) != 2 {
		t.Errorf("batch: %s", text)
	}
	if status, _, _ := w.promptly(http.MethodGet, "/readyz", "", nil); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", status)
	}
	w.click(demoReviewer, card, "lead_approve") // answered within Slack's three seconds
	w.slash(demoReviewer, "/eql pending")
	records.Thaw(t)

	var first, again lead.Receipt
	for _, into := range []*lead.Receipt{&first, &again} {
		status, _, text := w.promptly(http.MethodPost, "/v1/leads", demoOperatorKey, late, "Idempotency-Key", "late")
		if json.Unmarshal([]byte(text), into); status/100 != 2 {
			t.Fatalf("the retry: %d %s", status, text)
		}
	}
	if first.ID != again.ID || w.leads() != 2 {
		t.Errorf("%+v, then %+v; %d leads", first, again, w.leads())
	}

	card = w.card(first.ID, asking)
	queue.Freeze(t)
	if status, _, text := w.promptly(http.MethodPost, "/v1/leads", demoOperatorKey, fit("kestrel.example")); status != http.StatusAccepted {
		t.Errorf("without a queue: %d %s", status, text)
	}
	if status, _, _ := w.promptly(http.MethodGet, "/readyz", "", nil); status != http.StatusServiceUnavailable {
		t.Errorf("/readyz: %d", status)
	}
	w.click(demoReviewer, card, "lead_approve")
	queue.Thaw(t)
	w.until(first.ID, "approved", func(r lead.Record) bool { return r.Stage == lead.Approved })
}

// TestReadyMeansWritable: what answers and takes no writes is not ready.
func TestReadyMeansWritable(t *testing.T) {
	t.Parallel()
	records, queue := backing.NewPostgres(t), backing.NewRedis(t)
	w := newWorld(t, map[string]string{"DATABASE_URL": records.URL, "REDIS_URL": queue.URL})
	w.start("")
	ready := func(want int) {
		t.Helper()
		ctx := w.patient()
		for {
			if status, _, _ := w.promptly(http.MethodGet, "/readyz", "", nil); status == want {
				return
			}
			if ctx.Err() != nil {
				t.Fatalf("/readyz never answered %d", want)
			}
		}
	}
	ready(http.StatusOK)
	options, err := redis.ParseURL(queue.URL)
	if err != nil {
		t.Fatal(err)
	}
	client := redis.NewClient(options)
	defer client.Close()
	do := func(words ...any) {
		t.Helper()
		if err := client.Do(t.Context(), words...).Err(); err != nil {
			t.Fatal(err)
		}
	}
	for _, c := range [][2][]any{
		{{"REPLICAOF", "127.0.0.1", "1"}, {"REPLICAOF", "NO", "ONE"}},
		{{"CONFIG", "SET", "maxmemory", "1"}, {"CONFIG", "SET", "maxmemory", "0"}},
		{{"CONFIG", "SET", "min-replicas-to-write", "1"}, {"CONFIG", "SET", "min-replicas-to-write", "0"}},
	} {
		do(c[0]...)
		ready(http.StatusServiceUnavailable)
		do(c[1]...)
		ready(http.StatusOK)
	}
	if !strings.Contains(w.log.String(), "the queue takes no tasks") {
		t.Error("the log does not say what is wrong")
	}
	db, err := sql.Open("pgx", records.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	for _, c := range []struct {
		readOnly string
		want     int
	}{{"on", http.StatusServiceUnavailable}, {"off", http.StatusOK}} {
		if _, err := db.ExecContext(t.Context(), `ALTER SYSTEM SET default_transaction_read_only = `+c.readOnly); err != nil {
			t.Fatal(err)
		}
		if _, err := db.ExecContext(t.Context(), `SELECT pg_reload_conf()`); err != nil {
			t.Fatal(err)
		}
		ready(c.want)
	}
}

// TestNobodyHoldsAConnection: a request that never comes is broken off, whatever it
// asks for and whether or not it has a key.
func TestNobodyHoldsAConnection(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	handler := w.handler()
	const bound = 300 * time.Millisecond
	server := newServer(handler, bound)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	head := func(method, path, more string) string {
		return fmt.Sprintf("%s %s HTTP/1.1\r\nHost: x\r\n%sContent-Length: 400\r\n\r\n{", method, path, more)
	}
	key := "Authorization: Bearer " + demoCRMKey + "\r\n"
	for name, sent := range map[string]string{
		"nothing":          "",
		"half a header":    "GET /healthz HTTP/1.1\r\nHos",
		"no key":           head("POST", "/v1/leads", ""),
		"a key":            head("POST", "/v1/leads", key),
		"a batch, no key":  head("POST", "/v1/leads/batch", ""),
		"a source":         head("POST", "/v1/sources/none", ""),
		"a click":          head("POST", "/slack/interactions", ""),
		"a command":        head("POST", "/slack/commands", ""),
		"an event":         head("POST", "/slack/events", ""),
		"a probe":          head("GET", "/readyz", ""),
		"the queue":        head("POST", "/queues/", ""),
		"nowhere":          head("PUT", "/", ""),
		"idle afterwards":  "GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n",
		"too much, no end": "POST /v1/leads HTTP/1.1\r\nHost: x\r\n" + key + "Transfer-Encoding: chunked\r\n\r\n200000\r\n",
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			conn, err := net.Dial("tcp", listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			conn.SetDeadline(time.Now().Add(20 * time.Second))
			io.WriteString(conn, sent)
			if _, err := io.Copy(io.Discard, bufio.NewReader(conn)); err != nil && !strings.Contains(err.Error(), "reset") {
				t.Errorf("the connection is held: %v", err)
			}
		})
	}
}
