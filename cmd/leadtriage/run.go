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
	cfg, err := a.load()
	if err != nil {
		return err
	}
	return runAll(a.ctx, cfg, a.logger(cfg, slog.LevelDebug), time.Now, nil)
}

// runAll is API, worker and schedule in one process. started is told the
// API's address, once it answers.
func runAll(ctx context.Context, cfg *config.Config, log *slog.Logger, now func() time.Time, started func(addr string)) error {
	s, err := assemble(ctx, cfg, log, now)
	defer s.close()
	if err != nil {
		return err
	}
	if err := s.records.Migrate(ctx); err != nil {
		return err
	}
	stop, err := s.startWork(ctx)
	if err != nil {
		return err
	}
	defer stop()
	return s.serveAPI(ctx, started)
}

func (apiCmd) Run(a *app) error {
	s, err := a.apart("api")
	defer s.close()
	if err != nil {
		return err
	}
	return s.serveAPI(a.ctx, nil)
}

func (workerCmd) Run(a *app) error {
	s, err := a.apart("worker")
	defer s.close()
	if err != nil {
		return err
	}
	stop, err := s.startWork(a.ctx)
	if err != nil {
		return err
	}
	defer stop()
	return s.serveProbes(a.ctx)
}

// apart assembles one half of the service: both halves need the same queue and
// an up-to-date database.
func (a *app) apart(half string) (*service, error) {
	cfg, err := a.load()
	if err != nil {
		return &service{}, err
	}
	if cfg.Env.RedisURL == "" {
		return &service{}, fmt.Errorf("%s alone needs a Redis that both halves reach: set REDIS_URL, or use `leadtriage run` on one machine", half)
	}
	s, err := assemble(a.ctx, cfg, a.logger(cfg, slog.LevelDebug), time.Now)
	if err != nil {
		return s, err
	}
	behind, err := s.records.Behind(a.ctx)
	if err == nil && behind {
		err = errors.New("the database is older than this program: run `leadtriage migrate` once")
	}
	return s, err
}

// serveProbes answers health and metrics of a worker without API.
func (s *service) serveProbes(ctx context.Context) error {
	mux := http.NewServeMux()
	mux.Handle("GET /metrics", promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{}))
	mux.HandleFunc("GET /healthz", func(w http.ResponseWriter, _ *http.Request) { fmt.Fprintln(w, "ok") })
	mux.HandleFunc("GET /readyz", func(w http.ResponseWriter, r *http.Request) {
		if err := s.ready(r.Context()); err != nil {
			http.Error(w, err.Error(), http.StatusServiceUnavailable)
			return
		}
		fmt.Fprintln(w, "ok")
	})
	listener, err := s.listen()
	if err != nil {
		return err
	}
	server := newServer(mux, readWithin)
	go server.Serve(listener)
	s.log.Info("ready", "addr", "http://"+listener.Addr().String())
	<-ctx.Done()
	return server.Close()
}
