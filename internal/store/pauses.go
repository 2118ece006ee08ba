package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"leadtriage/internal/lead"
)

// Pause keeps the model from being asked until h.Until, for every worker. began is
// false when there was a pause for this reason; its Since stays.
func (s *Store) Pause(ctx context.Context, h lead.Pause) (began bool, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		var since int64
		err := tx.QueryRowContext(ctx, `
			INSERT INTO holds (reason, since, until_at) VALUES ($1, $2, $3)
			ON CONFLICT (reason) DO NOTHING RETURNING since`, h.Reason, h.Since.UnixMilli(), h.Until.UnixMilli()).Scan(&since)
		if began = err == nil; began || err != sql.ErrNoRows {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE holds SET until_at = $1 WHERE reason = $2`, h.Until.UnixMilli(), h.Reason)
		return err
	})
	if err != nil {
		return false, fmt.Errorf("pause for %s: %w", h.Reason, err)
	}
	return began, nil
}

// Probe makes the caller the one who looks whether the pause may end, until next;
// false when it is not time, another looks already, or there is no such pause.
func (s *Store) Probe(ctx context.Context, reason lead.PauseReason, now, next time.Time) (bool, error) {
	res, err := s.write.ExecContext(ctx, `UPDATE holds SET until_at = $1 WHERE reason = $2 AND until_at <= $3`, next.UnixMilli(), reason, now.UnixMilli())
	if err != nil {
		return false, fmt.Errorf("probe pause for %s: %w", reason, err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// LookAgain makes the pause due to be looked at, if there is one.
func (s *Store) LookAgain(ctx context.Context, reason lead.PauseReason, now time.Time) error {
	if _, err := s.write.ExecContext(ctx, `UPDATE holds SET until_at = $1 WHERE until_at > $1 AND reason = $2`, now.UnixMilli(), reason); err != nil {
		return fmt.Errorf("look at pause for %s again: %w", reason, err)
	}
	return nil
}

// Resume ends the pause and makes the leads that wait due for the next sweep; false
// when there was none.
func (s *Store) Resume(ctx context.Context, reason lead.PauseReason, now time.Time) (ended bool, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, `DELETE FROM holds WHERE reason = $1`, reason)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		if ended = n == 1; err != nil || !ended {
			return err
		}
		_, err = tx.ExecContext(ctx, `UPDATE leads SET version = version + 1, wake_at = $1 WHERE wake_at > $1`, now.UnixMilli())
		return err
	})
	if err != nil {
		return false, fmt.Errorf("end pause for %s: %w", reason, err)
	}
	return ended, nil
}
