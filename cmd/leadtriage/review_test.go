package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// onEveryWay runs a scenario on both backends over HTTP, and over Socket Mode.
func onEveryWay(t *testing.T, yaml string, scenario func(*world), before ...func(*world)) {
	onBoth(t, yaml, scenario, before...)
	t.Run("socket", func(t *testing.T) {
		t.Parallel()
		w := newWorld(t, map[string]string{"SLACK_APP_TOKEN": demoAppToken, "SLACK_SIGNING_SECRET": ""})
		for _, prepare := range before {
			prepare(w)
		}
		w.start(yaml)
		w.slack.SetAppURL("")
		if err := w.slack.Wait(w.patient(), func() bool { return w.slack.Connections() > 0 }); err != nil {
			t.Fatal(err)
		}
		scenario(w)
	})
}

// click presses a button as a person does, also one that was redrawn a moment ago.
func (w *world) click(user string, card sim.SlackMessage, action string) {
	w.t.Helper()
	answer, err := w.slack.Click(w.patient(), user, card.Channel, card.TS, action)
	if errors.Is(err, sim.ErrSlackNoElement) {
		answer, err = w.slack.ClickStale(w.patient(), user, card.Channel, card.TS, action)
	}
	if err != nil || answer.Problem != "" || answer.Took > 3*time.Second {
		w.t.Errorf("%s clicks %s: %v, problem %q, after %s", user, action, err, answer.Problem, answer.Took)
	}
}

// form is the modal that is open for a person.
func (w *world) form(user string) (view sim.SlackView) {
	w.t.Helper()
	if err := w.slack.Wait(w.patient(), func() (open bool) { view, open = w.slack.Modal(user); return open }); err != nil {
		w.t.Fatalf("%s sees no form: %v", user, err)
	}
	return view
}

func (w *world) submit(user string, values map[string]string) sim.SlackAnswer {
	w.t.Helper()
	answer, err := w.slack.Submit(w.patient(), user, w.form(user).ID, values)
	if err != nil || answer.Problem != "" {
		w.t.Fatalf("%s submits %v: %v, problem %q", user, values, err, answer.Problem)
	}
	return answer
}

func offers(action string) func(sim.SlackMessage) bool {
	return func(m sim.SlackMessage) bool { return slices.Contains(m.Actions(), action) }
}

func count(r lead.Record, action string) (n int) {
	for _, h := range r.History {
		if h.Action == action {
			n++
		}
	}
	return n
}

func webhooks(r lead.Record) (states []lead.EffectState) {
	for _, e := range r.Effects {
		if e.Kind == lead.WebhookEffect {
			states = append(states, e.State)
		}
	}
	return states
}

func TestAnUndoneDecisionIsAskedAgainOnTheSameCard(t *testing.T) {
	onEveryWay(t, "review: {undo: 10m}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		card := w.card(id, asking)
		w.click(demoReviewer, card, "lead_approve")
		card = w.card(id, offers("lead_undo"))
		w.click("U0CLEO", card, "lead_undo")
		w.told("U0CLEO", "reviewer")
		if r := w.record(id); r.Stage != lead.Approved {
			w.t.Fatalf("a stranger's undo moved the lead to %s", r.Stage)
		}
		w.click("U0BRUNO", card, "lead_undo")
		again := w.card(id, asking)
		if again.TS != card.TS || !strings.Contains(again.Plain(), "Undone by <@U0BRUNO>") || slices.Contains(again.Actions(), "lead_undo") {
			w.t.Errorf("the card at %s, of %s, has %v and says\n%s", again.TS, card.TS, again.Actions(), again.Plain())
		}
		w.click(demoReviewer, card, "lead_undo") // on a screen that is behind
		w.told(demoReviewer, "already undid")
		w.click(demoReviewer, again, "lead_reject")
		w.submit(demoReviewer, map[string]string{"reason": "no_intent"})
		w.card(id, offers("lead_undo"))
		w.skip(id, lead.WebhookEffect, lead.Pending)
		hook := w.delivered(id)
		r := w.until(id, "told", func(r lead.Record) bool {
			return slices.Equal(webhooks(r), []lead.EffectState{lead.Cancelled, lead.Delivered})
		})
		if r.Stage != lead.Rejected || r.Review.Round != 2 || count(r, "undone") != 1 || hook.Type != "lead.rejected" || len(w.crm.Attempts()) != 1 || w.cards(id) != 1 {
			w.t.Errorf("stage %s in round %d, %d undone, told %s in %d attempts, %d cards", r.Stage, r.Review.Round, count(r, "undone"), hook.Type, len(w.crm.Attempts()), w.cards(id))
		}
		over := w.card(id, func(m sim.SlackMessage) bool { return settled(m) && !slices.Contains(m.Actions(), "lead_undo") })
		w.click(demoReviewer, over, "lead_undo")
		w.told(demoReviewer, "too late")
		if r := w.record(id); r.Stage != lead.Rejected || count(r, "undone") != 1 {
			w.t.Errorf("a late undo moved the lead to %s", r.Stage)
		}
	})
}

