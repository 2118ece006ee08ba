package main

import (
	"cmp"
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"slices"
	"sync"
	"time"

	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"go.opentelemetry.io/otel/trace"

	"leadtriage/config"
	"leadtriage/internal/attribution"
	"leadtriage/internal/clock"
	"leadtriage/internal/crm"
	"leadtriage/internal/enrich"
	"leadtriage/internal/facts"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/internal/page"
	"leadtriage/internal/partner"
	"leadtriage/internal/review"
	"leadtriage/internal/score"
	"leadtriage/internal/slack"
	"leadtriage/internal/store"
	"leadtriage/worker"
)

// ground is what of a process outlives a reload of its configuration.
type ground struct {
	log     *slog.Logger
	now     func() time.Time
	records *store.Store
	redis   *queueRedis
	metrics *prometheus.Registry
	counted *worker.Metrics
	asked   *prometheus.CounterVec // questions to data providers
	gauges  *crmGauges
	spans   trace.TracerProvider
	closers []func()
}

// service is the parts of one process, joined as the operator configured them.
type service struct {
	*ground
	cfg      *config.Config
	tasks    *worker.Client
	flow     *worker.Flow
	rules    *score.Model
	enrich   *enrich.Enricher
	poster   *slack.Poster   // nil: no Slack
	digests  *review.Digests // nil: none
	pace     *outbox.Pace
	groups   *slack.Groups // nil: no reviewers by user group
	partners *partner.Policy
	handler  http.Handler
	inFlight sync.WaitGroup // requests
	ends     []func()
}

