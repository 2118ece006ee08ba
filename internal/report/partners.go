package report

import (
	"cmp"
	"context"
	"fmt"
	"slices"
	"strconv"
	"time"

	"leadtriage/internal/lead"
)

// fewest is from how many partners on the first and last fifth are named.
const fewest = 5

// Partners ranks partners by the pipeline that their leads made from from until to, per page
// about them that was visited, in the currency that most of it is in; then by EQLs (SPEC
// section 6). A partner whose pipeline is under so many times its costs is named.
func Partners(ctx context.Context, records Records, from, to time.Time, times float64) (Table, error) {
	list, err := records.Figures(ctx, from, to)
	if err != nil {
		return Table{}, err
	}
	list = slices.DeleteFunc(list, func(f lead.Figures) bool { return f.Partner == lead.Direct || f.Partner == "" })
	currency := usual(list)
	perPage := func(f lead.Figures) int64 { return in(pipeline(&f), currency) / int64(max(f.Pages, 1)) }
	slices.SortFunc(list, func(a, b lead.Figures) int {
		return cmp.Or(cmp.Compare(perPage(b), perPage(a)), cmp.Compare(b.EQLs, a.EQLs), cmp.Compare(a.Partner, b.Partner))
	})
	t := Table{Title: "Partners by pipeline", Columns: append([]string{"rank", "partner"}, append(slices.Clone(funnelColumns), "approved", "paid", "pages", "pipeline per page", "fifth", "advice")...)}
	for i, f := range list {
		row := append([]string{strconv.Itoa(i + 1), f.Partner}, funnel(&f)...)
		t.Rows = append(t.Rows, append(row, share(f.EQLs, f.EQLs+f.Rejected), money(f.Paid), strconv.Itoa(f.Pages),
			per(pipeline(&f), max(f.Pages, 1)), fifth(i, len(list)), advice(&f, currency, times)))
	}
	if len(list) < fewest {
		t.Notes = append(t.Notes, fmt.Sprintf("With fewer than %d partners no first and last fifth is named.", fewest))
	}
	for _, f := range list {
		if slices.ContainsFunc(f.Deals, func(d lead.Deal) bool { return d.Amount.Currency != "" && d.Amount.Currency != currency }) {
			t.Notes = append(t.Notes, "Partners are ranked by amounts in "+currency+"; others stand beside.")
			break
		}
	}
	return t, nil
}

// advice weighs the pipeline against the costs, where both are in the same currency.
func advice(f *lead.Figures, currency string, times float64) string {
	cost := in(f.Costs, currency) + in(f.Paid, currency)
	switch made := in(pipeline(f), currency); {
	case cost == 0:
		return ""
	case float64(made) < times*float64(cost):
		return fmt.Sprintf("pause or change: %.1f × its costs, under %g", float64(made)/float64(cost), times)
	default:
		return fmt.Sprintf("keep: %.1f × its costs", float64(made)/float64(cost))
	}
}

// fifth names the first and the last 20 % of a ranking.
func fifth(i, of int) string {
	part := of / 5
	switch {
	case of < fewest:
		return ""
	case i < part:
		return "top 20 %"
	case i >= of-part:
		return "bottom 20 %"
	}
	return ""
}

// usual is the currency that most deals have.
func usual(list []lead.Figures) (currency string) {
	count := map[string]int{}
	for _, f := range list {
		for _, d := range f.Deals {
			if c := d.Amount.Currency; c != "" {
				if count[c]++; count[c] > count[currency] {
					currency = c
				}
			}
		}
	}
	return currency
}
