package main

import (
	"errors"
	"fmt"
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"leadtriage/config"
	"leadtriage/internal/crm/hubspot"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
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
		Stage: h.Stage, StageAfter: h.StageAfter, AllContacts: h.Contacts == "all", Parked: h.Parked, Match: h.Match, Note: h.Note,
	}
}

// crmPaused shows why a CRM or webhook target takes nothing, in place of another reason; empty: it does.
func (g *ground) crmPaused(target string) func(before, now string) {
	return func(before, now string) {
		if g.paused == nil { // a command shows none
			return
		}
		if before != "" {
			g.paused.DeleteLabelValues(target, before)
		}
		if now != "" {
			g.paused.WithLabelValues(target, now).Set(1)
		}
	}
}

func crmPauses(r prometheus.Registerer) *prometheus.GaugeVec {
	about := prometheus.GaugeOpts{Name: "leadtriage_crm_pause", Help: "1 while a CRM or webhook target takes nothing until an operator mends it or its limit ends."}
	paused := prometheus.NewGaugeVec(about, []string{"target", "reason"})
	r.MustRegister(paused)
	return paused
}

type crmCmd struct {
	Setup crmSetupCmd `cmd:"" help:"Make the properties and the stage that a CRM lacks, or tell the clicks."`
	Check crmCheckCmd `cmd:"" help:"Look for every missing scope, property and stage, with its mend."`
}

type crmSetupCmd struct {
	Target string `arg:"" enum:"hubspot" help:"The CRM: hubspot."`
}

func (c crmSetupCmd) Run(a *app) error {
	h, err := a.hubspot()
	if err != nil {
		return err
	}
	lacking := 0
	err = h.Setup(a.ctx, a.finding(&lacking))
	return ready(lacking, err)
}

type crmCheckCmd struct {
	Record string `help:"Also write one contact of a sandbox and read it back, by its record id in the CRM." placeholder:"ID"`
}

func (c crmCheckCmd) Run(a *app) error {
	h, err := a.hubspot()
	if err != nil {
		return err
	}
	lacking := 0
	err = h.Check(a.ctx, a.finding(&lacking))
	if c.Record != "" && lacking == 0 && err == nil {
		if err = h.Try(a.ctx, c.Record); err == nil {
			fmt.Fprintf(a.out, "ok       contact %s was written and read back, and is as before\n", c.Record)
		}
	}
	return ready(lacking, err)
}

func (a *app) hubspot() (*hubspot.HubSpot, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	s := &service{ground: &ground{now: time.Now}, cfg: cfg}
	if h := s.hubspot(); h != nil {
		return h, nil
	}
	return nil, errors.New("no CRM is configured: set HUBSPOT_TOKEN to a service key (docs/crm-hubspot.md)")
}

// finding prints a line for each, and counts those to be mended.
func (a *app) finding(lacking *int) func(hubspot.Finding) {
	return func(f hubspot.Finding) {
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
