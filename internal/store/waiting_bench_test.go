package store

import (
	"database/sql"
	"encoding/base64"
	"fmt"
	"path/filepath"
	"testing"
	"time"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"
)

// BenchmarkWaiting reads pages out of ten thousand leads that wait.
func BenchmarkWaiting(b *testing.B) {
	for name, url := range map[string]func() string{
		"sqlite":   func() string { return "sqlite://" + filepath.Join(b.TempDir(), "leads.db") },
		"postgres": func() string { return backing.PostgresURL(b) },
	} {
		b.Run(name, func(b *testing.B) {
			s, err := Open(b.Context(), url(), 0)
			if err != nil {
				b.Fatal(err)
			}
			defer s.Close()
			if err := s.Migrate(b.Context()); err != nil {
				b.Fatal(err)
			}
			fill(b, s, 10_000)
			scope := []lead.Scope{{Partners: []string{"acme"}}}
			for what, f := range map[string]lead.WaitingFilter{"first": {Limit: 25}, "longest": {Limit: 5, Longest: true}, "within": {Limit: 25, Within: scope},
				"deep": {Limit: 25, Cursor: base64.RawURLEncoding.EncodeToString([]byte("50 1 0"))}} {
				b.Run(what, func(b *testing.B) {
					for b.Loop() {
						page, err := s.Reads.Waiting(b.Context(), f)
						if err != nil || page.Total != 10_000 || len(page.Leads) != f.Limit {
							b.Fatal(err, page.Total, len(page.Leads))
						}
					}
				})
			}
		})
	}
}

// fill copies one lead under review, with 8 kB of facts, n times with scores from 0 to 100.
func fill(b *testing.B, s *Store, n int) {
	b.Helper()
	now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
	o := lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: "acme", Tier: "gold"}, Company: lead.Company{Domain: "northwind.example"}}, Key: "k", By: "crm"}
	r, _, err := s.Accept(b.Context(), o, lead.NewCase(o, now), nil)
	if err != nil {
		b.Fatal(err)
	}
	_, err = s.Change(b.Context(), r.ID, now, func(c *lead.Case) error {
		for range 20 {
			c.Lead.Facts = append(c.Lead.Facts, lead.Fact{Field: lead.Description, Value: fmt.Sprintf("%0400d", 0), Status: lead.Verified})
		}
		c.Lead.Score = &lead.Score{Total: 0, Verdict: lead.EQL}
		if err := c.Lead.MoveTo(lead.Enriched); err != nil {
			return err
		}
		return c.OpenReview("C1")
	})
	if err != nil {
		b.Fatal(err)
	}
	err = s.inTx(b.Context(), func(tx *sql.Tx) error {
		for i := 1; i < n; i++ {
			id := fmt.Sprintf("c%d", i)
			if _, err := tx.ExecContext(b.Context(), `
				INSERT INTO leads (id, dup_key, domain, partner, stage, doc, entries, version, wakes, created_at, updated_at, score, verdict, asked_at, asked_in)
				SELECT $1, $1, domain, partner, stage, doc, entries, version, wakes, created_at, updated_at, $2, verdict, asked_at + $3, asked_in FROM leads WHERE id = $4`,
				id, i%101, i*1000, r.ID); err != nil {
				return err
			}
			if _, err := tx.ExecContext(b.Context(), `
				INSERT INTO reviews (id, lead_id, round, opened_at, channel, ts, decision, is_override, decided_by, reason, note)
				SELECT $1, $1, round, opened_at + $2, channel, $1, '', 0, '', '', '' FROM reviews WHERE lead_id = $3`, id, i*1000, r.ID); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
