package worker_test

import (
	"bytes"
	"context"
	"errors"
	"log/slog"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"leadtriage/internal/crm"
	"leadtriage/internal/facts"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/review"
	"leadtriage/internal/store"
	"leadtriage/worker"
)

// house is a flow over real records, with a clock and an enricher of the test's.
type house struct {
	*worker.Flow
	t       *testing.T
	records *store.Store
	book    *facts.Book
	clock   time.Time
	log     bytes.Buffer
	asked   []string // domains
	name    string   // of the company, as the enricher was told
	fields  []lead.Field
	forgot  []string
	answer  func(domain string) (lead.Profile, error)

	effects outbox.Records // nil: the records
	giveUp  time.Duration
	upkeep  worker.Upkeep

	resume          func(lead.Profile) (lead.Profile, error) // nil: nothing to read
	resumed, reread int
	edition         int
	trusted         bool
}

type rules struct{}

func (rules) Score(*lead.Lead, time.Time) lead.Score {
	return lead.Score{Verdict: lead.EQL, Ask: true, Model: "test@1"}
}
func (rules) Change(*lead.Lead, time.Time) lead.Reason { return lead.Reason{} }
func (rules) Attribute(*lead.Lead) lead.Attribution    { return lead.Attribution{} }

func newHouse(t *testing.T) *house {
	records, err := store.Open(t.Context(), "sqlite://"+filepath.Join(t.TempDir(), "leads.db"), 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { records.Close() })
	if err := records.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	h := &house{t: t, records: records, clock: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)}
	h.answer = func(string) (lead.Profile, error) { return found(0.1), nil }
	log, now := slog.New(slog.NewTextHandler(&h.log, nil)), func() time.Time { return h.clock }
	h.book = &facts.Book{
		Records: records, Enricher: h, Searched: func(lead.Usage, time.Duration, error) {}, Log: log, Now: now,
		Policy: facts.Policy{Fresh: facts.Lifetimes{Default: 720 * time.Hour}, Timeout: time.Minute, GiveUp: 24 * time.Hour, Attempts: 8},
	}
	h.Flow = &worker.Flow{
		Metrics: worker.NewMetrics(prometheus.NewRegistry(), nil),
		Records: records, Facts: h.book, Rules: rules{}, Tasks: worker.NoTasks{},
		Policy: worker.Policy{Deadline: 90 * time.Second, EnrichGiveUp: 24 * time.Hour}, Reviewers: &lead.Reviewers{Channel: "C1"},
		Log: log, Now: now,
	}
	h.giveUp = 72 * time.Hour
	h.upkeep = worker.Upkeep{Flow: h.Flow, Chores: records, Outgrown: records, Tasks: noTasks{}}
	return h
}

// asks has the house send its reviewers messages, beside its other kinds.
func (h *house) asks(slack review.Slack, pace *outbox.Pace, p review.Policy) {
	m := review.Messages{
		Slack: slack, Pace: pace, Reviewers: h.Reviewers, Policy: p, Blocked: h.records.BlockedBecause, Outage: h.Metrics.Outage, Log: h.Log, Now: h.Now,
	}
	h.Kinds = append(h.Kinds, m.Kinds()...)
}

func (h *house) outbox() *outbox.Outbox {
	if h.effects != nil {
		return h.Flow.Outbox(h.effects, h.giveUp)
	}
	return h.Flow.Outbox(h.records, h.giveUp)
}

// Deliver makes an attempt at the effect.
func (h *house) Deliver(ctx context.Context, id string) (channel string, err error) {
	return h.outbox().Deliver(ctx, id)
}

// Chore does what is due once in a while.
func (h *house) Chore(ctx context.Context, name string) error { return h.upkeep.Chore(ctx, name) }

// hook has the house tell an endpoint of its leads, after the time to undo.
func (h *house) hook(undo time.Duration, do func(context.Context, *outbox.Attempt) error) {
	h.Policy.Undo = undo
	h.Kinds = append(h.Kinds, outbox.Kind{Name: lead.WebhookEffect, Lane: outbox.NewLane(lead.WebhookLane, 4), Plan: crm.Plan(undo), Do: do})
}

