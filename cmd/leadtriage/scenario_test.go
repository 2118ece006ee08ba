package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/redis/go-redis/v9"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

func TestALeadIsApprovedAndTheCRMHearsOfIt(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		card := w.card(id, asking)
		for _, text := range []string{"Northwind", "Acme Integrations", "northwind.example"} {
			if !strings.Contains(card.Plain(), text) {
				w.t.Errorf("the card does not show %q:\n%s", text, card.Plain())
			}
		}
		before := w.record(id)
		if before.Verdict != lead.EQL || before.Stage != lead.AwaitingReview {
			w.t.Errorf("proposed %s at %s", before.Verdict, before.Stage)
		}
		answer, err := w.slack.Click(w.patient(), demoReviewer, card.Channel, card.TS, "lead_approve")
		if err != nil || answer.Status != http.StatusOK || answer.Took > 3*time.Second {
			w.t.Fatalf("the click was answered %+v, %v", answer, err)
		}
		redrawn := w.card(id, settled)
		if !strings.Contains(redrawn.Plain(), demoReviewer) {
			w.t.Errorf("the redrawn card does not say who decided:\n%s", redrawn.Plain())
		}
		hook := w.delivered(id)
		r := w.until(id, "delivered", func(r lead.Record) bool {
			return !slices.ContainsFunc(r.Effects, func(e lead.RecordEffect) bool { return e.State != lead.Delivered })
		})
		var body struct {
			Type string
			Data lead.Record
		}
		if err := json.Unmarshal(hook.Body, &body); err != nil {
			w.t.Fatal(err)
		}
		if !hook.Verified || hook.Type != "lead.approved" || body.Data.ID != id || body.Data.Stage != lead.Approved || body.Data.Review.By != demoReviewer {
			w.t.Errorf("webhook %s verified %v: %s", hook.Type, hook.Verified, hook.Body)
		}
		if r.Stage != lead.Approved || r.Review.Override || w.cards(id) != 1 || hook.Repeats != 0 {
			w.t.Errorf("stage %s, override %v, %d cards, %d repeats", r.Stage, r.Review.Override, w.cards(id), hook.Repeats)
		}
		var actions []string
		for _, h := range r.History {
			actions = append(actions, h.Action)
		}
		for _, action := range []string{"received", "enriched", "scored", "review_opened", "card_delivered", "approved", "webhook_delivered"} {
			if !slices.Contains(actions, action) {
				w.t.Errorf("history %v lacks %s", actions, action)
			}
		}
	})
}

func TestALeadIsRejectedWithAReason(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		card := w.card(id, asking)
		if _, err := w.slack.Click(w.patient(), demoReviewer, card.Channel, card.TS, "lead_reject"); err != nil {
			w.t.Fatal(err)
		}
		form, open := w.slack.Modal(demoReviewer)
		if !open {
			w.t.Fatal("no form for the reason")
		}
		// A colleague decides while the form is open: the form's word comes too late.
		if _, err := w.slack.Click(w.patient(), "U0BRUNO", card.Channel, card.TS, "lead_reject"); err != nil {
			w.t.Fatal(err)
		}
		second, _ := w.slack.Modal("U0BRUNO")
		if _, err := w.slack.Submit(w.patient(), "U0BRUNO", second.ID, map[string]string{"reason": "no_intent", "note": "spoke to them"}); err != nil {
			w.t.Fatal(err)
		}
		answer, err := w.slack.Submit(w.patient(), demoReviewer, form.ID, map[string]string{"reason": "wrong_data"})
		if err != nil || !strings.Contains(string(answer.Body), "U0BRUNO") {
			w.t.Errorf("the late form was told %s, %v", answer.Body, err)
		}
		w.delivered(id)
		r := w.record(id)
		if r.Stage != lead.Rejected || r.Review.By != "U0BRUNO" || r.Review.Reason != "no_intent" || r.Review.Note != "spoke to them" {
			w.t.Errorf("stage %s, review %+v", r.Stage, r.Review)
		}
	})
}

