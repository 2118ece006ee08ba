package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"leadtriage/config"
	"leadtriage/internal/report"
	"leadtriage/internal/rows"
	"leadtriage/internal/store"
)

type reportCmd struct {
	Weekly    weeklyReport    `cmd:"" help:"Leads, EQLs, SQLs, won deals by week and partner; EQL beside MQL."`
	Partners  partnersReport  `cmd:"" help:"Partners, ranked by the pipeline that their leads made."`
	Assets    assetsReport    `cmd:"" help:"Pages and partners' assets by which leads came."`
	Audit     auditReport     `cmd:"" help:"The scoring model, held against what people decided and what became of leads."`
	Prospects prospectsReport `cmd:"" help:"Domains that might become partners, by the pipeline that their visits would make."`
	Stalled   stalledReport   `cmd:"" help:"Approved leads of which nothing was heard, with the likely cause."`
}

type reportFlags struct {
	Format string `help:"table, csv or json." enum:"table,csv,json" default:"table"`
	Now    moment `hidden:""`
}

type weeklyReport struct {
	reportFlags
	Since span `help:"From the week of this day, or of so long ago, on: a day, or a span such as 90d." default:"28d" placeholder:"SPAN"`
}

func (c weeklyReport) Run(a *app) error {
	return c.run(a, func(ctx context.Context, cfg *config.Config, s *store.Store) ([]report.Table, error) {
		zone, err := time.LoadLocation(cfg.Review.Hours.Zone)
		if err != nil {
			return nil, err
		}
		now := c.Now.orNow()
		return report.Weekly(ctx, s.Reads, c.Since.start(now), now, zone, goals(cfg.Reports))
	})
}

func goals(r config.Reports) report.Goals {
	g := report.Goals{TwoTriggers: r.TwoTriggers, ManualMinutes: r.Manual}
	for _, measure := range report.Measures {
		if says := r.Benchmarks[measure]; says != "" {
			g.Benchmarks = append(g.Benchmarks, report.Benchmark{Measure: measure, Says: says})
		}
	}
	return g
}

type partnersReport struct {
	reportFlags
	Since span `help:"From this day, or from so long ago, on: a day, or a span such as 90d." default:"90d" placeholder:"SPAN"`
}

func (c partnersReport) Run(a *app) error {
	return c.run(a, func(ctx context.Context, cfg *config.Config, s *store.Store) ([]report.Table, error) {
		now := c.Now.orNow()
		t, err := report.Partners(ctx, s.Reads, c.Since.start(now), now, cfg.Reports.PipelinePerCost)
		return []report.Table{t}, err
	})
}

type assetsReport struct {
	reportFlags
	Since span `help:"From this day, or from so long ago, on: a day, or a span such as 365d." default:"365d" placeholder:"SPAN"`
}

func (c assetsReport) Run(a *app) error {
	return c.run(a, func(ctx context.Context, _ *config.Config, s *store.Store) ([]report.Table, error) {
		now := c.Now.orNow()
		t, err := report.Assets(ctx, s.Reads, c.Since.start(now), now)
		return []report.Table{t}, err
	})
}

type auditReport struct {
	reportFlags
	Since span `help:"Leads that came in from this day, or from so long ago, on." default:"180d" placeholder:"SPAN"`
}

func (c auditReport) Run(a *app) error {
	return c.run(a, func(ctx context.Context, cfg *config.Config, s *store.Store) ([]report.Table, error) {
		model, err := compileModel(cfg.Scoring, cfg.Partners)
		if err != nil {
			return nil, err
		}
		return report.Audit(ctx, s.Reads, c.Since.start(c.Now.orNow()), model.Threshold())
	})
}

type prospectsReport struct {
	reportFlags
	File  string `arg:"" help:"CSV with the columns domain and visits (a month), and type and tier where they are known." type:"existingfile"`
	Since span   `help:"What like partners brought from this day, or from so long ago, on." default:"90d" placeholder:"SPAN"`
}

