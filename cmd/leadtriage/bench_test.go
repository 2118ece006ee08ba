package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
	"leadtriage/internal/store"

	"golang.org/x/sync/errgroup"
)

// The benchmarks run the whole service among simulators, on the real Redis and
// the real Postgres, all on one machine. Each measures a yardstick in the same
// run: what machines differ in is in both, so their ratio can be compared. One
// op is a fixed number of leads, clicks or starts; `make bench` says how many ops.

// benchSenders is how many automations send at the same time.
const benchSenders = 16

// bench is the service in a Slack that takes any number of messages.
type bench struct {
	*world
	records *store.Store
	client  *http.Client
	firms   int
}

func newBench(b *testing.B) *bench {
	b.Helper()
	database := backing.PostgresURL(b)
	w := &bench{
		world:  newWorld(b, map[string]string{"DATABASE_URL": database, "REDIS_URL": backing.RedisURL(b)}),
		client: &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 2 * benchSenders}},
	}
	w.slack.Stop()
	var err error
	w.slack, err = sim.NewSlack(sim.SlackOptions{
		BotToken: demoBotToken, SigningSecret: demoSigningSecret,
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
	w.start("review: {undo: 0s}\nslack: {rate: 0}")
	if w.records, err = store.Open(b.Context(), database, 0); err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { w.records.Close() })
	return w
}

// sample is the company that all others are copies of.
const sample = "northwind.example"

// newFirms names n companies that nothing is on record about, with a site each.
func (w *bench) newFirms(n int) (hosts []string) {
	w.t.Helper()
	sites := map[string]string{}
	for path, file := range map[string]string{"/": "index.html", "/about": "about.html"} {
		text, err := os.ReadFile(filepath.Join("..", "..", "internal", "sim", "sites", sample, file))
		if err != nil {
			w.t.Fatal(err)
		}
		sites[path] = string(text)
	}
	for range n {
		w.firms++
		host := fmt.Sprintf("firm%05d.example", w.firms)
		for path, text := range sites {
			w.web.Add(host, path, strings.ReplaceAll(text, sample, host))
		}
		hosts = append(hosts, host)
	}
	return hosts
}

// knownFirms names n companies that are on record with what their sites say.
func (w *bench) knownFirms(n int) []string {
	w.t.Helper()
	p, known, err := w.records.Company(w.t.Context(), sample)
	if err == nil && !known {
		w.card(w.post(http.StatusAccepted, fit(sample)).ID, asking)
		p, known, err = w.records.Company(w.t.Context(), sample)
	}
	if err != nil || !known {
		w.t.Fatalf("nothing is on record about %s: %v", sample, err)
	}
	hosts := w.newFirms(n)
	for _, host := range hosts {
		p.Domain = host
		if err := w.records.SaveCompany(w.t.Context(), p); err != nil {
			w.t.Fatal(err)
		}
	}
	return hosts
}

// send posts a lead of each company, many at a time, and returns how long it
// took from the first one to the last one's card.
func (w *bench) send(hosts []string) time.Duration {
	w.t.Helper()
	want := w.posted() + len(hosts)
	began := time.Now()
	w.sendAll(hosts)
	w.wait(20*time.Millisecond, "all cards are posted", func() bool { return w.posted() >= want })
	return time.Since(began)
}

// sendAll posts a lead of each company, many at a time.
func (w *bench) sendAll(hosts []string) {
	w.t.Helper()
	var senders errgroup.Group
	senders.SetLimit(benchSenders)
	for _, host := range hosts {
		senders.Go(func() error { w.sendOne(host); return nil })
	}
	senders.Wait()
}

func (w *bench) sendOne(host string) (r lead.Receipt) {
	w.t.Helper()
	of := fit(host)
	of["company"] = map[string]any{"name": "Northwind", "domain": host}
	body, err := json.Marshal(of)
	if err != nil {
		w.t.Fatal(err)
	}
	req, err := http.NewRequest(http.MethodPost, w.api+"/v1/leads", bytes.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	req.Header.Set("Authorization", "Bearer "+demoCRMKey)
	req.Header.Set("Content-Type", "application/json")
	res, err := w.client.Do(req)
	if err != nil {
		w.t.Error(err)
		return r
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil || res.StatusCode != http.StatusAccepted || json.Unmarshal(text, &r) != nil {
		w.t.Errorf("POST /v1/leads answered %d: %s %v", res.StatusCode, text, err)
	}
	return r
}

// posted counts the cards that Slack took.
func (w *bench) posted() (n int) {
	for _, c := range w.slack.Calls() {
		if c.Method == "chat.postMessage" && c.Status == http.StatusOK && c.Error == "" && c.Args["thread_ts"] == "" {
			n++
		}
	}
	return n
}

// wait looks from time to time until it holds. Looking costs the service's
// processors: no oftener than the figure needs.
func (w *bench) wait(every time.Duration, what string, holds func() bool) {
	w.t.Helper()
	ticker := time.NewTicker(every)
	defer ticker.Stop()
	late := time.After(2 * time.Minute)
	for !holds() {
		select {
		case <-ticker.C:
		case <-late:
			w.t.Fatalf("it never came to this: %s", what)
		}
	}
}

// processorTime is what this process used so far: service, simulators and
// senders, not Postgres and Redis. Unlike leads a second it says something on a
// busy machine, too.
func processorTime(b *testing.B) time.Duration {
	var used syscall.Rusage
	if err := syscall.Getrusage(syscall.RUSAGE_SELF, &used); err != nil {
		b.Fatal(err)
	}
	return time.Duration(used.Utime.Nano() + used.Stime.Nano())
}

// quantile is the least value that a share q of them do not exceed.
func quantile(values []time.Duration, q float64) time.Duration {
	slices.Sort(values)
	return values[max(0, min(len(values)-1, int(q*float64(len(values)+1))-1))]
}

func milliseconds(d time.Duration) float64 { return float64(d) / float64(time.Millisecond) }

func medianOf(values []float64) float64 {
	slices.Sort(values)
	return values[len(values)/2]
}
