package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"time"

	"leadtriage/internal/lead"
)

// Company returns what is known of the company; ok is false when nothing was
// ever found. The caller judges whether it is fresh enough.
func (s *Store) Company(ctx context.Context, domain string) (p lead.Profile, ok bool, err error) {
	var doc []byte
	err = s.read.QueryRowContext(ctx, `SELECT doc FROM companies WHERE domain = $1 AND doc <> ''`, domain).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return lead.Profile{}, false, nil
	}
	if err == nil {
		err = json.Unmarshal(doc, &p)
	}
	if err != nil {
		return lead.Profile{}, false, fmt.Errorf("read company %s: %w", domain, err)
	}
	return p, true, nil
}

// LeaseCompany makes the caller the one who reads the company until the lease
// ends; false when another worker does.
func (s *Store) LeaseCompany(ctx context.Context, domain string, now time.Time, lease time.Duration) (bool, error) {
	res, err := s.write.ExecContext(ctx, `
		INSERT INTO companies (domain, doc, found_at, lease_until) VALUES ($1, '', 0, $2)
		ON CONFLICT (domain) DO UPDATE SET lease_until = excluded.lease_until WHERE companies.lease_until <= $3`,
		domain, now.Add(lease).UnixMilli(), now.UnixMilli())
	if err != nil {
		return false, fmt.Errorf("lease company %s: %w", domain, err)
	}
	n, err := res.RowsAffected()
	return n == 1, err
}

// SaveCompany records what was found and ends the lease.
func (s *Store) SaveCompany(ctx context.Context, p lead.Profile) error {
	doc, err := json.Marshal(p)
	if err != nil {
		return fmt.Errorf("save company %s: %w", p.Domain, err)
	}
	_, err = s.write.ExecContext(ctx, `
		INSERT INTO companies (domain, doc, found_at, lease_until) VALUES ($1, $2, $3, 0)
		ON CONFLICT (domain) DO UPDATE SET doc = excluded.doc, found_at = excluded.found_at, lease_until = 0`,
		p.Domain, doc, p.FoundAt.UnixMilli())
	if err != nil {
		return fmt.Errorf("save company %s: %w", p.Domain, err)
	}
	return nil
}

// ReleaseCompany ends the lease without a result.
func (s *Store) ReleaseCompany(ctx context.Context, domain string) error {
	if _, err := s.write.ExecContext(ctx, `UPDATE companies SET lease_until = 0 WHERE domain = $1`, domain); err != nil {
		return fmt.Errorf("release company %s: %w", domain, err)
	}
	return nil
}

// ForgetCompany makes the next lead of the company ask again.
func (s *Store) ForgetCompany(ctx context.Context, domain string) error {
	if _, err := s.write.ExecContext(ctx, `UPDATE companies SET doc = '', found_at = 0 WHERE domain = $1`, domain); err != nil {
		return fmt.Errorf("forget company %s: %w", domain, err)
	}
	return nil
}
