package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

// slackTestApp is an app that checks signatures as real ones do and answers as told.
type slackTestApp struct {
	mu       sync.Mutex
	payloads []slack.InteractionCallback
	commands []slack.SlashCommand
	answer   func(w http.ResponseWriter, ic slack.InteractionCallback)
}

func (a *slackTestApp) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, _ := io.ReadAll(r.Body)
	verifier, err := slack.NewSecretsVerifier(r.Header, "shh")
	if err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	verifier.Write(body)
	if err := verifier.Ensure(); err != nil {
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return
	}
	r.Body = io.NopCloser(bytes.NewReader(body))
	if r.URL.Path == "/slack/commands" {
		command, _ := slack.SlashCommandParse(r)
		a.mu.Lock()
		a.commands = append(a.commands, command)
		a.mu.Unlock()
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, `{"text":"3 wait"}`)
		return
	}
	if r.URL.Path == "/slack/events" {
		a.answer(w, slack.InteractionCallback{})
		return
	}
	ic, err := slack.InteractionCallbackParse(r)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	a.mu.Lock()
	a.payloads = append(a.payloads, ic)
	a.mu.Unlock()
	a.answer(w, ic)
}

func (a *slackTestApp) last() slack.InteractionCallback {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.payloads[len(a.payloads)-1]
}

// newSlackApp starts an app, joins it to a rig and posts one card.
func newSlackApp(t *testing.T, rig *slackRig, answer func(http.ResponseWriter, slack.InteractionCallback)) (*slackTestApp, string) {
	t.Helper()
	app := &slackTestApp{answer: answer}
	if answer == nil {
		app.answer = func(http.ResponseWriter, slack.InteractionCallback) {}
	}
	server := httptest.NewServer(app)
	t.Cleanup(server.Close)
	rig.SetAppURL(server.URL)
	_, ts, err := rig.api.PostMessageContext(testContext(t), testChannel, testCard("rv_1"), testMetadata("ld_1"))
	if err != nil {
		t.Fatal(err)
	}
	return app, ts
}

// The example that Slack publishes with its signing procedure.
func TestSlackSignatureVector(t *testing.T) {
	const body = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar" +
		"&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands" +
		"%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	got := SignSlack("8f742231b10e8888abcd99yyyzzz85a5", time.Unix(1531420618, 0), []byte(body))
	if want := "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"; got != want {
		t.Errorf("signature %s, want %s", got, want)
	}
}

func TestSlackClickIsSignedAndComplete(t *testing.T) {
	rig := newSlackRig(t, nil)
	app, ts := newSlackApp(t, rig, nil)
	ctx := testContext(t)
	answer, err := rig.Click(ctx, testAda, testChannel, ts, "lead_approve")
	if err != nil || answer.Status != http.StatusOK || answer.Took <= 0 {
		t.Fatalf("answer %+v, %v", answer, err)
	}
	ic := app.last()
	action := ic.ActionCallback.BlockActions[0]
	if action.ActionID != "lead_approve" || action.Value != "rv_1" || action.BlockID != "decide" || action.ActionTs == "" {
		t.Errorf("action %+v", action)
	}
	if ic.User.ID != testAda || ic.Channel.ID != testChannel || ic.Container.MessageTs != ts || ic.Message.Timestamp != ts ||
		ic.Message.Metadata.EventPayload["lead_id"] != "ld_1" || len(ic.Message.Blocks.BlockSet) != 2 ||
		ic.TriggerID == "" || ic.ResponseURL == "" || ic.APIAppID == "" || ic.Team.ID == "" {
		t.Errorf("payload %+v", ic)
	}

	if _, err := rig.Choose(ctx, testBen, testChannel, ts, "lead_more", "details"); err != nil {
		t.Fatal(err)
	}
	if got := app.last().ActionCallback.BlockActions[0].SelectedOption.Value; got != "details" {
		t.Errorf("chosen %q", got)
	}
	for _, err := range []error{
		second(rig.Choose(ctx, testBen, testChannel, ts, "lead_more", "no such option")),
		second(rig.Click(ctx, testAda, testChannel, ts, "lead_undo")),
		second(rig.Click(ctx, testAda, testChannel, "1.000000", "lead_approve")),
		second(rig.ClickStale(ctx, testAda, testChannel, ts, "lead_approve")),
	} {
		if !errors.Is(err, ErrSlackNoElement) {
			t.Errorf("error %v, want no such element", err)
		}
	}
	if n := len(rig.Answers()); n != 2 {
		t.Errorf("%d answers on record, want 2", n)
	}
}

