package main

import (
	"bytes"
	"context"
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log/slog"
	"maps"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leadtriage/config"
	"leadtriage/internal/backing"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// asProgram makes the test binary behave as leadtriage, so that tests can kill
// it. Its value is how far the program's clock is ahead of the machine's.
const asProgram = "LEADTRIAGE_TEST_AS_PROGRAM"

func TestMain(m *testing.M) {
	if name := os.Getenv(asOutside); name != "" {
		outside(name)
		return
	}
	if ahead, err := time.ParseDuration(os.Getenv(asProgram)); err == nil {
		if ahead > 0 {
			runAhead(ahead)
		}
		main()
		return
	}
	flag.Set("test.parallel", "4") // scenarios wait more than they work; a flag of the command line stands over it
	backing.Run(m)
}

// runAhead is `leadtriage run` by a clock that is ahead; it does not return.
func runAhead(by time.Duration) {
	a := &app{ctx: context.Background(), environ: os.Environ(), errOut: os.Stderr}
	cfg, err := a.load()
	if err == nil {
		err = runAll(a.ctx, cfg, a.logger(cfg, slog.LevelDebug), func() time.Time { return time.Now().Add(by) }, nil, reloads{})
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(failed)
}

// backend is what a scenario's records and queue live in.
type backend struct {
	name string
	set  func(t *testing.T) map[string]string
}

var backends = []backend{
	{"embedded", func(t *testing.T) map[string]string { return nil }},
	{"real", func(t *testing.T) map[string]string {
		return map[string]string{"DATABASE_URL": backing.PostgresURL(t), "REDIS_URL": backing.RedisURL(t)}
	}},
}

// world is the service among simulators of everything outside.
type world struct {
	*demo
	t     testing.TB
	log   *logBuffer
	stop  func()       // ends the service gracefully
	ahead atomic.Int64 // of the world's clock before the machine's
}

// now is the time for everybody in the world.
func (w *world) now() time.Time { return time.Now().Add(time.Duration(w.ahead.Load())) }

// leap puts the world's clock forward to t.
func (w *world) leap(t time.Time) { w.ahead.Store(int64(time.Until(t))) }

// skip waits until the lead's newest effect of the kind is in the state, and
// leaps to when it is due.
func (w *world) skip(id string, kind lead.EffectKind, state lead.EffectState) {
	w.t.Helper()
	r := w.until(id, fmt.Sprintf("waiting with a %s %s", kind, state), func(r lead.Record) bool { return effect(r, kind).State == state })
	if due := *effect(r, kind).DueAt; due.After(w.now()) {
		w.leap(due)
	}
}

// onBoth runs a scenario on the embedded and on the real backing services. Lines
// of YAML stand over the demo's configuration. What is to be done before the
// service starts comes last.
func onBoth(t *testing.T, yaml string, scenario func(*world), before ...func(*world)) {
	t.Parallel()
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, b.set(t))
			for _, prepare := range before {
				prepare(w)
			}
			w.start(yaml)
			scenario(w)
		})
	}
}

// alone is onBoth for scenarios that need the machine for themselves: they load
// it, and Slack waits three seconds for an answer.
func alone(t *testing.T, yaml string, scenario func(*world)) {
	for _, b := range backends {
		t.Run(b.name, func(t *testing.T) {
			w := newWorld(t, b.set(t))
			w.start(yaml)
			scenario(w)
		})
	}
}

func newWorld(t testing.TB, set map[string]string) *world {
	t.Helper()
	w := &world{t: t, log: &logBuffer{}}
	var err error
	w.demo, err = newDemo("127.0.0.1:0", slog.New(slog.DiscardHandler), w.now)
	if err != nil {
		t.Fatal(err)
	}
	w.model.Know(firmLabels...)
	t.Cleanup(w.close)
	t.Cleanup(func() {
		if t.Failed() {
			t.Logf("the service's log:\n%s", w.log)
		}
	})
	w.set(set)
	return w
}

// firmLabels are what the model knows of the firms that scenarios make up.
var firmLabels = []sim.Label{
	firmLabel(lead.Industry, "software", "We make software in Milan, Italy.", "this_company"),
	firmLabel(lead.HQCountry, "IT", "We make software in Milan, Italy.", "head_office"),
	firmLabel(lead.Employees, "250", "Our team of 250 people works here.", "whole_company"),
	firmLabel(lead.Employees, "310", "Our team of 310 people works here.", "whole_company"),
}

