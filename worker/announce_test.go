package worker_test

import (
	"slices"
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
