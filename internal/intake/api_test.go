package intake

import (
	"bufio"
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

func TestPostLead(t *testing.T) {
	s := newServer(t, nil)
	w := s.do(t, "POST", "/v1/leads", "hubspot", least, "Content-Type: application/json; charset=utf-8")
	first := receipt(t, w, 202)
	if first.Stage != lead.Received || first.Duplicate || w.Header().Get("Location") != "/v1/leads/"+first.ID {
		t.Errorf("receipt %+v, location %q", first, w.Header().Get("Location"))
	}
	if again := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 200); again.ID != first.ID || !again.Duplicate {
		t.Errorf("the same lead again: %+v", again)
	}
	if o := s.records.incoming[0]; o.By != "key:hubspot" || o.IdempotencyKey != "" || o.BodyHash != "" {
		t.Errorf("offer by %q with key %q and hash %q", o.By, o.IdempotencyKey, o.BodyHash)
	}
}

func TestIdempotencyKey(t *testing.T) {
	s := newServer(t, nil)
	const key = "Idempotency-Key: run-7"
	receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least, key), 202)
	for _, same := range []string{least, `{"contact": {"email":"jane@northwind.example"}, "referred_on":"2026-11-20", "partner":{"tier":"g\u006fld","id":"acme-integrations"}}`} {
		receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", same, key), 200)
	}
	p := problem(t, s.do(t, "POST", "/v1/leads", "hubspot", with(t, "notes", `"x"`), key), 422)
	if len(p.Errors) != 1 || p.Errors[0].Location != "Idempotency-Key" {
		t.Errorf("problem %+v", p)
	}
	receipt(t, s.do(t, "POST", "/v1/leads", "zapier", with(t, "notes", `"x"`), key), 200) // another key's own
	for _, bad := range []string{"Idempotency-Key: a b", "Idempotency-Key: " + strings.Repeat("x", 256), "Idempotency-Key: "} {
		problem(t, s.do(t, "POST", "/v1/leads", "hubspot", least, bad), 422)
	}
	problem(t, s.do(t, "POST", "/v1/leads", "hubspot", least, key, "Idempotency-Key: run-8"), 422)
}

func TestRefusedBodies(t *testing.T) {
	s := newServer(t, nil)
	for name, tc := range map[string]struct {
		body, contentType string
		status            int
	}{
		"empty":        {"", "application/json", 400},
		"not json":     {"partner=acme", "application/json", 400},
		"a form":       {"partner=acme", "application/x-www-form-urlencoded", 400},
		"as curl does": {"{}", "application/x-www-form-urlencoded", 422},
		"another type": {least, "application/xml", 415},
		"other text":   {least, "application/json; charset=iso-8859-1", 415},
		"nonsense":     {least, ";", 415},
		"utf-8":        {"{}", "application/json; charset=UTF-8", 422},
		"vendor's":     {"{}", "application/vnd.acme+json", 422},
		"not declared": {"{}", "", 422},
		"10 MB":        {`{"notes":"` + strings.Repeat("a", 10<<20) + `"}`, "application/json", 413},
		"1 MB and one": {strings.Repeat(" ", 1<<20-len(least)+1) + least, "application/json", 413},
		"bare 1 MB":    {strings.Repeat(" ", 1<<20-len(least)) + least, "application/json", 202},
	} {
		t.Run(name, func(t *testing.T) {
			w := s.do(t, "POST", "/v1/leads", "hubspot", tc.body, "Content-Type: "+tc.contentType)
			if tc.status == 202 {
				receipt(t, w, 202)
				return
			}
			problem(t, w, tc.status)
		})
	}
	problem(t, s.do(t, "POST", "/v1/leads", "hubspot", least, "Content-Encoding: gzip"), 415)
	if n := len(s.records.incoming); n != 1 {
		t.Errorf("%d leads were taken, want 1", n)
	}
}

// A client that writes all of a large body before it reads must still get the
// sentence, not a reset connection.
func TestLargeBodiesOverTheWire(t *testing.T) {
	s := newServer(t, nil)
	ts := httptest.NewServer(s)
	defer ts.Close()
	for path, size := range map[string]int{"/v1/leads": 10 << 20, "/v1/leads/batch": 20 << 20} {
		conn, err := net.Dial("tcp", ts.Listener.Addr().String())
		if err != nil {
			t.Fatal(err)
		}
		defer conn.Close()
		fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: intake\r\nAuthorization: Bearer k-hubspot\r\nContent-Length: %d\r\n\r\n", path, size)
		if _, err := conn.Write(bytes.Repeat([]byte("a"), size)); err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
		if err != nil {
			t.Fatalf("%s: %v", path, err)
		}
		if resp.StatusCode != 413 {
			t.Errorf("%s: status %d", path, resp.StatusCode)
		}
	}
}

