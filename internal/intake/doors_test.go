package intake

import (
	"bufio"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"leadtriage/internal/lead"
)

// Records that hang are answered for within five seconds, and nothing is tried twice.
func TestLateRecords(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := sourceServer(t, nil)
		id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
		s.records.underReview(t, id)
		s.records.hangs = true
		two := "[" + goodItem + "," + strings.Replace(goodItem, "northwind", "harbourline", 1) + "]"
		for _, call := range []struct{ method, path, key, body string }{
			{"POST", "/v1/leads", "hubspot", least},
			{"POST", "/v1/sources/form", "", goodItem},
			{"POST", "/v1/sources/form", "", two},
			{"POST", "/v1/leads/" + id + "/events", "hubspot", `{"type":"demo_request","at":"2026-11-20T08:00:00Z"}`},
			{"POST", "/v1/leads/" + id + "/decision", "decider", `{"decision":"approve"}`},
			{"POST", "/v1/leads/" + id + "/review", "operator", ""},
			{"GET", "/v1/leads/" + id, "hubspot", ""},
			{"GET", "/v1/leads/" + id, "reader", ""},
			{"GET", "/v1/leads", "reader", ""},
		} {
			began := time.Now()
			w := s.do(t, call.method, call.path, call.key, call.body, signed)
			if took := time.Since(began); took == 0 || took > 4*time.Second || w.Code != 503 || w.Header().Get("Retry-After") == "" {
				t.Errorf("%s %s: %d after %s: %s", call.method, call.path, w.Code, took, w.Body)
			}
		}
		s.records.tried = 0
		began := time.Now()
		w := s.do(t, "POST", "/v1/leads/batch", "hubspot", strings.Repeat(least+"\n", 3))
		results := lines(t, w.Body.String())
		if len(results) != 3 || results[0].Status != 503 || results[2].Status != 503 || s.records.tried != 1 || time.Since(began) > 4*time.Second {
			t.Errorf("%d tried in %s: %s", s.records.tried, time.Since(began), w.Body)
		}
	})
}

// A lead that names no source has that of its key, else what its links say, which is
// on record.
func TestSourceOfALead(t *testing.T) {
	s := newServer(t, func(o *Options) {
		o.Rules = Rules{}
		o.Keys = slices.Clone(o.Keys)
		for i := range o.Keys {
			if o.Keys[i].Name == "zapier" {
				o.Keys[i].Source = lead.CoSell
			}
		}
	})
	for name, tc := range map[string]struct {
		key, path, value string
		want             lead.Source
		inferred         bool
	}{
		"stated":    {"hubspot", "source", `"partner_referral"`, lead.PartnerReferral, false},
		"by links":  {"hubspot", "notes", `"x"`, lead.Backlink, true},
		"an AI":     {"hubspot", "referrer", `"https://chatgpt.com/"`, lead.AICitation, true},
		"the key's": {"zapier", "notes", `"x"`, lead.CoSell, false},
		"both":      {"zapier", "source", `"marketplace"`, lead.Marketplace, false},
	} {
		raw := strings.Replace(with(t, tc.path, tc.value), "northwind", "firm"+strings.ReplaceAll(strings.ReplaceAll(name, " ", ""), "'", ""), 1)
		id := receipt(t, s.do(t, "POST", "/v1/leads", tc.key, raw), 202).ID
		l := s.records.leads[id].Lead
		if l.Source != tc.want || slices.Contains(l.Flags(), lead.FlagInferred) != tc.inferred {
			t.Errorf("%s: %s, flags %v", name, l.Source, l.Flags())
		}
		// Once somebody states it, it is stated.
		stated := strings.Replace(raw, "{", `{"source":"`+string(tc.want)+`",`, 1)
		if tc.path != "source" {
			receipt(t, s.do(t, "POST", "/v1/leads", tc.key, stated), 200)
			if l := s.records.leads[id].Lead; slices.Contains(l.Flags(), lead.FlagInferred) {
				t.Errorf("%s: stated, and flagged %v", name, l.Flags())
			}
		}
	}
}

