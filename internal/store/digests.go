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
	var state lead.DigestState
	var next int64
	var due, before sql.NullInt64
	err = s.read.QueryRowContext(ctx, `
		SELECT day, state, due_at, next_at, attempts + 1,
			(SELECT max(due_at) FROM digests b WHERE b.channel = d.channel AND b.due_at < d.due_at AND b.state IN ('delivered', 'quiet'))
		FROM digests d WHERE channel = $1 AND next_at <= $2 AND state IN ('pending', 'sending', 'unsure') ORDER BY day LIMIT 1`,
		channel, now.UnixMilli()).Scan(&d.Day, &state, &due, &next, &d.Attempts, &before)
	if errors.Is(err, sql.ErrNoRows) {
		return d, false, false, nil
	}
	if err == nil {
		d.Channel, d.To, d.From = channel, read.At(due), read.At(before)
		// Another worker may be faster.
		ok, err = s.commit(ctx, write{`UPDATE digests SET state = 'sending', attempts = ?, next_at = ? WHERE channel = ? AND day = ?
			AND state = ? AND next_at = ?`,
			[]any{d.Attempts, now.Add(lease).UnixMilli(), channel, d.Day, state, next}})
	}
	if err != nil {
		return d, false, false, fmt.Errorf("claim a digest of channel %s: %w", channel, err)
	}
	return d, state != lead.DigestPending, ok, nil
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
