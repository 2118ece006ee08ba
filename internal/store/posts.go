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

// PostChannels lists the channels in which due messages wait to be posted, and
// those with a due digest.
func (s *Store) PostChannels(ctx context.Context, now time.Time) ([]string, error) {
	channels, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (c string, err error) {
		err = rows.Scan(&c)
		return c, err
	}, `SELECT DISTINCT target FROM effects WHERE posts = 1 AND state = 'pending' AND due_at <= $1
		UNION SELECT channel FROM digests WHERE state IN ('pending', 'sending', 'unsure') AND next_at <= $1`, now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("channels with messages to post: %w", err)
	}
	return channels, nil
}

// ClaimPost takes the message whose turn it is in the channel, as Claim does:
// cards first, those of the highest score before the others, then the longest
// wait. ok is false when none of these kinds waits.
func (s *Store) ClaimPost(ctx context.Context, channel string, kinds []lead.EffectKind, now time.Time, lease time.Duration) (e lead.Effect, ok bool, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		ok = false
		for !ok {
			var id, leadID string
			err := tx.QueryRowContext(ctx, `
				SELECT e.id, e.lead_id FROM effects e JOIN leads l ON l.id = e.lead_id
				WHERE e.posts = 1 AND e.state = 'pending' AND e.target = $1 AND e.due_at <= $2 AND CAST($3 AS TEXT) LIKE '% ' || e.kind || ' %'
				ORDER BY CASE e.kind WHEN 'card' THEN 0 ELSE 1 END, l.score DESC, e.created_at, e.id LIMIT 1`,
				channel, now.UnixMilli(), kindList(kinds)).Scan(&id, &leadID)
			if errors.Is(err, sql.ErrNoRows) {
				return nil
			}
			if err != nil {
				return err
			}
			// The lead's lock, as in Claim. Another worker may have been faster; then the next one.
			if err := tx.QueryRowContext(ctx, `SELECT id FROM leads WHERE id = $1`+s.forChange, leadID).Scan(&leadID); err != nil {
				return err
			}
			e, err = read.ScanEffect(tx.QueryRowContext(ctx, `SELECT `+read.EffectColumns+` FROM effects WHERE id = $1`, id))
			if err != nil {
				return err
			}
			ok = e.Posts && e.State == lead.Pending && !e.DueAt.After(now)
		}
		return take(ctx, tx, &e, now, lease)
	})
	if err != nil {
		return lead.Effect{}, false, fmt.Errorf("claim the next message of channel %s: %w", channel, err)
	}
	return e, ok, nil
}

// kindList is the kinds as one text that SQL can look in.
func kindList(kinds []lead.EffectKind) string {
	text := " "
	for _, k := range kinds {
		text += string(k) + " "
	}
	return text
}

// DueCards makes the cards of open rounds due that nobody has drawn since
// then, at most so many: a card that somebody deleted is found out by drawing it.
func (s *Store) DueCards(ctx context.Context, now, since time.Time, most int) ([]lead.Due, error) {
	return s.due(ctx, "cards to look at", `
		UPDATE effects SET state = 'pending', attempts = 0, due_at = $1, wakes = wakes + 1, wake_at = $2
		WHERE state = 'delivered' AND id IN (
			SELECT e.id FROM reviews r JOIN effects e ON e.lead_id = r.lead_id AND e.round = r.round AND e.kind = 'card'
			WHERE r.decision = '' AND r.ts <> '' AND e.state = 'delivered' AND e.updated_at <= $3
			ORDER BY e.updated_at LIMIT $4)
		RETURNING id, wakes`, now.UnixMilli(), now.Add(sweepGrace).UnixMilli(), since.UnixMilli(), most)
}

// BlockedBecause writes beside all that waits in the channel why it waits.
func (s *Store) BlockedBecause(ctx context.Context, channel, why string) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE effects SET last_error = $1 WHERE posts = 1 AND state = 'pending' AND target = $2 AND last_error <> $1`, why, channel)
		return err
	})
	if err != nil {
		return fmt.Errorf("say why channel %s waits: %w", channel, err)
	}
	return nil
}
