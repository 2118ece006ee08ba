package main

import (
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/config"
	"leadtriage/internal/sim"
	"leadtriage/internal/slack"
	"leadtriage/internal/store"
)

type demoCmd struct {
	Once   bool   `help:"Let a scripted reviewer decide, print what happened as a table, and end."`
	Addr   string `help:"Where the channel page is served; the API is at the next port." default:"127.0.0.1:8088" placeholder:"HOST:PORT"`
	Locale string `help:"Language of the cards: en or it; default: slack.locale." enum:",en,it" default:"" placeholder:"LOCALE"`
}

// The demo's workspace and keys. They open nothing but the demo.
const (
	demoChannel       = "C0PARTNERS"
	demoReviewer      = "U0ADA"
	demoBotToken      = "xoxb-demo"
	demoAppToken      = "xapp-demo"
	demoSigningSecret = "demo-signing-secret"
	demoModelKey      = "sk-demo"
	demoCRMKey        = "demo-crm-automation"
	demoOperatorKey   = "demo-operator"
	demoHubSpotToken  = "pat-demo"
	demoWebhookSecret = "whsec_ZGVtby13ZWJob29rLXNlY3JldC1vZi10aGUtZGVtbw=="
)

// demoConfig differs from the defaults in what a demo needs: known partners, a
// decision that shows soon what the CRM receives, and a digest while somebody looks.
const demoConfig = `
partners:
  - {id: acme-integrations, name: Acme Integrations, tiers: [gold, silver], utm_sources: [acme]}
  - {id: brightside-agency, name: Brightside Agency, tiers: [certified], utm_sources: [brightside]}
  - {id: cloudmarket, name: CloudMarket, tiers: [listed], utm_sources: [cloudmarket]}
review:
  undo: %s
  digest: %q
  hours: {days: [mon, tue, wed, thu, fri, sat, sun], from: "00:00", to: "24:00"}
slack:
  rate: 5
partner_updates: {us: Northgate Software, claim: 90d, without_consent: everything}
routing:
  people:
    - {id: dana, email: dana@northgate.example, name: Dana Weber, slack: U0DANA}
    - {id: lee, email: lee@northgate.example, name: Lee Rossi}
  pools:
    - {id: sales, members: [dana, lee]}
  segments:
    - {id: dach, when: 'hq_country in ["DE", "AT", "CH"]', pool: sales}
    - {id: everywhere-else, pool: sales}
sla:
  manager: dana
`

// demoDigest is how long after its start the demo posts a digest, at most.
const demoDigest = 3 * time.Minute

// demo is the outside that the service meets: real HTTP servers that behave as
// Slack, OpenAI, a CRM and company sites do.
type demo struct {
	slack   *sim.Slack
	model   *sim.OpenAI
	crm     *sim.CRM
	hubspot *sim.HubSpot
	web     *sim.Web
	page    string // address of the channel page
	api     string // address of the API
	partner string // address of a partner's page
	folder  string
	environ []string
	stop    []func()
}

func (c demoCmd) Run(a *app) error {
	ctx, cancel := context.WithCancel(a.ctx)
	defer cancel()
	// What the demo is, its first lines say; warnings about it would only worry.
	log := slog.New(slog.NewTextHandler(a.errOut, &slog.HandlerOptions{Level: slog.LevelError}))
	d, err := newDemo(c.Addr, log, time.Now)
	defer d.close()
	if err != nil {
		return err
	}
	undo, digest := "10s", time.Now().UTC().Add(demoDigest).Format("15:04")
	if c.Once {
		undo, digest = "0s", ""
	}
	started, ended := make(chan string, 1), make(chan error, 1)
	cfg, err := d.config(a.config, undo, digest)
	if err != nil {
		return fmt.Errorf("the configuration has faults:\n%w", err)
	}
	cfg.Slack.Locale = cmp.Or(c.Locale, cfg.Slack.Locale)
	go func() { ended <- runAll(ctx, cfg, log, time.Now, func(addr string) { started <- addr }, reloads{}) }()
	select {
	case addr := <-started:
		d.api = "http://" + addr
		d.slack.SetAppURL(d.api)
		d.slack.SetHint(d.ownLead(cfg.Partners[0]))
		if d.partner, err = d.partnerPage(ctx, cfg); err != nil {
			return err
		}
	case err := <-ended:
		return fmt.Errorf("%w (the demo's API takes the port after that of --addr)", err)
	}
	work := d.open
	if c.Once {
		work = d.once
	}
	err = work(ctx, a.out)
	cancel()
	return errors.Join(err, <-ended)
}

