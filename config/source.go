package config

import (
	"fmt"
	"slices"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
	"leadtriage/internal/source"
)

// Source sends webhooks of its own, which a mapping turns into leads (docs/sources.md).
type Source struct {
	Name       string    `yaml:"name" is:"required source_name" doc:"Stands in its address, /v1/sources/NAME."`
	Signature  Signature `yaml:"signature" schema:"required" doc:"How the source proves who it is."`
	Each       string    `yaml:"each,omitempty" is:"path?" doc:"The list whose items are leads; left out: the body, or the list that it is."`
	Only       Only      `yaml:"only,omitempty" is:"keys=path"`
	DeliveryID string    `yaml:"delivery_id,omitempty" is:"path?" doc:"What tells deliveries apart."`
	Require    []string  `yaml:"require,omitempty" is:"sent" doc:"Fields that its leads must carry beside the mandatory ones."`
	Partners   []string  `yaml:"partners,omitempty" is:"slug" doc:"Only leads of these are taken; none: of every partner."`

	// Map is by the lead's dotted field.
	Map         map[string]source.Rule `yaml:"map" is:"keys=mapped" schema:"required 1.." doc:"Where each field of the lead stands in the body."`
	Touchpoints []Touchpoint           `yaml:"touchpoints,omitempty" doc:"Dated contacts with an asset."`
	Events      []Event                `yaml:"events,omitempty" doc:"Buying behaviours."`
	Signals     []Signal               `yaml:"signals,omitempty" doc:"Ecosystem signals."`
}

// Signature is how a source proves who it is.
type Signature struct {
	Kind      string `yaml:"kind" is:"hubspot_v3|standard_webhooks|shared_key" schema:"required"`
	SecretEnv string `yaml:"secret_env" is:"required variable" doc:"Name of an environment variable; _FILE behind it names a file."`
	Header    string `yaml:"header,omitempty" is:"header?" doc:"Of shared_key; left out: X-Source-Key."`
	URL       string `yaml:"url,omitempty" schema:"called" doc:"Of hubspot_v3: the address that HubSpot calls, without a query."`
	Secret    Secret `yaml:"-"` // what the variable says; empty: not set
}

// Only are paths, and the values one of which each must have.
type Only map[string][]string

// Schema implements strict.Schemer.
func (Only) Schema() strict.Schema {
	return strict.Schema{"type": "object", "description": "Paths, and the values one of which each must have.",
		"additionalProperties": strict.Schema{"type": "array", "items": strict.Named("scalar"), "minItems": 1}}
}

var _ = strict.Type[source.Rule]("rule", "Where a field stands: a path, or that with more, or a constant.")

// Touchpoint, Event and Signal make items of a lead's lists; without a time in
// the body they make none.
type (
	Touchpoint struct {
		Each  string      `yaml:"each,omitempty" is:"path?" doc:"One for each item at this path."`
		Only  Only        `yaml:"only,omitempty" is:"keys=path"`
		Type  source.Rule `yaml:"type" schema:"required" doc:"What it is."`
		At    source.Rule `yaml:"at" schema:"required" doc:"When; where the body has no time, there is none."`
		Asset source.Rule `yaml:"asset,omitempty" doc:"A web address or a name."`
		Owner source.Rule `yaml:"owner,omitempty" doc:"owned or partner."`
	}
	Event struct {
		Each  string      `yaml:"each,omitempty" is:"path?" doc:"One for each item at this path."`
		Only  Only        `yaml:"only,omitempty" is:"keys=path"`
		Type  source.Rule `yaml:"type" schema:"required" doc:"What it is."`
		At    source.Rule `yaml:"at" schema:"required" doc:"When; where the body has no time, there is none."`
		Asset source.Rule `yaml:"asset,omitempty" doc:"A web address or a name."`
	}
	Signal struct {
		Each string      `yaml:"each,omitempty" is:"path?" doc:"One for each item at this path."`
		Only Only        `yaml:"only,omitempty" is:"keys=path"`
		Type source.Rule `yaml:"type" schema:"required" doc:"What it is."`
		At   source.Rule `yaml:"at" schema:"required" doc:"When; where the body has no time, there is none."`
		By   source.Rule `yaml:"by,omitempty" doc:"Who gave it."`
	}
)

