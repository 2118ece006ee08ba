package enrich

import (
	"context"
	"fmt"
	"slices"
	"sync"

	"leadtriage/internal/lead"
	"leadtriage/prompts"
)

// Provider is asked about a company beside its pages; *provider.Provider is one. It
// is safe for concurrent use.
type Provider interface {
	Name() string         // stands as By on its facts; differs from all others
	Fields() []lead.Field // what it may state
	ByModel() bool        // offered to the model as a function; false: asked about every company, before the model
	// Ask returns what it states, and what asking cost in US dollars. It cannot fail:
	// then facts are missing. Until Forget a company is paid for once.
	Ask(ctx context.Context, name, domain string) (facts []lead.Fact, usd float64)
	Forget(domain string)
}

// offered are the functions of the model: those of the prompts, and the providers that
// it may ask. A provider that is listed twice is an error.
func offered(o Options) ([]prompts.Tool, error) {
	tools := slices.Clone(o.Prompts.Tools)
	for i, p := range o.Providers {
		if slices.ContainsFunc(o.Providers[:i], func(other Provider) bool { return other.Name() == p.Name() }) {
			return nil, fmt.Errorf("provider %s is listed twice", p.Name())
		}
		if p.ByModel() {
			tools = append(tools, prompts.AskProvider(p.Name(), p.Fields()))
		}
	}
	return tools, nil
}

// askProviders asks those that come before the model, side by side.
func (e *Enricher) askProviders(ctx context.Context, name, domain string, want wanted) (provided []lead.Fact, usd float64) {
	var wg sync.WaitGroup
	facts, costs := make([][]lead.Fact, len(e.opts.Providers)), make([]float64, len(e.opts.Providers))
	for i, p := range e.opts.Providers {
		if !p.ByModel() && slices.ContainsFunc(p.Fields(), want.has) {
			wg.Go(func() { facts[i], costs[i] = p.Ask(ctx, name, domain) })
		}
	}
	wg.Wait()
	for _, cost := range costs {
		usd += cost
	}
	return want.of(slices.Concat(facts...)), usd
}

// forgetAnswers has the providers asked about the company again.
func (e *Enricher) forgetAnswers(domain string) {
	for _, p := range e.opts.Providers {
		p.Forget(domain)
	}
}

// asks returns the provider that a function of this name asks, or nil.
func (e *Enricher) asks(function string) Provider {
	for _, p := range e.opts.Providers {
		if p.ByModel() && prompts.AskPrefix+p.Name() == function {
			return p
		}
	}
	return nil
}

// consult asks a provider for the model, about this company whatever the
// arguments say, and at most once.
func (t *firstReading) consult(ctx context.Context, p Provider, last bool) string {
	switch {
	case slices.Contains(t.asked, p.Name()):
		return p.Name() + " was asked already."
	case last:
		return "It is too late to ask. Call " + prompts.RecordFirmographics + " with what the sources state."
	}
	t.asked = append(t.asked, p.Name())
	facts, usd := p.Ask(ctx, t.name, t.domain)
	t.usage.CostUSD += usd
	t.provided = append(t.provided, facts...)
	fields := slices.DeleteFunc(slices.Clone(lead.Fields), func(field lead.Field) bool {
		return !slices.ContainsFunc(facts, func(f lead.Fact) bool { return f.Field == field })
	})
	return prompts.ProviderAnswer(p.Name(), fields)
}