func TestOnlyReviewersDecideAndTheFirstWins(t *testing.T) {
	alone(t, "review: {undo: 0s}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		card := w.card(id, asking)
		if _, err := w.slack.Click(w.patient(), "U0CLEO", card.Channel, card.TS, "lead_approve"); err != nil {
			w.t.Fatal(err)
		}
		w.told("U0CLEO", "reviewer")
		if r := w.record(id); r.Stage != lead.AwaitingReview {
			w.t.Fatalf("a stranger's click moved the lead to %s", r.Stage)
		}
		var clicks sync.WaitGroup
		for i := range 20 {
			clicks.Go(func() {
				user := []string{demoReviewer, "U0BRUNO"}[i%2]
				_, err := w.slack.Click(w.patient(), user, card.Channel, card.TS, "lead_approve")
				if errors.Is(err, sim.ErrSlackNoElement) { // redrawn meanwhile; this person's screen is behind
					_, err = w.slack.ClickStale(w.patient(), user, card.Channel, card.TS, "lead_approve")
				}
				if err != nil {
					w.t.Error(err)
				}
			})
		}
		clicks.Wait()
		r := w.record(id)
		loser := map[string]string{demoReviewer: "U0BRUNO", "U0BRUNO": demoReviewer}[r.Review.By]
		w.told(loser, r.Review.By)
		w.delivered(id)
		w.until(id, "settled", func(r lead.Record) bool { return r.Effects[len(r.Effects)-1].State == lead.Delivered })
		if n := len(w.crm.Deliveries()); n != 1 || w.cards(id) != 1 {
			w.t.Errorf("%d webhooks, %d cards; want one of each", n, w.cards(id))
		}
	})
}

// told waits until somebody is told something privately.
func (w *world) told(user, word string) {
	w.t.Helper()
	err := w.slack.Wait(w.patient(), func() bool {
		return slices.ContainsFunc(w.slack.Ephemerals(user), func(m sim.SlackMessage) bool { return strings.Contains(m.Plain(), word) })
	})
	if err != nil {
		w.t.Errorf("%s was not told of %q: %v", user, word, w.slack.Ephemerals(user))
	}
}

func TestForgedClicksChangeNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("")
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	card := w.card(id, asking)
	answer, err := w.slack.Click(w.patient(), "U0CLEO", card.Channel, card.TS, "lead_approve")
	if err != nil {
		t.Fatal(err)
	}
	forged := []byte(strings.ReplaceAll(string(answer.Sent), "U0CLEO", demoReviewer))
	signature, stamp := answer.Header.Get("X-Slack-Signature"), answer.Header.Get("X-Slack-Request-Timestamp")
	for name, headers := range map[string][]string{
		"another body under the signature": {"X-Slack-Signature", signature, "X-Slack-Request-Timestamp", stamp},
		"no signature":                     {"X-Slack-Request-Timestamp", stamp},
		"an old moment":                    {"X-Slack-Signature", signature, "X-Slack-Request-Timestamp", "1500000000"},
	} {
		headers = append(headers, "Content-Type", "application/x-www-form-urlencoded")
		if status, _ := w.request(http.MethodPost, "/slack/interactions", "", forged, headers...); status != http.StatusUnauthorized {
			t.Errorf("%s: answered %d", name, status)
		}
	}
	if r := w.record(id); r.Stage != lead.AwaitingReview {
		t.Errorf("the lead is %s", r.Stage)
	}
}

func TestTheCardGoesOutIncompleteAndIsRedrawn(t *testing.T) {
	onBoth(t, "review: {deadline: 1s}", func(w *world) {
		w.model.SetFault(func(sim.ModelRequest) *sim.ModelFault { return &sim.ModelFault{Kind: sim.ModelServerError} })
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		w.card(id, asking)
		if r := w.record(id); !slices.Contains(r.Flags, lead.FlagIncomplete) {
			w.t.Errorf("flags %v", r.Flags)
		}
		w.model.SetFault(nil)
		r := w.until(id, "complete", func(r lead.Record) bool { return !slices.Contains(r.Flags, lead.FlagIncomplete) && len(r.Facts) > 3 })
		if r.Stage != lead.AwaitingReview || r.Score.ICP < 30 {
			w.t.Errorf("stage %s, ICP %d", r.Stage, r.Score.ICP)
		}
		w.card(id, func(m sim.SlackMessage) bool { return asking(m) && strings.Contains(m.Plain(), "250") })
		if w.cards(id) != 1 {
			w.t.Errorf("%d cards", w.cards(id))
		}
	})
}

