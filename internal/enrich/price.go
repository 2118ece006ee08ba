package enrich

import (
	"cmp"
	"strings"

	"leadtriage/internal/lead"
)

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Prompt     float64
	Cached     float64 // prompt tokens that the provider had cached
	Completion float64
}

// Most is what a company may cost at most with these models, in US dollars: as if all
// tokens of each reading were of the dearest kind.
func (l Limits) Most(prices map[string]Price, first, second string) (usd float64) {
	for _, model := range []string{first, cmp.Or(second, first)} {
		usd += max(cost(prices, model, lead.Usage{PromptTokens: l.Tokens}), cost(prices, model, lead.Usage{CompletionTokens: l.Tokens}))
	}
	return usd
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
