package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"io/fs"

	"github.com/pressly/goose/v3"
	"github.com/pressly/goose/v3/lock"

	"leadtriage/internal/store/read"
)

// Migrate brings the schema up to date, and makes up for numbers that landed late. On
// Postgres one process at a time does it. Each step happens whole or not at all.
func (s *Store) Migrate(ctx context.Context) error {
	p, err := s.migrations()
	if err != nil {
		return err
	}
	if s.postgres() {
		// The lock belongs to a transaction, not to a session as goose's own: behind a
		// pooler each statement of a session may reach another connection.
		turn, err := s.write.BeginTx(ctx, nil)
		if err != nil {
			return fmt.Errorf("migrate: %w", err)
		}
		defer turn.Rollback()
		if _, err := turn.ExecContext(ctx, `SELECT pg_advisory_xact_lock($1)`, lock.DefaultLockID); err != nil {
			return fmt.Errorf("migrate: wait for another process that migrates: %w", err)
		}
	}
	if err := s.compatible(ctx); err != nil { // a newer program may have come meanwhile
		return fmt.Errorf("migrate: %w", err)
	}
	if _, err := p.Up(ctx); err != nil {
		return fmt.Errorf("migrate: %w; nothing of this step is kept: "+
			"mend what it names and run `leadtriage migrate` again, or restore a backup", err)
	}
	return nil
}

// Behind reports whether the schema is older than this binary.
func (s *Store) Behind(ctx context.Context) (bool, error) {
	p, err := s.migrations()
	if err != nil {
		return false, err
	}
	behind, err := p.HasPending(ctx)
	if err != nil {
		return false, fmt.Errorf("read schema version: %w", err)
	}
	return behind, nil
}

func (s *Store) migrations() (*goose.Provider, error) {
	files, err := fs.Sub(migrations, "migrations")
	if err != nil {
		return nil, err
	}
	p, err := goose.NewProvider(s.dialect, s.write, files,
		goose.WithVerbose(false), goose.WithGoMigrations(waitingColumns, mendDocuments), goose.WithAllowOutofOrder(true))
	if err != nil {
		return nil, fmt.Errorf("migrate: %w", err)
	}
	return p, nil
}

// waitingColumns (version 5) brings what lists of leads need out of the
// document. It is Go because the two databases read JSON in different words.
var waitingColumns = goose.NewGoMigration(5, &goose.GoFunc{RunTx: addWaiting}, &goose.GoFunc{RunTx: dropWaiting})

func addWaiting(ctx context.Context, tx *sql.Tx) error {
	err := inOrder(ctx, tx,
		`ALTER TABLE leads ADD COLUMN score BIGINT NOT NULL DEFAULT 0`,   // total
		`ALTER TABLE leads ADD COLUMN verdict TEXT NOT NULL DEFAULT ''`,  // empty: not scored
		`ALTER TABLE leads ADD COLUMN asked_at BIGINT`,                   // null: nobody is asked
		`ALTER TABLE leads ADD COLUMN asked_in TEXT NOT NULL DEFAULT ''`, // the channel of its card
		`CREATE INDEX leads_waiting ON leads (score DESC, asked_at, id, partner, asked_in) WHERE asked_at IS NOT NULL`,
		`CREATE INDEX leads_asked ON leads (asked_at, id, partner, asked_in) WHERE asked_at IS NOT NULL`,
		`UPDATE leads SET asked_at = (SELECT opened_at FROM reviews WHERE lead_id = leads.id ORDER BY round DESC LIMIT 1) WHERE stage = 'awaiting_review'`,
		`UPDATE reviews SET channel = (SELECT target FROM effects WHERE effects.lead_id = reviews.lead_id AND kind = 'card' AND effects.round = reviews.round)
			WHERE channel = '' AND EXISTS (SELECT 1 FROM effects WHERE effects.lead_id = reviews.lead_id AND kind = 'card' AND effects.round = reviews.round)`,
		`UPDATE leads SET asked_in = (SELECT channel FROM reviews WHERE lead_id = leads.id ORDER BY round DESC LIMIT 1) WHERE asked_at IS NOT NULL`,
		`CREATE INDEX reviews_decided ON reviews (decided_by, decided_at) WHERE decision <> ''`)
	if err != nil {
		return err
	}
	type scored struct {
		id  string
		doc struct {
			Score struct {
				Total   int    `json:"total"`
				Verdict string `json:"verdict"`
			} `json:"score"`
		}
	}
	for after := ""; ; {
		page, err := read.Collect(ctx, tx, func(rows *sql.Rows) (l scored, err error) {
			var text []byte
			if err = rows.Scan(&l.id, &text); err != nil {
				return l, err
			}
			if err = json.Unmarshal(text, &l.doc); err != nil {
				err = fmt.Errorf("decode lead %s: %w", l.id, err)
			}
			return l, err
		}, `SELECT id, doc FROM leads WHERE id > $1 ORDER BY id LIMIT 500`, after)
		if err != nil || len(page) == 0 {
			return err
		}
		for _, l := range page {
			after = l.id
			score := l.doc.Score
			if score.Verdict == "" {
				continue
			}
			if _, err := tx.ExecContext(ctx, `UPDATE leads SET score = $1, verdict = $2 WHERE id = $3`, score.Total, score.Verdict, l.id); err != nil {
				return err
			}
		}
	}
}

func dropWaiting(ctx context.Context, tx *sql.Tx) error {
	return inOrder(ctx, tx,
		`DROP INDEX reviews_decided`,
		`DROP INDEX leads_waiting`,
		`DROP INDEX leads_asked`,
		`ALTER TABLE leads DROP COLUMN asked_in`,
		`ALTER TABLE leads DROP COLUMN asked_at`,
		`ALTER TABLE leads DROP COLUMN verdict`,
		`ALTER TABLE leads DROP COLUMN score`)
}

func inOrder(ctx context.Context, tx *sql.Tx, statements ...string) error {
	for _, s := range statements {
		if _, err := tx.ExecContext(ctx, s); err != nil {
			return fmt.Errorf("%.60s: %w", s, err)
		}
	}
	return nil
}
