package main

import (
	"cmp"

	"leadtriage/internal/slack"
)

type cardCmd struct {
	File   string `arg:"" help:"JSON of a lead: one with its facts, as score takes it, or a record as GET /v1/leads/ID gives it." type:"existingfile"`
	View   string `help:"What to print: the card, or the Details form." enum:"card,details" default:"card"`
	Locale string `help:"Language: en or it; default: slack.locale." enum:",en,it" default:"" placeholder:"LOCALE"`
	Now    moment `help:"Compute ages as of this moment (RFC 3339); default: now."`
}

// Run prints what Slack's Block Kit Builder takes: for a message an object with
// its blocks, for a form the view.
func (c cardCmd) Run(a *app) error {
	cfg, rules, err := a.loadModel()
	if err != nil {
		return err
	}
	d, err := a.readLead(c.File, rules)
	if err != nil {
		return err
	}
	now := c.Now.orNow()
	if d.Lead.Score == nil {
		s := explain(rules, &d.Lead, now)
		d.Lead.Score = &s
	}
	o := cardOptions(cfg, rules)
	o.Now = now
	o.Locale = cmp.Or(c.Locale, cfg.Slack.Locale)
	if c.View == "details" {
		return printJSON(a, slack.Details(&d, o))
	}
	return printJSON(a, map[string]any{"blocks": slack.Card(&d, o)})
}
