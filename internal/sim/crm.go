package sim

import (
	"encoding/json"
	"net/http"
	"slices"
	"strconv"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const (
	crmMaxBody   = 1 << 20
	crmTolerance = 5 * time.Minute // age of a timestamp, either way, as the standard advises
)

// CRMOptions sets up a simulated consumer of webhooks.
type CRMOptions struct {
	Secret string           // whsec_ and base64
	Now    func() time.Time // nil: time.Now
}

// CRM is the far end of our webhooks: it takes Standard Webhooks at
// POST /webhook, refuses what is not signed with its secret or not of this
// hour, and counts what comes again under an id that it has.
type CRM struct {
	http.ServeMux
	hook *webhooks.Webhook
	now  func() time.Time

	calls[Attempt]
	faults[Attempt, CRMFault]

	// Under the lock of calls:
	deliveries []Delivery
	byID       map[string]int // verified deliveries
}

// Delivery is a webhook that was taken in, or one whose signature was not good
// (Verified false).
type Delivery struct {
	ID       string
	Type     string
	At       time.Time // of the first receipt
	Verified bool
	Body     json.RawMessage
	Repeats  int  // how often it came again after the first time
	Altered  bool // a repeat had another body: one id must mean one message
}

// Attempt is one request, whatever became of it.
type Attempt struct {
	ID       string
	Type     string
	At       time.Time
	Verified bool
	Status   int // 0: the connection was cut, or no answer was given yet
}

// NewCRM panics when the secret is not whsec_ and base64: a mistake of the
// caller's wiring.
func NewCRM(o CRMOptions) *CRM {
	hook, err := webhooks.NewWebhook(o.Secret)
	if err != nil {
		panic("simulated CRM: the secret has to be whsec_ followed by base64")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	c := &CRM{hook: hook, now: o.Now, byID: map[string]int{}}
	c.HandleFunc("POST /webhook", c.take)
	return c
}

// Deliveries returns what was taken in, and what was refused for its
// signature, oldest first.
func (c *CRM) Deliveries() []Delivery {
	c.calls.mu.Lock()
	defer c.calls.mu.Unlock()
	return slices.Clone(c.deliveries)
}

// Attempts returns every request, oldest first.
func (c *CRM) Attempts() []Attempt { return c.Requests() }

func (c *CRM) take(w http.ResponseWriter, r *http.Request) {
	body, unread := readBody(w, r, crmMaxBody)
	if unread != 0 {
		http.Error(w, "the body could not be read", unread)
		return
	}
	var head struct {
		Type string `json:"type"`
	}
	_ = json.Unmarshal(body, &head)
	refusal := c.verify(body, r.Header)
	attempt := Attempt{ID: r.Header.Get(webhooks.HeaderWebhookID), Type: head.Type, At: c.now(), Verified: refusal == nil}
	call := c.add(attempt)
	answered := func(status int) { c.change(func() { call.Status = status }) }
	if refusal != nil {
		c.keep(attempt, body)
		answered(http.StatusUnauthorized)
		http.Error(w, refusal.Error(), http.StatusUnauthorized)
		return
	}
	fault := c.next(attempt)
	if !json.Valid(body) {
		answered(http.StatusBadRequest)
		http.Error(w, "the body is not JSON", http.StatusBadRequest)
		return
	}
	if fault == nil {
		c.keep(attempt, body)
		answered(http.StatusNoContent)
		w.WriteHeader(http.StatusNoContent)
		return
	}
	answered(http.StatusInternalServerError)
	w.WriteHeader(http.StatusInternalServerError)
}

// verify checks what a consumer has to: the three headers, the signature over
// the raw body, and the age.
func (c *CRM) verify(body []byte, h http.Header) error {
	if err := c.hook.VerifyIgnoringTimestamp(body, h); err != nil {
		return err
	}
	sec, err := strconv.ParseInt(h.Get(webhooks.HeaderWebhookTimestamp), 10, 64)
	if err != nil {
		return webhooks.ErrInvalidHeaders
	}
	switch age := c.now().Sub(time.Unix(sec, 0)); {
	case age > crmTolerance:
		return webhooks.ErrMessageTooOld
	case age < -crmTolerance:
		return webhooks.ErrMessageTooNew
	}
	return nil
}

// keep takes the message in, or counts it as a repeat.
func (c *CRM) keep(a Attempt, body []byte) {
	c.change(func() {
		if i, ok := c.byID[a.ID]; ok && a.Verified {
			d := &c.deliveries[i]
			d.Repeats++
			d.Altered = d.Altered || string(d.Body) != string(body)
			return
		}
		if a.Verified {
			c.byID[a.ID] = len(c.deliveries)
		}
		if !json.Valid(body) {
			body, _ = json.Marshal(string(body))
		}
		c.deliveries = append(c.deliveries, Delivery{ID: a.ID, Type: a.Type, At: a.At, Verified: a.Verified, Body: body})
	})
}
