// Package provider asks data providers that the operator declared: HTTP services
// that answer GET with JSON about one company (docs/providers.md).
package provider

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"leadtriage/internal/breaker"
	"leadtriage/internal/jsonpath"
	"leadtriage/internal/lead"
)

// Options declare a provider. Only the company's domain leaves for it, and its name
// where the URL has {name}. Zero fields take their defaults.
type Options struct {
	Name    string // of small letters, digits and _; stands as By on its facts
	URL     string // with {domain}; {name} may stand behind the ? only. May be http and private
	Headers []Header
	Map     map[lead.Field]Mapping
	Domain  string        // path of the company's domain in the answer, which must be the one asked about; empty: not looked at
	CostUSD float64       // of one answer, 404 included; refusals and failures cost nothing
	ByModel bool          // offered to the model as a function; false: asked about every company, before the model
	Timeout time.Duration // of one company; 0: 5 s
	HTTP    *http.Client  // nil: a client of its own. Redirects are never followed

	Asked  func(provider string, how Result) // told about every question; nil: nobody
	Logger *slog.Logger                      // nil: silent
	Now    func() time.Time                  // nil: time.Now
}

// Header is sent with every request. Value is a secret: never logged, never in
// an error. Variable is where the operator set it.
type Header struct{ Name, Value, Variable string }

// Mapping says where in the answer a field's value stands, a.b[0].c with [] for every item
// of a list, and how to read it. In the configuration it is the path, or that with more:
// {path: sector, values: {SaaS: software}, unit: EUR}. The tags are those of config/strict.
type Mapping struct {
	Path   string            `yaml:"path" is:"required path" schema:"short"`
	Values map[string]string `yaml:"values,omitempty" schema:"scalar" doc:"The provider's word to ours."`
	Unit   string            `yaml:"unit,omitempty" doc:"Put behind the value, such as EUR."`
}

// Result is how a question to a provider ended, for counting.
type Result string

const (
	OK        Result = "ok"
	Unknown   Result = "unknown"   // it does not know the company
	Throttled Result = "throttled" // it asked us to wait longer than we may
	Refused   Result = "refused"   // it did not take the key, or wants to be paid
	Failed    Result = "failed"
)

const (
	keptCompanies = 1000 // whose answers are kept over a failed enrichment,
	keptFor       = 24 * time.Hour
)

var goodName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// Provider is a declared provider with what it remembers. It is safe for
// concurrent use.
type Provider struct {
	o      Options
	fields []lead.Field // of o.Map, in the contract's order
	domain jsonpath.Path
	paths  map[lead.Field]jsonpath.Path
	spare  *breaker.Breaker

	mu sync.Mutex
	// kept are the answers about companies whose enrichment is not through: the next
	// attempt must not pay again. Gone once it is.
	kept map[string]keptAnswer
}

type keptAnswer struct {
	facts []lead.Fact
	at    time.Time
}

// New makes a provider ready; the error says what is declared wrongly.
func New(o Options) (*Provider, error) {
	if !goodName.MatchString(o.Name) {
		return nil, fmt.Errorf("provider %q: its name must be small letters, digits and underscores", o.Name)
	}
	if err := CheckTemplate(o.URL); err != nil {
		return nil, fmt.Errorf("provider %s: %w", o.Name, err)
	}
	p := &Provider{o: o, paths: map[lead.Field]jsonpath.Path{}, kept: map[string]keptAnswer{}}
	p.o.Timeout = cmp.Or(o.Timeout, 5*time.Second)
	if o.Now == nil {
		p.o.Now = time.Now
	}
	if o.Asked == nil {
		p.o.Asked = func(string, Result) {}
	}
	p.o.Logger = cmp.Or(o.Logger, slog.New(slog.DiscardHandler)).With("provider", o.Name)
	p.spare = breaker.New(tripAfter, verdict, p.o.Logger)
	own := *cmp.Or(o.HTTP, &http.Client{})
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the headers are for this host alone
	p.o.HTTP = &own
	var err error
	if o.Domain != "" {
		if p.domain, err = jsonpath.Parse(o.Domain); err != nil {
			return nil, fmt.Errorf("provider %s, domain: %w", o.Name, err)
		}
	}
	for _, field := range lead.Fields {
		m, ok := o.Map[field]
		if !ok {
			continue
		}
		if p.paths[field], err = jsonpath.Parse(m.Path); err != nil {
			return nil, fmt.Errorf("provider %s, %s: %w", o.Name, field, err)
		}
		p.fields = append(p.fields, field)
	}
	if len(p.fields) == 0 || len(p.fields) != len(o.Map) {
		return nil, fmt.Errorf("provider %s: map its answer to at least one field, and to known ones only (%v)",
			o.Name, slices.Sorted(maps.Keys(o.Map)))
	}
	return p, nil
}

// Name stands as By on its facts.
func (p *Provider) Name() string { return p.o.Name }

// Fields are those that it may state, in the contract's order.
func (p *Provider) Fields() []lead.Field { return p.fields }

// ByModel reports whether the model asks it, not everybody.
func (p *Provider) ByModel() bool { return p.o.ByModel }

// Ask returns what the provider states about the company, and what asking cost in
// US dollars. It cannot fail: a provider that does leaves its facts missing, and a
// log line. Until Forget an answer is kept for a day, and costs nothing again.
func (p *Provider) Ask(ctx context.Context, name, domain string) ([]lead.Fact, float64) {
	if facts, ok := p.remembered(domain); ok {
		return facts, 0
	}
	address, log := expand(p.o.URL, name, domain), p.o.Logger
	body, failed := p.answer(ctx, address)
	if failed == nil && !p.about(body, domain) {
		failed = &failure{result: Unknown}
		log.WarnContext(ctx, "a provider answered about another company; its answer is left out")
	}
	result, cost := OK, p.o.CostUSD
	if failed != nil {
		if result = failed.result; result != Unknown { // what could not be used is asked for again
			cost = 0
		}
	}
	p.o.Asked(p.o.Name, result)
	var facts []lead.Fact
	switch result {
	case OK:
		url, _, _ := strings.Cut(address, "?") // as people see it, without what was asked in its query
		facts = p.facts(ctx, body, url)
	case Unknown:
	case Refused:
		log.ErrorContext(ctx, "a provider refuses us: check its variables and account", "error", failed.why, "variables", p.variables())
		return nil, cost
	default:
		log.WarnContext(ctx, "a provider's facts are missing", "result", string(result), "error", failed.why)
		return nil, cost
	}
	p.keep(domain, facts)
	return facts, cost
}

func (p *Provider) variables() string {
	var names []string
	for _, h := range p.o.Headers {
		names = append(names, h.Variable)
	}
	return cmp.Or(strings.Join(names, ", "), "none: declare header_env")
}

func (p *Provider) remembered(domain string) ([]lead.Fact, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer, ok := p.kept[domain]
	return slices.Clone(answer.facts), ok && p.o.Now().Sub(answer.at) < keptFor
}

func (p *Provider) keep(domain string, facts []lead.Fact) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) >= keptCompanies {
		for other := range p.kept { // any: its company was given up long ago, most likely
			delete(p.kept, other)
			break
		}
	}
	p.kept[domain] = keptAnswer{slices.Clone(facts), p.o.Now()}
}

// Forget has the company asked about again, whatever was answered before.
func (p *Provider) Forget(domain string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.kept, domain)
}
