package slack_test

import (
	"encoding/json"
	"fmt"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
	"leadtriage/internal/slack"
)

// outside is what names from outside may be.
func outside(t *testing.T) []string {
	return append(corpus(t), naughty, "U0EVIL001", ":tada:", "a|b>c", "&amp;&lt;!here&gt;", "\u202eevil", "https://evil.example/x",
		strings.Repeat("😀", 5000), strings.Repeat("<&>", 5000), strings.Repeat("x ", 5000), strings.Repeat("a\n", 5000))
}

var cardLink = regexp.MustCompile(`^<https?://[a-z0-9.:-]+/archives/C[A-Z0-9]+/p[0-9]+\|(open the card|apri la scheda)>$`)

// proper holds a message or view with at most so many blocks to Slack's limits;
// it mentions only who is named here.
func proper(t *testing.T, blocks json.RawMessage, most int, mentions ...string) {
	t.Helper()
	var list []any
	if err := json.Unmarshal(blocks, &list); err != nil || len(list) == 0 || len(list) > most {
		t.Fatalf("%d blocks, %v", len(list), err)
	}
	validate(t, list)
	assertInertBut(t, func(m string) bool { return cardLink.MatchString(m) || slices.Contains(mentions, m) }, texts(t, list))
}

func marshal(t *testing.T, v any) json.RawMessage {
	t.Helper()
	raw, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	return raw
}

// inEachLanguage runs a test with everybody reading one language.
func inEachLanguage(t *testing.T, test func(t *testing.T, locale string)) {
	for _, locale := range slack.Locales() {
		t.Run(locale, func(t *testing.T) { test(t, locale) })
	}
}

func waitingOf(names []string) (rows []lead.Waiting) {
	for _, s := range names {
		rows = append(rows, lead.Waiting{Name: s, Partner: s, Verdict: lead.Verdict(s), Score: 40, Asked: monday, Channel: channel, TS: "1732270000.000100"})
	}
	return rows
}

func TestHomeAndCommandsWithAnyName(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, locale string) {
		s := &shelf{total: 1_000_000}
		o := surface(t, s)
		o.locale = locale
		score := 1000
		for names := range slices.Chunk(outside(t), 10) {
			score++
			s.mu.Lock()
			s.waiting, s.decided, s.leads = waitingOf(names), nil, nil
			s.waiting[0].Score = score
			for i, name := range names {
				s.decided = append(s.decided, lead.Decided{Name: name, Partner: name, Decision: lead.Reject, At: monday, Override: true, Undone: i%2 == 0, Channel: channel, TS: "1732270000.000100"})
				d := northwind()
				d.Lead.Company.Name, d.Lead.Partner.ID, d.Lead.Score.Verdict = name, name, lead.Verdict(name)
				d.Reviews[0].Decision, d.Reviews[0].By, d.Reviews[0].DecidedAt, d.Reviews[0].Override = lead.Approve, "key:"+name, monday, true
				s.leads = append(s.leads, d)
			}
			s.mu.Unlock()
			proper(t, o.home(ada, fmt.Sprintf("*%d*", score)).Blocks, 100)
			lines := []string{"/eql pending", "/eql lead northwind.example"}
			for _, name := range names[:2] {
				lines = append(lines, "/eql "+strings.ToValidUTF8(name, ""), "/eql lead "+strings.ToValidUTF8(name, ""))
			}
			for _, line := range lines {
				o.command(ada, line)
				answers := o.slack.Ephemerals(ada)
				proper(t, answers[len(answers)-1].Blocks, 50)
				assertInertBut(t, func(string) bool { return false }, []string{answers[len(answers)-1].Text})
			}
		}
	})
}

