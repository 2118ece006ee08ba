package main

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// When the model's account is empty, two workers stop asking together, tell the
// operator once, let the cards out, and go on by themselves when it is filled.
func TestAnEmptyAccountHoldsTwoWorkers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, backends[1].set(t))
	const settings = "review: {deadline: 2s}"
	w.start(settings)
	w.start(settings)
	w.model.SetFault(func(sim.ModelRequest) *sim.ModelFault { return &sim.ModelFault{Kind: sim.ModelNoQuota} })

	send := func(from, to int) (ids []string) {
		for i := from; i < to; i++ {
			host := fmt.Sprintf("firm-%d.example", i)
			w.web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
			ids = append(ids, w.post(http.StatusAccepted, fit(host)).ID)
		}
		return ids
	}
	waits := func(r lead.Record) bool {
		return strings.Contains(r.Enrich.LastError, "the model's account has no credit left")
	}
	ids := send(0, 12)
	for _, id := range ids {
		w.until(id, "waiting", waits)
	}
	asked := len(w.asked())
	late := send(12, 18)
	for _, id := range append(ids, late...) {
		w.card(id, asking)
		r := w.until(id, "waiting", waits)
		if r.Enrich.State != lead.EnrichmentPending || r.Enrich.Attempts != 0 || !slices.Contains(r.Flags, lead.FlagIncomplete) {
			t.Errorf("lead %s: %+v, flags %v", id, r.Enrich, r.Flags)
		}
	}
	if now := len(w.asked()); now != asked || asked > 12 {
		t.Errorf("asked %d times, and %d more while nothing was to be had", asked, now-asked)
	}
	if n := strings.Count(w.log.String(), "level=ERROR"); n != 1 {
		t.Errorf("the operator was told %d times", n)
	}
	if got := w.metric("leadtriage_enrich_held"); !strings.Contains(got, `reason="credit"} 1`) || !strings.Contains(got, `reason="cap"} 0`) {
		t.Errorf("the metric says %q", got)
	}
	if status, _ := w.request(http.MethodGet, "/readyz", "", nil); status != http.StatusOK {
		t.Errorf("/readyz is %d: the intake is closed", status)
	}
	if shown := w.command("lead", "show", ids[0]); !strings.Contains(shown, "facts: pending after 0 attempts: the model's account has no credit left") {
		t.Errorf("lead show says:\n%s", shown)
	}
	if shown := w.command("usage"); !strings.Contains(shown, "no company is asked about since") {
		t.Errorf("usage says:\n%s", shown)
	}

	w.model.SetFault(nil)
	w.command("lead", "retry", ids[3])
	for _, id := range append(ids, late...) {
		r := w.until(id, "complete", func(r lead.Record) bool { return r.Enrich.State == lead.EnrichmentDone })
		if slices.Contains(r.Flags, lead.FlagIncomplete) || r.Stage != lead.AwaitingReview || w.cards(id) != 1 {
			t.Errorf("lead %s is %s, flags %v, %d cards", id, r.Stage, r.Flags, w.cards(id))
		}
	}
	if n := strings.Count(w.log.String(), "has credit again"); n != 1 {
		t.Errorf("the end was told %d times", n)
	}
	if got := w.metric("leadtriage_enrich_held"); !strings.Contains(got, `reason="credit"} 0`) {
		t.Errorf("the metric says %q", got)
	}
}

// Two workers that read many companies at once exceed the day's cap by one of them at
// most; what another worker died over is free again.
func TestTheDailyCapHoldsOverAllWorkers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, backends[1].set(t))
	const settings = "review: {deadline: 1s}\nenrichment: {exam: false, daily_cap: 3, max_tokens: 3000, concurrency: 8,\n" +
		"  prices: {gpt-4.1-mini: {prompt: 100, cached: 100, completion: 100}}}"
	w.start(settings)
	w.start(settings)
	w.model.SetFault(func(sim.ModelRequest) *sim.ModelFault {
		return &sim.ModelFault{Kind: sim.ModelSlow, Delay: 200 * time.Millisecond}
	})
	var ids []string
	for i := range 30 {
		host := fmt.Sprintf("dear-%d.example", i)
		w.web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
		ids = append(ids, w.post(http.StatusAccepted, fit(host)).ID)
	}
	for _, id := range ids {
		w.until(id, "read, or waiting for tomorrow", func(r lead.Record) bool {
			return r.Enrich.State != lead.EnrichmentPending || strings.Contains(r.Enrich.LastError, "the lead waits until tomorrow")
		})
	}
	spent, dearest := 0.0, 0.0
	for _, id := range ids {
		cost := w.record(id).Usage.CostUSD
		spent, dearest = spent+cost, max(dearest, cost)
	}
	if spent < 3 || spent > 3+dearest {
		t.Errorf("%.2f dollars of a cap of 3.00 are spent, by companies of %.2f at most", spent, dearest)
	}
}

// command runs a command of the operator's on the world's records.
func (w *world) command(args ...string) string {
	w.t.Helper()
	var out, errOut bytes.Buffer
	if code := run(w.t.Context(), args, w.environ, &out, &errOut); code != done {
		w.t.Fatalf("%v: exit %d: %s", args, code, errOut.String())
	}
	if strings.Contains(errOut.String(), "level=") {
		w.t.Errorf("%v went well and logs %s", args, errOut.String())
	}
	return out.String()
}

// metric are the lines of a metric's family.
func (w *world) metric(name string) string {
	w.t.Helper()
	res, err := http.Get(w.api + "/metrics")
	if err != nil {
		w.t.Fatal(err)
	}
	defer res.Body.Close()
	text, err := io.ReadAll(res.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	var lines []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(line, name) {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}
