package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/slack"
)

type cardCmd struct {
	File   string    `arg:"" help:"JSON of a lead: one with its facts, as score takes it, or a record as GET /v1/leads/ID gives it." type:"existingfile"`
	View   string    `help:"What to print: the card, or the Details form." enum:"card,details" default:"card"`
	Locale string    `help:"Language: en or it; default: slack.locale." placeholder:"LOCALE"`
	Now    time.Time `help:"Compute ages as of this moment (RFC 3339); default: now." format:"2006-01-02T15:04:05Z07:00"`
}

// Run prints what Slack's Block Kit Builder takes: for a message an object with
// its blocks, for a form the view.
func (c cardCmd) Run(a *app) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	rules, err := compileModel(cfg.Scoring)
	if err != nil {
		return err
	}
	d, err := readDossier(c.File)
	if err != nil {
		return err
	}
	if c.Now.IsZero() {
		c.Now = time.Now()
	}
	if d.Lead.Score == nil {
		s := explain(rules, &d.Lead, c.Now)
		d.Lead.Score = &s
	}
	o := cardOptions(cfg, rules)
	o.Now = c.Now
	if o.Locale = c.Locale; c.Locale == "" {
		o.Locale = cfg.Slack.Locale
	}
	if c.View == "details" {
		return printJSON(a, slack.Details(&d, o))
	}
	return printJSON(a, map[string]any{"blocks": slack.Card(&d, o)})
}

// readDossier reads a lead with facts, or a record; one that nobody was asked
// about is shown as it would be.
func readDossier(file string) (d lead.Dossier, err error) {
	l, err := readLead(file)
	if err != nil {
		return d, err
	}
	text, err := os.ReadFile(file)
	if err != nil {
		return d, err
	}
	var r lead.Record
	if err := json.Unmarshal(text, &r); err != nil {
		return d, fmt.Errorf("%s is not the JSON of a lead: %w", file, err)
	}
	d = lead.Dossier{Lead: *l, History: r.History}
	d.Lead.Rival = r.Rivals
	if s := d.Lead.Score; s != nil && r.Verdict != "" { // a record says these beside the score
		s.Verdict, s.Because, s.Change, s.Flags = r.Verdict, r.Because, r.Change, r.Flags
	}
	review := lead.Review{ID: "preview", LeadID: l.ID, Round: 1}
	if v := r.Review; v != nil {
		review = lead.Review{ID: "preview", LeadID: l.ID, Round: v.Round, Channel: v.Channel, TS: v.TS,
			Decision: lead.Decision(v.Decision), Override: v.Override, By: v.By, Reason: v.Reason, Note: v.Note}
		if v.At != nil {
			review.DecidedAt = *v.At
		}
	}
	d.Reviews = []lead.Review{review}
	return d, nil
}
