package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"leadtriage/internal/company"
	"leadtriage/internal/intake"
	"leadtriage/internal/lead"
	"leadtriage/internal/rows"
)

// mostShown bounds the rows that a dry run shows one by one; the last line counts all.
const mostShown = 100

// dry shows what would become of each row, by the configuration at hand, and sends
// nothing. What the API knows already it does not ask.
func (c importCmd) dry(a *app, in *rows.Reader, read func(rows.Row) intake.Element) error {
	cfg, model, err := a.loadModel()
	if err != nil {
		return err
	}
	rules, now := intakeRules(cfg, model), time.Now().UTC()
	shown := a.table("line", "company", "would be", "score", "proposal", "why")
	n, taken, joined, refused, ignored := 0, 0, 0, 0, 0
	first := map[string]int{} // line by duplicate key
	for {
		row, err := in.Next()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			return fmt.Errorf("%s: %w", c.File, err)
		}
		n++
		show := func(cells ...any) {
			if n <= mostShown {
				shown.AppendRow(append(table.Row{row.Line}, cells...))
			}
		}
		e, why := intake.Element{}, row.Problem
		if why == "" {
			e = read(row)
		}
		if e.Ignored {
			ignored++
			show("", "ignored by the mapping")
			continue
		}
		var incoming lead.Incoming
		if why == "" && len(e.Faults) > 0 {
			why = e.Faults.Error()
		} else if why == "" {
			var faults intake.Faults
			incoming, faults = intake.ParseLead(e.Lead, rules, now)
			why = lineAnswer{Errors: faults}.reason(e.Mapped)
		}
		if why != "" {
			refused++
			show("", "refused", "", "", why)
			continue
		}
		l := &lead.NewCase(incoming, now).Lead
		l.Facts = company.Settle(l.GivenFacts(), nil)
		s := explain(model, l, now).InWords()
		would := "a lead"
		if line := first[incoming.Key]; line > 0 {
			joined++
			would = fmt.Sprintf("joined to line %d", line)
		} else {
			taken++
			first[incoming.Key] = row.Line
		}
		show(cmp.Or(l.Company.Name, l.Company.Domain, "—"), would, s.Total, s.Verdict, s.Because)
	}
	shown.Render()
	fmt.Fprintf(a.out, "%d rows: %d leads, %d joined to them, %d refused, %d ignored by the mapping; "+
		"nothing was sent, and facts that are found later may move a score\n", n, taken, joined, refused, ignored)
	if refused > 0 {
		return fmt.Errorf("%s: %d rows would be refused: mend them, or the mapping", c.File, refused)
	}
	return nil
}
