package worker_test

import (
	"context"
	"testing"

	"github.com/alicebob/miniredis/v2"
	"github.com/redis/go-redis/v9"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/review"
)

// lateDossier has something happen between a worker's claim and its look at the record.
type lateDossier struct {
	outbox.Records
	before func()
}

func (l lateDossier) Dossier(ctx context.Context, id string) (lead.Dossier, error) {
	l.before()
	return l.Records.Dossier(ctx, id)
}

// posting is a Slack that counts what is posted.
type posting struct {
	busy
	posts int
}

func (p *posting) Post(context.Context, string, *lead.Dossier) (channel, ts string, err error) {
	p.posts++
	return "C1", "2.0", nil
}

// A worker has the card in hand to change it when its thread finds it deleted.
// That worker posts nothing: the record would not know where.
func TestWhoChangesACardPostsNone(t *testing.T) {
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer rdb.Close()
	for lost, after := range []lead.EffectState{lead.Pending, lead.GivenUp} {
		h := newHouse(t)
		slack := &posting{}
		between := func() {}
		h.effects = lateDossier{h.records, func() { between() }}
		h.asks(slack, outbox.NewPace(rdb, 0), review.Policy{})
		id := h.accept("northwind.example")
		if err := h.Flow.Enrich(t.Context(), id); err != nil {
			t.Fatal(err)
		}
		change := func(do func(c *lead.Case)) (e lead.Effect) {
			if _, err := h.records.Change(t.Context(), id, h.clock, func(c *lead.Case) error {
				do(c)
				e = c.Effects[0]
				return nil
			}); err != nil {
				t.Fatal(err)
			}
			return e
		}
		card := change(func(c *lead.Case) {
			r := c.Review()
			r.Channel, r.TS, r.Deleted, c.Effects[0].Posts = "C1", "1.0", lost, false
		})
		between = func() { change(func(c *lead.Case) { c.CardDeleted("1.0") }) }
		if _, err := h.Deliver(t.Context(), card.ID); err != nil {
			t.Fatal(err)
		}
		if e := change(func(*lead.Case) {}); slack.posts != 0 || e.State != after || !e.Posts {
			t.Errorf("deleted %d times before: %d posts, then %+v", lost, slack.posts, e)
		}
	}
}