// newDemo starts the servers that the service will meet.
func newDemo(addr string, log *slog.Logger, now func() time.Time) (*demo, error) {
	d := &demo{model: sim.NewOpenAI(sim.OpenAIOptions{Key: demoModelKey}), crm: sim.NewCRM(sim.CRMOptions{Secret: demoWebhookSecret, Now: now}), web: sim.NewWeb(),
		hubspot: sim.NewHubSpot(sim.HubSpotOptions{Token: demoHubSpotToken, Prepared: true, Searches: 5, Now: now})}
	// What sales has in HubSpot already: one company with an open deal.
	d.hubspot.AddOwner(sim.HubSpotOwner{ID: "41629779", Email: "dana@northgate.example", UserID: 9586504})
	known := d.hubspot.Put("companies", "", map[string]string{"name": "HavelPay", "domain": "havelpay.example", "hubspot_owner_id": "41629779"})
	d.hubspot.Link("companies", known, "deals", d.hubspot.Put("deals", "", map[string]string{"dealname": "HavelPay pilot", "hubspot_owner_id": "41629779"}))
	var err error
	if d.folder, err = os.MkdirTemp("", "leadtriage-demo-"); err != nil {
		return d, err
	}
	d.stop = append(d.stop, func() { os.RemoveAll(d.folder) })
	d.slack, err = sim.NewSlack(sim.SlackOptions{
		BotToken: demoBotToken, AppToken: demoAppToken, SigningSecret: demoSigningSecret, TeamName: "Northgate Software", RateLimit: 10,
		Channels: []sim.SlackChannel{{ID: demoChannel, Name: "partner-leads"}},
		Users: []sim.SlackUser{
			{ID: demoReviewer, Name: "ada", RealName: "Ada Lindqvist"},
			{ID: "U0BRUNO", Name: "bruno", RealName: "Bruno Conti"},
			{ID: "U0CLEO", Name: "cleo", RealName: "Cleo Marsh (no reviewer)"},
			{ID: "U0DANA", Name: "dana", RealName: "Dana Weber (sales)", Email: "dana@northgate.example"},
			{ID: "U0LEE", Name: "lee", RealName: "Lee Rossi (sales)", Email: "lee@northgate.example"},
		},
		Inbox: d.inbox, Logger: log, Now: now, Scopes: slack.Scopes, HomeTab: true, Commands: []string{slack.SlashCommand},
		Banner: "This is the demo's Slack channel. Approve or reject the cards: every click is a signed request to leadtriage, as Slack would send it.",
	})
	if err != nil {
		return d, err
	}
	d.stop = append(d.stop, d.slack.Stop)
	mux := http.NewServeMux()
	mux.Handle("/", d.slack)
	mux.Handle("GET /{$}", http.RedirectHandler("/channel/", http.StatusSeeOther))
	page, err := d.serve(addr, mux)
	if err != nil {
		return d, fmt.Errorf("serve the channel page (choose another address with --addr): %w", err)
	}
	d.page = "http://" + page + "/channel/"
	var at [4]string
	for i, other := range []http.Handler{d.model, d.crm, d.web, d.hubspot} {
		if at[i], err = d.serve("127.0.0.1:0", other); err != nil {
			return d, err
		}
	}
	model, crm, web, hubspot := at[0], at[1], at[2], at[3]
	d.environ = []string{
		"LEADTRIAGE_ADDR=" + nextPort(addr),
		"DATABASE_URL=sqlite://" + filepath.Join(d.folder, "leads.db"),
		"LEADTRIAGE_API_KEYS=crm:" + demoCRMKey + ",operator:" + demoOperatorKey + ":enqueue+read+decide+operate",
		"OPENAI_API_KEY=" + demoModelKey, "OPENAI_BASE_URL=http://" + model + "/v1", "OPENAI_MODEL=gpt-4.1-mini",
		"SLACK_BOT_TOKEN=" + demoBotToken, "SLACK_SIGNING_SECRET=" + demoSigningSecret, "SLACK_API_URL=http://" + page + "/api/",
		"SLACK_CHANNEL=" + demoChannel, "SLACK_REVIEWERS=" + demoReviewer + ",U0BRUNO",
		"LEADTRIAGE_WEBHOOK_URL=http://" + crm + "/webhook", "LEADTRIAGE_WEBHOOK_SECRET=" + demoWebhookSecret,
		"HUBSPOT_TOKEN=" + demoHubSpotToken, "HUBSPOT_API_URL=http://" + hubspot,
		"LEADTRIAGE_PAGE_RESOLVE=*=" + web,
	}
	go touchPage(d.slack, d.crm, d.hubspot)
	return d, nil
}

