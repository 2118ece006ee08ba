package main

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"leadtriage/internal/facts"
	"leadtriage/internal/lead"
	"leadtriage/internal/store"
	"leadtriage/worker"
)

type leadCmd struct {
	List    leadListCmd    `cmd:"" help:"List leads, newest first."`
	Show    leadShowCmd    `cmd:"" help:"Show everything on record about a lead."`
	Retry   leadRetryCmd   `cmd:"" help:"Put a lead and its failed effects back in motion."`
	Review  leadReviewCmd  `cmd:"" help:"Have a person asked about a parked, disqualified or archived lead."`
	Restore leadRestoreCmd `cmd:"" help:"Bring an archived lead back to where it was."`
	Merge   leadMergeCmd   `cmd:"" help:"Merge a duplicate into a lead of the same partner."`
}

type leadListCmd struct {
	Stage   string `help:"Only leads in this stage."`
	Partner string `help:"Only leads of this partner."`
	Limit   int    `help:"How many, 1 to 200." default:"50"`
	JSON    bool   `help:"Print records as JSON, one a line."`
}

// Validate is asked by kong; its error is wrong usage.
func (c leadListCmd) Validate() error {
	if c.Stage != "" && !slices.Contains(lead.Stages, lead.Stage(c.Stage)) {
		return fmt.Errorf("%q is not a stage: use one of %v", c.Stage, lead.Stages)
	}
	if c.Limit < 1 || c.Limit > 200 {
		return errors.New("--limit is a number from 1 to 200; narrow a longer list down with --stage or --partner")
	}
	return nil
}

func (c leadListCmd) Run(a *app) error {
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	page, err := records.List(a.ctx, lead.Filter{Stage: lead.Stage(c.Stage), Partner: c.Partner, Limit: c.Limit})
	if err != nil {
		return err
	}
	if c.JSON {
		for _, d := range page.Leads {
			if err := json.NewEncoder(a.out).Encode(d.Record()); err != nil {
				return err
			}
		}
		return nil
	}
	if len(page.Leads) == 0 {
		fmt.Fprintln(a.out, "no leads")
		return nil
	}
	t := a.table("id", "came in", "company", "partner", "stage", "score", "proposal", "effects")
	for _, d := range page.Leads {
		r := d.Record()
		t.AppendRow(table.Row{r.ID, r.Created.Format(time.DateTime), companyName(&d.Lead), r.Partner.ID, r.Stage, points(r), r.Verdict, unsettled(d.Effects)})
	}
	t.Render()
	if page.Next != "" {
		fmt.Fprintf(a.out, "the newest %d; narrow it down with --stage or --partner, or ask for more with --limit\n", len(page.Leads))
	}
	return nil
}

type leadShowCmd struct {
	ID   string `arg:"" help:"The lead's id."`
	JSON bool   `help:"Print the record as JSON."`
}

func (c leadShowCmd) Run(a *app) error {
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	d, err := records.Dossier(a.ctx, c.ID)
	if err != nil {
		return fmt.Errorf("%w: `leadtriage lead list` shows the ids", err)
	}
	r := d.Record()
	if c.JSON {
		return printJSON(a, r)
	}
	fmt.Fprintf(a.out, "%s — %s, from %s (%s), %s\n", r.ID, companyName(&d.Lead), r.Partner.ID, r.Partner.Tier, r.Stage)
	if r.Because != "" {
		fmt.Fprintf(a.out, "%s, proposed %s: %s\n", points(r), r.Verdict, r.Because)
	}
	if r.Change != "" {
		fmt.Fprintln(a.out, r.Change)
	}
	if r.MergedInto != "" {
		fmt.Fprintf(a.out, "merged into %s\n", r.MergedInto)
	}
	if len(r.Flags) > 0 {
		fmt.Fprintf(a.out, "flags: %s\n", strings.Join(r.Flags, ", "))
	}
	if e := d.Lead.Enrichment; e.LastError != "" {
		fmt.Fprintf(a.out, "facts: %s after %d attempts: %s\n", e.State, e.Attempts, e.LastError)
	}
	if r.Score != nil {
		t := a.table("rule", "points", "of", "reason")
		for _, l := range r.Score.Lines {
			t.AppendRow(table.Row{l.Rule, l.Points, l.Max, l.Reason})
		}
		t.Render()
	}
	if len(r.Facts) > 0 {
		t := a.table("fact", "value", "status", "from")
		for _, f := range r.Facts {
			t.AppendRow(table.Row{f.Field, f.Value, f.Status, from(f)})
		}
		t.Render()
	}
	if len(r.Effects) > 0 {
		t := a.table("effect", "target", "round", "state", "attempts", "last error")
		for _, e := range r.Effects {
			t.AppendRow(table.Row{e.Kind, e.Target, e.Round, e.State, e.Attempts, e.LastError})
		}
		t.Render()
	}
	t := a.table("when", "who", "what", "")
	for _, h := range r.History {
		t.AppendRow(table.Row{h.At.Format(time.DateTime), h.Actor, h.Action, h.Detail})
	}
	t.Render()
	return nil
}

type leadRetryCmd struct {
	IDs   []string `arg:"" name:"id" help:"The leads' ids."`
	Fresh bool     `help:"Ask the companies' pages and the model again, whatever is known."`
}

