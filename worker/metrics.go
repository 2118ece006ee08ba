package worker

import (
	"context"
	"errors"
	"time"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Metrics are what operators watch (CONTRACT "Metrics"). A nil *Metrics counts nothing.
type Metrics struct {
	leads        *prometheus.CounterVec
	stageSeconds *prometheus.HistogramVec
	enrich       enrichMetrics
	factsFound   *prometheus.CounterVec
	factsRefused *prometheus.CounterVec
	reviews      *prometheus.HistogramVec
	effects      *prometheus.CounterVec
	throttled    prometheus.Counter
	outages      *prometheus.GaugeVec
	partners     map[string]bool
}

type enrichMetrics struct {
	calls  *prometheus.CounterVec
	tokens *prometheus.CounterVec
	cost   prometheus.Counter
}

// NewMetrics registers the metrics. Partners that are not listed count as "other".
func NewMetrics(r prometheus.Registerer, partners []string) *Metrics {
	auto := promauto.With(r)
	counters := func(name, help string, labels ...string) *prometheus.CounterVec {
		return auto.NewCounterVec(prometheus.CounterOpts{Name: "leadtriage_" + name, Help: help}, labels)
	}
	seconds := func(name, help string, from, factor float64, label string) *prometheus.HistogramVec {
		buckets := prometheus.ExponentialBuckets(from, factor, 10)
		return auto.NewHistogramVec(prometheus.HistogramOpts{Name: "leadtriage_" + name, Help: help, Buckets: buckets}, []string{label})
	}
	m := &Metrics{
		leads: counters("leads_total", "Leads taken in.", "partner", "result"),
		enrich: enrichMetrics{
			calls:  counters("enrich_calls_total", "Attempts to find a company's facts.", "result"),
			tokens: counters("enrich_tokens_total", "Tokens that the model took and gave.", "kind"),
			cost: auto.NewCounter(prometheus.CounterOpts{
				Name: "leadtriage_enrich_cost_usd_total", Help: "What the model cost, in US dollars."}),
		},
		factsFound:   counters("facts_total", "Facts found, by field and status.", "field", "status"),
		factsRefused: counters("fact_refused_total", "Facts that are not verified, by field and reason.", "field", "reason"),
		effects:      counters("effects_total", "Attempts at effects outside.", "kind", "result"),
		throttled: auto.NewCounter(prometheus.CounterOpts{
			Name: "leadtriage_slack_throttled_total", Help: "Times that Slack asked a card, reply or reminder to wait."}),
		stageSeconds: seconds("stage_seconds", "How long a step took.", 0.005, 3, "stage"),
		reviews:      seconds("review_seconds", "From the question to the person's decision.", 10, 4, "decision"),
		outages: auto.NewGaugeVec(prometheus.GaugeOpts{
			Name: "leadtriage_slack_obstructed", Help: "1 while a channel takes no messages until an operator mends it."}, []string{"channel", "reason"}),
		partners: map[string]bool{lead.Direct: true},
	}
	for _, p := range partners {
		m.partners[p] = true
	}
	return m
}

func (m *Metrics) accepted(partner string, duplicate bool) {
	if m == nil {
		return
	}
	if !m.partners[partner] {
		partner = "other"
	}
	result := "new"
	if duplicate {
		result = "duplicate"
	}
	m.leads.WithLabelValues(partner, result).Inc()
}

// Searched counts a search for a company's facts.
func (m *Metrics) Searched(u lead.Usage, took time.Duration, err error) {
	if m == nil {
		return
	}
	m.enrich.calls.WithLabelValues(result(err)).Inc()
	m.stageSeconds.WithLabelValues("enrich").Observe(took.Seconds())
	m.enrich.tokens.WithLabelValues("prompt").Add(float64(u.PromptTokens))
	m.enrich.tokens.WithLabelValues("completion").Add(float64(u.CompletionTokens))
	m.enrich.tokens.WithLabelValues("cached").Add(float64(u.CachedTokens))
	m.enrich.cost.Add(u.CostUSD)
}

func (m *Metrics) facts(facts []lead.Fact) {
	if m == nil {
		return
	}
	for _, f := range facts {
		m.factsFound.WithLabelValues(string(f.Field), string(f.Status)).Inc()
		if f.Reason != nil {
			m.factsRefused.WithLabelValues(string(f.Field), string(f.Reason.Code)).Inc()
		}
	}
}

func (m *Metrics) decided(d lead.Decision, took time.Duration) {
	if m == nil {
		return
	}
	m.reviews.WithLabelValues(string(d)).Observe(took.Seconds())
}

func (m *Metrics) attempted(a *outbox.Attempt, took time.Duration) {
	if m == nil || errors.Is(a.Err, outbox.ErrNotYet) {
		return
	}
	r, kind := result(a.Err), string(a.Effect.Kind)
	if a.Gone {
		r = "gone"
	}
	m.effects.WithLabelValues(kind, r).Inc()
	m.stageSeconds.WithLabelValues(kind).Observe(took.Seconds())
	if a.Effect.Message() && r == "throttled" {
		m.throttled.Inc()
	}
}

// Outage shows the outage of a channel, in place of another; empty: none.
func (m *Metrics) Outage(channel, before, now string) {
	if m == nil {
		return
	}
	if before != "" {
		m.outages.DeleteLabelValues(channel, before)
	}
	if now != "" {
		m.outages.WithLabelValues(channel, now).Set(1)
	}
}

var results = map[lead.FaultKind]string{
	lead.Temporary: "failed", lead.Throttled: "throttled", lead.Permanent: "refused", lead.Uncertain: "unsure", lead.Unpaid: "unpaid",
}

func result(err error) string {
	if err == nil {
		return "ok"
	}
	kind, _ := lead.KindOf(err)
	return results[kind]
}

// QueueCollector reads the queues' depth and latency when it is asked.
type QueueCollector struct{ Inspector *asynq.Inspector }

var (
	queueTasks   = prometheus.NewDesc("leadtriage_queue_tasks", "Tasks in the queue, by state.", []string{"queue", "state"}, nil)
	queueLatency = prometheus.NewDesc("leadtriage_queue_oldest_seconds",
		"Age of the oldest task that waits for a worker.", []string{"queue"}, nil)
)

// Describe implements prometheus.Collector.
func (QueueCollector) Describe(ch chan<- *prometheus.Desc) { ch <- queueTasks; ch <- queueLatency }

// Collect implements prometheus.Collector. A queue that cannot be read is left out.
func (c QueueCollector) Collect(ch chan<- prometheus.Metric) {
	names, _ := c.Inspector.Queues()
	for _, name := range names {
		info, err := c.Inspector.GetQueueInfo(name)
		if err != nil {
			continue
		}
		states := map[string]int{
			"pending": info.Pending, "active": info.Active, "scheduled": info.Scheduled, "retry": info.Retry, "archived": info.Archived,
		}
		for state, n := range states {
			ch <- prometheus.MustNewConstMetric(queueTasks, prometheus.GaugeValue, float64(n), name, state)
		}
		ch <- prometheus.MustNewConstMetric(queueLatency, prometheus.GaugeValue, info.Latency.Seconds(), name)
	}
}

// PausedEnrichment are gauges of what pauses enrichment, by reason: 1 while it does.
func PausedEnrichment(pauses func(context.Context) ([]lead.Pause, error), now func() time.Time) []prometheus.Collector {
	var gauges []prometheus.Collector
	for _, reason := range lead.PauseReasons {
		gauges = append(gauges, prometheus.NewGaugeFunc(prometheus.GaugeOpts{
			Name: "leadtriage_enrich_held", Help: "1 while no company is asked about: the account has no credit, or the day's cap is reached.",
			ConstLabels: prometheus.Labels{"reason": string(reason)},
		}, func() float64 {
			ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
			defer cancel()
			list, err := pauses(ctx)
			if err != nil {
				return -1
			}
			for _, h := range list {
				if h.Reason == reason && !h.Over(now()) {
					return 1
				}
			}
			return 0
		}))
	}
	return gauges
}

// FailedEffects are gauges of the effects that wait for an operator, by kind. A
// kind without one is left out, and all are where the records do not answer.
type FailedEffects func(context.Context) (map[lead.EffectKind]int, error)

var effectsFailed = prometheus.NewDesc("leadtriage_effects_failed", "Effects that were given up.", []string{"kind"}, nil)

// Describe implements prometheus.Collector.
func (FailedEffects) Describe(ch chan<- *prometheus.Desc) { ch <- effectsFailed }

// Collect implements prometheus.Collector.
func (count FailedEffects) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	failed, _ := count(ctx)
	for kind, n := range failed {
		ch <- prometheus.MustNewConstMetric(effectsFailed, prometheus.GaugeValue, float64(n), string(kind))
	}
}

// PendingReviews is a gauge of the rounds that wait for a person.
func PendingReviews(count func(context.Context) (int, error)) prometheus.Collector {
	opts := prometheus.GaugeOpts{Name: "leadtriage_reviews_pending", Help: "Leads that wait for a person's decision."}
	return prometheus.NewGaugeFunc(opts, func() float64 {
		ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
		defer cancel()
		n, err := count(ctx)
		if err != nil {
			return -1
		}
		return float64(n)
	})
}
