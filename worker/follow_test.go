package worker_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/worker"
)

// desk is a house whose endpoint hears of leads, with somebody who decides.
func desk(t *testing.T) *house {
	h := newHouse(t)
	h.hook(time.Minute, func(context.Context, *outbox.Attempt) error { return nil })
	h.Reviewers.Deciders = []lead.Decider{{By: "key:desk"}}
	return h
}

func (h *house) decide(id string, word lead.Decision) {
	h.t.Helper()
	if _, err := h.DecideLead(h.t.Context(), id, lead.DecisionInput{Decision: word, Reason: "other", By: "key:desk"}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) event(id, kind string) {
	h.t.Helper()
	if _, err := h.Add(h.t.Context(), lead.Addition{LeadID: id, By: "crm", Events: []lead.Event{{Type: kind, At: h.clock}}}); err != nil {
		h.t.Fatal(err)
	}
}

func (h *house) dossier(id string) lead.Dossier {
	h.t.Helper()
	d, err := h.records.Dossier(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return d
}

// webhooks are the lead's effects at the endpoint, oldest first.
func (h *house) webhooks(id string) (list []lead.Effect) {
	for _, e := range h.dossier(id).Effects {
		if e.Kind == lead.WebhookEffect && e.State != lead.Cancelled {
			list = append(list, e)
		}
	}
	return list
}

func (h *house) events(id string) (events []string) {
	for _, e := range h.webhooks(id) {
		events = append(events, e.Event)
	}
	return events
}

func siteDown(string) (lead.Profile, error) {
	return lead.Profile{}, lead.Faultf(lead.Temporary, 0, "the site is down")
}

// Somebody approves a lead whose facts are missing. The CRM hears of them later.
func TestLateFactsOfAnApprovedLeadReachTheCRM(t *testing.T) {
	h := desk(t)
	id := h.accept("northwind.example")
	h.answer = siteDown
	h.enrich(id)
	if err := h.Overdue(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	h.decide(id, lead.Approve)
	h.clock = h.clock.Add(time.Hour)
	h.answer = func(string) (lead.Profile, error) { return found(0.1), nil }
	if l, told := h.enrich(id); told != nil || len(l.Facts) != 1 {
		t.Fatalf("%v, facts %v", told, l.Facts)
	}
	if got := h.events(id); !slices.Equal(got, []string{"lead.approved", "lead.updated"}) {
		t.Errorf("the endpoint hears %v", got)
	}
}

// A lead that a rule disqualified, and about which a person wants to be asked all
// the same, is searched for and asked about, and leaves no task behind.
func TestADisqualifiedLeadThatSomebodyWants(t *testing.T) {
	h := desk(t)
	h.Rules = &verdict{is: lead.VerdictDisqualify}
	id := h.accept("northwind.example")
	h.enrich(id)
	if _, err := h.SendToReview(t.Context(), id, "U1"); err != nil {
		t.Fatal(err)
	}
	if err := h.Overdue(t.Context(), id); err != nil { // asked before the facts are in
		t.Fatal(err)
	}
	if l, told := h.enrich(id); told != nil || l.Stage != lead.AwaitingReview || l.Enrichment.State != lead.EnrichmentDone {
		t.Errorf("%v, %s, %+v", told, l.Stage, l.Enrichment)
	}
	if due, err := h.records.DueLeads(t.Context(), h.clock.Add(time.Hour), 90*time.Second); err != nil || len(due) != 0 {
		t.Errorf("the sweep goes on with %v, %v", due, err)
	}
}

// A webhook that was given up has its whole time again after a retry.
func TestARetriedWebhookHasItsTimeAgain(t *testing.T) {
	h := desk(t)
	status := http.StatusGone
	h.Kinds[0].Do = func(context.Context, *outbox.Attempt) error {
		if status == http.StatusGone {
			return lead.Faultf(lead.Permanent, 0, "the endpoint answered 410 Gone")
		}
		return lead.Faultf(lead.Temporary, 0, "the endpoint answered %d", status)
	}
	id := h.accept("northwind.example")
	h.enrich(id)
	h.decide(id, lead.Approve)
	h.clock = h.clock.Add(100 * time.Hour)
	deliver := func() lead.Effect {
		t.Helper()
		e := h.webhooks(id)[0]
		if _, err := h.Deliver(t.Context(), e.ID); err != nil && lead.OutageOf(err) != nil {
			t.Fatal(err)
		}
		return h.webhooks(id)[0]
	}
	if e := deliver(); e.State != lead.GivenUp || h.lines("level=ERROR") != 1 || h.lines("lead retry") != 1 {
		t.Fatalf("%+v; log:\n%s", e, h.log.String())
	}
	status = http.StatusServiceUnavailable
	if _, err := h.Retry(t.Context(), id, "operator", false); err != nil {
		t.Fatal(err)
	}
	if e := deliver(); e.State != lead.Pending {
		t.Errorf("after its first 503 it is %s: %s", e.State, e.LastError)
	}
	h.clock = h.clock.Add(73 * time.Hour)
	if e := deliver(); e.State != lead.GivenUp {
		t.Errorf("after webhook.give_up it is %s", e.State)
	}
}

// approving has somebody approve a lead just as it is to be merged away.
type approving struct {
	worker.Records
	after   int // changes of others
	approve func()
}

func (a *approving) Change(ctx context.Context, id string, now time.Time, f func(*lead.Case) error) (*lead.Case, error) {
	if do := a.approve; do != nil && a.after == 0 {
		a.approve = nil
		do()
	}
	a.after--
	return a.Records.Change(ctx, id, now, f)
}

func TestAMergeThatMeetsAnApproval(t *testing.T) {
	for after := range 2 {
		t.Run(fmt.Sprintf("after %d changes", after), func(t *testing.T) { mergeAndApprove(t, after) })
	}
}

func mergeAndApprove(t *testing.T, after int) {
	h := desk(t)
	records := &approving{Records: h.records}
	h.Records = records
	into := h.accept("northwind.example")
	r, err := h.Accept(t.Context(), lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: "acme"}, Company: lead.Company{Domain: "northwind.example"},
		Contact: lead.Contact{Email: "joe@northwind.example"}}, Key: "other", By: "crm"})
	if err != nil {
		t.Fatal(err)
	}
	from := r.ID
	for _, id := range []string{into, from} {
		h.enrich(id)
	}
	records.after, records.approve = after, func() { h.decide(from, lead.Approve) }
	if _, err := h.Merge(t.Context(), into, from, "operator"); !errors.Is(err, worker.ErrNotDuplicates) {
		t.Errorf("merged: %v", err)
	}
	if l := h.dossier(from).Lead; l.Stage != lead.Approved {
		t.Errorf("the approved lead is %s", l.Stage)
	}
	if l := h.dossier(into).Lead; l.Stage != lead.AwaitingReview {
		t.Errorf("the other is %s", l.Stage)
	}
}

