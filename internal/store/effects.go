package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// claimable reads an effect with its lead's version, and how many earlier ones of its lead
// are on their way to the same far side. A message to reviewers is drawn from the record, so
// that their order does not matter.
const claimable = `SELECT l.version, json_array(` + read.EffectRow + `), CASE e.lane WHEN 'slack' THEN 0 ELSE
	(SELECT count(*) FROM effects o WHERE o.lead_id = e.lead_id AND o.lane = e.lane AND o.seq < e.seq
		AND o.state IN ('pending', 'sending', 'unsure')) END
	FROM effects e JOIN leads l ON l.id = e.lead_id `

// Claim takes a due effect of one of the kinds into the caller's hands until the lease ends, and
// counts the attempt. ok is false when it is settled, not due, behind another of
// its lead and lane, or in another worker's hands, or when it is to post a message: ClaimPost takes that in its
// turn, and e says in which channel. unsure is true when an earlier attempt may have taken effect
// outside: its worker died or got no answer.
//
// Crash window: a worker that dies after the far side acted leaves the row
// Sending; the next claim, after the lease, says unsure.
func (s *Store) Claim(ctx context.Context, id string, kinds []lead.EffectKind, now time.Time, lease time.Duration) (e lead.Effect, unsure, ok bool, err error) {
	e, ok, err = s.claim(ctx, func(e *lead.Effect, before int) bool {
		unsure = e.State != lead.Pending
		switch e.State {
		case lead.Pending:
			ok = !e.DueAt.After(now) && !e.Posts
		case lead.Unsure:
			ok = !e.DueAt.After(now)
		case lead.Sending:
			ok = !e.LeaseUntil.After(now)
		default:
			ok = false
		}
		return ok && slices.Contains(kinds, e.Kind) && before == 0
	}, now, lease, claimable+`WHERE e.id = $1`, id)
	if err != nil {
		return lead.Effect{}, false, false, fmt.Errorf("claim effect %s: %w", id, err)
	}
	return e, unsure, ok, nil
}

// claim takes the effect that the query finds, if it may be taken. It looks without a lock,
// and again if the lead changed before the claim.
func (s *Store) claim(ctx context.Context, may func(e *lead.Effect, before int) bool, now time.Time, lease time.Duration,
	query string, args ...any) (e lead.Effect, ok bool, err error) {
	for !ok {
		var version int64
		var row []byte
		var before int
		err := s.read.QueryRowContext(ctx, s.words.Replace(query), args...).Scan(&version, &row, &before)
		if errors.Is(err, sql.ErrNoRows) {
			return lead.Effect{}, false, nil
		}
		if err != nil {
			return e, false, err
		}
		found, err := read.Effects(row)
		if err != nil {
			return e, false, err
		}
		if e = found[0]; !may(&e, before) {
			return e, false, nil
		}
		e.State, e.Attempts, e.LeaseUntil, e.UpdatedAt = lead.Sending, e.Attempts+1, now.Add(lease), now
		// The lead's version first: a change that read it before must see the claim.
		ok, err = s.commit(ctx, write{`UPDATE leads SET version = version + 1 WHERE id = ? AND version = ?`, []any{e.LeadID, version}},
			write{`UPDATE effects SET state = ?, attempts = ?, lease_until = ?, wake_at = ?, updated_at = ?, turn = 0 WHERE id = ?
				AND ` + ifFirst,
				[]any{e.State, e.Attempts, ms(e.LeaseUntil), ms(wakeEffectAt(e)), ms(e.UpdatedAt), e.ID}})
		if err != nil {
			return e, false, err
		}
	}
	return e, true, nil
}

// Replay makes a webhook due again that has left or was given up, under its id; false: there is none, or it is on its way.
func (s *Store) Replay(ctx context.Context, id string, now time.Time) (bool, error) {
	const replayable = `EXISTS (SELECT 1 FROM effects WHERE id = ? AND kind = 'webhook' AND state IN ('delivered', 'failed'))`
	leadID, _, _ := strings.Cut(id, "_")
	ok, err := s.commit(ctx,
		write{`UPDATE leads SET version = version + 1 WHERE id = ? AND ` + replayable, []any{leadID, id}},
		write{`UPDATE effects SET state = 'pending', attempts = 1, last_error = '', due_at = ?, since = ?, wake_at = ?, updated_at = ? WHERE id = ?
			AND ` + ifFirst, []any{now.UnixMilli(), now.UnixMilli(), now.UnixMilli(), now.UnixMilli(), id}})
	if err != nil {
		return false, fmt.Errorf("replay effect %s: %w", id, err)
	}
	return ok, nil
}

// wakeEffectAt leaves an effect that is due now to the queue for a while; one
// that is due later is found by the sweep on time.
func wakeEffectAt(e lead.Effect) time.Time {
	if e.State == lead.Sending {
		return e.LeaseUntil
	}
	if e.DueAt.After(e.UpdatedAt) {
		return e.DueAt
	}
	return e.UpdatedAt.Add(sweepGrace)
}

// soon is how long before it is due a message waits for its turn, and may be claimed: one
// that another worker's message went before keeps its place.
const soon = 50 * time.Millisecond

// turn is the effect's place among those that wait for their turn in a channel: cards
// before other messages; 0: it does not wait there.
func turn(e lead.Effect, now time.Time) int {
	switch {
	case !e.Posts || e.State != lead.Pending || e.DueAt.After(now.Add(soon)):
		return 0
	case e.Kind == lead.CardEffect:
		return 1
	}
	return 2
}
