package store_test

import (
	"maps"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store"
)

// targets: what waited is due when a target is on again, also what was given up since it
// failed; not what waits for the end of an undo, nor what is of others.
func targets(t *testing.T, s *store.Store) {
	const long = 5 * 24 * time.Hour
	ctx := t.Context()
	is := func(failing, off bool) {
		t.Helper()
		if f, o, err := s.Target(ctx, "crm"); err != nil || f != failing || o != off {
			t.Errorf("failing %v, off %v, %v; want %v and %v", f, o, err, failing, off)
		}
	}
	fails := func(after time.Duration, want bool) {
		t.Helper()
		if off := must(s.TargetFailed(ctx, "crm", noon.Add(after), long))(t); off != want {
			t.Errorf("after %s off: %v", after, off)
		}
	}
	is(false, false)
	fails(0, false)
	fails(long-time.Millisecond, false)
	is(true, false)
	if err := s.TargetWorks(ctx, "crm"); err != nil {
		t.Fatal(err)
	}
	is(false, false)
	fails(time.Hour, false)
	fails(long, false) // the success counts
	fails(time.Hour+long, true)
	fails(2*long, true)
	if err := s.TargetWorks(ctx, "crm"); err != nil { // an attempt that was under way
		t.Fatal(err)
	}
	is(true, true)

	c := underReview(t, s, "northwind.example")
	must(s.Change(ctx, c.Lead.ID, noon.Add(3*long), func(c *lead.Case) error {
		put := func(target string, round int, state lead.EffectState, said string, at time.Time) {
			c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.LaneOf(target), Target: target, Round: round, Event: "lead.updated", DueAt: at})
			e := &c.Effects[len(c.Effects)-1]
			e.State, e.LastError, e.UpdatedAt = state, said, c.Now
		}
		put("crm", 1, lead.Pending, "it is off", c.Now.Add(time.Hour))
		put("crm", 2, lead.Pending, "", c.Now)
		put("crm", 3, lead.Pending, "", c.Now.Add(time.Hour)) // may be undone
		put("crm", 4, lead.GivenUp, "answered 500", noon)
		put("crm", 5, lead.Delivered, "", noon)
		put("crm", 6, lead.GivenUp, "answered 500", noon)
		c.Effects[len(c.Effects)-1].UpdatedAt = noon // before it began to fail
		put("gone", 1, lead.Pending, "answered 500", c.Now.Add(time.Hour))
		return nil
	}))(t)
	if got := must(s.WaitingWebhooks(ctx))(t); !maps.Equal(got, map[lead.Lane]int{"webhook-crm": 3, "webhook-gone": 1}) {
		t.Errorf("waiting: %v", got)
	}
	now := noon.Add(3*long + time.Second)
	if sent, ok, err := s.EnableTarget(ctx, "crm", now); err != nil || !ok || sent != 3 {
		t.Errorf("sent %d, %v, %v", sent, ok, err)
	}
	is(false, false)
	due := must(s.DueEffects(ctx, lead.WebhookEffect, "webhook-crm", now))(t)
	if len(due) != 3 {
		t.Errorf("due: %v", due)
	}
	if _, ok, err := s.EnableTarget(ctx, "crm", now); err != nil || ok {
		t.Errorf("twice: %v, %v", ok, err)
	}
}
