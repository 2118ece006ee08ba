package enrich

import (
	"context"
	"slices"

	"leadtriage/internal/lead"
	"leadtriage/prompts"
)

// asks returns the provider that a function of this name asks, or nil.
func (e *Enricher) asks(function string) *provider {
	for _, p := range e.providers {
		if p.When == ByModel && prompts.AskPrefix+p.Name == function {
			return p
		}
	}
	return nil
}

// consult asks a provider for the model, about this company whatever the
// arguments say, and at most once.
func (t *firstReading) consult(ctx context.Context, p *provider, last bool) string {
	switch {
	case slices.Contains(t.asked, p.Name):
		return p.Name + " was asked already."
	case last:
		return "It is too late to ask. Call " + prompts.RecordFirmographics + " with what the sources state."
	}
	t.asked = append(t.asked, p.Name)
	facts, usd := p.ask(ctx, t.name, t.domain)
	t.usage.CostUSD += usd
	t.provided = append(t.provided, facts...)
	var fields []lead.Field
	for _, f := range facts {
		if !slices.Contains(fields, f.Field) {
			fields = append(fields, f.Field)
		}
	}
	return prompts.ProviderAnswer(p.Name, fieldNames(fields))
}
