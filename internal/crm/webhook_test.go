package crm_test

import (
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

var (
	older = "whsec_" + strings.Repeat("b2xk", 8)
	newer = "whsec_" + strings.Repeat("bmV3", 8)
	quiet = slog.New(slog.DiscardHandler)
)

// While a secret is changed a receiver may know either.
func TestASecretIsChanged(t *testing.T) {
	for name, secrets := range map[string][]string{"before": {older}, "meanwhile": {newer, older}, "after": {newer}} {
		verified := map[string]bool{}
		s := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
			body, _ := io.ReadAll(r.Body)
			for _, secret := range []string{older, newer} {
				wh, err := standardwebhooks.NewWebhook(secret)
				if err != nil {
					t.Error(err)
				}
				verified[secret] = wh.Verify(body, r.Header) == nil
			}
		}))
		w, err := crm.NewWebhook(crm.Target{Name: "crm", URL: s.URL, Secrets: secrets}, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		if err := w.Deliver(t.Context(), lead.Effect{ID: "l1_webhook_crm_1", Event: "lead.approved"}, &lead.Dossier{}); err != nil {
			t.Error(err)
		}
		s.Close()
		for _, secret := range []string{older, newer} {
			if verified[secret] != slices.Contains(secrets, secret) {
				t.Errorf("%s: verified %v", name, verified)
			}
		}
	}
	for name, bad := range map[string]crm.Target{
		"address": {Name: "crm", URL: "crm.example", Secrets: []string{newer}}, "unsigned": {Name: "crm", URL: "https://crm.example"},
		"secret": {Name: "crm", URL: "https://crm.example", Secrets: []string{newer, "plain text"}},
	} {
		if _, err := crm.NewWebhook(bad, time.Now); err == nil || strings.Contains(err.Error(), "plain text") {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// Each target hears what it asked for, under keys of its own and in a lane of its own.
func TestTargetsHearWhatTheyAskedFor(t *testing.T) {
	var kinds []outbox.Kind
	for _, target := range []crm.Target{{Name: "default"}, {Name: "warehouse", Events: []string{"lead.parked", "lead.updated"}}, {Name: "log", Events: []string{"lead.rejected"}}} {
		target.URL, target.Secrets = "https://"+target.Name+".example", []string{newer}
		w, err := crm.NewWebhook(target, time.Now)
		if err != nil {
			t.Fatal(err)
		}
		kinds = append(kinds, w.Kind(nil, 0, func(string, string) {}, quiet))
	}
	c := &lead.Case{Lead: lead.Lead{ID: "l1", Stage: lead.Enriched}, Now: time.UnixMilli(1000)}
	var told []string
	turn := func(change func()) {
		was, n := c.Seen(), len(c.Effects)
		change()
		c.Now = c.Now.Add(time.Second)
		for _, k := range kinds {
			k.Plan(was, c.Seen(), c)
		}
		for _, e := range c.Effects[n:] {
			told = append(told, e.ID+" "+string(e.Lane)+" "+e.Event)
			if lead.TargetOfEffect(e.ID) == "" || !strings.HasPrefix(e.Target, lead.TargetOfEffect(e.ID)) {
				t.Errorf("the target of %s is %q", e.ID, lead.TargetOfEffect(e.ID))
			}
		}
	}
	turn(func() { c.Lead.Stage = lead.Parked })
	turn(func() {
		c.Lead.Stage = lead.Approved
		c.Reviews = []lead.Review{{Round: 1, Decision: lead.Approve, DecidedAt: c.Now}}
	})
	turn(func() { c.Outcomes = []lead.Outcome{{ID: "1", Type: lead.Contacted}} })
	want := []string{
		"l1_webhook_warehouse_0 webhook-warehouse lead.parked",
		"l1_webhook_default_1 webhook lead.approved",
		"l1_webhook_default-updated-4000_1 webhook lead.updated",
		"l1_webhook_warehouse-updated-4000_1 webhook-warehouse lead.updated",
	}
	if !slices.Equal(told, want) {
		t.Errorf("%q, want %q", told, want)
	}
}
