package main

import (
	"testing"

	"leadtriage/internal/lead"
)

// An approval is in HubSpot: contact with properties and stage, company, association, note.
func TestAnApprovalIsInHubSpot(t *testing.T) {
	onBoth(t, quickConfig+slackPace+"review: {undo: 0s}\n", func(w *world) {
		id := w.post(202, fit("northwind.example")).ID
		card := w.card(id, asking)
		if _, err := w.slack.Click(w.patient(), demoReviewer, card.Channel, card.TS, "lead_approve"); err != nil {
			t.Fatal(err)
		}
		w.until(id, "written", func(r lead.Record) bool { return effect(r, "hubspot").State == lead.Delivered })
		for _, kind := range []string{"contacts", "companies", "notes"} {
			t.Logf("%s: %+v", kind, w.hubspot.Objects(kind))
		}
		for _, c := range w.hubspot.Requests() {
			t.Logf("%s %s %d %s", c.Method, c.Path, c.Status, c.Body)
		}
		t.Logf("%+v", w.record(id).CRM)
	})
}