func (c prospectsReport) Run(a *app) error {
	list, err := readProspects(c.File)
	if err != nil {
		return err
	}
	return c.run(a, func(ctx context.Context, cfg *config.Config, s *store.Store) ([]report.Table, error) {
		like := func(id string, p report.Prospect) bool {
			i := slices.IndexFunc(cfg.Partners, func(known config.Partner) bool { return known.ID == id })
			return i >= 0 && (p.Type == "" || cfg.Partners[i].Type == p.Type) && (p.Tier == "" || slices.Contains(cfg.Partners[i].Tiers, p.Tier))
		}
		now := c.Now.orNow()
		t, err := report.Prospects(ctx, s.Reads, c.Since.start(now), now, list, like)
		return []report.Table{t}, err
	})
}

// readProspects names each faulty row with its line.
func readProspects(path string) (list []report.Prospect, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	in, err := rows.NewReader(file, rows.CSV)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	at := map[string]int{}
	for i, column := range in.Columns {
		at[strings.ToLower(strings.TrimSpace(column))] = i
	}
	for _, column := range []string{"domain", "visits"} {
		if _, ok := at[column]; !ok {
			return nil, fmt.Errorf("%s: it has no column %s; it has %s", path, column, strings.Join(in.Columns, ", "))
		}
	}
	var faults []error
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			return list, errors.Join(faults...)
		}
		if err != nil {
			return nil, fmt.Errorf("%s: %w", path, err)
		}
		cell := func(column string) string {
			if i, ok := at[column]; ok && i < len(row.Values) {
				return strings.TrimSpace(row.Values[i])
			}
			return ""
		}
		visits, err := strconv.Atoi(cell("visits"))
		switch {
		case row.Problem != "":
			faults = append(faults, fmt.Errorf("%s, line %d: %s", path, row.Line, row.Problem))
		case err != nil || visits < 0 || visits > 1e9:
			faults = append(faults, fmt.Errorf("%s, line %d: visits %q is not a number from 0 on", path, row.Line, cell("visits")))
		default:
			list = append(list, report.Prospect{Domain: cell("domain"), Type: cell("type"), Tier: cell("tier"), Visits: visits})
		}
	}
}

type stalledReport struct {
	reportFlags
	After time.Duration `help:"Without news for so long; without it reports.stalled." placeholder:"336h"`
}

func (c stalledReport) Run(a *app) error {
	return c.run(a, func(ctx context.Context, cfg *config.Config, s *store.Store) ([]report.Table, error) {
		after := c.After
		if after == 0 {
			after = cfg.Reports.Stalled
		}
		t, err := report.Stalled(ctx, s.Reads, c.Now.orNow(), after)
		return []report.Table{t}, err
	})
}

func (c reportFlags) run(a *app, make func(context.Context, *config.Config, *store.Store) ([]report.Table, error)) error {
	cfg, err := a.load()
	if err != nil {
		return err
	}
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	tables, err := make(a.ctx, cfg, records)
	if err != nil {
		return fmt.Errorf("report: %w", err)
	}
	switch c.Format {
	case "json":
		return report.JSON(a.out, tables...)
	case "csv":
		return report.CSV(a.out, tables...)
	}
	for i, one := range tables {
		if i > 0 {
			fmt.Fprintln(a.out)
		}
		a.print(one)
	}
	return nil
}

func (a *app) print(one report.Table) {
	fmt.Fprintln(a.out, one.Title)
	t := a.table(cells(one.Columns)...)
	for _, r := range one.Rows {
		t.AppendRow(cells(r))
	}
	t.Render()
	for _, n := range one.Notes {
		fmt.Fprintln(a.out, n)
	}
}

func cells(texts []string) (row table.Row) {
	for _, s := range texts {
		row = append(row, s)
	}
	return row
}