func TestOnlyOneOfManyUndosCounts(t *testing.T) {
	alone(t, "review: {undo: 30s}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		w.click(demoReviewer, w.card(id, asking), "lead_approve")
		card := w.card(id, offers("lead_undo"))
		var clicks sync.WaitGroup
		for i := range 20 {
			clicks.Go(func() { w.click([]string{demoReviewer, "U0BRUNO"}[i%2], card, "lead_undo") })
		}
		clicks.Wait()
		again := w.card(id, asking)
		r := w.record(id)
		if r.Stage != lead.AwaitingReview || r.Review.Round != 2 || count(r, "undone") != 1 || w.cards(id) != 1 || again.TS != card.TS {
			w.t.Errorf("stage %s in round %d, %d undone, %d cards", r.Stage, r.Review.Round, count(r, "undone"), w.cards(id))
		}
		w.told(demoReviewer, "already undid")
		w.told("U0BRUNO", "already undid")
		if n := len(w.slack.Ephemerals(demoReviewer)) + len(w.slack.Ephemerals("U0BRUNO")); n > 19 {
			w.t.Errorf("%d sentences for 19 late clicks", n)
		}
	})
}

// An undo that meets the webhook on its way out has one outcome: taken back and
// never sent, or sent and too late.
func TestAnUndoNeverHalfSendsADecision(t *testing.T) {
	const undo = 10 * time.Minute
	after := [6]time.Duration{-40, -20, 0, 20, 400, 1100} // milliseconds: a webhook leaves within a second of its time
	onBoth(t, "review: {undo: 10m}", func(w *world) {
		var ids [6]string
		var cards [6]sim.SlackMessage
		var ends [6]time.Time
		for i := range ids {
			ids[i] = w.post(http.StatusAccepted, fit(fmt.Sprintf("race%d.example", i))).ID
		}
		side := func(each func(i int)) {
			var people sync.WaitGroup
			for i := range ids {
				people.Go(func() { each(i) })
			}
			people.Wait()
		}
		side(func(i int) {
			w.card(ids[i], asking)
			body := map[string]any{"decision": "approve"}
			if status, text := w.request(http.MethodPost, "/v1/leads/"+ids[i]+"/decision", demoOperatorKey, body); status != http.StatusOK {
				w.t.Errorf("%d %s", status, text)
			}
			cards[i], ends[i] = w.card(ids[i], offers("lead_undo")), w.record(ids[i]).Review.At.Add(undo)
		})
		w.leap(slices.MinFunc(ends[:], time.Time.Compare).Add(-200 * time.Millisecond))
		side(func(i int) {
			id := ids[i]
			<-time.After(ends[i].Add(after[i] * time.Millisecond).Sub(w.now()))
			w.click(demoReviewer, cards[i], "lead_undo")
			r := w.until(id, "settled", func(r lead.Record) bool {
				return webhooks(r)[0] == lead.Cancelled || webhooks(r)[0] == lead.Delivered
			})
			sent := slices.ContainsFunc(w.crm.Attempts(), func(a sim.Attempt) bool { return strings.HasPrefix(a.ID, id) })
			if sent != (r.Stage == lead.Approved) || sent == (count(r, "undone") == 1) {
				w.t.Errorf("sent %v, stage %s, %d undone", sent, r.Stage, count(r, "undone"))
			}
		})
	})
}

func TestWithoutAnUndoTimeThereIsNoButton(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("review: {undo: 0s}")
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	card := w.card(id, asking)
	w.click(demoReviewer, card, "lead_approve")
	if card = w.card(id, settled); slices.Contains(card.Actions(), "lead_undo") {
		t.Errorf("the card offers %v", card.Actions())
	}
}

// plain is a lead that is asked about but not proposed as an EQL.
func plain(host string) map[string]any {
	body := fit(host)
	body["events"] = []any{map[string]any{"type": "docs_visit", "at": time.Now().UTC().Add(-time.Hour).Format(time.RFC3339)}}
	return body
}

