package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/schollz/progressbar/v3"

	"leadtriage/config/strict"
	"leadtriage/internal/company"
	"leadtriage/internal/intake"
	"leadtriage/internal/lead"
	"leadtriage/internal/rows"
	"leadtriage/internal/score"
	"leadtriage/internal/source"
)

type importCmd struct {
	File   string `arg:"" help:"CSV, JSONL or XLSX file with a lead in each row; - reads from standard input."`
	Server string `help:"Address of the API; without it LEADTRIAGE_SERVER, else http://127.0.0.1:8080." placeholder:"URL"`
	Key    string `help:"API key with the role enqueue; better in LEADTRIAGE_KEY, where other users of the machine do not see it." placeholder:"KEY"`
	Source string `help:"Read the rows by this source's mapping; without it the columns are called like the fields of a lead." placeholder:"NAME"`
	Sheet  string `help:"Sheet of an .xlsx file; without it the first." placeholder:"NAME"`

	Outcomes bool   `help:"The rows say what became of leads: type, at, and lead_id, or email or domain with partner (docs/outcomes.md)." xor:"of"`
	Costs    bool   `help:"The rows are costs: partner or channel, month, kind, amount.value, amount.currency." xor:"of"`
	Payouts  bool   `help:"The rows are payouts: partner, month, amount.value, amount.currency." xor:"of"`
	Traffic  bool   `help:"The rows are visits of pages: partner, page, day, sessions; or a CSV file of Google Analytics 4." xor:"of"`
	Partner  string `help:"With --traffic, the partner of rows that name none." placeholder:"ID"`

	DryRun bool   `help:"Send nothing to stay: say what would become of each row, and its score by what is sent; with --server or --key the API is asked what it knows."`
	Format string `help:"csv or jsonl; without it the file's name and beginning say." enum:",csv,jsonl" default:""`
}

// The rows of one request: few enough that what is sent again after a break is
// little, and that the API's limits hold.
const (
	batchRows  = 200
	batchBytes = 1 << 20
)

// Run sends every row. It keeps no record of how far it came: a row that was sent
// before is known to the API, so the same command may be given again, also when
// rows were appended or mended.
func (c importCmd) Run(a *app) error {
	in, size, modified, err := c.open()
	if err != nil {
		return err
	}
	defer in.Close()
	counted := &counting{r: in}
	var text io.Reader = counted
	if c.workbook() {
		text, err = rows.Workbook(counted, c.Sheet)
	} else if c.Sheet != "" {
		err = errors.New("--sheet is for .xlsx files")
	}
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	period := ""
	if c.Traffic {
		text, period = analytics(text)
	}
	table, err := rows.NewReader(text, c.format())
	if err != nil {
		return fmt.Errorf("%s: %w", c.File, err)
	}
	kind := c.kind()
	var read func(rows.Row) intake.Element
	if kind == "" {
		read, err = c.mapping(a, table, modified)
	} else {
		read = plainRows(table, map[string]string{"partner": c.Partner, "day": period})
	}
	if err != nil {
		return err
	}
	if c.DryRun {
		return c.dry(a, table, read)
	}
	upload, err := newUpload(a, c.Server, c.Key, cmp.Or(kind, "leads/batch"))
	if err != nil {
		return err
	}
	run := &importRun{app: a, table: table, read: read, upload: upload, refused: rows.NewRefused(c.refusedPath(table.Format), table)}
	run.shown = newShown(a, size, counted)
	err = run.all()
	run.shown.done()
	err = errors.Join(err, run.refused.Close())
	fmt.Fprintln(a.out, run)
	switch {
	case err != nil:
		return fmt.Errorf("%s: %w", c.File, err)
	case run.refused.Count > 0:
		return fmt.Errorf("%d rows were refused: they stand in %s with the reason; mend them there, and import that file", run.refused.Count, run.refused.Path)
	}
	return nil
}

// Validate is asked by kong; its error is wrong usage.
func (c importCmd) Validate() error {
	switch {
	case c.kind() != "" && (c.DryRun || c.Source != ""):
		return errors.New("--dry-run and --source are for leads")
	case c.Partner != "" && !c.Traffic:
		return errors.New("--partner goes with --traffic")
	}
	return nil
}