// A client that asks before it sends, as curl does, is told the sentence in place
// of going on; one that does not know the size goes on, and is told after.
func TestLargeBodiesAskedFor(t *testing.T) {
	ts := httptest.NewServer(newServer(t, nil))
	defer ts.Close()
	for _, path := range []string{"/v1/leads", "/v1/leads/batch"} {
		for _, size := range []string{"Content-Length: 20971520", "Transfer-Encoding: chunked"} {
			conn, err := net.Dial("tcp", ts.Listener.Addr().String())
			if err != nil {
				t.Fatal(err)
			}
			defer conn.Close()
			fmt.Fprintf(conn, "POST %s HTTP/1.1\r\nHost: intake\r\nAuthorization: Bearer k-hubspot\r\nExpect: 100-continue\r\n%s\r\n\r\n", path, size)
			in := bufio.NewReader(conn)
			resp, err := http.ReadResponse(in, nil)
			if err != nil {
				t.Fatal(err)
			}
			if size == "Transfer-Encoding: chunked" {
				if resp.StatusCode != 100 {
					t.Fatalf("%s: %d before the body was sent", path, resp.StatusCode)
				}
				fmt.Fprintf(conn, "1400000\r\n%s\r\n0\r\n\r\n", bytes.Repeat([]byte("a"), 20<<20))
				if resp, err = http.ReadResponse(in, nil); err != nil {
					t.Fatalf("%s, %s: %v", path, size, err)
				}
			}
			text, err := io.ReadAll(resp.Body)
			if !strings.Contains(string(text), `"status":413`) {
				t.Errorf("%s, %s: %d %s %v", path, size, resp.StatusCode, text, err)
			}
		}
	}
}

func TestStoreDown(t *testing.T) {
	s := newServer(t, nil)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
	s.records.underReview(t, id)
	s.records.down = errors.New("dial tcp 10.1.2.3:5432: refused")
	for _, call := range []struct{ method, path, key, body string }{
		{"POST", "/v1/leads", "hubspot", least},
		{"GET", "/v1/leads", "reader", ""},
		{"GET", "/v1/leads/" + id, "reader", ""},
		{"GET", "/v1/leads/" + id, "hubspot", ""},
		{"POST", "/v1/leads/" + id + "/events", "hubspot", `{"type":"demo_request","at":"2026-11-20T08:00:00Z"}`},
		{"POST", "/v1/leads/" + id + "/decision", "decider", `{"decision":"approve"}`},
	} {
		w := s.do(t, call.method, call.path, call.key, call.body)
		problem(t, w, 503)
		if w.Header().Get("Retry-After") == "" || strings.Contains(w.Body.String(), "10.1.2.3") {
			t.Errorf("%s %s: %v %s", call.method, call.path, w.Header(), w.Body)
		}
	}
	if !strings.Contains(s.logged.String(), "10.1.2.3") {
		t.Error("the cause is not in the log")
	}
}

func TestPanic(t *testing.T) {
	s := newServer(t, nil)
	s.records.panics = "jane@northwind.example"
	w := s.do(t, "POST", "/v1/leads", "hubspot", least)
	problem(t, w, 500)
	if strings.Contains(s.logged.String(), "northwind") || !strings.Contains(s.logged.String(), "handler panicked") {
		t.Errorf("logged %s", s.logged)
	}
}

