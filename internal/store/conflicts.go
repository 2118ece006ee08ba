package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"leadtriage/internal/lead"
)

const hasConflicts = `EXISTS (SELECT 1 FROM leads o WHERE o.domain = leads.domain AND o.domain <> '' AND o.partner <> leads.partner AND o.stage <> 'merged')`

// LeadsToTell claims the leads whose conflicting leads have not heard of them yet. Most
// leads have none: those it settles in one statement, a little late, so that it
// never takes a mark that another transaction is just setting for one that it saw.
func (s *Store) LeadsToTell(ctx context.Context, now time.Time) ([]lead.Due, error) {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE leads SET version = version + 1, tell_at = NULL
			WHERE id IN (SELECT id FROM leads WHERE tell_at <= $1 ORDER BY tell_at LIMIT $2) AND tell_at <= $1 AND NOT `+hasConflicts,
			now.Add(-2*time.Second).UnixMilli(), 10*sweepBatch)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sweep leads without conflicts: %w", err)
	}
	return s.due(ctx, "leads to tell conflicting leads of", `
		UPDATE leads SET version = version + 1, wakes = wakes + 1, tell_at = $1
		WHERE id IN (SELECT id FROM leads WHERE tell_at <= $2 AND `+hasConflicts+` ORDER BY tell_at LIMIT $3) AND tell_at <= $2
		RETURNING id, wakes`, now.Add(sweepGrace).UnixMilli(), now.UnixMilli(), sweepBatch)
}