// kind is where rows go that are no leads; empty: they are.
func (c importCmd) kind() string {
	for kind, is := range map[string]bool{"outcomes": c.Outcomes, "costs": c.Costs, "payouts": c.Payouts, "traffic": c.Traffic} {
		if is {
			return kind
		}
	}
	return ""
}

func (c importCmd) open() (in io.ReadCloser, size int64, modified time.Time, err error) {
	if c.File == "-" {
		return io.NopCloser(os.Stdin), -1, time.Now(), nil
	}
	file, err := os.Open(c.File)
	if err != nil {
		return nil, 0, modified, fmt.Errorf("%w: name a CSV, JSONL or XLSX file, or - for standard input", err)
	}
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		err = fmt.Errorf("%s is a folder: name a file", c.File)
	}
	if err != nil {
		file.Close()
		return nil, 0, modified, err
	}
	return file, info.Size(), info.ModTime(), nil
}

func (c importCmd) workbook() bool { return strings.EqualFold(filepath.Ext(c.File), ".xlsx") }

func (c importCmd) format() rows.Format {
	switch ext := strings.ToLower(filepath.Ext(c.File)); {
	case c.Format != "":
		return rows.Format(c.Format)
	case ext == ".csv" || ext == ".tsv" || ext == ".xlsx":
		return rows.CSV
	case ext == ".jsonl" || ext == ".ndjson":
		return rows.JSONL
	}
	return ""
}

func (c importCmd) refusedPath(f rows.Format) string {
	if c.File == "-" {
		return rows.RefusedPath("stdin", f)
	}
	return rows.RefusedPath(c.File, f)
}

// mapping says how a row becomes a lead: by a source of the configuration, by the
// names of its columns, or as it is. A time that the mapping takes from when a
// row came in is that of the file, so that it stays the same when it is sent again.
func (c importCmd) mapping(a *app, table *rows.Reader, modified time.Time) (func(rows.Row) intake.Element, error) {
	if c.Source != "" {
		s, rules, err := a.findSource(c.Source)
		if err != nil {
			return nil, err
		}
		if table.Format == rows.CSV {
			lacking, unread := s.Mapper.Compare(table.Columns)
			for _, column := range lacking {
				return nil, fmt.Errorf("%s has no column %q, which the source %s reads%s. Correct the mapping, or give the field a default", c.File, column, c.Source, strict.Hint(column, table.Columns))
			}
			if c.DryRun && len(unread) > 0 {
				fmt.Fprintf(a.out, "the source %s does not read these columns: %s\n", c.Source, strings.Join(unread, ", "))
			}
			return func(r rows.Row) intake.Element {
				return s.Element(source.Row(table.Columns, r.Values), rules, modified)
			}, nil
		}
		return func(r rows.Row) intake.Element {
			elements, faults := s.Parse(r.Text, false, rules, modified)
			if faults != nil || len(elements) != 1 {
				return intake.Element{Faults: append(faults, intake.Fault{Message: "a line must be one object with one lead"})[:1]}
			}
			return elements[0]
		}, nil
	}
	if table.Format == rows.JSONL {
		return func(r rows.Row) intake.Element { return intake.Element{Mapped: source.Mapped{Lead: r.Text}} }, nil
	}
	mapper, err := source.Columns(table.Columns)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", c.File, err)
	}
	return func(r rows.Row) intake.Element {
		mapped := mapper.Lead(source.Row(table.Columns, r.Values), modified)
		return intake.Element{Mapped: mapped, Faults: intake.FaultsOf(mapped)}
	}, nil
}

// importRun is one import on its way.
type importRun struct {
	app     *app
	table   *rows.Reader
	read    func(rows.Row) intake.Element
	upload  *upload
	refused *rows.Refused
	shown   *shown

	accepted, known, ignored int

	batch []sent
	bytes int
	bad   []refusal // since the last request, to be kept in the order of the file
}

type refusal struct {
	row    rows.Row
	reason string
}

func (r *importRun) all() error {
	told := false
	for r.app.ctx.Err() == nil {
		row, err := r.table.Next()
		if err != nil && !errors.Is(err, io.EOF) {
			return errors.Join(r.send(), fmt.Errorf("%w: the rows before it were sent; mend it and give the same command again", err))
		}
		if r.table.Legacy() && !told {
			told = true
			fmt.Fprintln(r.app.errOut, "note: the file is not in UTF-8; it is read as Windows-1252")
		}
		if err != nil {
			return r.send()
		}
		if err := r.take(row); err != nil {
			return err
		}
	}
	return errStopped
}

