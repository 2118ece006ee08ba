package source

import (
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"
	"time"

	webhooks "github.com/standard-webhooks/standard-webhooks/libraries/go"
)

const signedBody = `{"email":"jane@northwind.example"}`

var signedAt = time.UnixMilli(1789376400000)

// The digests were made with openssl, over the text that HubSpot documents.
func TestHubSpotSignature(t *testing.T) {
	s := Signature{Kind: HubSpotV3, Secret: "hush", URL: "https://leads.northgate.example/v1/sources/hubspot"}
	const plain, withQuery = "czDCwlDOtwNJE0lGdBr8iXCBbu7KeGBnp9jpYuhq2VQ=", "lioUbaovoh+dw55KQZweW0ME8kHSUJChTZQNBCr66w4="
	for name, tc := range map[string]struct {
		target, body, stamp, signature string
		now                            time.Time
		good                           bool
	}{
		"good":              {"/v1/sources/hubspot", signedBody, "1789376400000", plain, signedAt, true},
		"query, decoded":    {"/v1/sources/hubspot?a=b%2Fc%3ad%40e&f=%20g", signedBody, "1789376400000", withQuery, signedAt, true},
		"behind a proxy":    {"http://10.0.0.7:8080/inside/hubspot", signedBody, "1789376400000", plain, signedAt, true},
		"five minutes old":  {"/v1/sources/hubspot", signedBody, "1789376400000", plain, signedAt.Add(5 * time.Minute), true},
		"too old":           {"/v1/sources/hubspot", signedBody, "1789376400000", plain, signedAt.Add(5*time.Minute + time.Millisecond), false},
		"of tomorrow":       {"/v1/sources/hubspot", signedBody, "1789376400000", plain, signedAt.Add(-24 * time.Hour), false},
		"other body":        {"/v1/sources/hubspot", signedBody + " ", "1789376400000", plain, signedAt, false},
		"other query":       {"/v1/sources/hubspot?a=c", signedBody, "1789376400000", withQuery, signedAt, false},
		"other time":        {"/v1/sources/hubspot", signedBody, "1789376400001", plain, signedAt, false},
		"no time":           {"/v1/sources/hubspot", signedBody, "", plain, signedAt, false},
		"time is no number": {"/v1/sources/hubspot", signedBody, "now", plain, signedAt, false},
		"no signature":      {"/v1/sources/hubspot", signedBody, "1789376400000", "", signedAt, false},
	} {
		r := httptest.NewRequest(http.MethodPost, tc.target, strings.NewReader(tc.body))
		r.Header.Set("X-HubSpot-Signature-v3", tc.signature)
		r.Header.Set("X-HubSpot-Request-Timestamp", tc.stamp)
		r.Header.Set("X-Forwarded-Host", "evil.example") // must not matter
		if err := s.Check(r, []byte(tc.body), tc.now); (err == nil) != tc.good {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestStandardWebhooksSignature(t *testing.T) {
	const secret = "whsec_c2VjcmV0LXNlY3JldC1zZWNyZXQ="
	hook, err := webhooks.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	good, _ := hook.Sign("msg_1", signedAt, []byte(signedBody))
	s := Signature{Kind: StandardWebhooks, Secret: secret}
	for name, tc := range map[string]struct {
		signature, body string
		now             time.Time
		good            bool
	}{
		"good":        {good, signedBody, signedAt, true},
		"one of two":  {"v1,AAAA " + good, signedBody, signedAt, true},
		"other body":  {good, "{}", signedAt, false},
		"too old":     {good, signedBody, signedAt.Add(6 * time.Minute), false},
		"of tomorrow": {good, signedBody, signedAt.Add(-6 * time.Minute), false},
		"none":        {"", signedBody, signedAt, false},
	} {
		for _, prefix := range []string{"webhook-", "svix-"} {
			r := httptest.NewRequest(http.MethodPost, "/", nil)
			r.Header.Set(prefix+"id", "msg_1")
			r.Header.Set(prefix+"timestamp", strconv.FormatInt(signedAt.Unix(), 10))
			r.Header.Set(prefix+"signature", tc.signature)
			if err := s.Check(r, []byte(tc.body), tc.now); (err == nil) != tc.good || s.Delivery(r.Header) != "msg_1" {
				t.Errorf("%s by %s: %v", name, prefix, err)
			}
		}
	}
}

func TestSharedKey(t *testing.T) {
	for _, tc := range []struct {
		header, value string
		good          bool
	}{
		{"X-Form-Key", "hush", true}, {"X-Form-Key", "hush2", false}, {"X-Form-Key", "", false}, {"X-Form-Key", "Bearer hush", false},
		{"Authorization", "Bearer hush", true}, {"Authorization", "hush", true}, {"Authorization", "Basic hush", false},
	} {
		r := httptest.NewRequest(http.MethodPost, "/", nil)
		r.Header.Set(tc.header, tc.value)
		if err := (Signature{Kind: SharedKey, Secret: "hush", Header: tc.header}).Check(r, nil, signedAt); (err == nil) != tc.good {
			t.Errorf("%s: %s: %v", tc.header, tc.value, err)
		}
	}
}
