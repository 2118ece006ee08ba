package main

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// stir sends an event that is newer than all before, so that the card is drawn again.
func (w *world) stir(id string) {
	w.t.Helper()
	event := map[string]any{"type": "docs_visit", "at": time.Now().UTC().Format(time.RFC3339Nano)}
	if status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/events", demoCRMKey, event); status/100 != 2 {
		w.t.Fatalf("event: %d %s", status, text)
	}
}

// firm is a lead of a company that has a site.
func (w *world) firm(host string) map[string]any {
	w.web.Add(host, "/", "<h1>Firm</h1><p>We make software in Milan, Italy. Our team of 250 people works here.</p>")
	return fit(host)
}

// effect is the newest effect of the kind.
func effect(r lead.Record, kind lead.EffectKind) (e lead.RecordEffect) {
	for _, have := range r.Effects {
		if have.Kind == kind {
			e = have
		}
	}
	return e
}

func TestACardDeletedByHandIsPostedAgainOnce(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		first := w.card(id, asking)
		w.slack.Remove(first.Channel, first.TS)
		w.stir(id)
		second := w.card(id, asking)
		r := w.until(id, "posted again", func(r lead.Record) bool { return r.Review.TS == second.TS })
		if second.TS == first.TS || count(r, "card_deleted") != 1 || count(r, "card_delivered") != 2 {
			w.t.Errorf("cards at %s and %s, %d deleted, %d delivered", first.TS, second.TS, count(r, "card_deleted"), count(r, "card_delivered"))
		}

		w.slack.Remove(second.Channel, second.TS)
		w.stir(id)
		w.until(id, "stuck", func(r lead.Record) bool { return effect(r, lead.CardEffect).State == lead.GivenUp })
		w.stir(id) // nor does a later wish post it
		if r = w.record(id); r.Stage != lead.AwaitingReview || count(r, "card_deleted") != 2 || w.cards(id) != 0 || !strings.Contains(effect(r, lead.CardEffect).LastError, "lead retry") {
			w.t.Errorf("stage %s, %d deleted, %d cards, effects %+v", r.Stage, count(r, "card_deleted"), w.cards(id), r.Effects)
		}
		if n := strings.Count(w.log.String(), "given up; mend what the error names"); n != 1 {
			w.t.Errorf("the operator heard of it %d times", n)
		}
		var out bytes.Buffer
		if code := run(w.patient(), []string{"lead", "retry", id}, w.environ, &out, &out); code != 0 {
			w.t.Fatalf("lead retry: %s", &out)
		}
		third := w.card(id, asking)
		w.click(demoReviewer, third, "lead_approve")
		w.card(id, settled)

		w.slack.Remove(third.Channel, third.TS) // decided: nothing is missed
		w.stir(id)
		if r := w.record(id); r.Stage != lead.Approved || count(r, "card_deleted") != 2 || w.cards(id) != 0 {
			w.t.Errorf("stage %s, %d deleted, %d cards", r.Stage, count(r, "card_deleted"), w.cards(id))
		}
	})
}

func TestACardThatSlackRefusesWaitsForAnOperator(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("")
	w.slack.FailNext("chat.postMessage", 1, sim.SlackFault{Error: "invalid_blocks"})
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	w.until(id, "given up", func(r lead.Record) bool { return effect(r, lead.CardEffect).State == lead.GivenUp })
	if n, m := strings.Count(w.log.String(), "level=ERROR"), strings.Count(w.log.String(), "lead retry"); n != 1 || m != 1 || strings.Contains(w.log.String(), "tried again") {
		t.Errorf("the operator heard of %d errors, and %d times what to do", n, m)
	}
	if out := w.command("lead", "retry", id); w.record(id).Stage != lead.AwaitingReview {
		t.Errorf("lead retry says %s", out)
	}
	w.card(id, asking)
}

// Whatever closes the channel: the operator hears which, once; leads wait and say
// why; and all is posted once it is mended.
func TestAClosedChannelLosesNoLead(t *testing.T) {
	t.Parallel()
	for code, closed := range map[string]func(w *world, yes bool){
		"is_archived":    func(w *world, yes bool) { w.slack.Archive(demoChannel, yes) },
		"not_in_channel": func(w *world, yes bool) { w.slack.Invite(demoChannel, !yes) },
		"token_revoked":  func(w *world, yes bool) { w.slack.Revoke(yes) },
		"account_inactive": func(w *world, yes bool) {
			w.slack.Mend()
			if yes {
				w.slack.FailNext("chat.postMessage", 100, sim.SlackFault{Error: "account_inactive"})
			}
		},
	} {
		t.Run(code, func(t *testing.T) {
			onBoth(t, "slack: {rate: 10}", func(w *world) {
				closed(w, true)
				var ids []string
				for i := range 5 {
					ids = append(ids, w.post(http.StatusAccepted, w.firm(fmt.Sprintf("firm%d.example", i))).ID)
				}
				for _, id := range ids {
					r := w.until(id, "waiting", func(r lead.Record) bool {
						e := effect(r, lead.CardEffect)
						return strings.Contains(e.LastError, code+": ") && e.State != lead.Sending // one of them tries now and then
					})
					if e := effect(r, lead.CardEffect); r.Stage != lead.AwaitingReview || e.State != lead.Pending || e.Attempts != 0 {
						w.t.Errorf("stage %s, %+v", r.Stage, e)
					}
				}
				_, text := w.request(http.MethodGet, "/metrics", demoOperatorKey, nil)
				if want := fmt.Sprintf(`leadtriage_slack_obstructed{channel=%q,reason=%q} 1`, demoChannel, code); !strings.Contains(string(text), want) {
					w.t.Errorf("the metrics lack %s", want)
				}
				// A round that is decided and overtaken before its card goes out needs none.
				twice := code == "is_archived"
				if twice {
					if status, text := w.request(http.MethodPost, "/v1/leads/"+ids[0]+"/decision", demoOperatorKey, map[string]any{"decision": "reject", "reason": "wrong_data"}); status != http.StatusOK {
						w.t.Fatalf("decision: %d %s", status, text)
					}
					w.stir(ids[0])
				}
				closed(w, false)
				for _, id := range ids {
					w.card(id, asking)
				}
				if twice {
					w.until(ids[0], "its second round carded", func(r lead.Record) bool { return r.Review.TS != "" })
					if n := w.cards(ids[0]); n != 1 {
						w.t.Errorf("%d cards of a lead that was asked about twice", n)
					}
				}
				if n := strings.Count(w.log.String(), "Slack takes no messages"); n != 1 {
					w.t.Errorf("the operator heard of it %d times", n)
				}
				if n := strings.Count(w.log.String(), "tried again"); n > 0 {
					w.t.Errorf("%d warnings about single leads:\n%s", n, w.log)
				}
				tries := 0
				for _, c := range w.slack.Calls() {
					if c.Method == "chat.postMessage" && c.Error == code {
						tries++
					}
				}
				if tries > 4 {
					w.t.Errorf("%d probes", tries)
				}
				_, text = w.request(http.MethodGet, "/metrics", demoOperatorKey, nil)
				if strings.Contains(string(text), "leadtriage_slack_obstructed{") {
					w.t.Error("the metrics still show an outage")
				}
			})
		})
	}
}