type noTasks struct{}

func (noTasks) Remove(context.Context, time.Time) (int, error) { return 0, nil }

// What follows makes the house a facts.Enricher.

func (h *house) Enrich(_ context.Context, name, domain string, fields ...lead.Field) (lead.Profile, error) {
	h.asked, h.name, h.fields = append(h.asked, domain), name, fields
	return h.answer(domain)
}

func (h *house) Resume(_ context.Context, p lead.Profile) (lead.Profile, error) {
	h.resumed++
	if h.resume != nil {
		return h.resume(p)
	}
	return p, nil
}

func (h *house) Reread(_ context.Context, p lead.Profile) lead.Profile {
	h.reread++
	p.Edition = h.edition
	for _, f := range p.Facts {
		p.Unread = append(p.Unread, lead.Unread{Fact: f})
	}
	return p
}

func (h *house) Trusted(context.Context) (bool, error) { return h.trusted, nil }
func (h *house) Edition() int                          { return h.edition }

func (h *house) Forget(domain string) { h.forgot = append(h.forgot, domain) }

func found(usd float64) lead.Profile {
	return lead.Profile{Facts: []lead.Fact{{Field: lead.Employees, Value: "250", Status: lead.Verified}}, Usage: lead.Usage{Calls: 1, CostUSD: usd}}
}

func (h *house) accept(domain string) string {
	h.t.Helper()
	r, err := h.Accept(h.t.Context(), lead.Incoming{
		Submission: lead.Submission{Partner: lead.Partner{ID: "acme", Tier: "gold"}, ReferredOn: "2026-11-20", Source: lead.PartnerReferral,
			Contact: lead.Contact{Email: "jane@" + domain}, Company: lead.Company{Domain: domain}},
		Key: domain + "|acme", By: "crm"})
	if err != nil {
		h.t.Fatal(err)
	}
	return r.ID
}

// enrich runs the lead's task and returns the lead and what the queue is told.
func (h *house) enrich(id string) (lead.Lead, error) {
	h.t.Helper()
	told := h.Flow.Enrich(h.t.Context(), id)
	l, err := h.records.Lead(h.t.Context(), id)
	if err != nil {
		h.t.Fatal(err)
	}
	return l, told
}

func (h *house) pauses() []lead.Pause {
	h.t.Helper()
	list, err := h.records.Pauses(h.t.Context())
	if err != nil {
		h.t.Fatal(err)
	}
	return list
}

func (h *house) lines(words string) int { return strings.Count(h.log.String(), words) }

func unpaid(string) (lead.Profile, error) {
	return lead.Profile{}, lead.Faultf(lead.Unpaid, 5*time.Minute, "ask the model: no credit")
}

