package store

import (
	"context"
	"database/sql"
	"encoding/hex"
	"fmt"

	"github.com/pressly/goose/v3"

	"leadtriage/internal/store/read"
)

// mendDocuments (version 17) turns documents back into text that were once written as
// bytes through a pooler: Postgres keeps those as \x and hexadecimal digits.
var mendDocuments = goose.NewGoMigration(17, &goose.GoFunc{RunTx: mendBytes}, &goose.GoFunc{RunTx: func(context.Context,
	*sql.Tx) error {
	return nil
}})

func mendBytes(ctx context.Context, tx *sql.Tx) error {
	for _, at := range []struct{ table, key, column string }{
		{"leads", "id", "doc"}, {"companies", "domain", "doc"}, {"companies", "domain", "stated"}, {"exams", "id", "doc"},
	} {
		type row struct{ key, text string }
		rows, err := read.Collect(ctx, tx, func(rows *sql.Rows) (r row, err error) {
			err = rows.Scan(&r.key, &r.text)
			return r, err
		}, fmt.Sprintf(`SELECT %s, %s FROM %s WHERE substr(%[2]s, 1, 2) = '\x'`, at.key, at.column, at.table))
		if err != nil {
			return err
		}
		for _, r := range rows {
			text, err := hex.DecodeString(r.text[len(`\x`):])
			if err != nil {
				continue // not of this kind
			}
			if _, err := tx.ExecContext(ctx, fmt.Sprintf(`UPDATE %s SET %s = $1 WHERE %s = $2`, at.table, at.column, at.key),
				string(text), r.key); err != nil {
				return err
			}
		}
	}
	return nil
}