func second[T any](_ T, err error) error { return err }

func TestSlackWrongSecretIsRefusedByTheApp(t *testing.T) {
	rig := newSlackRig(t, func(o *SlackOptions) { o.SigningSecret = "another" })
	_, ts := newSlackApp(t, rig, nil)
	answer, err := rig.Click(testContext(t), testAda, testChannel, ts, "lead_approve")
	if err != nil || answer.Status != http.StatusUnauthorized || answer.Problem != "http_status_401" {
		t.Errorf("answer %+v, %v", answer, err)
	}
}

func TestSlackClickOnAnOlderDrawing(t *testing.T) {
	rig := newSlackRig(t, nil)
	app, ts := newSlackApp(t, rig, nil)
	ctx := testContext(t)
	if _, _, _, err := rig.api.UpdateMessageContext(ctx, testChannel, ts, slack.MsgOptionText("decided", false)); err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Click(ctx, testAda, testChannel, ts, "lead_approve"); !errors.Is(err, ErrSlackNoElement) {
		t.Errorf("a button that is gone was pressed: %v", err)
	}
	if _, err := rig.ClickStale(ctx, testAda, testChannel, ts, "lead_approve"); err != nil {
		t.Fatal(err)
	}
	if got := app.last(); got.ActionCallback.BlockActions[0].Value != "rv_1" || len(got.Message.Blocks.BlockSet) != 2 {
		t.Errorf("the older drawing was not sent: %+v", got.Message)
	}
	first := rig.Answers()[0]
	again, err := rig.Resend(ctx, first)
	if err != nil || again.Status != http.StatusOK || !bytes.Equal(again.Sent, first.Sent) {
		t.Errorf("resent: %+v, %v", again, err)
	}
}

// testModal asks for a reason.
func testModal() slack.ModalViewRequest {
	note := slack.NewInputBlock("note", testPlain("Note"), nil, &slack.PlainTextInputBlockElement{Type: slack.METPlainTextInput, ActionID: "text", Multiline: true, MaxLength: 10})
	note.Optional = true
	return slack.ModalViewRequest{Type: slack.VTModal, Title: testPlain("Reject"), Submit: testPlain("Reject"), CallbackID: "reject", PrivateMetadata: "rv_1",
		Blocks: slack.Blocks{BlockSet: []slack.Block{
			slack.NewInputBlock("reason", testPlain("Reason"), nil, slack.NewOptionsSelectBlockElement(slack.OptTypeStatic, testPlain("Choose"), "code",
				slack.NewOptionBlockObject("fit", testPlain("No fit"), nil))), note}}}
}