// config is the demo's own, or the file's with what the demo's outside cannot do left
// out: its channel, people and partners are those of the cast.
func (d *demo) config(own, undo, digest string) (*config.Config, error) {
	file := filepath.Join(d.folder, "leadtriage.yaml")
	if err := os.WriteFile(file, fmt.Appendf(nil, demoConfig, undo, digest), 0o600); err != nil {
		return nil, err
	}
	cfg, err := config.Load(file, d.environ)
	if err != nil || own == "" {
		return cfg, err
	}
	theirs, err := config.Load(own, d.environ)
	if err != nil {
		return nil, err
	}
	theirs.Review.Undo, theirs.Review.Digest, theirs.Review.Hours = cfg.Review.Undo, cfg.Review.Digest, cfg.Review.Hours
	theirs.Reviewers, theirs.Slack.Channels, theirs.Slack.Rate = cfg.Reviewers, nil, cfg.Slack.Rate
	theirs.Sources, theirs.Enrichment.Providers = nil, nil
	theirs.Routing, theirs.SLA = cfg.Routing, cfg.SLA
	for _, p := range cfg.Partners {
		if !slices.ContainsFunc(theirs.Partners, func(known config.Partner) bool { return known.ID == p.ID }) {
			theirs.Partners = append(theirs.Partners, p)
		}
	}
	return theirs, nil
}

// partnerPage makes the address of the first partner's page.
func (d *demo) partnerPage(ctx context.Context, cfg *config.Config) (string, error) {
	records, err := store.Open(ctx, cfg.Env.DatabaseURL.Reveal(), 0)
	if err != nil {
		return "", err
	}
	defer records.Close()
	address, err := pageLink(ctx, cfg, records, cfg.Partners[0].ID, time.Now())
	return strings.Replace(address, externalURL(cfg), d.api, 1), err
}

// nextPort is the address with the port after its own; any port is any other.
func nextPort(addr string) string {
	host, port, _ := net.SplitHostPort(addr)
	n, _ := strconv.Atoi(port)
	if n > 0 {
		n++
	}
	return net.JoinHostPort(cmp.Or(host, "127.0.0.1"), strconv.Itoa(n))
}

