package worker

import (
	"context"
	"errors"
	"slices"
	"time"

	"github.com/hibiken/asynq"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promauto"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Metrics are what operators watch (CONTRACT "Metrics").
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
	}
	return m.For(partners)
}

// For are the same metrics with other partners listed.
func (m *Metrics) For(partners []string) *Metrics {
	theirs := *m
	theirs.partners = map[string]bool{lead.Direct: true}
	for _, p := range partners {
		theirs.partners[p] = true
	}
	return &theirs
}

func (m *Metrics) accepted(partner string, duplicate bool) {
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
	m.enrich.calls.WithLabelValues(result(err)).Inc()
	m.stageSeconds.WithLabelValues("enrich").Observe(took.Seconds())
	m.enrich.tokens.WithLabelValues("prompt").Add(float64(u.PromptTokens))
	m.enrich.tokens.WithLabelValues("completion").Add(float64(u.CompletionTokens))
	m.enrich.tokens.WithLabelValues("cached").Add(float64(u.CachedTokens))
	m.enrich.cost.Add(u.CostUSD)
}

func (m *Metrics) facts(facts []lead.Fact) {
	for _, f := range facts {
		m.factsFound.WithLabelValues(string(f.Field), string(f.Status)).Inc()
		if f.Reason != nil {
			m.factsRefused.WithLabelValues(string(f.Field), string(f.Reason.Code)).Inc()
		}
	}
}

func (m *Metrics) decided(d lead.Decision, took time.Duration) {
	m.reviews.WithLabelValues(string(d)).Observe(took.Seconds())
}

func (m *Metrics) attempted(a *outbox.Attempt, took time.Duration) {
	if errors.Is(a.Err, outbox.ErrNotYet) {
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

// gauge is read from the records when it is asked for; its values are by label, where it has one.
type gauge struct {
	desc *prometheus.Desc
	read func(ctx context.Context, set func(value float64, labels ...string))
}

func newGauge(name, help string, labels []string, read func(context.Context, func(float64, ...string))) prometheus.Collector {
	return gauge{prometheus.NewDesc("leadtriage_"+name, help, labels, nil), read}
}

// Describe implements prometheus.Collector.
func (g gauge) Describe(ch chan<- *prometheus.Desc) { ch <- g.desc }

// Collect implements prometheus.Collector.
func (g gauge) Collect(ch chan<- prometheus.Metric) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Second)
	defer cancel()
	g.read(ctx, func(value float64, labels ...string) {
		ch <- prometheus.MustNewConstMetric(g.desc, prometheus.GaugeValue, value, labels...)
	})
}

// PausedEnrichment is a gauge of what pauses enrichment, by reason: 1 while it does, -1 where
// the records do not answer.
func PausedEnrichment(pauses func(context.Context) ([]lead.Pause, error), now func() time.Time) prometheus.Collector {
	const help = "1 while no company is asked about: the account has no credit, or the day's cap is reached."
	return newGauge("enrich_held", help, []string{"reason"}, func(ctx context.Context, set func(float64, ...string)) {
		list, err := pauses(ctx)
		for _, reason := range lead.PauseReasons {
			value := 0.0
			if err != nil {
				value = -1
			} else if slices.ContainsFunc(list, func(p lead.Pause) bool { return p.Reason == reason && !p.Over(now()) }) {
				value = 1
			}
			set(value, string(reason))
		}
	})
}

// FailedEffects is a gauge of the effects that wait for an operator, by kind. A
// kind without one is left out, and all are where the records do not answer.
func FailedEffects(count func(context.Context) (map[lead.EffectKind]int, error)) prometheus.Collector {
	return newGauge("effects_failed", "Effects that were given up.", []string{"kind"}, func(ctx context.Context, set func(float64, ...string)) {
		failed, _ := count(ctx)
		for kind, n := range failed {
			set(float64(n), string(kind))
		}
	})
}

// PendingReviews is a gauge of the rounds that wait for a person, -1 where the records do not answer.
func PendingReviews(count func(context.Context) (int, error)) prometheus.Collector {
	return newGauge("reviews_pending", "Leads that wait for a person's decision.", nil, func(ctx context.Context, set func(float64, ...string)) {
		n, err := count(ctx)
		if err != nil {
			n = -1
		}
		set(float64(n))
	})
}
