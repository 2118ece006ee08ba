package config

import (
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/url"
	"slices"
	"strconv"
	"strings"
)

// check looks at the addresses and at what belongs together. It never repeats a
// value that may carry a secret.
func (e *Environment) check() []error {
	var faults []error
	fault := func(name, text string) { faults = append(faults, errors.New(name+": "+text)) }

	if !validDatabase(e.DatabaseURL.Reveal()) {
		fault("DATABASE_URL", "write sqlite:///path/file.db (sqlite://file.db: in the working folder) or postgres://user:password@host/name")
	}
	if u := e.RedisURL.Reveal(); u != "" && !validRedis(u) {
		fault("REDIS_URL", "write redis://host:6379/0, or rediss:// for TLS; leave it empty for the queue in this process")
	}
	if !overHTTP(e.OpenAIBaseURL) || strings.Contains(e.OpenAIBaseURL, "?") {
		fault("OPENAI_BASE_URL", fmt.Sprintf("write the whole address with its /v1, such as %s", openAI))
	}
	e.OpenAIBaseURL = strings.TrimRight(e.OpenAIBaseURL, "/")
	for _, call := range []string{"/chat/completions", "/responses"} {
		if strings.HasSuffix(e.OpenAIBaseURL, call) {
			fault("OPENAI_BASE_URL", fmt.Sprintf("leave out %s: it is added; OPENAI_API says which is meant", call))
		}
	}
	if !overHTTP(e.SlackAPIURL) {
		fault("SLACK_API_URL", "write the whole address with its /api/, such as https://slack.com/api/")
	}
	e.SlackAPIURL = strings.TrimRight(e.SlackAPIURL, "/") + "/"
	if !overHTTP(e.HubSpotURL) {
		fault("HUBSPOT_API_URL", "write the whole address, such as https://api.hubapi.com")
	}
	if e.ExternalURL != "" && !overHTTP(e.ExternalURL) {
		fault("LEADTRIAGE_EXTERNAL_URL", "write the address by which the outside calls this program, such as https://leads.northgate.example")
	}
	e.ExternalURL = strings.TrimRight(e.ExternalURL, "/")
	if u := e.SMTPURL.Reveal(); u != "" && !validSMTP(u) {
		fault("SMTP_URL", "write smtp://user:password@host:587, or smtps://user:password@host:465 for TLS from the start")
	}
	if e.SalesforceURL = strings.TrimRight(e.SalesforceURL, "/"); e.SalesforceURL != "" {
		if !overHTTP(e.SalesforceURL) {
			fault("SALESFORCE_URL", "write the address of the org's My Domain, such as https://vendor.my.salesforce.com")
		}
		if e.SalesforceClientID == "" {
			fault("SALESFORCE_CLIENT_ID", "set it to the consumer key of the app in Salesforce (docs/crm-salesforce.md)")
		}
		if (e.SalesforceSecret == "") == (e.SalesforceKey == "") {
			fault("SALESFORCE_CLIENT_SECRET", "set it to the app's consumer secret, or set SALESFORCE_PRIVATE_KEY, not both")
		}
		if e.SalesforceKey != "" && e.SalesforceUsername == "" {
			fault("SALESFORCE_USERNAME", "set it to the user for whom SALESFORCE_PRIVATE_KEY signs")
		}
	}
	if !validListen(e.Addr) {
		fault("LEADTRIAGE_ADDR", fmt.Sprintf("%q is not an address to listen on; write host:port, such as 127.0.0.1:8080", e.Addr))
	}
	if e.LogFormat = strings.ToLower(e.LogFormat); e.LogFormat != "text" && e.LogFormat != "json" {
		fault("LOG_FORMAT", "write text or json")
	}
	if u := e.WebhookURL.Reveal(); u != "" {
		if !overHTTP(u) {
			fault("LEADTRIAGE_WEBHOOK_URL", "write a whole address, such as https://crm.example/hooks/leads")
		}
		if e.WebhookSecret == "" {
			fault("LEADTRIAGE_WEBHOOK_SECRET", "webhooks are always signed; "+makeSecret)
		}
	}
	if all := e.WebhookSecret.several(); len(all) > 2 || slices.ContainsFunc(all, func(s Secret) bool { return !validWebhookSecret(s.Reveal()) }) {
		fault("LEADTRIAGE_WEBHOOK_SECRET", makeSecret+"; while it is changed, write the old one behind it, parted by a space")
	}
	return faults
}

const (
	openAI     = "https://api.openai.com/v1"
	makeSecret = "write whsec_ and base64 after it; make one with `echo whsec_$(openssl rand -base64 24)`"
)

// OpenAIHost reports whether the address is OpenAI's own, where the Responses
// API is the one that carries tools.
func OpenAIHost(base string) bool {
	u, err := url.Parse(base)
	if err != nil {
		return false
	}
	host := strings.ToLower(u.Hostname())
	return host == "openai.com" || strings.HasSuffix(host, ".openai.com")
}

func overHTTP(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Hostname() != "" && u.Fragment == ""
}

// bareHost reports whether an address names a host and no path.
func bareHost(s string) bool {
	u, err := url.Parse(s)
	return err == nil && u.Host != "" && strings.Trim(u.Path, "/") == ""
}

// validDatabase accepts sqlite:///absolute/file.db, sqlite://file.db in the
// working folder, and postgres:// with a host.
func validDatabase(s string) bool {
	if file, ok := strings.CutPrefix(s, "sqlite://"); ok {
		file, _, _ = strings.Cut(file, "?")
		return strings.Trim(file, "/") != ""
	}
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "postgres" || u.Scheme == "postgresql") && (u.Host != "" || u.Query().Has("host"))
}

func validRedis(s string) bool {
	u, err := url.Parse(s)
	if err != nil {
		return false
	}
	switch u.Scheme {
	case "redis", "rediss":
		return u.Hostname() != ""
	case "unix":
		return u.Path != ""
	}
	return false
}

// validSMTP accepts smtp://, where TLS begins if the server offers it, and smtps://.
func validSMTP(s string) bool {
	u, err := url.Parse(s)
	return err == nil && (u.Scheme == "smtp" || u.Scheme == "smtps") && u.Hostname() != "" && strings.Trim(u.Path, "/") == ""
}

func validListen(s string) bool {
	_, port, err := net.SplitHostPort(s)
	if err != nil {
		return false
	}
	_, err = strconv.ParseUint(port, 10, 16)
	return err == nil
}

func validWebhookSecret(s string) bool {
	body, ok := strings.CutPrefix(s, "whsec_")
	raw, err := base64.StdEncoding.DecodeString(body)
	return ok && err == nil && len(raw) > 0
}
