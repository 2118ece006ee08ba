package worker_test

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"
	"pgregory.net/rapid"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/review"
	"leadtriage/worker"
)

// outside is Slack, the endpoint and the reviewers' hours. It keeps a line of everything
// that it is told.
type outside struct {
	review.Slack
	lines []string
	ids   []string // of webhooks
}

func (o *outside) say(format string, args ...any) {
	o.lines = append(o.lines, fmt.Sprintf(format, args...))
}

func (o *outside) Post(_ context.Context, channel string, d *lead.Dossier) (string, string, error) {
	o.say("card %d posted", d.Review().Round)
	return channel, fmt.Sprint("card", d.Review().Round), nil
}
func (o *outside) Update(_ context.Context, d *lead.Dossier, _, ts string) error {
	o.say("%s drawn as %s with %d conflicts", ts, d.Lead.Stage, len(d.Lead.Conflicts))
	return nil
}
func (o *outside) CardStands(context.Context, *lead.Review) error { return nil }
func (o *outside) PostTimeline(_ context.Context, _ *lead.Dossier, r *lead.Review) (string, error) {
	o.say("thread of %d posted", r.Round)
	return fmt.Sprint("thread", r.Round), nil
}
func (o *outside) UpdateTimeline(_ context.Context, _ *lead.Dossier, r *lead.Review) error {
	o.say("thread of %d drawn", r.Round)
	return nil
}
func (o *outside) Remind(_ context.Context, _ *lead.Dossier, r *lead.Review, kind lead.EffectKind, _ []string) (string, error) {
	o.say("%s of %d", kind, r.Round)
	return "r", nil
}
func (o *outside) FindReply(context.Context, lead.EffectKind, string, *lead.Review) (string, bool, error) {
	return "", false, nil
}
func (o *outside) hear(_ context.Context, a *outbox.Attempt) error {
	o.say("%s of round %d", a.Effect.Event, a.Effect.Round)
	o.ids = append(o.ids, a.Effect.ID)
	return nil
}
func (o *outside) After(t time.Time, working time.Duration) time.Time { return t.Add(working) }

// settle delivers whatever is due.
func (h *house) settle(ids ...string) error {
	var all error
	for range 5 { // what is drawn may have to be drawn again
		for {
			_, run, ok, err := h.outbox().Post(h.t.Context(), "C1")
			all = errors.Join(all, err)
			if !ok {
				break
			}
			all = errors.Join(all, run(h.t.Context()))
		}
		for _, id := range ids {
			d, err := h.records.Dossier(h.t.Context(), id)
			all = errors.Join(all, err)
			for _, e := range d.Effects {
				if e.State == lead.Pending && !e.DueAt.After(h.clock) && !e.Posts {
					_, err := h.Deliver(h.t.Context(), e.ID)
					all = errors.Join(all, err)
				}
			}
		}
	}
	return all
}

// An approved lead hears news for years: each is told under an id of its own, though the
// rows of the earlier ones are gone. One that comes back after years is reopened.
func TestNoIDIsUsedAgain(t *testing.T) {
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer rdb.Close()
	h, o, said := newHouse(t), &outside{}, &verdict{is: lead.VerdictDisqualify}
	h.Rules = said
	h.hook(0, o.hear)
	h.asks(o, outbox.NewPace(rdb, 0), review.Policy{Hours: o})
	h.Policy.Threads, h.giveUp = true, time.Hour
	h.Reviewers.Deciders = []lead.Decider{{By: "U1"}}
	h.upkeep.Retention.Effects = 24 * time.Hour
	id := h.accept("northwind.example")
	var told []string
	year := func(verdict lead.Verdict) {
		t.Helper()
		h.clock, said.is, o.lines = h.clock.Add(365*24*time.Hour), verdict, nil
		if err := h.Chore(t.Context(), "remove"); err != nil {
			t.Fatal(err)
		}
		news := lead.Addition{LeadID: id, By: "crm", Events: []lead.Event{{Type: "demo_request", At: h.clock}}}
		if _, err := h.Add(t.Context(), news); err != nil {
			t.Fatal(err)
		}
		h.enrich(id)
		if err := h.settle(id); err != nil {
			t.Fatal(err)
		}
		for _, line := range o.lines {
			if event, round, ok := strings.Cut(line, " of round "); ok {
				told = append(told, strings.TrimPrefix(event, "lead.")+round)
			}
		}
	}
	h.enrich(id)
	if err := h.settle(id); err != nil {
		t.Fatal(err)
	}
	for _, v := range []lead.Verdict{lead.Nurture, lead.VerdictDisqualify, lead.Nurture, lead.VerdictDisqualify, lead.EQL} {
		year(v)
	}
	if _, err := h.DecideLead(t.Context(), id, lead.DecisionInput{Decision: lead.Approve, By: "U1"}); err != nil {
		t.Fatal(err)
	}
	for range 8 {
		year(lead.EQL)
	}
	want := "reopened0 disqualified0 reopened0 disqualified0 reopened1 approved1" + strings.Repeat(" updated1", 8)
	if got := strings.Join(told, " "); got != want {
		t.Errorf("it is told\n%s, want\n%s", got, want)
	}
	if len(slices.Compact(slices.Sorted(slices.Values(o.ids)))) != len(o.ids) {
		t.Errorf("an id is used again: %v", o.ids)
	}
	d, err := h.records.Dossier(t.Context(), id)
	if err != nil || len(d.Effects) > 6 { // the card, what belongs to it, and the last two webhooks
		t.Errorf("%d effects are kept, %v", len(d.Effects), err)
	}
}

