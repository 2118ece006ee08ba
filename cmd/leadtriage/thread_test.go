package main

import (
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// replies are ours below a card, of a kind.
func (w *world) replies(card sim.SlackMessage, kind lead.EffectKind) (all []sim.SlackMessage) {
	for _, m := range w.slack.Messages(card.Channel) {
		if m.ThreadTS == card.TS && m.Metadata != nil && m.Metadata.EventType == "lead_thread" && m.Metadata.EventPayload["kind"] == string(kind) {
			all = append(all, m)
		}
	}
	return all
}

// tells waits until the one reply that tells what happened says all of it, in this order.
func (w *world) tells(card sim.SlackMessage, words ...string) sim.SlackMessage {
	w.t.Helper()
	in := func(text string) bool {
		for _, word := range words {
			_, after, ok := strings.Cut(text, word)
			if !ok {
				return false
			}
			text = after
		}
		return true
	}
	err := w.slack.Wait(w.patient(), func() bool {
		all := w.replies(card, lead.ThreadEffect)
		return len(all) == 1 && in(all[0].Plain())
	})
	all := w.replies(card, lead.ThreadEffect)
	if err != nil || len(all) != 1 {
		w.t.Fatalf("no reply tells %q: %+v", words, all)
	}
	return all[0]
}

func TestAThreadTellsWhatHappened(t *testing.T) {
	onBoth(t, "review: {undo: 10m}", func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		card := w.card(id, asking)
		if all := w.replies(card, lead.ThreadEffect); len(all) != 0 {
			w.t.Errorf("nothing has happened, yet a reply says %s", all[0].Plain())
		}
		w.slack.FailNext("chat.postMessage", 1, sim.SlackFault{Lose: true}) // the reply's answer
		w.click(demoReviewer, card, "lead_approve")
		card = w.card(id, offers("lead_undo"))
		w.click("U0BRUNO", card, "lead_undo")
		w.click(demoReviewer, w.card(id, asking), "lead_reject")
		w.submit(demoReviewer, map[string]string{"reason": "no_intent"})
		w.skip(id, lead.ThreadEffect, lead.Unsure)
		w.skip(id, lead.WebhookEffect, lead.Pending)
		reply := w.tells(card, "The lead came in", "Facts about the company are in", "Reviewers were asked",
			"Approved by <@"+demoReviewer+">", "Undone by <@U0BRUNO>", "Rejected by <@"+demoReviewer+">", "The CRM was told")
		r := w.until(id, "told", func(r lead.Record) bool { return effect(r, lead.ThreadEffect).State == lead.Delivered })
		if n := len(w.slack.Messages(demoChannel)); n != 2 || w.cards(id) != 1 || reply.Metadata.EventType == "lead_review" {
			w.t.Errorf("%d messages, %d cards, effects %+v", n, w.cards(id), r.Effects)
		}

		w.slack.Remove(reply.Channel, reply.TS) // a deleted reply is not missed
		w.stir(id)
		if r := w.record(id); effect(r, lead.ThreadEffect).State == lead.GivenUp || len(w.replies(card, lead.ThreadEffect)) != 0 {
			w.t.Errorf("%d replies, effects %+v", len(w.replies(card, lead.ThreadEffect)), r.Effects)
		}
	})
}

func TestWithoutThreadsOnlyTheCardChanges(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("review: {undo: 0s}\nslack: {rate: 0, threads: false}")
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	w.click(demoReviewer, w.card(id, asking), "lead_approve")
	w.delivered(id)
	w.card(id, settled)
	if n := len(w.slack.Messages(demoChannel)); n != 1 {
		t.Errorf("%d messages", n)
	}
}

// nextMonday is ten o'clock of the next Monday in Rome.
func nextMonday() time.Time {
	rome, err := time.LoadLocation("Europe/Rome")
	if err != nil {
		panic(err)
	}
	day := time.Now().In(rome).AddDate(0, 0, 1)
	for day.Weekday() != time.Monday {
		day = day.AddDate(0, 0, 1)
	}
	return time.Date(day.Year(), day.Month(), day.Day(), 10, 0, 0, 0, rome)
}

func TestReviewersAreRemindedWhileTheyWork(t *testing.T) {
	const yaml = `
reviewers: [{user: U0BRUNO, backup: true}, {group: S0REVIEW}, {user: U0CLEO, partners: [direct]}]
review: {undo: 0s, digest: "", hours: {zone: Europe/Rome}, remind_after: 4h, backup_after: 8h}`
	monday := nextMonday()
	onBoth(t, yaml, func(w *world) {
		id := w.post(http.StatusAccepted, fit("northwind.example")).ID
		quick := w.post(http.StatusAccepted, fit("havelpay.example")).ID
		card := w.card(id, asking)
		r := w.until(id, "carded", func(r lead.Record) bool { return effect(r, lead.BackupEffect).DueAt != nil })
		if due := effect(r, lead.ReminderEffect).DueAt.Sub(monday); due < 4*time.Hour || due > 4*time.Hour+time.Minute {
			w.t.Errorf("the reminder is due %s after ten o'clock", due)
		}
		w.click(demoReviewer, w.card(quick, asking), "lead_approve")
		decided := w.card(quick, settled)

		w.leap(monday.Add(4*time.Hour + time.Minute))
		w.tells(card, "Reviewers were reminded")
		reminders := w.replies(card, lead.ReminderEffect)
		if len(reminders) != 1 || !strings.Contains(reminders[0].Text, "<@"+demoReviewer+"> <!subteam^S0REVIEW>") && !strings.Contains(reminders[0].Text, "<!subteam^S0REVIEW> <@"+demoReviewer+">") ||
			strings.Contains(reminders[0].Text, "U0BRUNO") || strings.Contains(reminders[0].Text, "U0CLEO") {
			w.t.Errorf("reminders %+v", reminders)
		}
		w.leap(monday.Add(10 * time.Hour)) // nobody works
		w.stir(id)
		w.tells(card, "New events or signals came in")
		if n := len(w.replies(card, lead.BackupEffect)); n != 0 {
			w.t.Errorf("%d people were asked in their free time", n)
		}
		w.leap(monday.Add(24 * time.Hour))
		w.tells(card, "Reviewers were reminded", "The reviewers who stand in were asked")
		if all := w.replies(card, lead.BackupEffect); len(all) != 1 || !strings.Contains(all[0].Text, "<@U0BRUNO>") || strings.Contains(all[0].Text, demoReviewer) {
			w.t.Errorf("asked to stand in: %+v", all)
		}
		if r := w.record(id); r.Stage != lead.AwaitingReview || len(w.replies(card, lead.ReminderEffect)) != 1 {
			w.t.Errorf("stage %s, %d reminders", r.Stage, len(w.replies(card, lead.ReminderEffect)))
		}
		kinds := []lead.EffectKind{lead.ReminderEffect, lead.BackupEffect}
		for _, e := range w.record(quick).Effects {
			if slices.Contains(kinds, e.Kind) {
				w.t.Errorf("decided, but %s is %s", e.Kind, e.State)
			}
		}
		if len(w.replies(decided, lead.ReminderEffect))+len(w.replies(decided, lead.BackupEffect)) != 0 {
			w.t.Error("reminded of what was decided")
		}
	}, func(w *world) {
		w.leap(monday)
		w.set(map[string]string{"SLACK_REVIEWERS": demoReviewer})
	})
}
