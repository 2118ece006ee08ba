package main

import (
	"bytes"
	"encoding/json"
	"net/http"
	"strings"
	"testing"

	"leadtriage/internal/lead"
)

// Nothing of a person or of what an automation wrote about the lead leaves for
// the model, in either API, and nothing is to be stored there. A second lead of
// the company asks nothing at all.
func TestTheModelLearnsNothingOfTheLead(t *testing.T) {
	t.Parallel()
	for _, api := range []string{"responses", "chat"} {
		t.Run(api, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, map[string]string{"OPENAI_API": api})
			w.start("")
			w.web.Add("firm.example", "/", `<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>
				<p>Ask zelda.quartz@firm.example or +39 02 5550 1234.</p><a href="/team">Team</a>`)
			body := fit("firm.example")
			body["partner"] = map[string]any{"id": "acme-integrations", "tier": "gold", "contact": "Wanda Yarrow"}
			body["contact"] = map[string]any{"email": "zelda.quartz@firm.example", "name": "Zelda Quartz", "title": "Grand Vizier of Ledgers"}
			body["company"] = map[string]any{"name": "Firm", "domain": "firm.example", "employees": 7531, "technologies": []string{"Quillwork"}}
			body["use_case"] = "reconcile moonbeams nightly"
			body["notes"] = "met at the gala; budget of 4242 doubloons"
			body["crm"] = map[string]any{"hubspot_contact_id": "998877665"}
			body["utm"] = map[string]any{"source": "acme", "medium": "referral", "campaign": "campaign-xyzzy"}
			body["landing_url"] = "https://www.example.com/landing-plugh?utm_source=acme"
			found := func(r lead.Record) bool { return r.Enrich.State == lead.EnrichmentDone }
			first := w.until(w.post(http.StatusAccepted, body).ID, "found", found)
			asked := w.asked()
			if len(asked) == 0 || first.Usage.Calls != len(asked) {
				t.Fatalf("%d requests, usage %+v", len(asked), first.Usage)
			}
			for _, r := range asked {
				for _, secret := range []string{"zelda", "quartz", "vizier", "wanda", "yarrow", "7531", "quillwork", "moonbeams", "gala", "doubloons", "998877665", "xyzzy", "plugh", "5550", "acme"} {
					if bytes.Contains(bytes.ToLower(r.Body), []byte(secret)) {
						t.Errorf("%q left for the model", secret)
					}
				}
				var sent struct {
					Store *bool `json:"store"`
				}
				if err := json.Unmarshal(r.Body, &sent); err != nil || sent.Store == nil || *sent.Store || !strings.Contains(string(r.Body), "firm.example") {
					t.Errorf("store %v, %v: %s", sent.Store, err, r.Body)
				}
			}
			body["partner"] = map[string]any{"id": "direct", "tier": "none"}
			body["source"] = "website"
			second := w.until(w.post(http.StatusAccepted, body).ID, "found", found)
			if second.ID == first.ID || second.Usage != (lead.Usage{}) || len(w.asked()) != len(asked) {
				t.Errorf("a warm company cost %+v, %d requests", second.Usage, len(w.asked())-len(asked))
			}
		})
	}
}
