package sim_test

import (
	"encoding/json"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/sim"
)

// Limits bind, each with its policy; a search does not find what was just written.
func TestHubSpotLimits(t *testing.T) {
	now := time.Date(2026, 11, 30, 9, 0, 0, 0, time.UTC)
	ask := func(far *sim.HubSpot, method, path, body string) (status int, out struct {
		Policy string `json:"policyName"`
		Total  int    `json:"total"`
	}) {
		r := httptest.NewRequest(method, path, strings.NewReader(body))
		r.Header.Set("Authorization", "Bearer pat-1")
		w := httptest.NewRecorder()
		far.ServeHTTP(w, r)
		json.Unmarshal(w.Body.Bytes(), &out)
		return w.Code, out
	}
	const contacts, find = "/crm/objects/2026-09/contacts", `{"filterGroups":[{"filters":[{"propertyName":"firstname","operator":"EQ","value":"Ada"}]}],"limit":10}`
	for name, tc := range map[string]struct {
		o      sim.HubSpotOptions
		method string
		path   string
		policy string
		again  time.Duration // when it takes something again; 0: never
	}{
		"burst":    {sim.HubSpotOptions{Burst: 3}, http.MethodGet, contacts, "TEN_SECONDLY_ROLLING", 10 * time.Second},
		"searches": {sim.HubSpotOptions{Searches: 3}, http.MethodPost, contacts + "/search", "SECONDLY", time.Second},
		"day":      {sim.HubSpotOptions{Daily: 3}, http.MethodGet, contacts, "DAILY", 0},
	} {
		tc.o.Token, tc.o.Now = "pat-1", func() time.Time { return now }
		far := sim.NewHubSpot(tc.o)
		for n := range 3 {
			if status, _ := ask(far, tc.method, tc.path, find); status != http.StatusOK {
				t.Fatalf("%s: call %d answered %d", name, n, status)
			}
		}
		if status, out := ask(far, tc.method, tc.path, find); status != http.StatusTooManyRequests || out.Policy != tc.policy {
			t.Errorf("%s: %d %s", name, status, out.Policy)
		}
		now = now.Add(max(tc.again, time.Minute))
		if status, _ := ask(far, tc.method, tc.path, find); (status == http.StatusOK) != (tc.again > 0) {
			t.Errorf("%s: later it answered %d", name, status)
		}
	}
	far := sim.NewHubSpot(sim.HubSpotOptions{Token: "pat-1", SearchLag: 5 * time.Second, Now: func() time.Time { return now }})
	far.Put("contacts", "", map[string]string{"firstname": "Ada"})
	if _, out := ask(far, http.MethodPost, contacts+"/search", find); out.Total != 0 {
		t.Error("a search finds what was written this moment")
	}
	now = now.Add(5 * time.Second)
	if _, out := ask(far, http.MethodPost, contacts+"/search", find); out.Total != 1 {
		t.Error("a search does not find what was written a while ago")
	}
}
