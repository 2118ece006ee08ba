package main

import (
	"context"
	"encoding/json"
	"errors"
	"log/slog"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"leadtriage/config"
	"leadtriage/internal/backing"
	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/score"
	"leadtriage/internal/sim"
	"leadtriage/internal/store"
	"leadtriage/worker"
)

// privately is the lead as it comes from somebody's own mailbox.
func privately(l map[string]any, address string) map[string]any {
	l["contact"] = map[string]any{"email": address}
	l["company"] = map[string]any{"name": "Northwind", "domain": "northwind.example"}
	return l
}

// dueNow makes a chore of the running service due.
func (w *world) dueNow(chore string) {
	w.t.Helper()
	records, err := store.Open(w.patient(), w.setting("DATABASE_URL"), 0)
	if err != nil {
		w.t.Fatal(err)
	}
	defer records.Close()
	if err := records.ChoreDone(w.patient(), chore, time.Now()); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) setting(name string) (value string) {
	for _, line := range w.environ {
		if v, ok := strings.CutPrefix(line, name+"="); ok {
			value = v
		}
	}
	return value
}

func TestDuplicatesThatSlippedThroughAreMerged(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		known := fit("northwind.example")
		first := w.post(http.StatusAccepted, known).ID
		card := w.card(first, asking)
		more := ofPartner(privately(fit("northwind.example"), "jane@gmail.com"), "acme-integrations", "gold", 20)
		more["events"] = append(slices.Clone(known["events"].([]any)), map[string]any{"type": "pricing_page_view", "at": time.Now().UTC().Format(time.RFC3339)})
		second := w.post(http.StatusAccepted, more).ID
		gone := w.card(second, asking)
		if second == first {
			w.t.Fatal("a private mailbox has the company's key")
		}
		w.dueNow("merge")
		r := w.until(second, "merged", func(r lead.Record) bool { return r.Stage == lead.Merged })
		if r.MergedInto != first || r.Review.Decision != string(lead.Superseded) {
			w.t.Errorf("merged into %q, review %+v", r.MergedInto, r.Review)
		}
		if m := w.card(second, settled); len(m.Actions()) != 0 || m.TS != gone.TS || !strings.Contains(m.Plain(), "into lead "+first) {
			w.t.Errorf("the card of the merged lead:\n%s", m.Plain())
		}
		a := w.record(first)
		if a.Stage != lead.AwaitingReview || len(a.Events) != 3 || a.ReferredOn != r.ReferredOn || !slices.Contains(a.Contacts, lead.Contact{Email: "jane@gmail.com"}) {
			w.t.Errorf("the survivor: %s, %d events, referred on %s, contacts %v", a.Stage, len(a.Events), a.ReferredOn, a.Contacts)
		}
		if m := w.card(first, func(m sim.SlackMessage) bool { return asking(m) && m.TS == card.TS }); w.cards(first) != 1 {
			w.t.Errorf("%d cards of the survivor:\n%s", w.cards(first), m.Plain())
		}
		// Whoever still uses the old card, id or mailbox arrives at the survivor.
		if _, err := w.slack.ClickStale(w.patient(), demoReviewer, gone.Channel, gone.TS, "lead_approve"); err != nil {
			w.t.Fatal(err)
		}
		w.told(demoReviewer, first)
		if again := w.post(http.StatusOK, more); again.ID != first || !again.Duplicate {
			w.t.Errorf("sent again: %+v", again)
		}
		event := map[string]any{"type": "docs_visit", "at": time.Now().UTC().Format(time.RFC3339)}
		_, text := w.request(http.MethodPost, "/v1/leads/"+second+"/events", demoCRMKey, event)
		var receipt lead.Receipt
		if json.Unmarshal(text, &receipt); receipt.ID != first || len(w.record(first).Events) != 4 {
			w.t.Errorf("an event of the merged lead: %s", text)
		}
		w.click(demoReviewer, card, "lead_approve")
		w.until(first, "approved", func(r lead.Record) bool { return r.Stage == lead.Approved })
	})
}

