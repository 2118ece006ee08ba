package config

import (
	"fmt"
	"regexp"
	"slices"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// Source sends webhooks of its own, which a mapping turns into leads (docs/sources.md).
type Source struct {
	Name       string              `yaml:"name"`
	Signature  Signature           `yaml:"signature"`
	Each       string              `yaml:"each,omitempty"`        // path of the list whose items are leads
	Only       map[string][]string `yaml:"only,omitempty"`        // path: values; what has none of them is no lead
	DeliveryID string              `yaml:"delivery_id,omitempty"` // path
	Require    []string            `yaml:"require,omitempty"`     // fields beside the mandatory ones

	Map         map[string]Rule `yaml:"map"` // by the lead's dotted field
	Touchpoints []Touchpoint    `yaml:"touchpoints,omitempty"`
	Events      []Event         `yaml:"events,omitempty"`
	Signals     []Signal        `yaml:"signals,omitempty"`
}

// Signature is how a source proves who it is.
type Signature struct {
	Kind      SignatureKind `yaml:"kind"`
	SecretEnv string        `yaml:"secret_env"`       // the variable that holds the secret
	Header    string        `yaml:"header,omitempty"` // of shared_key
	URL       string        `yaml:"url,omitempty"`    // of hubspot_v3: what HubSpot calls
	Secret    Secret        `yaml:"-"`                // what the variable says; empty: not set
}

// SignatureKind is one of the ways to sign.
type SignatureKind string

const (
	HubSpotV3        SignatureKind = "hubspot_v3"
	StandardWebhooks SignatureKind = "standard_webhooks"
	SharedKey        SignatureKind = "shared_key"
)

func (k *SignatureKind) UnmarshalText(b []byte) error {
	return oneOf(k, b, "%q is not known here; write hubspot_v3, standard_webhooks or shared_key", HubSpotV3, StandardWebhooks, SharedKey)
}

// Rule says what a field is. In the file it is a path, or that with more:
// {path: properties.created.value, time: epoch_ms}, or a constant: {value: gold}.
type Rule struct {
	Path    Paths             `yaml:"path,omitempty"`
	Join    string            `yaml:"join,omitempty"`
	Value   string            `yaml:"value,omitempty"`
	Default string            `yaml:"default,omitempty"`
	Values  map[string]string `yaml:"values,omitempty"`
	Split   string            `yaml:"split,omitempty"`
	Time    string            `yaml:"time,omitempty"`
	Zone    string            `yaml:"zone,omitempty"`
}

// Paths is one path, or several in a list.
type Paths []string

// Touchpoint, Event and Signal make items of a lead's lists; without a time in
// the body they make none.
type (
	Touchpoint struct {
		Each  string              `yaml:"each,omitempty"` // path; one item for each
		Only  map[string][]string `yaml:"only,omitempty"`
		Type  Rule                `yaml:"type"`
		At    Rule                `yaml:"at"`
		Asset Rule                `yaml:"asset,omitempty"`
		Owner Rule                `yaml:"owner,omitempty"`
	}
	Event struct {
		Each  string              `yaml:"each,omitempty"`
		Only  map[string][]string `yaml:"only,omitempty"`
		Type  Rule                `yaml:"type"`
		At    Rule                `yaml:"at"`
		Asset Rule                `yaml:"asset,omitempty"`
	}
	Signal struct {
		Each string              `yaml:"each,omitempty"`
		Only map[string][]string `yaml:"only,omitempty"`
		Type Rule                `yaml:"type"`
		At   Rule                `yaml:"at"`
		By   Rule                `yaml:"by,omitempty"`
	}
)

// DecodeNode implements strict.Decoder.
func (r *Rule) DecodeNode(n strict.Node) strict.Faults {
	type long Rule
	return shortOrLong(n, &r.Path, (*long)(r))
}

// DecodeNode implements strict.Decoder.
func (p *Paths) DecodeNode(n strict.Node) strict.Faults {
	var one string
	if faults := n.Decode(&one); len(faults) == 0 {
		*p = Paths{one}
		return nil
	}
	return n.Decode((*[]string)(p))
}

// Intake says what every lead must carry, however it comes in.
type Intake struct {
	Require map[lead.Source][]string `yaml:"require"` // by the lead's source, beside the mandatory fields
}

var sourceName = regexp.MustCompile(`^[a-z0-9][a-z0-9_-]{0,47}$`)

// sourceVariables are the variables that sources' signatures name, each once.
func (c *Config) sourceVariables() []string {
	var names []string
	for _, s := range c.Sources {
		if variable.MatchString(s.Signature.SecretEnv) && !slices.Contains(fromFiles, s.Signature.SecretEnv) {
			names = append(names, s.Signature.SecretEnv)
		}
	}
	slices.Sort(names)
	return slices.Compact(names)
}

// readSources gives the signatures their secrets. One that is not set is no fault
// here: who tries out a mapping, or imports by it, needs none.
func (c *Config) readSources(vars map[string]string) (faults []error) {
	for i := range c.Sources {
		s := &c.Sources[i].Signature
		s.Secret = Secret(vars[s.SecretEnv])
		if s.Kind == StandardWebhooks && s.Secret != "" && !validWebhookSecret(s.Secret.Reveal()) {
			faults = append(faults, fmt.Errorf("%s: the source %s sends Standard Webhooks; %s", s.SecretEnv, c.Sources[i].Name, makeSecret))
		}
	}
	return faults
}

// LackingSecrets are the faults of sources whose secret is not set: they could not
// be received.
func (c *Config) LackingSecrets() (faults []error) {
	for _, s := range c.Sources {
		if name := s.Signature.SecretEnv; s.Signature.Secret == "" && name != "" {
			faults = append(faults, fmt.Errorf("%s: the source %s is checked with it; set it, or %s_FILE to a file that holds it", name, s.Name, name))
		}
	}
	return faults
}
