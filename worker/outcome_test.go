package worker_test

import (
	"context"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// An outcome reaches a lead wherever it is: what follows an approval is told, an archived
// lead stays away, and a merged one's belong to the lead that took it in.
func TestOutcomesReachEveryLead(t *testing.T) {
	h := newHouse(t)
	h.Reviewers.Deciders = []lead.Decider{{By: "key:desk"}}
	h.hook(0, func(context.Context, *outbox.Attempt) error { return nil })
	other := lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: "acme"}, Company: lead.Company{Domain: "northwind.example"},
		Contact: lead.Contact{Email: "joe@northwind.example"}}, Key: "other", By: "crm"}
	into := h.accept("northwind.example")
	r, err := h.Accept(t.Context(), other)
	if err != nil {
		t.Fatal(err)
	}
	from := r.ID
	for _, id := range []string{into, from} {
		h.enrich(id)
	}
	h.decide(into, lead.Approve)
	became := func(id string, typ lead.OutcomeType, want lead.Receipt) {
		t.Helper()
		o := lead.Outcome{ID: string(typ), Type: typ, At: h.clock, From: "key:crm", DealID: "9100"}
		if r, err := h.Outcome(t.Context(), id, o); err != nil || r != want {
			t.Errorf("%+v, %v; want %+v", r, err, want)
		}
	}
	became(from, lead.Contacted, lead.Receipt{ID: from, Stage: lead.AwaitingReview})
	if _, err := h.Merge(t.Context(), into, from, "operator"); err != nil {
		t.Fatal(err)
	}
	became(from, lead.Contacted, lead.Receipt{ID: into, Stage: lead.Approved, Duplicate: true})
	became(from, lead.Opportunity, lead.Receipt{ID: into, Stage: lead.Approved})
	d := h.dossier(into)
	if len(d.Outcomes) != 2 || len(h.dossier(from).Outcomes) != 0 {
		t.Errorf("%+v and %+v", d.Outcomes, h.dossier(from).Outcomes)
	}
	if e := d.Effects[len(d.Effects)-1]; e.Event != "lead.updated" {
		t.Errorf("nobody is told: %+v", e)
	}

	h.upkeep.ArchiveAfter = 24 * time.Hour
	rest := func(want lead.Stage) {
		t.Helper()
		if err := h.settle(into); err != nil {
			t.Fatal(err)
		}
		h.clock = h.clock.Add(48 * time.Hour)
		if err := h.Chore(t.Context(), "archive"); err != nil {
			t.Fatal(err)
		}
		if got := h.dossier(into).Lead.Stage; got != want {
			t.Errorf("%s, want %s", got, want)
		}
	}
	rest(lead.Approved) // a deal is open
	became(into, lead.ClosedLost, lead.Receipt{ID: into, Stage: lead.Approved})
	rest(lead.Archived)
	became(into, lead.ClosedWon, lead.Receipt{ID: into, Stage: lead.Archived})
	if d := h.dossier(into); d.Outcome().Type != lead.ClosedWon {
		t.Errorf("%+v", d.Outcomes)
	}
}