func TestList(t *testing.T) {
	s := newServer(t, nil)
	receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202)
	w := s.do(t, "GET", "/v1/leads?stage=received&partner=ACME-integrations&since=2026-11-20&failed=true&limit=7&cursor=abc", "hubspot", "")
	var page struct {
		Leads []lead.Record
		Next  string
	}
	if err := json.Unmarshal(w.Body.Bytes(), &page); err != nil || len(page.Leads) != 1 || page.Next != "more" {
		t.Errorf("%v %s", err, w.Body)
	}
	want := lead.Filter{Stage: lead.Received, Partner: "acme-integrations", Since: time.Date(2026, 11, 20, 0, 0, 0, 0, time.UTC), Sender: "key:hubspot", Failed: true, Cursor: "abc", Limit: 7}
	if !reflect.DeepEqual(s.records.filters[0], want) {
		t.Errorf("filter %+v", s.records.filters[0])
	}
	s.do(t, "GET", "/v1/leads?since=2026-11-20T02:00:00+02:00", "hubspot", "")
	if got := s.records.filters[1].Since; !got.Equal(want.Since) {
		t.Errorf("a + that is not escaped: since %s", got)
	}
	if w := s.do(t, "GET", "/v1/leads", "zapier", ""); !strings.HasPrefix(w.Body.String(), `{"leads":[]`) {
		t.Errorf("a key that sent nothing got %s", w.Body)
	}
	for query, at := range map[string]string{"stage=done": "stage", "since=monday": "since", "limit=0": "limit", "failed=maybe": "failed", "limit=201": "limit",
		"cursor=bad": "cursor", "page=2": "page", "stage=received&stage=failed": "stage", "partner=%00": "partner",
		"partner=acme;x": "query", "stage=%zz": "query"} {
		p := problem(t, s.do(t, "GET", "/v1/leads?"+query, "reader", ""), 422)
		if len(p.Errors) != 1 || p.Errors[0].Location != at {
			t.Errorf("%s: %+v", query, p.Errors)
		}
	}
}

