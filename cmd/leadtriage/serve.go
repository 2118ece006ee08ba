package main

import (
	"context"
	"fmt"
	"net"
	"net/http"
	"net/netip"
	"time"

	"github.com/hibiken/asynq"
	"github.com/hibiken/asynqmon"
	"github.com/prometheus/client_golang/prometheus/promhttp"

	"leadtriage/config"
	"leadtriage/internal/intake"
	"leadtriage/internal/review"
	"leadtriage/internal/score"
	"leadtriage/internal/slack"
	"leadtriage/worker"
)

// stopWithin is how long a stopping process lets requests and tasks end. What
// does not end by then is found by the sweep.
const stopWithin = 20 * time.Second

// api builds every HTTP route, and the answers to what people do in Slack.
func (s *service) api() (http.Handler, *slack.Actions, error) {
	sources, err := mappedSources(s.cfg)
	if err != nil {
		return nil, nil, err
	}
	a, err := intake.New(intake.Options{
		Flow: s.flow, Records: s.records.Reads, Ledger: s.records, Logger: s.log, Keys: s.keys(), Sources: sources, TokenPages: s.partnerPages(), Rules: intakeRules(s.cfg, s.rules), Ready: s.ready,
		MaxBatch: int64(s.cfg.Limits.Batch), Rate: s.cfg.Limits.Rate, Burst: s.cfg.Limits.Burst, Proxies: proxies(s.cfg), Version: version(), Now: s.now,
	})
	if err != nil {
		return nil, nil, err
	}
	a.Handle("GET /metrics", promhttp.HandlerFor(s.metrics, promhttp.HandlerOpts{}))
	a.HandleGuarded("/queues/", intake.Operate, s.queuePages())
	pages, err := s.console(a)
	if err != nil {
		return nil, nil, err
	}
	a.Handle("/console/", pages)
	var actions *slack.Actions
	if s.poster != nil {
		actions = slack.NewActions(s.flow, s.poster, slack.ActionOptions{
			SigningSecret: s.cfg.Env.SlackSigningSecret.Reveal(), Reasons: reasons(s.cfg), Records: s.records.Reads,
			Colleagues: colleagues(s.cfg), Reviewers: s.flow.Reviewers, Groups: s.groups, AskPartner: s.flow.AskPartner, AskOverride: s.cfg.Review.AskOverride, Logger: s.log,
		})
		a.Handle("POST /slack/interactions", actions)
		a.Handle("POST /slack/commands", actions.Commands())
		a.Handle("POST /slack/events", actions.EventsAPI())
	}
	return a, actions, nil
}

// queuePages is asynqmon, for looking only.
func (s *service) queuePages() http.Handler {
	pages := asynqmon.New(asynqmon.Options{RootPath: "/queues", RedisConnOpt: s.redis.open, ReadOnly: true})
	s.ends = append(s.ends, func() { pages.Close() })
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", queuesPolicy)
		pages.ServeHTTP(w, r)
	})
}

// queuesPolicy keeps the pages of asynqmon from asking another host for its fonts.
const queuesPolicy = "default-src 'self'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; img-src 'self' data:"

func (s *service) keys() (keys []intake.Key) {
	for _, k := range s.cfg.Env.APIKeys {
		key := intake.Key{Name: k.Name, Key: k.Key.Reveal(), Partners: k.Partners, Source: s.cfg.Intake.Source[k.Name]}
		for _, r := range k.Roles {
			key.Roles = append(key.Roles, intake.Role(r))
		}
		keys = append(keys, key)
	}
	return keys
}

func proxies(cfg *config.Config) (networks []netip.Prefix) {
	for _, s := range cfg.Limits.Proxies {
		if n, err := config.Network(s); err == nil { // checked with the configuration
			networks = append(networks, n)
		}
	}
	return networks
}

func reasons(cfg *config.Config) (reasons []slack.Reason) {
	for _, r := range cfg.Review.RejectReasons {
		reasons = append(reasons, slack.Reason{ID: r.ID, Label: r.Label})
	}
	return reasons
}

// locale is the language of a person in a channel: their own, else that of the
// channel's cards.
func (s *service) locale(user, channel string) string {
	for _, r := range s.cfg.Reviewers {
		theirs := r.User == user || r.Group != "" && s.groups != nil && s.groups.Member(r.Group, user)
		if user != "" && theirs && r.Locale != "" {
			return r.Locale
		}
	}
	for _, c := range s.cfg.Slack.Channels {
		if c.ID == channel && c.Locale != "" {
			return c.Locale
		}
	}
	return s.cfg.Slack.Locale
}

func cardOptions(cfg *config.Config, rules *score.Model) slack.CardOptions {
	names := map[string]string{}
	for _, p := range cfg.Partners {
		names[p.ID] = p.Name
	}
	return slack.CardOptions{
		NoReviewers: len(cfg.Reviewers) == 0, Reasons: reasons(cfg), ICPMax: rules.ICPMax(), IntentMax: rules.IntentMax(),
		Partner: func(id string) string { return names[id] }, Undo: cfg.Review.Undo, Questions: partnerQuestions(cfg),
	}
}

