package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"leadtriage/config"
	"leadtriage/internal/crm"
	"leadtriage/internal/crm/hubspot"
	"leadtriage/internal/crm/salesforce"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
	"leadtriage/worker"
)

// searchesPerSecond stay below the five that a HubSpot account has.
const searchesPerSecond = 4

// hubspot is the account that leads are written to; nil: none.
func (s *service) hubspot() *hubspot.HubSpot {
	if s.cfg.Env.HubSpotToken == "" {
		return nil
	}
	var calls, searches *outbox.Pace
	if s.redis != nil {
		calls = outbox.NewBurstPace(s.redis.client, s.cfg.CRM.HubSpot.Calls, 10*time.Second)
		searches = outbox.NewPace(s.redis.client, searchesPerSecond)
	}
	return hubspot.New(hubspotOptions(s.cfg), calls, searches, s.now)
}

func hubspotOptions(cfg *config.Config) hubspot.Options {
	h := cfg.CRM.HubSpot
	return hubspot.Options{
		URL: cfg.Env.HubSpotURL, Token: cfg.Env.HubSpotToken.Reveal(), Version: h.APIVersion, Contact: h.Contact, Company: h.Company,
		Stage: h.Stage, StageAfter: h.StageAfter, AllContacts: h.Contacts == "all", Parked: h.Parked, Match: h.Match, Note: h.Note, ARR: h.ARR,
	}
}

// salesforce is the org that leads are written to; nil: none.
func (s *service) salesforce() *salesforce.Salesforce {
	env, c := s.cfg.Env, s.cfg.CRM.Salesforce
	if env.SalesforceURL == "" {
		return nil
	}
	var calls *outbox.Pace
	if s.redis != nil {
		calls = outbox.NewBurstPace(s.redis.client, c.Calls, 10*time.Second)
	}
	return salesforce.New(salesforce.Options{
		URL: env.SalesforceURL, ClientID: env.SalesforceClientID, Secret: env.SalesforceSecret.Reveal(), Key: env.SalesforceKey.Reveal(), Username: env.SalesforceUsername,
		Audience: c.Audience, Version: c.APIVersion, Org: c.Org, Lead: c.Lead, Stage: c.Stage, Status: c.Status, NamedAccount: c.NamedAccount, Campaigns: c.Campaigns,
		SaveDuplicates: c.Duplicates == "save", Parked: c.Parked, Match: c.Match,
		Currency: c.Currency, ARR: c.ARR, Used: s.crmUsed,
	}, calls, s.now)
}

// crms are the accounts that leads are written to.
func (s *service) crms() (all []crm.Account) {
	if h := s.hubspot(); h != nil {
		all = append(all, h.Account(s.cfg.Review.Undo))
	}
	if f := s.salesforce(); f != nil {
		all = append(all, f.Account(s.cfg.Review.Undo))
	}
	return all
}

// polls ask the CRMs what became of the leads that they have.
func (s *service) polls() (all []worker.Poll) {
	every := map[string]time.Duration{hubspot.Name: s.cfg.CRM.HubSpot.Poll, salesforce.Name: s.cfg.CRM.Salesforce.Poll}
	for _, t := range s.crms() {
		all = append(all, worker.Poll{Name: t.Name, Every: every[t.Name], Ask: t.Ask})
	}
	return all
}

// crmUsed shows how much of the org's calls of 24 h is used; few left are one line in the log.
func (g *ground) crmUsed(used, of int, warn bool) {
	if g.gauges == nil { // a command shows none
		return
	}
	g.gauges.used.WithLabelValues(salesforce.Name).Set(float64(used) / float64(of))
	if warn {
		g.log.Warn("few calls of the CRM's account are left in these 24 h; its other users may have made most of them", "target", salesforce.Name, "used", used, "of", of)
	}
}

// crmPaused shows why a CRM or webhook target takes nothing, in place of another reason; empty: it does.
func (g *ground) crmPaused(target string) func(before, now string) {
	return func(before, now string) {
		if g.gauges == nil {
			return
		}
		if before != "" {
			g.gauges.paused.DeleteLabelValues(target, before)
		}
		if now != "" {
			g.gauges.paused.WithLabelValues(target, now).Set(1)
		}
	}
}

// crmGauges show how CRMs are.
type crmGauges struct{ paused, used *prometheus.GaugeVec }

