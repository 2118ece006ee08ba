package intake

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"
)

func lines(t testing.TB, body string) []lineResult {
	t.Helper()
	var results []lineResult
	for line := range strings.Lines(body) {
		var r lineResult
		if err := json.Unmarshal([]byte(line), &r); err != nil {
			t.Fatalf("%v: %s", err, line)
		}
		results = append(results, r)
	}
	return results
}

func TestBatchTakesGoodLinesBesideBadOnes(t *testing.T) {
	s := newServer(t, nil)
	second := strings.ReplaceAll(least, "northwind", "fabrikam")
	long := `{"notes":"` + strings.Repeat("a", maxLead) + `"}`
	body := strings.Join([]string{least, `{"partner":{}}`, "", "not json", least + "\r", long, second}, "\n") // the last without its end
	w := s.do(t, "POST", "/v1/leads/batch", "hubspot", body, "Content-Type: application/x-ndjson")
	if w.Code != 200 || w.Header().Get("Content-Type") != "application/x-ndjson" {
		t.Fatalf("%d %v", w.Code, w.Header())
	}
	results := lines(t, w.Body.String())
	want := []int{202, 422, 400, 400, 200, 413, 202}
	if len(results) != len(want) {
		t.Fatalf("%d results for %d lines: %s", len(results), len(want), w.Body)
	}
	for i, r := range results {
		if r.Line != i+1 || r.Status != want[i] {
			t.Errorf("result %d: %+v, want %d", i+1, r, want[i])
		}
	}
	if r := results[0]; r.Receipt == nil || r.ID == "" || r.ID != results[4].ID || !results[4].Duplicate {
		t.Errorf("receipts %+v %+v", results[0].Receipt, results[4].Receipt)
	}
	if r := results[1]; r.Receipt != nil || len(r.Errors) < 3 || r.Detail == "" {
		t.Errorf("refusal %+v", r)
	}
}

// A dry run keeps nothing and is refused as the real one is; it tells a sender of its own leads alone.
func TestADryRunForesees(t *testing.T) {
	s := newServer(t, nil)
	dry := func(key, query, body string) []lineResult {
		t.Helper()
		return lines(t, s.do(t, "POST", "/v1/leads/batch?"+query, key, body, "Idempotency-Key: once").Body.String())
	}
	body := least + "\n{}\n"
	for range 2 {
		if r := dry("hubspot", "dry_run=true", body); r[0].Status != 202 || r[0].Receipt == nil || r[0].ID != "" || r[1].Status != 422 {
			t.Errorf("a new lead: %+v", r)
		}
	}
	if n := len(s.records.incoming); n != 0 {
		t.Fatalf("%d leads were kept", n)
	}
	kept := dry("hubspot", "", body)
	if r := dry("hubspot", "dry_run=true", body); r[0].Status != 200 || !r[0].Duplicate || r[0].ID != kept[0].ID {
		t.Errorf("a known lead: %+v, kept as %+v", r[0], kept[0])
	}
	if r := dry("zapier", "dry_run=true", body); r[0].Status != 202 || r[0].ID != "" {
		t.Errorf("another sender's lead: %+v", r[0])
	}
	if r := dry("hubspot", "dry_run=yes", body); r[0].Status != 400 || !strings.Contains(r[0].Detail, "dry_run=yes") {
		t.Errorf("neither true nor false: %+v", r[0])
	}
	if n := len(s.records.incoming); n != 1 {
		t.Errorf("%d leads were kept", n)
	}
}

func TestBatchRepeatsUnderItsIdempotencyKey(t *testing.T) {
	s := newServer(t, nil)
	body := least + "\n" + strings.ReplaceAll(least, "northwind", "fabrikam") + "\n"
	for _, want := range []int{202, 200} {
		for _, r := range lines(t, s.do(t, "POST", "/v1/leads/batch", "hubspot", body, "Idempotency-Key: night").Body.String()) {
			if r.Status != want {
				t.Errorf("line %d: %d, want %d", r.Line, r.Status, want)
			}
		}
	}
	if o := s.records.incoming; o[0].IdempotencyKey != "night#1" || o[1].IdempotencyKey != "night#2" || o[1].BodyHash == "" {
		t.Errorf("offers %+v", o)
	}
	other := lines(t, s.do(t, "POST", "/v1/leads/batch", "hubspot", strings.Replace(body, "gold", "silver", 1), "Idempotency-Key: night").Body.String())
	if other[0].Status != 422 || other[1].Status != 200 {
		t.Errorf("another body: %+v", other)
	}
}

