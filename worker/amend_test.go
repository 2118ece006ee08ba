package worker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/review"
)

// busy is a Slack that answers changes as it is told.
type busy struct {
	review.Slack
	changes  int
	searches int
	answer   error
}

func (b *busy) Find(context.Context, string, string, int, time.Time) (string, bool, error) {
	b.searches++
	return "", false, b.answer
}

// When Slack asks for patience with searches, no card that may have been posted is looked
// for before; and each stays unsure.
func TestSlackIsNotSearchedBeforeItsTime(t *testing.T) {
	h := newHouse(t)
	server := miniredis.RunT(t)
	server.SetTime(h.clock)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer rdb.Close()
	slack := &busy{answer: &lead.Fault{Kind: lead.Throttled, After: 30 * time.Second, Err: errors.New("slow down")}}
	h.asks(slack, outbox.NewPace(rdb, 1), review.Policy{})
	var cards []string
	for _, domain := range []string{"northwind.example", "fabrikam.example", "contoso.example"} {
		id := h.accept(domain)
		if err := h.Flow.Enrich(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		c, err := h.records.Change(t.Context(), id, h.clock, func(c *lead.Case) error {
			c.Effects[0].State = lead.Unsure
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
		cards = append(cards, c.Effects[0].ID)
	}
	for _, id := range cards {
		if _, err := h.Deliver(t.Context(), id); err == nil {
			t.Errorf("%s is taken for settled", id)
		}
	}
	for _, id := range cards {
		e, unsure, _, err := h.records.Claim(t.Context(), id, []lead.EffectKind{lead.CardEffect}, h.clock.Add(time.Minute), time.Minute)
		if err != nil || !unsure {
			t.Errorf("%+v, unsure %v, %v", e, unsure, err)
		}
	}
	if slack.searches != 1 {
		t.Errorf("searched %d times", slack.searches)
	}
}

func (b *busy) Update(context.Context, *lead.Dossier, string, string) error {
	b.changes++
	return b.answer
}

// When Slack asks for patience with changes, none of any card is tried before.
func TestSlackIsNotAskedToChangeBeforeItsTime(t *testing.T) {
	h := newHouse(t)
	server := miniredis.RunT(t)
	server.SetTime(h.clock)
	rdb := redis.NewClient(&redis.Options{Addr: server.Addr()})
	defer rdb.Close()
	slack := &busy{answer: &lead.Fault{Kind: lead.Throttled, After: 30 * time.Second, Err: errors.New("slow down")}}
	h.asks(slack, outbox.NewPace(rdb, 1), review.Policy{})
	var cards []string
	for _, domain := range []string{"northwind.example", "fabrikam.example"} {
		id := h.accept(domain)
		if err := h.Flow.Enrich(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		if _, err := h.records.Change(t.Context(), id, h.clock, func(c *lead.Case) error { // its card stands
			c.Review().TS, c.Effects[0].Posts = "1."+domain, false
			cards = append(cards, c.Effects[0].ID)
			return nil
		}); err != nil {
			t.Fatal(err)
		}
	}
	deliver := func() (faults []lead.FaultKind) {
		for _, id := range cards {
			_, err := h.Deliver(t.Context(), id)
			kind, _ := lead.KindOf(err)
			faults = append(faults, kind)
		}
		return faults
	}
	if got := deliver(); slack.changes != 1 || got[0] != lead.Throttled || got[1] != lead.Throttled {
		t.Errorf("%d changes were tried, faults %v", slack.changes, got)
	}
	slack.answer = nil
	h.clock = h.clock.Add(30 * time.Second)
	server.SetTime(h.clock)
	deliver()
	for _, id := range cards {
		e, _, _, err := h.records.Claim(t.Context(), id, []lead.EffectKind{lead.CardEffect}, h.clock, time.Minute)
		if err != nil || e.State != lead.Delivered || e.Attempts > 1 {
			t.Errorf("afterwards %+v, %v", e, err)
		}
	}
	if slack.changes != 3 {
		t.Errorf("%d changes in all", slack.changes)
	}
}