// Run goes on past a lead that cannot be retried, and fails with it in the end.
func (c leadRetryCmd) Run(a *app) (err error) {
	for _, id := range c.IDs {
		err = errors.Join(err, a.operate(id, func(f *worker.Flow) (lead.Receipt, error) { return f.Retry(a.ctx, id, operator, c.Fresh) }))
	}
	return err
}

type leadReviewCmd struct {
	ID string `arg:"" help:"The lead's id."`
}

func (c leadReviewCmd) Run(a *app) error {
	err := a.operate(c.ID, func(f *worker.Flow) (lead.Receipt, error) { return f.SendToReview(a.ctx, c.ID, operator) })
	return hint(err, "only one that is parked or disqualified, or was archived so, can be sent to review; "+
		"about a rejected one a person is asked again when an event comes that is newer than the decision")
}

// hint says what may be done in the place of an illegal move.
func hint(err error, instead string) error {
	if errors.Is(err, lead.ErrIllegalMove) {
		return fmt.Errorf("%w; %s", err, instead)
	}
	return err
}

type leadRestoreCmd struct {
	ID string `arg:"" help:"The lead's id."`
}

func (c leadRestoreCmd) Run(a *app) error {
	err := a.operate(c.ID, func(f *worker.Flow) (lead.Receipt, error) { return f.Restore(a.ctx, c.ID, operator) })
	return hint(err, "there is nothing to restore: `leadtriage lead list --stage archived` shows what there is")
}

type leadMergeCmd struct {
	Into string `arg:"" help:"Id of the lead that stays."`
	From string `arg:"" help:"Id of the lead that is merged into it."`
}

func (c leadMergeCmd) Run(a *app) error {
	return a.operate(c.Into, func(f *worker.Flow) (lead.Receipt, error) { return f.Merge(a.ctx, c.Into, c.From, operator) })
}

// The actor of what somebody does at the command line.
const operator = "operator"

// operate changes the record; the sweep of the process that works takes it up.
func (a *app) operate(id string, do func(*worker.Flow) (lead.Receipt, error)) error {
	cfg, rules, err := a.loadModel()
	if err != nil {
		return err
	}
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	// How the lead moved, the last line says.
	flow := &worker.Flow{Records: records, Facts: &facts.Book{Records: records, Now: time.Now}, Rules: rules, Attribution: attributionRules(cfg, rules), Tasks: worker.NoTasks{}, Policy: policy(cfg), Log: a.logger(cfg, slog.LevelWarn), Now: time.Now}
	receipt, err := do(flow)
	if errors.Is(err, lead.ErrNotFound) {
		return fmt.Errorf("%w: `leadtriage lead list` shows the ids", err)
	}
	if err != nil {
		return err
	}
	if err := records.Wake(a.ctx, id, time.Now()); err != nil {
		return err
	}
	fmt.Fprintf(a.out, "lead %s is %s; a running worker takes it up within seconds\n", receipt.ID, receipt.Stage)
	return nil
}

func (a *app) openRecords() (*store.Store, error) {
	cfg, err := a.load()
	if err != nil {
		return nil, err
	}
	if path, ok := strings.CutPrefix(cfg.Env.DatabaseURL.Reveal(), "sqlite://"); ok {
		if _, err := os.Stat(path); err != nil {
			return nil, fmt.Errorf("there is no database at %s: set DATABASE_URL to the one in use", path)
		}
	}
	records, err := store.Open(a.ctx, cfg.Env.DatabaseURL.Reveal())
	if err != nil {
		return nil, err
	}
	behind, err := records.Behind(a.ctx)
	if err == nil && behind {
		err = fmt.Errorf("the database %s has no up-to-date records: set DATABASE_URL to the one in use, or run `leadtriage migrate`", cfg.Env.DatabaseURL)
	}
	if err != nil {
		records.Close()
		return nil, err
	}
	return records, nil
}

func (a *app) table(columns ...any) table.Writer { return newTable(a.out, columns...) }

func newTable(out io.Writer, columns ...any) table.Writer {
	t := table.NewWriter()
	t.SetOutputMirror(out)
	t.SetStyle(table.StyleLight)
	t.AppendHeader(columns)
	return t
}

func companyName(l *lead.Lead) string {
	return text.Snip(cmp.Or(l.Company.Name, l.Company.Domain, l.Contact.Email, "—"), 60, "…")
}

func points(r lead.Record) string {
	if r.Score == nil {
		return "—"
	}
	return fmt.Sprintf("%d", r.Score.Total)
}

func from(f lead.Fact) string {
	if len(f.Evidence) == 0 {
		return f.By
	}
	return f.Evidence[0].URL
}

// unsettled names the effects that have not happened yet.
func unsettled(effects []lead.Effect) string {
	var out []string
	for _, e := range effects {
		reminder := e.Kind == lead.ReminderEffect || e.Kind == lead.BackupEffect // not wanted yet
		if e.State != lead.Delivered && e.State != lead.Cancelled && !reminder {
			out = append(out, fmt.Sprintf("%s %s", e.Kind, e.State))
		}
	}
	return strings.Join(out, ", ")
}
