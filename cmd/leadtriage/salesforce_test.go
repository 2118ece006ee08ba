package main

import (
	"bytes"
	"context"
	"fmt"
	"net/http"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/crm/salesforce"
	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// From a bare org to what became of a lead: the set-up is deployed, an approval waits for the
// secret to be mended, is a Lead then, and its deal comes back as an outcome.
func TestAnApprovalIsInSalesforce(t *testing.T) {
	const partner = "acme-integrations"
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			w := newWorld(t, b.set(t))
			org := sim.NewSalesforce(sim.SalesforceOptions{ClientID: "consumer", Secret: "rotated", Now: w.now})
			at, err := w.serve("127.0.0.1:0", org)
			if err != nil {
				t.Fatal(err)
			}
			call := func(want int, args ...string) string {
				t.Helper()
				var out, errOut bytes.Buffer
				if code := run(context.Background(), args, w.environ, &out, &errOut); code != want {
					t.Errorf("%v: exit code %d: %s%s", args, code, &out, &errOut)
				}
				return out.String() + errOut.String()
			}
			folder := filepath.Join(t.TempDir(), "out")
			if said := call(done, "crm", "setup", "salesforce", "--out", folder); !strings.Contains(said, "sf project deploy start --metadata-dir "+folder) {
				t.Errorf("the set-up says %s", said)
			}
			if err := org.Deploy(folder); err != nil {
				t.Fatal(err)
			}
			org.Assign()
			campaign := org.Put("Campaign", "", map[string]any{"Name": partner})
			w.set(map[string]string{"HUBSPOT_TOKEN": "", "SALESFORCE_URL": "http://" + at, "SALESFORCE_CLIENT_ID": "consumer", "SALESFORCE_CLIENT_SECRET": "old"})
			if said := call(failed, "crm", "check"); !strings.Contains(said, "copy the consumer secret again") || strings.Contains(said, "rotated") {
				t.Errorf("with an old secret: %s", said)
			}
			w.start(fmt.Sprintf("review: {undo: 0s}\ncrm: {salesforce: {currency: EUR, campaigns: {%s: %s}}}", partner, campaign))
			id := w.post(http.StatusAccepted, fit("northwind.example")).ID
			w.approve(id)
			gauge := `leadtriage_crm_pause{reason="unauthorized",target="salesforce"} 1`
			w.shows(gauge, true)
			org.SetSecret("old")
			r := w.until(id, "in Salesforce", func(r lead.Record) bool { return effect(r, salesforce.WriteEffect).State == lead.Delivered })
			w.shows(gauge, false)
			if said := call(done, "crm", "check"); !strings.Contains(said, "ok       token of the org 00D") {
				t.Errorf("a check says %s", said)
			}
			all := org.Records("Lead")
			if len(all) != 1 || all[0].Text("Leadtriage_Id__c") != id || all[0].Text("Leadtriage_Stage__c") != "EQL" || all[0].Text("Leadtriage_Score__c") != fmt.Sprint(r.Score.Total) ||
				r.CRM["salesforce_lead_id"] != all[0].ID || len(org.Records("CampaignMember")) != 1 {
				t.Fatalf("there are %v, and the record says %v", all, r.CRM)
			}
			_, sale := org.Convert(all[0].ID, true)
			org.Put("Opportunity", sale, map[string]any{"IsClosed": true, "IsWon": true, "Amount": 1200.5, "CloseDate": w.now().UTC().AddDate(0, 0, 1).Format(time.DateOnly)})
			w.leap(w.now().Add(6 * time.Minute))
			r = w.until(id, "won", func(r lead.Record) bool { return len(r.Outcomes) == 3 })
			if o := r.Outcomes[2]; o.Type != lead.ClosedWon || o.Amount.Currency != "EUR" || o.DealID != "salesforce:"+sale || o.From != salesforce.Name ||
				r.CRM["salesforce_opportunity_id"] != sale {
				t.Errorf("outcomes are %+v, CRM %v", r.Outcomes, r.CRM)
			}
		})
	}
}
