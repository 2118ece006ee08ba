package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// Target says whether the webhook target has failed since it last succeeded, and whether it
// was switched off for it.
func (s *Store) Target(ctx context.Context, name string) (failing, off bool, err error) {
	err = s.read.QueryRowContext(ctx, `SELECT CASE off_at WHEN 0 THEN 0 ELSE 1 END FROM targets WHERE name = $1`, name).Scan(&off)
	if errors.Is(err, sql.ErrNoRows) {
		return false, false, nil
	}
	if err != nil {
		return false, false, fmt.Errorf("read webhook target %s: %w", name, err)
	}
	return true, off, nil
}

// TargetFailed records a failure of the webhook target, and switches it off if it has failed
// for so long without a success.
func (s *Store) TargetFailed(ctx context.Context, name string, now time.Time, long time.Duration) (off bool, err error) {
	err = s.write.QueryRowContext(ctx, `
		INSERT INTO targets (name, failing_since, off_at) VALUES ($1, $2, 0)
		ON CONFLICT (name) DO UPDATE SET off_at = CASE WHEN targets.off_at = 0 AND targets.failing_since <= $3 THEN $2 ELSE targets.off_at END
		RETURNING CASE off_at WHEN 0 THEN 0 ELSE 1 END`, name, now.UnixMilli(), now.Add(-long).UnixMilli()).Scan(&off)
	if err != nil {
		return false, fmt.Errorf("record a failure of webhook target %s: %w", name, err)
	}
	return off, nil
}

// TargetWorks records a success of the webhook target. One that is off stays so.
func (s *Store) TargetWorks(ctx context.Context, name string) error {
	if _, err := s.write.ExecContext(ctx, `DELETE FROM targets WHERE name = $1 AND off_at = 0`, name); err != nil {
		return fmt.Errorf("record that webhook target %s works: %w", name, err)
	}
	return nil
}

// stuck are a target's webhooks that wait, but for the end of an undo, or were given up since it failed.
const stuck = ` kind = 'webhook' AND lane = $1 AND
	(state = 'pending' AND turn = 0 AND (last_error <> '' OR due_at <= $3) OR state = 'failed' AND updated_at >= $2)`

// EnableTarget switches a webhook target on again, and makes due what waits for it and what
// was given up since it failed; sent counts these. ok: it had failed.
func (s *Store) EnableTarget(ctx context.Context, name string, now time.Time) (sent int64, ok bool, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		var since int64
		err := tx.QueryRowContext(ctx, `DELETE FROM targets WHERE name = $1 RETURNING failing_since`, name).Scan(&since)
		if ok = err == nil; errors.Is(err, sql.ErrNoRows) {
			return nil
		} else if err != nil {
			return err
		}
		args := []any{lead.LaneOf(name), since, now.UnixMilli()}
		if _, err := tx.ExecContext(ctx, `UPDATE leads SET version = version + 1 WHERE id IN (SELECT lead_id FROM effects WHERE`+stuck+`)`, args...); err != nil {
			return err
		}
		res, err := tx.ExecContext(ctx, `UPDATE effects SET state = 'pending', last_error = '', due_at = $3, since = $3, wake_at = $3, updated_at = $3
			WHERE`+stuck, args...)
		if err != nil {
			return err
		}
		sent, err = res.RowsAffected()
		return err
	})
	if err != nil {
		return 0, false, fmt.Errorf("enable webhook target %s: %w", name, err)
	}
	return sent, ok, nil
}

// WaitingWebhooks are those that have not left, by the lane of their target.
func (s *Store) WaitingWebhooks(ctx context.Context) (map[lead.Lane]int, error) {
	type of struct {
		lane lead.Lane
		n    int
	}
	list, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (w of, err error) {
		err = rows.Scan(&w.lane, &w.n)
		return w, err
	}, `SELECT lane, count(*) FROM effects WHERE kind = 'webhook' AND turn = 0 AND state IN ('pending', 'sending', 'unsure') GROUP BY lane`)
	if err != nil {
		return nil, fmt.Errorf("count waiting webhooks: %w", err)
	}
	waiting := map[lead.Lane]int{}
	for _, w := range list {
		waiting[w.lane] = w.n
	}
	return waiting, nil
}
