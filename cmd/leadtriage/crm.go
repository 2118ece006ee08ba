package main

import (
	"time"

	"github.com/prometheus/client_golang/prometheus"

	"leadtriage/config"
	"leadtriage/internal/crm/hubspot"
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

// crmPaused shows why a CRM takes nothing, in place of another reason; empty: it does.
func (s *service) crmPaused(target string) func(before, now string) {
	about := prometheus.GaugeOpts{Name: "leadtriage_crm_pause", Help: "1 while a CRM takes nothing until an operator mends it or its limit ends."}
	paused := prometheus.NewGaugeVec(about, []string{"target", "reason"})
	if s.metrics != nil { // a command shows none
		s.metrics.MustRegister(paused)
	}
	return func(before, now string) {
		if before != "" {
			paused.DeleteLabelValues(target, before)
		}
		if now != "" {
			paused.WithLabelValues(target, now).Set(1)
		}
	}
}
