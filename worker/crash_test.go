package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"leadtriage/internal/crm"
	"leadtriage/internal/facts"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/review"
	"leadtriage/internal/store"
	"leadtriage/worker"
)

// TestCrashesBetweenAnyTwoWrites drives two processes on one database through whatever can
// happen to leads. Either dies before or after any write, or any call outside; what it had
// in its memory is gone with it. While one is between two steps the other acts.
func TestCrashesBetweenAnyTwoWrites(t *testing.T) {
	server := miniredis.RunT(t)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer rdb.Close()
	empty := filepath.Join(t.TempDir(), "empty.db")
	s, err := store.Open(t.Context(), "sqlite://"+empty, 0)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(s.Migrate(t.Context()), s.Close()); err != nil {
		t.Fatal(err)
	}
	made, err := os.ReadFile(empty)
	if err != nil {
		t.Fatal(err)
	}
	n := 0
	rapid.Check(t, func(rt *rapid.T) {
		n++
		file := filepath.Join(t.TempDir(), fmt.Sprint(n, ".db"))
		if err := os.WriteFile(file, made, 0o600); err != nil {
			rt.Fatal(err)
		}
		records, err := store.Open(t.Context(), "sqlite://"+file, 0)
		if err != nil {
			rt.Fatal(err)
		}
		defer records.Close()
		m := &machine{T: rt, ctx: t.Context(), records: records, pace: outbox.NewPace(rdb, 0),
			clock: time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC),
			known: map[string]string{}, heard: map[string]string{}}
		m.boot(0)
		m.boot(1)
		server.FlushAll()
		m.later = func(d time.Duration) {
			m.clock = m.clock.Add(d)
			server.SetTime(m.clock)
		}
		rt.Repeat(map[string]func(*rapid.T){
			"a lead comes in": m.act(3, m.accept),
			"a sweep":         m.act(40, m.sweep), "another sweep": m.act(40, m.sweep), "a third sweep": m.act(40, m.sweep),
			"a decision": m.act(3, m.decide), "an undo": m.act(3, m.undo), "news": m.act(3, m.news), "a word of why": m.act(3, m.explain), "a revocation": m.act(3, m.revoke),
			"": m.check,
		})
		m.settle()
	})
}

// machine is two processes, the records between them, and the outside.
type machine struct {
	*rapid.T
	ctx     context.Context
	records *store.Store
	pace    *outbox.Pace
	clock   time.Time
	later   func(time.Duration) // moves the clock
	procs   [2]*process
	well    bool // nothing goes wrong any more

	focus int               // the lead that an act is about
	known map[string]string // leads that were acknowledged, by key
	cards []*shownCard
	heard map[string]string // what the endpoint took in, by id
	word  int
}

type shownCard struct {
	lead   string
	round  int
	ts     string
	asking bool
	thread string
}

// process is one of the two: its parts are lost when it dies.
type process struct {
	*store.Store
	m      *machine
	n      int // which
	flow   *worker.Flow
	steps  int       // so far in this act: one before and one after each write and each call outside
	dies   int       // at this step; 0: not
	yields int       // at this step the other acts; 0: not
	lease  time.Time // until then it may do what it has claimed: its context ends with it
	other  func()    // what it does
}

// leads is how many there are.
const leads = 3

type died struct{}

// clock is the process's: no two machines' agree.
func (p *process) clock() time.Time { return p.m.clock.Add(time.Duration(p.n) * 15 * time.Second) }

func (m *machine) boot(n int) {
	p := &process{Store: m.records, m: m, n: n}
	now := func() time.Time { return p.clock() }
	quiet := slog.New(slog.DiscardHandler)
	book := &facts.Book{Records: p, Enricher: reader{p}, Searched: func(lead.Usage, time.Duration, error) {}, Log: quiet, Now: now,
		Policy: facts.Policy{Fresh: facts.Lifetimes{Default: 720 * time.Hour}, Timeout: time.Minute, GiveUp: 24 * time.Hour, Attempts: 8}}
	p.flow = &worker.Flow{Metrics: worker.NewMetrics(prometheus.NewRegistry(), nil),
		Records: p, Facts: book, Rules: rules{}, Tasks: worker.NoTasks{}, Log: quiet, Now: now,
		Policy:    worker.Policy{Deadline: 90 * time.Second, Undo: time.Minute, EnrichGiveUp: 24 * time.Hour, Threads: true},
		Reviewers: &lead.Reviewers{Channel: "C1", Deciders: []lead.Decider{{By: "U1"}}}}
	messages := review.Messages{Slack: p, Pace: m.pace, Reviewers: p.flow.Reviewers, Policy: review.Policy{Undo: time.Minute},
		Blocked: p.BlockedBecause, Outage: p.flow.Metrics.Outage, Log: quiet, Now: now}
	p.flow.Kinds = append(messages.Kinds(), outbox.Kind{Name: lead.WebhookEffect, Lane: outbox.NewLane(lead.WebhookLane, 4), Plan: crm.Plan(time.Minute), Do: p.tell})
	m.procs[n] = p
}