// office is flow and records without queue or outside, at a time of its own.
type office struct {
	t       *testing.T
	flow    *worker.Flow
	records *store.Store
	mu      sync.Mutex
	now     time.Time
}

func (o *office) clock() time.Time {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.now
}

func (o *office) later(d time.Duration) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.now = o.now.Add(d)
}

// knowing finds the same about every company.
type knowing struct{}

func (knowing) Find(_ context.Context, _, domain string) (lead.Profile, lead.Usage, error) {
	fact := func(f lead.Field, v string) lead.Fact {
		return lead.Fact{Field: f, Value: v, Status: lead.Verified, Confidence: 1}
	}
	return lead.Profile{Domain: domain, Facts: []lead.Fact{fact(lead.Industry, "software"), fact(lead.Employees, "250"), fact(lead.HQCountry, "IT")}}, lead.Usage{}, nil
}

func (knowing) Keep(context.Context, lead.Profile) error { return nil }

func (knowing) Retry(context.Context, string, bool) error { return nil }

func inBothOffices(t *testing.T, do func(*office)) {
	t.Parallel()
	for name, url := range map[string]func(*testing.T) string{
		"sqlite":   func(t *testing.T) string { return "sqlite://" + filepath.Join(t.TempDir(), "leads.db") },
		"postgres": func(t *testing.T) string { return backing.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			records, err := store.Open(t.Context(), url(t), 0)
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { records.Close() })
			if err := records.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			cfg, err := config.Load("", nil)
			if err != nil {
				t.Fatal(err)
			}
			model, err := score.Compile(cfg.Scoring, score.Vocabulary{})
			if err != nil {
				t.Fatal(err)
			}
			o := &office{t: t, records: records, now: time.Date(2026, 11, 20, 9, 0, 0, 0, time.UTC)}
			o.flow = &worker.Flow{Metrics: worker.NewMetrics(prometheus.NewRegistry(), nil),
				Records: records, Facts: knowing{}, Rules: rules{model, attributionRules(cfg, model)}, Tasks: worker.NoTasks{},
				Reviewers: reviewers(cfg), Policy: policy(cfg), Log: slog.New(slog.DiscardHandler), Now: o.clock}
			o.flow.Reviewers.Deciders = []lead.Decider{{By: "U1"}}
			do(o)
		})
	}
}

// take accepts a lead and finds its facts.
func (o *office) take(l lead.Incoming) string {
	o.t.Helper()
	r, err := o.flow.Accept(o.t.Context(), l)
	if err == nil {
		err = o.flow.Enrich(o.t.Context(), r.ID)
	}
	if err != nil {
		o.t.Fatal(err)
	}
	return r.ID
}

func (o *office) dossier(id string) lead.Dossier {
	o.t.Helper()
	d, err := o.records.Dossier(o.t.Context(), id)
	if err != nil {
		o.t.Fatal(err)
	}
	return d
}

func (o *office) chore(name string) {
	o.t.Helper()
	u := worker.Upkeep{Flow: o.flow, Chores: o.records, Outgrown: o.records, ArchiveAfter: 720 * time.Hour}
	if err := u.Chore(o.t.Context(), name); err != nil {
		o.t.Fatal(err)
	}
}

// settle takes every effect and mark for done.
func (o *office) settle(id string) {
	o.t.Helper()
	_, err := o.records.Change(o.t.Context(), id, o.clock(), func(c *lead.Case) error {
		c.TellConflictsAt = time.Time{}
		for i := range c.Effects {
			c.Effects[i].State = lead.Delivered
		}
		return nil
	})
	if err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) decide(id string, word lead.Decision) {
	o.t.Helper()
	if _, err := o.flow.DecideLead(o.t.Context(), id, lead.DecisionInput{Decision: word, By: "U1", Reason: "no_intent"}); err != nil {
		o.t.Fatal(err)
	}
	o.settle(id)
}