func TestSlackModalFromClickToSubmission(t *testing.T) {
	rig := newSlackRig(t, nil)
	ctx := testContext(t)
	reply := ""
	app, ts := newSlackApp(t, rig, func(w http.ResponseWriter, ic slack.InteractionCallback) {
		if ic.Type == slack.InteractionTypeBlockActions {
			if _, err := rig.api.OpenViewContext(ctx, ic.TriggerID, testModal()); err != nil {
				http.Error(w, err.Error(), http.StatusInternalServerError)
			}
			return
		}
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, reply)
	})
	open := func() SlackView {
		t.Helper()
		if answer, err := rig.Click(ctx, testAda, testChannel, ts, "lead_reject"); err != nil || answer.Problem != "" {
			t.Fatalf("click: %+v, %v", answer, err)
		}
		view, ok := rig.Modal(testAda)
		if !ok || view.CallbackID != "reject" || view.PrivateMetadata != "rv_1" {
			t.Fatalf("modal %+v", view)
		}
		return view
	}
	view := open()
	var form *SlackInputError
	if _, err := rig.Submit(ctx, testAda, view.ID, map[string]string{"note": "much too long"}); !errors.As(err, &form) || len(form.Errors) != 2 {
		t.Fatalf("an incomplete form: %v", err)
	}
	if _, err := rig.Submit(ctx, testBen, view.ID, nil); !errors.Is(err, ErrSlackNoElement) {
		t.Errorf("somebody else submitted: %v", err)
	}
	values := map[string]string{"reason/code": "fit", "note": "too small"}

	reply = `{"response_action":"errors","errors":{"note":"Say more."}}`
	answer, err := rig.Submit(ctx, testAda, view.ID, values)
	if err != nil || answer.Errors["note"] != "Say more." {
		t.Fatalf("errors answer: %+v, %v", answer, err)
	}
	if still, ok := rig.Modal(testAda); !ok || still.Errors["note"] == "" {
		t.Error("the modal closed although the app refused")
	}
	state := app.last().View.State.Values
	if state["reason"]["code"].SelectedOption.Value != "fit" || state["note"]["text"].Value != "too small" {
		t.Errorf("state %+v", state)
	}

	reply = `{"response_action":"errors","errors":{"nowhere":"x"}}`
	if answer, _ := rig.Submit(ctx, testAda, view.ID, values); answer.Problem == "" {
		t.Error("errors for an unknown block were taken")
	}
	next := testModal()
	next.Title = testPlain("Sure?")
	raw, _ := json.Marshal(slack.NewUpdateViewSubmissionResponse(&next))
	reply = string(raw)
	if _, err := rig.Submit(ctx, testAda, view.ID, values); err != nil {
		t.Fatal(err)
	}
	if now, _ := rig.Modal(testAda); now.Title != "Sure?" || now.ID != view.ID || now.Hash == view.Hash {
		t.Errorf("updated modal %+v", now)
	}
	reply = ""
	if _, err := rig.Submit(ctx, testAda, view.ID, values); err != nil {
		t.Fatal(err)
	}
	if _, ok := rig.Modal(testAda); ok {
		t.Error("the modal stands after it was taken")
	}
	again := open()
	if _, err := rig.CloseView(t.Context(), testAda, again.ID); err != nil {
		t.Fatal(err)
	}
	if _, ok := rig.Modal(testAda); ok {
		t.Error("the modal stands after Cancel")
	}
}

func TestSlackTriggersAndViewLimits(t *testing.T) {
	rig := newSlackRig(t, nil)
	app, ts := newSlackApp(t, rig, nil)
	ctx := testContext(t)
	trigger := func() string {
		t.Helper()
		if _, err := rig.Click(ctx, testAda, testChannel, ts, "lead_reject"); err != nil {
			t.Fatal(err)
		}
		return app.last().TriggerID
	}
	openView := func(id string, view slack.ModalViewRequest) error {
		_, err := rig.api.OpenViewContext(ctx, id, view)
		return err
	}
	wantSlackError(t, openView("1.2.3", testModal()), "invalid_trigger_id")
	old := trigger()
	rig.clock.add(3*time.Second + time.Millisecond)
	wantSlackError(t, openView(old, testModal()), "expired_trigger_id")
	used := trigger()
	rig.clock.add(3 * time.Second)
	if err := openView(used, testModal()); err != nil {
		t.Fatalf("a trigger of exactly 3 s: %v", err)
	}
	wantSlackError(t, openView(used, testModal()), "exchanged_trigger_id")

	changes := map[string]func(*slack.ModalViewRequest){
		"title":     func(v *slack.ModalViewRequest) { v.Title = testPlain(strings.Repeat("è", 25)) },
		"submit":    func(v *slack.ModalViewRequest) { v.Submit = testPlain(strings.Repeat("è", 25)) },
		"no submit": func(v *slack.ModalViewRequest) { v.Submit = nil },
		"metadata":  func(v *slack.ModalViewRequest) { v.PrivateMetadata = strings.Repeat("è", 3001) },
		"callback":  func(v *slack.ModalViewRequest) { v.CallbackID = strings.Repeat("è", 256) },
		"101 dividers": func(v *slack.ModalViewRequest) {
			v.Blocks.BlockSet = slices.Repeat([]slack.Block{slack.NewDividerBlock()}, 101)
		},
	}
	for name, change := range changes {
		view := testModal()
		change(&view)
		t.Run(name, func(t *testing.T) { wantSlackError(t, openView(trigger(), view), "invalid_arguments") })
	}
}