// act has one of the processes do something, in so many steps at most. It may die in it, and
// the other may do something else in between, with the same lead.
func (m *machine) act(steps int, do func(*process)) func(*rapid.T) {
	return func(*rapid.T) {
		p := m.procs[rapid.IntRange(0, 1).Draw(m.T, "process")]
		m.focus = rapid.IntRange(0, leads-1).Draw(m.T, "lead")
		p.steps, p.dies, p.yields = 0, 0, 0
		switch rapid.SampledFrom([]string{"alone", "alone", "dies", "together", "together"}).Draw(m.T, "fate") {
		case "dies":
			p.dies = rapid.IntRange(1, steps).Draw(m.T, "dies at")
		case "together":
			q := m.procs[1-p.n]
			q.steps, q.dies, q.yields = 0, rapid.IntRange(0, 24).Draw(m.T, "the other dies at"), 0
			name := rapid.SampledFrom([]string{"sweep", "decide", "undo", "revoke", "news", "accept"}).Draw(m.T, "the other does")
			does := map[string]func(*process){"sweep": m.sweep, "decide": m.decide, "undo": m.undo, "revoke": m.revoke, "news": m.news, "accept": m.accept}[name]
			p.yields, p.other = rapid.IntRange(1, steps).Draw(m.T, "meanwhile at"), func() { m.live(q, does) }
		}
		m.live(p, do)
	}
}

// live runs an act of a process, and another process in its place if it dies.
func (m *machine) live(p *process, do func(*process)) {
	defer func() {
		switch r := recover(); r.(type) {
		case nil:
		case died:
			m.boot(p.n)
		default:
			panic(r)
		}
	}()
	do(p)
}

// step is a moment at which the process may die or be overtaken.
func (p *process) step() {
	p.steps++
	if p.steps == p.yields {
		p.other()
	}
	if p.steps == p.dies && !p.m.well {
		panic(died{})
	}
}

func around[R any](p *process, do func() R) R {
	p.step()
	r := do()
	p.step()
	return r
}

// The acts.

func (m *machine) accept(p *process) {
	domain, partner := []string{"northwind.example", "havelpay.example"}[m.focus/2], []string{"acme", "lumen"}[m.focus%2]
	o := lead.Incoming{Key: domain + "|" + partner, By: "crm"}
	o.Submission = lead.Submission{Partner: lead.Partner{ID: partner, Tier: "gold"}, ReferredOn: "2026-11-20", Source: lead.PartnerReferral,
		Contact: lead.Contact{Email: "jane@" + domain}, Company: lead.Company{Domain: domain}}
	if r, err := p.flow.Accept(m.ctx, o); err == nil {
		if had := m.known[o.Key]; had != "" && had != r.ID {
			m.Fatalf("%s was acknowledged as %s, and then as %s", o.Key, had, r.ID)
		}
		m.known[o.Key] = r.ID
	}
}

func (m *machine) sweep(p *process) {
	m.later(time.Second * time.Duration(rapid.SampledFrom([]int{0, 1, 10, 31, 45, 120}).Draw(m.T, "later")))
	p.sweep()
}

// sweep does what a sweep finds, and then what that has to post.
func (p *process) sweep() {
	ctx, now := p.m.ctx, p.clock()
	o := p.flow.Outbox(p, 72*time.Hour)
	each := func(list []lead.Due, err error, do func(context.Context, string) error) {
		for _, due := range list {
			do(ctx, due.ID)
		}
	}
	due, err := p.DueLeads(ctx, now, 90*time.Second)
	each(due, err, p.flow.Enrich)
	due, err = p.OverdueLeads(ctx, now, 90*time.Second)
	each(due, err, p.flow.Overdue)
	due, err = p.LeadsToTell(ctx, now)
	each(due, err, p.flow.TellConflicts)
	for _, kind := range o.Kinds {
		due, err = p.DueEffects(ctx, kind.Name, kind.Lane.Name, now)
		each(due, err, func(ctx context.Context, id string) error { _, err := o.Deliver(ctx, id); return err })
	}
	for range 20 {
		_, run, ok, err := o.Post(ctx, "C1")
		if err != nil || !ok {
			return
		}
		run(ctx)
	}
}

