// Package report makes tables of what leads came to: by week, by partner, EQL beside MQL.
// It reads, and changes nothing (SPEC section 6).
package report

import (
	"context"
	"encoding/csv"
	"encoding/json"
	"fmt"
	"io"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// Records are what reports are made of; internal/store/read implements it.
type Records interface {
	// Figures are by partner, from from until before to.
	Figures(ctx context.Context, from, to time.Time) ([]lead.Figures, error)
}

// enough is the sample from which a share says something (SPEC section 6).
const enough = 50

// Table is a report as rows of text; each row has as many cells as there are columns.
type Table struct {
	Title   string     `json:"title"`
	Columns []string   `json:"columns"`
	Rows    [][]string `json:"rows"`
	Notes   []string   `json:"notes,omitempty"` // below it, a sentence each
}

// JSON writes tables as one list.
func JSON(w io.Writer, tables ...Table) error {
	out := json.NewEncoder(w)
	out.SetEscapeHTML(false)
	out.SetIndent("", "  ")
	for i := range tables {
		tables[i].Rows = slices.Concat([][]string{}, tables[i].Rows) // an empty list, not null
	}
	return out.Encode(tables)
}

// CSV writes tables below each other, with an empty line between two.
func CSV(w io.Writer, tables ...Table) error {
	out := csv.NewWriter(w)
	for i, t := range tables {
		if i > 0 {
			_ = out.Write([]string{""}) // Error tells
		}
		_ = out.Write(t.Columns)
		_ = out.WriteAll(t.Rows)
	}
	out.Flush()
	return out.Error()
}

// sum joins the figures of partners, or of weeks.
func sum(list []lead.Figures) (all lead.Figures) {
	for _, f := range list {
		all.Sessions += f.Sessions
		all.Pages += f.Pages
		all.Costs, all.Paid = total(all.Costs, f.Costs), total(all.Paid, f.Paid)
		all.Leads += f.Leads
		all.Alone += f.Alone
		all.EQLs += f.EQLs
		all.Two += f.Two
		all.Overrides += f.Overrides
		all.Rejected += f.Rejected
		all.Deciding += f.Deciding
		all.SQLs += f.SQLs
		all.Deals = append(all.Deals, f.Deals...)
	}
	return all
}

// funnelColumns are what funnel gives the cells of.
var funnelColumns = []string{"visits", "leads", "EQL", "SQL", "won", "lost", "pipeline", "won amount", "won ARR", "cost", "EQL share"}

// funnel is how far leads came.
func funnel(f *lead.Figures) []string {
	var won, lost int
	var amount, arr []lead.Money
	for _, d := range f.Deals {
		switch d.Type {
		case lead.ClosedWon:
			won++
			amount, arr = d.Amount.AddTo(amount), d.ARR.AddTo(arr)
		case lead.ClosedLost:
			lost++
		}
	}
	return []string{strconv.Itoa(f.Sessions), strconv.Itoa(f.Leads), strconv.Itoa(f.EQLs), strconv.Itoa(f.SQLs), strconv.Itoa(won), strconv.Itoa(lost),
		money(pipeline(f)), money(amount), money(arr), money(f.Costs), share(f.EQLs, f.Leads)}
}

func total(sums, more []lead.Money) []lead.Money {
	for _, m := range more {
		sums = m.AddTo(sums)
	}
	return sums
}

// in is the sum in one currency, in its smallest unit.
func in(sums []lead.Money, currency string) (minor int64) {
	for _, m := range sums {
		if m.Currency == currency {
			minor += m.Minor
		}
	}
	return minor
}

// pipeline is the sum of all deals of which something was heard.
func pipeline(f *lead.Figures) (sums []lead.Money) {
	for _, d := range f.Deals {
		sums = d.Amount.AddTo(sums)
	}
	return sums
}

// per is the sum for each of so many; of none it is empty.
func per(sums []lead.Money, n int) string {
	if n == 0 {
		return ""
	}
	var each []lead.Money
	for _, m := range sums {
		each = append(each, m.Part(1, n))
	}
	return money(each)
}

// money is the sum in each currency.
func money(sums []lead.Money) string {
	var parts []string
	for _, m := range sums {
		parts = append(parts, m.Value()+" "+m.Currency)
	}
	return strings.Join(parts, " + ")
}

// share is a part in percent; of nothing it is empty.
func share(part, whole int) string {
	if whole == 0 {
		return ""
	}
	return fmt.Sprintf("%.0f %%", 100*float64(part)/float64(whole))
}

// interval is Wilson's: where the true share lies with 95 %, for a sample like this.
func interval(part, whole int) string {
	if whole == 0 {
		return ""
	}
	low, high := likely(part, whole)
	return fmt.Sprintf("%.0f–%.0f %%", 100*low, 100*high)
}

// likely is Wilson's interval, from 0 to 1.
func likely(part, whole int) (low, high float64) {
	const z = 1.96
	n := float64(whole)
	p := float64(part) / n
	middle, spread := p+z*z/(2*n), z*math.Sqrt(p*(1-p)/n+z*z/(4*n*n))
	return max(0, (middle-spread)/(1+z*z/n)), min(1, (middle+spread)/(1+z*z/n))
}

// small is a sentence for a sample that says nothing yet; empty: it is large enough.
func small(what string, n int) string {
	if n >= enough {
		return ""
	}
	return fmt.Sprintf("%d %s: too small a sample to say anything; from %d on it does.", n, what, enough)
}

func median(list []time.Duration) (d time.Duration, ok bool) {
	if len(list) == 0 {
		return 0, false
	}
	slices.Sort(list)
	return list[len(list)/2], true
}

// days is a time in days, such as 12.5.
func days(d time.Duration) string { return strconv.FormatFloat(d.Hours()/24, 'f', 1, 64) }