func TestSlackResponseURL(t *testing.T) {
	rig := newSlackRig(t, nil)
	app, ts := newSlackApp(t, rig, nil)
	ctx := testContext(t)
	if _, err := rig.Click(ctx, testBen, testChannel, ts, "lead_approve"); err != nil {
		t.Fatal(err)
	}
	respond := func(options ...slack.MsgOption) error {
		_, _, err := rig.api.PostMessageContext(ctx, testChannel, append(options, slack.MsgOptionText("Ada was first.", false))...)
		return err
	}
	url := app.last().ResponseURL
	for range 4 {
		if err := respond(slack.MsgOptionResponseURL(url, slack.ResponseTypeEphemeral)); err != nil {
			t.Fatal(err)
		}
	}
	if err := respond(slack.MsgOptionReplaceOriginal(url)); err != nil {
		t.Fatal(err)
	}
	if err := respond(slack.MsgOptionResponseURL(url, slack.ResponseTypeEphemeral)); err == nil {
		t.Error("a sixth use passed")
	}
	if n, m := len(rig.Ephemerals(testBen)), len(rig.Ephemerals(testAda)); n != 4 || m != 0 {
		t.Errorf("Ben sees %d private messages and Ada %d, want 4 and 0", n, m)
	}
	if m := rig.Messages(testChannel)[0]; m.Text != "Ada was first." || len(m.Actions()) != 0 {
		t.Errorf("the original was not replaced: %+v", m)
	}
	if n := len(rig.Messages(testChannel)); n != 1 {
		t.Errorf("%d messages stand in the channel", n)
	}
}

func TestSlackCommandAndHome(t *testing.T) {
	rig := newSlackRig(t, func(o *SlackOptions) { o.Commands, o.HomeTab = []string{"/eql"}, true })
	ctx := testContext(t)
	home := slack.HomeTabViewRequest{Type: slack.VTHomeTab, Blocks: slack.Blocks{BlockSet: []slack.Block{
		slack.NewActionBlock("b", slack.NewButtonBlockElement("refresh", "", testPlain("Refresh")))}}}
	app, _ := newSlackApp(t, rig, func(w http.ResponseWriter, _ slack.InteractionCallback) {
		rig.api.PublishViewContext(ctx, slack.PublishViewContextRequest{UserID: testAda, View: home})
	})
	if _, err := rig.Command(ctx, testAda, testChannel, "/eql pending now"); err != nil {
		t.Fatal(err)
	}
	if c := app.commands[0]; c.Command != "/eql" || c.Text != "pending now" || c.UserID != testAda || c.TriggerID == "" {
		t.Errorf("command %+v", c)
	}
	if e := rig.Ephemerals(testAda); len(e) != 1 || e[0].Text != "3 wait" {
		t.Errorf("private answers %+v", e)
	}
	if _, err := rig.Command(ctx, testAda, testChannel, "/else"); err == nil {
		t.Error("an unknown command passed")
	}
	if _, err := rig.OpenHome(ctx, testAda); err != nil {
		t.Fatal(err)
	}
	views := rig.Views()
	if len(views) != 1 || views[0].Type != "home" {
		t.Fatalf("views %+v", views)
	}
	if _, err := rig.ClickView(ctx, testAda, views[0].ID, "refresh", ""); err != nil {
		t.Fatal(err)
	}
	if ic := app.last(); ic.Container.Type != "view" || ic.View.ID != views[0].ID {
		t.Errorf("payload %+v", ic)
	}
}

func TestSlackSaysWhenTheAppIsSilent(t *testing.T) {
	rig := newSlackRig(t, func(o *SlackOptions) { o.AckTimeout = 50 * time.Millisecond })
	release := make(chan struct{})
	_, ts := newSlackApp(t, rig, func(http.ResponseWriter, slack.InteractionCallback) { <-release })
	answer, err := rig.Click(testContext(t), testAda, testChannel, ts, "lead_approve")
	close(release)
	if !errors.Is(err, ErrSlackUnreachable) || answer.Problem != "operation_timeout" {
		t.Errorf("answer %+v, %v", answer, err)
	}
}

func TestSlackWaitMessage(t *testing.T) {
	rig := newSlackRig(t, nil)
	ctx := testContext(t)
	go rig.api.PostMessageContext(ctx, testChannel, slack.MsgOptionText("here I am", false))
	m, err := rig.WaitMessage(ctx, func(m SlackMessage) bool { return m.Text == "here I am" })
	if err != nil || m.Channel != testChannel {
		t.Errorf("waited for %+v, %v", m, err)
	}
	over, cancel := context.WithCancel(ctx)
	cancel()
	if _, err := rig.WaitMessage(over, func(SlackMessage) bool { return false }); !errors.Is(err, context.Canceled) {
		t.Errorf("waiting ended with %v", err)
	}
}
