package slack_test

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/sim"
	"leadtriage/internal/slack"
)

// Slack's published example of a signed request.
const (
	vectorBody = "token=xyzz0WbapA4vBCDEFasx0q6G&team_id=T1DC2JH3J&team_domain=testteamnow&channel_id=G8PSS9T3V&channel_name=foobar&user_id=U2CERLKJA&user_name=roadrunner&command=%2Fwebhook-collect&text=&response_url=https%3A%2F%2Fhooks.slack.com%2Fcommands%2FT1DC2JH3J%2F397700885554%2F96rGlfmibIGlgcZRskXaIFfN&trigger_id=398738663015.47445629121.803a0bc887a14d10d2c447fce8b6703c"
	vectorTime = 1531420618
	vectorSign = "v0=a2114d57b48eac39b9ad189dd8316235a7b4a8d21a10bd27519666489c69b503"
)

func published(t *testing.T, file string) []byte {
	t.Helper()
	raw, err := os.ReadFile(filepath.Join("../../../shared/specs/slack", file))
	if err != nil {
		t.Skipf("no published payloads at hand: %v", err)
	}
	return raw
}

func request(body string, at time.Time, secret string) *http.Request {
	r := httptest.NewRequest(http.MethodPost, "/slack/interactions", strings.NewReader(body))
	r.Header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(at.Unix(), 10))
	r.Header.Set("X-Slack-Signature", sim.SignSlack(secret, at, []byte(body)))
	return r
}

func post(h http.Handler, payload string, at time.Time, secret string) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	h.ServeHTTP(w, request(url.Values{"payload": {payload}}.Encode(), at, secret))
	return w
}

func TestSignature(t *testing.T) {
	at := time.Unix(vectorTime, 0)
	tests := map[string]struct {
		now    time.Time
		secret string
		change func(*http.Request)
		status int
	}{
		// The vector is a slash command: the signature is right, a payload it has not.
		"published vector":  {at.Add(time.Minute), secret, func(*http.Request) {}, http.StatusBadRequest},
		"at the last":       {at.Add(5 * time.Minute), secret, func(*http.Request) {}, http.StatusBadRequest},
		"old":               {at.Add(5*time.Minute + time.Second), secret, func(*http.Request) {}, http.StatusUnauthorized},
		"of the future":     {at.Add(-6 * time.Minute), secret, func(*http.Request) {}, http.StatusUnauthorized},
		"another secret":    {at, "another", func(*http.Request) {}, http.StatusUnauthorized},
		"no secret":         {at, "", func(*http.Request) {}, http.StatusUnauthorized},
		"no signature":      {at, secret, func(r *http.Request) { r.Header.Del("X-Slack-Signature") }, http.StatusUnauthorized},
		"no time":           {at, secret, func(r *http.Request) { r.Header.Del("X-Slack-Request-Timestamp") }, http.StatusUnauthorized},
		"time is no number": {at, secret, func(r *http.Request) { r.Header.Set("X-Slack-Request-Timestamp", "now") }, http.StatusUnauthorized},
		"another time":      {at, secret, func(r *http.Request) { r.Header.Set("X-Slack-Request-Timestamp", "1531420619") }, http.StatusUnauthorized},
		"cut signature":     {at, secret, func(r *http.Request) { r.Header.Set("X-Slack-Signature", vectorSign[:20]) }, http.StatusUnauthorized},
		"without version":   {at, secret, func(r *http.Request) { r.Header.Set("X-Slack-Signature", vectorSign[3:]) }, http.StatusUnauthorized},
		"no hex":            {at, secret, func(r *http.Request) { r.Header.Set("X-Slack-Signature", "v0=zz") }, http.StatusUnauthorized},
		"another body":      {at, secret, func(r *http.Request) { *r = *withBody(r, vectorBody+"&x=1") }, http.StatusUnauthorized},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			a := slack.NewActions(&desk{d: northwind()}, slack.New(slack.Options{}), slack.ActionOptions{Reviewers: reviewers(), SigningSecret: tt.secret, Now: func() time.Time { return tt.now }})
			r := httptest.NewRequest(http.MethodPost, "/slack/interactions", strings.NewReader(vectorBody))
			r.Header.Set("X-Slack-Request-Timestamp", strconv.Itoa(vectorTime))
			r.Header.Set("X-Slack-Signature", vectorSign)
			tt.change(r)
			w := httptest.NewRecorder()
			a.ServeHTTP(w, r)
			if w.Code != tt.status {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.status)
			}
		})
	}
}

func withBody(r *http.Request, body string) *http.Request {
	changed := httptest.NewRequest(r.Method, r.URL.Path, strings.NewReader(body))
	changed.Header = r.Header
	return changed
}

