package store

import (
	"context"
	"fmt"

	"leadtriage/internal/lead"
)

// PutCost records a cost in the place of one of the same partner or channel, month and kind.
func (s *Store) PutCost(ctx context.Context, c lead.Cost) error {
	return s.put(ctx, "cost", `INSERT INTO costs (partner, channel, month, kind, amount, amount_digits, amount_currency) VALUES ($1, $2, $3, $4, $5, $6, $7)
		ON CONFLICT (partner, channel, month, kind) DO UPDATE SET amount = excluded.amount, amount_digits = excluded.amount_digits,
			amount_currency = excluded.amount_currency`,
		c.Partner, c.Channel, c.Month, c.Kind, c.Amount.Minor, c.Amount.Digits, c.Amount.Currency)
}

// PutPayout records a payout in the place of one of the same partner and month.
func (s *Store) PutPayout(ctx context.Context, p lead.Payout) error {
	return s.put(ctx, "payout", `INSERT INTO payouts (partner, month, amount, amount_digits, amount_currency) VALUES ($1, $2, $3, $4, $5)
		ON CONFLICT (partner, month) DO UPDATE SET amount = excluded.amount, amount_digits = excluded.amount_digits,
			amount_currency = excluded.amount_currency`,
		p.Partner, p.Month, p.Amount.Minor, p.Amount.Digits, p.Amount.Currency)
}

// PutTraffic records a page's visits in the place of those of the same partner, page and day.
func (s *Store) PutTraffic(ctx context.Context, t lead.Traffic) error {
	return s.put(ctx, "traffic", `INSERT INTO traffic (partner, page, day, sessions) VALUES ($1, $2, $3, $4)
		ON CONFLICT (partner, page, day) DO UPDATE SET sessions = excluded.sessions`, t.Partner, t.Page, string(t.Day), t.Sessions)
}

func (s *Store) put(ctx context.Context, what, statement string, args ...any) error {
	if _, err := s.write.ExecContext(ctx, statement, args...); err != nil {
		return fmt.Errorf("record a %s: %w", what, err)
	}
	return nil
}
