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
	"github.com/prometheus/client_golang/prometheus"

	"leadtriage/config"
	"leadtriage/internal/facts"
	"leadtriage/internal/lead"
	"leadtriage/internal/score"
	"leadtriage/internal/store"
	"leadtriage/worker"
)

type leadCmd struct {
	List    leadListCmd    `cmd:"" help:"List leads, newest first."`
	Show    leadShowCmd    `cmd:"" help:"Show everything on record about a lead."`
	Retry   leadRetryCmd   `cmd:"" help:"Put leads and their failed effects back in motion."`
	Review  leadReviewCmd  `cmd:"" help:"Have a person asked about a parked, disqualified or archived lead."`
	Restore leadRestoreCmd `cmd:"" help:"Bring an archived lead back to where it was."`
	Merge   leadMergeCmd   `cmd:"" help:"Merge a duplicate into a lead of the same partner."`
	Erase   leadEraseCmd   `cmd:"" help:"Remove a person everywhere, and name who else holds what about them."`
	Export  leadExportCmd  `cmd:"" help:"Print all that is held about a person, as JSON."`
}

type leadListCmd struct {
	Stage   string `help:"Only leads in this stage."`
	Partner string `help:"Only leads of this partner."`
	Since   span   `help:"Only leads that came in since: a span such as 30d, or a day." placeholder:"SPAN"`
	Failed  bool   `help:"Only leads of which an effect or the search for facts was given up."`
	Cursor  string `help:"Go on where the page before ended."`
	Limit   int    `help:"How many, 1 to 200." default:"50"`
	JSON    bool   `help:"Print records as JSON, one a line."`
}

// Validate is asked by kong; its error is wrong usage.
func (c leadListCmd) Validate() error {
	if c.Stage != "" && !slices.Contains(lead.Stages, lead.Stage(c.Stage)) {
		return fmt.Errorf("%q is not a stage: use one of %v", c.Stage, lead.Stages)
	}
	if c.Limit < 1 || c.Limit > 200 {
		return errors.New("--limit is a number from 1 to 200; go on with --cursor, which each page names")
	}
	return nil
}

