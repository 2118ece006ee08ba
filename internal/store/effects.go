package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// Claim takes a due effect of one of the kinds into the caller's hands until the lease ends, and
// counts the attempt. ok is false when it is settled, not due, behind another of
// its lead and lane, or in another worker's hands, or when it is to post a message: ClaimPost takes that in its
// turn, and e says in which channel. unsure is true when an earlier attempt may have taken effect
// outside: its worker died or got no answer.
//
// Crash window: a worker that dies after the far side acted leaves the row
// Sending; the next claim, after the lease, says unsure.
func (s *Store) Claim(ctx context.Context, id string, kinds []lead.EffectKind, now time.Time, lease time.Duration) (e lead.Effect, unsure, ok bool, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		ok = false
		// The lead's lock first, as in change: no redraw is lost between the two.
		var leadID string
		err := tx.QueryRowContext(ctx, `SELECT id FROM leads WHERE id = (SELECT lead_id FROM effects WHERE id = $1)`+s.forChange, id).Scan(&leadID)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		if err != nil {
			return err
		}
		e, err = read.ScanEffect(tx.QueryRowContext(ctx, `SELECT `+read.EffectColumns+` FROM effects WHERE id = $1`, id))
		if err != nil || !slices.Contains(kinds, e.Kind) {
			return err
		}
		switch e.State {
		case lead.Pending:
			ok = !e.DueAt.After(now) && !e.Posts
		case lead.Unsure:
			ok = !e.DueAt.After(now)
		case lead.Sending:
			ok = !e.LeaseUntil.After(now)
		}
		if ok && !e.Message() {
			ok, err = first(ctx, tx, &e)
		}
		if err != nil || !ok {
			return err
		}
		unsure = e.State != lead.Pending
		return take(ctx, tx, &e, now, lease)
	})
	if err != nil {
		return lead.Effect{}, false, false, fmt.Errorf("claim effect %s: %w", id, err)
	}
	return e, unsure, ok, nil
}

// first reports whether no earlier effect of the lead is still on its way to the
// same far side. A message to reviewers is drawn from the record, so that their
// order does not matter.
func first(ctx context.Context, tx *sql.Tx, e *lead.Effect) (bool, error) {
	var waiting int
	err := tx.QueryRowContext(ctx, `SELECT count(*) FROM effects WHERE lead_id = $1 AND lane = $2 AND seq < $3 AND state IN ('pending', 'sending', 'unsure')`,
		e.LeadID, e.Lane, e.Seq).Scan(&waiting)
	return waiting == 0, err
}

// take puts the effect into the caller's hands.
func take(ctx context.Context, tx *sql.Tx, e *lead.Effect, now time.Time, lease time.Duration) error {
	e.State, e.Attempts, e.LeaseUntil, e.UpdatedAt = lead.Sending, e.Attempts+1, now.Add(lease), now
	// A change that read the lead before this must see the claim.
	if _, err := tx.ExecContext(ctx, `UPDATE leads SET version = version + 1 WHERE id = $1`, e.LeadID); err != nil {
		return err
	}
	return putEffect(ctx, tx, *e)
}

// liveEffects are those that a change of the lead may concern, the oldest first:
// not what was told a far side before the last thing that it was told.
func liveEffects(ctx context.Context, db read.Querier, leadID string) ([]lead.Effect, error) {
	return read.Collect(ctx, db, func(rows *sql.Rows) (lead.Effect, error) { return read.ScanEffect(rows) },
		`SELECT `+read.EffectColumns+` FROM effects e WHERE lead_id = $1 AND (lane IN ('slack', '') OR state NOT IN ('delivered', 'cancelled')
			OR seq >= (SELECT max(seq) FROM effects o WHERE o.lead_id = e.lead_id AND o.lane = e.lane AND o.state = 'delivered'))
		ORDER BY created_at, seq, id`, leadID)
}