func firmLabel(field lead.Field, value, quote, of string) sim.Label {
	return sim.Label{Sentence: evidence.Sentence{Field: field, Value: value, Quote: quote, Reading: evidence.Reading{Values: []string{value}, Of: of, When: "now"}}}
}

// asked are the calls of the model for leads: those of its exam, with which the service
// begins, are not among them.
func (w *world) asked() (calls []sim.ModelRequest) {
	exam := evidence.Exam()
	for _, r := range w.model.Requests() {
		if r.Status == http.StatusBadRequest { // a parameter that this model does not know
			continue
		}
		if !slices.ContainsFunc(exam, func(s evidence.Sentence) bool { return bytes.Contains(r.Body, []byte(`company=\"`+s.Company+`\"`)) }) {
			calls = append(calls, r)
		}
	}
	return calls
}

func (w *world) set(vars map[string]string) {
	for _, name := range slices.Sorted(maps.Keys(vars)) {
		w.environ = slices.DeleteFunc(w.environ, func(line string) bool { return strings.HasPrefix(line, name+"=") })
		w.environ = append(w.environ, name+"="+vars[name])
	}
}

const quickConfig = `
partners:
  - {id: acme-integrations, name: Acme Integrations, tiers: [gold, silver], utm_sources: [acme]}
  - {id: brightside-agency, name: Brightside Agency, tiers: [certified], utm_sources: [brightside]}
  - {id: cloudmarket, name: CloudMarket, tiers: [listed]}
`

// slackPace goes with every scenario that says nothing about Slack: the simulated one
// takes ten messages a second, and has whoever sends more wait for a whole one.
const slackPace = "slack: {rate: 9}\n"

// start runs the whole service in this process until the test ends, or stop.
func (w *world) start(yaml string) {
	w.t.Helper()
	cfg, err := config.Load(w.configFile(yaml), w.environ)
	if err != nil {
		w.t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	started, ended := make(chan string, 1), make(chan error, 1)
	go func() {
		log := slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{Level: slog.LevelInfo}))
		ended <- runAll(ctx, cfg, log, w.now, func(addr string) { started <- addr }, reloads{})
	}()
	select {
	case addr := <-started:
		w.api = "http://" + addr
		w.slack.SetAppURL(w.api)
	case err := <-ended:
		w.t.Fatal(err)
	}
	var once bool
	w.stop = func() {
		if once {
			return
		}
		once = true
		cancel()
		if err := <-ended; err != nil {
			w.t.Errorf("the service ended with %v", err)
		}
	}
	w.t.Cleanup(w.stop)
}

// handler is the service's HTTP side alone: nothing listens, and no work is done.
func (w *world) handler() http.Handler {
	w.t.Helper()
	cfg, err := w.config("", "60s", "")
	if err != nil {
		w.t.Fatal(err)
	}
	g, err := prepare(w.t.Context(), cfg, slog.New(slog.NewTextHandler(w.log, nil)), w.now)
	w.t.Cleanup(g.close)
	if err == nil {
		err = g.records.Migrate(w.t.Context())
	}
	if err != nil {
		w.t.Fatal(err)
	}
	s, err := g.assemble(cfg)
	w.t.Cleanup(s.close)
	if err != nil {
		w.t.Fatal(err)
	}
	handler, _, err := s.api()
	if err != nil {
		w.t.Fatal(err)
	}
	return handler
}

// patient bounds every wait of a scenario.
func (w *world) patient() context.Context { return w.within(30 * time.Second) }

func (w *world) within(d time.Duration) context.Context {
	ctx, cancel := context.WithTimeout(context.Background(), d)
	w.t.Cleanup(cancel)
	return ctx
}

// post sends a lead with the enqueue key and wants the status.
func (w *world) post(want int, body any, headers ...string) (receipt lead.Receipt) {
	w.t.Helper()
	status, text := w.request(http.MethodPost, "/v1/leads", demoCRMKey, body, headers...)
	if status != want {
		w.t.Fatalf("POST /v1/leads answered %d, want %d: %s", status, want, text)
	}
	json.Unmarshal(text, &receipt)
	return receipt
}

