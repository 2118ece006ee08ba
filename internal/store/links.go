package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// AddLink records a link before its token leaves.
func (s *Store) AddLink(ctx context.Context, l lead.Link) error {
	_, err := s.write.ExecContext(ctx, `INSERT INTO links (hash, use, partner, lead_id, about, created_at, ends_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7)`,
		l.Hash, l.Use, l.Partner, l.LeadID, l.About, l.MadeAt.UnixMilli(), ms(l.EndsAt))
	if err != nil {
		return fmt.Errorf("record a link of partner %s: %w", l.Partner, err)
	}
	return nil
}

// Link is what the token opens; one that ended, was revoked or never was, or is for another
// use, is lead.ErrNotFound.
func (s *Store) Link(ctx context.Context, use lead.LinkUse, token string, now time.Time) (lead.Link, error) {
	l := lead.Link{Hash: lead.HashOf(token), Use: use}
	var made, ends sql.NullInt64
	err := s.read.QueryRowContext(ctx, `SELECT partner, lead_id, about, created_at, ends_at FROM links
		WHERE hash = $1 AND use = $2 AND (ends_at IS NULL OR ends_at > $3)`, l.Hash, use, now.UnixMilli()).
		Scan(&l.Partner, &l.LeadID, &l.About, &made, &ends)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	if err != nil {
		return lead.Link{}, fmt.Errorf("look for a link: %w", err)
	}
	l.MadeAt, l.EndsAt = read.At(made), read.At(ends)
	return l, nil
}

// OptedOut reports whether the address, by its hash, wants no e-mails.
func (s *Store) OptedOut(ctx context.Context, address string) (out bool, err error) {
	if err = s.read.QueryRowContext(ctx, `SELECT EXISTS (SELECT 1 FROM optouts WHERE address = $1)`, address).Scan(&out); err != nil {
		err = fmt.Errorf("look for an opt-out: %w", err)
	}
	return out, err
}

// OptOut records that the address wants no e-mails, or wants them again.
func (s *Store) OptOut(ctx context.Context, address string, out bool, now time.Time) error {
	statement, args := `DELETE FROM optouts WHERE address = $1`, []any{address}
	if out {
		statement, args = `INSERT INTO optouts (address, at) VALUES ($1, $2) ON CONFLICT (address) DO NOTHING`, append(args, now.UnixMilli())
	}
	if _, err := s.write.ExecContext(ctx, statement, args...); err != nil {
		return fmt.Errorf("record an opt-out: %w", err)
	}
	return nil
}

// RemoveLinks removes the links that ended before then; it returns how many.
func (s *Store) RemoveLinks(ctx context.Context, before time.Time) (int, error) {
	return s.remove(ctx, "links",
		`DELETE FROM links WHERE hash IN (SELECT hash FROM links WHERE ends_at < $1 LIMIT $2)`, before.UnixMilli(), removeBatch)
}

// RevokeLinks takes from a partner all links to its page; it returns how many.
func (s *Store) RevokeLinks(ctx context.Context, partner string) (int, error) {
	n, err := s.removeOnce(ctx, `DELETE FROM links WHERE partner = $1 AND use = $2`, partner, lead.PageLink)
	if err != nil {
		return 0, fmt.Errorf("revoke the links of partner %s: %w", partner, err)
	}
	return n, nil
}
