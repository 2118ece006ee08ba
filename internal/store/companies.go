package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// Company returns what is known of the company; ok is false when nothing was
// ever found, or it was invalidated. The caller judges whether it is fresh enough.
func (s *Store) Company(ctx context.Context, domain string) (p lead.Profile, ok bool, err error) {
	var doc []byte
	err = s.read.QueryRowContext(ctx, `SELECT doc FROM companies WHERE domain = $1 AND doc <> '' AND found_at >= forgotten_at`, domain).Scan(&doc)
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
// ends, unless another worker does or it is too early to ask again.
func (s *Store) LeaseCompany(ctx context.Context, domain string, now time.Time, lease time.Duration) (lead.Lease, error) {
	l := lead.Lease{Mine: true}
	var doc []byte
	err := s.write.QueryRowContext(ctx, `
		INSERT INTO companies (domain, doc, found_at, lease_until) VALUES ($1, '', 0, $2)
		ON CONFLICT (domain) DO UPDATE SET lease_until = excluded.lease_until WHERE companies.lease_until <= $3 AND companies.again_at <= $3
		RETURNING companies.forgotten_at > companies.found_at, companies.wasted, companies.doc`,
		domain, now.Add(lease).UnixMilli(), now.UnixMilli()).Scan(&l.Afresh, &l.Times, &doc)
	if errors.Is(err, sql.ErrNoRows) {
		l.Mine = false
		l.FailedLookups, err = s.failedLookups(ctx, domain)
	}
	if l.Known = len(doc) > 0 && !l.Afresh; err == nil && l.Known {
		err = json.Unmarshal(doc, &l.Profile)
	}
	if err != nil {
		return lead.Lease{}, fmt.Errorf("lease company %s: %w", domain, err)
	}
	return l, nil
}

func (s *Store) failedLookups(ctx context.Context, domain string) (w lead.FailedLookups, err error) {
	var again int64
	var stated []byte
	if err := s.write.QueryRowContext(ctx, `SELECT wasted, again_at, stated FROM companies WHERE domain = $1`, domain).Scan(&w.Times, &again, &stated); err != nil {
		return lead.FailedLookups{}, err
	}
	if again > 0 {
		w.Again = time.UnixMilli(again).UTC()
	}
	if len(stated) > 0 {
		err = json.Unmarshal(stated, &w.Stated)
	}
	return w, err
}

// RecordFailedLookup ends the lease after a search for which the model was paid in vain.
func (s *Store) RecordFailedLookup(ctx context.Context, domain string, w lead.FailedLookups) error {
	stated, err := json.Marshal(w.Stated)
	if err == nil {
		_, err = s.write.ExecContext(ctx, `UPDATE companies SET lease_until = 0, wasted = $1, again_at = $2, stated = $3 WHERE domain = $4`,
			w.Times, w.Again.UnixMilli(), string(stated), domain)
	}
	if err != nil {
		return fmt.Errorf("record a useless search for company %s: %w", domain, err)
	}
	return nil
}

// ResetFailures has the company asked about again, however many answers were of no use.
func (s *Store) ResetFailures(ctx context.Context, domain string) error {
	if _, err := s.write.ExecContext(ctx, `UPDATE companies SET wasted = 0, again_at = 0, stated = '' WHERE domain = $1`, domain); err != nil {
		return fmt.Errorf("reset the failures of company %s: %w", domain, err)
	}
	return nil
}

// SaveCompany records what was found and ends the lease. What a newer edition of the
// prompts found stays. Where claims were read that leads have used unread, those leads
// that nobody has decided are made due.
func (s *Store) SaveCompany(ctx context.Context, p lead.Profile) error {
	saved, err := putCompany(&p)
	if err == nil {
		saved.text = strings.Replace(saved.text, ifFirst, "true", 1)
		writes := []write{saved}
		if p.Reread {
			writes = append(writes, write{`UPDATE leads SET version = version + 1, wake_at = ?
				WHERE domain = ? AND stage IN ('parked', 'disqualified', 'awaiting_review') AND wake_at IS NULL AND ` + ifFirst,
				[]any{p.FoundAt.UnixMilli(), p.Domain}})
		}
		_, err = s.commit(ctx, writes...)
	}
	if err != nil {
		return fmt.Errorf("save company %s: %w", p.Domain, err)
	}
	return nil
}

func putCompany(p *lead.Profile) (write, error) {
	doc, err := json.Marshal(p)
	return into("companies", "domain, doc, found_at, lease_until, edition", `
		ON CONFLICT (domain) DO UPDATE SET lease_until = 0, wasted = 0, again_at = 0, stated = '',
			doc = CASE WHEN companies.edition > excluded.edition AND companies.doc <> '' THEN companies.doc ELSE excluded.doc END,
			found_at = CASE WHEN companies.edition > excluded.edition
				AND companies.doc <> '' THEN companies.found_at ELSE excluded.found_at END,
			edition = CASE WHEN companies.edition > excluded.edition THEN companies.edition ELSE excluded.edition END`,
		[]any{p.Domain, string(doc), p.FoundAt.UnixMilli(), 0, p.Edition}), err
}

// ReleaseCompany ends the lease without a result.
func (s *Store) ReleaseCompany(ctx context.Context, domain string) error {
	if _, err := s.write.ExecContext(ctx, `UPDATE companies SET lease_until = 0 WHERE domain = $1`, domain); err != nil {
		return fmt.Errorf("release company %s: %w", domain, err)
	}
	return nil
}

// InvalidateCompany makes the next lead of the company ask again: whatever a search
// finds that began before now does not count.
func (s *Store) InvalidateCompany(ctx context.Context, domain string, now time.Time) error {
	_, err := s.write.ExecContext(ctx, `
		INSERT INTO companies (domain, doc, found_at, lease_until, forgotten_at) VALUES ($1, '', 0, 0, $2)
		ON CONFLICT (domain) DO UPDATE SET forgotten_at = excluded.forgotten_at, wasted = 0, again_at = 0, stated = ''`, domain, now.UnixMilli())
	if err != nil {
		return fmt.Errorf("invalidate company %s: %w", domain, err)
	}
	return nil
}
