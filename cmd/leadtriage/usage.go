package main

import (
	"fmt"
	"time"

	"github.com/jedib0t/go-pretty/v6/table"

	"leadtriage/internal/lead"
)

type usageCmd struct {
	Days int `help:"How many days back, today included." default:"7"`
}

var because = map[lead.PauseReason]string{
	lead.NoCredit: "the model's account has no credit left; check billing at the provider, then `leadtriage lead retry ID` of any lead tries at once",
	lead.OverCap:  "the day's budget is spent (enrichment.daily_cap); it ends at midnight UTC",
}

// Run prints what the model cost, by day and partner.
func (c usageCmd) Run(a *app) error {
	records, err := a.openRecords()
	if err != nil {
		return err
	}
	defer records.Close()
	list, err := records.Reads.Spending(a.ctx, time.Now().AddDate(0, 0, 1-c.Days))
	if err != nil {
		return err
	}
	holds, err := records.Reads.Pauses(a.ctx)
	if err != nil {
		return err
	}
	for _, h := range holds {
		if !h.Over(time.Now()) {
			fmt.Fprintf(a.out, "no company is asked about since %s UTC: %s\n", h.Since.Format(time.DateTime), because[h.Reason])
		}
	}
	exams, err := records.Reads.Exams(a.ctx)
	if err != nil {
		return err
	}
	for _, x := range exams {
		fmt.Fprintf(a.out, "reading exam of %s on %s (%s): %.0f %% of the true sentences verified, %.0f %% of the false ones\n",
			x.Model, x.At.Format(time.DateOnly), x.Prompt, 100*x.Recall, 100*x.False)
	}
	if len(list) == 0 {
		fmt.Fprintf(a.out, "the model was not asked in the last %d days\n", c.Days)
		return nil
	}
	t := a.table("day", "partner", "calls", "tokens in", "of them cached", "tokens out", "US dollars")
	var sum lead.Usage
	for _, d := range list {
		sum = sum.Add(d.Usage)
		t.AppendRow(table.Row{d.Day, d.Partner, d.Calls, d.PromptTokens, d.CachedTokens, d.CompletionTokens, fmt.Sprintf("%.4f", d.CostUSD)})
	}
	t.AppendFooter(table.Row{"", "", sum.Calls, sum.PromptTokens, sum.CachedTokens, sum.CompletionTokens, fmt.Sprintf("%.4f", sum.CostUSD)})
	t.Render()
	return nil
}
