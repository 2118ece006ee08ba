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

// postChannels looks once for each channel, however many messages wait in it.
const postChannels = `
		WITH RECURSIVE waiting (target) AS (
			SELECT min(target) FROM effects WHERE turn > 0
			UNION ALL SELECT (SELECT min(e.target) FROM effects e WHERE e.turn > 0
				AND e.target > w.target) FROM waiting w WHERE w.target IS NOT NULL)
		SELECT target FROM waiting WHERE target IS NOT NULL
		UNION SELECT channel FROM digests WHERE state IN ('pending', 'sending', 'unsure') AND next_at <= $1`

// PostChannels lists the channels in which messages wait for their turn, and those
// with a due digest.
func (s *Store) PostChannels(ctx context.Context, now time.Time) ([]string, error) {
	channels, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (c string, err error) {
		err = rows.Scan(&c)
		return c, err
	}, postChannels, now.UnixMilli())
	if err != nil {
		return nil, fmt.Errorf("channels with messages to post: %w", err)
	}
	return channels, nil
}

// nextInTurn is the message whose turn it is: the first entry of the index effects_turn,
// however many wait. Nothing else is asked of it within: Postgres would expect the few rows
// that remain to be found sooner by sorting all that wait.
const nextInTurn = claimable + `
	WHERE e.id = (SELECT id FROM effects WHERE target = $1 AND turn > 0 %s ORDER BY turn, score DESC, created_at, id LIMIT 1)`

// ClaimPost takes the message whose turn it is in the channel, as Claim does:
// cards first, those of the highest score before the others, then the longest
// wait. ok is false when none of these kinds waits.
func (s *Store) ClaimPost(ctx context.Context, channel string, kinds []lead.EffectKind, now time.Time, lease time.Duration) (e lead.Effect, ok bool, err error) {
	due := now.Add(soon)
	may := func(e *lead.Effect, _ int) bool {
		return turn(*e, now) > 0 && slices.Contains(kinds, e.Kind)
	}
	e, ok, err = s.claim(ctx, may, now, lease, fmt.Sprintf(nextInTurn, ""), channel)
	for err == nil && !ok && e.ID != "" { // of a kind for another build, or due by another clock: the next one
		// A worker that knows no turns, as during an update, may have claimed it.
		_, err = s.write.ExecContext(ctx, `UPDATE effects SET turn = 0 WHERE id = $1 AND NOT (posts = 1 AND state = 'pending')`, e.ID)
		if err == nil {
			of, args := read.OneOf("kind", texts(kinds), []any{channel, due.UnixMilli()})
			e, ok, err = s.claim(ctx, may, now, lease, fmt.Sprintf(nextInTurn, "AND due_at <= $2 AND "+of), args...)
		}
	}
	if err != nil {
		return lead.Effect{}, false, fmt.Errorf("claim the next message of channel %s: %w", channel, err)
	}
	return e, ok, nil
}

func texts(kinds []lead.EffectKind) (texts []string) {
	for _, k := range kinds {
		texts = append(texts, string(k))
	}
	return texts
}

// looked is how many cards a look at those that nobody has drawn goes through.
const looked = 100

const cardsToLookAt = `SELECT r.id, COALESCE(e.id, '')
		FROM (SELECT * FROM reviews WHERE decision = '' AND looked_at <= $1 ORDER BY looked_at LIMIT $2) r
		LEFT JOIN effects e ON r.ts <> '' AND e.lead_id = r.lead_id AND e.round = r.round AND e.kind = 'card'
			AND e.state = 'delivered' AND e.updated_at <= $1
		ORDER BY r.looked_at`

// DueCards makes the cards of open rounds due that nobody has drawn since
// then, at most so many: a card that somebody deleted is found out by drawing it.
func (s *Store) DueCards(ctx context.Context, now, since time.Time, most int) ([]lead.Due, error) {
	var due, done []string
	_, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (none struct{}, err error) {
		var review, effect string
		if err = rows.Scan(&review, &effect); err != nil || effect != "" && len(due) == most {
			return none, err
		}
		if done = append(done, review); effect != "" {
			due = append(due, effect)
		}
		return none, nil
	}, cardsToLookAt, since.UnixMilli(), looked)
	var found []lead.Due
	if err == nil && len(due) > 0 {
		of, args := read.OneOf("id", due, []any{now.UnixMilli(), now.Add(sweepGrace).UnixMilli()})
		found, err = s.due(ctx, "deleted cards", `
			UPDATE effects SET state = 'pending', attempts = 0, due_at = $1, wakes = wakes + 1, wake_at = $2 WHERE state = 'delivered'
				AND `+of+`
			RETURNING id, wakes`, args...)
	}
	if err == nil && len(done) > 0 {
		of, args := read.OneOf("id", done, []any{now.UnixMilli(), since.UnixMilli()})
		_, err = s.write.ExecContext(ctx, `
			UPDATE reviews SET looked_at = COALESCE((SELECT max(e.updated_at) FROM effects e
				WHERE e.lead_id = reviews.lead_id AND e.round = reviews.round AND e.kind = 'card' AND e.updated_at > $2),
					$1) WHERE `+of, args...)
	}
	if err != nil {
		return nil, fmt.Errorf("look for cards that somebody deleted: %w", err)
	}
	return found, nil
}

// BlockedBecause writes beside all that waits in the channel why it waits: it looks
// without a lock, and writes to a few at a time.
func (s *Store) BlockedBecause(ctx context.Context, channel, why string) error {
	ids, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (id string, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `SELECT id FROM effects WHERE target = $1 AND turn > 0 AND last_error <> $2`, channel, why)
	for some := range slices.Chunk(ids, sweepBatch) {
		of, args := read.OneOf("id", some, []any{why})
		if err == nil {
			_, err = s.write.ExecContext(ctx, `UPDATE effects SET last_error = $1 WHERE turn > 0 AND `+of, args...)
		}
	}
	if err != nil {
		return fmt.Errorf("say why channel %s waits: %w", channel, err)
	}
	return nil
}
