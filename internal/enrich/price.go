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
	best, found := "", false
	for name := range prices {
		if strings.HasPrefix(model, name) && (!found || len(name) > len(best)) {
			best, found = name, true
		}
	}
	p := prices[best]
	if !found {
		return 0
	}
	fresh := max(u.PromptTokens-u.CachedTokens, 0)
	return (float64(fresh)*p.Prompt + float64(u.CachedTokens)*p.Cached + float64(u.CompletionTokens)*p.Completion) / 1e6
}
