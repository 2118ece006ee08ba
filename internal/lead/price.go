package lead

import "strings"

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Prompt     float64
	Cached     float64 // prompt tokens that the provider had cached
	Completion float64
}

// Prices are those of models, by name.
type Prices map[string]Price

// Cost finds the price by the model's name, or by the longest name that it
// starts with ("gpt-5-mini" for "gpt-5-mini-2025-08-07"); unknown costs 0.
func (p Prices) Cost(model string, u Usage) float64 {
	best := ""
	for name := range p {
		if strings.HasPrefix(model, name) && len(name) > len(best) {
			best = name
		}
	}
	of := p[best] // a model without a price costs nothing that is known
	fresh := max(u.PromptTokens-u.CachedTokens, 0)
	return (float64(fresh)*of.Prompt + float64(u.CachedTokens)*of.Cached + float64(u.CompletionTokens)*of.Completion) / 1e6
}
