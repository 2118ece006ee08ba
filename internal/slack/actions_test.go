package slack_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"reflect"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
	"leadtriage/internal/slack"
)

const (
	ada, bob, eve = "U0ADA0001", "U0BOB0001", "U0EVE0001" // eve is no reviewer
	lumenReviewer = "U0LUM0001"                           // of lumen's leads alone
	channel       = "C0REVIEW"
	secret        = "8f742231b10e8888abcd99yyyzzz85a5"
)

// desk keeps one lead and lets the first word win, as the worker does.
func (k *desk) askPartner(_ context.Context, reviewID, by, question string) (lead.Dossier, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	k.asked = append(k.asked, reviewID+" "+question+" by "+by)
	return k.d, nil
}

type desk struct {
	mu     sync.Mutex
	d      lead.Dossier
	words  []lead.DecisionInput
	edits  []lead.Edit
	asked  []string                   // "lead by user"
	broken error                      // Decide and Dossier fail with it
	before func(w lead.DecisionInput) // runs as Decide begins
}

func (k *desk) Decide(ctx context.Context, w lead.DecisionInput) (lead.Dossier, error) {
	if k.before != nil {
		k.before(w)
	}
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken != nil {
		return lead.Dossier{}, k.broken
	}
	r := k.d.Review()
	if w.Decision == lead.Revoke {
		c := lead.Case{Lead: k.d.Lead, Reviews: k.d.Reviews, Now: monday}
		err := c.Decide(w)
		k.d.Lead, k.d.Reviews = c.Lead, c.Reviews
		return k.copy(), err
	}
	if r.ID != w.ReviewID {
		return lead.Dossier{}, lead.ErrStaleReview
	}
	if !r.Open() {
		return lead.Dossier{}, lead.ErrDecided
	}
	k.words = append(k.words, w)
	r.Decision, r.By, r.Reason, r.Note, r.DecidedAt = w.Decision, w.By, w.Reason, w.Note, monday
	r.Override = w.Decision == lead.Approve && k.d.Lead.Score.Verdict != lead.EQL
	return k.copy(), nil
}

func (k *desk) Edit(ctx context.Context, e lead.Edit) (lead.Dossier, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	switch r := k.d.Review(); {
	case k.broken != nil:
		return k.copy(), k.broken
	case r.ID != e.ReviewID:
		return k.copy(), lead.ErrStaleReview
	case !r.Open():
		return k.copy(), lead.ErrDecided
	}
	k.edits = append(k.edits, e)
	return k.copy(), nil
}

func (k *desk) Explain(ctx context.Context, reviewID, by, why string) (lead.Dossier, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	c := lead.Case{Lead: k.d.Lead, Reviews: k.d.Reviews}
	err := c.Explain(reviewID, by, why)
	return k.copy(), errors.Join(k.broken, err)
}

// Undo takes the word back at once, whatever the time.
func (k *desk) Undo(ctx context.Context, reviewID, by string) (lead.Dossier, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken != nil {
		return k.copy(), k.broken
	}
	r := k.d.Review()
	if r.ID != reviewID {
		return k.copy(), lead.ErrStaleReview
	}
	if r.Open() {
		return k.copy(), lead.ErrNotDecided
	}
	r.UndoneBy, r.UndoneAt = by, monday
	k.d.Reviews = append(k.d.Reviews, lead.Review{ID: "rv_2", Round: r.Round + 1, Channel: r.Channel, TS: r.TS})
	return k.copy(), nil
}

// TakeOn and HandOver are ada's, as of a reviewer.
func (k *desk) TakeOn(ctx context.Context, reviewID, by string) (lead.Dossier, error) {
	return k.HandOver(ctx, reviewID, by, "taken", "")
}

func (k *desk) HandOver(_ context.Context, _, by, to, why string) (lead.Dossier, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if by != ada {
		return k.copy(), lead.ErrNotAllowed
	}
	k.asked = append(k.asked, to+" by "+by+": "+why)
	return k.copy(), k.broken
}

func (k *desk) SendToReview(_ context.Context, id, by string) (lead.Receipt, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken == nil {
		k.asked = append(k.asked, id+" by "+by)
	}
	return lead.Receipt{ID: id}, k.broken
}

func (k *desk) sent() []string {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.asked)
}

func (k *desk) Dossier(ctx context.Context, reviewID string) (lead.Dossier, error) {
	k.mu.Lock()
	defer k.mu.Unlock()
	if k.broken != nil {
		return lead.Dossier{}, k.broken
	}
	for _, r := range k.d.Reviews {
		if r.ID == reviewID {
			return k.copy(), nil
		}
	}
	return lead.Dossier{}, lead.ErrNotFound
}

// reviewers are those who may decide; eve is none.
func reviewers() *lead.Reviewers {
	return &lead.Reviewers{Deciders: []lead.Decider{{By: ada}, {By: bob}, {By: "key:ops"}, {By: lumenReviewer, Scope: lead.Scope{Partners: []string{"lumen"}}}}}
}

