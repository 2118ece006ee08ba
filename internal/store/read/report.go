package read

import (
	"cmp"
	"context"
	"database/sql"
	"fmt"
	"maps"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

// Conditions of what is counted from $1 until before $2, in milliseconds.
const (
	cameIn  = `l.created_at >= $1 AND l.created_at < $2 AND l.stage <> 'merged'`
	decided = `r.decided_at >= $1 AND r.decided_at < $2 AND r.decision IN ('approved', 'rejected') AND r.undone_by = ''`
	// asSQL: sales took the lead on, for the first time.
	asSQL = `o.type IN ('sql', 'opportunity') AND o.at >= $1 AND o.at < $2 AND NOT EXISTS (SELECT 1 FROM outcomes e
		WHERE e.lead_id = o.lead_id AND e.type IN ('sql', 'opportunity') AND (e.at < o.at OR e.at = o.at AND e.id < o.id))`
	// single: the newest score has fewer than two kinds of buying behaviour.
	single = `l.doc LIKE '%"single_trigger"%'`
)

// figures are counts by partner and what is counted.
const figures = `
	SELECT l.partner, 'leads', count(*), 0 FROM leads l WHERE ` + cameIn + ` GROUP BY l.partner
	UNION ALL SELECT l.partner, 'alone', count(*), 0 FROM leads l WHERE ` + cameIn + ` AND l.stage IN ('parked', 'disqualified', 'archived')
		AND NOT EXISTS (SELECT 1 FROM reviews r WHERE r.lead_id = l.id) GROUP BY l.partner
	UNION ALL SELECT l.partner, r.decision, count(*), CAST(sum(r.decided_at - r.opened_at) AS BIGINT) FROM reviews r JOIN leads l ON l.id = r.lead_id
		WHERE ` + decided + ` GROUP BY l.partner, r.decision
	UNION ALL SELECT l.partner, 'override', count(*), 0 FROM reviews r JOIN leads l ON l.id = r.lead_id
		WHERE ` + decided + ` AND r.decision = 'approved' AND r.is_override = 1 GROUP BY l.partner
	UNION ALL SELECT l.partner, 'two', count(*), 0 FROM reviews r JOIN leads l ON l.id = r.lead_id
		WHERE ` + decided + ` AND r.decision = 'approved' AND NOT ` + single + ` GROUP BY l.partner
	UNION ALL SELECT l.partner, 'sql', count(*), 0 FROM outcomes o JOIN leads l ON l.id = o.lead_id WHERE ` + asSQL + ` GROUP BY l.partner`

// moved are the deals that moved, each by the first lead that names it; leads that were
// closed without a deal are among them.
const moved = `
	SELECT l.partner, x.type, x.at, x.amount, x.amount_digits, x.amount_currency, x.arr, x.arr_digits, x.arr_currency, l.created_at, l.verdict,
		EXISTS (SELECT 1 FROM reviews r WHERE r.lead_id = l.id AND r.decision = 'approved' AND r.undone_by = '')
	FROM (
		SELECT (SELECT f.id FROM outcomes n JOIN leads f ON f.id = n.lead_id WHERE n.deal_id = d.deal_id
				ORDER BY f.created_at, f.id LIMIT 1) AS lead_id,
			d.type, d.at, d.amount, d.amount_digits, d.amount_currency, d.arr, d.arr_digits, d.arr_currency
		FROM deals d WHERE d.at >= $1 AND d.at < $2
		UNION ALL
		SELECT o.lead_id, o.type, o.at, o.amount, o.amount_digits, o.amount_currency, o.arr, o.arr_digits, o.arr_currency
		FROM outcomes o WHERE o.deal_id = '' AND o.type IN ('closed_won', 'closed_lost') AND o.at >= $1 AND o.at < $2
			AND NOT EXISTS (SELECT 1 FROM outcomes e WHERE e.lead_id = o.lead_id AND (e.deal_id <> ''
				OR e.type IN ('closed_won', 'closed_lost') AND (e.at > o.at OR e.at = o.at AND e.id > o.id)))
	) x JOIN leads l ON l.id = x.lead_id ORDER BY x.at, l.id`

// ledger adds visits, costs and payouts. Whole days count, and of a month its days.
func (r *Reads) ledger(ctx context.Context, from, to time.Time, of func(string) *lead.Figures) error {
	first, end := from.Format(time.DateOnly), to.Format(time.DateOnly)
	_, err := Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var partner string
		var sessions, pages int
		if err = rows.Scan(&partner, &sessions, &pages); err == nil {
			f := of(partner)
			f.Sessions, f.Pages = sessions, pages
		}
		return none, err
	}, `SELECT partner, CAST(sum(sessions) AS BIGINT), count(DISTINCT page) FROM traffic WHERE day >= $1 AND day < $2 GROUP BY partner`, first, end)
	if err != nil {
		return fmt.Errorf("visits: %w", err)
	}
	_, err = Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var partner, month, what string
		var m lead.Money
		if err = rows.Scan(&what, &partner, &month, &m.Minor, &m.Digits, &m.Currency); err != nil {
			return none, err
		}
		days, all := within(month, first, end)
		if f := of(partner); what == "cost" {
			f.Costs = m.Part(days, all).AddTo(f.Costs)
		} else {
			f.Paid = m.Part(days, all).AddTo(f.Paid)
		}
		return none, nil
	}, `SELECT 'cost', partner, month, amount, amount_digits, amount_currency FROM costs WHERE month >= $1 AND month <= $2
		UNION ALL SELECT 'paid', partner, month, amount, amount_digits, amount_currency FROM payouts WHERE month >= $1 AND month <= $2
		ORDER BY 1, 2, 3, 6, 4`, first[:7], end[:7])
	if err != nil {
		return fmt.Errorf("costs and payouts: %w", err)
	}
	return nil
}