func TestAHangingModelHoldsNoCardBack(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("review: {deadline: 1s}\nenrichment: {concurrency: 1}")
	w.model.SetFault(func(sim.ModelRequest) *sim.ModelFault { return &sim.ModelFault{Kind: sim.ModelSlow} })
	defer w.model.SetFault(nil)
	for _, host := range []string{"northwind.example", "havelpay.example", "polderlogic.example"} {
		id := w.post(http.StatusAccepted, fit(host)).ID
		w.card(id, asking)
	}
}

func TestAPostWithoutAnswerIsAdopted(t *testing.T) {
	onBoth(t, "", func(w *world) {
		w.slack.FailNext("chat.postMessage", 1, sim.SlackFault{Lose: true})
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		w.card(id, asking)
		w.skip(id, lead.CardEffect, lead.Unsure)
		r := w.until(id, "adopted", func(r lead.Record) bool { return r.Review != nil && r.Review.TS != "" })
		if w.cards(id) != 1 || effect(r, lead.CardEffect).Attempts != 2 {
			w.t.Errorf("%d cards, effects %+v", w.cards(id), r.Effects)
		}
	}, func(w *world) { w.set(map[string]string{"HUBSPOT_TOKEN": ""}) }) // whose answer would have the card drawn again
}

func TestThrottlingIsNotAFailedAttempt(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("")
	w.slack.FailNext("chat.postMessage", 2, sim.SlackFault{Status: http.StatusTooManyRequests, RetryAfter: time.Second})
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	r := w.until(id, "carded", func(r lead.Record) bool {
		return r.Review != nil && r.Review.TS != "" && r.Effects[0].State == lead.Delivered
	})
	if r.Effects[0].Attempts != 1 {
		t.Errorf("%d attempts", r.Effects[0].Attempts)
	}
}

func TestAFailingCRMIsTriedAgainUnderOneID(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		w.crm.FailNext(2, sim.CRMFault{Kind: sim.CRMError})
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		card := w.card(id, asking)
		if _, err := w.slack.Click(w.patient(), demoReviewer, card.Channel, card.TS, "lead_approve"); err != nil {
			w.t.Fatal(err)
		}
		w.delivered(id)
		ids := map[string]bool{}
		for _, a := range w.crm.Attempts() {
			ids[a.ID] = true
		}
		r := w.until(id, "delivered", func(r lead.Record) bool {
			return slices.ContainsFunc(r.Effects, func(e lead.RecordEffect) bool { return e.Kind == lead.WebhookEffect && e.State == lead.Delivered })
		})
		if len(ids) != 1 || len(w.crm.Attempts()) != 3 {
			w.t.Errorf("%d attempts under %d ids; effects %+v", len(w.crm.Attempts()), len(ids), r.Effects)
		}
	})
}

func TestTheUndoTimeIsKept(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("review: {undo: 2s}")
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	card := w.card(id, asking)
	if _, err := w.slack.Click(w.patient(), demoReviewer, card.Channel, card.TS, "lead_approve"); err != nil {
		t.Fatal(err)
	}
	w.delivered(id)
	r := w.record(id)
	if waited := w.crm.Deliveries()[0].At.Sub(*r.Review.At); waited < 2*time.Second {
		t.Errorf("the webhook left %s after the decision", waited)
	}
}

