package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"leadtriage/internal/lead"
	"leadtriage/internal/score"
)

type scoreCmd struct {
	File string    `arg:"" help:"JSON of a lead with its facts, as GET /v1/leads/ID gives it." type:"existingfile"`
	JSON bool      `help:"Print the score as JSON."`
	Now  time.Time `help:"Compute ages as of this moment (RFC 3339); default: now." format:"2006-01-02T15:04:05Z07:00"`
}

func (c scoreCmd) Run(a *app) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	rules, err := score.Compile(cfg.Scoring)
	if err != nil {
		return fmt.Errorf("the scoring model has faults:\n%w", err)
	}
	text, err := os.ReadFile(c.File)
	if err != nil {
		return err
	}
	var l lead.Lead
	if err := json.Unmarshal(text, &l); err != nil {
		return fmt.Errorf("%s is not the JSON of a lead: %w", c.File, err)
	}
	if l.Facts == nil {
		l.Facts = l.GivenFacts()
	}
	if c.Now.IsZero() {
		c.Now = time.Now()
	}
	s := rules.Score(&l, c.Now.UTC())
	if c.JSON {
		e := json.NewEncoder(a.out)
		e.SetIndent("", "  ")
		return e.Encode(s)
	}
	t := a.table("rule", "points", "of", "reason")
	for _, line := range s.Lines {
		t.AppendRow(table.Row{line.Rule, line.Points, line.Max, line.Reason})
	}
	t.AppendFooter(table.Row{"total", s.Total, 100, fmt.Sprintf("ICP %d, intent %d", s.ICP, s.Intent)})
	t.Render()
	fmt.Fprintf(a.out, "%s by %s: %s\n", s.Verdict, s.Model, s.Because)
	return nil
}
