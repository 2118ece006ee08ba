package store

import (
	"context"
	"database/sql"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// Deal is a row of the view deals.
type Deal struct {
	ID          string
	Leads       int
	Type        lead.OutcomeType
	At          time.Time
	Amount, ARR lead.Money
}

func (s *Store) Deals(ctx context.Context) ([]Deal, error) {
	return read.Collect(ctx, s.read, func(rows *sql.Rows) (d Deal, err error) {
		var at sql.NullInt64
		err = rows.Scan(&d.ID, &d.Leads, &d.Type, &at, &d.Amount.Minor, &d.Amount.Digits, &d.Amount.Currency, &d.ARR.Minor, &d.ARR.Digits, &d.ARR.Currency)
		d.At = read.At(at)
		return d, err
	}, `SELECT deal_id, leads, type, at, amount, amount_digits, amount_currency, arr, arr_digits, arr_currency FROM deals ORDER BY deal_id`)
}

// Sums are what costs, payouts and traffic add up to.
func (s *Store) Sums(ctx context.Context) ([]int64, error) {
	var costs, payouts, traffic int64
	err := s.read.QueryRowContext(ctx, `SELECT (SELECT sum(amount) FROM costs), (SELECT sum(amount) FROM payouts), (SELECT sum(sessions) FROM traffic)`).
		Scan(&costs, &payouts, &traffic)
	return []int64{costs, payouts, traffic}, err
}
