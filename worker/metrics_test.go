package worker_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"github.com/alicebob/miniredis/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/redis/go-redis/v9"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/review"
	"leadtriage/worker"
)

// Effects that wait for an operator are a gauge; it is left out while the records do not answer.
func TestFailedEffectsAreCounted(t *testing.T) {
	var err error
	registry := prometheus.NewRegistry()
	registry.MustRegister(worker.FailedEffects(func(context.Context) (map[lead.EffectKind]int, error) {
		if err != nil {
			return nil, err
		}
		return map[lead.EffectKind]int{lead.WebhookEffect: 3}, nil
	}))
	found, gatherErr := registry.Gather()
	if gatherErr != nil || len(found) != 1 || found[0].GetName() != "leadtriage_effects_failed" ||
		found[0].GetMetric()[0].GetLabel()[0].GetValue() != "webhook" || found[0].GetMetric()[0].GetGauge().GetValue() != 3 {
		t.Errorf("%v, %v", found, gatherErr)
	}
	err = errors.New("down")
	if found, gatherErr = registry.Gather(); gatherErr != nil || len(found) != 0 {
		t.Errorf("%v, %v", found, gatherErr)
	}
}

// slow is a Slack that asks for patience with a reply.
type slow struct{ review.Slack }

func (slow) UpdateTimeline(context.Context, *lead.Dossier, *lead.Review) error {
	return &lead.Fault{Kind: lead.Throttled, After: time.Second, Err: errors.New("slow down")}
}

// Slack's wish for patience is counted, whatever message it is about.
func TestThrottledRepliesAreCounted(t *testing.T) {
	h := newHouse(t)
	registry := prometheus.NewRegistry()
	rdb := redis.NewClient(&redis.Options{Addr: miniredis.RunT(t).Addr()})
	defer rdb.Close()
	h.Metrics = worker.NewMetrics(registry, nil)
	h.asks(slow{}, outbox.NewPace(rdb, 1), review.Policy{})
	id := h.accept("northwind.example")
	if err := h.Flow.Enrich(t.Context(), id); err != nil {
		t.Fatal(err)
	}
	if _, err := h.records.Change(t.Context(), id, h.clock, func(c *lead.Case) error {
		c.Review().TS, c.Review().ThreadTS = "1.0", "2.0"
		c.AddEffect(lead.Effect{Kind: lead.ThreadEffect, Lane: lead.SlackLane, Target: "C1", Round: 1, DueAt: h.clock})
		c.Effect(lead.EffectID(id, lead.ThreadEffect, "C1", 1)).Posts = false
		return nil
	}); err != nil {
		t.Fatal(err)
	}
	_, err := h.Deliver(t.Context(), lead.EffectID(id, lead.ThreadEffect, "C1", 1))
	if kind, _ := lead.KindOf(err); kind != lead.Throttled {
		t.Fatal(err)
	}
	families, err := registry.Gather()
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range families {
		if f.GetName() == "leadtriage_slack_throttled_total" && f.GetMetric()[0].GetCounter().GetValue() != 1 {
			t.Errorf("counted %v", f)
		}
	}
}