// Mapping is how the source's bodies become leads.
func (s Source) Mapping() source.Mapping {
	m := source.Mapping{Each: s.Each, Only: s.Only, ID: s.DeliveryID, Map: s.Map}
	add := func(list *[]source.Entry, each string, only Only, fields map[string]source.Rule) {
		*list = append(*list, source.Entry{Each: each, Only: only, Fields: fields})
	}
	for _, t := range s.Touchpoints {
		add(&m.Touchpoints, t.Each, t.Only, map[string]source.Rule{"type": t.Type, "at": t.At, "asset": t.Asset, "owner": t.Owner})
	}
	for _, e := range s.Events {
		add(&m.Events, e.Each, e.Only, map[string]source.Rule{"type": e.Type, "at": e.At, "asset": e.Asset})
	}
	for _, g := range s.Signals {
		add(&m.Signals, g.Each, g.Only, map[string]source.Rule{"type": g.Type, "at": g.At, "by": g.By})
	}
	return m
}

// Intake says what every lead must carry, however it comes in.
type Intake struct {
	Require map[lead.Source][]string `yaml:"require" is:"keys=source sent" doc:"Fields that leads of a source must carry, too."`
	Source  map[string]lead.Source   `yaml:"source" is:"source" doc:"By the name of an API key: the source of its leads that name none."`
}

var (
	_ = strict.Pattern("source_name", `^[a-z0-9][a-z0-9_-]{0,47}$`,
		"a source needs a name of small letters, digits, dashes and underscores, such as hubspot; it stands in its address, /v1/sources/hubspot")
	_ = strict.Define("called", strict.Schema{"type": "string", "pattern": "^https?://[^?#]+$"}, nil)
	_ = strict.Define("sent", strict.Schema{"type": "string", "minLength": 1,
		"description": "A field of a lead by its dotted name, crm.NAME, touchpoints, events or signals."},
		func(s string) string { return sentFault(s, slices.Concat(lead.SentFields, lead.SentLists)) })
	_ = strict.Define("mapped", strict.Schema{"anyOf": []strict.Schema{{"pattern": `^crm\..+`}, {"enum": lead.SentFields}}},
		func(s string) string { return sentFault(s, lead.SentFields) })
)

// sentFault is what is wrong with the name of a field as leads are sent.
func sentFault(name string, known []string) string {
	if slices.Contains(known, name) || lead.CRMField(name) {
		return ""
	}
	return fmt.Sprintf("%q is not a field of a lead%s", name, strict.Hint(name, append(slices.Clone(known), "crm.NAME")))
}

// readSources gives the signatures their secrets. One that is not set is no fault
// here: who tries out a mapping, or imports by it, needs none.
func (c *Config) readSources(vars map[string]string) (faults []error) {
	for i := range c.Sources {
		s := &c.Sources[i].Signature
		s.Secret = Secret(vars[s.SecretEnv])
		if s.Kind == source.StandardWebhooks && s.Secret != "" && !validWebhookSecret(s.Secret.Reveal()) {
			faults = append(faults, fmt.Errorf("%s: the source %s sends Standard Webhooks; %s", s.SecretEnv, c.Sources[i].Name, makeSecret))
		}
	}
	return faults
}

// LackingSecrets are the faults of sources whose secret is not set: they could not
// be received.
func (c *Config) LackingSecrets() (faults []error) {
	for _, s := range c.Sources {
		if name := s.Signature.SecretEnv; s.Signature.Secret == "" && variable.Fits(name) { // else it may be the secret
			faults = append(faults, fmt.Errorf("%s: the source %s is checked with it; set it, or %s_FILE to a file that holds it", name, s.Name, name))
		}
	}
	return faults
}
