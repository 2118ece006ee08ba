package store

import (
	"context"
	"database/sql"
	"fmt"
	"math"
	"time"

	"leadtriage/internal/lead"
)

// putSpend adds what was spent to its day and partner.
func putSpend(at time.Time, partner string, u lead.Usage) write {
	return into("spend", "day, partner, calls, prompt_tokens, completion_tokens, cached_tokens, micro_usd", `
		ON CONFLICT (day, partner) DO UPDATE SET calls = spend.calls + excluded.calls, prompt_tokens = spend.prompt_tokens + excluded.prompt_tokens,
			completion_tokens = spend.completion_tokens + excluded.completion_tokens, cached_tokens = spend.cached_tokens + excluded.cached_tokens,
			micro_usd = spend.micro_usd + excluded.micro_usd`,
		[]any{day(at), partner, u.Calls, u.PromptTokens, u.CompletionTokens, u.CachedTokens, micro(u.CostUSD)})
}

// SpentOn is what the model cost on the UTC day of the time, in US dollars.
func (s *Store) SpentOn(ctx context.Context, at time.Time) (float64, error) {
	var micro int64
	if err := s.read.QueryRowContext(ctx, `SELECT coalesce(sum(micro_usd), 0) FROM spend WHERE day = $1`, day(at)).Scan(&micro); err != nil {
		return 0, fmt.Errorf("read the day's spending: %w", err)
	}
	return float64(micro) / 1e6, nil
}

// Reserve keeps the most that a company may cost of the day's budget for a search that
// ends at the latest then; false: with what is spent and reserved there is no room for it.
// While nothing is reserved there is, as long as anything is left of the cap.
func (s *Store) Reserve(ctx context.Context, domain string, now, until time.Time, most, budget float64) (ok bool, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE reserved SET until_at = $1 WHERE domain = ''`, now.UnixMilli()); err != nil {
			return err
		}
		if _, err := tx.ExecContext(ctx, `DELETE FROM reserved WHERE domain <> '' AND until_at <= $1`, now.UnixMilli()); err != nil {
			return err
		}
		var spent, held int64
		err := tx.QueryRowContext(ctx, `
			SELECT (SELECT coalesce(sum(micro_usd), 0) FROM spend WHERE day = $1) + coalesce(sum(spent_micro_usd), 0), coalesce(sum(micro_usd), 0)
			FROM reserved`, day(now)).Scan(&spent, &held)
		if ok = micro(budget) > spent && (held == 0 || spent+held+micro(most) <= micro(budget)); err != nil || !ok {
			return err
		}
		_, err = tx.ExecContext(ctx, `
			INSERT INTO reserved (domain, until_at, micro_usd, spent_micro_usd) VALUES ($1, $2, $3, 0)
			ON CONFLICT (domain) DO UPDATE SET until_at = excluded.until_at, micro_usd = excluded.micro_usd`,
			domain, until.UnixMilli(), max(micro(most), 1))
		return err
	})
	if err != nil {
		return false, fmt.Errorf("reserve the day's budget for company %s: %w", domain, err)
	}
	return ok, nil
}

// Settle puts what a search cost in the place of what was reserved for it, until its
// lead is committed with it.
func (s *Store) Settle(ctx context.Context, domain string, usd float64) error {
	_, err := s.write.ExecContext(ctx, `UPDATE reserved SET micro_usd = 0, spent_micro_usd = spent_micro_usd + $1 WHERE domain = $2`, micro(usd), domain)
	if err != nil {
		return fmt.Errorf("settle what company %s cost: %w", domain, err)
	}
	return nil
}

// book takes what a lead's search cost off what was settled: it stands on its day now.
func book(l *lead.Lead, u lead.Usage) write {
	return write{`UPDATE reserved SET spent_micro_usd = spent_micro_usd - ? WHERE domain = ? AND spent_micro_usd >= ? AND ` + ifFirst,
		[]any{micro(u.CostUSD), l.Company.Domain, micro(u.CostUSD)}}
}

func micro(usd float64) int64 { return int64(math.Round(usd * 1e6)) }

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