func (k *desk) copy() lead.Dossier {
	d := k.d
	d.Reviews = slices.Clone(d.Reviews)
	return d
}

func (k *desk) said() []lead.DecisionInput {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.words)
}

func (k *desk) edited() []lead.Edit {
	k.mu.Lock()
	defer k.mu.Unlock()
	return slices.Clone(k.edits)
}

// amend changes the record.
func (k *desk) amend(change func(d *lead.Dossier)) {
	k.mu.Lock()
	defer k.mu.Unlock()
	change(&k.d)
}

// office is a simulated workspace with the card of one lead in its channel.
type office struct {
	t       *testing.T
	slack   *sim.Slack
	poster  *slack.Poster
	actions *slack.Actions
	desk    *desk
	ts      string
	locale  string // what everybody reads
}

// open posts the card; interactions come over HTTP or Socket Mode.
func open(t *testing.T, bySocket bool, with ...func(*sim.SlackOptions)) *office {
	t.Helper()
	options := sim.SlackOptions{
		BotToken: botToken, AppToken: "xapp-secret", SigningSecret: secret, Scopes: slack.Scopes,
		Channels: []sim.SlackChannel{{ID: channel, Name: "reviews"}},
		Users:    []sim.SlackUser{{ID: ada, Name: "ada"}, {ID: bob, Name: "bob"}, {ID: eve, Name: "eve"}, {ID: lumenReviewer, Name: "luz"}},
	}
	for _, change := range with {
		change(&options)
	}
	workspace, err := sim.NewSlack(options)
	if err != nil {
		t.Fatal(err)
	}
	api := httptest.NewServer(workspace)
	t.Cleanup(api.Close)
	t.Cleanup(workspace.Stop)

	o := &office{t: t, slack: workspace, desk: &desk{d: northwind()}}
	o.poster = slack.New(slack.Options{Token: botToken, AppToken: "xapp-secret", APIURL: api.URL + "/api/",
		Card: slack.CardOptions{Undo: time.Minute, Questions: func(*lead.Lead, string) []slack.Reason {
			return []slack.Reason{{ID: "still_live", Label: "Is this a live referral?"}}
		}}, Locale: func(string, string) string { return o.locale }, Now: func() time.Time { return monday.Add(time.Second) }})
	o.actions = slack.NewActions(o.desk, o.poster, slack.ActionOptions{Reviewers: reviewers(), SigningSecret: secret, AskOverride: true, AskPartner: o.desk.askPartner})
	if bySocket {
		ctx, cancel := context.WithCancel(t.Context())
		ended := make(chan error, 1)
		go func() { ended <- o.actions.Socket(ctx) }()
		t.Cleanup(func() {
			cancel()
			if err := <-ended; err != nil {
				t.Errorf("socket ended with %v", err)
			}
		})
		o.wait(func() bool { return workspace.Connections() == 1 })
	} else {
		mux := http.NewServeMux()
		mux.Handle("/slack/interactions", o.actions)
		app := httptest.NewServer(mux)
		t.Cleanup(app.Close)
		workspace.SetAppURL(app.URL)
	}
	t.Cleanup(func() {
		if err := o.actions.Close(context.Background()); err != nil {
			t.Error(err)
		}
	})

	if _, o.ts, err = o.poster.Post(t.Context(), channel, &o.desk.d); err != nil {
		t.Fatal(err)
	}
	return o
}

func (o *office) wait(holds func() bool) {
	o.t.Helper()
	ctx, cancel := context.WithTimeout(o.t.Context(), 10*time.Second)
	defer cancel()
	if err := o.slack.Wait(ctx, holds); err != nil {
		o.t.Fatal(err)
	}
}

func (o *office) click(user, action string) {
	o.t.Helper()
	answer, err := o.slack.Click(o.t.Context(), user, channel, o.ts, action)
	if err != nil || answer.Problem != "" {
		o.t.Fatalf("%s clicks %s: %v, problem %q", user, action, err, answer.Problem)
	}
}

// heard waits for the n-th private sentence to a person.
func (o *office) heard(user string, n int) string {
	o.t.Helper()
	o.wait(func() bool { return len(o.slack.Ephemerals(user)) >= n })
	return o.slack.Ephemerals(user)[n-1].Text
}

func (o *office) modal(user string) sim.SlackView {
	o.t.Helper()
	view, ok := o.slack.Modal(user)
	if !ok {
		o.t.Fatalf("%s sees no form", user)
	}
	return view
}

func (o *office) submit(user, viewID string, values map[string]string) sim.SlackAnswer {
	o.t.Helper()
	answer, err := o.slack.Submit(o.t.Context(), user, viewID, values)
	if err != nil || answer.Problem != "" {
		o.t.Fatalf("%s submits: %v, problem %q", user, err, answer.Problem)
	}
	return answer
}