func newCRMGauges(r prometheus.Registerer) *crmGauges {
	gauge := func(name, help string, labels ...string) *prometheus.GaugeVec {
		g := prometheus.NewGaugeVec(prometheus.GaugeOpts{Name: name, Help: help}, labels)
		r.MustRegister(g)
		return g
	}
	return &crmGauges{paused: gauge("leadtriage_crm_pause", "1 while a CRM or webhook target takes nothing until an operator mends it or its limit ends.", "target", "reason"),
		used: gauge("leadtriage_crm_calls_used", "The share of the calls of 24 h that a CRM's account has used, 0 to 1.", "target")}
}

type crmCmd struct {
	Setup crmSetupCmd `cmd:"" help:"Make the properties and the stage that HubSpot lacks, or write the fields that Salesforce is to be given."`
	Check crmCheckCmd `cmd:"" help:"Look for every missing scope, field, stage and picklist value, with its mend."`
}

type crmSetupCmd struct {
	Target string `arg:"" enum:"hubspot,salesforce" help:"The CRM: hubspot or salesforce."`
	Out    string `help:"The folder that the fields for Salesforce are written to." default:"leadtriage-salesforce" type:"path"`
}

func (c crmSetupCmd) Run(a *app) error {
	if c.Target == salesforce.Name { // it needs no org
		cfg, err := a.load()
		if err != nil {
			return err
		}
		s := &service{ground: &ground{now: time.Now}, cfg: cfg}
		cfg.Env.SalesforceURL = cmp.Or(cfg.Env.SalesforceURL, "none")
		todo, err := s.salesforce().Setup(c.Out)
		fmt.Fprint(a.out, todo)
		return err
	}
	accounts, err := a.accounts()
	if err != nil {
		return err
	}
	h, ok := accounts[hubspot.Name].(*hubspot.HubSpot)
	if !ok {
		return errors.New("HubSpot is not configured: set HUBSPOT_TOKEN to a service key (docs/crm-hubspot.md)")
	}
	lacking := 0
	err = h.Setup(a.ctx, a.finding(&lacking))
	return ready(lacking, err)
}

type crmCheckCmd struct {
	Record string `help:"Also write one record of a sandbox and read it back: a contact of HubSpot's or a Lead of Salesforce's, by its id." placeholder:"ID"`
}

// account is a CRM's, as far as an operator looks at it.
type account interface {
	Check(ctx context.Context, say func(crm.Finding)) error
	// Try writes one record, reads it back, and puts back what stood there.
	Try(ctx context.Context, id string) error
}

func (c crmCheckCmd) Run(a *app) error {
	accounts, err := a.accounts()
	if err != nil {
		return err
	}
	lacking := 0
	for _, name := range slices.Sorted(maps.Keys(accounts)) {
		err = errors.Join(err, accounts[name].Check(a.ctx, a.finding(&lacking)))
	}
	if c.Record != "" && lacking == 0 && err == nil {
		name := hubspot.Name
		if strings.Trim(c.Record, "0123456789") != "" {
			name = salesforce.Name
		}
		if accounts[name] == nil {
			return fmt.Errorf("%s looks like an id of %s, which is not configured", c.Record, name)
		}
		if err = accounts[name].Try(a.ctx, c.Record); err == nil {
			fmt.Fprintf(a.out, "ok       record %s was written and read back, and is as before\n", c.Record)
		}
	}
	return ready(lacking, err)
}

func (a *app) accounts() (map[string]account, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	all := (&service{ground: &ground{now: time.Now}, cfg: cfg}).accounts()
	if len(all) == 0 {
		return nil, errors.New("no CRM is configured: set HUBSPOT_TOKEN to a service key (docs/crm-hubspot.md), or SALESFORCE_URL (docs/crm-salesforce.md)")
	}
	return all, nil
}

// accounts are those that are configured, by the CRM's name.
func (s *service) accounts() map[string]account {
	all := map[string]account{}
	if h := s.hubspot(); h != nil {
		all[hubspot.Name] = h
	}
	if f := s.salesforce(); f != nil {
		all[salesforce.Name] = f
	}
	return all
}

// finding prints a line for each, and counts those to be mended.
func (a *app) finding(lacking *int) func(crm.Finding) {
	return func(f crm.Finding) {
		if f.Mend == "" {
			fmt.Fprintf(a.out, "ok       %s\n", f.What)
			return
		}
		*lacking++
		fmt.Fprintf(a.out, "missing  %s: %s\n", f.What, f.Mend)
	}
}

func ready(lacking int, err error) error {
	if outage := lead.OutageOf(err); outage != nil {
		return errors.New(outage.Sentence)
	}
	if err == nil && lacking > 0 {
		err = fmt.Errorf("%d to mend before leads can be written", lacking)
	}
	return err
}
