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

// Prospect is a domain that might become a partner.
type Prospect struct {
	Domain, Type, Tier string
	Visits             int // a month, of its pages that would link to us
}

// Like says whether a partner is like a prospect.
type Like func(partner string, p Prospect) bool

// Prospects ranks domains by the pipeline a month that their visits would make, were they as
// good as like partners from from until to: partners of their type and tier that brought
// visits; where there are none, all partners with visits (SPEC section 6).
func Prospects(ctx context.Context, records Records, from, to time.Time, list []Prospect, like Like) (Table, error) {
	figures, err := records.Figures(ctx, from, to)
	if err != nil {
		return Table{}, err
	}
	figures = slices.DeleteFunc(figures, func(f lead.Figures) bool { return f.Sessions == 0 || f.Partner == lead.Direct || f.Partner == "" })
	currency := usual(figures)
	type row struct {
		Prospect
		made  int64 // of pipeline a month
		cells []string
	}
	var rows []row
	var digits int
	for _, f := range figures {
		for _, m := range pipeline(&f) {
			if m.Currency == currency {
				digits = m.Digits
			}
		}
	}
	for _, p := range list {
		alike := slices.DeleteFunc(slices.Clone(figures), func(f lead.Figures) bool { return !like(f.Partner, p) })
		sample := fmt.Sprintf("%d like it", len(alike))
		if len(alike) == 0 {
			alike, sample = figures, fmt.Sprintf("none like it; %d others", len(figures))
		}
		var made, visits, low, high int64
		for i, f := range alike {
			its := in(pipeline(&f), currency)
			made, visits = made+its, visits+int64(f.Sessions)
			expected := its * int64(p.Visits) / int64(f.Sessions)
			if low, high = min(low, expected), max(high, expected); i == 0 {
				low, high = expected, expected
			}
		}
		r := row{Prospect: p}
		said := func(minor int64) string { return lead.Money{Minor: minor, Digits: digits, Currency: currency}.Value() }
		cells := []string{"", "", strconv.FormatInt(visits, 10), sample}
		if visits > 0 && currency != "" {
			r.made = made * int64(p.Visits) / visits
			cells[0], cells[1] = said(r.made)+" "+currency, said(low)+"–"+said(high)
		}
		r.cells = append([]string{p.Domain, p.Type, p.Tier, strconv.Itoa(p.Visits)}, cells...)
		rows = append(rows, r)
	}
	slices.SortStableFunc(rows, func(a, b row) int {
		return cmp.Or(cmp.Compare(b.made, a.made), cmp.Compare(b.Visits, a.Visits), cmp.Compare(a.Domain, b.Domain))
	})
	t := Table{Title: "Prospects by pipeline a month",
		Columns: []string{"domain", "type", "tier", "visits", "pipeline", "from worst to best of them", "their visits", "sample"}}
	for _, r := range rows {
		t.Rows = append(t.Rows, r.cells)
	}
	if len(figures) == 0 {
		t.Notes = []string{"No partner has visits on record in this time: send them with import --traffic, then rank again."}
	}
	return t, nil
}
