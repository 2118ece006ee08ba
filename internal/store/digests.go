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

// PlanDigest records that the channel gets a digest of the day when it is due.
// Planning it again moves one that nobody has begun, for hours may be changed.
func (s *Store) PlanDigest(ctx context.Context, channel, day string, due time.Time) error {
	_, err := s.write.ExecContext(ctx, `
		INSERT INTO digests (channel, day, due_at, next_at, state, attempts, last_error) VALUES ($1, $2, $3, $3, 'pending', 0, '')
		ON CONFLICT (channel, day) DO UPDATE SET due_at = excluded.due_at, next_at = excluded.next_at WHERE digests.state = 'pending' AND digests.attempts = 0`,
		channel, day, due.UnixMilli())
	if err != nil {
		return fmt.Errorf("plan the digest of %s in channel %s: %w", day, channel, err)
	}
	return nil
}

// ClaimDigest takes the channel's oldest due digest into the caller's hands
// until the lease ends. unsure: an attempt before may have posted it.
func (s *Store) ClaimDigest(ctx context.Context, channel string, now time.Time, lease time.Duration) (d lead.Digest, unsure, ok bool, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		var state lead.DigestState
		var next int64
		var due, before sql.NullInt64
		err := tx.QueryRowContext(ctx, `
			SELECT day, state, due_at, next_at, attempts + 1,
				(SELECT max(due_at) FROM digests b WHERE b.channel = d.channel AND b.due_at < d.due_at AND b.state IN ('delivered', 'quiet'))
			FROM digests d WHERE channel = $1 AND next_at <= $2 AND state IN ('pending', 'sending', 'unsure') ORDER BY day LIMIT 1`,
			channel, now.UnixMilli()).Scan(&d.Day, &state, &due, &next, &d.Attempts, &before)
		if errors.Is(err, sql.ErrNoRows) {
			ok = false
			return nil
		}
		if err != nil {
			return err
		}
		d.Channel, d.To, d.From = channel, at(due), at(before)
		unsure = state != lead.DigestPending
		res, err := tx.ExecContext(ctx, `UPDATE digests SET state = 'sending', attempts = $1, next_at = $2 WHERE channel = $3 AND day = $4 AND state = $5 AND next_at = $6`,
			d.Attempts, now.Add(lease).UnixMilli(), channel, d.Day, state, next)
		if err != nil {
			return err
		}
		n, err := res.RowsAffected()
		ok = n == 1 // else another worker was faster
		return err
	})
	if err != nil {
		return d, false, false, fmt.Errorf("claim a digest of channel %s: %w", channel, err)
	}
	return d, unsure, ok, nil
}

// SettleDigest records how an attempt ended, and when the next one is. Once its
// lease ended and another worker took the digest, that one's word counts.
func (s *Store) SettleDigest(ctx context.Context, d *lead.Digest, state lead.DigestState, next time.Time, lastError string) error {
	_, err := s.write.ExecContext(ctx, `UPDATE digests SET state = $1, next_at = $2, last_error = $3 WHERE channel = $4 AND day = $5 AND state = 'sending' AND attempts = $6`,
		state, next.UnixMilli(), lastError, d.Channel, d.Day, d.Attempts)
	if err != nil {
		return fmt.Errorf("settle the digest of %s in channel %s: %w", d.Day, d.Channel, err)
	}
	return nil
}

// Reviewed is what reviewers did with the channel's cards from from until to.
func (s *Store) Reviewed(ctx context.Context, channel string, from, to time.Time) (r lead.DigestReview, err error) {
	var took []time.Duration
	_, err = collect(ctx, s.read, func(rows *sql.Rows) (none struct{}, err error) {
		var decision lead.Decision
		var override int
		var opened, decided sql.NullInt64
		if err = rows.Scan(&decision, &override, &opened, &decided); err != nil {
			return none, err
		}
		took = append(took, at(decided).Sub(at(opened)))
		r.Overridden += override
		if decision == lead.Approve {
			r.Approved++
		} else {
			r.Rejected++
		}
		return none, nil
	}, `
		SELECT decision, is_override, opened_at, decided_at FROM reviews r
		WHERE channel = $1 AND decision IN ('approved', 'rejected') AND decided_at > $2 AND decided_at <= $3
			AND NOT `+undone,
		channel, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return r, fmt.Errorf("decisions in channel %s: %w", channel, err)
	}
	if len(took) > 0 {
		slices.Sort(took)
		r.Median = took[len(took)/2]
	}
	return r, nil
}

// unasked are the leads that were parked or disqualified from $1 until $2 and
// are so since; the partners follow.
const unasked = `
	FROM history h JOIN leads l ON l.id = h.lead_id
	WHERE h.action IN ('parked', 'disqualified') AND h.at > $1 AND h.at <= $2 AND l.stage = h.action
		AND NOT EXISTS (SELECT 1 FROM history n WHERE n.lead_id = h.lead_id AND n.action IN ('parked', 'disqualified') AND n.seq > h.seq)`

// Unasked are the senders' leads that nobody was asked about from from until to:
// the first of the parked ones, and how many there are of each kind.
func (s *Store) Unasked(ctx context.Context, of lead.Senders, from, to time.Time, most int) (u lead.Unasked, err error) {
	u.Disqualified = map[string]int{}
	sentBy, args := senders(of, from.UnixMilli(), to.UnixMilli())
	_, err = collect(ctx, s.read, func(rows *sql.Rows) (none struct{}, err error) {
		var action, rule string
		var n int
		if err = rows.Scan(&action, &rule, &n); err != nil {
			return none, err
		}
		if action == string(lead.Parked) {
			u.ParkedTotal += n
		} else {
			u.Disqualified[rule] += n
		}
		return none, nil
	}, `SELECT h.action, h.detail, count(*)`+unasked+sentBy+` GROUP BY h.action, h.detail`, args...)
	if err != nil {
		return u, fmt.Errorf("count the leads that nobody was asked about: %w", err)
	}
	var docs []document
	u.Parked, err = collect(ctx, s.read, func(rows *sql.Rows) (p lead.ParkedLead, err error) {
		var d document
		err = rows.Scan(&d.id, &p.Partner, &p.Score, &p.Verdict, &d.text)
		docs = append(docs, d)
		return p, err
	}, `SELECT l.id, l.partner, l.score, l.verdict, l.doc`+unasked+sentBy+fmt.Sprintf(` AND h.action = 'parked' ORDER BY l.score DESC, l.id LIMIT %d`, most), args...)
	if err != nil {
		return u, fmt.Errorf("list the leads that were parked: %w", err)
	}
	leads, err := decodeAll(docs)
	if err != nil {
		return u, fmt.Errorf("list the leads that were parked: %w", err)
	}
	for i := range leads {
		u.Parked[i].Name = leads[i].Name()
	}
	return u, nil
}

// senders is the condition of partners, and its arguments after those given.
func senders(of lead.Senders, args ...any) (string, []any) {
	named, args := oneOf("l.partner", of.Partners, args)
	if of.Others {
		return " AND NOT " + named, args
	}
	return " AND " + named, args
}