func TestThreadsRemindersAndDigestsWithAnyName(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, locale string) {
		names := outside(t)
		o := open(t, false)
		o.locale = locale
		d := northwind()
		r := &d.Reviews[0]
		r.Channel, r.TS = channel, o.ts
		for _, name := range names {
			d.History = append(d.History, lead.Entry{Actor: name, Action: name, Detail: lead.Said{Reason: lead.Reason{Text: name}}})
		}
		said := func(ts string, err error, mentions ...string) {
			t.Helper()
			if err != nil {
				t.Fatal(err)
			}
			messages := o.slack.Messages(channel)
			m := messages[slices.IndexFunc(messages, func(m sim.SlackMessage) bool { return m.TS == ts })]
			proper(t, m.Blocks, 50, mentions...)
			assertInertBut(t, func(markup string) bool { return slices.Contains(mentions, markup) }, []string{m.Text})
		}
		ts, err := o.poster.PostTimeline(t.Context(), &d, r)
		said(ts, err)
		r.ThreadTS = ts
		for _, act := range lead.ThreadActions {
			for _, name := range names {
				d.History = append(d.History, lead.Entry{At: monday, Actor: "key:" + name, Action: act, Detail: lead.Said{Reason: lead.Reason{Text: name}}})
			}
			said(ts, o.poster.UpdateTimeline(t.Context(), &d, r))
		}

		var whom, mentions []string
		for i := range 200 {
			whom = append(whom, fmt.Sprintf("U0123456%03d", i), fmt.Sprintf("S0123456%03d", i))
			mentions = append(mentions, "<@"+whom[2*i]+">", "<!subteam^"+whom[2*i+1]+">")
		}
		d.Lead.Company.Name = naughty
		for _, kind := range []lead.EffectKind{lead.ReminderEffect, lead.BackupEffect} {
			ts, err := o.poster.Remind(t.Context(), &d, r, kind, whom)
			said(ts, err, mentions...)
		}

		day := lead.Digest{Channel: channel, Day: "2026-11-23", From: monday, To: monday.Add(24 * time.Hour), Unasked: lead.Unasked{ParkedTotal: 1e9, Disqualified: map[string]int{}},
			Waiting: lead.WaitingPage{Leads: waitingOf(slices.Repeat(names, 10)), Total: 1e9}, Review: lead.DigestReview{Approved: 1e9, Rejected: 1e9, Overridden: 1e9, Median: 1e6 * time.Hour}}
		for _, name := range names {
			day.Unasked.Disqualified[name] = 1e9
			day.Unasked.Parked = append(day.Unasked.Parked, lead.ParkedLead{Name: name, Partner: name, Verdict: lead.Verdict(name), Score: 100})
		}
		day.Longest = day.Waiting.Leads
		before := len(o.slack.Messages(channel))
		if err := o.poster.PostDigest(t.Context(), &day); err != nil {
			t.Fatal(err)
		}
		said(o.slack.Messages(channel)[before].TS, nil)
		// Each name in a digest and a thread of its own length.
		for names := range slices.Chunk(names, 10) {
			day.Waiting.Leads, day.Unasked = waitingOf(names), lead.Unasked{Disqualified: map[string]int{}}
			d.History = nil
			for _, name := range names {
				day.Unasked.Disqualified[name] = 1
				d.History = append(d.History, lead.Entry{At: monday, Actor: "key:" + name, Action: "approved"}, lead.Entry{At: monday, Actor: naughty + name, Action: "edited"})
			}
			proper(t, marshal(t, slack.DigestBlocks(&day, "https://ours.example/", locale, nil)), 50)
			proper(t, marshal(t, slack.Timeline(&d, locale)), 50)
		}
	})
}

func TestFormsAndSentencesWithAnyName(t *testing.T) {
	inEachLanguage(t, func(t *testing.T, locale string) {
		o := open(t, false)
		o.locale = locale
		asks := func(form string) {
			t.Helper()
			view := o.modal(ada)
			if view.CallbackID != form {
				t.Fatalf("%s was not opened, but %s", form, view.CallbackID)
			}
			proper(t, view.Blocks, 100)
		}
		names := outside(t)
		for names := range slices.Chunk(slices.Concat(names, names[:4-len(names)%4]), 4) {
			o.desk.amend(func(d *lead.Dossier) {
				*d = northwind()
				d.Lead.Company.Name, d.Lead.Partner.ID, d.Lead.Score.Because, d.Lead.Company.Employees = names[0], names[1], lead.Reason{Text: names[2]}, lead.Headcount(names[3])
				d.Lead.Score.Verdict = lead.Verdict(names[2])
				for i := range d.Lead.Facts {
					d.Lead.Facts[i].Value, d.Lead.Facts[i].By = names[3], names[3]
				}
			})
			heard := len(o.slack.Ephemerals(bob))
			o.click(ada, slack.ActionReject)
			asks("lead_reject")
			o.choose(ada)
			asks("lead_edit")
			o.click(ada, slack.ActionApprove)
			asks("lead_override")
			o.click(bob, slack.ActionReject)
			o.heard(bob, heard+1)
			proper(t, o.slack.Ephemerals(bob)[heard].Blocks, 50, "<@"+ada+">")
		}
	})
}

