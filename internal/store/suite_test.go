package store_test

import (
	"errors"
	"fmt"
	"reflect"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

var cards = []lead.EffectKind{lead.CardEffect}

var noon = time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)

func incoming(domain string) lead.Incoming {
	return lead.Incoming{
		Submission: lead.Submission{
			Partner: lead.Partner{ID: "acme", Tier: "gold"}, ReferredOn: "2026-11-20", Source: lead.PartnerReferral,
			Contact: lead.Contact{Email: "jane@" + domain}, Company: lead.Company{Domain: domain},
		},
		Key: domain + "|acme", By: "crm",
	}
}

func accept(t *testing.T, s *store.Store, o lead.Incoming, now time.Time) (lead.Receipt, error) {
	t.Helper()
	fresh := lead.NewCase(o, now)
	fresh.WakeAt, fresh.CardBy = now.Add(30*time.Second), now.Add(90*time.Second)
	r, _, err := s.Accept(t.Context(), o, fresh, func(c *lead.Case) error { c.Join(o); return nil })
	return r, err
}

func must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}

// underReview makes a lead that waits for a decision, with its card's effect as
// of a card that stands.
func underReview(t *testing.T, s *store.Store, domain string) *lead.Case {
	t.Helper()
	r := must(accept(t, s, incoming(domain), noon))(t)
	return must(s.Change(t.Context(), r.ID, noon, func(c *lead.Case) error {
		if err := c.Lead.MoveTo(lead.Enriched); err != nil {
			return err
		}
		c.WakeAt, c.CardBy = time.Time{}, time.Time{}
		err := c.OpenReview("C1")
		c.Effects[0].Posts = false
		return err
	}))(t)
}

// runSuite runs what SQLite and Postgres must both do; open returns an empty, migrated store.
func runSuite(t *testing.T, open func(testing.TB) *store.Store) {
	for name, test := range map[string]func(*testing.T, *store.Store){
		"a new lead is read back whole":                    readBack,
		"an export goes on where it ended":                 changedSince,
		"a link opens one page until it ends":              links,
		"figures are what each lead by itself comes to":    reports,
		"a lead with a known key joins":                    joins,
		"a request repeated gets the first lead":           idempotent,
		"a thousand posts at once are one lead":            thousandAtOnce,
		"a change that fails changes nothing":              failedChange,
		"changes of one lead happen one after another":     serialChanges,
		"one of many deciders wins":                        oneDecision,
		"a slow change holds up no other lead":             slowChange,
		"a slow join holds up no other lead":               slowJoin,
		"facts are kept with the lead that asked":          keptWithLead,
		"a message takes its turn by the newest score":     newestScore,
		"a change sees a claim that came between":          claimBetween,
		"a lead that is woken during a change is awake":    wokenBetween,
		"messages are posted in their turn":                inTurn,
		"one of many workers posts a message":              onePost,
		"cards that ask are looked at again":               lookAgain,
		"a digest is planned once and posted by one":       oneDigest,
		"a digest is settled by who has it in hand":        lateDigest,
		"a digest tells of the time since the one before":  settledDigest,
		"a digest counts what reviewers did":               reviewed,
		"a digest counts the leads nobody was asked of":    unasked,
		"one of many workers gets an effect":               oneClaim,
		"effects of a lead and a far side go in order":     inOrder,
		"a kind that nobody knows is left alone":           unknownKind,
		"an effect is claimed again after its lease":       claimAfterLease,
		"a redraw wished while drawing is not lost":        redrawWhileDrawing,
		"the sweep finds what lags, once":                  sweepOnce,
		"the sweep finds effects when they are due":        sweepEffects,
		"a queue that starts empty is filled again":        wakeAll,
		"one worker reads a company":                       companyLease,
		"the day's budget is reserved":                     budgetIsReserved,
		"leads of one company know of each other":          conflicts,
		"a company is forgotten until it is found again":   companyForgotten,
		"a company of useless answers is left alone":       companyWasted,
		"spending adds up by day and partner":              spending,
		"a pause is one for all workers, and one probes":   pauses,
		"workers share a wheel":                            wheels,
		"a turn is given back once":                        turnsGivenBack,
		"lists page, filter and keep to the sender":        lists,
		"what gave up is listed until it is retried":       gaveUp,
		"what waits is listed, highest score first":        waiting,
		"decisions of a person are listed, newest first":   decided,
		"the leads of a company are found":                 ofDomain,
		"what waits is listed within a scope":              waitingWithin,
		"a replay reads what scores are made of":           eachWhole,
		"a replay reads every lead once, page by page":     eachOnce,
		"hostile text comes back as it went in":            hostileText,
		"an unknown id is not found":                       notFound,
		"old idempotency keys are removed":                 removeRequests,
		"effects that nothing needs are removed":           removeEffects,
		"old digests are removed":                          removeDigests,
		"all exams but the newest are removed":             removeExams,
		"a target that fails is switched off, and on":      targets,
		"outcomes are kept with their lead, deals once":    outcomes,
		"a row of the ledger replaces the one before":      ledger,
		"a webhook is sent again under its id":             replay,
		"migrating again, and twice at once, does no harm": migrateAgain,
	} {
		t.Run(name, func(t *testing.T) { test(t, open(t)) })
	}
}