// known is a lead of the key; the types are its events, now.
func (o *office) known(key, domain string, source lead.Source, types ...string) lead.Incoming {
	s := lead.Submission{Partner: lead.Partner{ID: "acme", Tier: "gold"}, ReferredOn: lead.Date(o.clock().Format(time.DateOnly)), Source: source,
		Contact: lead.Contact{Email: "jane@" + key}, Company: lead.Company{Domain: domain}}
	for _, t := range types {
		s.Events = append(s.Events, lead.Event{Type: t, At: o.clock()})
	}
	return lead.Incoming{Submission: s, Key: key + "|acme", By: "key:crm"}
}

func TestTheDecidedLeadSurvives(t *testing.T) {
	inBothOffices(t, func(o *office) {
		early := o.take(o.known("jane@gmail.com", "northwind.example", lead.PartnerReferral, "demo_request"))
		o.later(time.Hour)
		decided := o.take(o.known("northwind.example", "northwind.example", lead.PartnerReferral, "demo_request", "integration_install"))
		o.decide(decided, lead.Approve)
		before := o.dossier(decided)
		o.chore("merge")
		o.chore("merge")
		d, gone := o.dossier(decided), o.dossier(early)
		if gone.Lead.Stage != lead.Merged || gone.Lead.MergedInto != decided || d.Lead.Stage != lead.Approved {
			o.t.Fatalf("early %s into %q, decided %s", gone.Lead.Stage, gone.Lead.MergedInto, d.Lead.Stage)
		}
		if r := d.Review(); *r != *before.Review() {
			o.t.Errorf("the decision was rewritten: %+v", r)
		}
		if len(d.Lead.Events) != 3 || len(d.Lead.Contacts) != 1 || d.Lead.ReferredOn != gone.Lead.ReferredOn {
			o.t.Errorf("survivor %+v", d.Lead)
		}
		if waiting := slices.ContainsFunc(gone.Effects, func(e lead.Effect) bool { return e.State == lead.Pending }); waiting {
			o.t.Errorf("a card that nobody has seen is posted for a merged lead: %+v", gone.Effects)
		}
	})
}

func TestADecisionOnItsWayIsNotMerged(t *testing.T) {
	inBothOffices(t, func(o *office) {
		o.flow.Kinds = []outbox.Kind{{Name: lead.WebhookEffect, Plan: crm.Plan(o.flow.Policy.Undo)}}
		var ids []string
		for _, key := range []string{"northwind.example", "jane@gmail.com"} {
			o.later(time.Minute)
			ids = append(ids, o.take(o.known(key, "northwind.example", lead.PartnerReferral, "demo_request", "integration_install")))
			if _, err := o.flow.DecideLead(o.t.Context(), ids[len(ids)-1], lead.DecisionInput{Decision: lead.Approve, By: "U1"}); err != nil {
				o.t.Fatal(err)
			}
		}
		o.chore("merge")
		if d := o.dossier(ids[1]); d.Lead.Stage != lead.Approved {
			o.t.Fatalf("%s while its webhook waits", d.Lead.Stage)
		}
		o.settle(ids[1])
		o.chore("merge")
		d := o.dossier(ids[1])
		if d.Lead.Stage != lead.Merged || d.Review().Decision != lead.Approve {
			o.t.Errorf("%s, decision %s", d.Lead.Stage, d.Review().Decision)
		}
	})
}

// Incoming leads of two keys arrive while their leads are merged: nothing of them is lost.
func TestNothingIsLostWhileLeadsAreMerged(t *testing.T) {
	inBothOffices(t, func(o *office) {
		keys := []string{"northwind.example", "jane@gmail.com"}
		first := o.take(o.known(keys[0], "northwind.example", lead.PartnerReferral))
		o.later(time.Minute)
		o.take(o.known(keys[1], "northwind.example", lead.PartnerReferral))
		var all sync.WaitGroup
		for i := range 40 {
			all.Go(func() {
				l := o.known(keys[i%2], "northwind.example", lead.PartnerReferral, "docs_visit")
				l.Events[0].At = l.Events[0].At.Add(-time.Duration(i) * time.Minute)
				if _, err := o.flow.Accept(o.t.Context(), l); err != nil {
					o.t.Error(err)
				}
			})
			if i == 10 {
				all.Go(func() { o.chore("merge") })
			}
		}
		all.Wait()
		o.chore("merge")
		if d := o.dossier(first); len(d.Lead.Events) != 40 || d.Lead.Stage == lead.Merged {
			o.t.Errorf("%d events of 40; %s", len(d.Lead.Events), d.Lead.Stage)
		}
	})
}