func (c leadListCmd) Run(a *app) error {
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	f := lead.Filter{Stage: lead.Stage(c.Stage), Partner: c.Partner, Since: c.Since.start(time.Now()), Failed: c.Failed, Cursor: c.Cursor, Limit: c.Limit}
	page, err := records.Reads.List(a.ctx, f)
	if err != nil {
		return err
	}
	if c.JSON {
		for _, d := range page.Leads {
			var shown any = d.Record()
			if d.Unreadable != "" {
				shown = lead.Unreadable{ID: d.Lead.ID, Why: d.Unreadable}
			}
			if err := json.NewEncoder(a.out).Encode(shown); err != nil {
				return err
			}
		}
		if page.Next != "" {
			fmt.Fprintf(a.errOut, "next page: --cursor %s\n", page.Next)
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
		if d.Unreadable != "" {
			t.AppendRow(table.Row{r.ID, r.Created.Format(time.DateTime), "—", r.Partner.ID, "unreadable", "—", "—", d.Unreadable})
			continue
		}
		t.AppendRow(table.Row{r.ID, r.Created.Format(time.DateTime), companyName(&d.Lead), r.Partner.ID, r.Stage, points(r), r.Verdict, unsettled(d.Effects)})
	}
	t.Render()
	if page.Next != "" {
		fmt.Fprintf(a.out, "next page: --cursor %s\n", page.Next)
	}
	return nil
}

type leadShowCmd struct {
	ID   string `arg:"" help:"The lead's id."`
	JSON bool   `help:"Print the record as JSON."`
}

func (c leadShowCmd) Run(a *app) error {
	d, err := a.dossier(c.ID)
	if err != nil {
		return err
	}
	r := d.Record()
	if c.JSON {
		return printJSON(a, r)
	}
	fmt.Fprintf(a.out, "%s — %s, from %s (%s), %s\n", r.ID, companyName(&d.Lead), r.Partner.ID, r.Partner.Tier, r.Stage)
	for _, who := range append([]lead.Contact{r.Contact}, r.Contacts...) {
		named := slices.DeleteFunc([]string{who.Name, who.Title, who.Email}, func(s string) bool { return s == "" })
		fmt.Fprintf(a.out, "contact: %s\n", strings.Join(named, ", "))
	}
	if r.UseCase != "" {
		fmt.Fprintf(a.out, "use case: %s\n", r.UseCase)
	}
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
	if m := d.Lead.Match(); m != nil {
		fmt.Fprintf(a.out, "known to the CRM: %s, owner %s, since %s\n", lead.Why(lead.MatchedAs, string(m.Kind)), cmp.Or(m.Owner, "none"), cmp.Or(string(m.Since), "unknown"))
	}
	for name, in := range d.Lead.InCRM {
		if !in.At.IsZero() {
			fmt.Fprintf(a.out, "in %s: stage %s, written %s, changed by people and kept: %s\n", name, cmp.Or(in.Stage, "none of ours"), in.At.Format(time.DateTime),
				cmp.Or(strings.Join(in.Theirs(), ", "), "nothing"))
		}
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
		t := a.table("fact", "value", "status", "from", "quote")
		for _, f := range r.Facts {
			quote := ""
			if len(f.Evidence) > 0 && f.Evidence[0].Quote != "" {
				quote = "“" + text.Snip(f.Evidence[0].Quote, 80, "…") + "”"
			}
			t.AppendRow(table.Row{f.Field, f.Value, f.Status, from(f), quote})
		}
		t.Render()
	}
	if len(r.Events)+len(r.Signals)+len(r.Touchpoints) > 0 {
		t := a.table("when", "what", "kind", "on, or by")
		for _, e := range r.Events {
			t.AppendRow(table.Row{e.At.Format(time.DateTime), e.Type, "event", e.Asset})
		}
		for _, s := range r.Signals {
			t.AppendRow(table.Row{s.At.Format(time.DateTime), s.Type, "signal", s.By})
		}
		for _, p := range r.Touchpoints {
			t.AppendRow(table.Row{p.At.Format(time.DateTime), p.Type, "touchpoint, " + cmp.Or(p.Owner, "owner unknown"), p.Asset})
		}
		t.SortBy([]table.SortBy{{Number: 1, Mode: table.Dsc}})
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
	IDs    []string `arg:"" optional:"" name:"id" help:"The leads' ids."`
	Failed bool     `help:"All leads of which an effect or the search for facts was given up."`
	Since  span     `help:"With --failed: only leads that came in since: a span such as 30d, or a day." placeholder:"SPAN"`
	Fresh  bool     `help:"Ask the companies' pages and the model again, whatever is known."`
}

// Validate is asked by kong; its error is wrong usage.
func (c leadRetryCmd) Validate() error {
	if c.Failed == (len(c.IDs) > 0) {
		return errors.New("name the leads to retry, or say --failed for all that gave up")
	}
	if !c.Failed && c.Since != (span{}) {
		return errors.New("--since goes with --failed")
	}
	return nil
}

func (c leadRetryCmd) Run(a *app) error {
	if c.Failed {
		var err error
		if c.IDs, err = c.gaveUp(a); err != nil {
			return err
		}
		fmt.Fprintf(a.out, "leads that gave up: %d\n", len(c.IDs))
	}
	return a.operate(func(f *worker.Flow, id string) (lead.Receipt, error) { return f.Retry(a.ctx, id, operator, c.Fresh) }, c.IDs...)
}

// gaveUp lists all leads that wait for an operator.
func (c leadRetryCmd) gaveUp(a *app) (ids []string, err error) {
	records, err := a.openRecords()
	if err != nil {
		return nil, err
	}
	defer records.Close()
	f := lead.Filter{Failed: true, Since: c.Since.start(time.Now()), Limit: 200}
	for more := true; more; more = f.Cursor != "" {
		page, err := records.Reads.List(a.ctx, f)
		if err != nil {
			return nil, err
		}
		for _, d := range page.Leads {
			ids = append(ids, d.Lead.ID)
		}
		f.Cursor = page.Next
	}
	return ids, nil
}

type leadReviewCmd struct {
	ID string `arg:"" help:"The lead's id."`
}

func (c leadReviewCmd) Run(a *app) error {
	err := a.operate(func(f *worker.Flow, id string) (lead.Receipt, error) { return f.SendToReview(a.ctx, id, operator) }, c.ID)
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
	err := a.operate(func(f *worker.Flow, id string) (lead.Receipt, error) { return f.Restore(a.ctx, id, operator) }, c.ID)
	return hint(err, "there is nothing to restore: `leadtriage lead list --stage archived` shows what there is")
}

type leadMergeCmd struct {
	Into string `arg:"" help:"Id of the lead that stays."`
	From string `arg:"" help:"Id of the lead that is merged into it."`
}

func (c leadMergeCmd) Run(a *app) error {
	return a.operate(func(f *worker.Flow, into string) (lead.Receipt, error) { return f.Merge(a.ctx, into, c.From, operator) }, c.Into)
}

// dossier is all that is on record about a lead.
func (a *app) dossier(id string) (lead.Dossier, error) {
	records, err := a.openRecords()
	if err != nil {
		return lead.Dossier{}, err
	}
	defer records.Close()
	d, err := records.Reads.Dossier(a.ctx, id)
	if errors.Is(err, lead.ErrNotFound) {
		err = fmt.Errorf("%w: `leadtriage lead list` shows the ids", err)
	}
	return d, err
}

// The actor of what somebody does at the command line.
const operator = "operator"

// operate changes leads; the sweep of the process that works takes them up. It goes
// on past one that cannot be changed, and fails with it in the end.
func (a *app) operate(do func(f *worker.Flow, id string) (lead.Receipt, error), ids ...string) error {
	cfg, rules, err := a.loadModel()
	if err != nil {
		return err
	}
	flow, records, err := a.flow(cfg, rules)
	if err != nil {
		return err
	}
	defer records.Close()
	changed := 0
	for _, id := range ids {
		receipt, refused := do(flow, id)
		if errors.Is(refused, lead.ErrNotFound) {
			refused = fmt.Errorf("%w: `leadtriage lead list` shows the ids", refused)
		}
		if refused == nil {
			refused = records.Wake(a.ctx, id, time.Now())
		}
		if refused != nil {
			err = errors.Join(err, refused)
			continue
		}
		changed++
		fmt.Fprintf(a.out, "lead %s is %s; a running worker takes it up within seconds\n", receipt.ID, receipt.Stage)
	}
	if len(ids) > 1 {
		fmt.Fprintf(a.out, "%d of %d leads are on their way\n", changed, len(ids))
	}
	return err
}

// flow changes the leads of the records, which the caller closes; how they moved the
// command says, not the log.
func (a *app) flow(cfg *config.Config, rules *score.Model) (*worker.Flow, *store.Store, error) {
	records, err := a.openRecords()
	if err != nil {
		return nil, nil, err
	}
	s := &service{ground: &ground{log: a.logger(cfg, slog.LevelWarn), now: time.Now, records: records}, cfg: cfg, rules: rules}
	if err := s.join(&facts.Book{Records: records, Now: time.Now}, worker.NoTasks{}, worker.NewMetrics(prometheus.NewRegistry(), nil)); err != nil {
		records.Close()
		return nil, nil, err
	}
	return s.flow, records, nil
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
	records, err := store.Open(a.ctx, cfg.Env.DatabaseURL.Reveal(), cfg.Database.Connections)
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
			out = append(out, fmt.Sprintf("%s %s", e.Kind, e.Shown()))
		}
	}
	return strings.Join(out, ", ")
}
