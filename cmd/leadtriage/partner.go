package main

import (
	"cmp"
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"leadtriage/config"
	"leadtriage/internal/intake"
	"leadtriage/internal/lead"
	"leadtriage/internal/partner"
	"leadtriage/internal/slack"
	"leadtriage/internal/store"
)

// partnerPolicy is what partners may know, as configured.
func partnerPolicy(cfg *config.Config) *partner.Policy {
	u := cfg.Updates
	p := &partner.Policy{Us: u.Us, URL: externalURL(cfg), Undo: cfg.Review.Undo, Wait: u.Wait,
		Answers: u.AnswerWithin,
		Absent:  partner.Extent(u.WithoutConsent), Claims: u.TellClaims,
		Reasons: map[string]partner.Words{}, Partners: map[string]partner.Partner{}}
	for _, r := range cfg.Review.RejectReasons {
		p.Reasons[r.ID] = r.Partner
	}
	for _, q := range u.Questions {
		p.Questions = append(p.Questions, partner.Question{ID: q.ID, Ask: q.Ask, Signal: q.Signal})
	}
	for _, known := range cfg.Partners {
		p.Partners[known.ID] = partner.Partner{ID: known.ID, Name: cmp.Or(known.Name, known.ID)}
	}
	for _, to := range u.Partners {
		who := p.Partners[to.Partner]
		who.ID, who.Name = to.Partner, cmp.Or(who.Name, to.Partner)
		who.Email, who.Locale, who.Mail = to.Email, to.Locale, slices.Contains(to.By, "email")
		who.Webhook = slices.Contains(to.By, "webhook")
		p.Partners[to.Partner] = who
	}
	return p
}

// externalURL is how the outside calls this program.
func externalURL(cfg *config.Config) string {
	return cmp.Or(cfg.Env.ExternalURL, "http://"+cfg.Env.Addr)
}

// partnerQuestions are those that can be put to a lead's partner: it has an address, there is a
// mail server, and the person did not refuse.
func partnerQuestions(cfg *config.Config) func(l *lead.Lead, locale string) []slack.Reason {
	p := partnerPolicy(cfg)
	return func(l *lead.Lead, locale string) (list []slack.Reason) {
		if cfg.Env.SMTPURL == "" || !p.MayAsk(l) {
			return nil
		}
		for _, q := range p.Questions {
			list = append(list, slack.Reason{ID: q.ID, Label: q.Ask.In(locale)})
		}
		return list
	}
}

// partnerPages are what partners see in a browser.
func (s *service) partnerPages() []intake.TokenPage {
	p := &partner.Pages{Policy: s.partners, Links: s.records, Records: s.records.Reads, Flow: s.flow, Now: s.now}
	both := []string{http.MethodGet, http.MethodPost}
	return []intake.TokenPage{
		{Methods: both[:1], Path: "/partner/{token}", ID: "partner-page", Open: p.Status, Summary: "A partner's page",
			About: "Its leads, where each stands and what was missing. `leadtriage partner link` makes the address."},
		{Methods: both, Path: "/partner/answers/{token}", ID: "partner-answer", Open: p.Answer, Summary: "A question to a partner",
			About: "From an e-mail to the partner. GET shows it, POST answers it, once; the link ends."},
		{Methods: both, Path: "/partner/optout/{token}", ID: "partner-optout", Open: p.OptOut, Summary: "The way out of e-mails",
			About: "From an e-mail to the partner. GET shows, POST acts, also a mail program's own (RFC 8058)."},
	}
}

type partnerCmd struct {
	Link   partnerLinkCmd   `cmd:"" help:"Make the address of a partner's page and print it; it is shown this once."`
	Revoke partnerRevokeCmd `cmd:"" help:"Take back all addresses of a partner's page."`
}

type partnerLinkCmd struct {
	Partner string `arg:"" help:"The partner's id."`
}

func (c partnerLinkCmd) Run(a *app) error {
	return a.withPartner(c.Partner, func(cfg *config.Config, records *store.Store) error {
		address, err := pageLink(a.ctx, cfg, records, c.Partner, time.Now())
		if err != nil {
			return err
		}
		fmt.Fprintln(a.out, address)
		fmt.Fprintf(a.errOut, "Whoever has it can read the page. It is kept nowhere; `leadtriage partner revoke %s` ends it.\n", c.Partner)
		if cfg.Env.ExternalURL == "" {
			fmt.Fprintln(a.errOut, "It begins as this program listens: set LEADTRIAGE_EXTERNAL_URL to the address by which partners reach it.")
		}
		return nil
	})
}

// pageLink is a new address of a partner's page.
func pageLink(ctx context.Context, cfg *config.Config, records *store.Store, id string, now time.Time) (string, error) {
	token, link := lead.NewLink(lead.Link{Use: lead.PageLink, Partner: id, MadeAt: now})
	return externalURL(cfg) + "/partner/" + token, records.AddLink(ctx, link)
}

type partnerRevokeCmd struct {
	Partner string `arg:"" help:"The partner's id."`
}

func (c partnerRevokeCmd) Run(a *app) error {
	return a.withPartner(c.Partner, func(_ *config.Config, records *store.Store) error {
		n, err := records.RevokeLinks(a.ctx, c.Partner)
		if err == nil {
			fmt.Fprintf(a.out, "%d addresses of the page of %s open nothing any more\n", n, c.Partner)
		}
		return err
	})
}

// withPartner opens the records for something about a partner that is known.
func (a *app) withPartner(id string, do func(*config.Config, *store.Store) error) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	known := partnerIDs(cfg)
	if len(known) > 0 && !slices.Contains(known, id) {
		return fmt.Errorf("there is no partner %q: known are %s", id, lead.Join(known, ", ", " and "))
	}
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	return do(cfg, records)
}
