package main

import (
	"cmp"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"
	"github.com/jedib0t/go-pretty/v6/text"

	"leadtriage/internal/eval"
)

func (c evalCmd) print(a *app, out evalRun) error {
	if c.Format == "json" {
		return printJSON(a, out)
	}
	fmt.Fprintln(a.out, out.Title)
	if out.Sentences != nil {
		for _, r := range out.Sentences {
			c.printSentences(a, r)
		}
		return nil
	}
	printFields(a, out.Reports)
	printTotals(a, out.Reports)
	for _, r := range out.Reports {
		for _, f := range r.Failures {
			fmt.Fprintf(a.out, "failed: %s by %s: %s\n", f.ID, r.Model, f.Error)
		}
	}
	if c.Details {
		for _, r := range out.Reports {
			printDetails(a, r)
		}
	}
	return nil
}

func (c evalCmd) printSentences(a *app, r eval.SentenceReport) {
	t := a.table("field", "true", "verified", "recall", "false", "verified", "share")
	for _, f := range r.Fields {
		t.AppendRow(table.Row{f.Field, f.True, f.Verified, share(f.Recall), f.Claimed, f.Taken, share(f.False)})
	}
	t.AppendFooter(table.Row{"all", r.All.True, r.All.Verified, share(r.All.Recall), r.All.Claimed, r.All.Taken, share(r.All.False)})
	t.Render()
	fmt.Fprintf(a.out, "%s: %d calls, %d tokens in, %d out\n", r.Model, r.Usage.Calls, r.Usage.PromptTokens, r.Usage.CompletionTokens)
	if !c.Details {
		return
	}
	for _, w := range r.Wrong {
		kind := "false, verified"
		if w.Reason != nil {
			kind = "true, " + w.Reason.String()
		}
		fmt.Fprintf(a.out, "%s: %s %q of %q\n", kind, w.Field, w.Value, w.Quote)
	}
}

// printFields shows a line for each field, and in it a group of columns for
// each report.
func printFields(a *app, reports []eval.Report) {
	t := a.table()
	t.ResetHeaders()
	t.Style().Format.Header = text.FormatDefault // a model's name is written as it is
	t.Style().Format.Footer = text.FormatDefault
	models, head := table.Row{"", ""}, table.Row{"field", "stated"}
	columns := []string{"precision", "recall", "wrong", "unsupported", "unverified", "conflicting"}
	var layout []table.ColumnConfig
	for _, r := range reports {
		for _, column := range columns {
			models, head = append(models, named(r, reports)), append(head, column)
			layout = append(layout, table.ColumnConfig{Number: len(head), Align: text.AlignRight, AlignHeader: text.AlignCenter, AlignFooter: text.AlignRight})
		}
	}
	t.SetColumnConfigs(layout)
	if len(reports) > 1 {
		t.AppendHeader(models, table.RowConfig{AutoMerge: true})
	}
	t.AppendHeader(head)
	line := func(name string, tally func(eval.Report) eval.Tally) table.Row {
		row := table.Row{name, tally(reports[0]).Stated}
		for _, r := range reports {
			n := tally(r)
			row = append(row, share(n.Precision), share(n.Recall), n.Wrong, n.Unsupported, n.Unverified, n.Conflicting)
		}
		return row
	}
	for i, f := range reports[0].Fields { // every report of a set has the same
		t.AppendRow(line(string(f.Field), func(r eval.Report) eval.Tally { return r.Fields[i].Tally }))
	}
	t.AppendFooter(line("all", func(r eval.Report) eval.Tally { return r.All }))
	t.Render()
}

// printTotals shows a column for each report.
func printTotals(a *app, reports []eval.Report) {
	head := []any{""}
	for _, r := range reports {
		head = append(head, named(r, reports))
	}
	t := a.table(head...)
	t.Style().Format.Header = text.FormatDefault
	for i, line := range totals(reports[0]) {
		row := table.Row{line[0]}
		for _, r := range reports {
			row = append(row, totals(r)[i][1])
		}
		t.AppendRow(row)
	}
	t.Render()
}

