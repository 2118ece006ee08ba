package source

import (
	"crypto/hmac"
	"crypto/sha256"
	"crypto/subtle"
	"encoding/base64"
	"errors"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

// The ways a source proves who it is.
const (
	HubSpotV3        = "hubspot_v3"
	StandardWebhooks = "standard_webhooks"
	SharedKey        = "shared_key"
)

// Signature is how a source proves who it is.
type Signature struct {
	Kind   string
	Secret string
	Header string // of a shared key
	URL    string // of hubspot_v3: the address that HubSpot calls, without the query
}

// tolerance is how old, or how far ahead, a signed request may be: what HubSpot
// and Standard Webhooks both ask for.
const tolerance = 5 * time.Minute

var (
	errUnsigned = errors.New("the signature is missing")
	errOld      = errors.New("the timestamp is more than 5 minutes off: compare the clocks; an old request may be one that somebody repeats")
	errWrong    = errors.New("the signature is another one: compare the secret")
)

// Check reports why a request is not the source's; its text is for the log and
// not for the caller. It holds neither secret nor signature.
func (s Signature) Check(r *http.Request, body []byte, now time.Time) error {
	switch s.Kind {
	case HubSpotV3:
		return s.hubspot(r, body, now)
	case StandardWebhooks:
		return s.standard(r.Header, body, now)
	}
	return s.sharedKey(r.Header)
}

// Delivery is the id that a signed request carries in its headers, or empty.
func (s Signature) Delivery(h http.Header) string {
	if s.Kind == StandardWebhooks {
		return newer(h).Get(webhooks.HeaderWebhookID)
	}
	return ""
}

// decoded are the characters that HubSpot signs as themselves, however the address
// writes them ("Validate the v3 request signature" in its documentation).
var decoded = strings.NewReplacer("%3A", ":", "%2F", "/", "%3F", "?", "%40", "@", "%21", "!", "%24", "$", "%27", "'", "%28", "(", "%29", ")", "%2A", "*", "%2C", ",", "%3B", ";",
	"%3a", ":", "%2f", "/", "%3f", "?", "%2a", "*", "%2c", ",", "%3b", ";")

// hubspot signs method, address, body and time. The address is the configured
// one: what a proxy says of the request is not believed.
func (s Signature) hubspot(r *http.Request, body []byte, now time.Time) error {
	signature, stamp := r.Header.Get("X-HubSpot-Signature-v3"), r.Header.Get("X-HubSpot-Request-Timestamp")
	if signature == "" || stamp == "" {
		return errUnsigned
	}
	ms, err := strconv.ParseInt(stamp, 10, 64)
	if err != nil || outOfTime(time.UnixMilli(ms), now) {
		return errOld
	}
	address := s.URL
	if r.URL.RawQuery != "" {
		address += "?" + r.URL.RawQuery
	}
	mac := hmac.New(sha256.New, []byte(s.Secret))
	fmt.Fprint(mac, r.Method, decoded.Replace(address))
	mac.Write(body)
	fmt.Fprint(mac, stamp)
	if !hmac.Equal([]byte(base64.StdEncoding.EncodeToString(mac.Sum(nil))), []byte(signature)) {
		return fmt.Errorf("%w, and the address that HubSpot calls with signature.url", errWrong)
	}
	return nil
}

// older are the names that headers of Standard Webhooks had before the standard.
var older = map[string]string{"svix-id": webhooks.HeaderWebhookID, "svix-timestamp": webhooks.HeaderWebhookTimestamp,
	"svix-signature": webhooks.HeaderWebhookSignature}

// newer are the headers with the standard's names.
func newer(h http.Header) http.Header {
	h = h.Clone()
	for old, name := range older {
		if h.Get(name) == "" && h.Get(old) != "" {
			h.Set(name, h.Get(old))
		}
	}
	return h
}

func (s Signature) standard(h http.Header, body []byte, now time.Time) error {
	h = newer(h)
	hook, err := webhooks.NewWebhook(s.Secret)
	if err != nil {
		return errors.New("the secret is not base64")
	}
	switch err := hook.VerifyIgnoringTimestamp(body, h); {
	case errors.Is(err, webhooks.ErrRequiredHeaders):
		return errUnsigned
	case errors.Is(err, webhooks.ErrInvalidHeaders):
		return errOld
	case err != nil:
		return errWrong
	}
	seconds, _ := strconv.ParseInt(h.Get(webhooks.HeaderWebhookTimestamp), 10, 64) // verified
	if outOfTime(time.Unix(seconds, 0), now) {
		return errOld
	}
	return nil
}

func outOfTime(t, now time.Time) bool { return now.Sub(t).Abs() > tolerance }

// sharedKey takes the key in its header; in Authorization it may stand behind Bearer.
func (s Signature) sharedKey(h http.Header) error {
	key := h.Get(s.Header)
	if strings.EqualFold(s.Header, "Authorization") {
		if scheme, bearer, ok := strings.Cut(key, " "); ok && strings.EqualFold(scheme, "Bearer") {
			key = strings.TrimSpace(bearer)
		}
	}
	if key == "" {
		return errUnsigned
	}
	got, want := sha256.Sum256([]byte(key)), sha256.Sum256([]byte(s.Secret)) // of one length, so that the time tells nothing
	if subtle.ConstantTimeCompare(got[:], want[:]) != 1 {
		return errWrong
	}
	return nil
}
