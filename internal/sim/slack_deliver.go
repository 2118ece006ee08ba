package sim

import (
	"bytes"
	"context"
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// SlackAnswer is the app's answer to something that a person did.
type SlackAnswer struct {
	Kind     string // block_actions, view_submission, command, event
	User     string
	Channel  string
	TS       string // of the message acted on
	ViewID   string
	ActionID string
	At       time.Time     // by the injected clock
	Took     time.Duration // from sending to the whole answer, by the machine's clock
	Status   int           // HTTP status; 200 for an acknowledgement through the socket
	Body     []byte
	Errors   map[string]string // by block id: the app refused a submission so
	// Problem is what went wrong, empty where nothing did: the person sees
	// Slack's "we had some trouble connecting".
	Problem string

	Path   string      // where it went, under the app's URL; empty through the socket
	Header http.Header // as it was sent
	Sent   []byte      // the body as it was sent
}

// ErrSlackUnreachable: the app gave no answer in time, or none at all.
var ErrSlackUnreachable = errors.New("the app did not answer")

// SignSlack is Slack's v0 signature of a request body.
func SignSlack(secret string, at time.Time, body []byte) string {
	mac := hmac.New(sha256.New, []byte(secret))
	fmt.Fprintf(mac, "v0:%d:", at.Unix())
	mac.Write(body)
	return "v0=" + hex.EncodeToString(mac.Sum(nil))
}

// slackDelivery is one request of Slack to the app, for either way of sending it.
type slackDelivery struct {
	answer   SlackAnswer // with what is known before
	envelope string      // its type: one of slackPaths
	payload  slackBody
	retry    int // of an event that was not taken; 0: the first time
	// after does what follows from an answer without Problem, with the lock held.
	after func(*SlackAnswer)
}

// slackPaths are where each envelope goes by HTTP.
var slackPaths = map[string]string{
	"interactive": "/slack/interactions", "slash_commands": "/slack/commands", "events_api": "/slack/events"}

// interact is what a person did to a message or a view.
func (s *Slack) interact(ctx context.Context, payload slackBody, answer SlackAnswer, after func(*SlackAnswer)) (SlackAnswer, error) {
	return s.deliver(ctx, slackDelivery{envelope: "interactive", payload: payload, answer: answer, after: after})
}

// deliver sends a request to the app and waits for its answer, at most the time
// that Slack allows. It records the answer when all that follows from it is done.
func (s *Slack) deliver(ctx context.Context, d slackDelivery) (SlackAnswer, error) {
	base := look(s, func() string { return s.appURL })
	answer := d.answer
	answer.At = s.now()
	ctx, cancel := context.WithTimeout(ctx, s.opt.AckTimeout)
	defer cancel()

	start := time.Now()
	var err error
	if base == "" {
		err = s.deliverBySocket(ctx, d, &answer)
	} else {
		err = s.deliverByHTTP(ctx, base, d, &answer)
	}
	answer.Took = time.Since(start)
	switch {
	case errors.Is(err, context.DeadlineExceeded):
		answer.Problem = "operation_timeout"
		err = fmt.Errorf("%w within %s", ErrSlackUnreachable, s.opt.AckTimeout)
	case err != nil:
		answer.Problem = "unreachable"
		err = fmt.Errorf("%w: %w", ErrSlackUnreachable, err)
	case answer.Status < 200 || answer.Status > 299:
		answer.Problem = "http_status_" + strconv.Itoa(answer.Status)
	}
	s.change(func() {
		if d.after != nil && err == nil && answer.Problem == "" {
			d.after(&answer)
		}
		s.keep(answer)
	})
	return answer, err
}

// keep records an answer. The lock is held.
func (s *Slack) keep(answer SlackAnswer) {
	s.answers = append(s.answers, answer)
	s.log.Debug("slack_answer", "kind", answer.Kind, "status", answer.Status, "problem", answer.Problem, "took", answer.Took)
}

func (s *Slack) deliverByHTTP(ctx context.Context, base string, d slackDelivery, answer *SlackAnswer) error {
	kind, form := "application/x-www-form-urlencoded", url.Values{"payload": {string(slackRaw(d.payload))}}
	if d.envelope == "slash_commands" {
		form = url.Values{}
		for name, value := range d.payload {
			form.Set(name, fmt.Sprint(value))
		}
	}
	body := []byte(form.Encode())
	if d.envelope == "events_api" {
		kind, body = "application/json", slackRaw(d.payload)
	}
	at := time.Now() // not the injected clock: slack-go compares the stamp with the machine's
	header := http.Header{}
	header.Set("Content-Type", kind)
	header.Set("User-Agent", "Slackbot 1.0 (+https://api.slack.com/robots)")
	header.Set("X-Slack-Request-Timestamp", strconv.FormatInt(at.Unix(), 10))
	header.Set("X-Slack-Signature", SignSlack(s.opt.SigningSecret, at, body))
	if d.retry > 0 {
		header.Set("X-Slack-Retry-Num", strconv.Itoa(d.retry))
		header.Set("X-Slack-Retry-Reason", "http_error")
	}
	answer.Path, answer.Header, answer.Sent = slackPaths[d.envelope], header, body
	return s.send(ctx, base, answer)
}

// send posts what an answer says was sent, and reads the app's answer into it.
func (s *Slack) send(ctx context.Context, base string, answer *SlackAnswer) error {
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, base+answer.Path, bytes.NewReader(answer.Sent))
	if err != nil {
		return err
	}
	req.Header = answer.Header.Clone()
	resp, err := s.client.Do(req)
	if err != nil {
		return err
	}
	defer resp.Body.Close()
	answer.Status = resp.StatusCode
	if answer.Body, err = io.ReadAll(io.LimitReader(resp.Body, 1<<20)); err != nil {
		return err
	}
	kind, _, _ := mime.ParseMediaType(resp.Header.Get("Content-Type"))
	if len(bytes.TrimSpace(answer.Body)) > 0 && answer.Kind == "view_submission" &&
		answer.Status == http.StatusOK && kind != "application/json" {
		answer.Problem = "response_is_not_json"
	}
	return nil
}

// Resend sends the very bytes of an earlier request again, as somebody who
// recorded it would, and as Slack does when it missed the answer. It reports the
// new answer and lets nothing follow from it.
func (s *Slack) Resend(ctx context.Context, earlier SlackAnswer) (SlackAnswer, error) {
	if earlier.Path == "" {
		return SlackAnswer{}, errors.New("resend: that did not go by HTTP")
	}
	again := earlier
	again.At, again.Errors, again.Problem = s.now(), nil, ""
	start := time.Now()
	err := s.send(ctx, look(s, func() string { return s.appURL }), &again)
	again.Took = time.Since(start)
	s.change(func() { s.keep(again) })
	return again, err
}
