package main

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/prometheus/client_golang/prometheus"

	"leadtriage/internal/crm"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
	"leadtriage/internal/slack"
)

type doctorCmd struct {
	JSON bool `help:"Print the findings as JSON."`
}

// examineWithin bounds all of it: what has not answered by then is broken.
const examineWithin = 9 * time.Second

// diagnosis is how one dependency is, as it will be used.
type diagnosis struct {
	Name  string `json:"name"`
	State state  `json:"state"`
	Says  string `json:"says"`
	Mend  string `json:"mend,omitempty"` // what to do; empty: nothing
}

type state string

const (
	well   state = "ok"
	unsure state = "warning"
	broken state = "broken"
	unused state = "off" // not configured
)

func good(format string, args ...any) diagnosis {
	return diagnosis{State: well, Says: fmt.Sprintf(format, args...)}
}

func warned(mend, format string, args ...any) diagnosis {
	return diagnosis{State: unsure, Says: fmt.Sprintf(format, args...), Mend: mend}
}

func off(says, mend string) diagnosis { return diagnosis{State: unused, Says: says, Mend: mend} }

func ill(err error, mend string) diagnosis {
	return diagnosis{State: broken, Says: strings.Join(strings.Fields(err.Error()), " "), Mend: mend}
}

// Run asks every dependency at once.
func (c doctorCmd) Run(a *app) error {
	ctx, cancel := context.WithTimeout(a.ctx, examineWithin)
	defer cancel()
	cfg, model, err := a.check("")
	found := []diagnosis{good("sound; scoring model %s", model)}
	if err != nil {
		found[0] = ill(err, "mend the faults; `leadtriage config check` shows them a line each")
	}
	found[0].Name = "config"
	if err == nil {
		own := *a
		own.ctx = ctx
		quiet := &ground{log: slog.New(slog.DiscardHandler), now: time.Now, asked: providerCounter(prometheus.NewRegistry())}
		e := &examiner{app: &own, service: &service{cfg: cfg, ground: quiet}}
		checks := []struct {
			name string
			look func(context.Context) diagnosis
		}{
			{"database", e.database}, {"redis", e.queue}, {"model", e.model}, {"price", e.price}, {"slack", e.slack},
			{"webhook", e.webhook}, {"hubspot", e.crm}, {"clock", e.clock}, {"public address", e.public},
		}
		all := make([]diagnosis, len(checks))
		var looking sync.WaitGroup
		for i, check := range checks {
			looking.Go(func() {
				all[i] = check.look(ctx)
				all[i].Name = check.name
			})
		}
		looking.Wait()
		found = append(found, all...)
		for _, w := range cfg.Warnings() {
			found = append(found, diagnosis{"config", unsure, w, "see docs/operating.md"})
		}
	}
	if c.JSON {
		err = printJSON(a, found)
	} else {
		t := a.table("", "what", "how it is", "what to do")
		for _, d := range found {
			t.AppendRow(table.Row{d.State, d.Name, d.Says, d.Mend})
		}
		t.Render()
		err = nil
	}
	if n := len(slices.DeleteFunc(slices.Clone(found), func(d diagnosis) bool { return d.State != broken })); n > 0 {
		err = errors.Join(err, fmt.Errorf("%d of %d are broken: mend what stands beside them", n, len(found)))
	}
	return err
}

// examiner asks each far side as the service will.
type examiner struct {
	*service
	app *app
}

func (e *examiner) database(ctx context.Context) diagnosis {
	const mend = "correct DATABASE_URL, or start the database (docs/operating.md)"
	address := e.cfg.Env.DatabaseURL.Reveal()
	if path, lite := strings.CutPrefix(address, "sqlite://"); lite {
		if _, err := os.Stat(path); errors.Is(err, os.ErrNotExist) {
			return warned("`leadtriage run` makes it; else correct DATABASE_URL", "there is no %s yet", path)
		}
	}
	records, err := e.app.openRecords()
	if err != nil {
		return ill(err, mend)
	}
	defer records.Close()
	if err := records.Writable(ctx); err != nil {
		return ill(err, "let it take writes: free its disk, or name the primary and not a stand-by")
	}
	pooled, err := records.Pooled(ctx)
	switch {
	case err != nil:
		return ill(err, "behind a pooler add default_query_exec_mode=exec to DATABASE_URL")
	case pooled && !strings.Contains(address, "default_query_exec_mode="):
		return warned("add default_query_exec_mode=exec to DATABASE_URL if the pooler works by transaction", "reachable, writable, schema up to date; behind a pooler")
	case pooled:
		return good("reachable through a pooler, writable, schema up to date")
	}
	return good("reachable, writable, schema up to date")
}

