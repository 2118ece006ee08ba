package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"leadtriage/config"
	"leadtriage/config/strict"
	"leadtriage/internal/lead"
	"leadtriage/internal/score"
)

type scoreCmd struct {
	File string `arg:"" optional:"" help:"JSON of a lead: as GET /v1/leads/ID gives it, or as it is sent, with facts beside it; - reads standard input." type:"existingfile"`
	JSON bool   `help:"Print JSON."`
	Now  moment `help:"Compute ages as of this moment (RFC 3339); default: now."`

	Model string `help:"YAML file with another scoring model: show what it would change." type:"existingfile" placeholder:"FILE"`

	Replay      bool `help:"Score the recorded leads again, each as of its own moment, and say which verdicts would change. Nothing is written."`
	Apply       bool `help:"Score the parked and waiting leads by the configured model, and say what moved; decided ones stay as they are."`
	Since       span `help:"With --replay and --apply: leads that came in since, such as 30d, 12h or 2026-11-01." default:"30d"`
	ChangesOnly bool `help:"With --replay: list only the leads whose verdict would change."`
}

// Validate is asked by the parser: what it refuses is wrong usage.
func (c scoreCmd) Validate() error {
	switch {
	case c.Apply && (c.Replay || c.Model != "" || c.File != ""):
		return errors.New("--apply scores the recorded leads by the configured model: leave the file, --model and --replay out")
	case c.Replay && c.File != "":
		return errors.New("--replay reads the recorded leads: leave the file out, or leave --replay out")
	case !c.Replay && !c.Apply && c.File == "":
		return errors.New("name the JSON file of a lead, or use --replay for the recorded leads")
	case c.ChangesOnly && !c.Replay:
		return errors.New("--changes-only goes with --replay")
	}
	return nil
}

func (c scoreCmd) Run(a *app) error {
	cfg, rules, err := a.loadModel()
	if err != nil {
		return err
	}
	var other *score.Model
	if c.Model != "" {
		if other, err = readModel(c.Model); err != nil {
			return err
		}
		if other.String() == rules.String() && other.Hash() != rules.Hash() {
			fmt.Fprintf(a.errOut, "note: %s calls itself %s like the configured model, and is another: give it a version of its own\n", c.Model, other)
		}
	}
	switch {
	case c.Replay:
		return c.replay(a, rules, other)
	case c.Apply:
		return c.apply(a, cfg, rules)
	}
	d, err := a.readLead(c.File, cmp.Or(other, rules), rules)
	if err != nil {
		return err
	}
	l := &d.Lead
	now := c.Now.orNow()
	s := explain(rules, l, now).InWords()
	if other != nil {
		return c.compare(a, s, explain(other, l, now).InWords())
	}
	if c.JSON {
		return printJSON(a, s)
	}
	t := a.table("rule", "points", "of", "reason", "from")
	for _, line := range s.Lines {
		t.AppendRow(table.Row{line.Rule, line.Points, line.Max, line.Reason, line.Evidence})
	}
	t.AppendFooter(table.Row{"total", s.Total, rules.ICPMax() + rules.IntentMax(), fmt.Sprintf("ICP %d, intent %d", s.ICP, s.Intent)})
	t.Render()
	fmt.Fprintf(a.out, "%s by %s: %s\n%s\n", s.Verdict, s.Model, s.Because, s.Change)
	if len(s.Flags) > 0 {
		fmt.Fprintf(a.out, "flags: %s\n", strings.Join(s.Flags, ", "))
	}
	_, err = fmt.Fprintln(a.out, asked(s))
	return err
}

func asked(s lead.Score) string {
	switch {
	case s.Ask:
		return "A person is asked."
	case s.Verdict == lead.VerdictDisqualify:
		return "Nobody is asked: it is disqualified."
	}
	return "Nobody is asked: it is parked."
}

func explain(m *score.Model, l *lead.Lead, now time.Time) lead.Score {
	s := m.Score(l, now.UTC())
	s.Change = m.Change(l, now.UTC())
	with := *l
	with.Score = &s
	s.Flags = with.Flags()
	return s
}

// readModel compiles the scoring section of a file, or a file that is one;
// whatever else stands in the file is not looked at.
func readModel(file string) (*score.Model, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	root, err := strict.Parse(file, text)
	if err != nil {
		return nil, err
	}
	section, found := root.At("scoring")
	if _, bare := root.At("icp"); found+bare == 0 {
		return nil, fmt.Errorf("%s has no scoring section: `leadtriage config print` shows the one in use to start from", file)
	}
	return compileModel(section, nil)
}

// vocabulary is what conditions may say of partners; of none listed anything.
func vocabulary(partners []config.Partner) (words score.Vocabulary) {
	if len(partners) > 0 {
		words = score.Vocabulary{Partners: []string{lead.Direct}, Tiers: []string{lead.NoTier}}
	}
	for _, p := range partners {
		words.Partners, words.Tiers = append(words.Partners, p.ID), append(words.Tiers, p.Tiers...)
	}
	return words
}

// compileModel is score.Compile with a sentence before the faults.
func compileModel(section strict.Node, partners []config.Partner) (*score.Model, error) {
	m, err := score.Compile(section, vocabulary(partners))
	if err != nil {
		return nil, fmt.Errorf("the scoring model has faults:\n%w", err)
	}
	return m, nil
}

// loadModel reads the configuration, and its scoring model.
func (a *app) loadModel() (*config.Config, *score.Model, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, nil, err
	}
	m, err := compileModel(cfg.Scoring, cfg.Partners)
	return cfg, m, err
}

// compare shows two models' scores of one lead line by line.
func (c scoreCmd) compare(a *app, from, to lead.Score) error {
	steps := score.Compare(from, to)
	if c.JSON {
		return printJSON(a, struct {
			Configured lead.Score   `json:"configured"`
			Other      lead.Score   `json:"other"`
			Lines      []score.Step `json:"lines"`
		}{from, to, steps})
	}
	t := a.table("rule", from.Model, to.Model, "difference", "reason")
	for _, s := range steps {
		t.AppendRow(table.Row{s.Rule, ofMax(s.From), ofMax(s.To), signed(s.Difference), bothReasons(s)})
	}
	t.AppendFooter(table.Row{"total", from.Total, to.Total, signed(to.Total - from.Total)})
	t.Render()
	for _, s := range []lead.Score{from, to} {
		fmt.Fprintf(a.out, "%s by %s: %s\n", s.Verdict, s.Model, s.Because)
	}
	return nil
}

func ofMax(l *lead.Line) string {
	if l == nil {
		return "—"
	}
	return fmt.Sprintf("%d/%d", l.Points, l.Max)
}

func signed(n int) string {
	if n == 0 {
		return ""
	}
	return fmt.Sprintf("%+d", n)
}

func bothReasons(s score.Step) string {
	switch {
	case s.To == nil:
		return "no such rule any more"
	case s.From == nil:
		return "new: " + s.To.Reason.Text
	case s.From.Reason.Text == s.To.Reason.Text:
		return s.To.Reason.Text
	}
	return s.From.Reason.Text + " → " + s.To.Reason.Text
}

func printJSON(a *app, v any) error {
	e := json.NewEncoder(a.out)
	e.SetIndent("", "  ")
	return e.Encode(v)
}
