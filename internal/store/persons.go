package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// holding is a pattern of texts that have the word, in JSON, too.
func holding(word string) string {
	text, _ := json.Marshal(strings.ToLower(word))
	return "%" + strings.NewReplacer("!", "!!", "%", "!%", "_", "!_").Replace(string(text[1:len(text)-1])) + "%"
}

// Holding are the leads that may hold the address, or quotes about who has it: those that
// name it, and the others of their companies. It looks at every lead.
func (s *Store) Holding(ctx context.Context, email string) ([]string, error) {
	ids, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (id string, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `
		WITH named AS (SELECT id, domain FROM leads WHERE lower(doc) LIKE $1 ESCAPE '!' OR lower(dup_key) LIKE $1 ESCAPE '!'
			OR id IN (SELECT lead_id FROM reviews WHERE lower(note) LIKE $1 ESCAPE '!' OR lower(undone_why) LIKE $1 ESCAPE '!')
			OR id IN (SELECT lead_id FROM requests WHERE lower(idem_key) LIKE $1 ESCAPE '!'))
		SELECT id FROM leads WHERE id IN (SELECT id FROM named) OR domain <> '' AND domain IN (SELECT domain FROM named)
		ORDER BY id`, holding(email))
	if err != nil {
		return nil, fmt.Errorf("find who holds a person: %w", err)
	}
	return ids, nil
}

// ForgetRequests removes the idempotency keys that have the address in them.
func (s *Store) ForgetRequests(ctx context.Context, email string) error {
	if _, err := s.write.ExecContext(ctx, `DELETE FROM requests WHERE lower(idem_key) LIKE $1 ESCAPE '!'`, holding(email)); err != nil {
		return fmt.Errorf("forget the keys that name a person: %w", err)
	}
	return nil
}

// Requests are the idempotency keys that a lead came with, each behind its sender.
func (s *Store) Requests(ctx context.Context, leadID string) ([]string, error) {
	keys, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (key string, err error) {
		err = rows.Scan(&key)
		return key, err
	}, `SELECT sender || ' ' || idem_key FROM requests WHERE lead_id = $1 ORDER BY created_at`, leadID)
	if err != nil {
		return nil, fmt.Errorf("requests of lead %s: %w", leadID, err)
	}
	return keys, nil
}

// ScrubCompany takes the person out of what is kept of a company's pages, and says whether
// there was anything.
func (s *Store) ScrubCompany(ctx context.Context, domain string, p lead.Person) (changed bool, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) error {
		changed = false
		var doc, stated string
		err := tx.QueryRowContext(ctx, `SELECT doc, stated FROM companies WHERE domain = $1`, domain).Scan(&doc, &stated)
		if errors.Is(err, sql.ErrNoRows) {
			return nil
		}
		clean := []string{doc, stated}
		for i, text := range clean {
			if err == nil && text != "" {
				var scrubbed []byte
				scrubbed, err = p.Scrub([]byte(text))
				clean[i] = string(scrubbed)
			}
		}
		if err == nil && clean[0] == doc && clean[1] == stated {
			return nil
		}
		if err == nil {
			_, err = tx.ExecContext(ctx, `UPDATE companies SET doc = $1, stated = $2 WHERE domain = $3 AND doc = $4 AND stated = $5`,
				clean[0], clean[1], domain, doc, stated)
		}
		changed = err == nil
		return err
	})
	if err != nil {
		err = fmt.Errorf("company %s without a person: %w", domain, err)
	}
	return changed, err
}

// Places are the columns, as table.column, in which the word stands anywhere.
func (s *Store) Places(ctx context.Context, word string) (places []string, err error) {
	columns := `SELECT m.name, c.name FROM sqlite_master m JOIN pragma_table_info(m.name) c WHERE m.type = 'table' ORDER BY 1, 2`
	if s.postgres() {
		columns = `SELECT table_name, column_name FROM information_schema.columns WHERE table_schema = current_schema() ORDER BY 1, 2`
	}
	type column struct{ table, name string }
	all, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (c column, err error) {
		err = rows.Scan(&c.table, &c.name)
		return c, err
	}, columns)
	for _, c := range all {
		var n int
		query := fmt.Sprintf(`SELECT count(*) FROM "%s" WHERE lower(CAST("%s" AS TEXT)) LIKE $1 ESCAPE '!'`, c.table, c.name)
		if err = s.read.QueryRowContext(ctx, query, holding(word)).Scan(&n); err != nil {
			break
		}
		if n > 0 {
			places = append(places, c.table+"."+c.name)
		}
	}
	if err != nil {
		return nil, fmt.Errorf("look into every column: %w", err)
	}
	return places, nil
}