func TestARejectedLeadComesBackWithANewerEvent(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		first := w.card(id, asking)
		if status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/decision", demoOperatorKey, map[string]any{"decision": "reject", "reason": "no_intent"}); status != http.StatusOK {
			w.t.Fatalf("decision by API: %d %s", status, text)
		}
		w.card(id, settled)
		old := map[string]any{"events": []any{map[string]any{"type": "docs_visit", "at": time.Now().Add(-24 * time.Hour).UTC().Format(time.RFC3339)}}}
		w.request(http.MethodPost, "/v1/leads/"+id+"/events", demoCRMKey, old)
		if r := w.record(id); r.Stage != lead.Rejected {
			w.t.Fatalf("an older event moved the lead to %s", r.Stage)
		}
		fresh := map[string]any{"type": "budget_confirmed", "at": time.Now().Add(time.Second).UTC().Format(time.RFC3339)}
		if status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/events", demoCRMKey, fresh); status/100 != 2 {
			w.t.Fatalf("event: %d %s", status, text)
		}
		second := w.card(id, asking)
		r := w.record(id)
		if r.Stage != lead.AwaitingReview || r.Review.Round != 2 || second.TS == first.TS {
			w.t.Errorf("stage %s, round %d, same card %v", r.Stage, r.Review.Round, second.TS == first.TS)
		}
		if _, err := w.slack.ClickStale(w.patient(), demoReviewer, first.Channel, first.TS, "lead_approve"); err != nil {
			w.t.Fatal(err)
		}
		w.told(demoReviewer, "round")
		if r := w.record(id); r.Stage != lead.AwaitingReview {
			w.t.Errorf("a click on the old card moved the lead to %s", r.Stage)
		}
	})
}

func TestAThousandPostsAtOnceAreOneLead(t *testing.T) {
	alone(t, "", func(w *world) {
		body := fit("northwind.example")
		var fresh atomic.Int64
		var ids sync.Map
		gate := make(chan struct{}, 50)
		var all sync.WaitGroup
		for range 1000 {
			gate <- struct{}{}
			all.Go(func() {
				defer func() { <-gate }()
				status, text := w.request(http.MethodPost, "/v1/leads", demoCRMKey, body)
				for status == http.StatusServiceUnavailable { // a slow machine says: the same again
					status, text = w.request(http.MethodPost, "/v1/leads", demoCRMKey, body)
				}
				var r lead.Receipt
				if err := json.Unmarshal(text, &r); err != nil || status/100 != 2 {
					w.t.Errorf("%d %s", status, text)
					return
				}
				if status == http.StatusAccepted {
					fresh.Add(1)
				}
				ids.Store(r.ID, true)
			})
		}
		all.Wait()
		n := 0
		ids.Range(func(id, _ any) bool { n++; w.card(id.(string), asking); return true })
		if n != 1 || fresh.Load() != 1 || len(w.slack.Messages(demoChannel)) != 1 {
			w.t.Errorf("%d leads, %d times new, %d cards", n, fresh.Load(), len(w.slack.Messages(demoChannel)))
		}
		if calls := len(w.asked()); calls > 2 {
			w.t.Errorf("%d calls of the model for one lead", calls)
		}
	})
}

func TestAnEmptiedRedisLosesNothing(t *testing.T) {
	t.Parallel()
	url := backing.RedisURL(t)
	w := newWorld(t, map[string]string{"REDIS_URL": url, "DATABASE_URL": backing.PostgresURL(t)})
	w.start("review: {undo: 2s}")
	o, err := redis.ParseURL(url)
	if err != nil {
		t.Fatal(err)
	}
	rdb := redis.NewClient(o)
	defer rdb.Close()
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	card := w.card(id, asking)
	if _, err := w.slack.Click(w.patient(), demoReviewer, card.Channel, card.TS, "lead_approve"); err != nil {
		t.Fatal(err)
	}
	if err := rdb.FlushAll(w.patient()).Err(); err != nil {
		t.Fatal(err)
	}
	w.delivered(id)
}

func TestAGracefulStopLosesNothing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("review: {undo: 0s}")
	hold := make(chan struct{})
	first := sync.OnceFunc(func() { close(hold) })
	w.model.SetFault(func(sim.ModelRequest) *sim.ModelFault {
		first()
		return &sim.ModelFault{Kind: sim.ModelSlow, Delay: 500 * time.Millisecond}
	})
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	<-hold // the worker is in the middle of the model's answer
	w.stop()
	w.start("review: {undo: 0s}")
	w.card(id, asking)
	if w.cards(id) != 1 {
		t.Errorf("%d cards", w.cards(id))
	}
}

