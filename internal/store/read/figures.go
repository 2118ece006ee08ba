package read

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"leadtriage/internal/lead"
)

// Sees reports whether the API key sent the lead or joined it.
func (r *Reads) Sees(ctx context.Context, id, sender string) (bool, error) {
	var n int
	if err := r.db.QueryRowContext(ctx, `SELECT count(*) FROM senders WHERE name = $1 AND lead_id = $2`, sender, id).Scan(&n); err != nil {
		return false, fmt.Errorf("senders of lead %s: %w", id, err)
	}
	return n > 0, nil
}

// Known is the lead with the duplicate key, if this sender sent it or joined it.
func (r *Reads) Known(ctx context.Context, key, sender string) (known lead.Receipt, err error) {
	err = r.db.QueryRowContext(ctx, `SELECT l.id, l.stage FROM leads l JOIN senders s ON s.lead_id = l.id WHERE l.dup_key = $1 AND s.name = $2`,
		key, sender).Scan(&known.ID, &known.Stage)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	if err != nil {
		err = fmt.Errorf("lead with a known key: %w", err)
	}
	return known, err
}

// OpenReviews counts the rounds that wait for a decision.
func (r *Reads) OpenReviews(ctx context.Context) (n int, err error) {
	if err = r.db.QueryRowContext(ctx, `SELECT count(*) FROM reviews WHERE decision = ''`).Scan(&n); err != nil {
		err = fmt.Errorf("count open reviews: %w", err)
	}
	return n, err
}

// FailedEffects counts the effects that were given up, by kind; a kind without one is left out.
func (r *Reads) FailedEffects(ctx context.Context) (map[lead.EffectKind]int, error) {
	failed := map[lead.EffectKind]int{}
	_, err := Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var kind lead.EffectKind
		var n int
		err = rows.Scan(&kind, &n)
		failed[kind] = n
		return none, err
	}, `SELECT kind, count(*) FROM effects WHERE state = 'failed' GROUP BY kind`)
	if err != nil {
		return nil, fmt.Errorf("count effects that were given up: %w", err)
	}
	return failed, nil
}

// Spending lists what the model cost since a day, by day and partner, newest first.
func (r *Reads) Spending(ctx context.Context, since time.Time) ([]lead.Spending, error) {
	list, err := Collect(ctx, r.db, func(rows *sql.Rows) (d lead.Spending, err error) {
		var micro int64
		err = rows.Scan(&d.Day, &d.Partner, &d.Calls, &d.PromptTokens, &d.CompletionTokens, &d.CachedTokens, &micro)
		d.CostUSD = float64(micro) / 1e6
		return d, err
	}, `SELECT day, partner, calls, prompt_tokens, completion_tokens, cached_tokens, micro_usd FROM spend WHERE day >= $1 ORDER BY day DESC, partner`,
		since.UTC().Format(time.DateOnly))
	if err != nil {
		return nil, fmt.Errorf("list spending: %w", err)
	}
	return list, nil
}

// Pauses lists what keeps the model from being asked; usually nothing.
func (r *Reads) Pauses(ctx context.Context) ([]lead.Pause, error) {
	list, err := Collect(ctx, r.db, func(rows *sql.Rows) (h lead.Pause, err error) {
		var since, until sql.NullInt64
		err = rows.Scan(&h.Reason, &since, &until)
		h.Since, h.Until = At(since), At(until)
		return h, err
	}, `SELECT reason, since, until_at FROM holds ORDER BY reason`)
	if err != nil {
		return nil, fmt.Errorf("list pauses: %w", err)
	}
	return list, nil
}

// Exams lists the results on record, newest first. One that cannot be read is left out.
func (r *Reads) Exams(ctx context.Context) ([]lead.ExamResult, error) {
	var list []lead.ExamResult
	_, err := Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var doc []byte
		var x lead.ExamResult
		if err = rows.Scan(&doc); err == nil && json.Unmarshal(doc, &x) == nil {
			list = append(list, x)
		}
		return none, err
	}, `SELECT doc FROM exams WHERE doc <> '' ORDER BY ended_at DESC LIMIT 20`)
	if err != nil {
		return nil, fmt.Errorf("list the model's exams: %w", err)
	}
	return list, nil
}
