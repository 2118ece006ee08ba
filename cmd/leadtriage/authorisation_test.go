package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"

	"leadtriage/internal/lead"
)

// callers are keys with each role, bound to the partner of the lead in the table,
// to another one, or to none; nobody has no key.
var callers = []string{"nobody", "enqueue", "read", "decide", "operate", "enqueue@acme", "enqueue@other", "read@other", "decide@other", "operate@other"}

// mayCall is the authorisation of every route: the status of a call by each of the
// callers. The lead was sent by enqueue and enqueue@acme. 409 comes from behind the
// door: nobody is asked about the lead yet.
var mayCall = map[string][]int{
	"POST /v1/leads":                {401, 200, 403, 403, 403, 200, 403, 403, 403, 403},
	"POST /v1/leads/batch":          {401, 200, 403, 403, 403, 200, 200, 403, 403, 403},
	"POST /v1/sources/{name}":       {404, 404, 404, 404, 404, 404, 404, 404, 404, 404}, // signed by the source; a key is none
	"GET /v1/leads":                 {401, 200, 200, 200, 200, 200, 200, 200, 200, 200},
	"GET /v1/leads/{id}":            {401, 200, 200, 200, 200, 200, 404, 404, 404, 404},
	"POST /v1/leads/{id}/events":    {401, 202, 403, 403, 403, 202, 404, 403, 403, 403},
	"POST /v1/leads/{id}/decision":  {401, 403, 403, 409, 403, 403, 403, 403, 403, 403},
	"POST /v1/leads/{id}/review":    {401, 403, 403, 403, 202, 403, 403, 403, 403, 403},
	"POST /v1/leads/{id}/outcomes":  {401, 202, 403, 403, 202, 202, 404, 403, 403, 403},
	"POST /v1/outcomes":             {401, 200, 403, 403, 200, 200, 200, 403, 403, 200}, // what became of each line stands in the answer
	"POST /v1/costs":                {401, 403, 403, 403, 200, 403, 403, 403, 403, 403},
	"POST /v1/payouts":              {401, 403, 403, 403, 200, 403, 403, 403, 403, 403},
	"POST /v1/traffic":              {401, 403, 403, 403, 200, 403, 403, 403, 403, 403},
	"GET /partner/{token}":          {404, 404, 404, 404, 404, 404, 404, 404, 404, 404}, // the token in the address; a key is none
	"GET /partner/answers/{token}":  {404, 404, 404, 404, 404, 404, 404, 404, 404, 404},
	"POST /partner/answers/{token}": {404, 404, 404, 404, 404, 404, 404, 404, 404, 404},
	"GET /partner/optout/{token}":   {404, 404, 404, 404, 404, 404, 404, 404, 404, 404},
	"POST /partner/optout/{token}":  {404, 404, 404, 404, 404, 404, 404, 404, 404, 404},
	"GET /healthz":                  {200, 200, 200, 200, 200, 200, 200, 200, 200, 200},
	"GET /readyz":                   {200, 200, 200, 200, 200, 200, 200, 200, 200, 200},
	"GET /openapi.json":             {200, 200, 200, 200, 200, 200, 200, 200, 200, 200},
	"GET /docs":                     {200, 200, 200, 200, 200, 200, 200, 200, 200, 200},
	"GET /metrics":                  {200, 200, 200, 200, 200, 200, 200, 200, 200, 200},
	"/queues/":                      {401, 403, 403, 403, 200, 403, 403, 403, 403, 403},
	"POST /slack/interactions":      {401, 401, 401, 401, 401, 401, 401, 401, 401, 401}, // signed by Slack; a key is none
	"POST /slack/commands":          {401, 401, 401, 401, 401, 401, 401, 401, 401, 401},
	"POST /slack/events":            {401, 401, 401, 401, 401, 401, 401, 401, 401, 401},
}

func TestEveryRouteHasItsRow(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	var keys []string
	for i, name := range callers[1:] {
		role, partner, bound := strings.Cut(name, "@")
		key := fmt.Sprintf("key%d:secret-%d:%s", i+1, i+1, role)
		if bound {
			key += "@" + map[string]string{"acme": "acme-integrations", "other": "cloudmarket"}[partner]
		}
		keys = append(keys, key)
	}
	w.set(map[string]string{"LEADTRIAGE_API_KEYS": strings.Join(keys, ",")})
	handler := w.handler()
	call := func(method, path, caller, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
		if i := slices.Index(callers, caller); i > 0 {
			r.Header.Set("Authorization", fmt.Sprintf("Bearer secret-%d", i))
			if strings.HasPrefix(path, "/queues") {
				r.SetBasicAuth("anybody", fmt.Sprintf("secret-%d", i))
			}
		}
		if strings.HasPrefix(path, "/partner/") { // an address that tries so many tokens has to wait
			r.RemoteAddr = fmt.Sprintf("10.%d.%d.1:1", len(path), max(0, slices.Index(callers, caller)))
		}
		answer := httptest.NewRecorder()
		handler.ServeHTTP(answer, r)
		return answer
	}
	routes := handler.(interface{ Routes() []string }).Routes()
	for _, route := range routes {
		if _, ok := mayCall[route]; !ok {
			t.Errorf("the route %s has no row in the table of who may call what", route)
		}
	}
	n := 0
	for route, want := range mayCall {
		if !slices.Contains(routes, route) {
			t.Errorf("there is no route %s", route)
			continue
		}
		for i, caller := range callers {
			n++
			body, err := json.Marshal(fit(fmt.Sprintf("firm%d.example", n))) // a lead of its own: a call may change it
			if err != nil {
				t.Fatal(err)
			}
			var receipt lead.Receipt
			for _, sender := range []string{"enqueue", "enqueue@acme"} {
				sent := call(http.MethodPost, "/v1/leads", sender, string(body))
				if json.Unmarshal(sent.Body.Bytes(), &receipt); receipt.ID == "" {
					t.Fatalf("%d %s", sent.Code, sent.Body)
				}
			}
			method, path, ok := strings.Cut(route, " ")
			if !ok {
				method, path = http.MethodGet, route
			}
			switch {
			case strings.HasSuffix(path, "/events"):
				body = []byte(`{"type":"docs_visit","at":"2026-11-20T08:00:00Z"}`)
			case strings.HasSuffix(path, "/outcomes"):
				body = fmt.Appendf(nil, `{"type":"contacted","at":"2026-11-20T08:00:00Z"%s}`, map[bool]string{true: `,"lead_id":"` + receipt.ID + `"`}[path == "/v1/outcomes"])
			case strings.HasSuffix(path, "/costs"):
				body = []byte(`{"partner":"acme-integrations","month":"2026-11","kind":"media","amount":{"value":"1","currency":"EUR"}}`)
			case strings.HasSuffix(path, "/payouts"):
				body = []byte(`{"partner":"acme-integrations","month":"2026-11","amount":{"value":"1","currency":"EUR"}}`)
			case strings.HasSuffix(path, "/traffic"):
				body = []byte(`{"partner":"acme-integrations","page":"/acme","day":"2026-11-20","sessions":3}`)
			case strings.HasSuffix(path, "/decision"):
				body = []byte(`{"decision":"approve"}`)
			}
			path = strings.NewReplacer("{id}", receipt.ID, "{name}", "none").Replace(path)
			if got := call(method, path, caller, string(body)); got.Code != want[i] {
				t.Errorf("%s by %s: %d, want %d: %s", route, caller, got.Code, want[i], got.Body)
			}
		}
	}
}