// take reads a row, and sends those before it when there are enough.
func (r *importRun) take(row rows.Row) error {
	if row.Problem != "" {
		return r.refuse(row, row.Problem)
	}
	e := r.read(row)
	switch {
	case e.Ignored:
		r.ignored++
		return nil
	case len(e.Faults) > 0:
		return r.refuse(row, e.Faults.Error())
	}
	text, err := oneLine(e.Lead)
	if err != nil {
		return r.refuse(row, "it is not JSON: "+err.Error())
	}
	if len(r.batch) == batchRows || r.bytes+len(text) > batchBytes {
		if err := r.send(); err != nil {
			return err
		}
	}
	r.batch, r.bytes = append(r.batch, sent{row, e.Mapped, text}), r.bytes+len(text)+1
	return nil
}

func (r *importRun) refuse(row rows.Row, reason string) error {
	r.bad = append(r.bad, refusal{row, reason})
	if len(r.batch) == 0 || len(r.bad) > batchRows {
		return r.send()
	}
	return nil
}

// send sends what was read, and keeps what was refused of it.
func (r *importRun) send() error {
	err := r.upload.send(r.app.ctx, r.batch, func(s sent, answer lineAnswer) {
		switch {
		case answer.Status < 300 && answer.Duplicate:
			r.known++
		case answer.Status < 300:
			r.accepted++
		default:
			r.bad = append(r.bad, refusal{s.row, answer.reason(s.mapped)})
		}
	})
	r.batch, r.bytes = r.batch[:0], 0
	slices.SortStableFunc(r.bad, func(a, b refusal) int { return cmp.Compare(a.row.Line, b.row.Line) })
	for _, one := range r.bad {
		err = errors.Join(err, r.refused.Add(one.row, one.reason))
	}
	r.bad = r.bad[:0]
	r.shown.show(r)
	return err
}

func (r *importRun) String() string {
	ignored := ""
	if r.ignored > 0 {
		ignored = fmt.Sprintf(", %d ignored by the mapping", r.ignored)
	}
	return fmt.Sprintf("%d rows: %d accepted, %d known already, %d refused%s",
		r.accepted+r.known+r.refused.Count+r.ignored, r.accepted, r.known, r.refused.Count, ignored)
}

// shown is how far an import has come: a bar on a terminal, else a line now and then.
type shown struct {
	bar  *progressbar.ProgressBar
	at   *counting
	last time.Time
	out  io.Writer
}

const lineEvery = 10 * time.Second

func newShown(a *app, size int64, at *counting) *shown {
	s := &shown{at: at, last: time.Now(), out: a.errOut}
	if isTerminal(a.errOut) {
		s.bar = progressbar.NewOptions64(size, progressbar.OptionSetWriter(a.errOut), progressbar.OptionShowBytes(true), progressbar.OptionThrottle(100*time.Millisecond), progressbar.OptionClearOnFinish())
	}
	return s
}

func (s *shown) show(r fmt.Stringer) {
	switch {
	case s.bar != nil:
		s.bar.Set64(s.at.n)
	case time.Since(s.last) > lineEvery:
		s.last = time.Now()
		fmt.Fprintln(s.out, r)
	}
}

func (s *shown) done() {
	if s.bar != nil {
		s.bar.Finish()
	}
}

// counting counts what was read.
type counting struct {
	r io.Reader
	n int64
}

func (c *counting) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += int64(n)
	return n, err
}

// mostShown bounds the rows that a dry run shows one by one; the last line counts all.
const mostShown = 100

// dryRun says what would become of each row, and sends nothing to stay.
type dryRun struct {
	rules intake.Rules
	model *score.Model
	api   *upload // asked what it knows; nil: nobody is
	now   time.Time
	first map[string]int // line by duplicate key

	rows, taken, known, joined, refused, ignored int
}

// foreseen is what would become of a row.
type foreseen struct {
	line                int
	company, would, why string
	score               lead.Score
	asked               sent // empty: nobody is asked about it
}