func TestIdleLeadsAreArchivedAndComeBack(t *testing.T) {
	inBothOffices(t, func(o *office) {
		strong := []string{"demo_request", "integration_install"}
		approved := o.take(o.known("a.example", "a.example", lead.PartnerReferral, strong...))
		rejected := o.take(o.known("b.example", "b.example", lead.PartnerReferral, strong...))
		asked := o.take(o.known("c.example", "c.example", lead.PartnerReferral, strong...))
		parked := o.take(o.known("d.example", "d.example", lead.Backlink, "docs_visit"))
		listed := o.take(o.known("e.example", "e.example", lead.PurchasedList))
		unsent := o.take(o.known("f.example", "f.example", lead.PartnerReferral, strong...))
		o.decide(approved, lead.Approve)
		o.decide(rejected, lead.Reject)
		for _, id := range []string{parked, listed} {
			o.settle(id)
		}
		if _, err := o.flow.DecideLead(o.t.Context(), unsent, lead.DecisionInput{Decision: lead.Approve, By: "U1"}); err != nil {
			o.t.Fatal(err)
		}
		if _, err := o.records.Change(o.t.Context(), unsent, o.clock(), func(c *lead.Case) error { c.TellConflictsAt = time.Time{}; return nil }); err != nil {
			o.t.Fatal(err)
		}
		o.flow.Kinds = []outbox.Kind{{Name: lead.CardEffect}} // and its card is never redrawn
		stages := func() (s []lead.Stage) {
			for _, id := range []string{approved, rejected, asked, parked, listed, unsent} {
				s = append(s, o.dossier(id).Lead.Stage)
			}
			return s
		}
		before := stages()
		if want := []lead.Stage{lead.Approved, lead.Rejected, lead.AwaitingReview, lead.Parked, lead.Disqualified, lead.Approved}; !slices.Equal(before, want) {
			o.t.Fatalf("stages %v", before)
		}
		// A disqualified lead's facts were never looked for; that is no work left.
		o.later(29 * 24 * time.Hour)
		o.chore("archive")
		if got := stages(); !slices.Equal(got, before) {
			o.t.Errorf("after 29 days: %v", got)
		}
		o.later(2 * 24 * time.Hour)
		o.chore("archive")
		if got, want := stages(), []lead.Stage{lead.Archived, lead.Archived, lead.AwaitingReview, lead.Archived, lead.Archived, lead.Approved}; !slices.Equal(got, want) {
			o.t.Fatalf("after 31 days: %v", got)
		}
		event := func(id string) lead.Stage {
			r, err := o.flow.Add(o.t.Context(), lead.Addition{LeadID: id, By: "key:crm", Events: []lead.Event{{Type: "contact_sales", At: o.clock()}}})
			if err != nil {
				o.t.Fatal(err)
			}
			return r.Stage
		}
		if s := event(approved); s != lead.Approved {
			o.t.Errorf("an event of an archived approved lead: %s", s)
		}
		if s := event(rejected); s != lead.AwaitingReview {
			o.t.Errorf("an event of an archived rejected lead: %s", s)
		}
		if r, err := o.flow.Restore(o.t.Context(), parked, "operator"); err != nil || r.Stage != lead.Parked {
			o.t.Errorf("by hand: %+v, %v", r, err)
		}
		if _, err := o.flow.Restore(o.t.Context(), parked, "operator"); !errors.Is(err, lead.ErrIllegalMove) {
			o.t.Errorf("twice: %v", err)
		}
		did := func(id, action, by string) bool {
			return slices.ContainsFunc(o.dossier(id).History, func(e lead.Entry) bool { return e.Action == action && e.Actor == by })
		}
		if !did(parked, "archived", "leadtriage") || !did(parked, "restored", "operator") || !did(rejected, "restored", "leadtriage") {
			o.t.Error("the history does not tell")
		}
		// Without Slack no card will ever be drawn: none is waited for.
		o.flow.Kinds = nil
		o.chore("archive")
		d := o.dossier(unsent)
		if d.Lead.Stage != lead.Archived || slices.ContainsFunc(d.Effects, func(e lead.Effect) bool { return e.State == lead.Pending }) {
			o.t.Errorf("without Slack: %s, %+v", d.Lead.Stage, d.Effects)
		}
	})
}