// The digest's list is the issue's: what waits, highest and longest, decided,
// overridden, time to decide, parked and disqualified by rule.
func TestDigestTellsItAllInWords(t *testing.T) {
	northwind := lead.Waiting{Name: "Northwind", Partner: lead.Direct, Score: 78, Verdict: lead.EQL, Asked: monday, Channel: channel, TS: "1732270000.000100"}
	d := lead.Digest{From: monday,
		Waiting: lead.WaitingPage{Total: 1202, Leads: []lead.Waiting{northwind, {Partner: "acme", Score: 41, Asked: monday, Channel: channel}}},
		Longest: []lead.Waiting{{Name: "Fabrikam", Partner: "acme", Score: 40, Asked: monday.AddDate(0, 0, -9), Channel: channel, TS: "1731270000.000100"}},
		Review:  lead.DigestReview{Approved: 1001, Rejected: 1, Overridden: 1, Median: 26*time.Hour + 5*time.Minute},
		Unasked: lead.Unasked{ParkedTotal: 2, Parked: []lead.ParkedLead{{Name: "Contoso", Partner: "acme", Score: 35, Verdict: lead.MQL}},
			Disqualified: map[string]int{"unverified_list": 1000}}}
	for locale, parts := range map[string][]string{
		"en": {"Leads that wait for a decision: 1,202", "*78*  EQL · *Northwind* · No partner · since", "https://ours.example/archives/" + channel + "/p1732270000000100|open the card>",
			"Acme Integrations · since", "its card is on the way", "… and 1,200 more", "*Waiting longest*", "*Fabrikam*", "Decided: 1,002 (1,001 approved, 1 rejected)", "Overridden proposals: 1",
			"Time to decide: half within 1 d 2 h", "Parked, nobody was asked: 2", "*35*  MQL · *Contoso* · Acme Integrations", "… and 1 more", "Disqualified by rule: 1,000 (unverified list 1,000)"},
		"it": {"Lead in attesa di una decisione: 1.202", "*78*  EQL · *Northwind* · Senza partner · dal", "|apri la scheda>", "la scheda sta arrivando", "… e ancora 1.200", "*In attesa da più tempo*", "*Fabrikam*",
			"Decisi: 1.002 (approvati: 1.001, rifiutati: 1)", "In deroga alla proposta: 1", "Tempo di decisione: la metà entro 1 g 2 h", "Accantonati, senza chiedere a nessuno: 2", "*Contoso*", "… e ancora 1", "Esclusi da una regola: 1.000 (lista non verificata 1.000)"},
	} {
		got := words(t, slack.DigestBlocks(&d, "https://ours.example/", locale, func(string) string { return "Acme Integrations" }))
		for _, want := range parts {
			_, after, ok := strings.Cut(got, want)
			if !ok {
				t.Fatalf("no %q (or not in this order) in\n%s", want, got)
			}
			got = after
		}
	}
}

// A server whose auth.test names no workspace gets no links that lead nowhere.
func TestNoLinksWithoutAWorkspace(t *testing.T) {
	d := lead.Digest{From: monday, Waiting: lead.WaitingPage{Total: 1, Leads: waitingOf([]string{"Northwind"})}}
	if got := words(t, slack.DigestBlocks(&d, "", "en", nil)); strings.Contains(got, "archives") || !strings.Contains(got, "its card is in the channel") {
		t.Errorf("the digest says\n%s", got)
	}
}