// totals are the lines on a report as a whole, by name.
func totals(r eval.Report) [][2]string {
	second := r.Usage.Second
	return [][2]string{
		{"prompt", r.Prompt},
		{"companies", fmt.Sprint(r.Companies)},
		{"failures", fmt.Sprint(len(r.Failures))},
		{"lost at", lost(r)},
		{"calls per company", fmt.Sprintf("%.2f", r.CallsPerCompany)},
		{"prompt tokens", fmt.Sprint(r.Usage.PromptTokens)},
		{"  of them cached", fmt.Sprint(r.Usage.CachedTokens)},
		{"completion tokens", fmt.Sprint(r.Usage.CompletionTokens)},
		{"of both, second reading", fmt.Sprintf("%d calls, %d in, %d out", second.Calls, second.PromptTokens, second.CompletionTokens)},
		{"provider answers", answers(r)},
		{"cost", cost(r)},
		{"latency p50", seconds(r.P50Seconds)},
		{"latency p95", seconds(r.P95Seconds)},
	}
}

// lost counts the true facts that were missed, by the step at which they were.
func lost(r eval.Report) string {
	var parts []string
	for _, step := range eval.Steps {
		if n := r.Lost[step]; n > 0 {
			parts = append(parts, fmt.Sprintf("%s %d", step, n))
		}
	}
	return cmp.Or(strings.Join(parts, ", "), "none")
}

// named tells the reports apart: two wordings of one model by their prompts.
func named(r eval.Report, all []eval.Report) string {
	if len(all) > 1 && all[0].Model == all[1].Model {
		return r.Model + ", " + r.Prompt
	}
	return r.Model
}

// answers are how often the data providers answered, and how.
func answers(r eval.Report) string {
	if len(r.Providers) == 0 {
		return "none asked"
	}
	var parts []string
	for _, name := range slices.Sorted(maps.Keys(r.Providers)) {
		var results []string
		for _, how := range slices.Sorted(maps.Keys(r.Providers[name])) {
			results = append(results, fmt.Sprintf("%d %s", r.Providers[name][how], how))
		}
		parts = append(parts, name+": "+strings.Join(results, ", "))
	}
	return strings.Join(parts, "; ")
}

func printDetails(a *app, r eval.Report) {
	fmt.Fprintf(a.out, "%s in detail: %d mistakes, %d missed\n", r.Model, len(r.Mistakes), len(r.Missed))
	for _, m := range r.Mistakes {
		kind := "wrong"
		if len(m.Truth) == 0 {
			kind = "unsupported"
		}
		fmt.Fprintf(a.out, "%s: %s %s: %q, the pages state %s; quoted: %q\n", kind, m.ID, m.Field, m.Found, either(m.Truth), m.Quote)
	}
	for _, m := range r.Missed {
		fmt.Fprintf(a.out, "missed (%s): %s %s: the pages state %s", m.Lost, m.ID, m.Field, either(m.Truth))
		for _, s := range m.Shown {
			fmt.Fprintf(a.out, "; %s: %q", s.Status, s.Value)
			if s.Reason != nil {
				fmt.Fprintf(a.out, ", %s", s.Reason)
			}
			fmt.Fprintf(a.out, ", quoted: %q", s.Quote)
		}
		fmt.Fprintln(a.out)
	}
}

func either(truth []string) string {
	if len(truth) == 0 {
		return "nothing"
	}
	return strings.Join(truth, " or ")
}

func share(v *float64) string {
	if v == nil {
		return "—"
	}
	return fmt.Sprintf("%.2f", *v)
}

func cost(r eval.Report) string {
	if r.Usage.CostUSD == 0 {
		return "no price known"
	}
	return fmt.Sprintf("%.4f USD, %.2f per 1000 companies", r.Usage.CostUSD, 1000*r.Usage.CostUSD/float64(r.Companies))
}

func seconds(s float64) string {
	return time.Duration(s * float64(time.Second)).Round(time.Millisecond).String()
}
