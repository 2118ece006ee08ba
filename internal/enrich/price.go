package enrich

import (
	"strings"

	"leadtriage/internal/lead"
)

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Prompt     float64
	Cached     float64 // prompt tokens that the provider had cached
	Completion float64
}

// cost finds the price by the model's name, or by the longest name that it
// starts with ("gpt-5-mini" for "gpt-5-mini-2025-08-07"); unknown costs 0.
func cost(prices map[string]Price, model string, u lead.Usage) float64 {
	best := ""
	for name := range prices {
		if strings.HasPrefix(model, name) && len(name) > len(best) {
			best = name
		}
	}
	p := prices[best] // a model without a price costs nothing that is known
	fresh := max(u.PromptTokens-u.CachedTokens, 0)
	return (float64(fresh)*p.Prompt + float64(u.CachedTokens)*p.Cached + float64(u.CompletionTokens)*p.Completion) / 1e6
}
