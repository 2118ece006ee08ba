package slack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/gorilla/websocket"

	"leadtriage/internal/slack"
)

// oddClick is a click on Approve with what is no business of ours in forms that
// only a later Slack may have.
const oddClick = `{"type":"block_actions","user":{"id":"` + ada + `"},"channel":{"id":"` + channel + `"},"trigger_id":"1.2.3",
	"message":{"ts":1,"blocks":{"type":"carousel"},"edited":7,"files":[{"size":"big"}]},"state":[],
	"actions":[{"action_id":"lead_approve","type":"button","text":{"type":"plain_text","text":"Approve"},"value":"rv_1"}]}`

func TestOddClick(t *testing.T) {
	t.Run("http", func(t *testing.T) {
		o := open(t, false)
		if response := post(o.actions, oddClick, time.Now(), secret); response.Code != http.StatusOK {
			t.Errorf("%d %s", response.Code, response.Body)
		}
		if o.desk.d.Review().Open() {
			t.Error("the click decided nothing")
		}
	})
	t.Run("socket", func(t *testing.T) {
		k := &desk{d: northwind()}
		envelope(t, k, fmt.Sprintf(`{"envelope_id":"e1","type":"interactive","accepts_response_payload":true,"payload":%s}`, oddClick))
		if k.d.Review().Open() {
			t.Error("the click decided nothing")
		}
	})
}

func TestEnvelopesOfNoBusinessAreAcknowledged(t *testing.T) {
	for _, sent := range []string{
		`{"envelope_id":"e1","type":"canvas_opened","payload":{}}`,
		`{"envelope_id":"e1","type":"interactive","payload":[]}`,
		`{"envelope_id":"e1","type":"events_api","payload":{"type":"event_callback","event":{"type":"tomorrow"}}}`,
		`{"envelope_id":"e1","type":"slash_commands","payload":7}`,
	} {
		envelope(t, &desk{d: northwind()}, sent)
	}
}

// envelope sends one over Socket Mode and waits until it is acknowledged.
func envelope(t *testing.T, k *desk, sent string) {
	t.Helper()
	acknowledged := make(chan string, 1)
	mux := http.NewServeMux()
	server := httptest.NewServer(mux)
	defer server.Close()
	mux.HandleFunc("/api/apps.connections.open", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintf(w, `{"ok":true,"url":"ws%s/link"}`, strings.TrimPrefix(server.URL, "http"))
	})
	upgrader := websocket.Upgrader{CheckOrigin: func(*http.Request) bool { return true }}
	mux.HandleFunc("/link", func(w http.ResponseWriter, r *http.Request) {
		conn, err := upgrader.Upgrade(w, r, nil)
		if err != nil {
			return
		}
		defer conn.Close()
		for _, frame := range []string{`{"type":"hello"}`, sent} {
			if conn.WriteMessage(websocket.TextMessage, []byte(frame)) != nil {
				return
			}
		}
		for {
			_, raw, err := conn.ReadMessage()
			if err != nil {
				return
			}
			var ack struct {
				EnvelopeID string `json:"envelope_id"`
			}
			if json.Unmarshal(raw, &ack) == nil && ack.EnvelopeID != "" {
				acknowledged <- ack.EnvelopeID
			}
		}
	})
	poster := slack.New(slack.Options{Token: botToken, AppToken: "xapp-secret", APIURL: server.URL + "/api/"})
	actions := slack.NewActions(k, poster, slack.ActionOptions{Reviewers: reviewers()})
	ctx, cancel := context.WithCancel(t.Context())
	ended := make(chan error, 1)
	go func() { ended <- actions.Socket(ctx) }()
	select {
	case id := <-acknowledged:
		if id != "e1" {
			t.Errorf("acknowledged %q", id)
		}
	case <-time.After(10 * time.Second):
		t.Errorf("not acknowledged: %s", sent)
	}
	cancel()
	<-ended
	actions.Close(context.Background())
}
