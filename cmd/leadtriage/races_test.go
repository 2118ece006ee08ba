package main

import (
	"context"
	"flag"
	"fmt"
	"math/rand/v2"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

var races = flag.Int("races", 24, "how many scripted races TestScriptedRaces runs")

// scripts are what people and Slack do to one card at once. What fails in them
// fails because the process was killed meanwhile; the reviewer tries again.
var scripts = []struct {
	name string
	run  func(ctx context.Context, w *world, card sim.SlackMessage, review string)
}{
	{"two people in the same second", func(ctx context.Context, w *world, card sim.SlackMessage, _ string) {
		var people sync.WaitGroup
		for _, user := range []string{demoReviewer, "U0BRUNO"} {
			people.Go(func() { w.slack.Click(ctx, user, card.Channel, card.TS, "lead_approve") })
		}
		people.Wait()
	}},
	{"a double click", func(ctx context.Context, w *world, card sim.SlackMessage, _ string) {
		var clicks sync.WaitGroup
		for range 2 {
			clicks.Go(func() { w.slack.Click(ctx, demoReviewer, card.Channel, card.TS, "lead_approve") })
		}
		clicks.Wait()
	}},
	{"Slack's retry, and a replay", func(ctx context.Context, w *world, card sim.SlackMessage, _ string) {
		if answer, err := w.slack.Click(ctx, demoReviewer, card.Channel, card.TS, "lead_approve"); err == nil && answer.Path != "" {
			w.slack.Resend(ctx, answer)
			w.slack.Resend(ctx, answer)
		}
	}},
	{"a stale card", func(ctx context.Context, w *world, card sim.SlackMessage, _ string) {
		w.slack.Click(ctx, demoReviewer, card.Channel, card.TS, "lead_approve")
		w.slack.ClickStale(ctx, "U0BRUNO", card.Channel, card.TS, "lead_approve")
	}},
	{"a form sent after somebody else decided", func(ctx context.Context, w *world, card sim.SlackMessage, review string) {
		w.slack.Click(ctx, "U0BRUNO", card.Channel, card.TS, "lead_reject")
		w.slack.Click(ctx, demoReviewer, card.Channel, card.TS, "lead_approve")
		for _, v := range w.slack.Views() {
			if v.Open && v.User == "U0BRUNO" && strings.Contains(v.PrivateMetadata, review) {
				w.slack.Submit(ctx, "U0BRUNO", v.ID, map[string]string{"reason": "wrong_data"})
			}
		}
	}},
	{"approved while rejecting", func(ctx context.Context, w *world, card sim.SlackMessage, review string) {
		w.slack.Click(ctx, "U0BRUNO", card.Channel, card.TS, "lead_reject")
		var people sync.WaitGroup
		people.Go(func() { w.slack.Click(ctx, demoReviewer, card.Channel, card.TS, "lead_approve") })
		for _, v := range w.slack.Views() {
			if v.Open && v.User == "U0BRUNO" && strings.Contains(v.PrivateMetadata, review) {
				people.Go(func() { w.slack.Submit(ctx, "U0BRUNO", v.ID, map[string]string{"reason": "wrong_data"}) })
			}
		}
		people.Wait()
	}},
}

// TestScriptedRaces runs every script on SQLite and Postgres, over HTTP and
// Socket Mode, and kills the process among each ten, or each tenth of many; -races says how many. No
// lead has two cards, two decisions or two webhook ids.
func TestScriptedRaces(t *testing.T) {
	t.Parallel()
	var double atomic.Int64
	t.Run("on", func(t *testing.T) {
		for _, b := range backends {
			for _, way := range []string{"http", "socket"} {
				t.Run(b.name+"/"+way, func(t *testing.T) {
					t.Parallel()
					double.Add(int64(raced(t, b.set(t), way, *races/4)))
				})
			}
		}
	})
	t.Logf("%d races with kills: %d leads with a second card, decision or webhook", *races/4*4, double.Load())
}

func raced(t *testing.T, set map[string]string, way string, n int) (double int) {
	w := newWorld(t, set)
	w.set(map[string]string{"LEADTRIAGE_ADDR": freeAddr(t), "LEADTRIAGE_CONFIG": w.configFile("review: {undo: 0s}")})
	if way == "socket" {
		w.set(map[string]string{"SLACK_APP_TOKEN": demoAppToken, "SLACK_SIGNING_SECRET": ""})
	}
	launch := func() *program {
		p := w.launch()
		if way == "socket" {
			w.slack.SetAppURL("")
		}
		return p
	}
	ctx := w.within(10*time.Minute + time.Duration(n)*5*time.Second)
	side := max(10, n/10) // races side by side, with one kill among them
	p := launch()
	var ids []string
	for begun := 0; begun < n; begun += side {
		var people sync.WaitGroup
		for i := range min(side, n-begun) {
			host := fmt.Sprintf("race-%d.example", begun+i)
			w.web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
			id := w.post(http.StatusAccepted, fit(host)).ID
			ids = append(ids, id)
			people.Go(func() { w.race(ctx, id, begun+i) })
		}
		<-time.After(rand.N(1500 * time.Millisecond)) // anywhere between the first page and the last webhook
		p.kill()
		w.leap(w.now().Add(86 * time.Second)) // what it had in hand is free again: a company is so the latest
		p = launch()
		people.Wait()
	}
	for _, id := range ids {
		r := w.untilWithin(3*time.Minute, id, "delivered", func(r lead.Record) bool {
			return (r.Stage == lead.Approved || r.Stage == lead.Rejected) &&
				!slices.ContainsFunc(r.Effects, func(e lead.RecordEffect) bool { return e.State != lead.Delivered })
		})
		hooks := map[string]bool{}
		for _, a := range w.crm.Attempts() {
			if strings.HasPrefix(a.ID, id) && a.Type != "lead.updated" { // facts may come after the decision
				hooks[a.ID] = true
			}
		}
		if cards, decisions := w.cards(id), count(r, "approved")+count(r, "rejected"); cards != 1 || decisions != 1 || len(hooks) != 1 {
			double++
			t.Errorf("lead %s has %d cards, %d decisions, %d webhook ids", id, cards, decisions, len(hooks))
		}
	}
	p.kill()
	return double
}

// race waits for the lead's card, runs a script on it, and then decides if the
// process was killed before anybody had.
func (w *world) race(ctx context.Context, id string, n int) {
	of := func(m sim.SlackMessage) bool { return m.Metadata != nil && m.Metadata.EventPayload["lead_id"] == id }
	card, err := w.slack.WaitMessage(ctx, func(m sim.SlackMessage) bool { return of(m) && asking(m) })
	if err != nil {
		w.t.Errorf("lead %s has no card: %v", id, err)
		return
	}
	scripts[n%len(scripts)].run(ctx, w, card, w.reviewOf(card))
	for ctx.Err() == nil {
		drawn, cancel := context.WithTimeout(ctx, 300*time.Millisecond)
		_, err := w.slack.WaitMessage(drawn, func(m sim.SlackMessage) bool { return of(m) && settled(m) })
		cancel()
		if err == nil {
			return
		}
		w.slack.Click(ctx, demoReviewer, card.Channel, card.TS, "lead_approve")
	}
}
