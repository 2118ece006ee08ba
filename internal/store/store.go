// Package store keeps the records in SQL. It is the truth: the queue may be
// emptied at any moment and is filled again from here. SQLite and Postgres are
// served by one text of every query.
package store

import (
	"context"
	"database/sql"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	_ "github.com/jackc/pgx/v5/stdlib" // driver "pgx"
	"github.com/pressly/goose/v3"
	_ "modernc.org/sqlite" // driver "sqlite"

	"leadtriage/internal/store/read"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is safe for concurrent use by any number of processes.
type Store struct {
	*read.Reads // the side for people, and what work on a lead reads
	write       *sql.DB
	read        *sql.DB // the same as write on Postgres
	dialect     goose.Dialect
	// forChange ends a SELECT that locks its rows until the transaction ends. It
	// is empty on SQLite, where a transaction that writes is alone anyway.
	forChange string
}

// Open connects to "sqlite:///path/file.db" or "postgres://…" and checks that
// it answers and that this program may use what is in it. It does not migrate.
func Open(ctx context.Context, databaseURL string) (*Store, error) {
	s := &Store{}
	var err error
	switch {
	case strings.HasPrefix(databaseURL, "sqlite:"):
		err = s.openSQLite(strings.TrimPrefix(strings.TrimPrefix(databaseURL, "sqlite:"), "//"))
	case strings.HasPrefix(databaseURL, "postgres://"), strings.HasPrefix(databaseURL, "postgresql://"):
		err = s.openPostgres(databaseURL)
	default:
		err = errors.New(`the database URL must look like sqlite:///path/file.db or postgres://user@host/name`)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s.Reads = read.New(s.read)
	if err := s.Ping(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("open database: %w", s.closed(err))
	}
	if err := s.compatible(ctx); err != nil {
		s.Close()
		return nil, fmt.Errorf("open database: %w", err)
	}
	return s, nil
}

// closed says why the database does not open, and what to do. pgx gives a line for
// each address and for each try with and without TLS, which are often the same.
func (s *Store) closed(err error) error {
	if s.dialect == goose.DialectSQLite3 {
		return fmt.Errorf("%w: its folder must be there and writable, and the file new or a SQLite database; correct DATABASE_URL", err)
	}
	if refused, ok := errors.AsType[*pgconn.PgError](err); ok { // it answers
		return fmt.Errorf("Postgres refuses: %s (%s): correct user, password or database in DATABASE_URL, or create them there", refused.Message, refused.Code)
	}
	var lines []string
	for line := range strings.Lines(err.Error()) {
		if line = strings.TrimSpace(line); !slices.Contains(lines, line) {
			lines = append(lines, line)
		}
	}
	return fmt.Errorf("no answer from Postgres: start it, or correct DATABASE_URL: %s", strings.Join(lines, " "))
}

// openSQLite uses one connection that writes and several that read: a reader
// never waits for a writer in WAL mode, and writers queue in Go instead of
// polling the file lock.
func (s *Store) openSQLite(path string) error {
	if path == "" {
		return errors.New("sqlite: name a file, as in sqlite:///var/lib/leadtriage/leads.db")
	}
	// FULL: a lead that was acknowledged survives a power cut.
	pragmas := url.Values{"_txlock": {"immediate"}, "_pragma": {"busy_timeout(5000)", "journal_mode(WAL)", "synchronous(FULL)", "foreign_keys(1)"}}
	dsn := "file:" + (&url.URL{Path: path}).EscapedPath() + "?" + pragmas.Encode()
	var err error
	if s.write, err = sql.Open("sqlite", dsn); err != nil {
		return err
	}
	s.write.SetMaxOpenConns(1)
	if s.read, err = sql.Open("sqlite", dsn); err != nil {
		return err
	}
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	s.dialect = goose.DialectSQLite3
	return nil
}

func (s *Store) openPostgres(databaseURL string) error {
	db, err := sql.Open("pgx", databaseURL)
	if err != nil {
		return err
	}
	// More than the workers of a process, so that a click never waits for them;
	// a few processes stay within Postgres's 100.
	db.SetMaxOpenConns(28)
	db.SetMaxIdleConns(28)
	s.write, s.read, s.dialect, s.forChange = db, db, goose.DialectPostgres, " FOR NO KEY UPDATE"
	return nil
}

// Close closes the connections.
func (s *Store) Close() error {
	err := s.write.Close()
	if s.read != nil && s.read != s.write {
		err = errors.Join(err, s.read.Close())
	}
	return err
}

// Ping asks the database for an answer.
func (s *Store) Ping(ctx context.Context) error { return s.write.PingContext(ctx) }

// inTx commits what f does, or nothing. A deadlock or a serialisation failure
// is tried again: f must not keep what it saw.
func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	for attempt := 1; ; attempt++ {
		err := s.tryTx(ctx, f)
		var pg *pgconn.PgError
		again := errors.Is(err, errMoved) || errors.As(err, &pg) && (pg.Code == "40P01" || pg.Code == "40001")
		if attempt < 5 && again {
			continue
		}
		return err
	}
}

func (s *Store) tryTx(ctx context.Context, f func(*sql.Tx) error) error {
	tx, err := s.write.BeginTx(ctx, nil)
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := f(tx); err != nil {
		return err
	}
	return tx.Commit()
}

// ms is the stored form of a time; null for the zero time.
func ms(t time.Time) sql.NullInt64 {
	if t.IsZero() {
		return sql.NullInt64{}
	}
	return sql.NullInt64{Int64: t.UnixMilli(), Valid: true}
}
