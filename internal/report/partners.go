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

// Partners ranks partners by the pipeline that their leads made from from until to, in the
// currency that most of it is in; then by EQLs (SPEC section 6).
func Partners(ctx context.Context, records Records, from, to time.Time) (Table, error) {
	list, err := records.Figures(ctx, from, to)
	if err != nil {
		return Table{}, err
	}
	list = slices.DeleteFunc(list, func(f lead.Figures) bool { return f.Partner == lead.Direct })
	currency := usual(list)
	pipeline := func(f lead.Figures) (minor int64) {
		for _, d := range f.Deals {
			if d.Amount.Currency == currency {
				minor += d.Amount.Minor
			}
		}
		return minor
	}
	slices.SortFunc(list, func(a, b lead.Figures) int {
		return cmp.Or(cmp.Compare(pipeline(b), pipeline(a)), cmp.Compare(b.EQLs, a.EQLs), cmp.Compare(a.Partner, b.Partner))
	})
	t := Table{Title: "Partners by pipeline", Columns: append([]string{"rank", "partner"}, append(slices.Clone(funnelColumns), "approved", "fifth")...)}
	for i, f := range list {
		row := append([]string{strconv.Itoa(i + 1), f.Partner}, funnel(&f)...)
		t.Rows = append(t.Rows, append(row, share(f.EQLs, f.EQLs+f.Rejected), fifth(i, len(list))))
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
