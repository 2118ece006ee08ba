// Package crm tells the outside what became of a lead: one recorded effect at a
// time, under its stable key.
package crm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// webhookTimeout bounds one delivery. Standard Webhooks recommends 15–30 s; a
// receiver that needs longer should answer first and work later.
const (
	webhookTimeout = 15 * time.Second
	// longestWait bounds what the endpoint may ask for: a decision arrives within 15
	// minutes of when it is well again.
	longestWait = 5 * time.Minute
)

// Target is an endpoint and what it is told.
type Target struct {
	Name    string
	URL     string
	Events  []string // of lead.WebhookEvents; none: all but lead.parked
	Secrets []string // whsec_ and base64; while they are changed there are two, and both sign
}

// Webhook delivers to a target as Standard Webhooks asks.
type Webhook struct {
	Target
	host    string
	signers []*standardwebhooks.Webhook
	client  *http.Client
	now     func() time.Time
}

// NewWebhook makes the way to a target. The operator chose it: plain http and private
// addresses are fine.
func NewWebhook(t Target, now func() time.Time) (*Webhook, error) {
	w := &Webhook{Target: t, now: now, client: &http.Client{
		Timeout: webhookTimeout,
		// A redirect would send the record somewhere that nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}
	u, err := url.Parse(t.URL)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, fmt.Errorf("the webhook target %s needs an http or https address", t.Name)
	}
	w.host = u.Host
	for _, secret := range t.Secrets {
		signer, err := standardwebhooks.NewWebhook(secret)
		if err != nil || secret == "" {
			return nil, fmt.Errorf("a secret of the webhook target %s must be whsec_ followed by base64, as in: echo whsec_$(openssl rand -base64 32)", t.Name)
		}
		w.signers = append(w.signers, signer)
	}
	if w.signers == nil {
		return nil, fmt.Errorf("the webhook target %s needs a secret: webhooks are always signed", t.Name)
	}
	return w, nil
}

// Message is the body of a webhook.
type Message struct {
	Type      string    `json:"type"`
	Timestamp time.Time `json:"timestamp"` // when it happened, not when it was sent
	Data      any       `json:"data"`      // a lead.Record, of a lead
}

// Deliver makes one attempt. Any answer but 2xx is a Fault: 410 Gone is
// Permanent, 429 and 503 with Retry-After name the delay, all else is
// Temporary: a receiver that is being redeployed answers 404 or 401 for a while.
func (w *Webhook) Deliver(ctx context.Context, e lead.Effect, d *lead.Dossier) error {
	return w.Post(ctx, e.ID, e.Event, happened(e, d), d.Record())
}

// Post is Deliver of any data, under a stable key.
func (w *Webhook) Post(ctx context.Context, key, event string, at time.Time, data any) error {
	body, err := json.Marshal(Message{Type: event, Timestamp: at, Data: data})
	if err != nil {
		return lead.Faultf(lead.Permanent, 0, "encode webhook: %w", err)
	}
	now := w.now()
	var signatures []string
	for _, signer := range w.signers {
		signature, err := signer.Sign(key, now, body)
		if err != nil {
			return lead.Faultf(lead.Permanent, 0, "sign webhook: %w", err)
		}
		signatures = append(signatures, signature)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.URL, bytes.NewReader(body))
	if err != nil {
		return lead.Faultf(lead.Permanent, 0, "webhook to %s: bad address", w.host)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "leadtriage")
	req.Header.Set(standardwebhooks.HeaderWebhookID, key)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, strings.Join(signatures, " "))
	res, err := w.client.Do(req)
	if err != nil {
		return lead.Faultf(lead.Temporary, 0, "webhook to %s: %w", w.host, lead.WithoutURL(err))
	}
	defer res.Body.Close()
	io.CopyN(io.Discard, res.Body, 64<<10) // so that the connection is used again
	if res.StatusCode/100 == 2 {
		return nil
	}
	kind, after := lead.Temporary, min(lead.RetryAfter(res.Header, now), longestWait)
	switch res.StatusCode {
	case http.StatusGone:
		kind = lead.Permanent
	case http.StatusTooManyRequests:
		kind, after = lead.Throttled, max(after, time.Second)
	}
	return lead.Faultf(kind, after, "webhook to %s answered %s", w.host, res.Status)
}

// Health remembers which targets fail; internal/store implements it.
type Health interface {
	// Target says whether a target has failed since it last succeeded, and whether it is off.
	Target(ctx context.Context, name string) (failing, off bool, err error)
	// TargetFailed records a failure, and switches the target off that has failed for so long.
	TargetFailed(ctx context.Context, name string, now time.Time, long time.Duration) (off bool, err error)
	// TargetWorks records a success.
	TargetWorks(ctx context.Context, name string) error
}

const (
	// failsFor is how long a target fails without a success before it is switched off.
	failsFor = 5 * 24 * time.Hour
	// lookAgain is how soon it is noticed, at most, that a target is on again.
	lookAgain = 30 * time.Second
)

// attempt delivers, unless the target is off, and keeps account of how it is.
func (w *Webhook) attempt(ctx context.Context, health Health, log *slog.Logger, a *outbox.Attempt) error {
	failing, off, err := health.Target(ctx, w.Name)
	if err != nil {
		return err
	}
	if off {
		return w.off()
	}
	err = w.Deliver(ctx, a.Effect, a.Dossier)
	switch kind, _ := lead.KindOf(err); {
	case err == nil && failing:
		if err := health.TargetWorks(ctx, w.Name); err != nil {
			log.Warn("it was delivered; the next success is recorded", "target", w.Name, "error", err)
		}
	case err != nil && kind.Counts() && ctx.Err() == nil:
		off, failed := health.TargetFailed(ctx, w.Name, w.now(), failsFor)
		if err = errors.Join(err, failed); off {
			return w.off()
		}
	}
	return err
}

// off is the outage of a target that is switched off.
func (w *Webhook) off() error {
	outage := &lead.Outage{Code: "switched_off", Sentence: "the webhook target " + w.Name + " failed for five days and is switched off: " +
		"mend it, then `leadtriage webhook enable " + w.Name + "` sends what waits"}
	return &lead.Fault{Kind: lead.Throttled, After: lookAgain, Outage: outage, Err: errors.New(outage.Sentence)}
}

// happened is the time of what the webhook tells.
func happened(e lead.Effect, d *lead.Dossier) time.Time {
	if r := d.Round(e.Round); r != nil && e.Event == "lead."+string(r.Decision) {
		return r.DecidedAt
	}
	return e.CreatedAt
}
