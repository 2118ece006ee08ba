package main

import (
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"leadtriage/internal/sim"
)

// BenchmarkPickUp measures how long an idle service leaves a lead alone, from
// the answer to its POST until the first page of its company is asked for. The
// yardstick is asynq alone, from a task's enqueuing until its handler runs.
func BenchmarkPickUp(b *testing.B) {
	const leads = 25 // in one op
	w := newBench(b)
	yardstick := newBareAsynq(b, w)
	w.send(w.newFirms(5))
	var picked, bare, carded []time.Duration
	for b.Loop() {
		for _, host := range w.newFirms(leads) {
			idle()
			cards := w.posted()
			w.sendOne(host)
			answered := time.Now()
			var read time.Time
			w.wait(time.Millisecond, "its page is read", func() bool { read = w.firstRead(host); return !read.IsZero() })
			picked = append(picked, max(0, read.Sub(answered)))
			w.wait(5*time.Millisecond, "its card is posted", func() bool { return w.posted() > cards })
			carded = append(carded, time.Since(answered))

			idle()
			yardstick.enqueue(b)
			enqueued := time.Now()
			bare = append(bare, max(0, (<-yardstick.started).Sub(enqueued)))
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(quantile(picked, 0.5)), "p50-ms")
	b.ReportMetric(milliseconds(quantile(picked, 0.95)), "p95-ms")
	b.ReportMetric(milliseconds(quantile(carded, 0.95)), "card-p95-ms")
	b.ReportMetric(milliseconds(quantile(bare, 0.95)), "asynq-p95-ms")
	b.ReportMetric(float64(quantile(picked, 0.95))/float64(quantile(bare, 0.95)), "ratio")
}

// idle waits longer than any pause of the queue, in step with none.
func idle() { time.Sleep(160*time.Millisecond + rand.N(100*time.Millisecond)) }

func (w *bench) firstRead(host string) time.Time {
	for _, r := range w.web.Requests() {
		if r.Host == host {
			return r.At
		}
	}
	return time.Time{}
}

// BenchmarkClick measures the answers to approving clicks in Slack, 50 a second,
// with all that follows from them going on. The yardstick is the time that
// /readyz takes at the same pace: one question each to Postgres and Redis.
func BenchmarkClick(b *testing.B) {
	const (
		clicks = 250 // in one op
		every  = time.Second / 50
	)
	w := newBench(b)
	w.send(w.knownFirms(50))
	var clicked, ready []time.Duration
	for b.Loop() {
		w.send(w.knownFirms(clicks))
		cards := slices.DeleteFunc(w.slack.Messages(demoChannel), func(m sim.SlackMessage) bool { return m.ThreadTS != "" })
		cards = cards[len(cards)-clicks:]
		clicked = append(clicked, paced(clicks, every, func(i int) time.Duration {
			answer, err := w.slack.Click(b.Context(), demoReviewer, cards[i].Channel, cards[i].TS, "lead_approve")
			if err != nil || answer.Problem != "" {
				b.Errorf("the click was answered %d %s: %v", answer.Status, answer.Problem, err)
			}
			return answer.Took
		})...)
		want := len(clicked)
		w.wait(20*time.Millisecond, "the CRM heard of all", func() bool { return len(w.crm.Deliveries()) >= want })
		ready = append(ready, paced(clicks, every, func(int) time.Duration {
			began := time.Now()
			res, err := w.client.Get(w.api + "/readyz")
			if err != nil {
				b.Error(err)
				return 0
			}
			defer res.Body.Close()
			io.Copy(io.Discard, res.Body)
			if res.StatusCode != http.StatusOK {
				b.Errorf("/readyz answered %d", res.StatusCode)
			}
			return time.Since(began)
		})...)
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(quantile(clicked, 0.5)), "p50-ms")
	b.ReportMetric(milliseconds(quantile(clicked, 0.99)), "p99-ms")
	b.ReportMetric(milliseconds(quantile(ready, 0.99)), "readyz-p99-ms")
	b.ReportMetric(float64(quantile(clicked, 0.5))/float64(quantile(ready, 0.5)), "ratio")
}

// paced does something n times, one after every pause whether or not the ones
// before it are through, and returns how long each took.
func paced(n int, every time.Duration, do func(i int) time.Duration) []time.Duration {
	took := make([]time.Duration, n)
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	var all sync.WaitGroup
	for i := range n {
		<-ticker.C
		all.Go(func() { took[i] = do(i) })
	}
	all.Wait()
	return took
}

// BenchmarkHeavyClick measures the approving click on a lead that one key joined
// sixty times with two hundred long events, touchpoints and signals: a record at its limit.
func BenchmarkHeavyClick(b *testing.B) {
	w := newBench(b)
	var took []time.Duration
	size := 0
	for b.Loop() {
		for _, host := range w.newFirms(1) {
			body := fit(host)
			id := w.post(http.StatusAccepted, body).ID
			card := w.card(id, asking)
			for join := range 60 {
				for _, list := range []string{"events", "touchpoints", "signals"} {
					var items []any
					for i := range 200 {
						item := map[string]any{"type": map[string]string{"events": "docs_visit", "touchpoints": "page", "signals": "co_sell"}[list],
							"at": time.Now().Add(time.Duration(i-20_000*join) * time.Millisecond).UTC().Format(time.RFC3339Nano)}
						if list != "signals" {
							item["asset"] = fmt.Sprint("https://acme-integrations.example/", strings.Repeat("x", 1500), join, i)
						}
						items = append(items, item)
					}
					body[list] = items
				}
				w.post(http.StatusOK, body)
			}
			answer, err := w.slack.Click(b.Context(), demoReviewer, card.Channel, card.TS, "lead_approve")
			if err != nil || answer.Problem != "" {
				b.Errorf("the click was answered %d %s: %v", answer.Status, answer.Problem, err)
			}
			took = append(took, answer.Took)
			_, text := w.request(http.MethodGet, "/v1/leads/"+id, demoOperatorKey, nil)
			size = len(text)
		}
	}
	b.ReportMetric(0, "ns/op")
	b.ReportMetric(milliseconds(slices.Max(took)), "max-ms")
	b.ReportMetric(float64(size)/1024, "record-kB")
}
