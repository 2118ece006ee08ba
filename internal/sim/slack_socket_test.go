package sim

import (
	"context"
	"net/http"
	"strings"
	"testing"

	"github.com/gorilla/websocket"
	"github.com/slack-go/slack"
	"github.com/slack-go/slack/socketmode"
)

// runSlackSocket connects slack-go's own Socket Mode client and answers each
// envelope by handle.
func runSlackSocket(t *testing.T, rig *slackRig, handle func(socketmode.Event) any) {
	t.Helper()
	ctx, cancel := context.WithCancel(t.Context())
	client := socketmode.New(rig.api)
	ended := make(chan struct{})
	go func() { defer close(ended); client.RunContext(ctx) }()
	go func() {
		for {
			select {
			case event := <-client.Events:
				if event.Request != nil && event.Request.EnvelopeID != "" {
					client.Ack(*event.Request, handle(event))
				}
			case <-ctx.Done():
				return
			}
		}
	}()
	t.Cleanup(func() { cancel(); <-ended })
	if err := rig.Wait(testContext(t), func() bool { return rig.Connections() == 1 }); err != nil {
		t.Fatal(err)
	}
}

func TestSlackSocketRoundTrip(t *testing.T) {
	rig := newSlackRig(t, nil)
	ctx := testContext(t)
	_, ts, err := rig.api.PostMessageContext(ctx, testChannel, testCard("rv_1"))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := rig.Click(ctx, testAda, testChannel, ts, "lead_reject"); err == nil {
		t.Fatal("a click reached nobody and passed")
	}
	runSlackSocket(t, rig, func(event socketmode.Event) any {
		switch data := event.Data.(type) {
		case slack.InteractionCallback:
			if data.Type == slack.InteractionTypeBlockActions {
				if _, err := rig.api.OpenViewContext(ctx, data.TriggerID, testModal()); err != nil {
					t.Error(err)
				}
				return nil
			}
			return slack.NewErrorsViewSubmissionResponse(map[string]string{"note": "Say more."})
		case slack.SlashCommand:
			return map[string]any{"text": "you typed " + data.Text}
		}
		return nil
	})
	if answer, err := rig.Click(ctx, testAda, testChannel, ts, "lead_reject"); err != nil || answer.Status != http.StatusOK {
		t.Fatalf("click: %+v, %v", answer, err)
	}
	view, ok := rig.Modal(testAda)
	if !ok {
		t.Fatal("no modal opened")
	}
	answer, err := rig.Submit(ctx, testAda, view.ID, map[string]string{"reason": "fit"})
	if err != nil || answer.Errors["note"] == "" {
		t.Errorf("submission: %+v, %v", answer, err)
	}
	if _, err := rig.Command(ctx, testAda, testChannel, "/eql help"); err != nil {
		t.Fatal(err)
	}
	if e := rig.Ephemerals(testAda); len(e) != 1 || e[0].Text != "you typed help" {
		t.Errorf("private answers %+v", e)
	}
	rig.Disconnect("refresh_requested")
	err = rig.Wait(ctx, func() bool { // away, and back by itself
		opened := 0
		for _, call := range rig.Calls() {
			if call.Method == "apps.connections.open" && call.Error == "" {
				opened++
			}
		}
		return opened == 2 && rig.Connections() == 1
	})
	if err != nil {
		t.Fatalf("the client did not come back: %v", err)
	}
	if answer, err := rig.Click(ctx, testBen, testChannel, ts, "lead_reject"); err != nil || answer.Problem != "" {
		t.Errorf("after a reconnect: %+v, %v", answer, err)
	}
}

func TestSlackSocketWantsATicket(t *testing.T) {
	rig := newSlackRig(t, nil)
	stranger := slack.New("xoxb-test", slack.OptionAPIURL(rig.url+"/api/"), slack.OptionAppLevelToken("xapp-other"))
	_, _, err := stranger.StartSocketModeContext(testContext(t))
	wantSlackError(t, err, "invalid_auth")
	_, resp, err := websocket.DefaultDialer.DialContext(testContext(t), "ws"+strings.TrimPrefix(rig.url, "http")+"/link?ticket=forged", nil)
	if err == nil || resp == nil || resp.StatusCode != http.StatusForbidden {
		t.Errorf("a forged ticket: %v, %v", resp, err)
	}
}
