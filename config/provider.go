package config

import (
	"fmt"
	"maps"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"

	"leadtriage/config/strict"
	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// Provider is an HTTP service that knows companies and answers in JSON
// (docs/providers.md).
type Provider struct {
	Name      string                 `yaml:"name"`
	URL       string                 `yaml:"url"`        // with {domain}; {name} behind the ? only
	HeaderEnv map[string]Header      `yaml:"header_env"` // by the header's name
	Map       map[lead.Field]Mapping `yaml:"map"`
	Domain    string                 `yaml:"domain"`  // path of the domain in the answer; empty: not looked at
	Cost      float64                `yaml:"cost"`    // US dollars per answer
	When      When                   `yaml:"when"`    // resolved by Load: never empty
	Timeout   time.Duration          `yaml:"timeout"` // resolved by Load: never 0
}

// Header is a header whose value comes from the environment. In the file it is
// the variable's name, or that with a prefix: {env: NAME, prefix: "Bearer "}.
type Header struct {
	Env    string `yaml:"env"`
	Prefix string `yaml:"prefix,omitempty"`
	Value  Secret `yaml:"-"` // what the variable says, behind the prefix
}

// Mapping says where in the answer a field stands. In the file it is the path,
// or that with more: {path: sector, values: {SaaS: software}, unit: EUR}.
type Mapping struct {
	Path   string            `yaml:"path"`
	Values map[string]string `yaml:"values,omitempty"` // the provider's word to ours
	Unit   string            `yaml:"unit,omitempty"`   // put behind the value
}

// DecodeNode implements strict.Decoder.
func (h *Header) DecodeNode(n strict.Node) strict.Faults {
	type long Header
	return shortOrLong(n, &h.Env, (*long)(h))
}

// DecodeNode implements strict.Decoder.
func (m *Mapping) DecodeNode(n strict.Node) strict.Faults {
	type long Mapping
	return shortOrLong(n, &m.Path, (*long)(m))
}

// shortOrLong reads a single value into short, keys and values into long.
func shortOrLong(n strict.Node, short, long any) strict.Faults {
	if faults := n.Decode(short); len(faults) == 0 {
		return nil
	}
	return n.Decode(long)
}

// When says who asks a provider.
type When string

const (
	BeforeModel When = "before" // asked about every company, before the model
	ByModel     When = "model"  // a function of the model
)

func (w *When) UnmarshalText(b []byte) error {
	return oneOf(w, b, "%q is not known here; write before or model", BeforeModel, ByModel)
}

const providerTimeout = 5 * time.Second // where none is said

var (
	providerName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)
	variable     = regexp.MustCompile(`^[A-Z][A-Z0-9_]{0,63}$`)
	headerName   = regexp.MustCompile(`^[A-Za-z0-9-]{1,64}$`)
	secretInURL  = regexp.MustCompile(`(?i)^(api[_-]?key|key|token|access[_-]?token|auth|secret|password)$`)
)

func (e *Enrichment) checkProviders(f *faults) {
	var names []string
	for i, p := range e.Providers {
		at := func(steps ...any) []any { return append([]any{"enrichment", "providers", i}, steps...) }
		switch {
		case !providerName.MatchString(p.Name):
			f.at("a provider needs a name of small letters, digits and underscores, such as clearfacts", nil, at("name")...)
		case slices.Contains(names, p.Name):
			f.at("the provider %q is listed twice", []any{p.Name}, at("name")...)
		}
		names = append(names, p.Name)
		if fault := templateFault(p.URL); fault != "" {
			f.at("%s", []any{fault}, at("url")...)
		}
		for _, name := range slices.Sorted(maps.Keys(p.HeaderEnv)) {
			switch {
			case !headerName.MatchString(name):
				f.at("this is not the name of a header", nil, at("header_env", name)...)
			case !variable.MatchString(p.HeaderEnv[name].Env): // not repeated: it may be the secret
				f.at("write the name of an environment variable in capitals, such as CLEARFACTS_TOKEN; the value itself never stands here", nil, at("header_env", name, "env")...)
			}
		}
		if len(p.Map) == 0 {
			f.at("say where the provider's answer has a fact, such as employees: headcount", nil, at("map")...)
		}
		for _, field := range slices.Sorted(maps.Keys(p.Map)) {
			checkMapping(f, field, p.Map[field], at)
		}
		if p.Domain != "" {
			f.path(p.Domain, at("domain")...)
		}
		if !(p.Cost >= 0 && p.Cost <= 1000) {
			f.at("%v is out of range; write US dollars per answer, 0 to 1000", []any{p.Cost}, at("cost")...)
		}
		if p.Timeout != 0 {
			f.lasts(p.Timeout, 100*time.Millisecond, time.Minute, at("timeout")...)
		}
	}
}

