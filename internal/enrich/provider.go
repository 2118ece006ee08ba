package enrich

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"maps"
	"net/http"
	"regexp"
	"slices"
	"strings"
	"sync"
	"time"

	"leadtriage/internal/jsonpath"
	"leadtriage/internal/lead"
	"leadtriage/prompts"
)

// When says who asks a provider.
type When string

const (
	Before  When = "before" // asked about every company, before the model
	ByModel When = "model"  // offered to the model as a function without parameters
)

// Provider is an HTTP service that answers GET with JSON about one company.
// Only the company's domain leaves for it, and its name where the URL has {name}.
type Provider struct {
	Name    string // of small letters, digits and _; stands as By on its facts
	URL     string // with {domain}; {name} may stand behind the ? only. May be http and private
	Headers []Header
	Map     map[lead.Field]Mapping
	Domain  string        // path of the company's domain in the answer, which must be the one asked about; empty: not looked at
	CostUSD float64       // of one answer, 404 included; refusals and failures cost nothing
	When    When          // empty: Before
	Timeout time.Duration // of one company; 0: 5 s
	HTTP    *http.Client  // nil: a client of its own. Redirects are never followed
}

// Header is sent with every request. Value is a secret: never logged, never in
// an error. Variable is where the operator set it.
type Header struct{ Name, Value, Variable string }

// Mapping says where in the answer a field's value stands, and how to read it.
type Mapping struct {
	Path   string            // a.b[0].c; [] stands for every item of a list
	Values map[string]string // the provider's word to ours; other values are taken as they are
	Unit   string            // put behind the value: the currency of a bare amount
}

// ProviderResult is how a question to a provider ended, for counting.
type ProviderResult string

const (
	ProviderOK        ProviderResult = "ok"
	ProviderUnknown   ProviderResult = "unknown"   // it does not know the company
	ProviderThrottled ProviderResult = "throttled" // it asked us to wait longer than we may
	ProviderRefused   ProviderResult = "refused"   // it did not take the key, or wants to be paid
	ProviderFailed    ProviderResult = "failed"
)

const (
	providerTimeout    = 5 * time.Second
	providerConfidence = 0.9
	keptCompanies      = 1000 // whose answers are kept over a failed enrichment,
	keptFor            = 24 * time.Hour
)

var providerName = regexp.MustCompile(`^[a-z][a-z0-9_]{0,47}$`)

// provider is a Provider made ready, with what it remembers. It is safe for
// concurrent use.
type provider struct {
	Provider
	fields []lead.Field // of Map, in the contract's order
	domain jsonpath.Path
	paths  map[lead.Field]jsonpath.Path
	log    *slog.Logger
	now    func() time.Time
	count  func(provider string, r ProviderResult)
	pause  pause

	mu sync.Mutex
	// kept are the answers about companies whose enrichment is not through: the next
	// attempt must not pay again. Gone once it is.
	kept map[string]keptAnswer
}

type keptAnswer struct {
	facts []lead.Fact
	at    time.Time
}

func newProvider(p Provider, o Options) (*provider, error) {
	if !providerName.MatchString(p.Name) {
		return nil, fmt.Errorf("provider %q: its name must be small letters, digits and underscores", p.Name)
	}
	if err := checkTemplate(p.URL); err != nil {
		return nil, fmt.Errorf("provider %s: %w", p.Name, err)
	}
	ready := &provider{Provider: p, paths: map[lead.Field]jsonpath.Path{}, kept: map[string]keptAnswer{},
		log: o.Logger.With("provider", p.Name), now: o.Now, count: o.Asked}
	ready.When, ready.Timeout = cmp.Or(p.When, Before), orDefault(p.Timeout, providerTimeout)
	own := http.Client{}
	if p.HTTP != nil {
		own = *p.HTTP
	}
	own.CheckRedirect = func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse } // the headers are for this host alone
	ready.HTTP = &own
	if p.Domain != "" {
		var err error
		if ready.domain, err = jsonpath.Parse(p.Domain); err != nil {
			return nil, fmt.Errorf("provider %s, domain: %w", p.Name, err)
		}
	}
	for _, field := range lead.Fields {
		m, ok := p.Map[field]
		if !ok {
			continue
		}
		steps, err := jsonpath.Parse(m.Path)
		if err != nil {
			return nil, fmt.Errorf("provider %s, %s: %w", p.Name, field, err)
		}
		ready.fields, ready.paths[field] = append(ready.fields, field), steps
	}
	if len(ready.fields) == 0 || len(ready.fields) != len(p.Map) {
		return nil, fmt.Errorf("provider %s: map its answer to at least one field, and to known ones only (%v)", p.Name, slices.Sorted(maps.Keys(p.Map)))
	}
	return ready, nil
}