func readBack(t *testing.T, s *store.Store) {
	o := incoming("northwind.example")
	o.Events = []lead.Event{{Type: "demo_request", At: noon}}
	r := must(accept(t, s, o, noon))(t)
	d := must(s.Dossier(t.Context(), r.ID))(t)
	if r.Duplicate || d.Lead.Stage != lead.Received || d.Lead.Contact.Email != "jane@northwind.example" || len(d.Lead.Events) != 1 {
		t.Errorf("receipt %+v, lead %+v", r, d.Lead)
	}
	if len(d.History) != 1 || d.History[0].Action != "received" || !d.History[0].At.Equal(noon) {
		t.Errorf("history %+v", d.History)
	}
}

func joins(t *testing.T, s *store.Store) {
	first := must(accept(t, s, incoming("northwind.example"), noon))(t)
	again := incoming("northwind.example")
	again.By, again.ReferredOn, again.Contact.Email = "form", "2026-10-01", "joe@northwind.example"
	again.Events = []lead.Event{{Type: "pricing_page_view", At: noon}}
	second := must(accept(t, s, again, noon.Add(time.Hour)))(t)
	if !second.Duplicate || second.ID != first.ID {
		t.Fatalf("second receipt %+v, first %+v", second, first)
	}
	d := must(s.Dossier(t.Context(), first.ID))(t)
	if d.Lead.ReferredOn != "2026-10-01" || len(d.Lead.Contacts) != 1 || len(d.Lead.Events) != 1 {
		t.Errorf("joined lead %+v", d.Lead)
	}
	for _, sender := range []string{"crm", "form"} {
		if ok := must(s.Reads.Sees(t.Context(), first.ID, sender))(t); !ok {
			t.Errorf("%s does not see the lead it sent", sender)
		}
	}
	if ok := must(s.Reads.Sees(t.Context(), first.ID, "stranger"))(t); ok {
		t.Error("a stranger sees the lead")
	}
}

func idempotent(t *testing.T, s *store.Store) {
	o := incoming("northwind.example")
	o.IdempotencyKey, o.BodyHash = "k1", "h1"
	first := must(accept(t, s, o, noon))(t)
	again := must(accept(t, s, o, noon))(t)
	if !again.Duplicate || again.ID != first.ID {
		t.Errorf("again %+v, first %+v", again, first)
	}
	other := incoming("elsewhere.example")
	other.IdempotencyKey, other.BodyHash = "k1", "h2"
	if _, err := accept(t, s, other, noon); !errors.Is(err, lead.ErrOtherBody) {
		t.Errorf("other body: %v", err)
	}
	other.By = "form" // keys are scoped per sender
	if r := must(accept(t, s, other, noon))(t); r.Duplicate {
		t.Error("another sender's key is its own")
	}
}