// onBothWays runs a script over HTTP and over Socket Mode.
func onBothWays(t *testing.T, script func(t *testing.T, o *office)) {
	t.Run("http", func(t *testing.T) { script(t, open(t, false)) })
	t.Run("socket", func(t *testing.T) { script(t, open(t, true)) })
}

func TestApprove(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.click(ada, slack.ActionApprove)
		want := []lead.DecisionInput{{ReviewID: "rv_1", Decision: lead.Approve, By: ada, AsksWhy: true}}
		if got := o.desk.said(); !slices.Equal(got, want) {
			t.Errorf("words %+v, want %+v", got, want)
		}

		if err := o.poster.Update(t.Context(), &o.desk.d, channel, o.ts); err != nil {
			t.Fatal(err)
		}
		card := o.slack.Messages(channel)[0]
		if !slices.Equal(card.Actions(), []string{slack.ActionDetails, slack.ActionUndo}) || !strings.Contains(card.Plain(), "*Approved* by <@"+ada+">") {
			t.Errorf("the decided card has %v and says\n%s", card.Actions(), card.Plain())
		}
		if card.Metadata == nil || card.Metadata.EventType != "lead_review" || card.Metadata.EventPayload["lead_id"] != o.desk.d.Lead.ID {
			t.Errorf("metadata is %+v", card.Metadata)
		}
	})
}

func TestDoubleClickAndSecondPerson(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.click(ada, slack.ActionApprove)
		o.click(ada, slack.ActionApprove)
		if got := o.heard(ada, 1); !strings.HasPrefix(got, "You already approved Northwind") {
			t.Errorf("ada hears %q", got)
		}
		o.click(bob, slack.ActionReject)
		if got := o.heard(bob, 1); !strings.Contains(got, "already approved by <@"+ada+">") {
			t.Errorf("bob hears %q", got)
		}
		if n := len(o.desk.said()); n != 1 {
			t.Errorf("%d decisions", n)
		}
		if _, ok := o.slack.Modal(bob); ok {
			t.Error("a form opened on a decided card")
		}
	})
}

// Two words in the same instant: Desk lets one win, the other is told.
func TestLoserOfARaceIsTold(t *testing.T) {
	o := open(t, false)
	o.desk.before = func(w lead.DecisionInput) {
		if w.By == bob {
			o.desk.before = nil
			if _, err := o.desk.Decide(t.Context(), lead.DecisionInput{ReviewID: "rv_1", Decision: lead.Reject, By: ada, Reason: "not_our_customer"}); err != nil {
				t.Error(err)
			}
		}
	}
	o.click(bob, slack.ActionApprove)
	if got := o.heard(bob, 1); !strings.Contains(got, "already rejected by <@"+ada+">") {
		t.Errorf("bob hears %q", got)
	}
}

func TestSomebodyWhoMayNot(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		for i, action := range []string{slack.ActionApprove, slack.ActionReject} {
			o.click(eve, action)
			if got := o.heard(eve, i+1); !strings.HasPrefix(got, "Only configured reviewers") {
				t.Errorf("eve hears %q", got)
			}
		}
		if _, ok := o.slack.Modal(eve); ok || len(o.desk.said()) > 0 {
			t.Error("something changed")
		}
		if n := len(o.slack.Messages(channel)); n != 1 {
			t.Errorf("%d messages in the channel: the sentence was not private", n)
		}
	})
}

// A channel that the app was removed from keeps the cards and their buttons; nor
// does anybody go without an answer while Slack asks for patience or is unwell.
func TestSomebodyIsToldWhereTheAppIsNoMember(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.slack.FailNext("chat.postEphemeral", 1, sim.SlackFault{Status: http.StatusTooManyRequests, RetryAfter: time.Minute})
		o.click(eve, slack.ActionApprove)
		o.heard(eve, 1)
		o.slack.FailNext("chat.postEphemeral", 1, sim.SlackFault{Status: http.StatusServiceUnavailable})
		o.click(eve, slack.ActionApprove)
		o.heard(eve, 2)
		o.slack.Invite(channel, false)
		o.click(eve, slack.ActionApprove)
		if got := o.heard(eve, 3); !strings.HasPrefix(got, "Only configured reviewers") {
			t.Errorf("eve hears %q", got)
		}
		if n := len(o.slack.Messages(channel)); n != 1 {
			t.Errorf("%d messages in the channel: the sentence was not private", n)
		}
	})
}

