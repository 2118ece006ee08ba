package sim_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/sim"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const crmSecret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw" // the standard's own sample

var crmNow = time.Date(2026, 11, 22, 9, 0, 0, 0, time.UTC)

func startCRM(t *testing.T) (*sim.CRM, string) {
	t.Helper()
	crm := sim.NewCRM(sim.CRMOptions{Secret: crmSecret, Now: func() time.Time { return crmNow }})
	server := httptest.NewServer(crm)
	t.Cleanup(server.Close)
	return crm, server.URL + "/webhook"
}

// signed is a webhook as a sender that knows the secret writes it.
func signed(t *testing.T, url, id, body string, at time.Time) *http.Request {
	t.Helper()
	hook, err := webhooks.NewWebhook(crmSecret)
	if err != nil {
		t.Fatal(err)
	}
	signature, err := hook.Sign(id, at, []byte(body))
	if err != nil {
		t.Fatal(err)
	}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, url, strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("webhook-id", id)
	req.Header.Set("webhook-timestamp", fmt.Sprint(at.Unix()))
	req.Header.Set("webhook-signature", signature)
	return req
}

func send(t *testing.T, req *http.Request) (*http.Response, error) {
	t.Helper()
	resp, err := http.DefaultClient.Do(req)
	if err == nil {
		_, _ = io.Copy(io.Discard, resp.Body)
		_ = resp.Body.Close()
	}
	return resp, err
}

func wantStatus(t *testing.T, req *http.Request, status int) *http.Response {
	t.Helper()
	resp, err := send(t, req)
	if err != nil {
		t.Fatal(err)
	}
	if resp.StatusCode != status {
		t.Errorf("status %d, want %d", resp.StatusCode, status)
	}
	return resp
}

func TestCRMTakesSignedWebhooksOnce(t *testing.T) {
	crm, url := startCRM(t)
	const body = `{"type":"lead.approved","data":{"id":"L1"}}`
	wantStatus(t, signed(t, url, "eff_1", body, crmNow), http.StatusNoContent)
	wantStatus(t, signed(t, url, "eff_1", body, crmNow.Add(time.Minute)), http.StatusNoContent)
	wantStatus(t, signed(t, url, "eff_2", `{"type":"lead.rejected"}`, crmNow), http.StatusNoContent)
	got := crm.Deliveries()
	if len(got) != 2 || got[0].ID != "eff_1" || got[0].Type != "lead.approved" || got[0].Repeats != 1 || got[0].Altered || !got[0].Verified || string(got[0].Body) != body || !got[0].At.Equal(crmNow) {
		t.Errorf("deliveries %+v", got)
	}
	wantStatus(t, signed(t, url, "eff_1", `{"type":"lead.rejected"}`, crmNow), http.StatusNoContent)
	if !crm.Deliveries()[0].Altered {
		t.Error("another body under the same id went unnoticed")
	}
}

func TestCRMRefusesForgeries(t *testing.T) {
	crm, url := startCRM(t)
	const body = `{"type":"lead.approved"}`
	tests := map[string]func(*http.Request){
		"other body": func(r *http.Request) {
			r.Body = io.NopCloser(strings.NewReader(`{"type":"lead.rejected"}`))
			r.ContentLength = -1
		},
		"other id":        func(r *http.Request) { r.Header.Set("webhook-id", "eff_2") },
		"other time":      func(r *http.Request) { r.Header.Set("webhook-timestamp", fmt.Sprint(crmNow.Unix()+1)) },
		"no signature":    func(r *http.Request) { r.Header.Del("webhook-signature") },
		"no id":           func(r *http.Request) { r.Header.Del("webhook-id") },
		"wrong signature": func(r *http.Request) { r.Header.Set("webhook-signature", "v1,AAAA") },
	}
	for name, spoil := range tests {
		t.Run(name, func(t *testing.T) {
			req := signed(t, url, "eff_1", body, crmNow)
			spoil(req)
			wantStatus(t, req, http.StatusUnauthorized)
		})
	}
	t.Run("too old", func(t *testing.T) { wantStatus(t, signed(t, url, "eff_1", body, crmNow.Add(-6*time.Minute)), 401) })
	t.Run("too new", func(t *testing.T) { wantStatus(t, signed(t, url, "eff_1", body, crmNow.Add(6*time.Minute)), 401) })
	for _, d := range crm.Deliveries() {
		if d.Verified {
			t.Errorf("verified %+v", d)
		}
	}
	wantStatus(t, signed(t, url, "eff_1", body, crmNow), http.StatusNoContent)
	last := crm.Deliveries()
	if d := last[len(last)-1]; !d.Verified || d.Repeats != 0 {
		t.Errorf("a forgery counted as the first delivery: %+v", d)
	}
}

func TestCRMRefusesOddRequests(t *testing.T) {
	_, url := startCRM(t)
	wantStatus(t, signed(t, url, "eff_1", "not json", crmNow), http.StatusBadRequest)
	wantStatus(t, signed(t, url, "eff_1", strings.Repeat("x", 2<<20), crmNow), http.StatusRequestEntityTooLarge)
	wantStatus(t, signed(t, url+"/else", "eff_1", "{}", crmNow), http.StatusNotFound)
	req := signed(t, url, "eff_1", "", crmNow)
	req.Method = http.MethodGet
	wantStatus(t, req, http.StatusMethodNotAllowed)
}

func TestCRMFaults(t *testing.T) {
	crm, url := startCRM(t)
	crm.FailNext(1, sim.CRMFault{Kind: sim.CRMError})
	wantStatus(t, signed(t, url, "eff_1", `{"type":"lead.approved"}`, crmNow), http.StatusInternalServerError)
	if len(crm.Deliveries()) != 0 {
		t.Errorf("taken in although refused: %+v", crm.Deliveries())
	}
	crm.SetFault(func(a sim.Attempt) *sim.CRMFault {
		if a.ID == "eff_9" {
			return &sim.CRMFault{Kind: sim.CRMError}
		}
		return nil
	})
	wantStatus(t, signed(t, url, "eff_9", "{}", crmNow), http.StatusInternalServerError)
	wantStatus(t, signed(t, url, "eff_8", "{}", crmNow), http.StatusNoContent)
}