// Our check and slack-go's agree.
func TestSignatureAsTheLibraryChecksIt(t *testing.T) {
	now := time.Now()
	r := request("payload=%7B%7D", now, secret)
	v, err := slackapi.NewSecretsVerifier(r.Header, secret)
	if err != nil {
		t.Fatal(err)
	}
	v.Write([]byte("payload=%7B%7D"))
	if err := v.Ensure(); err != nil {
		t.Fatal(err)
	}
	a := slack.NewActions(&desk{d: northwind()}, slack.New(slack.Options{}), slack.ActionOptions{Reviewers: reviewers(), SigningSecret: secret})
	w := httptest.NewRecorder()
	a.ServeHTTP(w, r)
	if w.Code != http.StatusOK {
		t.Errorf("%d %s", w.Code, w.Body)
	}
}

func TestRubbishOverHTTP(t *testing.T) {
	k := &desk{d: northwind()}
	a := slack.NewActions(k, slack.New(slack.Options{}), slack.ActionOptions{Reviewers: reviewers(), SigningSecret: secret})
	tests := map[string]struct {
		body   string
		status int
	}{
		"no payload":         {"a=b", 400},
		"empty":              {"", 400},
		"payload no JSON":    {"payload=hello", 400},
		"payload a list":     {"payload=[]", 400},
		"broken escapes":     {"payload=%zz", 400},
		"too large":          {"payload=" + strings.Repeat("a", 2<<20), 413},
		"unknown type":       {"payload=" + url.QueryEscape(`{"type":"shortcut"}`), 200},
		"unknown action":     {"payload=" + url.QueryEscape(`{"type":"block_actions","user":{"id":"U0ADA0001"},"actions":[{"block_id":"b","action_id":"lead_later","value":"rv_1"}]}`), 200},
		"unknown form":       {"payload=" + url.QueryEscape(`{"type":"view_submission","view":{"callback_id":"x"}}`), 200},
		"form without meta":  {"payload=" + url.QueryEscape(`{"type":"view_submission","view":{"callback_id":"lead_reject","private_metadata":""}}`), 200},
		"no review id":       {"payload=" + url.QueryEscape(`{"type":"block_actions","user":{"id":"U0ADA0001"},"actions":[{"block_id":"b","action_id":"lead_approve","value":""}]}`), 200},
		"forged form":        {"payload=" + url.QueryEscape(`{"type":"view_submission","user":{"id":"U0EVE0001"},"view":{"callback_id":"lead_reject","private_metadata":"{\"review\":\"rv_1\"}","state":{"values":{"reason":{"reason":{"selected_option":{"value":"not_our_customer"}}}}}}}`), 200},
		"an API key's name":  {"payload=" + url.QueryEscape(`{"type":"block_actions","user":{"id":"key:ops"},"actions":[{"block_id":"b","action_id":"lead_approve","value":"rv_1"}]}`), 200},
		"reason not on list": {"payload=" + url.QueryEscape(`{"type":"view_submission","user":{"id":"U0ADA0001"},"view":{"callback_id":"lead_reject","private_metadata":"{\"review\":\"rv_1\"}","state":{"values":{"reason":{"reason":{"selected_option":{"value":"because"}}}}}}}`), 200},
		"note too long":      {"payload=" + url.QueryEscape(`{"type":"view_submission","user":{"id":"U0ADA0001"},"view":{"callback_id":"lead_reject","private_metadata":"{\"review\":\"rv_1\"}","state":{"values":{"reason":{"reason":{"selected_option":{"value":"not_our_customer"}}},"note":{"note":{"value":"`+strings.Repeat("x", 1001)+`"}}}}}}`), 200},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			w := httptest.NewRecorder()
			a.ServeHTTP(w, request(tt.body, time.Now(), secret))
			if w.Code != tt.status {
				t.Errorf("%d %s, want %d", w.Code, w.Body, tt.status)
			}
			if len(k.said()) > 0 {
				t.Fatalf("something was decided: %+v", k.said())
			}
		})
	}
	w := httptest.NewRecorder()
	a.ServeHTTP(w, httptest.NewRequest(http.MethodGet, "/slack/interactions", nil))
	if w.Code != http.StatusMethodNotAllowed {
		t.Errorf("GET: %d", w.Code)
	}
}

// A captured click passes the signature for five minutes; it decides nothing twice.
func TestReplayedClick(t *testing.T) {
	o := open(t, false)
	o.click(ada, slack.ActionApprove)
	answers := o.slack.Answers()
	again, err := o.slack.Resend(t.Context(), answers[len(answers)-1])
	if err != nil || again.Status != http.StatusOK || len(o.desk.said()) != 1 {
		t.Errorf("replay: %v, status %d, words %v", err, again.Status, o.desk.said())
	}
	o.heard(ada, 1)
}