// within is how many days of a month are from first until before end, and how many it has.
func within(month, first, end string) (days, all int) {
	at, err := time.Parse("2006-01", month)
	if err != nil {
		return 0, 1
	}
	for day := at; day.Month() == at.Month(); day = day.AddDate(0, 0, 1) {
		all++
		if d := day.Format(time.DateOnly); d >= first && d < end {
			days++
		}
	}
	return days, all
}

// Figures are what each partner's leads came to from from until before to, by partner id.
// A decision counts when it was made, an outcome when it happened.
func (r *Reads) Figures(ctx context.Context, from, to time.Time) ([]lead.Figures, error) {
	by := map[string]*lead.Figures{}
	of := func(partner string) *lead.Figures {
		if by[partner] == nil {
			by[partner] = &lead.Figures{Partner: partner}
		}
		return by[partner]
	}
	_, err := Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var partner, what string
		var n int
		var took int64
		if err = rows.Scan(&partner, &what, &n, &took); err != nil {
			return none, err
		}
		f := of(partner)
		f.Deciding += time.Duration(took) * time.Millisecond
		*map[string]*int{"leads": &f.Leads, "alone": &f.Alone, "approved": &f.EQLs, "rejected": &f.Rejected,
			"override": &f.Overrides, "two": &f.Two, "sql": &f.SQLs}[what] = n
		return none, nil
	}, figures, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("figures of leads: %w", err)
	}
	_, err = Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var d lead.Deal
		var at, arrived sql.NullInt64
		err = rows.Scan(&d.Partner, &d.Type, &at, &d.Amount.Minor, &d.Amount.Digits, &d.Amount.Currency,
			&d.ARR.Minor, &d.ARR.Digits, &d.ARR.Currency, &arrived, &d.Verdict, &d.EQL)
		d.At, d.Arrived = At(at), At(arrived)
		f := of(d.Partner)
		f.Deals = append(f.Deals, d)
		return none, err
	}, moved, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("deals: %w", err)
	}
	if err := r.ledger(ctx, from, to, of); err != nil {
		return nil, err
	}
	list := make([]lead.Figures, 0, len(by))
	for _, f := range slices.SortedFunc(maps.Values(by), func(a, b *lead.Figures) int { return cmp.Compare(a.Partner, b.Partner) }) {
		list = append(list, *f)
	}
	return list, nil
}