// The address for an answer is Slack's or it is not used.
func TestNothingIsSaidElsewhere(t *testing.T) {
	o := open(t, false)
	o.slack.Invite(channel, false)
	elsewhere := httptest.NewServer(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		t.Errorf("told %s what somebody in Slack is to hear", r.Host)
	}))
	defer elsewhere.Close()
	for _, address := range []string{elsewhere.URL, "https://hooks.slack.com.evil.example/x", "://", ""} {
		payload := fmt.Sprintf(`{"type":"block_actions","user":{"id":%q},"channel":{"id":%q},"response_url":%q,"actions":[{"block_id":"b","action_id":"lead_approve","value":"rv_1"}]}`, eve, channel, address)
		if response := post(o.actions, payload, time.Now(), secret); response.Code != http.StatusOK {
			t.Errorf("%d %s", response.Code, response.Body)
		}
	}
	if err := o.actions.Close(t.Context()); err != nil {
		t.Error(err)
	}
}

func TestRejectWithReason(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.click(ada, slack.ActionReject)
		view := o.modal(ada)
		if len(o.desk.said()) > 0 || !strings.Contains(view.Plain(), "Northwind") {
			t.Fatalf("before the form is sent: %v, form says %s", o.desk.said(), view.Plain())
		}
		o.submit(ada, view.ID, map[string]string{"reason": "not_our_customer", "note": "an agency"})
		want := []lead.DecisionInput{{ReviewID: "rv_1", Decision: lead.Reject, By: ada, Reason: "not_our_customer", Note: "an agency"}}
		if got := o.desk.said(); !slices.Equal(got, want) {
			t.Errorf("words %+v, want %+v", got, want)
		}
		if _, ok := o.slack.Modal(ada); ok {
			t.Error("the form is still open")
		}
	})
}

// "Other" says nothing without a note: the form asks for it and stays open.
func TestOtherNeedsItsNote(t *testing.T) {
	o := open(t, false)
	o.click(ada, slack.ActionReject)
	view := o.modal(ada)
	if got := o.submit(ada, view.ID, map[string]string{"reason": "other", "note": " "}).Errors["note"]; got != "Please say which other reason it is." {
		t.Errorf("the form says %q", got)
	}
	o.submit(ada, view.ID, map[string]string{"reason": "other", "note": "a rival"})
	if got := o.desk.said(); len(got) != 1 || got[0].Note != "a rival" {
		t.Errorf("words %+v", got)
	}
}

func TestFormSentTooLate(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.click(ada, slack.ActionReject)
		view := o.modal(ada)
		o.click(bob, slack.ActionApprove)
		o.submit(ada, view.ID, map[string]string{"reason": "not_our_customer"})
		if got := o.modal(ada).Plain(); !strings.Contains(got, "already approved by <@"+bob+">") {
			t.Errorf("the form says %q", got)
		}
		if got := o.desk.said(); len(got) != 1 || got[0].By != bob {
			t.Errorf("words %+v", got)
		}
	})
}

func TestFormOfSomebodyWhoMayNotAnyMore(t *testing.T) {
	o := open(t, false)
	o.click(ada, slack.ActionReject)
	view := o.modal(ada)
	stranger := slack.NewActions(o.desk, o.poster, slack.ActionOptions{SigningSecret: secret})
	app := httptest.NewServer(stranger)
	defer app.Close()
	o.slack.SetAppURL(app.URL)
	o.submit(ada, view.ID, map[string]string{"reason": "not_our_customer"})
	if got := o.modal(ada).Plain(); !strings.Contains(got, "Only configured reviewers") || len(o.desk.said()) > 0 {
		t.Errorf("the form says %q, words %v", got, o.desk.said())
	}
}

func TestFormWhileNothingCanBeSaved(t *testing.T) {
	o := open(t, false)
	o.click(ada, slack.ActionReject)
	view := o.modal(ada)
	o.desk.broken = errors.New("database is down")
	answer := o.submit(ada, view.ID, map[string]string{"reason": "not_our_customer"})
	if got := answer.Errors["reason"]; !strings.Contains(got, "could not be saved") || strings.Contains(got, "database") {
		t.Errorf("the form says %q", got)
	}
	o.desk.broken = nil
	o.submit(ada, view.ID, map[string]string{"reason": "not_our_customer"})
	if len(o.desk.said()) != 1 {
		t.Errorf("words %v after the second press", o.desk.said())
	}
}

func TestClicksThatMeetAnError(t *testing.T) {
	tests := map[string]struct {
		err  error
		want string
	}{
		"database":      {errors.New("database is down"), "could not be saved"},
		"not allowed":   {lead.ErrNotAllowed, "Only configured reviewers"},
		"not in review": {lead.ErrNotUnderReview, "not under review any more"},
		"stale":         {lead.ErrStaleReview, "earlier round"},
		"unknown":       {lead.ErrNotFound, "no lead on record"},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			o := open(t, false)
			o.desk.broken = tt.err
			o.click(ada, slack.ActionApprove)
			if got := o.heard(ada, 1); !strings.Contains(got, tt.want) {
				t.Errorf("ada hears %q, want %q", got, tt.want)
			}
		})
	}
}