func TestApprovingWhatWasNotProposedIsAnOverrideWithAWordOfWhy(t *testing.T) {
	onEveryWay(t, "review: {undo: 10m}", func(w *world) {
		id := w.post(http.StatusAccepted, plain("northwind.example")).ID
		card := w.card(id, asking)
		if r := w.record(id); r.Verdict == lead.EQL {
			w.t.Fatalf("proposed %s", r.Verdict)
		}
		w.click(demoReviewer, card, "lead_approve")
		w.form(demoReviewer)
		if r := w.record(id); r.Stage != lead.Approved || !r.Review.Override || r.Review.Note != "" {
			w.t.Fatalf("before the word: stage %s, review %+v", r.Stage, r.Review)
		}
		w.submit(demoReviewer, map[string]string{"note": "Sales knows them for years"})
		redrawn := w.card(id, func(m sim.SlackMessage) bool { return strings.Contains(m.Plain(), "Sales knows them for years") })
		r := w.record(id)
		if r.Stage != lead.Approved || !r.Review.Override || r.Review.Note != "Sales knows them for years" || r.Review.Round != 1 || count(r, "explained") != 1 {
			w.t.Errorf("stage %s, review %+v", r.Stage, r.Review)
		}
		if !strings.Contains(redrawn.Plain(), "Override") {
			w.t.Errorf("the card says\n%s", redrawn.Plain())
		}
		w.skip(id, lead.WebhookEffect, lead.Pending)
		if body := string(w.delivered(id).Body); !strings.Contains(body, `"Sales knows them for years"`) {
			w.t.Errorf("the webhook does not say why: %s", body)
		}
	})
}

// Nobody is held up by the question: closing the form, or not seeing it, leaves
// the approval as it is.
func TestAnUnansweredQuestionLeavesTheApproval(t *testing.T) {
	onBoth(t, "review: {undo: 0s}", func(w *world) {
		id := w.post(http.StatusAccepted, plain("northwind.example")).ID
		w.click(demoReviewer, w.card(id, asking), "lead_approve")
		view := w.form(demoReviewer)
		w.card(id, settled)
		if body := string(w.delivered(id).Body); !strings.Contains(body, `"override":true`) {
			w.t.Errorf("the webhook says %s", body)
		}
		// Written after the webhook left, it is on record and on the card, and another webhook follows.
		w.submit(demoReviewer, map[string]string{"note": "known for years"})
		w.card(id, func(m sim.SlackMessage) bool { return strings.Contains(m.Plain(), "known for years") })
		if r := w.record(id); r.Review.Note != "known for years" || view.ID == "" {
			w.t.Errorf("review %+v", r.Review)
		}
		w.hears(id, func(d sim.Delivery) bool {
			return d.Type == "lead.updated" && strings.Contains(string(d.Body), `"known for years"`)
		})
	})
}

func TestWhoeverSeesTheCardSeesTheDetails(t *testing.T) {
	onEveryWay(t, "review: {undo: 0s}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		card := w.card(id, asking)
		w.click("U0CLEO", card, "lead_details")
		got := w.form("U0CLEO").Plain()
		for _, want := range []string{"Northwind", "“", "demo request", "Calls of the model", "review opened", "Every line of the score"} {
			if !strings.Contains(got, want) {
				w.t.Errorf("the details lack %q:\n%s", want, got)
			}
		}
		if strings.Contains(got, "jane@") {
			w.t.Errorf("the details show an address:\n%s", got)
		}
	})
}

