package eval

import (
	"sync"

	"leadtriage/internal/enrich"
)

// asked counts the questions to data providers.
type asked struct {
	mu sync.Mutex
	by map[string]map[enrich.ProviderResult]int
}

func (a *asked) count(provider string, how enrich.ProviderResult) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if a.by == nil {
		a.by = map[string]map[enrich.ProviderResult]int{}
	}
	if a.by[provider] == nil {
		a.by[provider] = map[enrich.ProviderResult]int{}
	}
	a.by[provider][how]++
}

func (a *asked) all() map[string]map[enrich.ProviderResult]int {
	a.mu.Lock()
	defer a.mu.Unlock()
	return a.by
}