func TestCardOfAnEarlierRound(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.desk.mu.Lock()
		o.desk.d.Reviews[0].Decision = lead.Reject
		o.desk.d.Reviews = append(o.desk.d.Reviews, lead.Review{ID: "rv_2", Round: 2})
		o.desk.mu.Unlock()
		o.click(ada, slack.ActionApprove)
		if got := o.heard(ada, 1); !strings.Contains(got, "earlier round") {
			t.Errorf("ada hears %q", got)
		}
		o.click(ada, slack.ActionReject)
		if got := o.heard(ada, 2); !strings.Contains(got, "earlier round") || len(o.desk.said()) > 0 {
			t.Errorf("ada hears %q, words %v", got, o.desk.said())
		}
	})
}

func TestFormThatSlackWillNotOpen(t *testing.T) {
	o := open(t, false)
	o.slack.FailNext("views.open", 1, sim.SlackFault{Error: "expired_trigger_id"})
	o.click(ada, slack.ActionReject)
	if got := o.heard(ada, 1); !strings.Contains(got, "press the button again") {
		t.Errorf("ada hears %q", got)
	}
}

func TestFindAdoptsOnlyOurCardOfTheRound(t *testing.T) {
	o := open(t, false)
	id := o.desk.d.Lead.ID
	since := time.Now().Add(-time.Minute)
	ts, ok, err := o.poster.Find(t.Context(), channel, id, 1, since)
	if err != nil || !ok || ts != o.ts {
		t.Errorf("found %s %v %v, want %s", ts, ok, err, o.ts)
	}
	for name, find := range map[string]func() (string, bool, error){
		"another round": func() (string, bool, error) { return o.poster.Find(t.Context(), channel, id, 2, since) },
		"another lead":  func() (string, bool, error) { return o.poster.Find(t.Context(), channel, "other", 1, since) },
		"posted before it": func() (string, bool, error) {
			return o.poster.Find(t.Context(), channel, id, 1, time.Now().Add(time.Hour))
		},
	} {
		if ts, ok, err := find(); ok || err != nil {
			t.Errorf("%s: found %s, %v", name, ts, err)
		}
	}

	// A lost answer is found behind more messages than one page holds.
	o.slack.Remove(channel, o.ts)
	o.slack.FailNext("chat.postMessage", 1, sim.SlackFault{Lose: true})
	_, _, err = o.poster.Post(t.Context(), channel, &o.desk.d)
	if kind, _ := lead.KindOf(err); kind != lead.Uncertain {
		t.Fatalf("a lost answer is %v", err)
	}
	for range 250 {
		if _, err := o.slack.Say(ada, channel, "", "hello"); err != nil {
			t.Fatal(err)
		}
	}
	if ts, ok, err := o.poster.Find(t.Context(), channel, id, 1, since); err != nil || !ok || ts == o.ts {
		t.Errorf("the card whose answer was lost: %s %v %v", ts, ok, err)
	}
}

func TestCheckOnASoundWorkspace(t *testing.T) {
	o := open(t, false)
	if lacking, err := o.poster.Check(t.Context(), slack.Wanted{Groups: true, Owners: true}); err != nil || len(lacking) > 0 {
		t.Errorf("lacking %v, %v", lacking, err)
	}
}

func TestSocketComesBackAfterADisconnect(t *testing.T) {
	o := open(t, true)
	o.slack.Disconnect("refresh_requested")
	o.wait(func() bool { // a click before the new connection stands meets nobody
		answer, err := o.slack.Click(t.Context(), ada, channel, o.ts, slack.ActionApprove)
		return err == nil && answer.Problem == ""
	})
	if got := o.desk.said(); len(got) != 1 {
		t.Errorf("words %v", got)
	}
	o.wait(func() bool { return o.calls("apps.connections.open") == 2 })
}

func (o *office) calls(method string) int {
	n := 0
	for _, c := range o.slack.Calls() {
		if c.Method == method {
			n++
		}
	}
	return n
}

// A token that Slack refuses ends nothing: the process goes on without Slack.
func TestSocketOutlivesARefusedToken(t *testing.T) {
	o := open(t, false)
	o.slack.FailNext("apps.connections.open", 1, sim.SlackFault{Error: "invalid_auth"})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- o.actions.Socket(ctx) }()
	o.wait(func() bool { return o.calls("apps.connections.open") == 1 })
	select {
	case err := <-ended:
		t.Fatalf("ended with %v", err)
	default:
	}
	cancel()
	if err := <-ended; err != nil {
		t.Errorf("ended with %v", err)
	}
}

