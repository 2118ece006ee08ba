package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// behindTap is an environment whose Redis is a real one behind a tap.
func behindTap(t *testing.T) (*tap, map[string]string) {
	address, err := url.Parse(backing.RedisURL(t))
	if err != nil {
		t.Fatal(err)
	}
	redis := address.Host
	p := newTap(t, func() string { return redis })
	address.Host = p.Addr().String()
	return p, map[string]string{"REDIS_URL": address.String()}
}

// Slack waits three seconds for an answer, also while Redis hangs.
func TestAClickIsAnsweredWhileRedisHangs(t *testing.T) {
	redis, env := behindTap(t)
	w := newWorld(t, env)
	w.start("")
	var cards []sim.SlackMessage
	for i := range 4 {
		cards = append(cards, w.card(w.post(http.StatusAccepted, fit(fmt.Sprintf("firm-%d.example", i))).ID, asking))
	}
	redis.set(hangs)
	for _, card := range cards {
		answer, err := w.slack.Click(w.patient(), demoReviewer, demoChannel, card.TS, "lead_approve")
		if err != nil || answer.Took > 3*time.Second {
			t.Errorf("answered after %s, %v", answer.Took, err)
		}
	}
	id := w.post(http.StatusAccepted, fit("firm-9.example")).ID
	redis.set(flows)
	w.leap(w.now().Add(31 * time.Second)) // until the sweep looks
	w.card(id, asking)                    // what came in meanwhile was not lost
}

// A Redis that is down is said once a minute, and not by every part of every worker.
func TestARedisThatIsDownIsSaidOnce(t *testing.T) {
	redis, env := behindTap(t)
	w := newWorld(t, env)
	w.start("")
	w.card(w.post(http.StatusAccepted, fit("firm-1.example")).ID, asking)
	redis.Close() // and every new connection is refused
	redis.set(hangs)
	before := strings.Count(w.log.String(), "asynq")
	id := w.post(http.StatusAccepted, fit("firm-2.example")).ID
	w.until(id, "taken in", func(r lead.Record) bool { return r.Stage == lead.Received })
	for range 20 { // sweeps
		<-time.After(250 * time.Millisecond)
	}
	if n := strings.Count(w.log.String(), "asynq") + strings.Count(w.log.String(), "sweep was not enqueued") - before; n > 2 {
		t.Errorf("said %d times:\n%s", n, w.log)
	}
}

// batch sends leads at once and returns their ids.
func (w *world) batch(query string, leads ...map[string]any) (ids []string) {
	w.t.Helper()
	var body bytes.Buffer
	for _, l := range leads {
		json.NewEncoder(&body).Encode(l)
	}
	status, text := w.request(http.MethodPost, "/v1/leads/batch"+query, demoCRMKey, body.Bytes(), "Content-Type", "application/x-ndjson")
	for line := range strings.Lines(string(text)) {
		var r struct{ ID string }
		if err := json.Unmarshal([]byte(line), &r); err != nil || r.ID == "" {
			w.t.Fatalf("%d: %s", status, line)
		}
		ids = append(ids, r.ID)
	}
	return ids
}

// While a batch waits for a slow model, a lead that comes alone goes before it; and no lead
// of the batch is asked about for having waited.
func TestASingleLeadGoesBeforeABatch(t *testing.T) {
	onBoth(t, "review: {deadline: 3s}\nenrichment: {concurrency: 1}", func(w *world) {
		w.model.SetFault(func(sim.ModelRequest) *sim.ModelFault {
			return &sim.ModelFault{Kind: sim.ModelSlow, Delay: 100 * time.Millisecond}
		})
		firm := func(name string) map[string]any {
			host := name + ".example"
			w.web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
			return fit(host)
		}
		var leads []map[string]any
		for i := range 40 {
			l := firm(fmt.Sprintf("many-%d", i))
			l["source"], l["events"], l["use_case"] = "backlink", []any{}, "" // nobody is to be asked
			leads = append(leads, l)
		}
		ids := w.batch("", leads...)
		single := w.post(http.StatusAccepted, firm("single")).ID
		w.card(single, asking)
		waiting := 0
		for _, id := range ids {
			if w.record(id).Stage == lead.Received {
				waiting++
			}
		}
		if waiting == 0 {
			w.t.Error("the batch was done first")
		}
		for _, id := range ids {
			if r := w.until(id, "settled", func(r lead.Record) bool { return r.Stage != lead.Received }); r.Stage != lead.Parked {
				w.t.Errorf("%s, %+v", r.Stage, r.Enrich)
			}
		}
	})
}