func TestTheHighestScoreIsCardedFirst(t *testing.T) {
	onBoth(t, "slack: {rate: 5}", func(w *world) {
		w.slack.Archive(demoChannel, true)
		send := func(i int, events ...string) string {
			body := w.firm(fmt.Sprintf("firm%d.example", i))
			var list []any
			for _, e := range events {
				list = append(list, map[string]any{"type": e, "at": time.Now().UTC().Format(time.RFC3339)})
			}
			body["events"] = list
			id := w.post(http.StatusAccepted, body).ID
			w.until(id, "waiting", func(r lead.Record) bool { return r.Stage == lead.AwaitingReview })
			return id
		}
		kinds := []string{"demo_request", "integration_install", "pricing_page_view", "trial_started", "budget_confirmed"}
		for i := range 12 {
			send(i, kinds[:2+i%2]...)
		}
		w.slack.Archive(demoChannel, false)
		var late string
		if err := w.slack.Wait(w.patient(), func() bool { return len(w.slack.Messages(demoChannel)) >= 2 }); err != nil {
			w.t.Fatal(err)
		}
		late = send(99, kinds...) // overtakes those that wait
		before := len(w.slack.Messages(demoChannel))
		w.card(late, asking)
		if err := w.slack.Wait(w.patient(), func() bool { return len(w.slack.Messages(demoChannel)) == 13 }); err != nil {
			w.t.Fatal(err)
		}
		var scores []int
		place := 0
		for i, m := range w.slack.Messages(demoChannel) {
			id := m.Metadata.EventPayload["lead_id"].(string)
			if id == late {
				place = i
				continue
			}
			scores = append(scores, w.record(id).Score.Total)
		}
		if !slices.IsSortedFunc(scores, func(a, b int) int { return b - a }) || scores[0] == scores[11] {
			w.t.Errorf("carded in the order %v", scores)
		}
		if place > before+1 { // one may have been on its way
			w.t.Errorf("the best lead was carded as number %d, after %d", place+1, before)
		}
		for _, c := range w.slack.Calls() {
			if c.Error == "ratelimited" {
				w.t.Error("Slack had to ask for patience")
			}
		}
	})
}

// A card that Slack no longer lets us change is closed below it: who asks again posts a
// new card, and what was decided is said once.
func TestACardThatCannotBeChanged(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		fixed := sim.SlackFault{Error: "cant_update_message"}
		below := func(card sim.SlackMessage, words string) (n int) {
			for _, m := range w.slack.Messages(demoChannel) {
				if m.ThreadTS == card.TS && strings.Contains(m.Plain(), words) {
					n++
				}
			}
			return n
		}
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		first := w.card(id, asking)
		w.slack.FailNext("chat.update", 100, fixed)
		w.request(http.MethodPost, "/v1/leads/"+id+"/events", demoOperatorKey, map[string]any{"type": "contact_sales", "at": w.now().Format(time.RFC3339)})
		second := w.card(id, func(m sim.SlackMessage) bool { return m.TS != first.TS && asking(m) })
		w.slack.Mend()
		if n := below(first, "a new card takes its place"); n != 1 {
			w.t.Errorf("%d replies below the first card", n)
		}

		w.slack.FailNext("chat.update", 100, fixed)
		w.click(demoReviewer, second, "lead_approve")
		said := func() bool { return below(second, "*Approved* by <@"+demoReviewer+">") > 0 }
		if err := w.slack.Wait(w.patient(), said); err != nil {
			w.t.Fatalf("below the second card nothing is said: %v", err)
		}
		w.request(http.MethodPost, "/v1/leads/"+id+"/events", demoOperatorKey, map[string]any{"type": "docs_visit", "at": w.now().Format(time.RFC3339)})
		w.until(id, "drawn", func(r lead.Record) bool {
			return effect(r, lead.CardEffect).State == lead.Delivered && count(r, "added") == 2
		})
		if n := below(second, "*Approved* by"); n != 1 || w.cards(id) != 2 {
			w.t.Errorf("the decision is said %d times, %d cards", n, w.cards(id))
		}
	})
}