func TestCloseWaitsForSentencesAndNotForever(t *testing.T) {
	o := open(t, false)
	o.click(eve, slack.ActionApprove)
	if err := o.actions.Close(t.Context()); err != nil || len(o.slack.Ephemerals(eve)) != 1 {
		t.Errorf("%v, eve heard %d sentences", err, len(o.slack.Ephemerals(eve)))
	}

	o = open(t, false)
	o.slack.FailNext("chat.postEphemeral", 1, sim.SlackFault{Delay: time.Hour})
	o.click(eve, slack.ActionApprove)
	over, cancel := context.WithCancel(t.Context())
	cancel()
	if err := o.actions.Close(over); !errors.Is(err, context.Canceled) {
		t.Errorf("closing in no time is %v", err)
	}
}

// Payloads of Slack's own shape are read, whatever stands in the message that
// they carry: the log that the shapes come from emptied its numbers.
func TestPublishedPayloadShapes(t *testing.T) {
	o := open(t, false)
	for _, file := range []string{"BlockActionPayload.json", "ViewSubmissionPayload.json", "MessageShortcutPayload.json"} {
		if response := post(o.actions, string(published(t, file)), time.Now(), secret); response.Code != http.StatusOK {
			t.Errorf("%s: %d %s", file, response.Code, response.Body)
		}
	}
}

func TestUndo(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.decide(lead.Approve, ada)
		o.click(eve, slack.ActionUndo)
		if got := o.heard(eve, 1); !strings.HasPrefix(got, "Only configured reviewers") {
			t.Errorf("eve hears %q", got)
		}
		o.click(bob, slack.ActionUndo)
		o.click(bob, slack.ActionUndo)
		if got := o.heard(bob, 1); !strings.HasPrefix(got, "You already undid this decision") {
			t.Errorf("bob hears %q", got)
		}
		o.click(ada, slack.ActionUndo)
		if got := o.heard(ada, 1); !strings.HasPrefix(got, "<@"+bob+"> already undid this decision") {
			t.Errorf("ada hears %q", got)
		}
	})
}

// An approval is revoked by a reviewer, with a reason, and once.
func TestRevoke(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.decide(lead.Approve, ada)
		o.desk.amend(func(d *lead.Dossier) { d.Lead.Stage, d.Reviews[0].DecidedAt = lead.Approved, monday.Add(-time.Hour) })
		if err := o.poster.Update(t.Context(), &o.desk.d, channel, o.ts); err != nil {
			t.Fatal(err)
		}
		o.click(eve, slack.ActionRevoke)
		if got := o.heard(eve, 1); !strings.HasPrefix(got, "Only configured reviewers") {
			t.Errorf("eve hears %q", got)
		}
		o.click(bob, slack.ActionRevoke)
		late := o.modal(bob)
		o.click(ada, slack.ActionRevoke)
		view := o.modal(ada)
		if got := o.submit(ada, view.ID, map[string]string{"note": " "}).Errors["note"]; got != "Please say why." {
			t.Errorf("the form says %q", got)
		}
		o.submit(ada, view.ID, map[string]string{"note": "bought a rival's"})
		d := o.desk.copy()
		if r := d.Reviews[0]; len(d.Reviews) != 2 || r.UndoneBy != ada || r.UndoneWhy != "bought a rival's" || d.Lead.Stage != lead.AwaitingReview {
			t.Errorf("the lead is %s with rounds %+v", d.Lead.Stage, d.Reviews)
		}
		o.submit(bob, late.ID, map[string]string{"note": "me too"})
		if got := o.modal(bob).Plain(); !strings.Contains(got, "<@"+ada+"> already undid this decision") {
			t.Errorf("bob's form says %q", got)
		}
		o.click(ada, slack.ActionRevoke) // an old screen
		if got := o.heard(ada, 1); !strings.HasPrefix(got, "You already undid this decision") {
			t.Errorf("ada hears %q", got)
		}
	})
}

func TestUndoThatMeetsAnError(t *testing.T) {
	for name, tt := range map[string]struct {
		err  error
		want string
	}{
		"too late":    {fmt.Errorf("lead 7: %w", lead.ErrTooLate), "too late"},
		"not decided": {lead.ErrNotDecided, "no decision to undo"},
		"stale":       {lead.ErrStaleReview, "earlier round"},
		"database":    {errors.New("database is down"), "could not be saved"},
	} {
		t.Run(name, func(t *testing.T) {
			o := open(t, false)
			o.decide(lead.Reject, ada)
			stubborn := slack.NewActions(failing{o.desk, tt.err}, o.poster, slack.ActionOptions{Reviewers: reviewers(), SigningSecret: secret})
			app := httptest.NewServer(stubborn)
			defer app.Close()
			o.slack.SetAppURL(app.URL)
			o.click(ada, slack.ActionUndo)
			if got := o.heard(ada, 1); !strings.Contains(got, tt.want) {
				t.Errorf("ada hears %q, want %q", got, tt.want)
			}
		})
	}
}

// failing fails at Undo alone.
type failing struct {
	*desk
	err error
}

func (f failing) Undo(context.Context, string, string) (lead.Dossier, error) { return f.copy(), f.err }

