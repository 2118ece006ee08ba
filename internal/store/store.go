// Package store keeps the records in SQL. It is the truth: the queue may be
// emptied at any moment and is filled again from here. SQLite and Postgres are
// served by one text of every query.
package store

import (
	"cmp"
	"context"
	"database/sql"
	"database/sql/driver"
	"embed"
	"errors"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/stdlib"
	"github.com/pressly/goose/v3"
	"golang.org/x/sync/semaphore"
	_ "modernc.org/sqlite" // driver "sqlite"

	"leadtriage/internal/store/read"
)

//go:embed migrations/*.sql
var migrations embed.FS

// Store is safe for concurrent use by any number of processes.
type Store struct {
	*read.Reads // the side for people, and what work on a lead reads
	write       *sql.DB
	read        *sql.DB             // the same as write on Postgres
	turn        *semaphore.Weighted // SQLite's writers come in turn; a pool picks any that waits, so some starve. nil on Postgres
	dialect     goose.Dialect
	words       *strings.Replacer // of the database for what it says differently
}

// Connections are those of a process where nothing else is said: one api and three
// workers fit in Postgres's 100.
const Connections = 20

// Open connects to "sqlite:///path/file.db" or "postgres://…", with so many connections at
// most where it is a server (0: Connections), and checks that it answers and that this
// program may use what is in it. It does not migrate.
func Open(ctx context.Context, databaseURL string, connections int) (*Store, error) {
	s := &Store{}
	var err error
	switch {
	case strings.HasPrefix(databaseURL, "sqlite:"):
		err = s.openSQLite(strings.TrimPrefix(strings.TrimPrefix(databaseURL, "sqlite:"), "//"))
	case strings.HasPrefix(databaseURL, "postgres://"), strings.HasPrefix(databaseURL, "postgresql://"):
		err = s.openPostgres(databaseURL, cmp.Or(connections, Connections))
	default:
		err = errors.New(`the database URL must look like sqlite:///path/file.db or postgres://user@host/name`)
	}
	if err != nil {
		return nil, fmt.Errorf("open database: %w", err)
	}
	s.Reads = read.New(s.read, s.words)
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
	lite, err := sql.Open("sqlite", dsn)
	if err != nil {
		return err
	}
	defer lite.Close()
	open := prepared{lite.Driver(), dsn}
	s.write, s.read = sql.OpenDB(open), sql.OpenDB(open)
	s.write.SetMaxOpenConns(1)
	s.turn = semaphore.NewWeighted(1)
	s.read.SetMaxOpenConns(4)
	s.read.SetMaxIdleConns(4)
	s.dialect, s.words = goose.DialectSQLite3, read.SQLiteWords
	return nil
}

func (s *Store) openPostgres(databaseURL string, connections int) error {
	cfg, err := pgx.ParseConfig(databaseURL)
	if err != nil {
		return err
	}
	db := sql.OpenDB(patient{stdlib.GetConnector(*cfg, stdlib.OptionAfterConnect(func(ctx context.Context, c *pgx.Conn) error {
		_, err := c.Exec(ctx, trustIndexes)
		return err
	}))})
	db.SetMaxOpenConns(connections)
	db.SetMaxIdleConns(connections)
	s.write, s.read, s.dialect, s.words = db, db, goose.DialectPostgres, read.PostgresWords
	return nil
}

// trustIndexes keeps Postgres from guessing. Every query has an index that answers it. From
// the figures of a table that was just empty, or of a queue, Postgres expects a few rows and
// sorts them all; and it keeps the plan that it made then. It would also compile what it
// takes for costly, which takes longer than any query here.
const trustIndexes = `SET enable_seqscan = off; SET enable_bitmapscan = off; SET plan_cache_mode = force_generic_plan; SET jit = off`

// patient waits a little when all of Postgres's connections are taken.
type patient struct{ driver.Connector }

func (p patient) Connect(ctx context.Context) (driver.Conn, error) {
	const longest, every = 5 * time.Second, 100 * time.Millisecond
	late := time.After(longest)
	for {
		c, err := p.Connector.Connect(ctx)
		var pg *pgconn.PgError
		if !errors.As(err, &pg) || pg.Code != "53300" {
			return c, err
		}
		select {
		case <-ctx.Done():
			return nil, err
		case <-late:
			return nil, fmt.Errorf("%w; lower database.connections, or allow Postgres more", err)
		case <-time.After(every):
		}
	}
}

func (s *Store) postgres() bool { return s.dialect == goose.DialectPostgres }

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

// Writable has the database take a write, which changes nothing: one that only
// reads, such as a stand-by, refuses it.
func (s *Store) Writable(ctx context.Context) error {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE leads SET wakes = wakes WHERE id = ''`)
		return err
	})
	if err != nil {
		return fmt.Errorf("the database takes no writes: %w", err)
	}
	return nil
}

// inTx commits what f does, or nothing. f must not keep what it saw: it may run again.
func (s *Store) inTx(ctx context.Context, f func(*sql.Tx) error) error {
	return again(func() error { return s.tryTx(ctx, f) })
}

// again tries what failed by a deadlock or a serialisation failure again.
func again(try func() error) error {
	for attempt := 1; ; attempt++ {
		err := try()
		var pg *pgconn.PgError
		if attempt == 5 || !errors.As(err, &pg) || pg.Code != "40P01" && pg.Code != "40001" {
			return err
		}
	}
}

func (s *Store) tryTx(ctx context.Context, f func(*sql.Tx) error) error {
	if s.turn != nil {
		if err := s.turn.Acquire(ctx, 1); err != nil {
			return err
		}
		defer s.turn.Release(1)
	}
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