// One lead meets the empty account; the others wait with it, for days if need
// be, one of them tries every few minutes, and all go on when it gets through.
func TestNoCreditPausesEveryLead(t *testing.T) {
	h := newHouse(t)
	first, second := h.accept("northwind.example"), h.accept("havelpay.example")
	h.answer = unpaid
	for i := range 600 { // two days of five minutes and a bit
		l, told := h.enrich([]string{first, second}[i%2])
		if kind, after := lead.KindOf(told); kind != lead.Unpaid || after <= 0 || after > 5*time.Minute {
			t.Fatalf("the queue is told %v (kind %d, after %s)", told, kind, after)
		}
		if l.Enrichment.State != lead.EnrichmentPending || l.Enrichment.Attempts != 0 || !strings.Contains(l.Enrichment.LastError, "no credit left: the lead waits") {
			t.Fatalf("the lead says %+v", l.Enrichment)
		}
		h.clock = h.clock.Add(301 * time.Second / 2)
	}
	if n := len(h.asked); n < 200 || n > 300 {
		t.Errorf("asked %d times in two days", n)
	}
	if h.lines("level=ERROR") != 1 {
		t.Errorf("the operator is told %d times", h.lines("level=ERROR"))
	}
	if err := h.Overdue(t.Context(), second); err != nil {
		t.Fatal(err)
	}
	if l, _ := h.records.Lead(t.Context(), second); l.Stage != lead.AwaitingReview || !l.Enrichment.Incomplete() {
		t.Errorf("at its deadline the lead is %s, %+v", l.Stage, l.Enrichment)
	}

	// A site that is down says nothing about the account; the next lead tries.
	h.clock = h.clock.Add(6 * time.Minute)
	h.answer = func(string) (lead.Profile, error) {
		return lead.Profile{}, lead.Faultf(lead.Temporary, 0, "the site is down")
	}
	h.enrich(first)
	h.answer = func(string) (lead.Profile, error) { return found(0.1), nil }
	if l, told := h.enrich(second); told != nil || l.Enrichment.State != lead.EnrichmentDone || l.Stage != lead.AwaitingReview {
		t.Fatalf("after the account was filled: %v, %+v", told, l.Enrichment)
	}
	if len(h.pauses()) != 0 || h.lines("has credit again") != 1 {
		t.Errorf("paused by %v; log:\n%s", h.pauses(), h.log.String())
	}
	if due, err := h.records.DueLeads(t.Context(), h.clock, 90*time.Second); err != nil || len(due) != 1 || due[0].ID != first {
		t.Errorf("woken: %v, %v", due, err)
	}
	// Its day to give up began anew: one failure of the site is not the end.
	if l, told := h.enrich(first); told != nil || l.Enrichment.State != lead.EnrichmentDone {
		t.Errorf("%v, %+v", told, l.Enrichment)
	}
}

// An operator who has paid need not wait for the next try.
func TestRetryTriesTheAccountAtOnce(t *testing.T) {
	h := newHouse(t)
	first, second := h.accept("northwind.example"), h.accept("havelpay.example")
	h.answer = unpaid
	h.enrich(first)
	h.answer = func(string) (lead.Profile, error) { return found(0.1), nil }
	if l, _ := h.enrich(second); l.Enrichment.State != lead.EnrichmentPending {
		t.Fatalf("not paused: %+v", l.Enrichment)
	}
	if _, err := h.Retry(t.Context(), first, "operator", false); err != nil {
		t.Fatal(err)
	}
	for _, id := range []string{first, second} {
		if l, told := h.enrich(id); told != nil || l.Enrichment.State != lead.EnrichmentDone {
			t.Errorf("%v, %+v", told, l.Enrichment)
		}
	}
}

// A known company costs nothing, so nothing pauses its leads.
func TestAKnownCompanyIsNotHeld(t *testing.T) {
	h := newHouse(t)
	h.enrich(h.accept("northwind.example"))
	h.answer = unpaid
	h.enrich(h.accept("havelpay.example"))
	known, err := h.Accept(t.Context(), lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: "other"}, Company: lead.Company{Domain: "northwind.example"}}, Key: "northwind.example|other", By: "crm"})
	if err != nil {
		t.Fatal(err)
	}
	if l, told := h.enrich(known.ID); told != nil || l.Enrichment.State != lead.EnrichmentDone || l.Usage.Calls != 0 {
		t.Errorf("%v, %+v, %+v", told, l.Enrichment, l.Usage)
	}
}

