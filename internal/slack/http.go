package slack

import (
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"
)

const (
	// maxBody bounds a request; an interaction carries its whole message, which
	// Slack itself keeps far below.
	maxBody = 1 << 20
	// maxAge is how old a signature may be
	// (https://docs.slack.dev/authentication/verifying-requests-from-slack).
	maxAge = 5 * time.Minute
)

// ServeHTTP is POST /slack/interactions.
func (a *Actions) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, ok := a.signed(w, r)
	if !ok {
		return
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || form.Get("payload") == "" {
		http.Error(w, "expected a form with the field payload", http.StatusBadRequest)
		return
	}
	var i Interaction
	if err := json.Unmarshal([]byte(form.Get("payload")), &i); err != nil {
		http.Error(w, "the payload is not an interaction in JSON", http.StatusBadRequest)
		return
	}
	a.respond(w, r, a.Handle(r.Context(), i))
}

// respond writes an answer; what follows it comes after.
func (a *Actions) respond(w http.ResponseWriter, r *http.Request, answer Answer) {
	if answer.Refused != "" {
		http.Error(w, answer.Refused, http.StatusForbidden)
		return
	}
	if answer.Body != nil {
		w.Header().Set("Content-Type", "application/json; charset=utf-8")
		if err := json.NewEncoder(w).Encode(answer.Body); err != nil {
			a.o.Logger.WarnContext(r.Context(), "slack answer not written", "error", err)
		}
	} else {
		w.WriteHeader(http.StatusOK)
	}
	a.later(answer.After)
}

// signed reads the body and checks Slack's signature over it; when it returns
// false the request is answered.
func (a *Actions) signed(w http.ResponseWriter, r *http.Request) (body []byte, ok bool) {
	if r.Method != http.MethodPost {
		w.Header().Set("Allow", http.MethodPost)
		http.Error(w, "only POST", http.StatusMethodNotAllowed)
		return nil, false
	}
	body, err := io.ReadAll(http.MaxBytesReader(w, r.Body, maxBody))
	if err != nil {
		status := http.StatusBadRequest
		if _, tooLarge := errors.AsType[*http.MaxBytesError](err); tooLarge {
			status = http.StatusRequestEntityTooLarge
		}
		http.Error(w, "the body could not be read: it is broken off or larger than 1 MB", status)
		return nil, false
	}
	if err := verify(r.Header, body, a.o.SigningSecret, a.o.Now()); err != nil {
		a.o.Logger.WarnContext(r.Context(), "slack request refused", "error", err)
		http.Error(w, err.Error(), http.StatusUnauthorized)
		return nil, false
	}
	return body, true
}

// foreign says why a payload is not for this app in this workspace, "" for one that
// is. It goes by what auth.test said of the token; before, and where either says
// nothing, the signature has to do.
func (a *Actions) foreign(ctx context.Context, team, app string) string {
	me := a.poster.known()
	if me == nil {
		return ""
	}
	differ := func(said, ours string) bool { return said != "" && ours != "" && said != ours }
	if !differ(team, me.TeamID) && !differ(app, me.Header.Get(appHeader)) {
		return ""
	}
	a.o.Logger.WarnContext(ctx, "slack request refused: it is of another workspace or app than SLACK_BOT_TOKEN", "team", clean(team), "app", clean(app))
	return "this is of another workspace or app than the one that is installed here"
}

// verify checks Slack's v0 signature over the raw body, in constant time. A
// replay within five minutes passes; deciding twice is harmless.
func verify(h http.Header, body []byte, secret string, now time.Time) error {
	if secret == "" {
		return errors.New("no signing secret is configured: set SLACK_SIGNING_SECRET")
	}
	stamp, signature := h.Get("X-Slack-Request-Timestamp"), h.Get("X-Slack-Signature")
	if stamp == "" || signature == "" {
		return errors.New("the request is not signed by Slack: X-Slack-Signature or X-Slack-Request-Timestamp is missing")
	}
	seconds, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil {
		return errors.New("X-Slack-Request-Timestamp is not a Unix time")
	}
	if age := now.Sub(time.Unix(seconds, 0)); age.Abs() > maxAge {
		return errors.New("the signature is more than five minutes off: check the clock of this machine")
	}
	given, err := hex.DecodeString(strings.TrimPrefix(signature, "v0="))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte("v0:" + stamp + ":"))
	mac.Write(body)
	if err != nil || !strings.HasPrefix(signature, "v0=") || !hmac.Equal(mac.Sum(nil), given) {
		return errors.New("the signature is wrong: check SLACK_SIGNING_SECRET")
	}
	return nil
}