func TestBatchStopsAtItsLimit(t *testing.T) {
	s := newServer(t, func(o *Options) { o.MaxBatch = int64(2*len(least) + 2) })
	if w := s.do(t, "POST", "/v1/leads/batch", "hubspot", strings.Repeat(least+"\n", 3)); w.Code != 413 {
		t.Errorf("declared: %d %s", w.Code, w.Body)
	}
	for n, want := range map[int][]int{2: {202, 200}, 3: {200, 200, 413}} {
		r := httptest.NewRequestWithContext(t.Context(), "POST", "/v1/leads/batch", io.MultiReader(strings.NewReader(strings.Repeat(least+"\n", n))))
		r.Header.Set("Authorization", "Bearer k-hubspot")
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		got := lines(t, w.Body.String())
		if len(got) != len(want) || got[len(got)-1].Status != want[len(want)-1] {
			t.Errorf("%d lines: %+v", n, got)
		}
	}
}

func TestBatchWhileTheStoreIsDown(t *testing.T) {
	s := newServer(t, nil)
	s.records.down = errors.New("secret reason")
	w := s.do(t, "POST", "/v1/leads/batch", "hubspot", least+"\n"+least)
	results := lines(t, w.Body.String())
	if len(results) != 2 || results[0].Status != 503 || results[1].Status != 503 || strings.Contains(w.Body.String(), "secret") {
		t.Errorf("%s", w.Body)
	}
	if !strings.Contains(s.logged.String(), "secret reason") {
		t.Error("the cause is not in the log")
	}
}

// The first result must arrive while the batch is still being written.
func TestBatchStreams(t *testing.T) {
	s := newServer(t, nil)
	ts := httptest.NewServer(s)
	defer ts.Close()
	body, write := io.Pipe()
	r, _ := http.NewRequestWithContext(t.Context(), "POST", ts.URL+"/v1/leads/batch", body)
	r.Header.Set("Authorization", "Bearer k-hubspot")
	go io.WriteString(write, least+"\n")
	resp, err := ts.Client().Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	in := bufio.NewReader(resp.Body)
	for i, name := range []string{"fabrikam", "contoso", ""} {
		line, err := in.ReadString('\n')
		if err != nil || lines(t, line)[0].Line != i+1 {
			t.Fatalf("%v: %s", err, line)
		}
		if name != "" {
			io.WriteString(write, strings.ReplaceAll(least, "northwind", name)+"\n")
		}
	}
	write.Close()
	if rest, err := io.ReadAll(in); err != nil || len(rest) > 0 {
		t.Errorf("%v %s", err, rest)
	}
}

// Many clients send all of a batch before they read: more results than any
// connection holds must not make the two wait for each other.
func TestBatchSentBeforeItIsRead(t *testing.T) {
	ts := httptest.NewServer(newServer(t, nil))
	defer ts.Close()
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	conn.SetDeadline(time.Now().Add(20 * time.Second))
	const rows = 40_000
	row := "this is no lead" + strings.Repeat(" ", 350) + "\n" // 15 MB of it, and 8 MB of results
	fmt.Fprintf(conn, "POST /v1/leads/batch HTTP/1.1\r\nHost: intake\r\nAuthorization: Bearer k-hubspot\r\nContent-Length: %d\r\n\r\n", rows*len(row))
	if _, err := io.WriteString(conn, strings.Repeat(row, rows)); err != nil {
		t.Fatal(err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	n := 0
	for in := bufio.NewScanner(resp.Body); in.Scan(); n++ {
	}
	if n != rows {
		t.Errorf("%d lines were answered, want %d", n, rows)
	}
}

func TestBatchBrokenOff(t *testing.T) {
	s := newServer(t, nil)
	r := httptest.NewRequestWithContext(t.Context(), "POST", "/v1/leads/batch", io.MultiReader(strings.NewReader(least+"\n"+least[:40]), broken{}))
	r.Header.Set("Authorization", "Bearer k-hubspot")
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if got := lines(t, w.Body.String()); len(got) != 2 || got[0].Status != 202 || got[1].Status != 400 || len(s.records.incoming) != 1 {
		t.Errorf("%s", w.Body)
	}
}

type broken struct{}

func (broken) Read([]byte) (int, error) { return 0, io.ErrUnexpectedEOF }
