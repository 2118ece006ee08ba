package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/trace"

	"leadtriage/config"
	"leadtriage/internal/attribution"
	"leadtriage/internal/crm"
	"leadtriage/internal/enrich"
	"leadtriage/internal/facts"
	"leadtriage/internal/hours"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/page"
	"leadtriage/internal/score"
	"leadtriage/internal/slack"
	"leadtriage/internal/store"
	"leadtriage/worker"
)

// service is one process: its parts, joined as the operator configured them.
type service struct {
	cfg     *config.Config
	log     *slog.Logger
	now     func() time.Time
	records *store.Store
	redis   *queueRedis
	tasks   *worker.Client
	flow    *worker.Flow
	rules   *score.Model
	enrich  *enrich.Enricher
	poster  *slack.Poster // nil: no Slack
	groups  *slack.Groups // nil: no reviewers by user group
	metrics *prometheus.Registry
	spans   trace.TracerProvider
	closers []func()
}

// assemble opens records and queue and joins the parts. What it opened is
// closed by close, also after an error.
func assemble(ctx context.Context, cfg *config.Config, log *slog.Logger, now func() time.Time) (*service, error) {
	s := &service{cfg: cfg, log: log, now: now, metrics: prometheus.NewRegistry()}
	var err error
	var flush func()
	if s.spans, flush, err = startTracing(ctx, log); err != nil {
		return s, err
	}
	s.closers = append(s.closers, flush)
	if s.rules, err = compileModel(cfg.Scoring); err != nil {
		return s, err
	}
	if s.records, err = store.Open(ctx, cfg.Env.DatabaseURL.Reveal()); err != nil {
		return s, err
	}
	s.closers = append(s.closers, func() { s.records.Close() })
	if s.redis, err = openRedis(ctx, cfg, log); err != nil {
		return s, err
	}
	s.closers = append(s.closers, s.redis.close)
	s.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	enricher, err := s.enricher()
	if err != nil {
		return s, err
	}
	s.tasks = worker.NewClient(s.redis.client, cfg.Enrichment.Timeout)
	s.flow = &worker.Flow{
		Records: s.records, Rules: s.rules, Attribution: attributionRules(cfg, s.rules), Tasks: s.tasks,
		Pace:    worker.NewPace(s.redis.client, cfg.Slack.Rate),
		Policy:  policy(cfg),
		Metrics: worker.NewMetrics(s.metrics, partnerIDs(cfg)),
		Log:     log, Now: now,
	}
	s.flow.Facts = s.book(enricher, s.flow.Metrics)
	calendar, err := cfg.Review.Hours.Calendar()
	if err != nil {
		return s, fmt.Errorf("review.hours: %w", err)
	}
	if cfg.Env.SlackBotToken != "" && cfg.Slack.Channel != "" {
		s.poster = slack.New(slack.Options{
			Token: cfg.Env.SlackBotToken.Reveal(), AppToken: cfg.Env.SlackAppToken.Reveal(), APIURL: cfg.Env.SlackAPIURL,
			Card: cardOptions(cfg, s.rules), Locale: s.locale, Logger: log, Now: now,
		})
		s.flow.Cards, s.flow.Threads, s.flow.Hours = s.poster, s.poster, calendar
		if ids := cfg.ReviewerGroups(); len(ids) > 0 {
			s.groups = slack.NewGroups(s.poster, ids)
			s.flow.Groups = s.groups
		}
		if at, err := hours.ParseClock(cfg.Review.Digest); err == nil { // empty: no digest
			s.flow.Digest = worker.Digest{Almanac: s.records, News: s.records.Reads, Digests: s.poster, Daily: hours.Daily{Calendar: calendar, At: at}}
		}
	}
	if cfg.Env.WebhookURL != "" {
		webhook, err := crm.NewWebhook(cfg.Env.WebhookURL.Reveal(), cfg.Env.WebhookSecret.Reveal(), now)
		if err != nil {
			return s, err
		}
		s.flow.Kinds = append(s.flow.Kinds, outbox.Kind{Name: lead.WebhookEffect, Lane: outbox.NewLane(lead.WebhookLane, 16).WithBreaker(log),
			Do: func(ctx context.Context, a *outbox.Attempt) error { return webhook.Deliver(ctx, a.Effect, a.Dossier) }})
	}
	for _, w := range cfg.Warnings() {
		log.Warn(w)
	}
	return s, nil
}

func policy(cfg *config.Config) worker.Policy {
	p := worker.Policy{
		Deadline: cfg.Review.Deadline, Undo: cfg.Review.Undo, ArchiveAfter: cfg.Review.ArchiveAfter,
		EnrichGiveUp: cfg.Enrichment.GiveUp, RulesOverCap: cfg.Enrichment.OnCap == config.RulesOnCap,
		EffectGiveUp: cfg.Webhook.GiveUp, Channel: cfg.Slack.Channel, Webhook: cfg.Env.WebhookURL != "",
		Channels: map[string]string{},
		Threads:  cfg.Slack.Threads, RemindAfter: cfg.Review.RemindAfter, BackupAfter: cfg.Review.BackupAfter,
		Retention: worker.Retention(cfg.Retention),
	}
	if p.Channel == "" {
		p.Channel = "slack"
	}
	for _, k := range cfg.Env.APIKeys {
		if slices.Contains(k.Roles, config.Decide) {
			p.Deciders = append(p.Deciders, worker.Decider{By: lead.KeyActor + k.Name})
		}
	}
	for _, r := range cfg.Reviewers {
		p.Deciders = append(p.Deciders, worker.Decider{By: r.User, Group: r.Group, Scope: lead.Scope{Partners: r.Partners, Channels: r.Channels}, Backup: r.Backup})
	}
	for _, ch := range cfg.Slack.Channels {
		for _, partner := range ch.Partners {
			p.Channels[partner] = ch.ID
		}
	}
	return p
}

