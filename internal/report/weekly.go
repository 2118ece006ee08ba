package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// Goals are what a team compares itself with; they are configured (reports).
type Goals struct {
	TwoTriggers   float64       // share of EQLs with two buying triggers
	ManualMinutes time.Duration // that a person took to sort a lead by hand
	Benchmarks    []Benchmark
}

// Weekly is the report of the weeks from from until to: Mondays at midnight in zone. The
// week of to is the last one, and may not be over.
func Weekly(ctx context.Context, records Records, from, to time.Time, zone *time.Location, goals Goals) ([]Table, error) {
	weeks := Table{Title: "Weeks", Columns: append([]string{"week from"}, funnelColumns...)}
	byPartner := map[string][]lead.Figures{}
	var partners []string
	var all []lead.Figures
	for at := monday(from.In(zone)); at.Before(to); at = at.AddDate(0, 0, 7) {
		figures, err := records.Figures(ctx, at, at.AddDate(0, 0, 7))
		if err != nil {
			return nil, err
		}
		week := sum(figures)
		weeks.Rows = append(weeks.Rows, append([]string{at.Format(time.DateOnly)}, funnel(&week)...))
		for _, f := range figures {
			if byPartner[f.Partner] == nil {
				partners = append(partners, f.Partner)
			}
			byPartner[f.Partner] = append(byPartner[f.Partner], f)
		}
		all = append(all, figures...)
	}
	total := sum(all)
	weeks.Rows = append(weeks.Rows, append([]string{"all"}, funnel(&total)...))
	weeks.Notes = reviewNotes(&total, goals)
	each := Table{Title: "Partners", Columns: append([]string{"partner"}, funnelColumns...)}
	for _, p := range slices.Sorted(slices.Values(partners)) {
		f := sum(byPartner[p])
		each.Rows = append(each.Rows, append([]string{cmp.Or(p, "no partner")}, funnel(&f)...))
	}
	return []Table{weeks, each, beside(&total), compared(&total, goals.Benchmarks)}, nil
}

// Benchmark is what others report of a measure.
type Benchmark struct{ Measure, Says string }

// Measures are what a benchmark can be of.
var Measures = []string{"eql_close", "mql_close", "eql_to_sql", "cost_per_eql", "cost_per_sql", "pipeline_per_eql"}

// compared puts a team's own figures beside the benchmarks.
func compared(f *lead.Figures, benchmarks []Benchmark) Table {
	eqlWon, eqlClosed := closed(f, true)
	won, all := closed(f, false)
	ours := map[string][2]string{
		"eql_close":        {share(eqlWon, eqlClosed), strconv.Itoa(eqlClosed)},
		"mql_close":        {share(won, all), strconv.Itoa(all)},
		"eql_to_sql":       {share(f.SQLs, f.EQLs), strconv.Itoa(f.EQLs)},
		"cost_per_eql":     {per(f.Costs, f.EQLs), strconv.Itoa(f.EQLs)},
		"cost_per_sql":     {per(f.Costs, f.SQLs), strconv.Itoa(f.SQLs)},
		"pipeline_per_eql": {per(pipeline(f), f.EQLs), strconv.Itoa(f.EQLs)},
	}
	t := Table{Title: "Beside the benchmarks", Columns: []string{"measure", "ours", "of", "benchmark"}}
	for _, b := range benchmarks {
		t.Rows = append(t.Rows, []string{strings.ReplaceAll(b.Measure, "_", " "), ours[b.Measure][0], ours[b.Measure][1], b.Says})
	}
	return t
}

// closed counts the closed deals of approved leads, or of all others.
func closed(f *lead.Figures, eql bool) (won, all int) {
	for _, d := range f.Deals {
		if d.EQL == eql && d.Closed() {
			all++
			if d.Type == lead.ClosedWon {
				won++
			}
		}
	}
	return won, all
}

// monday is the midnight with which the week of a time began.
func monday(t time.Time) time.Time {
	day := (int(t.Weekday()) + 6) % 7 // Monday is 0
	return time.Date(t.Year(), t.Month(), t.Day()-day, 0, 0, 0, 0, t.Location())
}

func reviewNotes(f *lead.Figures, goals Goals) []string {
	var notes []string
	note := func(format string, args ...any) { notes = append(notes, fmt.Sprintf(format, args...)) }
	if f.EQLs > 0 {
		note("%s of the EQLs showed two kinds of buying behaviour or more; the goal is %.0f %%.", share(f.Two, f.EQLs), 100*goals.TwoTriggers)
		note("%s of the EQLs were approved against the proposal of the rules.", share(f.Overrides, f.EQLs))
	}
	if n := f.EQLs + f.Rejected; n > 0 {
		took := f.Deciding / time.Duration(n)
		note("A decision took %s from the question on, on average.", took.Round(time.Second))
	}
	if f.Leads > 0 {
		note("%s of the leads were settled without a person; by hand they take some %s.",
			share(f.Alone, f.Leads), (time.Duration(f.Alone) * goals.ManualMinutes).Round(time.Minute))
	}
	if f.EQLs > 0 && len(f.Costs) > 0 {
		note("An EQL cost %s.", per(f.Costs, f.EQLs))
	}
	if f.EQLs > 0 && len(pipeline(f)) > 0 {
		note("The pipeline per EQL is %s.", per(pipeline(f), f.EQLs))
	}
	if s := small("EQLs", f.EQLs); s != "" {
		notes = append(notes, s)
	}
	return notes
}

// beside compares the deals of approved leads with those of all others (SPEC section 6).
func beside(f *lead.Figures) Table {
	t := Table{Title: "EQL beside MQL: closed deals", Columns: []string{"leads", "won", "lost", "win rate", "likely", "days to close, median"}}
	for _, name := range []string{"EQL", "other"} {
		won, all := closed(f, name == "EQL")
		var took []time.Duration
		for _, d := range f.Deals {
			if d.EQL == (name == "EQL") && d.Closed() {
				took = append(took, d.At.Sub(d.Arrived))
			}
		}
		middle := ""
		if d, ok := median(took); ok {
			middle = days(d)
		}
		t.Rows = append(t.Rows, []string{name, strconv.Itoa(won), strconv.Itoa(all - won), share(won, all), interval(won, all), middle})
		if s := small("closed deals of "+name+" leads", all); s != "" {
			t.Notes = append(t.Notes, s)
		}
	}
	return t
}
