package read

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"leadtriage/internal/lead"
)

// Intake counts the leads since, by day, verdict and score, from an index alone. Merged ones
// count with the lead that took them in.
func (r *Reads) Intake(ctx context.Context, since time.Time) ([]lead.LeadCount, error) {
	list, err := Collect(ctx, r.db, func(rows *sql.Rows) (n lead.LeadCount, err error) {
		var day int64
		err = rows.Scan(&day, &n.Verdict, &n.Tens, &n.N)
		n.Day = time.UnixMilli(day * dayMillis).UTC()
		return n, err
	}, fmt.Sprintf(`SELECT l.created_at / %d, l.verdict, CASE WHEN l.score > 99 THEN 9 ELSE l.score / 10 END, count(*)
		FROM leads l WHERE l.created_at >= $1 AND `+all+` AND l.stage <> 'merged' GROUP BY 1, 2, 3`, dayMillis), since.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("count leads by day: %w", err)
	}
	return list, nil
}

const dayMillis = 24 * 60 * 60 * 1000

// Judged are the newest decisions since, so many at most.
func (r *Reads) Judged(ctx context.Context, since time.Time, most int) ([]lead.Judged, error) {
	list, err := Collect(ctx, r.db, func(rows *sql.Rows) (j lead.Judged, err error) {
		var took int64
		err = rows.Scan(&j.Decision, &j.Proposed, &took)
		j.Took = time.Duration(took) * time.Millisecond
		return j, err
	}, `SELECT r.decision, CASE WHEN r.is_override = 1 THEN r.proposed WHEN r.decision = 'approved' THEN 'eql'
			ELSE (SELECT verdict FROM leads WHERE id = r.lead_id) END, r.decided_at - r.opened_at
		FROM reviews r WHERE r.decision <> '' AND r.decision <> 'superseded' AND r.undone_by = '' AND r.decided_at >= $1
		ORDER BY r.decided_at DESC LIMIT $2`, since.UnixMilli(), most)
	if err != nil {
		return nil, fmt.Errorf("list the newest decisions: %w", err)
	}
	return list, nil
}

// Stuck counts what was given up, and what waits with a reason beside it, by kind and far side.
func (r *Reads) Stuck(ctx context.Context) ([]lead.Stuck, error) {
	list, err := Collect(ctx, r.db, func(rows *sql.Rows) (s lead.Stuck, err error) {
		var since sql.NullInt64
		var failed int
		err = rows.Scan(&failed, &s.Kind, &s.Lane, &s.N, &since, &s.Why)
		s.Since, s.Failed = At(since), failed == 1
		return s, err
	}, `SELECT failed, kind, lane, count(*), min(since), max(last_error) FROM (
			SELECT 1 AS failed, kind, lane, updated_at AS since, last_error FROM effects WHERE state = 'failed'
			UNION ALL SELECT 0, kind, lane, since, last_error FROM effects WHERE turn > 0 AND last_error <> ''
			UNION ALL SELECT 0, kind, lane, since, last_error FROM effects
				WHERE turn = 0 AND state IN ('pending', 'sending', 'unsure') AND last_error <> '') e
		GROUP BY failed, kind, lane ORDER BY failed DESC, kind, lane`)
	if err != nil {
		return nil, fmt.Errorf("count what is stuck: %w", err)
	}
	return list, nil
}

// GivenUp lists effects that were given up, by id, behind the one of the id after.
func (r *Reads) GivenUp(ctx context.Context, kind lead.EffectKind, lane lead.Lane, after string, limit int) ([]lead.Effect, error) {
	list, err := Collect(ctx, r.db, func(rows *sql.Rows) (e lead.Effect, err error) {
		var row []byte
		if err = rows.Scan(&row); err != nil {
			return e, err
		}
		one, err := Effects(row)
		if err != nil {
			return e, err
		}
		return one[0], nil
	}, r.words.Replace(`SELECT json_array(`+EffectRow+`) FROM effects e
		WHERE e.state = 'failed' AND e.kind = $1 AND e.lane = $2 AND e.id > $3 ORDER BY e.id LIMIT $4`), kind, lane, after, limit)
	if err != nil {
		return nil, fmt.Errorf("list what was given up: %w", err)
	}
	return list, nil
}