// dry shows what would become of each row, by the configuration at hand and by what the
// API says that it knows, if one is named.
func (c importCmd) dry(a *app, in *rows.Reader, read func(rows.Row) intake.Element) error {
	cfg, model, err := a.loadModel()
	if err != nil {
		return err
	}
	d := &dryRun{rules: intakeRules(cfg, model), model: model, now: time.Now().UTC(), first: map[string]int{}}
	unasked := "which of them the API knows already cannot be told without asking it (--server, --key); "
	if cmp.Or(c.Server, c.Key, a.variable("LEADTRIAGE_SERVER")) != "" {
		if d.api, err = newUpload(a, c.Server, c.Key, "leads/batch"); err != nil {
			return err
		}
		d.api.address, unasked = d.api.address+"?dry_run=true", ""
	}
	shown := a.table("line", "company", "would be", "score", "proposal", "why")
	for end := false; !end; {
		var some []foreseen
		for len(some) < batchRows && !end {
			row, err := in.Next()
			if end = errors.Is(err, io.EOF); end {
				break
			}
			if err != nil {
				return fmt.Errorf("%s: %w", c.File, err)
			}
			some = append(some, d.row(row, read))
		}
		if err := d.ask(a.ctx, some); err != nil {
			return err
		}
		for _, f := range some {
			if d.rows++; d.rows > mostShown {
				continue
			}
			cells := table.Row{f.line, f.company, f.would, "", "", f.why}
			if f.score.Model != "" && f.would != "refused" {
				cells[3], cells[4], cells[5] = f.score.Total, f.score.Verdict, f.score.Because
			}
			shown.AppendRow(cells)
		}
	}
	shown.Render()
	fmt.Fprintf(a.out, "%d rows: %d new leads, %d known already, %d joined to another row, %d refused, %d ignored by the mapping; "+
		"%snothing was sent to stay, and facts that are found later may move a score\n", d.rows, d.taken, d.known, d.joined, d.refused, d.ignored, unasked)
	if d.refused > 0 {
		return fmt.Errorf("%s: %d rows would be refused: mend them, or the mapping", c.File, d.refused)
	}
	return nil
}

func (d *dryRun) row(row rows.Row, read func(rows.Row) intake.Element) foreseen {
	f, e := foreseen{line: row.Line, why: row.Problem}, intake.Element{}
	if f.why == "" {
		e = read(row)
	}
	if e.Ignored {
		d.ignored++
		f.would = "ignored by the mapping"
		return f
	}
	var incoming lead.Incoming
	if f.why == "" && len(e.Faults) > 0 {
		f.why = e.Faults.Error()
	} else if f.why == "" {
		var faults intake.Faults
		incoming, faults = intake.ParseLead(e.Lead, d.rules, d.now)
		f.why = lineAnswer{Errors: faults}.reason(e.Mapped)
		if text, err := oneLine(e.Lead); err == nil {
			f.asked = sent{row, e.Mapped, text}
		}
	}
	if f.why != "" && d.api != nil && f.asked.text != nil { // its configuration may be another: its word counts
		d.taken++
		f.would, f.why = "a new lead", ""
		return f
	}
	if f.why != "" {
		d.refused++
		f.would = "refused"
		return f
	}
	l := &lead.NewCase(incoming, d.now).Lead
	l.Facts = company.Settle(l.GivenFacts(), nil)
	f.score = explain(d.model, l, d.now).InWords()
	f.company = cmp.Or(l.Company.Name, l.Company.Domain, "—")
	if line := d.first[incoming.Key]; line > 0 {
		d.joined++
		f.would, f.asked.text = fmt.Sprintf("joined to line %d", line), nil
		return f
	}
	d.taken++
	d.first[incoming.Key], f.would = row.Line, "a new lead"
	return f
}

// ask has the API say which of the rows it knows, or would refuse all the same.
func (d *dryRun) ask(ctx context.Context, some []foreseen) error {
	if d.api == nil {
		return nil
	}
	var batch []sent
	at := map[int]*foreseen{}
	for i, f := range some {
		if f.asked.text != nil {
			batch = append(batch, f.asked)
			at[f.line] = &some[i]
		}
	}
	return d.api.send(ctx, batch, func(s sent, answer lineAnswer) {
		f := at[s.row.Line]
		switch {
		case answer.Status >= 300:
			d.taken--
			d.refused++
			f.would, f.why = "refused", answer.reason(s.mapped)
		case answer.Duplicate:
			d.taken--
			d.known++
			f.would = fmt.Sprintf("known: lead %s, %s", answer.ID, answer.Stage)
		}
	})
}