func (e *examiner) queue(ctx context.Context) diagnosis {
	if e.cfg.Env.RedisURL == "" {
		return off("the queue lives in the process of `run`", "for several machines set REDIS_URL")
	}
	r, err := openRedis(ctx, e.cfg, e.log)
	if err != nil {
		return ill(err, "start Redis, or correct REDIS_URL")
	}
	defer r.close()
	if err := r.takesTasks(ctx); err != nil {
		return ill(err, "let it take writes: free its memory, or name the master")
	}
	version := "unknown"
	info, _ := r.client.Info(ctx, "server").Result()
	for line := range strings.Lines(info) {
		if v, ok := strings.CutPrefix(line, "redis_version:"); ok {
			version = strings.TrimSpace(v)
		}
	}
	policy, err := r.client.ConfigGet(ctx, "maxmemory-policy").Result()
	kept, err2 := r.client.ConfigGet(ctx, "appendonly").Result()
	switch {
	case err != nil || err2 != nil:
		return warned("look in its console: maxmemory-policy noeviction, append-only file on", "Redis %s takes tasks; it does not tell its settings", version)
	case policy["maxmemory-policy"] != "noeviction":
		return warned("set maxmemory-policy noeviction: else it drops tasks, which the sweep has to find", "Redis %s takes tasks; maxmemory-policy is %s", version, policy["maxmemory-policy"])
	case kept["appendonly"] != "yes":
		return warned("set appendonly yes: else a restart costs half a minute of delay", "Redis %s takes tasks; it keeps no append-only file", version)
	}
	return good("Redis %s takes tasks, keeps them over a restart and evicts none", version)
}

// model has one sentence read by the function and in the strict form of the second reading.
func (e *examiner) model(ctx context.Context) diagnosis {
	if _, ok := endpoint(e.cfg, e.log); !ok {
		return off("no model: facts are what automations send", "set OPENAI_API_KEY, or OPENAI_BASE_URL to a server of your own")
	}
	began := time.Now()
	cfg := *e.cfg
	cfg.Enrichment.Exam.Off = true // it takes longer; `usage` shows its result
	s := &service{ground: e.ground, cfg: &cfg}
	defer s.close()
	enricher, err := s.enricher()
	if err == nil {
		_, _, err = enricher.ReadSentences(ctx, evidence.Exam()[:1])
	}
	if err != nil {
		return ill(err, "check OPENAI_BASE_URL (with its /v1), OPENAI_API_KEY, OPENAI_MODEL and the account")
	}
	return good("%s called its function as asked, in %s", e.cfg.Enrichment.Model, time.Since(began).Round(time.Millisecond))
}

func (e *examiner) price(context.Context) diagnosis {
	for _, model := range []string{e.cfg.Enrichment.Model, e.cfg.Enrichment.SecondModel} {
		if model != "" && prices(e.cfg.Enrichment.Prices).Cost(model, lead.Usage{PromptTokens: 1, CompletionTokens: 1}) == 0 {
			return warned("give it a price in enrichment.prices, unless it is free", "%s has no price: its costs are counted as 0, and daily_cap never holds it", model)
		}
	}
	return good("known")
}

func (e *examiner) slack(ctx context.Context) diagnosis {
	if e.cfg.Env.SlackBotToken == "" || e.cfg.Slack.Channel == "" {
		return off("no cards are posted", "set SLACK_BOT_TOKEN and SLACK_CHANNEL (docs/slack.md)")
	}
	poster := slack.New(slack.Options{Token: e.cfg.Env.SlackBotToken.Reveal(), APIURL: e.cfg.Env.SlackAPIURL})
	lacking, err := poster.Check(ctx, len(e.cfg.ReviewerGroups()) > 0)
	if err != nil {
		return ill(err, "take the Bot User OAuth Token of the app into SLACK_BOT_TOKEN")
	}
	if len(lacking) > 0 {
		return ill(fmt.Errorf("the app lacks the scopes %s", strings.Join(lacking, ", ")), "install it again with slack-manifest.yaml")
	}
	channels := []string{e.cfg.Slack.Channel}
	for _, c := range e.cfg.Slack.Channels {
		channels = append(channels, c.ID)
	}
	for _, c := range channels {
		if _, _, err := poster.Find(ctx, c, "doctor", 1, time.Now()); err != nil {
			return ill(fmt.Errorf("channel %s: %w", c, err), "invite the app there (/invite @leadtriage), or correct the channel's id")
		}
	}
	return good("token and scopes are good, and the app reads %d of %d channels", len(channels), len(channels))
}

