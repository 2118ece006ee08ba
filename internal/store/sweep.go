package store

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// A sweep takes at most so many of each kind; the next one takes the rest.
const sweepBatch = 500

// What a sweep asks, each answered by an index that holds what waits, from its beginning. The
// sum is looked up in no index: it asks again of the few rows that were found.
const (
	dueLeads = `
		UPDATE leads SET version = version + 1, wakes = wakes + 1, wake_at = $1,
			card_by = CASE WHEN card_by < $4 AND wake_at < $5 THEN $4 ELSE card_by END
		WHERE id IN (SELECT id FROM leads WHERE wake_at <= $2 ORDER BY wake_at LIMIT $3) AND wake_at + 0 <= $2
		RETURNING id, wakes`
	overdueLeads = `
		UPDATE leads SET version = version + 1, card_by = CASE WHEN wake_at < $4 THEN CAST($5 AS BIGINT) ELSE $1 END
		WHERE id IN (SELECT id FROM leads WHERE card_by <= $2 ORDER BY card_by LIMIT $3) AND card_by + 0 <= $2
		RETURNING CASE WHEN wake_at < $4 THEN '' ELSE id END, card_by`
	dueEffects = `
		UPDATE effects SET wakes = wakes + 1, wake_at = $1,
			turn = CASE WHEN posts = 0 OR state <> 'pending' THEN 0 WHEN kind = 'card' THEN 1 ELSE 2 END
		WHERE id IN (SELECT id FROM effects WHERE kind = $3 AND lane IN ($5, '') AND turn = 0 AND state IN ('pending', 'sending', 'unsure')
			AND wake_at <= $2 ORDER BY wake_at LIMIT $4)
			AND turn = 0 AND wake_at + 0 <= $2 AND state IN ('pending', 'sending', 'unsure')
		RETURNING CASE turn WHEN 0 THEN id ELSE '' END, wakes`
)

// backlogAfter is how long a lead has waited for a sweep that is in the backlog: sweeps
// take what is due within seconds, if they have room for it.
const backlogAfter = 10 * time.Second

// DueLeads claims the leads that wait for facts and that nobody moved. The deadline of
// those from the backlog begins now.
func (s *Store) DueLeads(ctx context.Context, now time.Time, deadline time.Duration) ([]lead.Due, error) {
	return s.due(ctx, "leads to enrich", dueLeads, now.Add(sweepGrace).UnixMilli(), now.UnixMilli(), sweepBatch,
		now.Add(deadline).UnixMilli(), now.Add(-backlogAfter).UnixMilli())
}

// OverdueLeads claims the leads whose card must go out although facts are missing. To
// wait in the backlog is not to be overdue: such a lead has its deadline anew.
func (s *Store) OverdueLeads(ctx context.Context, now time.Time, deadline time.Duration) ([]lead.Due, error) {
	return s.due(ctx, "overdue leads", overdueLeads, now.Add(sweepGrace).UnixMilli(), now.UnixMilli(), sweepBatch,
		now.Add(-backlogAfter).UnixMilli(), now.Add(deadline).UnixMilli())
}

// DueEffects claims the effects of a kind in a lane that are due and in nobody's hands. A message
// that is due to be posted is not among them: from now on it waits for its turn.
func (s *Store) DueEffects(ctx context.Context, kind lead.EffectKind, lane lead.Lane, now time.Time) ([]lead.Due, error) {
	return s.due(ctx, "due effects", dueEffects, now.Add(sweepGrace).UnixMilli(), now.UnixMilli(), kind, sweepBatch, lane)
}

// due claims what lags. What is found without an id needs nobody.
func (s *Store) due(ctx context.Context, what, query string, args ...any) ([]lead.Due, error) {
	var found []lead.Due
	err := again(func() (err error) {
		found, err = read.Collect(ctx, s.write, func(rows *sql.Rows) (l lead.Due, err error) {
			err = rows.Scan(&l.ID, &l.Wake)
			return l, err
		}, query, args...)
		return err
	})
	found = slices.DeleteFunc(found, func(l lead.Due) bool { return l.ID == "" })
	if err != nil {
		return nil, fmt.Errorf("sweep %s: %w", what, err)
	}
	return found, nil
}

// WakeAll makes every unfinished record due for the next sweep, for a queue
// that starts empty.
func (s *Store) WakeAll(ctx context.Context, now time.Time) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE leads SET version = version + 1, wake_at = $1 WHERE wake_at > $1`, now.UnixMilli()); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE effects SET wake_at = $1 WHERE wake_at > $1 AND due_at <= $1 AND turn = 0
			AND state IN ('pending', 'unsure')`, now.UnixMilli())
		return err
	})
	if err != nil {
		return fmt.Errorf("wake all records: %w", err)
	}
	return nil
}

// Wake makes the lead's unfinished work due for the next sweep.
func (s *Store) Wake(ctx context.Context, id string, now time.Time) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		if _, err := tx.ExecContext(ctx, `UPDATE leads SET version = version + 1, wake_at = $1 WHERE id = $2 AND wake_at IS NOT NULL`, now.UnixMilli(), id); err != nil {
			return err
		}
		_, err := tx.ExecContext(ctx, `UPDATE effects SET wake_at = $1 WHERE lead_id = $2 AND due_at <= $1 AND turn = 0
			AND state IN ('pending', 'unsure')`, now.UnixMilli(), id)
		return err
	})
	if err != nil {
		return fmt.Errorf("wake lead %s: %w", id, err)
	}
	return nil
}