func checkMapping(f *faults, field lead.Field, m Mapping, at func(...any) []any) {
	if !slices.Contains(lead.Fields, field) {
		f.at("%q is not a fact; known: %s", []any{string(field), list(lead.Fields)}, at("map", string(field))...)
		return
	}
	f.path(m.Path, at("map", string(field), "path")...)
	for _, theirs := range slices.Sorted(maps.Keys(m.Values)) {
		if ours := m.Values[theirs]; ours != "" && !normal(field, ours) { // empty: known to say nothing
			f.at("%q is not a value of %s", []any{ours, string(field)}, at("map", string(field), "values", theirs)...)
		}
	}
}

// normal reports whether a value has a normal form in its field, as far as the
// field is one with a closed list or a form.
func normal(field lead.Field, value string) bool {
	ok := true
	switch field {
	case lead.Industry:
		_, ok = company.Industry(value)
	case lead.HQCountry:
		_, ok = company.Country(value)
	case lead.Employees:
		_, err := company.ParseHeadcount(value)
		ok = err == nil
	}
	return ok
}

// templateFault is what is wrong with a URL template. It does not repeat it: it
// may carry a password.
func templateFault(template string) string {
	bare := strings.NewReplacer("{domain}", "d", "{name}", "n").Replace(template)
	u, err := url.Parse(bare)
	if err != nil || !overHTTP(bare) || strings.ContainsAny(bare, "{}") {
		return "write a whole address with {domain}, and {name} at most, such as https://api.clearfacts.example/v1/companies/{domain}"
	}
	path, _, _ := strings.Cut(template, "?")
	_, rest, _ := strings.Cut(path, "://")
	host, _, _ := strings.Cut(rest, "/")
	for key := range u.Query() {
		if secretInURL.MatchString(key) {
			return "a secret has no place in this file; send it as a header, by header_env"
		}
	}
	switch {
	case u.User != nil:
		return "a password has no place in this file; send it as a header, by header_env"
	case !strings.Contains(template, "{domain}"):
		return "the address must hold {domain}: facts are kept by the company's domain"
	case strings.Contains(host, "{"):
		return "write the host itself; {domain} and {name} stand behind it"
	case strings.Contains(path, "{name}"):
		return "{name} may stand behind the ? only"
	}
	return ""
}

// providerVariables are the variables that providers' headers name, each once.
func (c *Config) providerVariables() []string {
	var names []string
	for _, p := range c.Enrichment.Providers {
		for _, h := range p.HeaderEnv {
			if variable.MatchString(h.Env) && !slices.Contains(fromFiles, h.Env) {
				names = append(names, h.Env)
			}
		}
	}
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
			case !variable.MatchString(h.Env):
				continue // a fault of the file
			case value == "":
				faults = append(faults, fmt.Errorf("%s: the provider %s wants it in its header %s; set it, or %s_FILE to a file that holds it", h.Env, p.Name, name, h.Env))
				continue
			case strings.ContainsFunc(h.Prefix+value, func(r rune) bool { return r < ' ' || r > '~' }):
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
		if p.When == "" {
			p.When = BeforeModel
		}
		if p.Timeout == 0 {
			p.Timeout = providerTimeout
		}
	}
}