func TestAPersonIsAskedAboutWhatTheRulesLeave(t *testing.T) {
	inBothOffices(t, func(o *office) {
		parked := o.take(o.known("d.example", "d.example", lead.Backlink, "docs_visit"))
		listed := o.take(o.known("e.example", "e.example", lead.PurchasedList))
		for _, id := range []string{parked, listed} {
			if _, err := o.flow.SendToReview(o.t.Context(), id, "key:ops"); err != nil {
				o.t.Fatal(err)
			}
			if err := o.flow.Enrich(o.t.Context(), id); err != nil { // the list's facts are wanted after all
				o.t.Fatal(err)
			}
			d := o.dossier(id)
			if d.Lead.Stage != lead.AwaitingReview || d.Lead.WantedBy != "" || len(d.Lead.Facts) == 0 {
				o.t.Errorf("%s, wanted by %q, %d facts", d.Lead.Stage, d.Lead.WantedBy, len(d.Lead.Facts))
			}
			if !slices.ContainsFunc(d.History, func(e lead.Entry) bool { return e.Action == "sent_to_review" && e.Actor == "key:ops" }) {
				o.t.Errorf("history %+v", d.History)
			}
			o.decide(id, lead.Approve)
			if d := o.dossier(id); !d.Review().Override || d.Lead.Stage != lead.Approved {
				o.t.Errorf("%s, review %+v", d.Lead.Stage, d.Review())
			}
			if _, err := o.flow.SendToReview(o.t.Context(), id, "key:ops"); !errors.Is(err, lead.ErrIllegalMove) {
				o.t.Errorf("a decided lead: %v", err)
			}
		}
	})
}

func TestOnlyOperatorsSendToReview(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("")
	l := fit("northwind.example")
	l["source"], l["events"], l["use_case"] = "backlink", []any{}, ""
	id := w.post(http.StatusAccepted, l).ID
	w.until(id, "parked", func(r lead.Record) bool { return r.Stage == lead.Parked })
	if status, _ := w.request(http.MethodPost, "/v1/leads/"+id+"/review", demoCRMKey, nil); status != http.StatusForbidden {
		t.Errorf("an enqueue key: %d", status)
	}
	if status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/review", demoOperatorKey, nil); status != http.StatusAccepted {
		t.Fatalf("an operator: %d %s", status, text)
	}
	w.card(id, asking)
	if status, _ := w.request(http.MethodPost, "/v1/leads/"+id+"/review", demoOperatorKey, nil); status != http.StatusConflict {
		t.Errorf("twice: %d", status)
	}
}

func TestTwoPartnersLeadsAreNotMerged(t *testing.T) {
	inBothOffices(t, func(o *office) {
		first := o.take(o.known("northwind.example", "northwind.example", lead.PartnerReferral))
		other := o.known("northwind.example", "northwind.example", lead.PartnerReferral)
		other.Partner.ID, other.Key = "globex", "northwind.example|globex"
		second := o.take(other)
		o.chore("merge")
		if _, err := o.flow.Merge(o.t.Context(), first, second, "operator"); !errors.Is(err, worker.ErrNotDuplicates) {
			o.t.Errorf("merged: %v", err)
		}
		if a, b := o.dossier(first), o.dossier(second); a.Lead.Stage == lead.Merged || b.Lead.Stage == lead.Merged {
			o.t.Errorf("%s and %s", a.Lead.Stage, b.Lead.Stage)
		}
	})
}
