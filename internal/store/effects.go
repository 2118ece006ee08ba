package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

const effectColumns = `id, lead_id, kind, lane, seq, target, round, event, due_at, state, attempts, revision, last_error, lease_until, posts, since, created_at, updated_at`

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
		e, err = scanEffect(tx.QueryRowContext(ctx, `SELECT `+effectColumns+` FROM effects WHERE id = $1`, id))
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
	return putEffect(ctx, tx, *e)
}

// querier is a transaction or a pool.
type querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
}

func effectsOf(ctx context.Context, q querier, leadID string) ([]lead.Effect, error) {
	return collect(ctx, q, func(rows *sql.Rows) (lead.Effect, error) { return scanEffect(rows) },
		`SELECT `+effectColumns+` FROM effects WHERE lead_id = $1 ORDER BY created_at, seq, id`, leadID)
}

func scanEffect(row interface{ Scan(...any) error }) (lead.Effect, error) {
	var e lead.Effect
	var due, lease, since, created, updated sql.NullInt64
	err := row.Scan(&e.ID, &e.LeadID, &e.Kind, &e.Lane, &e.Seq, &e.Target, &e.Round, &e.Event, &due, &e.State, &e.Attempts, &e.Revision, &e.LastError, &lease, &e.Posts, &since, &created, &updated)
	e.DueAt, e.Since, e.CreatedAt, e.UpdatedAt = at(due), at(since), at(created), at(updated)
	if e.Lane == "" { // recorded during an update by a worker that knows no lanes
		e.Lane, e.Since, e.Seq = lead.Reviewers, e.CreatedAt, created.Int64
		if e.Kind == lead.WebhookEffect {
			e.Lane = lead.WebhookLane
		}
	}
	if lease.Int64 > 0 {
		e.LeaseUntil = at(lease)
	}
	return e, err
}

func collect[T any](ctx context.Context, q querier, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}
