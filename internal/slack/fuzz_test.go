package slack_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"testing"
	"time"

	"leadtriage/internal/slack"
)

// Whatever Slack signs is answered, and nobody decides who may not.
func FuzzPayload(f *testing.F) {
	for _, act := range []string{slack.ActionApprove, slack.ActionEdit, "form lead_reject", "form lead_edit", "form lead_override"} {
		f.Add([]byte(url.Values{"payload": {acting(act, eve, "T1")}}.Encode()))
	}
	f.Add([]byte(vectorBody))
	f.Add([]byte(`{"type":"event_callback","event":{"type":"app_home_opened","user":"` + eve + `"}}`))
	f.Add([]byte("payload=%7B%22actions%22%3A%5B%7B%7D%5D%7D&command=%2Feql&user_id=U1&text=lead+%00"))
	k := &desk{d: northwind()}
	api := httptest.NewServer(http.NotFoundHandler())
	f.Cleanup(api.Close)
	a := slack.NewActions(k, slack.New(slack.Options{Token: botToken, APIURL: api.URL + "/"}), slack.ActionOptions{SigningSecret: secret})
	f.Fuzz(func(t *testing.T, body []byte) {
		for _, h := range []http.Handler{a, a.Commands(), a.EventsAPI()} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, request(string(body), time.Now(), secret))
			if w.Code >= 500 {
				t.Errorf("%d %s", w.Code, w.Body)
			}
		}
		for _, word := range k.said() {
			if word.By != ada && word.By != bob {
				t.Errorf("decided by %q", word.By)
			}
		}
	})
}
