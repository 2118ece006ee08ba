package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"time"

	"github.com/prometheus/client_golang/prometheus/promhttp"

	"leadtriage/config"
)

type (
	runCmd    struct{}
	apiCmd    struct{}
	workerCmd struct{}
)

func (runCmd) Run(a *app) error {
	again, stop := a.reloads()
	defer stop()
	cfg, err := a.load()
	if err != nil {
		return err
	}
	return runAll(a.ctx, cfg, a.logger(cfg, slog.LevelDebug), time.Now, nil, again)
}

// runAll is API, worker and schedule in one process. started is told the
// API's address, once it answers.
func runAll(ctx context.Context, cfg *config.Config, log *slog.Logger, now func() time.Time, started func(addr string), again reloads) error {
	g, err := prepare(ctx, cfg, log, now)
	defer g.close()
	if err != nil {
		return err
	}
	if err := g.records.Migrate(ctx); err != nil {
		return err
	}
	if g.redis.embedded {
		if err := g.records.WakeAll(ctx, now()); err != nil {
			return err
		}
	}
	return g.serve(ctx, cfg, halves{api: true, work: true}, started, again)
}

func (apiCmd) Run(a *app) error { return a.apart("api", halves{api: true}) }

func (workerCmd) Run(a *app) error { return a.apart("worker", halves{work: true}) }

// apart runs one half of the service: both halves need the same queue and
// an up-to-date database.
func (a *app) apart(half string, h halves) error {
	again, stop := a.reloads()
	defer stop()
	cfg, err := a.load()
	if err != nil {
		return err
	}
	if cfg.Env.RedisURL == "" {
		return fmt.Errorf("%s alone needs a Redis that both halves reach: set REDIS_URL, or use `leadtriage run` on one machine", half)
	}
	g, err := prepare(a.ctx, cfg, a.logger(cfg, slog.LevelDebug), time.Now)
	defer g.close()
	if err != nil {
		return err
	}
	behind, err := g.records.Behind(a.ctx)
	if err == nil && behind {
		err = errors.New("the database is older than this program: run `leadtriage migrate` once")
	}
	if err != nil {
		return err
	}
	return g.serve(a.ctx, cfg, h, nil, again)
}

// probes answers health and metrics of a worker without API.
func (g *ground) probes() http.Handler {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(g.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := g.ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	return mux
}