// decide has a word on record and redraws the card.
func (o *office) decide(decision lead.Decision, by string) {
	o.t.Helper()
	if _, err := o.desk.Decide(o.t.Context(), lead.DecisionInput{ReviewID: "rv_1", Decision: decision, By: by}); err != nil {
		o.t.Fatal(err)
	}
	if err := o.poster.Update(o.t.Context(), &o.desk.d, channel, o.ts); err != nil {
		o.t.Fatal(err)
	}
}

// Whoever sees the card may look; the contact's address stays out.
func TestDetails(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.desk.amend(func(d *lead.Dossier) {
			l := &d.Lead
			l.Touchpoints = []lead.Touchpoint{{Type: "webinar", Owner: "partner", Asset: "https://acme.example/w?email=jane@northwind.example", At: monday, UTM: &lead.UTM{Source: "acme"}}}
			l.Events = []lead.Event{{Type: "demo_request", At: monday}}
			l.Contact.Name, l.UTM.Campaign, l.Score.Change = "", "autumn", lead.Reason{Text: "Three more points would make it an EQL."}
			l.Usage = lead.Usage{Calls: 3, PromptTokens: 4000, CompletionTokens: 500, CostUSD: 0.0123}
			d.History = []lead.Entry{{At: monday, Actor: ada, Action: "review_opened", Detail: lead.Said{Reason: lead.Reason{Text: "round 1"}}}}
		})
		o.click(eve, slack.ActionDetails)
		got := o.modal(eve).Plain()
		for _, want := range []string{"“makes accounting software”", "says 2009", "webinar", "utm_source acme", "demo request", "utm_campaign autumn",
			"Three more points", "Calls of the model: 3", "$0.0123", "review opened", "<@" + ada + ">", "neither HubSpot nor Salesforce"} {
			if !strings.Contains(got, want) {
				t.Errorf("%q is missing", want)
			}
		}
		if strings.Contains(got, "jane@") {
			t.Error("the contact's address is shown")
		}
		if t.Failed() {
			t.Log(got)
		}
	})
}

func TestApprovingWhatWasNotProposedAsksWhy(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.desk.amend(func(d *lead.Dossier) { d.Lead.Score.Verdict = lead.MQL })
		o.click(eve, slack.ActionApprove)
		if got := o.heard(eve, 1); !strings.HasPrefix(got, "Only configured reviewers") {
			t.Errorf("eve hears %q", got)
		}
		o.click(ada, slack.ActionApprove)
		view := o.modal(ada)
		want := []lead.DecisionInput{{ReviewID: "rv_1", Decision: lead.Approve, By: ada, AsksWhy: true}}
		if !slices.Equal(o.desk.said(), want) || !strings.Contains(view.Plain(), "the proposal was *MQL*") {
			t.Fatalf("before the form is sent: %v, form says %s", o.desk.said(), view.Plain())
		}
		o.click(bob, slack.ActionApprove)
		if got := o.heard(bob, 1); !strings.Contains(got, "already approved by <@"+ada+">") {
			t.Errorf("bob hears %q", got)
		}
		_, err := o.slack.Submit(t.Context(), ada, view.ID, nil)
		if _, refused := errors.AsType[*sim.SlackInputError](err); !refused {
			t.Errorf("an empty note is %v", err)
		}
		if answer := o.submit(ada, view.ID, map[string]string{"note": " \n "}); answer.Errors["note"] == "" {
			t.Errorf("a blank note is answered %s", answer.Body)
		}
		o.submit(ada, view.ID, map[string]string{"note": " known to sales"})
		if r := o.desk.d.Review(); r.Note != "known to sales" || len(o.desk.said()) != 1 {
			t.Errorf("note %q, words %+v", r.Note, o.desk.said())
		}
		if _, ok := o.slack.Modal(ada); ok {
			t.Error("the form is still open")
		}
	})
}

func TestAWordOfWhyThatComesTooLate(t *testing.T) {
	o := open(t, false)
	o.desk.amend(func(d *lead.Dossier) { d.Lead.Score.Verdict = lead.SQL })
	o.click(ada, slack.ActionApprove)
	view := o.modal(ada)
	if _, err := o.desk.Undo(t.Context(), "rv_1", bob); err != nil {
		t.Fatal(err)
	}
	o.submit(ada, view.ID, map[string]string{"note": "known to sales"})
	if got := o.modal(ada).Plain(); !strings.Contains(got, "taken back or replaced") || o.desk.d.Reviews[0].Note != "" {
		t.Errorf("the form says %q, note %q", got, o.desk.d.Reviews[0].Note)
	}
}

// choose picks the entry of the card's menu.
func (o *office) choose(user string) {
	o.t.Helper()
	answer, err := o.slack.Choose(o.t.Context(), user, channel, o.ts, slack.ActionEdit, "rv_1")
	if err != nil || answer.Problem != "" {
		o.t.Fatalf("%s opens the menu: %v, problem %q", user, err, answer.Problem)
	}
}