// Of a batch that shall be quiet nobody is asked, before there is news of it.
func TestAQuietBatchIsParked(t *testing.T) {
	onBoth(t, "", func(w *world) {
		ids := w.batch("?quiet=true", fit("northwind.example"), fit("havelpay.example"))
		for _, id := range ids {
			w.until(id, "parked", func(r lead.Record) bool { return r.Stage == lead.Parked })
		}
		news := map[string]any{"events": []any{map[string]any{"type": "contact_sales", "at": time.Now().UTC().Format(time.RFC3339)}}}
		if status, text := w.request(http.MethodPost, "/v1/leads/"+ids[0]+"/events", demoCRMKey, news); status/100 != 2 {
			w.t.Fatalf("%d: %s", status, text)
		}
		w.card(ids[0], asking)
		if n := w.cards(ids[1]); n != 0 {
			w.t.Errorf("%d cards of a lead without news", n)
		}
		if status, text := w.request(http.MethodPost, "/v1/leads?quiet=perhaps", demoCRMKey, fit("x.example")); status != http.StatusBadRequest {
			w.t.Errorf("%d: %s", status, text)
		}
	})
}

// A webhook and a model that hang hold no card back: it comes at its deadline, and is
// drawn again after a click, however much waits for the far sides.
func TestFarSidesThatHangHoldNoCardBack(t *testing.T) {
	hook, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer hook.Close()
	w := newWorld(t, backends[1].set(t))
	w.set(map[string]string{"LEADTRIAGE_WEBHOOK_URL": "http://" + hook.Addr().String() + "/webhook"})
	w.start("review: {deadline: 2s, undo: 0s}")
	decided := func(r lead.Record) bool { return r.Stage == lead.Approved }
	for i := range 40 {
		id := w.post(http.StatusAccepted, fit(fmt.Sprintf("firm-%d.example", i))).ID
		w.until(id, "asked about", func(r lead.Record) bool { return r.Stage == lead.AwaitingReview })
		body := map[string]any{"decision": "approve"}
		if status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/decision", demoOperatorKey, body); status/100 != 2 {
			t.Fatalf("%d: %s", status, text)
		}
		w.until(id, "approved", decided)
	}
	w.model.SetFault(func(sim.ModelRequest) *sim.ModelFault { return &sim.ModelFault{Kind: sim.ModelSlow} })
	defer w.model.SetFault(nil)
	var ids []string
	for i := range 20 {
		host := fmt.Sprintf("new-%d.example", i)
		w.web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
		ids = append(ids, w.post(http.StatusAccepted, fit(host)).ID)
	}
	for _, id := range ids {
		card := w.card(id, asking)
		if r := w.record(id); !slices.Contains(r.Flags, lead.FlagIncomplete) {
			t.Errorf("asked about with flags %v", r.Flags)
		}
		if _, err := w.slack.Click(w.patient(), demoReviewer, demoChannel, card.TS, "lead_approve"); err != nil {
			t.Error(err)
		}
		w.card(id, settled)
	}
}

// Sites that do not answer hold up no lead whose site does.
func TestDeadSitesHoldNobodyBack(t *testing.T) {
	deaf, err := net.Listen("tcp", "127.0.0.1:0") // takes connections, and never answers
	if err != nil {
		t.Fatal(err)
	}
	defer deaf.Close()
	w := newWorld(t, backends[1].set(t))
	resolve, hosts := "", []string{}
	for i := range 60 {
		hosts = append(hosts, fmt.Sprintf("dead-%d.example", i))
		resolve += hosts[i] + "=" + deaf.Addr().String() + ","
	}
	for _, line := range w.environ {
		if all, ok := strings.CutPrefix(line, "LEADTRIAGE_PAGE_RESOLVE="); ok {
			resolve += all
		}
	}
	w.set(map[string]string{"LEADTRIAGE_PAGE_RESOLVE": resolve})
	w.start("enrichment: {concurrency: 4}")
	var dead []string
	for _, host := range hosts {
		dead = append(dead, w.post(http.StatusAccepted, fit(host)).ID)
	}
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	w.card(id, func(m sim.SlackMessage) bool { return asking(m) && strings.Contains(m.Plain(), "250") })
	if r := w.record(dead[0]); len(r.Facts) > 0 || r.Enrich.State != lead.EnrichmentPending {
		t.Errorf("the dead site's lead: %+v", r.Enrich)
	}
}