func TestTheDaysCapPausesAndSaysSo(t *testing.T) {
	h := newHouse(t)
	h.book.Policy.DailyCap = 0.5
	h.answer = func(string) (lead.Profile, error) { return found(0.3), nil }
	for _, domain := range []string{"a.example", "b.example"} {
		if _, told := h.enrich(h.accept(domain)); told != nil {
			t.Fatal(told)
		}
	}
	var ids []string
	for _, domain := range []string{"c.example", "d.example", "e.example"} {
		id := h.accept(domain)
		l, told := h.enrich(id)
		if kind, after := lead.KindOf(told); kind != lead.Throttled || after != 10*time.Minute || !strings.Contains(l.Enrichment.LastError, "waits until tomorrow") {
			t.Errorf("%v after %s, %+v", told, after, l.Enrichment)
		}
		ids = append(ids, id)
	}
	if h.lines("level=ERROR") != 1 || len(h.pauses()) != 1 || h.pauses()[0].Over(h.clock) {
		t.Errorf("told %d times, paused by %v", h.lines("level=ERROR"), h.pauses())
	}
	h.book.Policy.DailyCap = 0.7 // raised
	if _, told := h.enrich(ids[0]); told != nil {
		t.Error(told)
	}
	if _, told := h.enrich(ids[1]); told == nil {
		t.Error("the raised cap was not kept")
	}
	if h.lines("level=ERROR") != 2 {
		t.Errorf("told %d times", h.lines("level=ERROR"))
	}
	h.clock = h.clock.Add(12 * time.Hour) // midnight
	if !h.pauses()[0].Over(h.clock) {
		t.Error("the pause outlives its day")
	}
	if _, told := h.enrich(ids[1]); told != nil || len(h.pauses()) != 0 {
		t.Errorf("on the next day: %v, paused by %v", told, h.pauses())
	}
}

func TestOverTheCapByRules(t *testing.T) {
	h := newHouse(t)
	h.book.Policy.DailyCap, h.Policy.RulesOverCap = 0.1, true
	h.enrich(h.accept("a.example"))
	l, told := h.enrich(h.accept("b.example"))
	if told != nil || l.Stage != lead.AwaitingReview || !strings.Contains(l.Enrichment.LastError, "on_cap: rules") {
		t.Errorf("%v, %s, %+v", told, l.Stage, l.Enrichment)
	}
	due := func() int {
		list, err := h.records.DueLeads(t.Context(), h.clock.Add(time.Hour), 90*time.Second)
		if err != nil {
			t.Fatal(err)
		}
		return len(list)
	}
	if n := due(); n != 0 {
		t.Errorf("%d leads wait for facts", n)
	}
	if _, err := h.Retry(t.Context(), l.ID, "operator", false); err != nil || due() != 1 {
		t.Errorf("a retry looks for facts of %d leads, %v", due(), err)
	}
	// What is still fresh about a company costs nothing.
	aged := lead.Profile{Domain: "c.example", FoundAt: h.clock, Earlier: map[lead.Field]time.Time{lead.Technology: h.clock.Add(-9999 * time.Hour)},
		Facts: []lead.Fact{fact(lead.Employees, "250"), fact(lead.Technology, "HubSpot")}}
	if err := h.records.SaveCompany(t.Context(), aged); err != nil {
		t.Fatal(err)
	}
	if l, told := h.enrich(h.accept("c.example")); told != nil || len(l.Facts) != 1 || l.Facts[0].Value != "250" {
		t.Errorf("%v, %+v", told, l.Facts)
	}
	if h.lines("level=ERROR") != 1 {
		t.Errorf("told %d times", h.lines("level=ERROR"))
	}
}

// A search that was retried after it was given up has its whole time again.
func TestRetryAfterGivingUpHasTimeAgain(t *testing.T) {
	h := newHouse(t)
	id := h.accept("northwind.example")
	h.answer = func(string) (lead.Profile, error) { return lead.Profile{}, errors.New("the site is down") }
	h.clock = h.clock.Add(25 * time.Hour)
	if l, _ := h.enrich(id); l.Enrichment.State != lead.EnrichmentFailed {
		t.Fatalf("%+v", l.Enrichment)
	}
	if _, err := h.Retry(t.Context(), id, "operator", false); err != nil {
		t.Fatal(err)
	}
	if l, _ := h.enrich(id); l.Enrichment.State != lead.EnrichmentPending {
		t.Errorf("given up after one more try: %+v", l.Enrichment)
	}
}
