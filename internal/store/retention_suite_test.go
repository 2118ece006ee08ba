package store_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// Old idempotency keys go, all of them though it takes several statements; the others
// are known.
func removeRequests(t *testing.T, s *store.Store) {
	ask := func(key string, now time.Time) (lead.Receipt, error) {
		o := incoming("northwind.example")
		o.IdempotencyKey, o.BodyHash = key, "h"
		return accept(t, s, o, now)
	}
	const old = 510
	for i := range old {
		must(ask(fmt.Sprint("old", i), noon.Add(-time.Hour)))(t)
	}
	first := must(ask("new", noon))(t)
	if n := must(s.RemoveRequests(t.Context(), noon))(t); n != old {
		t.Errorf("%d removed, want %d", n, old)
	}
	if n := must(s.RemoveRequests(t.Context(), noon))(t); n != 0 {
		t.Errorf("%d more removed", n)
	}
	for _, key := range []string{"new", "old1"} { // a key that is forgotten still joins its lead
		if r := must(ask(key, noon))(t); r.ID != first.ID || !r.Duplicate {
			t.Errorf("%s: %+v", key, r)
		}
	}
	other := incoming("northwind.example")
	other.IdempotencyKey, other.BodyHash = "new", "other"
	if _, err := accept(t, s, other, noon); err == nil {
		t.Error("the new key was forgotten")
	}
}

// removeEffects is the table of what may go and what stays.
func removeEffects(t *testing.T, s *store.Store) {
	webhook := func(target string, state lead.EffectState) lead.Effect {
		return lead.Effect{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, Target: target, State: state}
	}
	message := func(kind lead.EffectKind, state lead.EffectState) lead.Effect {
		return lead.Effect{Kind: kind, Lane: lead.SlackLane, Target: "C1", State: state}
	}
	messages := []lead.Effect{message(lead.CardEffect, lead.Delivered), message(lead.ThreadEffect, lead.Delivered),
		message(lead.ReminderEffect, lead.Cancelled), message(lead.BackupEffect, lead.Delivered)}
	cases := []struct {
		name    string
		stage   lead.Stage
		changed time.Duration // from the day before which things are old
		effects []lead.Effect
		stay    string
	}{
		{"approved and idle", lead.Approved, -1, append(slices.Clone(messages), webhook("default", lead.Delivered)), "webhook default"},
		{"archived", lead.Archived, -1, messages, ""},
		{"merged", lead.Merged, -1, messages, ""},
		{"changed since", lead.Archived, 0, messages, "card C1, thread C1, reminder C1, backup C1"},
		{"waits for a decision", lead.AwaitingReview, -1, messages, "card C1, thread C1, reminder C1, backup C1"},
		{"waits for facts", lead.Received, -1, messages, "card C1, thread C1, reminder C1, backup C1"},
		{"failed", lead.Failed, -1, messages, "card C1, thread C1, reminder C1, backup C1"},
		{"not settled", lead.Approved, -1, []lead.Effect{message(lead.CardEffect, lead.Pending), message(lead.ThreadEffect, lead.Unsure),
			message(lead.ReminderEffect, lead.Sending), message(lead.BackupEffect, lead.GivenUp)},
			"card C1, thread C1, reminder C1, backup C1"},
		{"told several times", lead.Rejected, -1,
			[]lead.Effect{webhook("a", lead.Delivered), webhook("b", lead.Delivered), webhook("c", lead.Delivered)}, "webhook c"},
		{"the newest was taken back", lead.Parked, -1,
			[]lead.Effect{webhook("a", lead.Delivered), webhook("b", lead.Delivered), webhook("c", lead.Cancelled)}, "webhook b"},
		{"the newest waits", lead.Disqualified, -1, []lead.Effect{webhook("a", lead.Delivered), webhook("b", lead.GivenUp)}, "webhook b"},
		{"one given up", lead.Disqualified, -1,
			[]lead.Effect{webhook("a", lead.GivenUp), webhook("b", lead.Delivered)}, "webhook a, webhook b"},
		{"another far side", lead.Archived, -1, []lead.Effect{{Kind: "contact", Lane: "crm", Target: "x", State: lead.Delivered}},
			"contact x"},
		{"another far side, told several times", lead.Archived, -1, []lead.Effect{{Kind: "contact", Lane: "crm", Target: "x",
			State: lead.Delivered},
			{Kind: "note", Lane: "crm", Target: "y", State: lead.Delivered}, webhook("a", lead.Delivered)}, "note y, webhook a"},
	}
	var ids []string
	for i, c := range cases {
		r := must(accept(t, s, incoming(fmt.Sprintf("c%d.example", i)), noon.Add(-100*time.Hour)))(t)
		ids = append(ids, r.ID)
		must(s.Change(t.Context(), r.ID, noon.Add(c.changed), func(k *lead.Case) error {
			k.Lead.Stage = c.stage
			for j, e := range c.effects {
				e.ID, e.LeadID, e.Seq, e.DueAt, e.Since = fmt.Sprint(r.ID, j), r.ID, int64(j), noon, noon
				e.CreatedAt, e.UpdatedAt = noon.Add(time.Duration(j-50)*time.Hour), noon.Add(-time.Hour)
				if e.State == lead.Sending {
					e.LeaseUntil = noon
				}
				k.Effects = append(k.Effects, e)
			}
			return nil
		}))(t)
	}
	for range 2 { // the second time there is nothing left to do
		must(s.RemoveEffects(t.Context(), noon))(t)
		for i, c := range cases {
			var stay []string
			for _, e := range must(s.Dossier(t.Context(), ids[i]))(t).Effects {
				stay = append(stay, fmt.Sprintf("%s %s", e.Kind, e.Target))
			}
			if got := strings.Join(stay, ", "); got != c.stay {
				t.Errorf("%s: %q stays, want %q", c.name, got, c.stay)
			}
		}
	}
}