// prepare opens records and queue. What it opened is closed by close, also after an error.
func prepare(ctx context.Context, cfg *config.Config, log *slog.Logger, now func() time.Time) (*ground, error) {
	g := &ground{log: log, now: now, metrics: prometheus.NewRegistry()}
	var err error
	var flush func()
	if g.spans, flush, err = startTracing(ctx, log); err != nil {
		return g, err
	}
	g.closers = append(g.closers, flush)
	if g.records, err = store.Open(ctx, cfg.Env.DatabaseURL.Reveal(), cfg.Database.Connections); err != nil {
		return g, err
	}
	g.closers = append(g.closers, func() { g.records.Close() })
	if g.redis, err = openRedis(ctx, cfg, log); err != nil {
		return g, err
	}
	g.closers = append(g.closers, g.redis.close)
	g.metrics.MustRegister(collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	g.counted, g.asked, g.gauges = worker.NewMetrics(g.metrics, nil), providerCounter(g.metrics), newCRMGauges(g.metrics)
	return g, nil
}

// assemble joins the parts. What it began is ended by close, also after an error.
func (g *ground) assemble(cfg *config.Config) (*service, error) {
	s := &service{ground: g, cfg: cfg}
	var err error
	if s.rules, err = compileModel(cfg.Scoring, cfg.Partners); err != nil {
		return s, err
	}
	enricher, err := s.enricher()
	if err != nil {
		return s, err
	}
	s.tasks = worker.NewClient(s.redis.client, cfg.Enrichment.Timeout)
	metrics := g.counted.For(partnerIDs(cfg))
	if err := s.join(s.book(enricher, metrics), s.tasks, metrics); err != nil {
		return s, err
	}
	for _, w := range cfg.Warnings() {
		g.log.Warn(w)
	}
	return s, nil
}

// join makes a flow of the parts, with all kinds of effects that the configuration has
// a way for. A new kind is registered here.
func (s *service) join(known worker.Facts, tasks worker.Tasks, metrics *worker.Metrics) error {
	cfg := s.cfg
	s.flow = &worker.Flow{
		Records: s.records, Facts: known, Rules: rules{s.rules, attributionRules(cfg, s.rules)}, Tasks: tasks,
		Reviewers: reviewers(cfg), Policy: policy(cfg), Metrics: metrics, Log: s.log, Now: s.now,
	}
	s.partners = partnerPolicy(cfg)
	s.records.SetClaim(cfg.Updates.Claim)
	var sides []outbox.Kind
	messages, err := s.messages(metrics)
	if err != nil {
		return err
	}
	if messages != nil {
		sides = append(sides, messages.Kinds()...)
	}
	for _, t := range cfg.Targets() {
		target := crm.Target{Name: t.Name, URL: t.URL.Reveal(), Events: t.Events}
		for _, secret := range t.Secrets {
			target.Secrets = append(target.Secrets, secret.Reveal())
		}
		webhook, err := crm.NewWebhook(target, s.now)
		if err != nil {
			return err
		}
		sides = append(sides, webhook.Kind(s.records, cfg.Review.Undo, s.crmPaused(string(lead.LaneOf(t.Name))), s.log))
		if slices.Contains(t.Events, partner.StatusEvent) {
			sides = append(sides, s.partners.Hook(t.Name, webhook, s.now, s.log))
		}
	}
	for _, t := range s.crms() {
		sides = append(sides, t.Kinds(s.crmPaused(t.Name), s.log)...)
	}
	if cfg.Env.SMTPURL != "" && cfg.Updates.From != "" {
		letters, err := partner.NewMail(cfg.Env.SMTPURL.Reveal(), cfg.Updates.From, s.partners, s.records, s.now)
		if err != nil {
			return err
		}
		sides = append(sides, letters.Kinds(s.crmPaused("mail"), s.log)...)
	}
	desk, err := s.owners()
	if err != nil {
		return err
	}
	if desk != nil {
		s.flow.Policy.Owners = desk
		sides = append(sides, desk.Kinds()...)
	}
	s.flow.Kinds = sides
	return nil
}

// messages are those to reviewers; nil: no Slack.
func (s *service) messages(metrics *worker.Metrics) (*review.Messages, error) {
	cfg := s.cfg
	if cfg.Env.SlackBotToken == "" || cfg.Slack.Channel == "" {
		return nil, nil
	}
	calendar, err := cfg.Review.Hours.Calendar()
	if err != nil {
		return nil, fmt.Errorf("review.hours: %w", err)
	}
	s.poster = slack.New(slack.Options{
		Token: cfg.Env.SlackBotToken.Reveal(), AppToken: cfg.Env.SlackAppToken.Reveal(), APIURL: cfg.Env.SlackAPIURL,
		Card: cardOptions(cfg, s.rules), Locale: s.locale, Logger: s.log, Now: s.now,
	})
	if ids := cfg.ReviewerGroups(); len(ids) > 0 {
		s.groups = slack.NewGroups(s.poster, ids)
		s.flow.Reviewers.Groups = s.groups
	}
	if s.redis != nil {
		s.pace = outbox.NewPace(s.redis.client, cfg.Slack.Rate)
	}
	m := &review.Messages{
		Slack: s.poster, Pace: s.pace, Reviewers: s.flow.Reviewers, Blocked: s.records.BlockedBecause, Outage: metrics.Outage, Log: s.log, Now: s.now,
		Policy: review.Policy{Undo: cfg.Review.Undo, RemindAfter: cfg.Review.RemindAfter, BackupAfter: cfg.Review.BackupAfter, Hours: calendar},
	}
	if at, err := clock.ParseClock(cfg.Review.Digest); err == nil { // empty: no digest
		daily := clock.Daily{Calendar: calendar, At: at}
		s.digests = &review.Digests{Almanac: s.records, News: s.records.Reads, Poster: s.poster, Daily: daily, Messages: m}
	}
	return m, nil
}

// rules are the scoring model and the division of credit.
type rules struct {
	*score.Model
	*attribution.Rules
}

func reviewers(cfg *config.Config) *lead.Reviewers {
	r := &lead.Reviewers{Channel: cmp.Or(cfg.Slack.Channel, "slack"), Channels: map[string]string{}}
	for _, k := range cfg.Env.APIKeys {
		if slices.Contains(k.Roles, config.Decide) {
			r.Deciders = append(r.Deciders, lead.Decider{By: lead.KeyActor + k.Name})
		}
	}
	for _, p := range cfg.Reviewers {
		scope := lead.Scope{Partners: p.Partners, Channels: p.Channels}
		by := p.User
		if p.Subject != "" {
			by = lead.SubjectActor + p.Subject
		}
		r.Deciders = append(r.Deciders, lead.Decider{By: by, Group: p.Group, Scope: scope, Backup: p.Backup})
	}
	for _, ch := range cfg.Slack.Channels {
		for _, partner := range ch.Partners {
			r.Channels[partner] = ch.ID
		}
	}
	return r
}

func policy(cfg *config.Config) worker.Policy {
	return worker.Policy{
		Deadline: cfg.Review.Deadline, Undo: cfg.Review.Undo,
		EnrichGiveUp: cfg.Enrichment.GiveUp, RulesOverCap: cfg.Enrichment.OnCap == config.RulesOnCap,
		Threads: cfg.Slack.Threads,
	}
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

// close ends what prepare opened, newest first.
func (g *ground) close() { endAll(g.closers) }

// close ends what assemble and begin began, newest first.
func (s *service) close() { endAll(s.ends) }

func endAll(ends []func()) {
	for _, end := range slices.Backward(ends) {
		end()
	}
}

// ready has database and queue do what work needs: one that answers and takes no
// writes is not ready. Slack or the model being down never closes the intake.
func (g *ground) ready(ctx context.Context) error {
	ctx, cancel := context.WithTimeout(ctx, 3*time.Second)
	defer cancel()
	if err := g.records.Writable(ctx); err != nil {
		return err
	}
	return g.redis.takesTasks(ctx)
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
	reader, err := pageReader(s.cfg, s.log)
	if err != nil {
		return nil, err
	}
	s.ends = append(s.ends, reader.Close)
	asked, err := providers(e.Providers, s.log, s.now, s.countQuestion)
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
	return enrich.Limits{Rounds: e.MaxRounds, Tokens: e.MaxTokens, Timeout: e.Timeout, Side: e.Concurrency}
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

func pageReader(cfg *config.Config, log *slog.Logger) (*page.Reader, error) {
	resolve, err := pageResolve(cfg)
	if err != nil {
		return nil, err
	}
	p := cfg.Enrichment.Pages
	return page.NewReader(page.Options{
		Resolve: resolve, Timeout: p.Timeout, MaxBytes: int64(p.Bytes), MaxRunes: p.Letters,
		MaxRedirects: p.Redirects, MaxPages: p.Most, Delay: p.Delay, UserAgent: p.UserAgent, Logger: log,
	}), nil
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