// book keeps what is known of companies.
func (s *service) book(enricher facts.Enricher, metrics *worker.Metrics) *facts.Book {
	e := s.cfg.Enrichment
	most := 0.0 // all tokens of both readings are of the dearest kind, and every provider answers
	for _, model := range []string{e.Model, cmp.Or(e.SecondModel, e.Model)} {
		in, out := lead.Usage{PromptTokens: e.MaxTokens}, lead.Usage{CompletionTokens: e.MaxTokens}
		most += max(prices(e.Prices).Cost(model, in), prices(e.Prices).Cost(model, out))
	}
	for _, p := range e.Providers {
		most += p.Cost
	}
	return &facts.Book{
		Records: s.records, Enricher: enricher, Searched: metrics.Searched, Log: s.log, Now: s.now,
		Policy: facts.Policy{
			Fresh:   facts.Lifetimes{Default: e.CompanyTTL.Default(), Fields: e.CompanyTTL.Fields()},
			Timeout: e.Timeout, GiveUp: e.GiveUp, Attempts: e.Attempts,
			DailyCap: e.DailyCap, MostUSD: most, RulesOverCap: e.OnCap == config.RulesOnCap,
		},
	}
}

func attributionRules(cfg *config.Config, m *score.Model) *attribution.Rules {
	var partners []attribution.Partner
	for _, p := range cfg.Partners {
		partners = append(partners, attribution.Partner{ID: p.ID, Sources: p.UTMSources})
	}
	return attribution.New(partners, attribution.Weights(m.Credit()), m.BuyingEvents())
}

func partnerIDs(cfg *config.Config) (ids []string) {
	for _, p := range cfg.Partners {
		ids = append(ids, p.ID)
	}
	return ids
}

// close ends what assemble opened, newest first.
func (s *service) close() {
	for _, end := range slices.Backward(s.closers) {
		end()
	}
}

// ready asks database and queue only: Slack or the model being down never
// closes the intake.
func (s *service) ready(ctx context.Context) error {
	if err := s.records.Ping(ctx); err != nil {
		return fmt.Errorf("the database does not answer: %w", err)
	}
	if err := s.redis.client.Ping(ctx).Err(); err != nil {
		return errors.New("Redis does not answer")
	}
	return nil
}

// enricher reads pages, asks the providers and the model. OpenAI's own host without a key is
// no model: leads are then scored by what was sent.
func (s *service) enricher() (*enrich.Enricher, error) {
	e := s.cfg.Enrichment
	var model enrich.Model
	if at, ok := endpoint(s.cfg, s.log); ok {
		at.HTTP = s.modelClient()
		model = enrich.NewModel(at)
	} else {
		s.log.Warn("no model is configured: facts are what automations send; set OPENAI_API_KEY, or OPENAI_BASE_URL to a server of your own")
	}
	resolve, err := pageResolve(s.cfg)
	if err != nil {
		return nil, err
	}
	reader := page.NewReader(page.Options{
		Resolve: resolve, Timeout: e.Pages.Timeout, MaxBytes: int64(e.Pages.Bytes), MaxRunes: e.Pages.Letters,
		MaxRedirects: e.Pages.Redirects, MaxPages: e.Pages.Most, Delay: e.Pages.Delay, UserAgent: e.Pages.UserAgent, Logger: s.log,
	})
	s.closers = append(s.closers, reader.Close)
	asked, err := providers(e.Providers, s.log, s.now, s.providerCounter())
	if err != nil {
		return nil, err
	}
	s.enrich, err = enrich.New(enrich.Options{Pages: reader, Model: model, SecondModel: e.SecondModel, Exam: exam(s.cfg, s.records),
		Prices: prices(e.Prices), Limits: limits(e), Providers: asked, Logger: s.log, Now: s.now})
	return s.enrich, err
}

// endpoint is the configured one; ok: it is one that can be asked.
func endpoint(cfg *config.Config, log *slog.Logger) (at enrich.Endpoint, ok bool) {
	env, e := cfg.Env, cfg.Enrichment
	at = enrich.Endpoint{Key: env.OpenAIKey.Reveal(), BaseURL: env.OpenAIBaseURL, Model: e.Model, API: enrich.API(e.API),
		Timeout: e.Timeout, MaxOutput: e.MaxOutput, Logger: log}
	return at, at.Key != "" || !config.OpenAIHost(at.BaseURL)
}

func limits(e config.Enrichment) enrich.Limits {
	return enrich.Limits{Rounds: e.MaxRounds, Tokens: e.MaxTokens, Timeout: e.Timeout}
}

// exam is what the model has to pass; nil: any is trusted.
func exam(cfg *config.Config, records enrich.Exams) *enrich.Exam {
	e := cfg.Enrichment
	if e.Exam.Off {
		return nil
	}
	return &enrich.Exam{Sentences: e.Exam.Sentences, Recall: e.Exam.Recall, False: e.Exam.False,
		Endpoint: cfg.Env.OpenAIBaseURL, Model: cmp.Or(e.SecondModel, e.Model), Records: records}
}

func pageResolve(cfg *config.Config) (page.Resolve, error) {
	resolve, err := page.ParseResolve(cfg.Env.PageResolve)
	if err != nil {
		return nil, fmt.Errorf("LEADTRIAGE_PAGE_RESOLVE: %w", err)
	}
	return resolve, nil
}

func prices(configured map[string]config.Price) lead.Prices {
	prices := lead.Prices{}
	for model, p := range configured {
		prices[model] = lead.Price(p)
	}
	return prices
}