// A damaged row closes no list; the lead alone is answered by a sentence.
func TestUnreadableLead(t *testing.T) {
	s := newServer(t, nil)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
	s.records.leads[id].Unreadable = "the record cannot be read: invalid character"
	w := s.do(t, "GET", "/v1/leads", "reader", "")
	if want := `{"leads":[{"id":"` + id + `","unreadable":"the record cannot be read: invalid character"}],"next":"more"}`; w.Code != 200 || strings.TrimSpace(w.Body.String()) != want {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	p := problem(t, s.do(t, "GET", "/v1/leads/"+id, "reader", ""), 500)
	if !strings.Contains(p.Detail, "tell the operator") || !strings.Contains(s.logged.String(), id) {
		t.Errorf("%q, logged %s", p.Detail, s.logged)
	}
}

func TestUnknownLead(t *testing.T) {
	s := newServer(t, nil)
	for _, id := range []string{"nothere", "%00", "..%2f", strings.Repeat("a", 500), "batch"} {
		problem(t, s.do(t, "GET", "/v1/leads/"+id, "reader", ""), 404)
	}
	problem(t, s.do(t, "POST", "/v1/leads/nothere/events", "hubspot", `{"type":"demo_request","at":"2026-11-20T08:00:00Z"}`), 404)
	problem(t, s.do(t, "POST", "/v1/leads/nothere/decision", "decider", `{"decision":"approve"}`), 404)
}

func TestEvents(t *testing.T) {
	s := newServer(t, nil)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
	event := `{"type":"demo_request","at":"2026-11-20T08:00:00Z"}`
	receipt(t, s.do(t, "POST", "/v1/leads/"+id+"/events", "hubspot", event), 202)
	if r := receipt(t, s.do(t, "POST", "/v1/leads/"+id+"/events", "hubspot", event), 200); !r.Duplicate {
		t.Errorf("receipt %+v", r)
	}
	problem(t, s.do(t, "POST", "/v1/leads/"+id+"/events", "hubspot", `{}`), 422)
}

func TestDecision(t *testing.T) {
	s := newServer(t, nil)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
	path, reject := "/v1/leads/"+id+"/decision", `{"decision":"reject","reason":"too small","note":"later"}`
	if p := problem(t, s.do(t, "POST", path, "decider", reject), 409); !strings.Contains(p.Detail, "received, not under review") {
		t.Errorf("sentence %q", p.Detail)
	}
	s.records.at(id, lead.Parked)
	if p := problem(t, s.do(t, "POST", path, "decider", reject), 409); !strings.Contains(p.Detail, "POST /v1/leads/"+id+"/review sends it to review") {
		t.Errorf("sentence %q", p.Detail)
	}
	s.records.underReview(t, id)
	problem(t, s.do(t, "POST", path, "decider", `{"decision":"reject"}`), 422)
	for range 2 { // the same word again by the same key is quiet
		w := s.do(t, "POST", path, "decider", reject)
		var r lead.Record
		if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != 200 || r.Stage != lead.Rejected || r.Review.By != "decider" || r.Review.Reason != "too small" {
			t.Fatalf("%d %v %s", w.Code, err, w.Body)
		}
	}
	for key, body := range map[string]string{"decider": `{"decision":"approve"}`, "other": reject} {
		p := problem(t, s.do(t, "POST", path, key, body), 409)
		for _, say := range []string{"rejected by decider", "2026-11-21T12:00:00Z"} {
			if !strings.Contains(p.Detail, say) {
				t.Errorf("%q does not say %s", p.Detail, say)
			}
		}
	}
}

func TestRevoke(t *testing.T) {
	s := newServer(t, nil)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
	path, revoke := "/v1/leads/"+id+"/decision", `{"decision":"revoke","reason":"bought elsewhere"}`
	s.records.underReview(t, id)
	problem(t, s.do(t, "POST", path, "decider", revoke), 409)
	if w := s.do(t, "POST", path, "decider", `{"decision":"approve"}`); w.Code != 200 {
		t.Fatal(w.Body)
	}
	problem(t, s.do(t, "POST", path, "hubspot", revoke), 403)
	problem(t, s.do(t, "POST", path, "decider", `{"decision":"revoke"}`), 422)
	problem(t, s.do(t, "POST", path, "decider", `{"decision":"revoke","reason":"a","note":"b"}`), 422)
	for range 2 { // the same word again by the same key is quiet
		w := s.do(t, "POST", path, "decider", revoke)
		var r lead.Record
		if err := json.Unmarshal(w.Body.Bytes(), &r); err != nil || w.Code != 200 || r.Stage != lead.AwaitingReview || r.Review.Round != 2 || r.Review.Revoked.Reason != "bought elsewhere" {
			t.Fatalf("%d %v %s", w.Code, err, w.Body)
		}
	}
	if p := problem(t, s.do(t, "POST", path, "decider", `{"decision":"revoke","reason":"another"}`), 409); !strings.Contains(p.Detail, "only an approval can be revoked") {
		t.Errorf("sentence %q", p.Detail)
	}
}

func TestReadiness(t *testing.T) {
	var broken error
	s := newServer(t, func(o *Options) { o.Ready = func(context.Context) error { return broken } })
	if w := s.do(t, "GET", "/readyz", "", ""); w.Code != 200 {
		t.Error(w.Code)
	}
	broken = errors.New("postgres at db.internal: refused")
	w := s.do(t, "GET", "/readyz", "", "")
	if p := problem(t, w, 503); strings.Contains(p.Detail, "db.internal") {
		t.Errorf("sentence %q", p.Detail)
	}
	if w := s.do(t, "GET", "/healthz", "", ""); w.Code != 200 {
		t.Error("health asks for readiness")
	}
}

func TestNowhere(t *testing.T) {
	s := newServer(t, nil)
	problem(t, s.do(t, "GET", "/", "", ""), 404)
	problem(t, s.do(t, "GET", "/v2/leads", "hubspot", ""), 404)
	w := s.do(t, "DELETE", "/v1/leads", "hubspot", "")
	problem(t, w, 405)
	if allow := w.Header().Get("Allow"); allow != "GET, POST" {
		t.Errorf("Allow %q", allow)
	}
}

func TestMounted(t *testing.T) {
	s := newServer(t, nil)
	s.Handle("GET /metrics", http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "leads_total 1") }))
	s.Handle("POST /slack/events", http.HandlerFunc(func(http.ResponseWriter, *http.Request) { panic("x") }))
	s.HandleGuarded("/queues/", Operate, http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, "queues") }))
	if w := s.do(t, "GET", "/metrics", "", ""); w.Body.String() != "leads_total 1" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
	problem(t, s.do(t, "POST", "/slack/events", "", ""), 500)
	w := s.do(t, "GET", "/queues/", "", "")
	problem(t, w, 401)
	if c := w.Header().Get("WWW-Authenticate"); !strings.HasPrefix(c, "Basic") {
		t.Errorf("challenge %q: a browser would not ask", c)
	}
	problem(t, s.do(t, "GET", "/queues/", "reader", ""), 403)
	r := httptest.NewRequestWithContext(t.Context(), "GET", "/queues/x", nil)
	r.SetBasicAuth("anybody", "k-operator")
	w = httptest.NewRecorder()
	s.ServeHTTP(w, r)
	if w.Body.String() != "queues" {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestLog(t *testing.T) {
	s := newServer(t, nil)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
	line := s.logged.String()
	for _, want := range []string{"level=INFO", `route="POST /v1/leads"`, "status=202", "key=hubspot", "lead_id=" + id, "duration="} {
		if !strings.Contains(line, want) {
			t.Errorf("%s is not in %s", want, line)
		}
	}
	if strings.Contains(line, "k-hubspot") || strings.Contains(line, "jane") {
		t.Errorf("logged %s", line)
	}
}
