package worker_test

import (
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
)

// A target that fails for five days is asked no more until an operator switches it on;
// then what waited arrives, each once.
func TestATargetThatFailedForFiveDaysIsOff(t *testing.T) {
	h := newHouse(t)
	h.Reviewers.Deciders = []lead.Decider{{By: "key:desk"}}
	asked, ill := 0, true
	ids := map[string]int{}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked++; ill {
			w.WriteHeader(http.StatusInternalServerError)
			return
		}
		ids[r.Header.Get("webhook-id")]++
	}))
	defer s.Close()
	target := crm.Target{Name: "crm", URL: s.URL, Secrets: []string{"whsec_" + strings.Repeat("b2xk", 8)}}
	w, err := crm.NewWebhook(target, h.Now)
	if err != nil {
		t.Fatal(err)
	}
	var shown []string
	restart := func() { // another process has breakers and pauses of its own
		h.Kinds = nil
		h.Kinds = append(h.Kinds, w.Kind(h.records, 0, func(before, now string) { shown = append(shown, before+">"+now) }, h.Log))
	}
	restart()
	approved := func(domain string) string {
		id := h.accept(domain)
		h.enrich(id)
		h.decide(id, lead.Approve)
		return h.webhooks(id)[0].ID
	}
	deliver := func(id string) error {
		_, err := h.Deliver(t.Context(), id)
		return err
	}
	first := approved("northwind.example")
	if err := deliver(first); err == nil || asked != 1 {
		t.Fatalf("%v after %d", err, asked)
	}
	h.clock = h.clock.Add(73 * time.Hour)
	if deliver(first); asked != 2 {
		t.Fatalf("asked %d times", asked)
	}
	if e := h.webhooks(strings.Split(first, "_")[0])[0]; e.State != lead.GivenUp {
		t.Errorf("after 73 h it is %s", e.State)
	}
	h.clock = h.clock.Add(47 * time.Hour)
	second := approved("havelpay.example")
	deliver(second) // five days after the first failure
	if e := h.webhooks(strings.Split(second, "_")[0])[0]; e.State != lead.Pending || e.Attempts != 0 || !strings.Contains(e.LastError, "leadtriage webhook enable crm") {
		t.Errorf("the webhook says %+v", e)
	}
	for range 3 { // also in another process, and when other webhooks would have been given up
		h.clock = h.clock.Add(200 * time.Hour)
		restart()
		if deliver(second); asked != 3 {
			t.Fatalf("asked %d times", asked)
		}
	}
	if h.lines("level=ERROR msg=\"the far side takes nothing") != 4 || len(shown) != 4 || shown[0] != ">switched_off" {
		t.Errorf("shown %q; log:\n%s", shown, h.log.String())
	}
	ill = false
	if sent, ok, err := h.records.EnableTarget(t.Context(), "crm", h.clock); err != nil || !ok || sent != 2 {
		t.Errorf("sent %d, %v, %v", sent, ok, err)
	}
	restart()
	for _, id := range []string{first, second, first, second} {
		if err := deliver(id); err != nil {
			t.Error(err)
		}
	}
	if len(ids) != 2 || ids[first] != 1 || ids[second] != 1 {
		t.Errorf("delivered %v", ids)
	}
}