// News of an approved lead that piles up is told once, however much it is.
func TestNewsThatPilesUpIsToldOnce(t *testing.T) {
	h := desk(t)
	id := h.accept("northwind.example")
	h.enrich(id)
	h.decide(id, lead.Approve)
	for range 50 {
		h.clock = h.clock.Add(2 * time.Second)
		h.event(id, "docs_visit")
	}
	if got := h.events(id); !slices.Equal(got, []string{"lead.approved", "lead.updated"}) {
		t.Errorf("the endpoint hears %v", got)
	}
}

// A rejection and the news that takes it back leave in this order.
func TestTheRejectionLeavesBeforeItIsTakenBack(t *testing.T) {
	h := desk(t)
	var heard []string
	h.Kinds[0].Do = func(_ context.Context, a *outbox.Attempt) error {
		heard = append(heard, a.Effect.Event)
		return nil
	}
	id := h.accept("northwind.example")
	h.enrich(id)
	h.decide(id, lead.Reject)
	h.clock = h.clock.Add(2 * time.Second)
	h.event(id, "demo_request")
	h.clock = h.clock.Add(time.Hour)
	for range 2 {
		for _, e := range slices.Backward(h.webhooks(id)) {
			if _, err := h.Deliver(t.Context(), e.ID); err != nil {
				t.Fatal(err)
			}
		}
	}
	if !slices.Equal(heard, []string{"lead.rejected", "lead.reopened"}) {
		t.Errorf("heard %v", heard)
	}
}

// complete asks only about leads whose facts are in.
type complete struct{ rules }

func (complete) Score(l *lead.Lead, _ time.Time) lead.Score {
	return lead.Score{Verdict: lead.EQL, Ask: !l.Enrichment.Incomplete() && len(l.Facts) > 0, Model: "test@1"}
}

// A lead that was parked for want of facts is asked about when they come.
func TestLateFactsBringAParkedLeadBack(t *testing.T) {
	h := desk(t)
	h.Rules = complete{}
	id := h.accept("northwind.example")
	h.answer = siteDown
	h.enrich(id)
	if err := h.Overdue(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if l := h.dossier(id).Lead; l.Stage != lead.Parked {
		t.Fatalf("at its deadline the lead is %s", l.Stage)
	}
	h.answer = func(string) (lead.Profile, error) { return found(0.1), nil }
	if l, told := h.enrich(id); told != nil || l.Stage != lead.AwaitingReview {
		t.Errorf("%v, the lead is %s", told, l.Stage)
	}
}

// What a lead costs does not grow with the partners that refer its company.
func TestManyPartnersOfOneCompany(t *testing.T) {
	h := newHouse(t)
	var last string
	for i := range 25 {
		r, err := h.Accept(t.Context(), lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: fmt.Sprintf("partner-%d", i)}, ReferredOn: "2026-11-20",
			Company: lead.Company{Domain: "northwind.example"}}, Key: fmt.Sprint(i), By: "crm"})
		if err != nil {
			t.Fatal(err)
		}
		last, h.clock = r.ID, h.clock.Add(time.Second)
	}
	counted := &counting{Records: h.records}
	h.Records = counted
	if err := h.TellConflicts(t.Context(), last); err != nil {
		t.Fatal(err)
	}
	if counted.changes > 12 {
		t.Errorf("%d leads were changed", counted.changes)
	}
	d := h.dossier(last)
	if r := d.Record(); len(r.Conflicts) != 10 || r.MoreConflicts != 14 {
		t.Errorf("the record shows %d and %d more", len(r.Conflicts), r.MoreConflicts)
	}
}

// counting counts what is changed.
type counting struct {
	worker.Records
	changes int
}

func (c *counting) Change(ctx context.Context, id string, now time.Time, f func(*lead.Case) error) (*lead.Case, error) {
	c.changes++
	return c.Records.Change(ctx, id, now, f)
}