func thousandAtOnce(t *testing.T, s *store.Store) {
	var ids sync.Map
	var fresh atomic.Int64
	var all sync.WaitGroup
	for i := range 1000 {
		all.Go(func() {
			o := incoming("northwind.example")
			o.IdempotencyKey, o.BodyHash = fmt.Sprint(i%500), "h"
			r, err := accept(t, s, o, noon)
			if err != nil {
				t.Error(err)
				return
			}
			ids.Store(r.ID, true)
			if !r.Duplicate {
				fresh.Add(1)
			}
		})
	}
	all.Wait()
	n := 0
	ids.Range(func(any, any) bool { n++; return true })
	if n != 1 || fresh.Load() != 1 {
		t.Errorf("%d leads, %d receipts of a new one; want 1 and 1", n, fresh.Load())
	}
}

func failedChange(t *testing.T, s *store.Store) {
	c := underReview(t, s, "northwind.example")
	boom := errors.New("boom")
	_, err := s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error {
		c.Lead.Notes = "half done"
		c.Note("x", "y", "")
		c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, Target: "default", Round: 1, Event: "lead.approved", DueAt: noon})
		return boom
	})
	if !errors.Is(err, boom) {
		t.Fatal(err)
	}
	d := must(s.Dossier(t.Context(), c.Lead.ID))(t)
	if d.Lead.Notes != "" || len(d.Effects) != 1 || slices.ContainsFunc(d.History, func(e lead.Entry) bool { return e.Action == "y" }) {
		t.Errorf("left behind: %+v", d)
	}
}