// Whatever happens to a lead, the outside hears the same with and without removal; and no
// webhook ever has the id of another.
func TestNothingThatIsNeededIsRemoved(t *testing.T) {
	const day = 24 * time.Hour
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer rdb.Close()
	if f := flag.Lookup("rapid.checks"); f.Value.String() == f.DefValue { // each takes a quarter of a second
		flag.Set("rapid.checks", "40")
		defer flag.Set("rapid.checks", f.DefValue)
	}
	rapid.Check(t, func(rt *rapid.T) {
		undo := rapid.SampledFrom([]time.Duration{0, time.Hour, 24 * time.Hour}).Draw(rt, "undo")
		said := &verdict{is: lead.EQL}
		var houses [2]*house // the second one removes
		var tells [2]*outside
		var ids [2][]string
		for i := range houses {
			h, o := newHouse(t), &outside{}
			defer h.records.Close()
			h.Rules = said
			h.hook(undo, o.hear)
			h.asks(o, outbox.NewPace(rdb, 0), review.Policy{Undo: undo, RemindAfter: 4 * time.Hour, BackupAfter: 8 * time.Hour, Hours: o})
			h.upkeep.ArchiveAfter = 720 * time.Hour
			h.Policy.Threads = true
			h.Reviewers.Deciders = []lead.Decider{{By: "U1"}, {By: "U2", Backup: true}}
			h.upkeep.Retention = worker.Retention{Idempotency: day, Effects: day, Tasks: day, Digests: day}
			houses[i], tells[i], ids[i] = h, o, []string{h.accept("northwind.example")}
			h.enrich(ids[i][0])
		}
		both := func(what string, do func(h *house, ids []string) error) {
			var errs [2]error
			for i, h := range houses {
				tells[i].lines = nil
				errs[i] = do(h, ids[i])
				if err := h.settle(ids[i]...); err != nil {
					rt.Fatalf("%s: %v", what, err)
				}
				slices.Sort(tells[i].lines)
			}
			if (errs[0] == nil) != (errs[1] == nil) {
				rt.Fatalf("%s: %v, but with removal %v", what, errs[0], errs[1])
			}
			if with, without := strings.Join(tells[1].lines, "\n"), strings.Join(tells[0].lines, "\n"); with != without {
				rt.Fatalf("%s: the outside hears\n%s\nbut with removal\n%s", what, without, with)
			}
		}
		newest := func(h *house, id string) lead.Review {
			d, err := h.records.Dossier(t.Context(), id)
			if err != nil {
				rt.Fatal(err)
			}
			if r := d.Review(); r != nil {
				return *r
			}
			return lead.Review{}
		}
		word := 0
		acts := map[string]func(){
			"a moment passes": func() {
				times := []time.Duration{time.Minute, 5 * time.Hour, day, 26 * time.Hour, 31 * day, 100 * day}
				by := rapid.SampledFrom(times).Draw(rt, "by")
				for _, h := range houses {
					h.clock = h.clock.Add(by)
				}
				both("a moment passes", func(*house, []string) error { return nil })
			},
			"something new": func() {
				said.is = rapid.SampledFrom([]lead.Verdict{lead.EQL, lead.EQL, lead.Nurture, lead.VerdictDisqualify}).Draw(rt, "verdict")
				which := rapid.IntRange(0, len(ids[0])-1).Draw(rt, "lead")
				word++
				kind := fmt.Sprint("event", word)
				both("something new", func(h *house, ids []string) error {
					news := lead.Addition{LeadID: ids[which], By: "crm", Events: []lead.Event{{Type: kind, At: h.clock}}}
					_, err := h.Add(t.Context(), news)
					if err == nil {
						err = h.Flow.Enrich(t.Context(), ids[which])
					}
					return err
				})
			},
			"a decision": func() {
				decision := rapid.SampledFrom([]lead.Decision{lead.Approve, lead.Reject}).Draw(rt, "decision")
				w := lead.DecisionInput{Decision: decision, Reason: "other", By: "U1"}
				both("a decision", func(h *house, ids []string) error {
					_, err := h.DecideLead(t.Context(), ids[0], w)
					return err
				})
			},
			"undo": func() {
				both("undo", func(h *house, ids []string) error {
					_, err := h.Undo(t.Context(), newest(h, ids[0]).ID, "U1")
					return err
				})
			},
			"a revocation": func() {
				both("a revocation", func(h *house, ids []string) error {
					_, err := h.DecideLead(t.Context(), ids[0], lead.DecisionInput{Decision: lead.Revoke, Reason: "bought already", By: "U1"})
					return err
				})
			},
			"a word of why": func() {
				word++
				why := fmt.Sprint("because ", word)
				both("a word of why", func(h *house, ids []string) error {
					_, err := h.Explain(t.Context(), newest(h, ids[0]).ID, "U1", why)
					return err
				})
			},
			"a conflict": func() {
				if len(ids[0]) > 1 {
					return
				}
				for i, h := range houses {
					o := lead.Incoming{Key: "northwind.example|lumen", By: "crm"}
					o.Submission = lead.Submission{Partner: lead.Partner{ID: "lumen", Tier: "gold"}, ReferredOn: "2026-11-20",
						Source: lead.PartnerReferral, Company: lead.Company{Domain: "northwind.example"}}
					r, err := h.Accept(t.Context(), o)
					if err != nil {
						rt.Fatal(err)
					}
					ids[i] = append(ids[i], r.ID)
				}
				both("a conflict", func(h *house, ids []string) error { return h.Flow.Enrich(t.Context(), ids[1]) })
			},
			"conflicting leads hear": func() {
				both("conflicting leads hear", func(h *house, ids []string) (err error) {
					for _, id := range ids {
						err = errors.Join(err, h.TellConflicts(t.Context(), id))
					}
					return err
				})
			},
			"archiving": func() {
				both("archiving", func(h *house, _ []string) error { return h.Chore(t.Context(), "archive") })
			},
			"an operator": func() {
				act := rapid.SampledFrom([]string{"restore", "review", "retry"}).Draw(rt, "act")
				both(act, func(h *house, ids []string) (err error) {
					switch act {
					case "restore":
						_, err = h.Restore(t.Context(), ids[0], "operator")
					case "review":
						_, err = h.SendToReview(t.Context(), ids[0], "operator")
					case "retry":
						_, err = h.Retry(t.Context(), ids[0], "operator", false)
					}
					return errors.Join(err, h.Flow.Enrich(t.Context(), ids[0]))
				})
			},
		}
		names := []string{"something new", "something new", "a moment passes", "a moment passes", "a decision"} // these weigh more
		for name := range acts {
			names = append(names, name)
		}
		slices.Sort(names)
		for _, name := range rapid.SliceOfN(rapid.SampledFrom(names), 5, 25).Draw(rt, "acts") {
			acts[name]()
			if err := houses[1].Chore(t.Context(), "remove"); err != nil {
				rt.Fatal(err)
			}
		}
		for i, name := range []string{"without", "with"} {
			if ids := tells[i].ids; len(slices.Compact(slices.Sorted(slices.Values(ids)))) != len(ids) {
				rt.Fatalf("%s removal two webhooks have one id: %v", name, ids)
			}
		}
	})
}
