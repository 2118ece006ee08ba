package intake

import (
	"context"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// Tokens tried at random are slowed as keys are; what opens a page is in no log.
func TestTokensTriedAtRandom(t *testing.T) {
	now := noon
	s := newServer(t, func(o *Options) {
		o.Now = func() time.Time { return now }
		o.TokenPages = []TokenPage{{Methods: []string{http.MethodGet}, Path: "/partner/{token}", ID: "page", Summary: "A page",
			Open: func(_ context.Context, token string) (http.Handler, error) {
				if token != "right" {
					return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.WriteHeader(http.StatusNotFound) }), lead.ErrNotFound
				}
				return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { w.Write([]byte("page")) }), nil
			}}}
	})
	get := func(from, token string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/partner/"+token, nil)
		r.RemoteAddr = from + ":1"
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	if w := get("192.0.2.7", "right"); w.Code != 200 || w.Body.String() != "page" {
		t.Fatalf("%d %s", w.Code, w.Body)
	}
	for _, from := range []string{"192.0.2.7", "192.0.2.8"} {
		for i := range tries {
			if w := get(from, "wrong"); w.Code != 404 {
				t.Fatalf("try %d: %d", i, w.Code)
			}
		}
		if w := get(from, "wrong"); w.Code != 429 || w.Header().Get("Retry-After") == "" {
			t.Errorf("after %d tries: %d", tries, w.Code)
		}
	}
	if w := get("192.0.2.8", "right"); w.Code != 429 {
		t.Errorf("a slowed address learns that its guess was right: %d", w.Code)
	}
	if w := get("192.0.2.7", "right"); w.Code != 200 {
		t.Errorf("who was there before is held up: %d", w.Code)
	}
	now = now.Add(triesEvery)
	if w := get("192.0.2.8", "right"); w.Code != 200 {
		t.Errorf("after the wait: %d", w.Code)
	}
	if doc := s.do(t, "GET", "/openapi.json", "", "").Body.String(); !strings.Contains(doc, "/partner/{token}") {
		t.Error("the document lacks the page")
	}
}