func TestSocketModeDoesAllThatHTTPDoes(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"SLACK_APP_TOKEN": demoAppToken, "SLACK_SIGNING_SECRET": ""})
	w.start("review: {undo: 0s}")
	w.slack.SetAppURL("")
	if err := w.slack.Wait(w.patient(), func() bool { return w.slack.Connections() > 0 }); err != nil {
		t.Fatal(err)
	}
	approved := w.post(http.StatusAccepted, fit("northwind.example")).ID
	card := w.card(approved, asking)
	if _, err := w.slack.Click(w.patient(), demoReviewer, card.Channel, card.TS, "lead_approve"); err != nil {
		t.Fatal(err)
	}
	w.delivered(approved)
	rejected := w.post(http.StatusAccepted, fit("polderlogic.example")).ID
	card = w.card(rejected, asking)
	if _, err := w.slack.Click(w.patient(), demoReviewer, card.Channel, card.TS, "lead_reject"); err != nil {
		t.Fatal(err)
	}
	form, open := w.slack.Modal(demoReviewer)
	if !open {
		t.Fatal("no form for the reason")
	}
	if _, err := w.slack.Submit(w.patient(), demoReviewer, form.ID, map[string]string{"reason": "wrong_data"}); err != nil {
		t.Fatal(err)
	}
	w.delivered(rejected)
	if a, r := w.record(approved).Stage, w.record(rejected).Stage; a != lead.Approved || r != lead.Rejected {
		t.Errorf("%s and %s", a, r)
	}
}

func TestWithoutSlackLeadsWaitAndTheAPIDecides(t *testing.T) {
	t.Parallel()
	w := newWorld(t, map[string]string{"SLACK_BOT_TOKEN": "", "LEADTRIAGE_WEBHOOK_URL": "", "LEADTRIAGE_WEBHOOK_SECRET": "", "HUBSPOT_TOKEN": ""})
	w.start("")
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	w.until(id, "under review", func(r lead.Record) bool { return r.Stage == lead.AwaitingReview })
	status, text := w.request(http.MethodPost, "/v1/leads/"+id+"/decision", demoCRMKey, map[string]any{"decision": "approve"})
	if status != http.StatusForbidden {
		t.Errorf("a key without the role decide: %d %s", status, text)
	}
	status, text = w.request(http.MethodPost, "/v1/leads/"+id+"/decision", demoOperatorKey, map[string]any{"decision": "approve"})
	if r := w.record(id); status != http.StatusOK || r.Stage != lead.Approved || r.Review.By != "operator" || r.Effects[0].Attempts != 0 {
		t.Errorf("%d %s; by %s, effects %+v", status, text, r.Review.By, r.Effects)
	}
}

func TestTheDaysBudgetIsKept(t *testing.T) {
	t.Parallel()
	const costly = "review: {deadline: 1s}\nenrichment: {exam: false, prices: {gpt-4.1-mini: {prompt: 1000, cached: 1000, completion: 1000}}, daily_cap: 0.01, on_cap: %s}"
	for _, onCap := range []string{"wait", "rules"} {
		t.Run(onCap, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, nil)
			w.start(fmt.Sprintf(costly, onCap))
			first := w.post(http.StatusAccepted, fit("northwind.example")).ID
			w.card(first, asking)
			if r := w.record(first); r.Usage.CostUSD < 0.01 || len(r.Facts) == 0 {
				t.Fatalf("usage %+v, %d facts", r.Usage, len(r.Facts))
			}
			calls := len(w.asked())
			second := w.post(http.StatusAccepted, fit("polderlogic.example")).ID
			r := w.until(second, "proposed", func(r lead.Record) bool { return r.Score != nil })
			if incomplete := slices.Contains(r.Flags, lead.FlagIncomplete); incomplete != (onCap == "wait") || len(w.asked()) != calls {
				t.Errorf("flags %v, %d calls more", r.Flags, len(w.asked())-calls)
			}
			if onCap == "wait" && !strings.Contains(r.Enrich.LastError, "budget") {
				t.Errorf("the lead does not say why it waits: %+v", r.Enrich)
			}
		})
	}
}
