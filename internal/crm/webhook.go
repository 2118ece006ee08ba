// Package crm tells the outside what became of a lead: one recorded effect at a
// time, under its stable key.
package crm

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strconv"
	"time"

	standardwebhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"

	"leadtriage/internal/lead"
)

// webhookTimeout bounds one delivery. Standard Webhooks recommends 15–30 s; a
// receiver that needs longer should answer first and work later.
const (
	webhookTimeout = 15 * time.Second
	// longestWait bounds what the endpoint may ask for: a decision arrives within 15
	// minutes of when it is well again.
	longestWait = 5 * time.Minute
)

// Webhook delivers to one endpoint as Standard Webhooks asks.
type Webhook struct {
	url    string
	host   string
	signer *standardwebhooks.Webhook
	client *http.Client
	now    func() time.Time
}

// NewWebhook takes the endpoint and its secret (whsec_ and base64). The
// operator chose the endpoint: plain http and private addresses are fine.
func NewWebhook(endpoint, secret string, now func() time.Time) (*Webhook, error) {
	u, err := url.Parse(endpoint)
	if err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https" {
		return nil, errors.New("LEADTRIAGE_WEBHOOK_URL must be an http or https address")
	}
	signer, err := standardwebhooks.NewWebhook(secret)
	if err != nil || secret == "" {
		return nil, errors.New("LEADTRIAGE_WEBHOOK_SECRET must be whsec_ followed by base64, as in: echo whsec_$(openssl rand -base64 32)")
	}
	return &Webhook{url: endpoint, host: u.Host, signer: signer, now: now, client: &http.Client{
		Timeout: webhookTimeout,
		// A redirect would send the record somewhere that nobody configured.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}}, nil
}

// Message is the body of a webhook.
type Message struct {
	Type      string      `json:"type"`
	Timestamp time.Time   `json:"timestamp"` // when it happened, not when it was sent
	Data      lead.Record `json:"data"`
}

// Deliver makes one attempt. Any answer but 2xx is a Fault: 410 Gone is
// Permanent, 429 and 503 with Retry-After name the delay, all else is
// Temporary: a receiver that is being redeployed answers 404 or 401 for a while.
func (w *Webhook) Deliver(ctx context.Context, e lead.Effect, d *lead.Dossier) error {
	body, err := json.Marshal(Message{Type: e.Event, Timestamp: happened(e, d), Data: d.Record()})
	if err != nil {
		return lead.Faultf(lead.Permanent, 0, "encode webhook: %w", err)
	}
	now := w.now()
	signature, err := w.signer.Sign(e.ID, now, body)
	if err != nil {
		return lead.Faultf(lead.Permanent, 0, "sign webhook: %w", err)
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodPost, w.url, bytes.NewReader(body))
	if err != nil {
		return lead.Faultf(lead.Permanent, 0, "webhook to %s: bad address", w.host)
	}
	req.Header.Set("Content-Type", "application/json")
	req.Header.Set("User-Agent", "leadtriage")
	req.Header.Set(standardwebhooks.HeaderWebhookID, e.ID)
	req.Header.Set(standardwebhooks.HeaderWebhookTimestamp, strconv.FormatInt(now.Unix(), 10))
	req.Header.Set(standardwebhooks.HeaderWebhookSignature, signature)
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

// happened is the time of what the webhook tells.
func happened(e lead.Effect, d *lead.Dossier) time.Time {
	if r := d.Round(e.Round); r != nil && e.Event == "lead."+string(r.Decision) {
		return r.DecidedAt
	}
	return e.CreatedAt
}
