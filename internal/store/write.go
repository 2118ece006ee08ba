package store

import (
	"context"
	"database/sql"
	"fmt"
	"reflect"
	"strconv"
	"strings"
)

// write is one statement of a change; each ? in it stands for the next argument.
type write struct {
	text string
	args []any
}

// ifFirst is the condition of a write that the first one of its change wrote something.
const ifFirst = `EXISTS (SELECT 1 FROM first)`

// into puts rows into a table, if the change's first write wrote something.
func into(table, columns, conflict string, rows ...[]any) write {
	var w write
	var values strings.Builder
	for i, row := range rows {
		before := []string{"(", "), ("}[min(i, 1)]
		for _, v := range row {
			mark := "?"
			if i == 0 { // Postgres takes the types of the others from the first row
				mark = "CAST(? AS " + columnType(v) + ")"
			}
			values.WriteString(before + mark)
			before = ", "
		}
		w.args = append(w.args, row...)
	}
	w.text = "INSERT INTO " + table + " (" + columns + ") " +
		"SELECT * FROM (VALUES " + values.String() + ")) AS rows WHERE " + ifFirst + " " + conflict
	return w
}

// columnType is how a value is stored: there are texts and whole numbers.
func columnType(v any) string {
	if _, null := v.(sql.NullInt64); null || reflect.TypeOf(v).Kind() != reflect.String {
		return "BIGINT"
	}
	return "TEXT"
}

// runner is a transaction, or the pool of a database on which a statement is one.
type runner interface {
	ExecContext(ctx context.Context, query string, args ...any) (sql.Result, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// commit does all the writes or none. Where the first one writes nothing, the others are
// not done and ok is false.
func (s *Store) commit(ctx context.Context, writes ...write) (ok bool, err error) {
	if s.postgres() {
		err = again(func() (err error) { ok, err = s.together(ctx, s.write, writes...); return err })
	} else {
		err = s.inTx(ctx, func(tx *sql.Tx) (err error) { ok, err = s.together(ctx, tx, writes...); return err })
	}
	return ok && err == nil, err // what was written may have failed at its end
}

// together is commit within a transaction. To Postgres the writes are one statement: one
// way there and back, without a transaction around it.
func (s *Store) together(ctx context.Context, tx runner, writes ...write) (ok bool, err error) {
	if !s.postgres() {
		for i, w := range writes {
			res, err := tx.ExecContext(ctx, strings.Replace(w.text, ifFirst, "true", 1), w.args...)
			if err != nil {
				return false, err
			}
			if i == 0 {
				if n, err := res.RowsAffected(); err != nil || n == 0 {
					return false, err
				}
			}
		}
		return true, nil
	}
	var text strings.Builder
	var args []any
	for i, w := range writes {
		name := "first"
		if i > 0 {
			name = ", w" + strconv.Itoa(i)
		}
		text.WriteString([]string{"WITH ", ""}[min(i, 1)] + name + " AS (")
		for part, rest, more := strings.Cut(w.text, "?"); ; part, rest, more = strings.Cut(rest, "?") {
			text.WriteString(part)
			if !more {
				break
			}
			args = append(args, w.args[0])
			w.args = w.args[1:]
			fmt.Fprintf(&text, "$%d", len(args))
		}
		text.WriteString(" RETURNING 1)")
	}
	text.WriteString(" SELECT count(*) > 0 FROM first")
	err = tx.QueryRowContext(ctx, text.String(), args...).Scan(&ok)
	return ok, err
}
