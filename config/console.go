package config

import (
	"time"

	"leadtriage/config/strict"
)

// Console is the pages for people.
type Console struct {
	Idle    time.Duration `yaml:"idle" is:"1m..720h" doc:"A session that is not used for so long is over."`
	Longest time.Duration `yaml:"longest" is:"1m..720h" doc:"A session is over after so long in any case."`
	OIDC    OIDC          `yaml:"oidc" doc:"Log-in at your own provider, beside that by API keys; without an issuer there is none."`
}

// OIDC is log-in by OpenID Connect; LEADTRIAGE_OIDC_SECRET is the client's secret.
type OIDC struct {
	Issuer   string              `yaml:"issuer" doc:"Address of the provider, as its discovery document names it."`
	ClientID string              `yaml:"client_id" doc:"Our id there."`
	Scopes   []string            `yaml:"scopes" doc:"What is asked for beside openid."`
	Claim    string              `yaml:"groups_claim" schema:"1.." doc:"The claim that lists the groups of a person."`
	Roles    map[string][]string `yaml:"roles" is:"console_role" doc:"What the members of each group are: viewer, reviewer, operator."`
	People   map[string]string   `yaml:"people" is:"user" doc:"The Slack user that each subject is on record; others are by their subject."`
}

var _ = strict.Words("console_role", []string{"viewer", "reviewer", "operator"}, "%q is no role; known: ")

func (c *Config) checkConsole(f *faults) {
	o := c.Console.OIDC
	if o.Issuer == "" {
		return
	}
	missing := func(is bool, sentence string, steps ...any) {
		if is {
			f.at(sentence, nil, append([]any{"console", "oidc"}, steps...)...)
		}
	}
	missing(!overHTTP(o.Issuer), "write the whole address of the provider, such as https://id.ours.example/", "issuer")
	missing(o.ClientID == "", "name the client as which leadtriage is registered at the provider", "client_id")
	missing(len(o.Roles) == 0, "map a group to a role, such as roles: {revops: [operator]}; else nobody gets in", "roles")
	missing(c.Env.ExternalURL == "", "set LEADTRIAGE_EXTERNAL_URL: the provider sends people back to its /console/callback", "issuer")
	seen := map[string]bool{}
	for i, r := range c.Reviewers {
		if r.Subject != "" && seen[r.Subject] {
			f.at("another reviewer has this subject already; a person on record is one", nil, "reviewers", i, "subject")
		}
		seen[r.Subject] = true
	}
}
