package main

import (
	"net/http"
	"strings"
	"testing"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

const twoPartners = `
partners:
  - {id: acme-integrations, name: Acme Integrations, tiers: [gold, silver]}
  - {id: brightside-agency, name: Brightside Agency, tiers: [certified]}
`

// sentBy makes a fitting lead another partner's.
func sentBy(partner, tier string, body map[string]any) map[string]any {
	body["partner"] = map[string]any{"id": partner, "tier": tier}
	return body
}

// nothingChanges: somebody who may not decide hears one private sentence.
func (w *world) nothingChanges(id, user string, card sim.SlackMessage, action string) {
	w.t.Helper()
	heard, before := len(w.slack.Ephemerals(user)), w.record(id).Stage
	w.click(user, card, action)
	if err := w.slack.Wait(w.patient(), func() bool { return len(w.slack.Ephemerals(user)) == heard+1 }); err != nil {
		w.t.Errorf("%s heard nothing of %s", user, action)
	}
	if r := w.record(id); r.Stage != before {
		w.t.Errorf("%s by %s moved the lead from %s to %s", action, user, before, r.Stage)
	}
}

func TestAPartnersCardsAndReviewers(t *testing.T) {
	const yaml = twoPartners + `
reviewers:
  - ` + demoReviewer + `
  - {user: U0CLEO, partners: [brightside-agency], locale: it}
  - {user: U0DAN, channels: [C0BRIGHT]}
slack: {rate: 0, channels: [{id: C0BRIGHT, partners: [brightside-agency], locale: it}]}
`
	prepared := func(w *world) { w.set(map[string]string{"SLACK_REVIEWERS": ""}) }
	onEveryWay(t, yaml, func(w *world) {
		w.slack.Create(sim.SlackChannel{ID: "C0BRIGHT", Name: "brightside"})
		w.slack.Join(sim.SlackUser{ID: "U0DAN", Name: "dan"})
		acme := w.post(http.StatusAccepted, fit("northwind.example")).ID
		bright := w.post(http.StatusAccepted, sentBy("brightside-agency", "certified", fit("fabrikam.example"))).ID
		acmeCard, brightCard := w.card(acme, asking), w.card(bright, asking)
		if acmeCard.Channel != demoChannel || brightCard.Channel != "C0BRIGHT" || w.record(bright).Review.Channel != "C0BRIGHT" {
			w.t.Fatalf("cards in %s and %s", acmeCard.Channel, brightCard.Channel)
		}
		for _, user := range []string{"U0CLEO", "U0DAN"} {
			w.nothingChanges(acme, user, acmeCard, "lead_approve")
			w.nothingChanges(acme, user, acmeCard, "lead_reject")
		}
		// Each in their language: a channel's card, a reviewer's private sentence.
		if !strings.Contains(brightCard.Plain(), "Proposta") || !strings.Contains(acmeCard.Plain(), "Proposed") {
			w.t.Errorf("the cards say\n%s\nand\n%s", brightCard.Plain(), acmeCard.Plain())
		}
		if cleo, dan := w.slack.Ephemerals("U0CLEO")[0], w.slack.Ephemerals("U0DAN")[0]; !strings.HasPrefix(cleo.Text, "Solo") || !strings.HasPrefix(dan.Text, "Only") {
			w.t.Errorf("told %q and %q", cleo.Text, dan.Text)
		}
		w.click("U0DAN", brightCard, "lead_approve")
		if r := w.record(bright); r.Stage != lead.Approved || r.Review.By != "U0DAN" {
			w.t.Errorf("stage %s by %s", r.Stage, r.Review.By)
		}
		w.card(bright, settled)
		w.click(demoReviewer, acmeCard, "lead_approve")
		if r := w.record(acme); r.Stage != lead.Approved {
			w.t.Errorf("a reviewer of every partner moved the lead to %s", r.Stage)
		}
	}, prepared)
}

// Who is in a user group is asked of Slack, on every path to a decision.
func TestAUserGroupDecides(t *testing.T) {
	const yaml = `
reviewers:
  - {group: S0PARTNER, partners: [acme-integrations]}
  - {group: S0GONE}
`
	scenario := func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		card := w.card(id, asking)
		w.nothingChanges(id, "U0BRUNO", card, "lead_approve")
		w.nothingChanges(id, "U0BRUNO", card, "lead_reject")
		w.click("U0CLEO", card, "lead_approve")
		if r := w.record(id); r.Stage != lead.Approved || r.Review.By != "U0CLEO" {
			w.t.Fatalf("stage %s by %s", r.Stage, r.Review.By)
		}
		w.nothingChanges(id, "U0BRUNO", w.card(id, offers("lead_undo")), "lead_undo")
	}
	prepared := func(w *world) {
		w.slack.SetGroup("S0PARTNER", "U0CLEO")
		w.set(map[string]string{"SLACK_REVIEWERS": ""})
	}
	onEveryWay(t, yaml, scenario, prepared)
}
