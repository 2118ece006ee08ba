package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"leadtriage/internal/lead"
)

// replayPage is how many leads one query of Each reads.
const replayPage = 500

// Count is the number of leads created at or after since; the zero time counts all.
func (s *Store) Count(ctx context.Context, since time.Time) (n int, err error) {
	if err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM leads WHERE created_at >= $1`, max(0, since.UnixMilli())).Scan(&n); err != nil {
		err = fmt.Errorf("count leads: %w", err)
	}
	return n, err
}

// Each calls f for every lead created at or after since, oldest first, a page
// at a time: memory stays flat however many there are, and no transaction stays
// open. A lead that comes in meanwhile may be among them. An error of f ends it
// and is returned.
func (s *Store) Each(ctx context.Context, since time.Time, f func(lead.Lead) error) error {
	after, afterID := max(0, since.UnixMilli()), "" // below every id
	for {
		type row struct {
			id      string
			created int64
			doc     []byte
		}
		rows, err := collect(ctx, s.read, func(rows *sql.Rows) (r row, err error) {
			return r, rows.Scan(&r.id, &r.created, &r.doc)
		}, `SELECT id, created_at, doc FROM leads WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`, after, afterID, replayPage)
		if err != nil {
			return fmt.Errorf("read leads: %w", err)
		}
		for _, r := range rows {
			var l lead.Lead
			if err := json.Unmarshal(r.doc, &l); err != nil {
				return fmt.Errorf("read lead %s: decode: %w", r.id, err)
			}
			if err := f(l); err != nil {
				return err
			}
			after, afterID = r.created, r.id
		}
		if len(rows) < replayPage {
			return nil
		}
	}
}