func TestEditFacts(t *testing.T) {
	onBothWays(t, func(t *testing.T, o *office) {
		o.choose(eve)
		if got := o.heard(eve, 1); !strings.HasPrefix(got, "Only configured reviewers") {
			t.Errorf("eve hears %q", got)
		}
		o.choose(ada)
		o.submit(ada, o.modal(ada).ID, nil)
		if len(o.desk.edited()) != 0 {
			t.Errorf("a form that nobody touched edits %+v", o.desk.edited())
		}
		o.choose(ada)
		o.submit(ada, o.modal(ada).ID, map[string]string{"hq_country": "it", "employees": "250 people"})
		if len(o.desk.edited()) != 0 {
			t.Errorf("what the form had, in other words, edits %+v", o.desk.edited())
		}
		o.choose(ada)
		o.submit(ada, o.modal(ada).ID, map[string]string{"employees": "51 – 200", "technology": "hubspot crm, Foo;foo\nSalesforce", "industry": "fintech"})
		want := lead.Edit{ReviewID: "rv_1", By: ada, Fields: []lead.Field{lead.Industry, lead.Employees, lead.Technology}, Facts: []lead.Fact{
			{Field: lead.Industry, Value: "fintech"}, {Field: lead.Employees, Value: "51-200"},
			{Field: lead.Technology, Value: "HubSpot"}, {Field: lead.Technology, Value: "Foo"}, {Field: lead.Technology, Value: "Salesforce"}}}
		if len(o.desk.edited()) != 1 || !reflect.DeepEqual(o.desk.edited()[0], want) {
			t.Errorf("edits %+v, want %+v", o.desk.edited(), want)
		}
		if _, ok := o.slack.Modal(ada); ok {
			t.Error("the form is still open")
		}
	})
}

func TestEditFormSaysWhatItDoesNotUnderstand(t *testing.T) {
	o := open(t, false)
	o.choose(ada)
	view := o.modal(ada)
	for field, text := range map[string]string{
		"employees": "a lot", "hq_country": "Atlantis", "technology": strings.Repeat("x", 61),
	} {
		answer := o.submit(ada, view.ID, map[string]string{field: text})
		if len(answer.Errors) != 1 || answer.Errors[field] == "" {
			t.Errorf("%s %q is answered %s", field, text, answer.Body)
		}
	}
	if answer := o.submit(ada, view.ID, map[string]string{"employees": ""}); !strings.Contains(answer.Errors["employees"], "cannot be emptied") {
		t.Errorf("emptying what a page says is answered %s", answer.Body)
	}
	if len(o.desk.edited()) != 0 {
		t.Errorf("edits %+v", o.desk.edited())
	}
	o.desk.amend(func(d *lead.Dossier) { d.Lead.Edits = []lead.Fact{{Field: lead.Employees, Value: "250", By: bob}} })
	o.submit(ada, view.ID, map[string]string{"employees": ""})
	if len(o.desk.edited()) != 1 || len(o.desk.edited()[0].Facts) != 0 || !slices.Equal(o.desk.edited()[0].Fields, []lead.Field{lead.Employees}) {
		t.Errorf("taking an edit back is %+v", o.desk.edited())
	}
}

func TestEditSentTooLate(t *testing.T) {
	o := open(t, false)
	o.choose(ada)
	view := o.modal(ada)
	o.decide(lead.Approve, bob)
	o.submit(ada, view.ID, map[string]string{"employees": "300"})
	if got := o.modal(ada).Plain(); !strings.Contains(got, "already approved by <@"+bob+">") || len(o.desk.edited()) != 0 {
		t.Errorf("the form says %q, edits %+v", got, o.desk.edited())
	}
}

// Slack takes every form, whatever the lead says.
func TestFormsOfHostileLeads(t *testing.T) {
	o := open(t, false)
	for i, s := range []string{strings.Repeat("<&>", 2000), strings.Repeat("😀", 4000), "<!channel>, *x*", "\u202e\u0000", ""} {
		o.desk.amend(func(d *lead.Dossier) {
			l := &d.Lead
			l.Company.Name, l.Partner.ID, l.Score.Because, l.Score.Verdict = s, s, lead.Reason{Text: s}, lead.MQL
			for j := range l.Facts {
				l.Facts[j].Value = s
			}
		})
		o.choose(ada)
		for _, action := range []string{slack.ActionReject, slack.ActionDetails, slack.ActionApprove} {
			o.click(ada, action)
		}
		o.desk.amend(func(d *lead.Dossier) { d.Reviews[0].Decision = "" })
		if n := len(o.slack.Ephemerals(ada)); n != 0 {
			t.Fatalf("lead %d: Slack refused a form", i)
		}
		if n := o.calls("views.open"); n != 4*(i+1) {
			t.Errorf("lead %d: %d forms", i, n)
		}
	}
}
