package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"os/signal"
	"strings"
	"sync"
	"syscall"

	"leadtriage/config"
	"leadtriage/internal/score"
)

// reloads ask for the configuration to be read again; the zero value never does.
type reloads struct {
	asked <-chan os.Signal
	load  func() (*config.Config, error)
}

// reloads come with SIGHUP.
func (a *app) reloads() (again reloads, stop func()) {
	asked := make(chan os.Signal, 1)
	signal.Notify(asked, syscall.SIGHUP)
	return reloads{asked, func() (*config.Config, error) {
		cfg, _, err := a.check("")
		return cfg, err
	}}, func() { signal.Stop(asked) }
}

// check reads the file, else the one in use, and finds all the faults that can be found
// without asking anybody.
func (a *app) check(file string) (*config.Config, *score.Model, error) {
	cfg, err := config.Load(cmp.Or(file, a.config), a.environ)
	_, unresolved := pageResolve(cfg)
	err = errors.Join(err, errors.Join(cfg.LackingSecrets()...), unresolved)
	if err == nil {
		_, err = mappedSources(cfg)
	}
	if err != nil {
		err = fmt.Errorf("the configuration has faults:\n%w", err)
	}
	model, modelErr := compileModel(cfg.Scoring, cfg.Partners)
	return cfg, model, errors.Join(err, modelErr)
}

// halves are what a process does: answer, work, or both.
type halves struct{ api, work bool }

// door leads every request to the parts of the newest configuration.
type door struct {
	mu sync.RWMutex
	to *service
}

func (d *door) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	d.mu.RLock()
	to := d.to
	to.inFlight.Add(1)
	d.mu.RUnlock()
	defer to.inFlight.Done()
	to.handler.ServeHTTP(w, r)
}

// open leads to the new parts from now on, and returns the ones before.
func (d *door) open(to *service) (before *service) {
	d.mu.Lock()
	defer d.mu.Unlock()
	before, d.to = d.to, to
	return before
}

// serve answers HTTP, and works if it is to, until ctx ends; then what is under way
// may end. started is told the address.
//
// A reload is a restart of all but records, queue and listener: the parts of the new
// configuration begin beside the old ones, as another process would, then those end.
func (g *ground) serve(ctx context.Context, first *config.Config, h halves, started func(addr string), again reloads) error {
	listener, err := listen(first.Env.Addr)
	if err != nil {
		return err
	}
	defer listener.Close()
	if h.work {
		g.measure()
	}
	at := &door{}
	if at.to, err = g.begun(ctx, first, h); err != nil {
		return err
	}
	defer func() { at.to.close() }()
	server := newServer(g.traced(at), readWithin)
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	g.log.Info("ready", "addr", "http://"+listener.Addr().String())
	if started != nil {
		started(listener.Addr().String())
	}
	for {
		select {
		case err := <-failed:
			return fmt.Errorf("serve: %w", err)
		case <-ctx.Done():
			end, cancel := context.WithTimeout(context.WithoutCancel(ctx), stopWithin)
			defer cancel()
			return server.Shutdown(end)
		case <-again.asked:
			next, err := g.reload(ctx, first, h, again)
			if err != nil {
				g.reject(err)
				continue
			}
			before := at.open(next)
			g.log.Info("the configuration was read again and holds; what is under way ends with the one before", "model", next.rules.String())
			before.close()
		}
	}
}

// begun joins the parts and starts them; after an error nothing of them is left.
func (g *ground) begun(ctx context.Context, cfg *config.Config, h halves) (*service, error) {
	s, err := g.assemble(cfg)
	if err == nil {
		err = s.begin(ctx, h)
	}
	if err != nil {
		s.close()
		return nil, err
	}
	return s, nil
}

// reload starts the parts of the configuration as it is now. What first has opened stays.
func (g *ground) reload(ctx context.Context, first *config.Config, h halves, again reloads) (*service, error) {
	cfg, err := again.load()
	if err != nil {
		return nil, err
	}
	for _, fixed := range []struct {
		name    string
		changed bool
	}{
		{"DATABASE_URL", cfg.Env.DatabaseURL != first.Env.DatabaseURL},
		{"REDIS_URL", cfg.Env.RedisURL != first.Env.RedisURL},
		{"database.connections", cfg.Database != first.Database},
	} {
		if fixed.changed {
			g.log.Warn("this changes with a restart only; what the process began with stays", "setting", fixed.name)
		}
	}
	return g.begun(ctx, cfg, h)
}

// reject says all that is wrong with a new configuration, a line each.
func (g *ground) reject(err error) {
	for line := range strings.Lines(err.Error()) {
		g.log.Error("fault in the new configuration", "fault", strings.TrimSpace(line))
	}
	g.log.Error("the configuration was not changed: the one before stays in use; mend the faults and send SIGHUP again")
}