func serialChanges(t *testing.T, s *store.Store) {
	r := must(accept(t, s, incoming("northwind.example"), noon))(t)
	var all sync.WaitGroup
	for range 50 {
		all.Go(func() {
			_, err := s.Change(t.Context(), r.ID, noon, func(c *lead.Case) error {
				c.Lead.Enrichment.Attempts++
				c.Note("x", "counted", "")
				return nil
			})
			if err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	d := must(s.Dossier(t.Context(), r.ID))(t)
	if d.Lead.Enrichment.Attempts != 50 || len(d.History) != 51 {
		t.Errorf("%d attempts and %d lines of history; want 50 and 51", d.Lead.Enrichment.Attempts, len(d.History))
	}
}

func oneDecision(t *testing.T, s *store.Store) {
	c := underReview(t, s, "northwind.example")
	var won atomic.Int64
	var all sync.WaitGroup
	for i := range 40 {
		all.Go(func() {
			w := lead.DecisionInput{ReviewID: c.Review().ID, Decision: lead.Approve, By: fmt.Sprint("U", i)}
			if i%2 == 1 {
				w.Decision = lead.Reject
			}
			_, err := s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error { return c.Decide(w) })
			switch {
			case err == nil:
				won.Add(1)
			case !errors.Is(err, lead.ErrDecided):
				t.Error(err)
			}
		})
	}
	all.Wait()
	d := must(s.Dossier(t.Context(), c.Lead.ID))(t)
	if won.Load() != 1 || d.Review().Open() || string(d.Lead.Stage) != string(d.Review().Decision) {
		t.Errorf("%d won; stage %s, review %+v", won.Load(), d.Lead.Stage, d.Review())
	}
	if id := must(s.LeadOfReview(t.Context(), c.Review().ID))(t); id != c.Lead.ID {
		t.Errorf("lead of review: %s", id)
	}
	if n := must(s.Reads.OpenReviews(t.Context()))(t); n != 0 {
		t.Errorf("%d open reviews", n)
	}
}

func oneClaim(t *testing.T, s *store.Store) {
	c := underReview(t, s, "northwind.example")
	var got atomic.Int64
	var all sync.WaitGroup
	for range 30 {
		all.Go(func() {
			_, unsure, ok, err := s.Claim(t.Context(), c.Effects[0].ID, cards, noon, time.Minute)
			if err != nil {
				t.Error(err)
			}
			if ok {
				got.Add(1)
				if unsure {
					t.Error("a first claim is not unsure")
				}
			}
		})
	}
	all.Wait()
	if got.Load() != 1 {
		t.Errorf("%d workers got the effect; want 1", got.Load())
	}
}

func claimAfterLease(t *testing.T, s *store.Store) {
	id := underReview(t, s, "northwind.example").Effects[0].ID
	if _, _, ok, err := s.Claim(t.Context(), id, cards, noon, time.Minute); !ok || err != nil {
		t.Fatal(ok, err)
	}
	if _, _, ok, _ := s.Claim(t.Context(), id, cards, noon.Add(59*time.Second), time.Minute); ok {
		t.Error("claimed within another's lease")
	}
	e, unsure, ok, err := s.Claim(t.Context(), id, cards, noon.Add(time.Minute), time.Minute)
	if !ok || !unsure || e.Attempts != 2 || err != nil {
		t.Errorf("after the lease: ok %v, unsure %v, %+v, %v", ok, unsure, e, err)
	}
	if _, _, ok, err := s.Claim(t.Context(), id, []lead.EffectKind{lead.WebhookEffect}, noon.Add(time.Hour), time.Minute); ok || err != nil {
		t.Errorf("claimed by a worker that has no way for it: ok %v, %v", ok, err)
	}
	if _, _, ok, err := s.Claim(t.Context(), "nothing", cards, noon, time.Minute); ok || err != nil {
		t.Errorf("unknown effect: ok %v, %v", ok, err)
	}
}

func redrawWhileDrawing(t *testing.T, s *store.Store) {
	c := underReview(t, s, "northwind.example")
	e, _, ok, err := s.Claim(t.Context(), c.Effects[0].ID, cards, noon, time.Minute)
	if !ok || err != nil {
		t.Fatal(ok, err)
	}
	c = must(s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error { c.Redraw(); return nil }))(t)
	if now := c.Effect(e.ID); now.State != lead.Sending || now.Revision != e.Revision+1 || !now.LeaseUntil.Equal(e.LeaseUntil) || now.Attempts != 1 {
		t.Errorf("after the wish: %+v, claimed %+v", now, e)
	}
}

func sweepOnce(t *testing.T, s *store.Store) {
	r := must(accept(t, s, incoming("northwind.example"), noon))(t)
	if found := must(s.DueLeads(t.Context(), noon, 90*time.Second))(t); len(found) != 0 {
		t.Errorf("too early: %v", found)
	}
	var total atomic.Int64
	var all sync.WaitGroup
	for range 8 {
		all.Go(func() {
			found, err := s.DueLeads(t.Context(), noon.Add(31*time.Second), 90*time.Second)
			if err != nil {
				t.Error(err)
			}
			total.Add(int64(len(found)))
		})
	}
	all.Wait()
	if total.Load() != 1 {
		t.Errorf("eight sweeps found the lead %d times; want once", total.Load())
	}
	// One that waits in the backlog is not overdue, and has its time anew when it is taken.
	if overdue := must(s.OverdueLeads(t.Context(), noon.Add(2*time.Minute), 90*time.Second))(t); len(overdue) != 0 {
		t.Errorf("overdue in the backlog: %v", overdue)
	}
	again := must(s.DueLeads(t.Context(), noon.Add(2*time.Minute), 90*time.Second))(t)
	if len(again) != 1 || again[0].ID != r.ID || again[0].Wake != 2 {
		t.Errorf("later: %v", again)
	}
	for _, later := range []time.Duration{151 * time.Second, 182 * time.Second} { // sweeps in time
		if overdue := must(s.OverdueLeads(t.Context(), noon.Add(later), 90*time.Second))(t); len(overdue) != 0 {
			t.Errorf("overdue before its time: %v", overdue)
		}
		must(s.DueLeads(t.Context(), noon.Add(later), 90*time.Second))(t)
	}
	overdue := must(s.OverdueLeads(t.Context(), noon.Add(210*time.Second), 90*time.Second))(t)
	if len(overdue) != 1 || overdue[0].ID != r.ID {
		t.Errorf("overdue: %v", overdue)
	}
	if overdue := must(s.OverdueLeads(t.Context(), noon.Add(210*time.Second), 90*time.Second))(t); len(overdue) != 0 {
		t.Errorf("overdue again: %v", overdue)
	}
}

func sweepEffects(t *testing.T, s *store.Store) {
	c := underReview(t, s, "northwind.example")
	must(s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error {
		c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, Target: "default", Round: 1, Event: "lead.approved", DueAt: noon.Add(time.Hour)})
		return nil
	}))(t)
	ids := func(at time.Time) (ids []string) {
		for kind, lane := range map[lead.EffectKind]lead.Lane{lead.CardEffect: lead.SlackLane, lead.WebhookEffect: lead.WebhookLane} {
			if other := must(s.DueEffects(t.Context(), kind, "another", at))(t); len(other) != 0 {
				t.Errorf("in another lane: %v", other)
			}
			for _, l := range must(s.DueEffects(t.Context(), kind, lane, at))(t) {
				ids = append(ids, l.ID)
			}
		}
		return ids
	}
	card, webhook := lead.EffectID(c.Lead.ID, lead.CardEffect, "C1", 1), lead.EffectID(c.Lead.ID, lead.WebhookEffect, "default", 1)
	if got := ids(noon.Add(29 * time.Second)); len(got) != 0 {
		t.Errorf("while the queue has them: %v", got)
	}
	if got := ids(noon.Add(31 * time.Second)); !slices.Equal(got, []string{card}) {
		t.Errorf("due: %v", got)
	}
	if got := ids(noon.Add(time.Hour)); !slices.Contains(got, webhook) {
		t.Errorf("due: %v", got)
	}
	must(s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error {
		for i := range c.Effects {
			c.Effects[i].State = lead.Delivered
		}
		return nil
	}))(t)
	if got := ids(noon.Add(48 * time.Hour)); len(got) != 0 {
		t.Errorf("settled: %v", got)
	}
}

