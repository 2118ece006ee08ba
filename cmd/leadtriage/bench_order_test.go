package main

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/backing"
	"leadtriage/internal/sim"
)

// BenchmarkOrder measures how a thousand leads are carded in one channel whose
// Slack enforces its rate: sped up, 1 message a second being too long to wait
// for. The yardstick is the channel itself: that many messages at its rate.
func BenchmarkOrder(b *testing.B) {
	const (
		leads = 1000 // in one op
		rate  = 20.0
	)
	w := &bench{
		world:  newWorld(b, map[string]string{"DATABASE_URL": backing.PostgresURL(b), "REDIS_URL": backing.RedisURL(b)}),
		client: http.DefaultClient,
	}
	w.slack.Stop()
	var err error
	w.slack, err = sim.NewSlack(sim.SlackOptions{
		BotToken: demoBotToken, SigningSecret: demoSigningSecret, RateLimit: rate, Now: w.now,
		Channels: []sim.SlackChannel{{ID: demoChannel, Name: "partner-leads"}}, Users: []sim.SlackUser{{ID: demoReviewer, Name: "ada"}},
	})
	if err != nil {
		b.Fatal(err)
	}
	addr, err := w.serve("127.0.0.1:0", w.slack)
	if err != nil {
		b.Fatal(err)
	}
	w.set(map[string]string{"SLACK_API_URL": "http://" + addr + "/api/"})
	w.start(fmt.Sprintf("review: {undo: 0s, deadline: 10m}\nslack: {rate: %g}", rate))
	var ratio, refused, inverted []float64
	for b.Loop() {
		w.slack.Archive(demoChannel, true) // until all wait
		have := len(w.slack.Messages(demoChannel))
		waiting := 0
		kinds := []string{"integration_install", "pricing_page_view", "trial_started", "budget_confirmed", "webinar_attended", "docs_visit"}
		for i := range leads {
			body := fit("")
			body["contact"] = map[string]any{"email": fmt.Sprintf("jane%d.%d@gmail.com", have, i)} // names no company: nothing is looked up
			body["company"] = map[string]any{"name": fmt.Sprintf("Firm %d", i), "employees": 250, "industry": "software", "country": "IT"}
			events := []any{map[string]any{"type": "demo_request", "at": time.Now().UTC().Format(time.RFC3339)}}
			for j, kind := range kinds {
				if i>>j&1 == 1 {
					events = append(events, map[string]any{"type": kind, "at": time.Now().UTC().Format(time.RFC3339)})
				}
			}
			body["events"] = events
			w.post(http.StatusAccepted, body)
		}
		w.wait(100*time.Millisecond, "all wait", func() bool {
			_, text := w.request(http.MethodGet, "/metrics", demoOperatorKey, nil)
			waiting = metric(string(text), "leadtriage_reviews_pending")
			return waiting >= have+leads
		})
		w.slack.Archive(demoChannel, false)
		var began time.Time
		w.wait(time.Millisecond, "the first card", func() bool {
			began = time.Now()
			return len(w.slack.Messages(demoChannel)) > have
		})
		w.wait(20*time.Millisecond, "the last card", func() bool { return len(w.slack.Messages(demoChannel)) >= have+leads })
		took := time.Since(began)
		ratio = append(ratio, took.Seconds()/(float64(leads-1)/rate))
		limited := 0
		for _, c := range w.slack.Calls() {
			if c.Error == "ratelimited" {
				limited++
			}
		}
		refused = append(refused, float64(limited))
		before, wrong := 101, 0
		for _, m := range w.slack.Messages(demoChannel)[have:] {
			score := w.record(m.Metadata.EventPayload["lead_id"].(string)).Score.Total
			if score > before {
				wrong++
			}
			before = score
		}
		inverted = append(inverted, float64(wrong))
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(medianOf(ratio), "ratio")
	b.ReportMetric(slices.Max(refused), "429s")
	b.ReportMetric(slices.Max(inverted), "out-of-order")
}

// metric reads a plain value of the metrics' text.
func metric(text, name string) (n int) {
	for line := range strings.Lines(text) {
		if _, err := fmt.Sscanf(line, name+" %d", &n); err == nil {
			return n
		}
	}
	return 0
}