// Digests that are done with go, but for the one where the next begins.
func removeDigests(t *testing.T, s *store.Store) {
	ctx := t.Context()
	states := []lead.DigestState{lead.DigestDelivered, lead.DigestMissed, lead.DigestQuiet, lead.DigestDelivered, lead.DigestMissed}
	for i, state := range states {
		due := noon.Add(time.Duration(i) * time.Hour)
		if err := s.PlanDigest(ctx, "C1", fmt.Sprint("day", i), due); err != nil {
			t.Fatal(err)
		}
		d, _, ok, err := s.ClaimDigest(ctx, "C1", due, time.Minute)
		if !ok || err != nil {
			t.Fatal(ok, err)
		}
		if err := s.SettleDigest(ctx, &d, state, due, ""); err != nil {
			t.Fatal(err)
		}
	}
	if err := s.PlanDigest(ctx, "C1", "day5", noon.Add(5*time.Hour)); err != nil {
		t.Fatal(err)
	}
	if n := must(s.RemoveDigests(ctx, noon.Add(2*time.Hour)))(t); n != 2 {
		t.Errorf("%d old ones removed, want 2", n)
	}
	if n := must(s.RemoveDigests(ctx, noon.Add(100*time.Hour)))(t); n != 2 { // a quiet and a missed one
		t.Errorf("%d more removed, want 2", n)
	}
	d, _, ok, err := s.ClaimDigest(ctx, "C1", noon.Add(6*time.Hour), time.Minute)
	if !ok || err != nil || d.Day != "day5" || !d.From.Equal(noon.Add(3*time.Hour)) {
		t.Errorf("the next one: %+v, %v, %v", d, ok, err)
	}
}

// The newest exams stay, and those that a worker has in hand.
func removeExams(t *testing.T, s *store.Store) {
	ctx := t.Context()
	for i := range 23 {
		key := fmt.Sprint("exam", i)
		if _, mine, err := s.LeaseExam(ctx, key, noon, time.Hour); !mine || err != nil {
			t.Fatal(mine, err)
		}
		if i == 22 {
			break // under way
		}
		r := &lead.ExamResult{Model: key, At: noon.Add(time.Duration(i) * time.Minute)}
		if err := s.EndExam(ctx, key, r, lead.Usage{}); err != nil {
			t.Fatal(err)
		}
	}
	if n := must(s.RemoveExams(ctx, noon))(t); n != 2 {
		t.Errorf("%d removed, want 2", n)
	}
	if list := must(s.Reads.Exams(ctx))(t); len(list) != 20 || list[0].Model != "exam21" || list[19].Model != "exam2" {
		t.Errorf("%d stay", len(list))
	}
	if _, mine, err := s.LeaseExam(ctx, "exam22", noon, time.Hour); mine || err != nil {
		t.Errorf("the one under way is taken from its worker: %v", err)
	}
}