func wakeAll(t *testing.T, s *store.Store) {
	must(accept(t, s, incoming("northwind.example"), noon))(t)
	underReview(t, s, "elsewhere.example")
	if err := s.WakeAll(t.Context(), noon); err != nil {
		t.Fatal(err)
	}
	leads, effects := must(s.DueLeads(t.Context(), noon, 90*time.Second))(t), must(s.DueEffects(t.Context(), lead.CardEffect, lead.SlackLane, noon))(t)
	if len(leads) != 1 || len(effects) != 1 {
		t.Errorf("%d leads and %d effects; want 1 and 1", len(leads), len(effects))
	}
}

func companyLease(t *testing.T, s *store.Store) {
	ctx := t.Context()
	if _, ok, err := s.Company(ctx, "northwind.example"); ok || err != nil {
		t.Fatal(ok, err)
	}
	var got atomic.Int64
	var all sync.WaitGroup
	for range 20 {
		all.Go(func() {
			if lease, err := s.LeaseCompany(ctx, "northwind.example", noon, time.Minute); err != nil || lease.Afresh {
				t.Error(lease, err)
			} else if lease.Mine {
				got.Add(1)
			}
		})
	}
	all.Wait()
	if got.Load() != 1 {
		t.Errorf("%d workers read the company; want 1", got.Load())
	}
	if _, ok, err := s.Company(ctx, "northwind.example"); ok || err != nil {
		t.Errorf("a lease is not knowledge: %v %v", ok, err)
	}
	p := lead.Profile{Domain: "northwind.example", Facts: []lead.Fact{{Field: lead.Employees, Value: "250", Status: lead.Verified}}, FoundAt: noon}
	if err := s.SaveCompany(ctx, p); err != nil {
		t.Fatal(err)
	}
	if known, ok, err := s.Company(ctx, "northwind.example"); !ok || err != nil || len(known.Facts) != 1 || !known.FoundAt.Equal(noon) {
		t.Errorf("known: %+v %v %v", known, ok, err)
	}
	if lease, err := s.LeaseCompany(ctx, "northwind.example", noon, time.Minute); !lease.Mine || lease.Afresh || err != nil {
		t.Errorf("saving ends the lease: %+v %v", lease, err)
	}
	if err := s.ReleaseCompany(ctx, "northwind.example"); err != nil {
		t.Fatal(err)
	}
}

