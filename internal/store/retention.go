package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"leadtriage/internal/store/read"
)

// One statement removes so many rows at most, in a transaction of its own: nobody who
// writes waits for more than that.
const removeBatch = 500

// So many exams are kept: as many as are listed.
const mostExams = 20

// RemoveRequests removes the idempotency keys from before then; it returns how many.
func (s *Store) RemoveRequests(ctx context.Context, before time.Time) (int, error) {
	return s.remove(ctx, "idempotency keys", `
		DELETE FROM requests WHERE created_at < $1
			AND (sender, idem_key) IN (SELECT sender, idem_key FROM requests WHERE created_at < $1 ORDER BY created_at LIMIT $2)`,
		before.UnixMilli(), removeBatch)
}

// RemoveDigests removes the digests of before then that are done with. Each channel's
// newest one that told all stays: the next one begins where it ended.
func (s *Store) RemoveDigests(ctx context.Context, before time.Time) (int, error) {
	return s.remove(ctx, "digests", `
		DELETE FROM digests WHERE (channel, day) IN (
			SELECT channel, day FROM digests d WHERE due_at < $1 AND state IN ('delivered', 'quiet', 'missed')
				AND (state = 'missed' OR EXISTS (
					SELECT 1 FROM digests n WHERE n.channel = d.channel AND n.due_at > d.due_at AND n.state IN ('delivered', 'quiet')))
			LIMIT $2)`, before.UnixMilli(), removeBatch)
}

// RemoveExams removes all exams but the newest; one that a worker holds at the moment stays.
func (s *Store) RemoveExams(ctx context.Context, now time.Time) (int, error) {
	return s.remove(ctx, "exams", `
		DELETE FROM exams WHERE id IN (SELECT id FROM exams WHERE lease_until <= $1
			AND id NOT IN (SELECT id FROM exams WHERE doc <> '' ORDER BY ended_at DESC, id LIMIT $3) LIMIT $2)`,
		now.UnixMilli(), removeBatch, mostExams)
}

// remove runs the statement until it finds no full batch any more.
func (s *Store) remove(ctx context.Context, what, statement string, args ...any) (all int, err error) {
	for {
		n, err := s.removeOnce(ctx, statement, args...)
		all += n
		if err != nil {
			return all, fmt.Errorf("remove %s: %w", what, err)
		}
		if n < removeBatch {
			return all, nil
		}
	}
}

func (s *Store) removeOnce(ctx context.Context, statement string, args ...any) (n int, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		res, err := tx.ExecContext(ctx, statement, args...)
		if err != nil {
			return err
		}
		gone, err := res.RowsAffected()
		n = int(gone)
		return err
	})
	return n, err
}

// needless are the effects that nothing reads any more: settled before $1, of a lead that
// nothing has changed since and about which nobody is asked. A decision of then cannot be
// undone. Of what a far side was told the newest stays, unless it is reviewers: it says
// whether a lead that comes back has to be reopened there, and that it was told of at all.
const needless = `state IN ('delivered', 'cancelled') AND updated_at < $1
	AND EXISTS (SELECT 1 FROM leads l WHERE l.id = effects.lead_id AND l.updated_at < $1
		AND l.stage IN ('approved', 'rejected', 'parked', 'disqualified', 'archived', 'merged'))
	AND (lane = 'slack' OR state = 'cancelled' OR EXISTS (
		SELECT 1 FROM effects n
		WHERE n.lead_id = effects.lead_id AND n.lane = effects.lane AND n.state <> 'cancelled' AND n.seq > effects.seq))`

// RemoveEffects removes the effects that nothing needs any more; it returns how many. It
// looks for them lead by lead outside a transaction, and again while it removes them.
func (s *Store) RemoveEffects(ctx context.Context, before time.Time) (all int, err error) {
	type row struct{ lead, id string }
	var after row
	for {
		found, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (r row, err error) {
			err = rows.Scan(&r.lead, &r.id)
			return r, err
		}, `SELECT lead_id, id FROM effects WHERE (lead_id, id) > ($2, $3) AND `+needless+` ORDER BY lead_id, id LIMIT $4`,
			before.UnixMilli(), after.lead, after.id, removeBatch)
		if err == nil && len(found) > 0 {
			var n int
			last := found[len(found)-1]
			n, err = s.removeOnce(ctx, `DELETE FROM effects WHERE (lead_id, id) > ($2, $3) AND (lead_id, id) <= ($4, $5) AND `+needless,
				before.UnixMilli(), after.lead, after.id, last.lead, last.id)
			all, after = all+n, last
		}
		if err != nil {
			return all, fmt.Errorf("remove effects: %w", err)
		}
		if len(found) < removeBatch {
			return all, nil
		}
	}
}