// some is the lead that the act is about, as it is; ok is false while it is not known.
func (m *machine) some() (d lead.Dossier, ok bool) {
	keys := slices.Sorted(maps.Keys(m.known))
	if len(keys) == 0 {
		return d, false
	}
	return m.dossier(m.known[keys[m.focus%len(keys)]]), true
}

func (m *machine) dossier(id string) lead.Dossier {
	d, err := m.records.Dossier(m.ctx, id)
	if err != nil {
		m.Fatalf("lead %s: %v", id, err)
	}
	return d
}

func (m *machine) decide(p *process) {
	if d, ok := m.some(); ok && d.Review() != nil {
		word := rapid.SampledFrom([]lead.Decision{lead.Approve, lead.Reject}).Draw(m.T, "word")
		p.flow.Decide(m.ctx, lead.DecisionInput{ReviewID: d.Review().ID, Decision: word, Reason: "other", By: "U1"})
	}
}

func (m *machine) undo(p *process) {
	if d, ok := m.some(); ok && d.Review() != nil {
		p.flow.Undo(m.ctx, d.Review().ID, "U1")
	}
}

func (m *machine) revoke(p *process) {
	if d, ok := m.some(); ok && d.Review() != nil {
		p.flow.Decide(m.ctx, lead.DecisionInput{ReviewID: d.Review().ID, Decision: lead.Revoke, Reason: "bought already", By: "U1"})
	}
}

func (m *machine) news(p *process) {
	if d, ok := m.some(); ok {
		m.word++
		p.flow.Add(m.ctx, lead.Addition{LeadID: d.Lead.ID, By: "crm", Events: []lead.Event{{Type: fmt.Sprint("event", m.word), At: m.clock}}})
	}
}

func (m *machine) explain(p *process) {
	if d, ok := m.some(); ok && d.Review() != nil {
		m.word++
		p.flow.Explain(m.ctx, d.Review().ID, "U1", fmt.Sprint("because ", m.word))
	}
}

// The promises.

// check is what holds at any moment.
func (m *machine) check(*rapid.T) {
	for key, id := range m.known {
		d := m.dossier(id)
		if d.Lead.Key != key {
			m.Fatalf("%s is on record under %s", key, d.Lead.Key)
		}
		words, rounds := 0, 0
		for _, e := range d.History {
			if e.Action == string(lead.Approve) || e.Action == string(lead.Reject) {
				words++
			}
		}
		for _, r := range d.Reviews {
			if r.Decision == lead.Approve || r.Decision == lead.Reject {
				rounds++
			}
			told, ok := m.heard[lead.EffectID(id, lead.WebhookEffect, "default", r.Round)]
			if ok && (!r.UndoneAt.IsZero() && r.UndoneWhy == "" || strings.HasPrefix(told, "lead.approved") != (r.Decision == lead.Approve)) {
				m.Fatalf("the endpoint heard %s of round %+v", told, r)
			}
			if n := m.count(id, func(c *shownCard) bool { return c.round == r.Round }); n > 1 {
				m.Fatalf("round %d of lead %s has %d cards", r.Round, id, n)
			}
		}
		if words != rounds {
			m.Fatalf("lead %s was decided %d times in %d rounds", id, words, rounds)
		}
	}
}

func (m *machine) count(id string, which func(*shownCard) bool) (n int) {
	for _, c := range m.cards {
		if c.lead == id && which(c) {
			n++
		}
	}
	return n
}

// settle lets everything end well, and is what holds then.
func (m *machine) settle() {
	m.well = true
	m.boot(0)
	for range 30 {
		m.later(6 * time.Minute)
		m.procs[0].sweep()
		if m.settled() {
			break
		}
	}
	m.check(m.T)
	for _, id := range m.known {
		d := m.dossier(id)
		for _, e := range d.Effects {
			_, heard := m.heard[e.ID]
			if e.State != lead.Delivered && e.State != lead.Cancelled || e.Kind == lead.WebhookEffect && heard != (e.State == lead.Delivered) {
				m.Fatalf("in the end %s is %s (%s), heard of: %v", e.ID, e.State, e.LastError, heard)
			}
		}
		want := 0
		if d.Lead.Stage == lead.AwaitingReview {
			want = 1
		}
		if n := m.count(id, func(c *shownCard) bool { return c.asking }); n != want || d.Lead.Stage != lead.AwaitingReview && d.Lead.Stage != lead.Approved && d.Lead.Stage != lead.Rejected {
			m.Fatalf("in the end lead %s is %s, and %d cards ask", id, d.Lead.Stage, n)
		}
		for _, r := range d.Reviews {
			id := lead.EffectID(id, lead.WebhookEffect, "default", r.Round)
			if _, heard := m.heard[id]; !heard && r.UndoneAt.IsZero() && (r.Decision == lead.Approve || r.Decision == lead.Reject) {
				m.Fatalf("nobody heard of round %+v", r)
			}
		}
	}
}