// A company about which the model said nothing of use is left alone for a while,
// and whoever wants it is told how often that was and what was found all the same.
func companyWasted(t *testing.T, s *store.Store) {
	ctx := t.Context()
	lease := func(now time.Time) lead.Lease {
		l, err := s.LeaseCompany(ctx, "northwind.example", now, time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return l
	}
	failed := lead.FailedLookups{Times: 2, Again: noon.Add(time.Hour), Stated: []lead.Fact{{Field: lead.Employees, Value: "250", Status: lead.Verified}}}
	for name, end := range map[string]func() error{
		"reset":     func() error { return s.ResetFailures(ctx, "northwind.example") },
		"found":     func() error { return s.SaveCompany(ctx, lead.Profile{Domain: "northwind.example", FoundAt: noon}) },
		"asked for": func() error { return s.InvalidateCompany(ctx, "northwind.example", noon) },
	} {
		if l := lease(noon); !l.Mine || l.Times != 0 {
			t.Errorf("before it is %s: %+v", name, l)
		}
		if err := s.RecordFailedLookup(ctx, "northwind.example", failed); err != nil {
			t.Fatal(err)
		}
		if l := lease(noon.Add(59 * time.Minute)); l.Mine || !reflect.DeepEqual(l.FailedLookups, failed) {
			t.Errorf("too early: %+v", l)
		}
		if l := lease(noon.Add(time.Hour)); !l.Mine || l.Times != 2 {
			t.Errorf("in time: %+v", l)
		}
		if err := errors.Join(s.ReleaseCompany(ctx, "northwind.example"), end()); err != nil {
			t.Fatal(err)
		}
	}
}

// What a search finds that began before an operator asked for a new one is not
// taken for its answer.
func companyForgotten(t *testing.T, s *store.Store) {
	ctx := t.Context()
	known := func() bool {
		_, ok, err := s.Company(ctx, "northwind.example")
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	lease := func(now time.Time) (afresh bool) {
		l, err := s.LeaseCompany(ctx, "northwind.example", now, time.Minute)
		if err != nil || !l.Mine {
			t.Fatal(l, err)
		}
		return l.Afresh
	}
	save := func(began time.Time) {
		if err := s.SaveCompany(ctx, lead.Profile{Domain: "northwind.example", FoundAt: began}); err != nil {
			t.Fatal(err)
		}
	}
	forget := func(now time.Time) {
		if err := s.InvalidateCompany(ctx, "northwind.example", now); err != nil {
			t.Fatal(err)
		}
	}
	forget(noon) // before anything was found: pages may have been read all the same
	if afresh := lease(noon.Add(time.Second)); !afresh {
		t.Error("not asked afresh")
	}
	forget(noon.Add(2 * time.Second)) // while it is being looked for
	save(noon.Add(time.Second))
	if known() {
		t.Error("an older search answered")
	}
	if afresh := lease(noon.Add(3 * time.Second)); !afresh {
		t.Error("not asked afresh after the older search")
	}
	save(noon.Add(3 * time.Second))
	if !known() || lease(noon.Add(4*time.Second)) {
		t.Error("asked afresh without end")
	}
	forget(noon.Add(5 * time.Second))
	if known() {
		t.Error("forgotten, and still known")
	}
}

func lists(t *testing.T, s *store.Store) {
	for i := range 7 {
		o := incoming(fmt.Sprintf("c%d.example", i))
		if i%2 == 0 {
			o.By = "form"
		}
		must(accept(t, s, o, noon.Add(time.Duration(i/2)*time.Minute)))(t) // some share their moment
	}
	var seen []string
	f := lead.Filter{Limit: 2}
	for {
		page := must(s.Reads.List(t.Context(), f))(t)
		for _, d := range page.Leads {
			seen = append(seen, d.Lead.Company.Domain)
		}
		if f.Cursor = page.Next; f.Cursor == "" {
			break
		}
	}
	if len(seen) != 7 || len(slices.Compact(slices.Sorted(slices.Values(seen)))) != 7 || seen[0] != "c6.example" {
		t.Errorf("pages show %v", seen)
	}
	for name, c := range map[string]struct {
		f    lead.Filter
		want int
	}{
		"sender":        {lead.Filter{Sender: "form"}, 4},
		"since":         {lead.Filter{Since: noon.Add(2 * time.Minute)}, 3},
		"stage":         {lead.Filter{Stage: lead.Received}, 7},
		"other stage":   {lead.Filter{Stage: lead.Approved}, 0},
		"partner":       {lead.Filter{Partner: "acme"}, 7},
		"other partner": {lead.Filter{Partner: "nobody"}, 0},
	} {
		if page := must(s.Reads.List(t.Context(), c.f))(t); len(page.Leads) != c.want {
			t.Errorf("%s: %d leads, want %d", name, len(page.Leads), c.want)
		}
	}
	if _, err := s.Reads.List(t.Context(), lead.Filter{Cursor: "rubbish"}); !errors.Is(err, lead.ErrBadCursor) {
		t.Errorf("foreign cursor: %v", err)
	}
}

func gaveUp(t *testing.T, s *store.Store) {
	change := func(id string, f func(c *lead.Case)) {
		t.Helper()
		must(s.Change(t.Context(), id, noon, func(c *lead.Case) error { f(c); return nil }))(t)
	}
	effect := underReview(t, s, "effect.example").Lead.ID
	search, merged := must(accept(t, s, incoming("search.example"), noon.Add(time.Minute)))(t).ID, must(accept(t, s, incoming("merged.example"), noon))(t).ID
	change(effect, func(c *lead.Case) { c.Effects[0].State = lead.GivenUp })
	change(search, func(c *lead.Case) { c.Lead.Enrichment.State = lead.EnrichmentFailed })
	change(merged, func(c *lead.Case) {
		c.Lead.Enrichment.State, c.Lead.Stage, c.Lead.MergedInto = lead.EnrichmentFailed, lead.Merged, search
	})
	listed := func(f lead.Filter) (ids []string) {
		t.Helper()
		f.Failed = true
		for _, d := range must(s.Reads.List(t.Context(), f))(t).Leads {
			ids = append(ids, d.Lead.ID)
		}
		return ids
	}
	first := must(s.Reads.List(t.Context(), lead.Filter{Failed: true, Limit: 1}))(t)
	for name, c := range map[string]struct {
		f    lead.Filter
		want []string
	}{
		"all":           {lead.Filter{}, []string{search, effect}},
		"second page":   {lead.Filter{Cursor: first.Next}, []string{effect}},
		"sender":        {lead.Filter{Sender: "crm"}, []string{search, effect}},
		"other sender":  {lead.Filter{Sender: "form"}, nil},
		"partner":       {lead.Filter{Partner: "acme"}, []string{search, effect}},
		"other partner": {lead.Filter{Partner: "nobody"}, nil},
		"stage":         {lead.Filter{Stage: lead.Received}, []string{search}},
		"since":         {lead.Filter{Since: noon.Add(time.Second)}, []string{search}},
	} {
		if got := listed(c.f); !slices.Equal(got, c.want) {
			t.Errorf("%s: %v, want %v", name, got, c.want)
		}
	}
	if n := must(s.Reads.FailedEffects(t.Context()))(t); len(n) != 1 || n[lead.CardEffect] != 1 {
		t.Errorf("effects that were given up: %v", n)
	}
	change(effect, func(c *lead.Case) { c.Effects[0].State = lead.Pending })
	change(search, func(c *lead.Case) { c.Lead.Enrichment.State = lead.EnrichmentPending })
	if got := listed(lead.Filter{}); len(got) > 0 || len(must(s.Reads.FailedEffects(t.Context()))(t)) > 0 {
		t.Errorf("after a retry %v", got)
	}
	if page := must(s.Reads.List(t.Context(), lead.Filter{Sender: "crm", Since: noon}))(t); len(page.Leads) != 3 {
		t.Errorf("a sender sees %d of its leads", len(page.Leads))
	}
}

func hostileText(t *testing.T, s *store.Store) {
	o := incoming("northwind.example")
	o.Notes = "'; DROP TABLE leads; -- \u0000 \u202e <!channel> \"quoted\" 😀 \\x00 $1"
	o.Contact.Name = "Robert'); DROP TABLE effects;--"
	r := must(accept(t, s, o, noon))(t)
	l := must(s.Lead(t.Context(), r.ID))(t)
	if l.Notes != o.Notes || l.Contact.Name != o.Contact.Name {
		t.Errorf("got %q and %q", l.Notes, l.Contact.Name)
	}
}

func notFound(t *testing.T, s *store.Store) {
	ctx := t.Context()
	_, dossier := s.Dossier(ctx, "nothing")
	_, review := s.LeadOfReview(ctx, "nothing")
	_, change := s.Change(ctx, "nothing", noon, func(*lead.Case) error { return nil })
	for name, err := range map[string]error{"dossier": dossier, "review": review, "change": change} {
		if !errors.Is(err, lead.ErrNotFound) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func migrateAgain(t *testing.T, s *store.Store) {
	var all sync.WaitGroup
	for range 2 {
		all.Go(func() {
			if err := s.Migrate(t.Context()); err != nil {
				t.Error(err)
			}
		})
	}
	all.Wait()
	if behind := must(s.Behind(t.Context()))(t); behind {
		t.Error("behind after migrating")
	}
}

func spending(t *testing.T, s *store.Store) {
	r := must(accept(t, s, incoming("northwind.example"), noon))(t)
	for _, when := range []time.Time{noon, noon.Add(time.Hour), noon.Add(24 * time.Hour)} {
		must(s.Change(t.Context(), r.ID, when, func(c *lead.Case) error {
			c.AddUsage(lead.Usage{Calls: 1, PromptTokens: 100, CompletionTokens: 10, CachedTokens: 50, CostUSD: 0.25})
			return nil
		}))(t)
	}
	if usd := must(s.SpentOn(t.Context(), noon.Add(2*time.Hour)))(t); usd != 0.5 {
		t.Errorf("spent on the day: %v", usd)
	}
	list := must(s.Reads.Spending(t.Context(), noon))(t)
	if len(list) != 2 || list[0].Day != "2026-11-21" || list[1].Calls != 2 || list[1].Partner != "acme" || list[1].CostUSD != 0.5 || list[1].CachedTokens != 100 {
		t.Errorf("list %+v", list)
	}
	if l := must(s.Lead(t.Context(), r.ID))(t); l.Usage.Calls != 3 || l.Usage.CostUSD != 0.75 {
		t.Errorf("on the lead: %+v", l.Usage)
	}
}
