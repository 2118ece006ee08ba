package main

import (
	"net/http"
	"testing"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"
)

// Behind a pooler that hands out a connection for each transaction no acknowledged lead is
// lost: it gets its card, is listed, and is decided.
func TestBehindAPooler(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"DATABASE_URL": backing.PooledURL(t) + "?default_query_exec_mode=exec", "REDIS_URL": backing.RedisURL(t)})
	w.start("review: {undo: 0s}")
	var ids []string
	for _, host := range []string{"northwind.example", "firm-a.example", "firm-b.example"} {
		w.web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
		ids = append(ids, w.post(http.StatusAccepted, fit(host)).ID)
	}
	for _, id := range ids {
		card := w.card(id, asking)
		if _, err := w.slack.Click(w.patient(), demoReviewer, card.Channel, card.TS, "lead_approve"); err != nil {
			t.Error(err)
		}
		w.until(id, "approved", func(r lead.Record) bool { return r.Stage == lead.Approved })
		w.delivered(id)
	}
	if status, text := w.request(http.MethodGet, "/v1/leads", demoOperatorKey, nil); status != http.StatusOK {
		t.Errorf("the list answered %d: %s", status, text)
	}
}
