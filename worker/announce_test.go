package worker_test

import (
	"errors"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// verdict is what the rules say of every lead, as a pointer that a test may turn.
type verdict struct {
	rules
	is lead.Verdict
}

func (v *verdict) Score(*lead.Lead, time.Time) lead.Score {
	return lead.Score{Verdict: v.is, Rule: "bought", Ask: v.is == lead.EQL, Model: "test@1"}
}

// A revoked approval is taken back where it was told, asks again on a card of its own, and
// stays on record. One that nobody was told of yet is not told at all.
func TestARevokedApprovalIsReopened(t *testing.T) {
	h := desk(t)
	id := h.accept("northwind.example")
	h.enrich(id)
	revoke := func(by string) error {
		_, err := h.DecideLead(t.Context(), id, lead.DecisionInput{Decision: lead.Revoke, By: by, Reason: "bought elsewhere"})
		return err
	}
	if err := revoke("key:desk"); !errors.Is(err, lead.ErrNotDecided) {
		t.Errorf("an open round: %v", err)
	}
	h.decide(id, lead.Approve)
	if err := revoke("key:crm"); !errors.Is(err, lead.ErrNotAllowed) {
		t.Errorf("somebody else: %v", err)
	}
	if err := revoke("key:desk"); err != nil || len(h.events(id)) != 0 {
		t.Errorf("%v; before the time to undo is over it hears %q", err, h.events(id))
	}
	h.decide(id, lead.Approve)
	h.clock = h.clock.Add(2 * time.Minute)
	if _, err := h.Deliver(t.Context(), h.webhooks(id)[0].ID); err != nil {
		t.Fatal(err)
	}
	h.clock = h.clock.Add(60 * 24 * time.Hour)
	h.upkeep.ArchiveAfter = 720 * time.Hour
	if err := h.Chore(t.Context(), "archive"); err != nil || h.dossier(id).Lead.Stage != lead.Archived {
		t.Fatalf("%v, the lead is %s", err, h.dossier(id).Lead.Stage)
	}
	if err := revoke("key:desk"); err != nil {
		t.Fatal(err)
	}
	if got := h.events(id); !slices.Equal(got, []string{"lead.approved", "lead.reopened"}) {
		t.Errorf("it hears %q", got)
	}
	d := h.dossier(id)
	r := d.Record()
	if d.Lead.Stage != lead.AwaitingReview || len(d.Reviews) != 3 || d.Reviews[1].Decision != lead.Approve || r.Review.Round != 3 || r.Review.Decision != "" ||
		r.Review.Revoked == nil || r.Review.Revoked.By != "desk" || r.Review.Revoked.Reason != "bought elsewhere" {
		t.Errorf("%s, %+v, %+v", d.Lead.Stage, d.Reviews, r.Review)
	}
	if n := len(d.History); d.History[n-2].Action != "revoked" || d.History[n-2].Actor != "key:desk" || strings.Contains(d.History[n-2].Detail.String(), "elsewhere") {
		t.Errorf("history %+v", d.History[n-2:])
	}
	cards := 0
	for _, e := range d.Effects {
		if e.Kind == lead.CardEffect && e.State == lead.Pending && e.Round == 3 && e.Posts {
			cards++
		}
	}
	if cards != 1 {
		t.Errorf("%d cards ask: %+v", cards, d.Effects)
	}
}

// The endpoint hears of each turn once, and of a lead that it takes for lost
// that it is not.
func TestTheEndpointHearsOfEveryTurn(t *testing.T) {
	h := newHouse(t)
	said := &verdict{is: lead.VerdictDisqualify}
	h.Rules = said
	h.hook(time.Minute, nil)
	h.Reviewers.Deciders = []lead.Decider{{By: "key:desk"}}
	id := h.accept("northwind.example")
	ids := map[string]bool{}
	hears := func(want ...string) {
		t.Helper()
		d, err := h.records.Dossier(t.Context(), id)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, e := range d.Effects {
			if e.Kind == lead.WebhookEffect && e.State != lead.Cancelled {
				got, ids[e.ID] = append(got, e.Event), true
			}
		}
		if !slices.Equal(got, want) || len(ids) != len(want) {
			t.Fatalf("it hears %v under %d ids, want %v", got, len(ids), want)
		}
	}
	event := func(verdict lead.Verdict, kind string) {
		t.Helper()
		said.is, h.clock = verdict, h.clock.Add(time.Hour)
		if _, err := h.Add(t.Context(), lead.Addition{LeadID: id, By: "crm", Events: []lead.Event{{Type: kind, At: h.clock}}}); err != nil {
			t.Fatal(err)
		}
		h.enrich(id)
	}
	decide := func(word lead.Decision) {
		t.Helper()
		h.clock = h.clock.Add(time.Hour)
		if _, err := h.DecideLead(t.Context(), id, lead.DecisionInput{Decision: word, Reason: "other", By: "key:desk"}); err != nil {
			t.Fatal(err)
		}
	}

	h.enrich(id)
	hears("lead.disqualified")
	event(lead.VerdictDisqualify, "docs_visit") // still
	hears("lead.disqualified")
	event(lead.Nurture, "webinar_attended")
	hears("lead.disqualified", "lead.reopened")
	event(lead.VerdictDisqualify, "trial_started")
	hears("lead.disqualified", "lead.reopened", "lead.disqualified")
	event(lead.EQL, "demo_request")
	hears("lead.disqualified", "lead.reopened", "lead.disqualified", "lead.reopened")
	decide(lead.Reject)
	hears("lead.disqualified", "lead.reopened", "lead.disqualified", "lead.reopened", "lead.rejected")
	event(lead.EQL, "contact_sales")
	hears("lead.disqualified", "lead.reopened", "lead.disqualified", "lead.reopened", "lead.rejected", "lead.reopened")
	decide(lead.Approve)
	event(lead.EQL, "budget_confirmed")
	hears("lead.disqualified", "lead.reopened", "lead.disqualified", "lead.reopened", "lead.rejected", "lead.reopened", "lead.approved", "lead.updated")
}
