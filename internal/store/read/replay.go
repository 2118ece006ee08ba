package read

import (
	"context"
	"fmt"
	"time"

	"leadtriage/internal/lead"
)

// replayPage is how many leads one query of Each reads.
const replayPage = 500

// Count is the number of leads created at or after since; the zero time counts all.
func (r *Reads) Count(ctx context.Context, since time.Time) (n int, err error) {
	if err = single(ctx, r.db, `SELECT count(*) FROM leads l WHERE l.created_at >= $1 AND `+all, []any{max(0, since.UnixMilli())}, &n); err != nil {
		err = fmt.Errorf("count leads: %w", err)
	}
	return n, err
}

// Each calls f for every lead created at or after since, oldest first, a page
// at a time: memory stays flat however many there are, and no transaction stays
// open. A lead that comes in meanwhile may be among them. What a replay does not
// look at is left out, for decoding is most of its cost: Found, which stands
// settled in Facts, and the lines of the score. Of a lead that cannot be read f is
// told why, and what its columns say. An error of f ends it and is returned as it is.
func (r *Reads) Each(ctx context.Context, since time.Time, f func(l lead.Lead, unreadable error) error) error {
	after, afterID := max(0, since.UnixMilli()), "" // below every id
	for {
		rows, err := Collect(ctx, r.db, scanRow, `SELECT `+rowColumns+` FROM leads l
			WHERE (l.created_at, l.id) > ($1, $2) AND `+all+` ORDER BY l.created_at, l.id LIMIT $3`, after, afterID, replayPage)
		if err != nil {
			return fmt.Errorf("read leads: %w", err)
		}
		leads, faults := make([]lead.Lead, len(rows)), make([]error, len(rows))
		spread(len(rows), func(i int) {
			part := partial{unfound: unfound{Lead: &leads[i]}}
			if faults[i] = rows[i].decode(&part, &leads[i]); faults[i] == nil && part.Score != nil {
				leads[i].Score = &part.Score.Score
			}
		})
		for i, l := range leads {
			if err := f(l, faults[i]); err != nil {
				return err
			}
		}
		if len(rows) < replayPage {
			return nil
		}
		last := rows[len(rows)-1]
		after, afterID = last.CreatedAt.UnixMilli(), last.ID
	}
}

// partial is a lead without what a replay does not look at.
type partial struct {
	unfound
	Score *struct {
		lead.Score
		Lines skipped `json:"lines"`
	} `json:"score"`
}
