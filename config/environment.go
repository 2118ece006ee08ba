package config

import (
	"errors"
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"

	"github.com/caarlos0/env/v11"
)

// Environment is what the variables say; each can be read in CONTRACT's list.
// An empty variable counts as not set.
type Environment struct {
	DatabaseURL Location `env:"DATABASE_URL" envDefault:"sqlite://leadtriage.db"`
	RedisURL    Location `env:"REDIS_URL"` // empty: the queue lives in this process

	OpenAIKey     Secret `env:"OPENAI_API_KEY"`
	OpenAIBaseURL string `env:"OPENAI_BASE_URL" envDefault:"https://api.openai.com/v1"` // without closing slash

	SlackBotToken      Secret `env:"SLACK_BOT_TOKEN"`
	SlackSigningSecret Secret `env:"SLACK_SIGNING_SECRET"`
	SlackAppToken      Secret `env:"SLACK_APP_TOKEN"`                                   // set: Socket Mode
	SlackAPIURL        string `env:"SLACK_API_URL" envDefault:"https://slack.com/api/"` // with closing slash

	Addr        string  `env:"LEADTRIAGE_ADDR" envDefault:"127.0.0.1:8080"`
	PageResolve string  `env:"LEADTRIAGE_PAGE_RESOLVE"` // host=ip:port or *=ip:port, comma-separated
	APIKeys     APIKeys `env:"LEADTRIAGE_API_KEYS"`

	WebhookURL    Location `env:"LEADTRIAGE_WEBHOOK_URL"`
	WebhookSecret Secret   `env:"LEADTRIAGE_WEBHOOK_SECRET"`

	HubSpotToken Secret `env:"HUBSPOT_TOKEN"` // of a service key or a project app; set: HubSpot is on
	HubSpotURL   string `env:"HUBSPOT_API_URL" envDefault:"https://api.hubapi.com"`

	SMTPURL     Location `env:"SMTP_URL"`                // smtp://user:password@host:587; empty: no e-mails
	ExternalURL string   `env:"LEADTRIAGE_EXTERNAL_URL"` // as the outside calls us; without closing slash

	SalesforceURL      string `env:"SALESFORCE_URL"` // of the org's My Domain, without closing slash; set: Salesforce is on
	SalesforceClientID string `env:"SALESFORCE_CLIENT_ID"`
	SalesforceSecret   Secret `env:"SALESFORCE_CLIENT_SECRET"`
	SalesforceKey      Secret `env:"SALESFORCE_PRIVATE_KEY"` // PEM; the user's name goes with it
	SalesforceUsername string `env:"SALESFORCE_USERNAME"`

	LogLevel  LogLevel `env:"LOG_LEVEL" envDefault:"info"`
	LogFormat string   `env:"LOG_FORMAT" envDefault:"text"` // or json
}

// overrides are the variables that stand over keys of the file; the reviewers
// stand beside them.
type overrides struct {
	Model     string   `env:"OPENAI_MODEL"`
	API       API      `env:"OPENAI_API"`
	Channel   string   `env:"SLACK_CHANNEL"`
	Reviewers []string `env:"SLACK_REVIEWERS"`
}

// fromFiles are the variables whose value may stand in a file named by NAME_FILE:
// whatever is or may carry a secret.
var fromFiles = []string{"DATABASE_URL", "REDIS_URL", "OPENAI_API_KEY", "SLACK_BOT_TOKEN", "SLACK_SIGNING_SECRET",
	"SLACK_APP_TOKEN", "LEADTRIAGE_API_KEYS", "LEADTRIAGE_WEBHOOK_URL", "LEADTRIAGE_WEBHOOK_SECRET",
	"HUBSPOT_TOKEN", "SALESFORCE_CLIENT_SECRET", "SALESFORCE_PRIVATE_KEY", "SMTP_URL"}

// variables turns NAME=value lines into a map, reads the files that NAME_FILE
// names for the names in fromFiles, and leaves empty values out.
func variables(environ, fromFiles []string) (map[string]string, []error) {
	vars := make(map[string]string, len(environ))
	for _, line := range environ {
		if name, value, ok := strings.Cut(line, "="); ok && strings.TrimSpace(value) != "" {
			vars[name] = strings.TrimSpace(value)
		}
	}
	var faults []error
	for _, name := range fromFiles {
		path, ok := vars[name+"_FILE"]
		if !ok {
			continue
		}
		if _, both := vars[name]; both {
			faults = append(faults, fmt.Errorf("%s: set it or %s_FILE, not both", name, name))
			continue
		}
		text, err := os.ReadFile(path)
		if err != nil {
			faults = append(faults, fmt.Errorf("%s_FILE: %w; name a file that this process may read", name, err))
			continue
		}
		if vars[name] = strings.TrimSpace(string(text)); vars[name] == "" {
			faults = append(faults, fmt.Errorf("%s_FILE: the file %s is empty; put the value in it", name, path))
			delete(vars, name)
		}
	}
	return vars, faults
}

// readEnvironment applies the variables to c and returns every fault.
func (c *Config) readEnvironment(environ []string) []error {
	vars, faults := variables(environ, slices.Concat(fromFiles, c.ownVariables()))
	faults = append(faults, c.readProviders(vars)...)
	faults = append(faults, c.readSources(vars)...)
	faults = append(faults, c.readTargets(vars)...)
	options := env.Options{Environment: vars}
	faults = append(faults, named(&c.Env, env.ParseWithOptions(&c.Env, options))...)
	over := overrides{Model: c.Enrichment.Model, API: c.Enrichment.API, Channel: c.Slack.Channel}
	faults = append(faults, named(&over, env.ParseWithOptions(&over, options))...)
	c.Enrichment.Model, c.Enrichment.API, c.Slack.Channel = over.Model, over.API, over.Channel
	for _, id := range trimmed(over.Reviewers) { // beside those of the file
		if says := userID.Fault(id); says != "" {
			faults = append(faults, fmt.Errorf("SLACK_REVIEWERS: %s", says))
		}
		if !slices.ContainsFunc(c.Reviewers, func(r Reviewer) bool { return r.plain() && r.User == id }) {
			c.Reviewers = append(c.Reviewers, Reviewer{User: id})
		}
	}
	if len(c.Partners) > 0 {
		faults = append(faults, c.Env.APIKeys.bound(c.partnerIDs())...)
	}
	return append(faults, c.Env.check()...)
}

func trimmed(list []string) []string {
	out := []string{}
	for _, s := range list {
		if s = strings.TrimSpace(s); s != "" && !slices.Contains(out, s) {
			out = append(out, s)
		}
	}
	return out
}

// named puts the variable's name before each fault; env knows only the field's.
func named(into any, err error) []error {
	if err == nil {
		return nil
	}
	var all env.AggregateError
	if !errors.As(err, &all) {
		return []error{err}
	}
	out := make([]error, 0, len(all.Errors))
	for _, e := range all.Errors {
		var parse env.ParseError
		if errors.As(e, &parse) {
			field, _ := reflect.TypeOf(into).Elem().FieldByName(parse.Name)
			e = fmt.Errorf("%s: %w", field.Tag.Get("env"), parse.Err)
		}
		out = append(out, e)
	}
	return out
}
