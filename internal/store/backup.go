package store

import (
	"context"
	"errors"
	"fmt"
	"os"

	"github.com/jackc/pgx/v5/stdlib"
)

// Backup writes a copy of a SQLite database as it is at this moment into a new file, while
// others go on reading and writing. Half a copy never has the file's name.
func (s *Store) Backup(ctx context.Context, file string) error {
	if s.postgres() {
		return errors.New("this database is Postgres, which has tools of its own: pg_dump --format=custom --file=FILE \"$DATABASE_URL\", " +
			"and pg_restore --clean --if-exists --dbname=\"$DATABASE_URL\" FILE")
	}
	if _, err := os.Stat(file); err == nil {
		return fmt.Errorf("%s is there already: name a new file", file)
	}
	half := file + ".half"
	os.Remove(half) // of a backup that was killed
	defer os.Remove(half)
	if f, err := os.OpenFile(half, os.O_CREATE|os.O_EXCL|os.O_WRONLY, 0o600); err != nil { // others must not read it
		return fmt.Errorf("back up: %w", err)
	} else if err := f.Close(); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	if _, err := s.read.ExecContext(ctx, `VACUUM INTO $1`, half); err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	f, err := os.OpenFile(half, os.O_RDWR, 0)
	if err == nil {
		err = errors.Join(f.Sync(), f.Close())
	}
	if err == nil {
		err = os.Rename(half, file)
	}
	if err != nil {
		return fmt.Errorf("back up: %w", err)
	}
	return nil
}

// Pooled reports whether something between hands out Postgres's connections: it names
// another process than the one that answers.
func (s *Store) Pooled(ctx context.Context) (pooled bool, err error) {
	if !s.postgres() {
		return false, nil
	}
	c, err := s.write.Conn(ctx)
	if err != nil {
		return false, err
	}
	defer c.Close()
	var pid uint32
	if err := c.QueryRowContext(ctx, `SELECT pg_backend_pid()`).Scan(&pid); err != nil {
		return false, err
	}
	err = c.Raw(func(of any) error {
		pooled = of.(*stdlib.Conn).Conn().PgConn().PID() != pid
		return nil
	})
	return pooled, err
}
