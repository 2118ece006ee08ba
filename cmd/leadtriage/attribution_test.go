package main

import (
	"encoding/json"
	"net/http"
	"slices"
	"strings"
	"testing"

	"leadtriage/internal/lead"
)

func TestAReviewerSeesThatALinkNamesAnotherPartner(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("review: {undo: 0s}")
	l := fit("northwind.example")
	l["utm"] = map[string]any{"source": "Brightside", "medium": "referral"}
	id := w.post(http.StatusAccepted, l).ID
	card := w.card(id, asking)
	if !strings.Contains(card.Plain(), "names Brightside Agency") {
		t.Errorf("the card does not say so:\n%s", card.Plain())
	}
	r := w.record(id)
	if !slices.Contains(r.Flags, lead.FlagUTMPartner) || r.Attribution == nil || len(r.Attribution.Credits) != 1 || r.Attribution.Credits[0].Partner != "acme-integrations" {
		t.Errorf("flags %v, attribution %+v", r.Flags, r.Attribution)
	}
	w.click(demoReviewer, card, "lead_approve")
	var body struct{ Data lead.Record }
	if err := json.Unmarshal(w.delivered(id).Body, &body); err != nil || body.Data.Attribution == nil || body.Data.Attribution.Model != "first_key_last" {
		t.Errorf("the webhook's attribution: %+v, %v", body.Data.Attribution, err)
	}
	ai := fit("polderlogic.example")
	delete(ai, "source")
	ai["referrer"], ai["landing_url"] = "https://chatgpt.com/", "https://www.example.com/integrations/x?utm_source=brightside"
	second := w.post(http.StatusAccepted, ai).ID
	r = w.until(second, "scored", func(r lead.Record) bool { return r.Score != nil })
	if r.Source != lead.AICitation || r.Attribution.AI != "chatgpt" || r.Attribution.Partner != "brightside-agency" {
		t.Errorf("source %s, attribution %+v", r.Source, r.Attribution)
	}
}
