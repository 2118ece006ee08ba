package main

import (
	"log/slog"
	"maps"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"leadtriage/config"
	"leadtriage/internal/enrich"
	"leadtriage/internal/provider"
)

// providers are the configured data providers, with their secrets; asked is told
// about every question. The error says which is declared wrongly.
func providers(configured []config.Provider, log *slog.Logger, now func() time.Time,
	asked func(string, provider.Result)) ([]enrich.Provider, error) {
	var all []enrich.Provider
	for _, p := range configured {
		o := provider.Options{Name: p.Name, URL: p.URL, Domain: p.Domain, CostUSD: p.Cost, ByModel: p.When == config.ByModel, Timeout: p.Timeout,
			Map: p.Map, Logger: log, Now: now, Asked: asked}
		for _, name := range slices.Sorted(maps.Keys(p.HeaderEnv)) {
			h := p.HeaderEnv[name]
			o.Headers = append(o.Headers, provider.Header{Name: name, Value: h.Value.Reveal(), Variable: h.Env})
		}
		ready, err := provider.New(o)
		if err != nil {
			return nil, err
		}
		all = append(all, ready)
	}
	return all, nil
}

// providerCounter registers the count of questions to providers.
func providerCounter(r prometheus.Registerer) *prometheus.CounterVec {
	about := prometheus.CounterOpts{Name: "leadtriage_provider_calls_total", Help: "Questions to data providers."}
	calls := prometheus.NewCounterVec(about, []string{"provider", "result"})
	r.MustRegister(calls)
	return calls
}

func (g *ground) countQuestion(provider string, r provider.Result) {
	g.asked.WithLabelValues(provider, string(r)).Inc()
}