func (w *world) request(method, path, key string, body any, headers ...string) (int, []byte) {
	w.t.Helper()
	text, ok := body.([]byte)
	if !ok && body != nil {
		var err error
		if text, err = json.Marshal(body); err != nil {
			w.t.Fatal(err)
		}
	}
	req, err := http.NewRequestWithContext(w.patient(), method, w.api+path, bytes.NewReader(text))
	if err != nil {
		w.t.Fatal(err)
	}
	if key != "" {
		req.Header.Set("Authorization", "Bearer "+key)
	}
	req.Header.Set("Content-Type", "application/json")
	for i := 0; i+1 < len(headers); i += 2 {
		req.Header.Set(headers[i], headers[i+1])
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return res.StatusCode, got
}

func (w *world) record(id string) (r lead.Record) {
	w.t.Helper()
	status, text := w.request(http.MethodGet, "/v1/leads/"+id, demoOperatorKey, nil)
	if status != http.StatusOK {
		w.t.Fatalf("GET lead %s answered %d: %s", id, status, text)
	}
	if err := json.Unmarshal(text, &r); err != nil {
		w.t.Fatal(err)
	}
	return r
}

// until reads the lead until it is as wanted.
func (w *world) until(id, what string, enough func(lead.Record) bool) lead.Record {
	w.t.Helper()
	return w.untilWithin(30*time.Second, id, what, enough)
}

func (w *world) untilWithin(d time.Duration, id, what string, enough func(lead.Record) bool) lead.Record {
	w.t.Helper()
	ctx := w.within(d)
	ticker := time.NewTicker(50 * time.Millisecond)
	defer ticker.Stop()
	for {
		r := w.record(id)
		if enough(r) {
			return r
		}
		select {
		case <-ticker.C:
		case <-ctx.Done():
			text, _ := json.MarshalIndent(r, "", " ")
			w.t.Fatalf("lead %s never was %s: %s", id, what, text)
		}
	}
}

// card waits for the lead's card as it is wanted.
func (w *world) card(id string, enough func(sim.SlackMessage) bool) sim.SlackMessage {
	w.t.Helper()
	m, err := w.slack.WaitMessage(w.patient(), func(m sim.SlackMessage) bool {
		return m.Metadata != nil && m.Metadata.EventPayload["lead_id"] == id && enough(m)
	})
	if err != nil {
		w.t.Fatalf("card of lead %s: %v", id, err)
	}
	return m
}

// cards counts the messages that show the lead.
func (w *world) cards(id string) (n int) {
	for _, m := range w.slack.Messages(demoChannel) {
		if m.Metadata != nil && m.Metadata.EventPayload["lead_id"] == id {
			n++
		}
	}
	return n
}

func asking(m sim.SlackMessage) bool  { return slices.Contains(m.Actions(), "lead_approve") }
func settled(m sim.SlackMessage) bool { return !slices.Contains(m.Actions(), "lead_approve") }

// delivered waits for the lead's webhook.
func (w *world) delivered(id string) sim.Delivery {
	w.t.Helper()
	return w.hears(id, func(sim.Delivery) bool { return true })
}

// hears waits until the endpoint is told about the lead what is wanted.
func (w *world) hears(id string, wanted func(sim.Delivery) bool) sim.Delivery {
	w.t.Helper()
	ctx := w.patient()
	for {
		changed := w.crm.Changed()
		for _, d := range w.crm.Deliveries() {
			if strings.HasPrefix(d.ID, id) && wanted(d) {
				return d
			}
		}
		select {
		case <-changed:
		case <-ctx.Done():
			w.t.Fatalf("no webhook about lead %s", id)
		}
	}
}

// fit is a lead that the default model proposes as an EQL.
func fit(host string) map[string]any {
	now := time.Now().UTC()
	return map[string]any{
		"partner": map[string]any{"id": "acme-integrations", "tier": "gold"}, "referred_on": now.Format(time.DateOnly), "source": "partner_referral",
		"contact": map[string]any{"email": "jane@" + host, "name": "Jane Doe"}, "company": map[string]any{"name": "Northwind"},
		"use_case": "sync CRM with billing",
		"events": []any{
			map[string]any{"type": "demo_request", "at": now.Add(-time.Hour).Format(time.RFC3339)},
			map[string]any{"type": "integration_install", "at": now.Add(-2 * time.Hour).Format(time.RFC3339)},
		},
	}
}

// logBuffer is a log that tests may read while it is written.
type logBuffer struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (b *logBuffer) Write(p []byte) (int, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.Write(p)
}

func (b *logBuffer) String() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.buf.String()
}
