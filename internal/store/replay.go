package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"runtime"
	"time"

	"golang.org/x/sync/errgroup"

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
// open. A lead that comes in meanwhile may be among them. What a replay does not
// look at is left out, for decoding is most of its cost: Found, which stands
// settled in Facts, and the lines of the score. An error of f ends it and is
// returned as it is.
func (s *Store) Each(ctx context.Context, since time.Time, f func(lead.Lead) error) error {
	after, afterID := max(0, since.UnixMilli()), "" // below every id
	for {
		docs, err := collect(ctx, s.read, func(rows *sql.Rows) (d document, err error) {
			err = rows.Scan(&d.id, &d.text)
			return d, err
		}, `SELECT id, doc FROM leads WHERE (created_at, id) > ($1, $2) ORDER BY created_at, id LIMIT $3`, after, afterID, replayPage)
		if err != nil {
			return fmt.Errorf("read leads: %w", err)
		}
		leads, err := decodeAll(docs)
		if err != nil {
			return fmt.Errorf("read leads: %w", err)
		}
		for _, l := range leads {
			if err := f(l); err != nil {
				return err
			}
		}
		if len(leads) < replayPage {
			return nil
		}
		last := leads[len(leads)-1]
		after, afterID = last.CreatedAt.UnixMilli(), last.ID
	}
}

// document is a lead as it lies in its row.
type document struct {
	id   string
	text []byte
}

// partial is a lead without what is costly to decode: its own fields stand
// before those of the same name in the lead.
type partial struct {
	*lead.Lead
	Found skipped `json:"found"`
	Score *struct {
		lead.Score
		Lines skipped `json:"lines"`
	} `json:"score"`
}

type skipped struct{}

func (*skipped) UnmarshalJSON([]byte) error { return nil }

// decodeAll decodes a page on every core: decoding costs most of a replay.
func decodeAll(docs []document) ([]lead.Lead, error) {
	leads := make([]lead.Lead, len(docs))
	var g errgroup.Group
	workers := runtime.GOMAXPROCS(0)
	for w := range workers {
		g.Go(func() error {
			for i := w; i < len(docs); i += workers {
				part := partial{Lead: &leads[i]}
				if err := json.Unmarshal(docs[i].text, &part); err != nil {
					return fmt.Errorf("decode lead %s: %w", docs[i].id, err)
				}
				if part.Score != nil {
					leads[i].Score = &part.Score.Score
				}
			}
			return nil
		})
	}
	return leads, g.Wait()
}