// ownLead is a line for the shell that sends a lead of a partner.
func (d *demo) ownLead(p config.Partner) string {
	return fmt.Sprintf(`curl -s %s/v1/leads -H 'Authorization: Bearer %s' -H 'Content-Type: application/json' -d @- <<JSON
{"partner": {"id": %q, "tier": %q}, "referred_on": "$(date -u +%%F)", "source": "partner_referral",
 "contact": {"email": "ada@contoso.example", "name": "Ada Berg"}, "use_case": "sync CRM with billing",
 "company": {"name": "Contoso", "employees": 250, "industry": "software", "country": "IT", "technologies": ["HubSpot"]},
 "events": [{"type": "demo_request", "at": "$(date -u +%%FT%%TZ)"}, {"type": "pricing_page_view", "at": "$(date -u +%%FT%%TZ)"}]}
JSON
`, d.api, demoCRMKey, p.ID, p.Tiers[0])
}

func (d *demo) serve(addr string, h http.Handler) (string, error) {
	at, stop, err := serveOn(addr, h)
	if err == nil {
		d.stop = append(d.stop, stop)
	}
	return at, err
}

// serveOn serves a simulated far side, and returns where.
func serveOn(addr string, h http.Handler) (at string, stop func(), err error) {
	listener, err := net.Listen("tcp", addr)
	if err != nil {
		return "", nil, err
	}
	server := newServer(h, readWithin)
	go server.Serve(listener)
	return listener.Addr().String(), func() { server.Close() }, nil
}

func (d *demo) close() {
	for _, stop := range slices.Backward(d.stop) {
		stop()
	}
}

// inbox is what the page shows of the CRM.
func (d *demo) inbox() (items []sim.InboxItem) {
	for _, w := range d.crm.Deliveries() {
		items = append(items, sim.InboxItem{ID: w.ID, Type: w.Type, At: w.At, Verified: w.Verified, Body: w.Body})
	}
	for _, o := range d.hubspot.Objects("contacts") {
		p := o.Properties
		body, _ := json.Marshal(map[string]any{"company": map[string]string{"name": p["company"]}, "partner": map[string]string{"id": p["leadtriage_partner"]}, "properties": p})
		items = append(items, sim.InboxItem{ID: o.ID, Type: "HubSpot contact, " + p["leadtriage_decision"], At: o.Updated, Verified: true, Body: body,
			Note: "✓ lifecycle stage " + d.hubspot.StageLabel(p["lifecyclestage"])})
	}
	slices.SortStableFunc(items, func(a, b sim.InboxItem) int { return a.At.Compare(b.At) })
	return items
}

// touchPage shows what the CRMs received as soon as they did.
func touchPage(channel *sim.Slack, crm *sim.CRM, hubspot *sim.HubSpot) {
	for {
		changed, inHubSpot := crm.Changed(), hubspot.Changed() // before the page looks: nothing that comes in meanwhile is missed
		channel.Touch()
		select {
		case <-changed:
		case <-inHubSpot:
		}
	}
}

// open sends the cast and leaves the deciding to whoever opens the page.
func (d *demo) open(ctx context.Context, out io.Writer) error {
	fmt.Fprintf(out, `leadtriage demo

  Slack channel   %s
                  approve and reject there; the page also shows what the CRM receives
  Console         %s/console/   (key: %s)
                  the same leads: decide there, too, look at their whole story, mend
  Partner         %s
                  what Acme Integrations sees of its leads
  API             %s/docs   (key: %s)
  Queues          %s/queues/   (any user name, password: %s)

A lead of your own:

%s
Sending the demo's leads …
`, d.page, d.api, demoOperatorKey, d.partner, d.api, demoOperatorKey, d.api, demoOperatorKey, d.slack.Hint())
	sent, err := d.send(ctx, out)
	if err != nil {
		return err
	}
	fmt.Fprintf(out, `%d requests are in. Within seconds a dozen leads have their cards in the channel; about the rest nobody
needs to be asked: they are parked, disqualified, or joined a lead that was there.

Press Ctrl-C to end; nothing is kept.
`, len(sent))
	<-ctx.Done()
	return nil
}
