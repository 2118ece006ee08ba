package config

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"leadtriage/config/strict"
	"leadtriage/internal/evidence"
	"leadtriage/internal/jsonpath"
	"leadtriage/internal/lead"
	"leadtriage/internal/provider"
)

// Provider is an HTTP service that knows companies and answers in JSON
// (docs/providers.md).
type Provider struct {
	Name string `yaml:"name" is:"required provider" doc:"Stands on its facts."`
	URL  string `yaml:"url" is:"required template" doc:"With {domain}; {name} behind the ? only."`

	HeaderEnv map[string]Header               `yaml:"header_env" is:"keys=header" doc:"The variable whose value each header has."`
	Map       map[lead.Field]provider.Mapping `yaml:"map" is:"keys=fact" schema:"required 1.." doc:"Where in the answer each fact stands."`

	// Domain may be empty: then it is not looked at.
	Domain  string        `yaml:"domain" is:"domain_path" doc:"Where the answer names the domain, which must be the one asked about."`
	Cost    float64       `yaml:"cost" is:"cost" doc:"US dollars per answer."`
	When    When          `yaml:"when" is:"before|model" doc:"Asked before the model, or by it."` // resolved by Load: never empty
	Timeout time.Duration `yaml:"timeout" is:"100ms..1m" doc:"For one company."`                  // resolved by Load: never 0
}

// Header is a header whose value comes from the environment. In the file it is
// the variable's name, or that with a prefix: {env: NAME, prefix: "Bearer "}.
type Header struct {
	Env    string `yaml:"env" is:"required variable" schema:"short" doc:"Name of an environment variable; _FILE behind it names a file."`
	Prefix string `yaml:"prefix,omitempty" doc:"Stands before the value, such as \"Bearer \"."`
	Value  Secret `yaml:"-"` // what the variable says, behind the prefix
}

// When says who asks a provider.
type When string

const (
	BeforeModel When = "before" // asked about every company, before the model
	ByModel     When = "model"  // a function of the model
)

const providerTimeout = 5 * time.Second // where none is said

var (
	path     = strict.Schema{"type": "string", "description": "Keys joined by dots; [0] an item of a list, [] every item.", "minLength": 1}
	variable = strict.Pattern("variable", `^[A-Z][A-Z0-9_]{0,63}$`, // what was written is not repeated: it may be the secret
		"write the name of an environment variable in capitals, such as CLEARFACTS_TOKEN; the value itself never stands here")
	_ = strict.Define("path", path, pathFault)
	_ = strict.Define("domain_path", strict.Schema{"anyOf": []strict.Schema{{"const": ""}, strict.Named("path")}}, func(s string) string {
		if s == "" {
			return ""
		}
		return pathFault(s)
	})
	_ = strict.Pattern("provider", `^[a-z][a-z0-9_]{0,47}$`,
		"a provider needs a name of small letters, digits and underscores, such as clearfacts")
	_ = strict.Pattern("header", `^[A-Za-z0-9-]{1,64}$`, "this is not the name of a header")
	_ = strict.Define("template", strict.Schema{"type": "string", "pattern": "^https?://[^{}]+.*[{]domain[}]"}, func(s string) string {
		if err := provider.CheckTemplate(s); err != nil {
			return err.Error()
		}
		return ""
	})
	_ = strict.Words("fact", lead.Fields, "%q is not a fact; known: ")
	_ = strict.Numbers("cost", 0, 1000, "%v is out of range; write US dollars per answer, 0 to 1000")
)

func pathFault(s string) string {
	if _, err := jsonpath.Parse(s); err != nil {
		return err.Error()
	}
	return ""
}

func (e *Enrichment) checkProviders(f *faults) {
	for i, p := range e.Providers {
		at := where{"enrichment", "providers", i}
		if len(p.Map) == 0 {
			f.at("say where the provider's answer has a fact, such as employees: headcount", nil, at.at("map")...)
		}
		for field, m := range p.Map {
			for theirs, ours := range m.Values {
				if ours != "" && !normal(field, ours) { // empty: known to say nothing
					f.at("%q is not a value of %s", []any{ours, string(field)}, at.at("map", string(field), "values", theirs)...)
				}
			}
		}
	}
}

// normal reports whether a value has a normal form in its field, as far as the
// field is one with a closed list or a form.
func normal(field lead.Field, value string) bool {
	_, ok := evidence.Normal(field, value)
	return ok || !slices.Contains([]lead.Field{lead.Industry, lead.HQCountry, lead.Employees}, field)
}

// ownVariables are the variables that the file names for secrets, each once.
func (c *Config) ownVariables() []string {
	var names []string
	for _, p := range c.Enrichment.Providers {
		for _, h := range p.HeaderEnv {
			names = append(names, h.Env)
		}
	}
	for _, s := range c.Sources {
		names = append(names, s.Signature.SecretEnv)
	}
	for _, t := range c.Webhooks {
		names = append(names, t.SecretEnv...)
	}
	names = slices.DeleteFunc(names, func(n string) bool { return !variable.Fits(n) || slices.Contains(fromFiles, n) })
	slices.Sort(names)
	return slices.Compact(names)
}

// readProviders gives the providers' headers their values.
func (c *Config) readProviders(vars map[string]string) (faults []error) {
	for _, p := range c.Enrichment.Providers {
		for _, name := range slices.Sorted(maps.Keys(p.HeaderEnv)) {
			h := p.HeaderEnv[name]
			value := vars[h.Env]
			switch {
			case !variable.Fits(h.Env):
				continue // a fault of the file
			case value == "":
				faults = append(faults, fmt.Errorf("%s: the provider %s wants it in its header %s; set it, or %s_FILE to a file that holds it", h.Env, p.Name, name, h.Env))
				continue
			case strings.ContainsFunc(h.Prefix+value, unprintable):
				faults = append(faults, fmt.Errorf("%s: a header takes one line of plain letters", h.Env))
				continue
			}
			h.Value = Secret(h.Prefix + value)
			p.HeaderEnv[name] = h
		}
	}
	return faults
}

// settleProviders fills in what was not said.
func (e *Enrichment) settleProviders() {
	for i := range e.Providers {
		p := &e.Providers[i]
		p.When, p.Timeout = cmp.Or(p.When, BeforeModel), cmp.Or(p.Timeout, providerTimeout)
	}
}
