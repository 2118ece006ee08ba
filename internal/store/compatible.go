package store

import (
	"context"
	"fmt"
)

// compatible refuses records that a newer program has changed so that this one would
// harm them. A migration that older programs cannot live with says so by raising
// compatibility.min_version to its number. Records from before version 13 say nothing.
func (s *Store) compatible(ctx context.Context) error {
	there := `SELECT count(*) FROM sqlite_master WHERE type = 'table' AND name = 'compatibility'`
	if s.postgres() {
		there = `SELECT count(to_regclass('compatibility'))`
	}
	var n int
	if err := s.write.QueryRowContext(ctx, there).Scan(&n); err != nil {
		return fmt.Errorf("look for the schema's version: %w", err)
	}
	if n == 0 {
		return nil
	}
	var lowest int64
	if err := s.write.QueryRowContext(ctx, `SELECT COALESCE(max(min_version), 0) FROM compatibility`).Scan(&lowest); err != nil {
		return fmt.Errorf("read the schema's version: %w", err)
	}
	p, err := s.migrations()
	if err != nil {
		return err
	}
	var known int64
	for _, m := range p.ListSources() {
		known = max(known, m.Version)
	}
	if known < lowest {
		return fmt.Errorf("this database was made by a newer leadtriage: one that knows schema %d is needed, this one knows %d; "+
			"install it, or restore a backup", lowest, known)
	}
	return nil
}
