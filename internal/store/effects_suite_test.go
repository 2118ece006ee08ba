package store_test

import (
	"context"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

var webhooks = []lead.EffectKind{lead.WebhookEffect}

// A rejection and the news that takes it back are due in the same millisecond:
// the second waits for the first, also while that one fails.
func inOrder(t *testing.T, s *store.Store) {
	c := underReview(t, s, "northwind.example")
	var first, second string
	must(s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error {
		for _, target := range []string{"z-first", "a-second"} {
			c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, Target: target, Round: 1, DueAt: noon})
		}
		first, second = c.Effects[1].ID, c.Effects[2].ID
		return nil
	}))(t)
	claim := func(id string) bool {
		t.Helper()
		_, _, ok, err := s.Claim(t.Context(), id, webhooks, noon.Add(time.Second), time.Minute)
		if err != nil {
			t.Fatal(err)
		}
		return ok
	}
	if claim(second) {
		t.Error("the second went before the first")
	}
	if !claim(first) || claim(second) {
		t.Error("the second went while the first was on its way")
	}
	must(s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error {
		c.Effect(first).State = lead.GivenUp
		return nil
	}))(t)
	if !claim(second) {
		t.Error("what was given up holds up what comes after it")
	}
}

// An effect that a newer version recorded is neither claimed nor touched.
func unknownKind(t *testing.T, s *store.Store) {
	c := underReview(t, s, "northwind.example")
	var news, chat string
	must(s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error {
		c.AddEffect(lead.Effect{Kind: "pager", Lane: "pager", Target: "default", Round: 1, DueAt: noon})
		c.AddEffect(lead.Effect{Kind: "alert", Lane: lead.SlackLane, Target: "C1", Round: 1, DueAt: noon})
		news, chat = c.Effects[1].ID, c.Effects[2].ID
		return nil
	}))(t)
	if _, _, ok, err := s.Claim(t.Context(), news, append(webhooks, cards...), noon, time.Minute); ok || err != nil {
		t.Errorf("claimed: %v, %v", ok, err)
	}
	if got := next(t, s, "C1"); got != "" {
		t.Errorf("an unknown message of lead %s had its turn", got)
	}
	d := must(s.Dossier(t.Context(), c.Lead.ID))(t)
	for _, e := range d.Effects[1:] {
		if e.State != lead.Pending || e.Attempts != 0 || e.ID != news && e.ID != chat {
			t.Errorf("now %+v", e)
		}
	}
}

// Scoring and encoding happen without a lock.
func slowChange(t *testing.T, s *store.Store) {
	slow := must(accept(t, s, incoming("slow.example"), noon))(t)
	other := must(accept(t, s, incoming("other.example"), noon))(t)
	must(s.Change(t.Context(), slow.ID, noon, func(c *lead.Case) error {
		c.Lead.Notes = "slow"
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		_, err := s.Change(ctx, other.ID, noon, func(c *lead.Case) error { c.Lead.Notes = "quick"; return nil })
		return err
	}))(t)
	for id, want := range map[string]string{slow.ID: "slow", other.ID: "quick"} {
		if l := must(s.Lead(t.Context(), id))(t); l.Notes != want {
			t.Errorf("lead %s says %q, want %q", id, l.Notes, want)
		}
	}
}

// What comes with a known key is scored and encoded without a lock, too, and sees what
// changed meanwhile.
func slowJoin(t *testing.T, s *store.Store) {
	o := incoming("northwind.example")
	r := must(accept(t, s, o, noon))(t)
	other := must(accept(t, s, incoming("other.example"), noon))(t)
	runs := 0
	o.IdempotencyKey, o.BodyHash = "k1", "h1"
	joined, c, err := s.Accept(t.Context(), o, lead.NewCase(o, noon), func(c *lead.Case) error {
		ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
		defer cancel()
		for _, id := range []string{other.ID, r.ID} {
			if runs == 0 {
				must(s.Change(ctx, id, noon, func(c *lead.Case) error { c.Lead.UseCase += "quick"; return nil }))(t)
			}
		}
		runs++
		c.Lead.Notes = "slow"
		return nil
	})
	if err != nil || joined.ID != r.ID || !joined.Duplicate || runs != 2 || c.Lead.UseCase != "quick" || c.Lead.Notes != "slow" {
		t.Errorf("%+v after %d runs: %v", joined, runs, err)
	}
	if again := must(accept(t, s, o, noon))(t); again.ID != r.ID || !again.Duplicate {
		t.Errorf("the request repeated: %+v", again)
	}
}

// A worker takes a card's effect in hand while a change that read the lead before is
// at work: the change sees the claim, so that the card is not drawn twice at a time.
func claimBetween(t *testing.T, s *store.Store) {
	c := underReview(t, s, "northwind.example")
	id, runs := c.Effects[0].ID, 0
	must(s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error {
		if runs++; runs == 1 {
			if _, _, ok, err := s.Claim(t.Context(), id, cards, noon, time.Minute); !ok || err != nil {
				t.Errorf("not claimed: %v", err)
			}
		}
		c.Redraw()
		return nil
	}))(t)
	d := must(s.Dossier(t.Context(), c.Lead.ID))(t)
	if e := d.Effects[0]; e.State != lead.Sending || e.Revision != 1 || runs != 2 {
		t.Errorf("after %d runs: %+v", runs, e)
	}
}

// What wakes a lead while a change that read it before is at work is not lost.
func wokenBetween(t *testing.T, s *store.Store) {
	r := must(accept(t, s, incoming("northwind.example"), noon))(t)
	runs := 0
	must(s.Change(t.Context(), r.ID, noon, func(c *lead.Case) error {
		if runs++; runs == 1 {
			if err := s.Wake(t.Context(), r.ID, noon); err != nil {
				t.Error(err)
			}
		}
		c.Lead.Notes = "changed"
		return nil
	}))(t)
	if due := must(s.DueLeads(t.Context(), noon, 90*time.Second))(t); len(due) != 1 || due[0].ID != r.ID {
		t.Errorf("after %d runs due: %v", runs, due)
	}
}

func replay(t *testing.T, s *store.Store) {
	c := underReview(t, s, "northwind.example")
	id := lead.EffectID(c.Lead.ID, lead.WebhookEffect, "default", 1)
	state := func(state lead.EffectState) {
		t.Helper()
		must(s.Change(t.Context(), c.Lead.ID, noon, func(c *lead.Case) error {
			c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, Target: "default", Round: 1, Event: "lead.approved", DueAt: noon})
			e := c.Effect(id)
			e.State, e.Attempts, e.LastError = state, 7, "410 Gone"
			return nil
		}))(t)
	}
	again := func(id string) bool { return must(s.Replay(t.Context(), id, noon.Add(time.Hour)))(t) }
	for _, was := range []lead.EffectState{lead.Delivered, lead.GivenUp} {
		state(was)
		if !again(id) || again(id) {
			t.Errorf("%s: sent again, and twice", was)
		}
		e, unsure, ok, err := s.Claim(t.Context(), id, []lead.EffectKind{lead.WebhookEffect}, noon.Add(time.Hour), time.Minute)
		if err != nil || !ok || unsure || e.Attempts != 2 || !e.Since.Equal(noon.Add(time.Hour)) {
			t.Errorf("%+v, unsure %v, taken %v, %v", e, unsure, ok, err)
		}
	}
	if state(lead.Cancelled); again(id) || again("none") || again(c.Effects[0].ID) {
		t.Error("what was taken back, is not there or is a card was sent again")
	}
}
