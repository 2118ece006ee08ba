// Package read is the side of the records for people: lists, records, reports.
// It changes nothing. A page is read by a few queries, however many leads are on
// it, and a row that cannot be read is listed as such.
package read

import (
	"context"
	"database/sql"
	"fmt"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// Querier is a pool, a transaction, or what stands before one.
type Querier interface {
	QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error)
	QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row
}

// Reads reads what is committed. It is safe for concurrent use.
type Reads struct {
	claim atomic.Int64 // how long a partner's claim on a company holds; 0: there are none
	db    Querier
	words *strings.Replacer
}

// New returns the read side of a database, in its words for JSON.
func New(db Querier, words *strings.Replacer) *Reads { return &Reads{db: db, words: words} }

// SetClaim says how long a partner's claim on a company holds; 0: there are none.
func (r *Reads) SetClaim(d time.Duration) { r.claim.Store(int64(d)) }

// Collect scans all rows of a query.
func Collect[T any](ctx context.Context, q Querier, scan func(*sql.Rows) (T, error), query string, args ...any) ([]T, error) {
	rows, err := q.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var all []T
	for rows.Next() {
		one, err := scan(rows)
		if err != nil {
			return nil, err
		}
		all = append(all, one)
	}
	return all, rows.Err()
}

// At is the time that is stored as milliseconds; zero for null.
func At(v sql.NullInt64) time.Time {
	if !v.Valid {
		return time.Time{}
	}
	return time.UnixMilli(v.Int64).UTC()
}

// OneOf is the condition that the column has one of the values, which join the arguments.
func OneOf(column string, values []string, args []any) (string, []any) {
	if len(values) == 0 {
		return "(1 = 0)", args
	}
	var marks []string
	for _, v := range values {
		args = append(args, v)
		marks = append(marks, fmt.Sprintf("$%d", len(args)))
	}
	return "(" + column + " IN (" + strings.Join(marks, ", ") + "))", args
}

// spread calls f with 0 to n-1 on every core: decoding documents costs most of a
// long read.
func spread(n int, f func(i int)) {
	var all sync.WaitGroup
	workers := min(n, runtime.GOMAXPROCS(0))
	for w := range workers {
		all.Go(func() {
			for i := w; i < n; i += workers {
				f(i)
			}
		})
	}
	all.Wait()
}