// A batch that does not go on ends by its own bound, and says which lines were taken.
func TestBatchThatStops(t *testing.T) {
	s := newServer(t, func(o *Options) { o.ReadTimeout = 100 * time.Millisecond })
	ts := httptest.NewServer(s)
	defer ts.Close()
	conn, err := net.Dial("tcp", ts.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	fmt.Fprintf(conn, "POST /v1/leads/batch HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer k-hubspot\r\nContent-Length: 9999\r\n\r\n%s\n", least)
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	text, _ := io.ReadAll(resp.Body)
	if results := lines(t, string(text)); len(results) != 2 || results[0].Status != 202 || !strings.Contains(results[1].Detail, "broke off") {
		t.Errorf("%s", text)
	}
}

// Of a lead that several sent each key sees its own words.
func TestSendersSeeTheirOwnWords(t *testing.T) {
	s := newServer(t, nil)
	mine := strings.Replace(with(t, "use_case", `"sync CRM with billing"`), "jane@", "joe@", 1)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", least), 202).ID
	path := "/v1/leads/" + id
	whole := s.do(t, "GET", path, "hubspot", "").Body.String()
	receipt(t, s.do(t, "POST", "/v1/leads", "zapier", mine), 200)
	receipt(t, s.do(t, "POST", path+"/events", "zapier", `{"type":"demo_request","at":"2026-11-20T08:00:00Z"}`), 202)
	for key, tc := range map[string]struct{ sees, not string }{
		"hubspot": {"jane@ history enrichment", "joe@ billing demo_request"},
		"zapier":  {"joe@ billing demo_request received " + id, "jane@ history score enrichment key:"},
		"reader":  {"joe@ jane@ billing demo_request", "nothing-else"},
	} {
		for _, where := range []string{path, "/v1/leads"} {
			seen := s.do(t, "GET", where, key, "").Body.String()
			for _, word := range strings.Fields(tc.sees) {
				if !strings.Contains(seen, word) {
					t.Errorf("%s at %s does not see %s: %s", key, where, word, seen)
				}
			}
			for _, word := range strings.Fields(tc.not) {
				if strings.Contains(seen, word) {
					t.Errorf("%s at %s sees %s: %s", key, where, word, seen)
				}
			}
		}
	}
	if now := s.do(t, "GET", path, "hubspot", "").Body.String(); now != whole {
		t.Errorf("who sent first saw\n%s\nand now\n%s", whole, now)
	}
}

// A key, or a source, that is bound to partners speaks for these alone.
func TestBoundKeys(t *testing.T) {
	s := sourceServer(t, func(o *Options) {
		o.Sources[0].Partners = []string{"harbour-agency"}
		o.Rules = Rules{}
	})
	id := receipt(t, s.do(t, "POST", "/v1/leads", "acme", least), 202).ID
	s.records.underReview(t, id)
	s.records.senders[id+"key:harbour"] = true // it sent the lead before it was bound
	event := `{"type":"demo_request","at":"2026-11-20T08:00:00Z"}`
	for _, call := range []struct {
		method, path, body string
		want               int
	}{
		{"POST", "/v1/leads", least, 403},
		{"POST", "/v1/leads/" + id + "/events", event, 403},
		{"POST", "/v1/leads/" + id + "/decision", `{"decision":"approve"}`, 403},
		{"POST", "/v1/leads/" + id + "/review", "", 403},
		{"GET", "/v1/leads/" + id, "", 404},
		{"GET", "/v1/leads?partner=acme-integrations", "", 403},
		{"POST", "/v1/sources/form", goodItem, 403},
	} {
		p := problem(t, s.do(t, call.method, call.path, "harbour", call.body, signed), call.want)
		if call.want == 403 && !strings.Contains(p.Detail, "bound to harbour-agency") {
			t.Errorf("%s %s: %s", call.method, call.path, p.Detail)
		}
	}
	theirs := strings.Replace(strings.Replace(least, "acme-integrations", "Harbour-Agency", 1), "northwind", "fabrikam", 1)
	results := lines(t, s.do(t, "POST", "/v1/leads/batch", "harbour", least+"\n"+theirs).Body.String())
	if results[0].Status != 403 || results[1].Status != 202 {
		t.Errorf("batch: %+v", results)
	}
	receipt(t, s.do(t, "POST", "/v1/leads/"+id+"/events", "acme", event), 202)
	if w := s.do(t, "GET", "/v1/leads", "harbour", ""); w.Code != 200 || s.records.filters[0].Partner != "harbour-agency" {
		t.Errorf("%d, filters %+v", w.Code, s.records.filters)
	}
	s.HandleGuarded("/queues/", Operate, http.NotFoundHandler())
	problem(t, s.do(t, "GET", "/queues/", "harbour", ""), 403)
}

// Who tries keys at random has to wait, and learns nothing meanwhile.
func TestKeysTriedAtRandom(t *testing.T) {
	now := noon
	s := sourceServer(t, func(o *Options) {
		o.Now = func() time.Time { return now }
		o.Proxies = []netip.Prefix{netip.MustParsePrefix("10.0.0.0/8")}
	})
	try := func(from, key string, headers ...string) *httptest.ResponseRecorder {
		r := httptest.NewRequestWithContext(t.Context(), "GET", "/v1/leads", nil)
		r.RemoteAddr = from
		r.Header.Set("Authorization", "Bearer "+key)
		for _, h := range headers {
			r.Header.Add("X-Forwarded-For", h)
		}
		w := httptest.NewRecorder()
		s.ServeHTTP(w, r)
		return w
	}
	const bad, good = "203.0.113.9:4000", "198.51.100.1:5"
	if w := try(bad, "k-reader"); w.Code != 200 {
		t.Fatal(w.Code)
	}
	for i := range tries {
		problem(t, try(bad, fmt.Sprint("guess", i)), 401)
	}
	w := try(bad, "guess")
	problem(t, w, 429)
	if after := w.Header().Get("Retry-After"); after != "5" {
		t.Errorf("Retry-After %q", after)
	}
	problem(t, try(bad, "k-hubspot"), 429) // the right key, but never seen from there
	for from, key := range map[string]string{bad: "k-reader", good: "k-hubspot"} {
		if w := try(from, key); w.Code != 200 {
			t.Errorf("%s with %s: %d", from, key, w.Code)
		}
	}
	now = now.Add(triesEvery)
	problem(t, try(bad, "guess"), 401)
	problem(t, try(bad, "guess"), 429)

	// Behind a proxy of ours each caller stands for itself; nobody else is believed.
	for range tries + 1 {
		try("10.1.2.3:80", "guess", "198.51.100.7, 203.0.113.77")
		try("192.0.2.50:80", "guess", "198.51.100.8")
		try("[2001:db8::1]:80", "guess")
	}
	problem(t, try("10.1.2.3:80", "guess", "203.0.113.77"), 429)
	problem(t, try("10.1.2.3:80", "guess", "203.0.113.78"), 401)
	problem(t, try("10.1.2.3:80", "guess", "198.51.100.7"), 401) // whatever its header said before
	problem(t, try("192.0.2.50:80", "guess", "198.51.100.9"), 429)
	problem(t, try("[2001:db8::ffff]:80", "guess"), 429)

	// A source's shared key is a key.
	for range tries {
		problem(t, s.do(t, "POST", "/v1/sources/form", "", goodItem, "X-Key: guess"), 401)
	}
	problem(t, s.do(t, "POST", "/v1/sources/form", "", goodItem, "X-Key: guess"), 429)
	problem(t, s.do(t, "POST", "/v1/sources/form", "", goodItem, signed), 429)
}

func TestAddressesAreForgotten(t *testing.T) {
	s := &strangers{from: map[netip.Prefix]*stranger{}}
	r := httptest.NewRequest("GET", "/", nil)
	for i := range mostAddresses + 100 {
		r.RemoteAddr = fmt.Sprintf("10.%d.%d.%d:1", i>>16, i>>8&255, i&255)
		s.wait(r, "", "x", noon)
	}
	if len(s.from) != mostAddresses {
		t.Errorf("%d addresses are remembered", len(s.from))
	}
}

// Every text of a lead, an event and a decision is cleaned.
func TestTextsAreCleaned(t *testing.T) {
	s := newServer(t, nil)
	dirt := `\u0000\u202e\u200b\ud800\u0007\ufeff`
	raw := with(t, "use_case", `"sync`+dirt+` CRM with\r\nbilling"`)
	raw = strings.Replace(raw, `"gold"`, `"go`+dirt[:18]+`ld"`, 1)
	id := receipt(t, s.do(t, "POST", "/v1/leads", "hubspot", raw), 202).ID
	if l := s.records.leads[id].Lead; l.UseCase != "sync\ufffd CRM with\nbilling" || l.Partner.Tier != "gold" {
		t.Errorf("%q %q", l.UseCase, l.Partner.Tier)
	}
	s.records.underReview(t, id)
	s.do(t, "POST", "/v1/leads/"+id+"/decision", "decider", `{"decision":"reject","reason":"no`+dirt+`t","note":"a`+dirt+`b"}`)
	if r := s.records.leads[id].Reviews[0]; r.Decision != lead.Reject || r.Reason != "no\ufffdt" || r.Note != "a\ufffdb" {
		t.Errorf("%+v", r)
	}
}
