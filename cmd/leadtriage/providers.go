package main

import (
	"maps"
	"slices"

	"github.com/prometheus/client_golang/prometheus"

	"leadtriage/config"
	"leadtriage/internal/enrich"
	"leadtriage/internal/lead"
)

// providers are the configured data providers, with their secrets.
func providers(configured []config.Provider) []enrich.Provider {
	var all []enrich.Provider
	for _, p := range configured {
		ready := enrich.Provider{Name: p.Name, URL: p.URL, Domain: p.Domain, CostUSD: p.Cost, When: enrich.When(p.When), Timeout: p.Timeout, Map: map[lead.Field]enrich.Mapping{}}
		for _, name := range slices.Sorted(maps.Keys(p.HeaderEnv)) {
			h := p.HeaderEnv[name]
			ready.Headers = append(ready.Headers, enrich.Header{Name: name, Value: h.Value.Reveal(), Variable: h.Env})
		}
		for field, m := range p.Map {
			ready.Map[field] = enrich.Mapping(m)
		}
		all = append(all, ready)
	}
	return all
}

// providerCounter registers the count of questions to providers, and returns
// what counts one.
func (s *service) providerCounter() func(string, enrich.ProviderResult) {
	calls := prometheus.NewCounterVec(prometheus.CounterOpts{Name: "leadtriage_provider_calls_total", Help: "Questions to data providers."}, []string{"provider", "result"})
	s.metrics.MustRegister(calls)
	return func(provider string, r enrich.ProviderResult) { calls.WithLabelValues(provider, string(r)).Inc() }
}
