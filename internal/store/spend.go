package store

import (
	"context"
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
		[]any{day(at), partner, u.Calls, u.PromptTokens, u.CompletionTokens, u.CachedTokens, int64(math.Round(u.CostUSD * 1e6))})
}

// SpentOn is what the model cost on the UTC day of the time, in US dollars.
func (s *Store) SpentOn(ctx context.Context, at time.Time) (float64, error) {
	var micro int64
	if err := s.read.QueryRowContext(ctx, `SELECT coalesce(sum(micro_usd), 0) FROM spend WHERE day = $1`, day(at)).Scan(&micro); err != nil {
		return 0, fmt.Errorf("read the day's spending: %w", err)
	}
	return float64(micro) / 1e6, nil
}

func day(t time.Time) string { return t.UTC().Format(time.DateOnly) }