// newProviders makes them ready; their names must differ.
func newProviders(o Options) ([]*provider, error) {
	var all []*provider
	for _, p := range o.Providers {
		if slices.ContainsFunc(all, func(other *provider) bool { return other.Name == p.Name }) {
			return nil, fmt.Errorf("provider %s is listed twice", p.Name)
		}
		ready, err := newProvider(p, o)
		if err != nil {
			return nil, err
		}
		all = append(all, ready)
	}
	return all, nil
}

// tool is the provider as a function of the model.
func (p *provider) tool() prompts.Tool { return prompts.AskProvider(p.Name, fieldNames(p.fields)) }

// ask returns what the provider states about the company, and what asking cost.
// It cannot fail: a provider that does leaves its facts missing, and a log line.
func (p *provider) ask(ctx context.Context, name, domain string) ([]lead.Fact, float64) {
	if facts, ok := p.remembered(domain); ok {
		return facts, 0
	}
	address := expand(p.URL, name, domain)
	body, err := p.answer(ctx, address)
	if err == nil && !p.about(body, domain) {
		err = lead.Faultf(lead.Permanent, 0, "%w", errOther)
		p.log.WarnContext(ctx, "a provider answered about another company; its answer is left out")
	}
	result := resultOf(err)
	p.count(p.Name, result)
	switch {
	case result == ProviderUnknown:
		p.keep(domain, nil)
		return nil, p.CostUSD
	case result == ProviderRefused:
		p.log.ErrorContext(ctx, "a provider refuses us: check its variables and account", "error", err, "variables", p.variables())
		return nil, 0
	case err != nil:
		p.log.WarnContext(ctx, "a provider's facts are missing", "result", string(result), "error", err)
		if errors.Is(err, errNotJSON) {
			return nil, p.CostUSD
		}
		return nil, 0
	}
	facts := p.facts(ctx, body, evidenceURL(address))
	p.keep(domain, facts)
	return facts, p.CostUSD
}

// askProviders asks those that come before the model, side by side.
func (e *Enricher) askProviders(ctx context.Context, name, domain string, want wanted) (provided []lead.Fact, usd float64) {
	var wg sync.WaitGroup
	facts, costs := make([][]lead.Fact, len(e.providers)), make([]float64, len(e.providers))
	for i, p := range e.providers {
		if p.When == Before && slices.ContainsFunc(slices.Collect(maps.Keys(p.Map)), want.has) {
			wg.Go(func() { facts[i], costs[i] = p.ask(ctx, name, domain) })
		}
	}
	wg.Wait()
	for _, cost := range costs {
		usd += cost
	}
	return want.of(slices.Concat(facts...)), usd
}

func (p *provider) variables() string {
	var names []string
	for _, h := range p.Headers {
		names = append(names, h.Variable)
	}
	return cmp.Or(strings.Join(names, ", "), "none: declare header_env")
}

func (p *provider) remembered(domain string) ([]lead.Fact, bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	answer, ok := p.kept[domain]
	return slices.Clone(answer.facts), ok && p.now().Sub(answer.at) < keptFor
}

func (p *provider) keep(domain string, facts []lead.Fact) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.kept) >= keptCompanies {
		for other := range p.kept { // any: its company was given up long ago, most likely
			delete(p.kept, other)
			break
		}
	}
	p.kept[domain] = keptAnswer{slices.Clone(facts), p.now()}
}

func (p *provider) forget(domain string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	delete(p.kept, domain)
}

func fieldNames(fields []lead.Field) []string {
	names := make([]string, len(fields))
	for i, f := range fields {
		names[i] = string(f)
	}
	return names
}