// settled reports whether nothing is left to do.
func (m *machine) settled() bool {
	for _, id := range m.known {
		d := m.dossier(id)
		if d.Lead.Enrichment.State == lead.EnrichmentPending || slices.ContainsFunc(d.Effects, func(e lead.Effect) bool { return !e.Settled() }) {
			return false
		}
	}
	return true
}

// The outside. Each call does its work or not, and its answer arrives or not; the process
// may die before and after.

func (p *process) call(do func()) error {
	return around(p, func() error {
		if !p.lease.After(p.clock()) {
			return lead.Faultf(lead.Temporary, 0, "the time is over")
		}
		fate := "well"
		if !p.m.well {
			fate = rapid.SampledFrom([]string{"well", "well", "well", "well", "lost", "down", "throttled"}).Draw(p.m.T, "fate")
		}
		switch fate {
		case "down":
			return lead.Faultf(lead.Temporary, 0, "it is down")
		case "throttled":
			return lead.Faultf(lead.Throttled, time.Second, "too much")
		}
		do()
		if fate == "lost" {
			return lead.Faultf(lead.Uncertain, 0, "no answer")
		}
		return nil
	})
}

func (p *process) tell(_ context.Context, a *outbox.Attempt) error {
	err := p.call(func() {
		says := a.Effect.Event + " " + a.Effect.CreatedAt.String()
		if before, ok := p.m.heard[a.Effect.ID]; ok && before != says {
			p.m.Fatalf("%s said %s, and then %s", a.Effect.ID, before, says)
		}
		p.m.heard[a.Effect.ID] = says
	})
	if kind, _ := lead.KindOf(err); err != nil && kind == lead.Uncertain {
		return lead.Faultf(lead.Temporary, 0, "no answer") // an id can be told twice
	}
	return err
}

func (m *machine) card(which func(*shownCard) bool) *shownCard {
	if i := slices.IndexFunc(m.cards, which); i >= 0 {
		return m.cards[i]
	}
	return nil
}

func (p *process) Post(_ context.Context, channel string, d *lead.Dossier) (at, ts string, err error) {
	r := d.Review()
	err = p.call(func() {
		ts = fmt.Sprint("card", len(p.m.cards))
		p.m.cards = append(p.m.cards, &shownCard{lead: d.Lead.ID, round: r.Round, ts: ts, asking: r.Open()})
	})
	if err != nil {
		return "", "", err
	}
	return channel, ts, nil
}

func (p *process) Update(_ context.Context, d *lead.Dossier, _, ts string) error {
	return p.call(func() {
		for _, r := range d.Reviews {
			if r.TS == ts {
				c := p.m.card(func(c *shownCard) bool { return c.ts == ts })
				c.round, c.asking = r.Round, r.Open()
			}
		}
	})
}

func (p *process) Find(_ context.Context, _, id string, round int, _ time.Time) (ts string, ok bool, err error) {
	err = p.call(func() {
		if c := p.m.card(func(c *shownCard) bool { return c.lead == id && c.round == round }); c != nil {
			ts, ok = c.ts, true
		}
	})
	return ts, ok, err
}

func (p *process) CardStands(context.Context, *lead.Review) error { return p.call(func() {}) }

func (p *process) PostTimeline(_ context.Context, _ *lead.Dossier, r *lead.Review) (ts string, err error) {
	ts = "thread of " + r.TS
	err = p.call(func() {
		c := p.m.card(func(c *shownCard) bool { return c.ts == r.TS })
		if c.thread != "" {
			p.m.Fatalf("a second thread below the card of lead %s", c.lead)
		}
		c.thread = ts
	})
	return ts, err
}

func (p *process) UpdateTimeline(context.Context, *lead.Dossier, *lead.Review) error {
	return p.call(func() {})
}