// readWithin is how long a request may take to arrive, headers and body: nobody
// holds a connection longer, with or without a key. A batch sets its own times.
const readWithin = 30 * time.Second

// newServer bounds what every server of the program waits for.
func newServer(h http.Handler, read time.Duration) *http.Server {
	return &http.Server{Handler: h, ReadHeaderTimeout: read / 3, ReadTimeout: read, WriteTimeout: 2 * read, IdleTimeout: 2 * read}
}

func listen(addr string) (net.Listener, error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("listen (set LEADTRIAGE_ADDR): %w", err)
	}
	return listener, nil
}

// begin starts what the halves do in the background; close ends it.
func (s *service) begin(ctx context.Context, h halves) (err error) {
	ctx, cancel := context.WithCancel(ctx)
	defer func() { s.ends = append(s.ends, cancel) }() // first of all
	s.handler = s.probes()
	var actions *slack.Actions
	if h.api {
		if s.handler, actions, err = s.api(); err != nil {
			return err
		}
	}
	if actions != nil {
		s.ends = append(s.ends, func() { s.endActions(actions) })
		go s.checkSlack(ctx)
		if s.groups != nil {
			go s.groups.Run(ctx)
		}
		if s.cfg.Env.SlackAppToken != "" {
			go func() {
				if err := actions.Socket(ctx); err != nil && ctx.Err() == nil {
					s.log.Error("Socket Mode ended", "error", err)
				}
			}()
		}
	}
	if h.work {
		s.checkTargets(ctx)
		stop, err := s.startWork(ctx)
		if err != nil {
			return err
		}
		s.ends = append(s.ends, stop)
	}
	return nil
}

// endActions lets requests end, and what follows them.
func (s *service) endActions(actions *slack.Actions) {
	ctx, cancel := context.WithTimeout(context.Background(), stopWithin)
	defer cancel()
	answered := make(chan struct{})
	go func() { s.inFlight.Wait(); close(answered) }()
	select {
	case <-answered:
	case <-ctx.Done():
	}
	if err := actions.Close(ctx); err != nil {
		s.log.Warn("not everybody was told what became of a click", "error", err)
	}
}

// checkSlack tells the operator early what would keep cards from going out.
func (s *service) checkSlack(ctx context.Context) {
	ctx, cancel := context.WithTimeout(ctx, 15*time.Second)
	defer cancel()
	lacking, err := s.poster.Check(ctx, slack.Wanted{Groups: s.groups != nil, Owners: s.flow.Policy.Owners != nil})
	switch {
	case err != nil:
		s.log.Warn("Slack did not accept the token; cards wait", "error", err)
	case len(lacking) > 0:
		s.log.Warn("the Slack app lacks scopes; install it again with slack-manifest.yaml", "scopes", lacking)
	}
}

// measure registers what is read from the records and the queue when it is asked for.
func (g *ground) measure() {
	reads := g.records.Reads
	g.metrics.MustRegister(worker.QueueCollector{Inspector: asynq.NewInspectorFromRedisClient(g.redis.client)},
		worker.PendingReviews(reads.OpenReviews), worker.FailedEffects(reads.FailedEffects), worker.PausedEnrichment(reads.Pauses, g.now))
}

// startWork runs the queue's workers until ctx ends and the returned stop is called.
func (s *service) startWork(ctx context.Context) (stop func(), err error) {
	examined := make(chan struct{})
	go func() {
		defer close(examined)
		if _, err := s.enrich.Examine(ctx, ctx); err != nil && ctx.Err() == nil {
			s.log.Warn("the model could not be examined; the next lead tries again, until then facts wait for their second reading", "error", err)
		}
	}()
	work := worker.Work{
		Flow: s.flow, Outbox: s.flow.Outbox(s.records, s.cfg.Webhook.GiveUp), Backlog: s.records, Pace: s.pace,
		Upkeep: &worker.Upkeep{
			Flow: s.flow, Chores: s.records, Outgrown: s.records, Tasks: s.tasks,
			ArchiveAfter: s.cfg.Review.ArchiveAfter, Retention: worker.Retention(s.cfg.Retention), Polls: s.polls(),
		},
	}
	if s.digests != nil {
		work.Digests = s.digests
	}
	queue := worker.NewQueue(s.redis.client, s.tasks, work, worker.QueueOptions{
		Enrichers: s.cfg.Enrichment.Concurrency, Messages: review.Side, Shutdown: stopWithin, Spans: s.spans, Log: s.log, Now: s.now,
	})
	if err := queue.Start(ctx); err != nil {
		return nil, err
	}
	return func() {
		queue.Stop()
		<-examined // it ends with ctx, and says on record that it did
	}, nil
}