// webhook opens a connection to where decisions go, and sends nothing.
func (e *examiner) webhook(ctx context.Context) diagnosis {
	if e.cfg.Env.WebhookURL == "" {
		return off("decisions are recorded and sent nowhere", "set LEADTRIAGE_WEBHOOK_URL")
	}
	u, err := url.Parse(e.cfg.Env.WebhookURL.Reveal())
	if err != nil {
		return ill(errors.New("LEADTRIAGE_WEBHOOK_URL is no address"), "correct it")
	}
	port := u.Port()
	if port == "" {
		port = map[string]string{"https": "443", "http": "80"}[u.Scheme]
	}
	c, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(u.Hostname(), port))
	if err != nil {
		return ill(err, "correct LEADTRIAGE_WEBHOOK_URL, or start what answers there; deliveries wait meanwhile")
	}
	c.Close()
	return good("%s answers", u.Hostname())
}

func (e *examiner) crm(ctx context.Context) diagnosis {
	accounts := e.accounts()
	if len(accounts) == 0 {
		return off("no CRM is written to directly", "set HUBSPOT_TOKEN (docs/crm-hubspot.md) or SALESFORCE_URL (docs/crm-salesforce.md)")
	}
	var lacking []string
	var err error
	for _, at := range accounts {
		err = errors.Join(err, at.Check(ctx, func(f crm.Finding) {
			if f.Mend != "" {
				lacking = append(lacking, f.What)
			}
		}))
	}
	if err = ready(len(lacking), err); err != nil {
		return ill(fmt.Errorf("%w: %s", err, strings.Join(lacking, ", ")), "`leadtriage crm check` says how; `leadtriage crm setup` makes what it may")
	}
	return good("has all that is written and asked")
}

const (
	tellSkew = 30 * time.Second // from here on it is told of
	mostSkew = 4 * time.Minute  // Slack and webhooks refuse what is five minutes off
)

// clock compares ours with that of the first far side that answers.
func (e *examiner) clock(ctx context.Context) diagnosis {
	for _, at := range []string{e.cfg.Env.SlackAPIURL + "api.test", e.cfg.Env.OpenAIBaseURL + "/models"} {
		date, err := dateOf(ctx, at)
		if err != nil {
			continue
		}
		const mend = "set the machine's clock, and keep it by NTP"
		switch skew := time.Since(date).Abs().Round(time.Second); {
		case skew > mostSkew:
			return ill(fmt.Errorf("our clock is %s off: signatures are refused", skew), mend)
		case skew > tellSkew:
			return warned(mend, "our clock is %s off", skew)
		}
		return good("agrees with that of %s", hostOf(at))
	}
	return warned("let this machine reach them", "neither Slack nor the model's endpoint tells the time")
}

func dateOf(ctx context.Context, at string) (time.Time, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at, nil)
	if err != nil {
		return time.Time{}, err
	}
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	res.Body.Close()
	return http.ParseTime(res.Header.Get("Date"))
}

func hostOf(address string) string {
	u, err := url.Parse(address)
	if err != nil {
		return ""
	}
	return u.Host
}

func (e *examiner) public(ctx context.Context) diagnosis {
	at := strings.TrimRight(e.app.variable("LEADTRIAGE_EXTERNAL_URL"), "/")
	if at == "" {
		return off("none is set; Socket Mode needs none", "")
	}
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, at+"/healthz", nil)
	if err == nil {
		var res *http.Response
		if res, err = http.DefaultClient.Do(req); err == nil {
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				return good("%s reaches the API", hostOf(at))
			}
			err = fmt.Errorf("%s/healthz answers %d", hostOf(at), res.StatusCode)
		}
	}
	return ill(err, "start the API, or correct LEADTRIAGE_EXTERNAL_URL or the proxy before it")
}