func TestAReviewersFactsCount(t *testing.T) {
	onEveryWay(t, "review: {undo: 0s}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		card := w.card(id, asking)
		before := w.record(id)
		choose := func(user string) {
			w.t.Helper()
			if _, err := w.slack.Choose(w.patient(), user, card.Channel, card.TS, "lead_edit", w.reviewOf(card)); err != nil {
				w.t.Fatal(err)
			}
		}
		choose("U0CLEO")
		w.told("U0CLEO", "reviewer")
		choose(demoReviewer)
		if answer := w.submit(demoReviewer, map[string]string{"employees": "many"}); answer.Errors["employees"] == "" {
			w.t.Errorf("a headcount in words is answered %s", answer.Body)
		}
		w.submit(demoReviewer, map[string]string{"employees": "5"})
		redrawn := w.card(id, func(m sim.SlackMessage) bool {
			return asking(m) && strings.Contains(m.Plain(), "*Edited* by <@"+demoReviewer+">: employees 5")
		})
		r := w.record(id)
		i := slices.IndexFunc(r.Facts, func(f lead.Fact) bool { return f.Field == lead.Employees })
		if f := r.Facts[i]; f.Value != "5" || f.Status != lead.Given || f.By != demoReviewer {
			w.t.Errorf("the fact is %+v", f)
		}
		if r.Score.ICP >= before.Score.ICP || r.Review.Round != 1 || count(r, "edited") != 1 || redrawn.TS != card.TS || w.cards(id) != 1 {
			w.t.Errorf("ICP %d before and %d after, round %d, %d edits, %d cards", before.Score.ICP, r.Score.ICP, r.Review.Round, count(r, "edited"), w.cards(id))
		}

		// A form that is sent after somebody decided changes nothing.
		choose("U0BRUNO")
		w.click(demoReviewer, redrawn, "lead_reject")
		w.submit(demoReviewer, map[string]string{"reason": "wrong_data"})
		if answer := w.submit("U0BRUNO", map[string]string{"employees": "250"}); !strings.Contains(string(answer.Body), "already rejected") {
			w.t.Errorf("the late form is answered %s", answer.Body)
		}
		if r := w.record(id); count(r, "edited") != 1 || r.Stage != lead.Rejected {
			w.t.Errorf("%d edits, stage %s", count(r, "edited"), r.Stage)
		}
	})
}

// reviewOf is the round that a card's buttons are about.
func (w *world) reviewOf(card sim.SlackMessage) string {
	w.t.Helper()
	var blocks []struct {
		Elements []struct {
			ActionID string `json:"action_id"`
			Value    string
		}
	}
	if err := json.Unmarshal(card.Blocks, &blocks); err != nil {
		w.t.Fatal(err)
	}
	for _, b := range blocks {
		for _, e := range b.Elements {
			if e.ActionID == "lead_approve" {
				return e.Value
			}
		}
	}
	w.t.Fatal("the card asks nothing")
	return ""
}

// The time to undo begins when the form that asks why has ended: sent, closed, or
// left open for five minutes.
func TestUndoTimeBeginsWhenTheFormHasEnded(t *testing.T) {
	onBoth(t, "review: {undo: 60s}", func(w *world) {
		approve := func(host string) (id string, card sim.SlackMessage, view sim.SlackView) {
			id = w.post(http.StatusAccepted, plain(host)).ID
			w.click(demoReviewer, w.card(id, asking), "lead_approve")
			return id, w.card(id, offers("lead_undo")), w.form(demoReviewer)
		}
		due := func(id string) time.Time { return *effect(w.record(id), lead.WebhookEffect).DueAt }
		near := func(what, id string, want time.Time) {
			w.t.Helper()
			if got := due(id); got.Sub(want).Abs() > 5*time.Second {
				w.t.Errorf("%s: the CRM is told at %s, want %s", what, got, want)
			}
		}

		id, card, view := approve("northwind.example")
		near("left open", id, w.now().Add(6*time.Minute))
		w.leap(w.now().Add(2 * time.Minute))
		if _, err := w.slack.CloseView(w.patient(), demoReviewer, view.ID); err != nil {
			w.t.Fatal(err)
		}
		near("closed", id, w.now().Add(time.Minute))
		w.leap(w.now().Add(50 * time.Second))
		w.click("U0BRUNO", card, "lead_undo")
		w.card(id, asking)

		id, _, _ = approve("polderlogic.example")
		w.leap(w.now().Add(2 * time.Minute))
		w.submit(demoReviewer, map[string]string{"note": "Sales knows them"})
		near("sent", id, w.now().Add(time.Minute))
		w.skip(id, lead.WebhookEffect, lead.Pending)
		w.delivered(id)
		if r := w.record(id); r.Stage != lead.Approved || r.Review.Note != "Sales knows them" || len(webhooks(r)) != 1 {
			w.t.Errorf("stage %s, note %q, webhooks %v", r.Stage, r.Review.Note, webhooks(r))
		}

		w.slack.FailNext("views.open", 1, sim.SlackFault{Error: "expired_trigger_id"})
		id = w.post(http.StatusAccepted, plain("fatturachiara.example")).ID
		w.click(demoReviewer, w.card(id, asking), "lead_approve")
		w.card(id, offers("lead_undo"))
		near("never opened", id, w.now().Add(time.Minute))
	})
}
