package intake

import (
	"strings"
	"testing"
	"time"
)

func TestRoles(t *testing.T) {
	s := newServer(t, nil)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
	s.records.underReview(t, id)
	event := `{"type":"demo_request","at":"2026-11-20T08:00:00Z"}`
	keys := []string{"", "nobody", "hubspot", "zapier", "reader", "decider", "operator"}
	for _, tc := range []struct {
		method, path, body string
		want               []int // by key
	}{
		{"GET", "/v1/leads/" + id, "", []int{401, 401, 200, 404, 200, 200, 200}},
		{"GET", "/v1/leads", "", []int{401, 401, 200, 200, 200, 200, 200}},
		{"POST", "/v1/leads/" + id + "/events", event, []int{401, 401, 202, 404, 403, 403, 403}},
		{"POST", "/v1/leads/" + id + "/decision", `{"decision":"approve"}`, []int{401, 401, 403, 403, 403, 200, 403}},
		{"POST", "/v1/leads/batch", least, []int{401, 401, 200, 200, 403, 403, 403}},
		{"POST", "/v1/leads", least, []int{401, 401, 200, 200, 403, 403, 403}},
		{"GET", "/healthz", "", []int{200, 200, 200, 200, 200, 200, 200}},
		{"GET", "/openapi.json", "", []int{200, 200, 200, 200, 200, 200, 200}},
	} {
		for i, key := range keys {
			w := s.do(t, tc.method, tc.path, key, tc.body)
			if w.Code != tc.want[i] {
				t.Errorf("%s %s by %q: %d, want %d: %s", tc.method, tc.path, key, w.Code, tc.want[i], w.Body)
			}
			switch w.Code {
			case 401:
				if c := w.Header().Get("WWW-Authenticate"); !strings.HasPrefix(c, "Bearer") {
					t.Errorf("challenge %q", c)
				}
				problem(t, w, 401)
			case 403:
				if p := problem(t, w, 403); !strings.Contains(p.Detail, "role") || !strings.Contains(p.Detail, key) {
					t.Errorf("sentence %q", p.Detail)
				}
			}
		}
	}
	// The zapier key joined the lead by sending it as well: now it may see it.
	if w := s.do(t, "GET", "/v1/leads/"+id, "zapier", ""); w.Code != 200 {
		t.Errorf("a key that joined the lead got %d", w.Code)
	}
}

func TestKeys(t *testing.T) {
	s := newServer(t, func(o *Options) { o.Keys = nil })
	if p := problem(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 401); !strings.Contains(p.Detail, "LEADTRIAGE_API_KEYS") {
		t.Errorf("sentence %q", p.Detail)
	}
	problem(t, s.do(t, "POST", "/v1/leads", "", least), 401)
	for name, keys := range map[string][]Key{
		"same name": {{Name: "a", Key: "1"}, {Name: "a", Key: "2"}},
		"same key":  {{Name: "a", Key: "1"}, {Name: "b", Key: "1"}},
		"no key":    {{Name: "a"}},
		"no name":   {{Key: "1"}},
		"role":      {{Name: "a", Key: "secret-1", Roles: []Role{"admin"}}},
	} {
		r := newRecords()
		_, err := New(Options{Flow: r, Records: r, Logger: s.opts.Logger, Keys: keys})
		if err == nil || strings.Contains(err.Error(), "secret-1") {
			t.Errorf("%s: error %v", name, err)
		}
	}
}

func TestRate(t *testing.T) {
	now := noon
	s := newServer(t, func(o *Options) { o.Rate, o.Burst, o.Now = 0.5, 2, func() time.Time { return now } })
	for range 2 {
		if w := s.do(t, "GET", "/v1/leads", "hubspot", ""); w.Code != 200 {
			t.Fatal(w.Code)
		}
	}
	w := s.do(t, "GET", "/v1/leads", "hubspot", "")
	problem(t, w, 429)
	if after := w.Header().Get("Retry-After"); after != "2" {
		t.Errorf("Retry-After %q", after)
	}
	if w := s.do(t, "GET", "/v1/leads", "zapier", ""); w.Code != 200 {
		t.Errorf("another key got %d", w.Code)
	}
	now = now.Add(2 * time.Second)
	if w := s.do(t, "GET", "/v1/leads", "hubspot", ""); w.Code != 200 {
		t.Errorf("after the wait: %d", w.Code)
	}
}