func (p *process) FindReply(_ context.Context, _ lead.EffectKind, _ string, r *lead.Review) (ts string, ok bool, err error) {
	err = p.call(func() { ts = p.m.card(func(c *shownCard) bool { return c.ts == r.TS }).thread })
	return ts, ts != "", err
}

func (p *process) Remind(context.Context, *lead.Dossier, *lead.Review, lead.EffectKind, []string) (string, error) {
	return "", errors.New("nobody is reminded")
}

// reader finds facts for a process.
type reader struct{ p *process }

func (r reader) Enrich(context.Context, string, string, ...lead.Field) (lead.Profile, error) {
	if err := r.p.call(func() {}); err != nil {
		return lead.Profile{}, lead.Faultf(lead.Temporary, 0, "the site is down")
	}
	return found(0.1), nil
}
func (reader) Resume(_ context.Context, q lead.Profile) (lead.Profile, error) { return q, nil }
func (reader) Reread(_ context.Context, q lead.Profile) lead.Profile          { return q }
func (reader) Trusted(context.Context) (bool, error)                          { return true, nil }
func (reader) Forget(string)                                                  {}
func (reader) Edition() int                                                   { return 0 }

// The writes.

type accepted struct {
	receipt lead.Receipt
	c       *lead.Case
	err     error
}

func (p *process) Accept(ctx context.Context, o lead.Incoming, fresh *lead.Case, join func(*lead.Case) error) (lead.Receipt, *lead.Case, error) {
	r := around(p, func() (r accepted) { r.receipt, r.c, r.err = p.Store.Accept(ctx, o, fresh, join); return r })
	return r.receipt, r.c, r.err
}

func (p *process) Change(ctx context.Context, id string, now time.Time, f func(*lead.Case) error) (*lead.Case, error) {
	overtaken := func(c *lead.Case) error {
		p.step() // between the look and the commit
		return f(c)
	}
	r := around(p, func() (r accepted) { r.c, r.err = p.Store.Change(ctx, id, now, overtaken); return r })
	return r.c, r.err
}

type claimed struct {
	e          lead.Effect
	unsure, ok bool
	err        error
}

func (p *process) Claim(ctx context.Context, id string, kinds []lead.EffectKind, now time.Time, lease time.Duration) (lead.Effect, bool, bool, error) {
	p.lease = p.clock().Add(lease)
	r := around(p, func() (r claimed) { r.e, r.unsure, r.ok, r.err = p.Store.Claim(ctx, id, kinds, now, lease); return r })
	return r.e, r.unsure, r.ok, r.err
}

func (p *process) ClaimPost(ctx context.Context, channel string, kinds []lead.EffectKind, now time.Time, lease time.Duration) (lead.Effect, bool, error) {
	p.lease = p.clock().Add(lease)
	r := around(p, func() (r claimed) { r.e, r.ok, r.err = p.Store.ClaimPost(ctx, channel, kinds, now, lease); return r })
	return r.e, r.ok, r.err
}

func (p *process) LeaseCompany(ctx context.Context, domain string, now time.Time, lease time.Duration) (l lead.Lease, err error) {
	p.lease = p.clock().Add(lease)
	err = around(p, func() error { l, err = p.Store.LeaseCompany(ctx, domain, now, lease); return err })
	return l, err
}

func (p *process) SaveCompany(ctx context.Context, q lead.Profile) error {
	return around(p, func() error { return p.Store.SaveCompany(ctx, q) })
}

func (p *process) ReleaseCompany(ctx context.Context, domain string) error {
	return around(p, func() error { return p.Store.ReleaseCompany(ctx, domain) })
}

func (p *process) DueLeads(ctx context.Context, now time.Time, deadline time.Duration) (due []lead.Due, err error) {
	err = around(p, func() error { due, err = p.Store.DueLeads(ctx, now, deadline); return err })
	return due, err
}

func (p *process) OverdueLeads(ctx context.Context, now time.Time, deadline time.Duration) (due []lead.Due, err error) {
	err = around(p, func() error { due, err = p.Store.OverdueLeads(ctx, now, deadline); return err })
	return due, err
}

func (p *process) LeadsToTell(ctx context.Context, now time.Time) (due []lead.Due, err error) {
	err = around(p, func() error { due, err = p.Store.LeadsToTell(ctx, now); return err })
	return due, err
}

func (p *process) DueEffects(ctx context.Context, kind lead.EffectKind, lane lead.Lane, now time.Time) (due []lead.Due, err error) {
	err = around(p, func() error { due, err = p.Store.DueEffects(ctx, kind, lane, now); return err })
	return due, err
}
