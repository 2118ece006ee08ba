package main

import (
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// digests are those that stand in the channel.
func (w *world) digests() (all []sim.SlackMessage) {
	for _, m := range w.slack.Messages(demoChannel) {
		if m.Metadata != nil && m.Metadata.EventType == "lead_digest" {
			all = append(all, m)
		}
	}
	return all
}

func TestTheDigestTellsOnceADayWhatWaitsAndWhatWasDone(t *testing.T) {
	const yaml = "review: {undo: 0s, remind_after: 0s, backup_after: 0s, hours: {zone: Europe/Rome}}\nslack: {rate: 8}"
	nine := nextMonday().Add(-time.Hour)
	onBoth(t, yaml, func(w *world) {
		var ids []string
		for i := range 12 {
			body := w.firm(fmt.Sprintf("firm%d.example", i))
			if i == 0 { // nothing is known of it: no EQL by the rules
				w.web.Add("firm0.example", "/", "<h1>Firm</h1><p>Welcome.</p>")
			}
			ids = append(ids, w.post(http.StatusAccepted, body).ID)
		}
		bought := w.firm("bought.example")
		bought["source"], bought["events"] = "purchased_list", []any{}
		no := w.post(http.StatusAccepted, bought).ID
		w.until(no, "disqualified", func(r lead.Record) bool { return r.Stage == lead.Disqualified })
		quiet := w.firm("parkside.example")
		quiet["partner"], quiet["source"], quiet["events"], quiet["use_case"] = map[string]any{"id": "direct", "tier": "none"}, "website", []any{}, ""
		quiet["company"] = map[string]any{"name": "Parkside"}
		parked := w.post(http.StatusAccepted, quiet).ID
		w.until(parked, "parked", func(r lead.Record) bool { return r.Stage == lead.Parked })
		for _, id := range ids {
			w.card(id, asking)
		}
		w.click(demoReviewer, w.card(ids[0], asking), "lead_approve")
		w.card(ids[0], settled)
		w.until(ids[0], "told of in its thread", func(r lead.Record) bool { return effect(r, lead.ThreadEffect).State == lead.Delivered })

		w.slack.FailNext("chat.postMessage", 1, sim.SlackFault{Lose: true}) // the digest's answer
		w.slack.FailNext("conversations.history", 1, sim.SlackFault{Status: http.StatusInternalServerError})
		w.leap(nine.Add(time.Second))
		if err := w.slack.Wait(w.patient(), func() bool { return len(w.digests()) > 0 }); err != nil {
			w.t.Fatal(err)
		}
		said := func(times int, what string) {
			w.t.Helper()
			ctx := w.patient()
			for strings.Count(w.log.String(), what) < times {
				select {
				case <-time.After(20 * time.Millisecond):
				case <-ctx.Done():
					w.t.Fatalf("the log never says %s %d times", what, times)
				}
			}
		}
		day := func(t time.Time) string { return t.Format(time.DateOnly) }
		for n := range 2 {
			said(n+1, "the digest was not posted")
			w.leap(w.now().Add(10 * time.Second)) // it is looked for in the channel then
		}
		said(1, "day="+day(nine)+" state=delivered")
		all := w.digests()
		text := all[0].Plain()
		for _, want := range []string{"wait for a decision: 11", "… and 1 more", "/archives/" + demoChannel + "/p", "Decided: 1 (1 approved, 0 rejected", "Overridden proposals: 1", "Time to decide: half within 1 min", "Parked, nobody was asked: 1", "nurture · *Parkside* · No partner", "Disqualified by rule: 1 (unverified list 1)"} {
			if !strings.Contains(text, want) {
				w.t.Errorf("the digest lacks %q:\n%s", want, text)
			}
		}
		if len(all) != 1 || strings.Count(text, "open the card") != 10 || strings.Contains(text, "Waiting longest") {
			w.t.Errorf("%d digests; the first:\n%s", len(all), text)
		}

		for _, id := range ids[1:] {
			if status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/decision", demoOperatorKey, map[string]any{"decision": "reject", "reason": "no_intent"}); status != http.StatusOK {
				w.t.Fatalf("%d %s", status, text)
			}
		}
		tuesday, wednesday := nine.AddDate(0, 0, 1), nine.AddDate(0, 0, 2)
		w.leap(tuesday.Add(time.Second))
		said(1, "day="+day(tuesday)+" state=delivered")
		if all = w.digests(); len(all) != 2 || !strings.Contains(all[1].Plain(), "Decided: 11 (0 approved, 11 rejected") || !strings.Contains(all[1].Plain(), "wait for a decision: 0") {
			w.t.Errorf("%d digests; the last:\n%s", len(all), all[len(all)-1].Plain())
		}
		w.leap(wednesday.Add(time.Second))
		said(1, "day="+day(wednesday)+" state=quiet")
		if n := len(w.digests()); n != 2 {
			w.t.Errorf("%d digests, though there was nothing to tell", n)
		}
		friday := nine.AddDate(0, 0, 4) // Thursday's is a day late, Friday's an hour
		w.leap(friday.Add(time.Hour))
		said(1, "day="+day(friday)+" state=quiet")
	}, func(w *world) { w.leap(nine.Add(-time.Hour)) })
}
