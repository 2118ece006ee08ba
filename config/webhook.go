package config

import (
	"fmt"
	"slices"
	"strings"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// Target is an endpoint that is told of leads (docs/webhooks.md).
type Target struct {
	Name      string   `yaml:"name" is:"required target_name" doc:"Stands in the record and in webhook-id; default is that of LEADTRIAGE_WEBHOOK_URL."`
	URL       Location `yaml:"url" is:"required endpoint" doc:"Where to; plain http and private addresses are fine."`
	Events    []string `yaml:"events,omitempty" is:"webhook_event" schema:"unique" doc:"What it is told; none: all but lead.parked."`
	SecretEnv []string `yaml:"secret_env" is:"variable" schema:"required 1..2 unique" doc:"Names of environment variables; _FILE behind one names a file. Of two both sign, while the secret is changed."`
	Secrets   []Secret `yaml:"-"` // what the variables say
}

var (
	_ = strict.Pattern("target_name", `^[a-z][a-z0-9_]{0,47}$`, "%q is not a name for a target; write small letters, digits and underscores, such as crm")
	_ = strict.Pattern("endpoint", `^https?://[^/?#]+`, "an endpoint needs a whole address, such as https://crm.example/hooks/leads")
	_ = strict.Words("webhook_event", append(slices.Clone(lead.WebhookEvents), "partner.status"), "%q is no event; known: ")
)

// Targets are all endpoints that are told of leads.
func (c *Config) Targets() []Target {
	if c.Env.WebhookURL == "" {
		return c.Webhooks
	}
	t := Target{Name: lead.DefaultTarget, URL: c.Env.WebhookURL, Secrets: c.Env.WebhookSecret.several()}
	return append([]Target{t}, c.Webhooks...)
}

// several are the secrets of a variable, parted by white space.
func (s Secret) several() (all []Secret) {
	for one := range strings.FieldsSeq(s.Reveal()) {
		all = append(all, Secret(one))
	}
	return all
}

// readTargets gives the endpoints their secrets.
func (c *Config) readTargets(vars map[string]string) (faults []error) {
	for i := range c.Webhooks {
		t := &c.Webhooks[i]
		for _, name := range t.SecretEnv {
			secret := Secret(vars[name])
			switch {
			case !variable.Fits(name): // it was said, and may be the secret
			case secret == "":
				faults = append(faults, fmt.Errorf("%s: the webhook target %s is signed with it; set it, or %s_FILE to a file that holds it", name, t.Name, name))
			case !validWebhookSecret(secret.Reveal()):
				faults = append(faults, fmt.Errorf("%s: it signs for the webhook target %s; %s", name, t.Name, makeSecret))
			}
			t.Secrets = append(t.Secrets, secret)
		}
		if t.Name == lead.DefaultTarget && vars["LEADTRIAGE_WEBHOOK_URL"] != "" {
			faults = append(faults, fmt.Errorf("LEADTRIAGE_WEBHOOK_URL: it is the webhook target default, and webhooks has one of this name, too; keep one"))
		}
	}
	return faults
}

// checkTargets looks for two targets of one name, and counts secrets.
func (c *Config) checkTargets(f *faults) {
	for i, t := range c.Webhooks {
		if len(t.SecretEnv) < 1 || len(t.SecretEnv) > 2 {
			f.at("name one variable, or two while the secret is changed: webhooks are always signed", nil, "webhooks", i, "secret_env")
		}
		if slices.ContainsFunc(c.Webhooks[:i], func(o Target) bool { return o.Name == t.Name }) {
			f.at("%q is the name of another target, too; give each its own", []any{t.Name}, "webhooks", i, "name")
		}
	}
}
