package store

import (
	"context"
	"database/sql/driver"
	"errors"
	"fmt"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"

	"github.com/jackc/pgx/v5/pgconn"
)

// Records from before version 5 are listed with what their documents say.
func TestOldRecordsAreListed(t *testing.T) {
	for name, url := range map[string]func() string{
		"sqlite":   func() string { return "sqlite://" + filepath.Join(t.TempDir(), "leads.db") },
		"postgres": func() string { return backing.PostgresURL(t) },
	} {
		t.Run(name, func(t *testing.T) {
			s, err := Open(t.Context(), url(), 0)
			if err != nil {
				t.Fatal(err)
			}
			defer s.Close()
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
			for _, domain := range []string{"asked.example", "decided.example", "unscored.example"} {
				o := lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: "acme", Tier: "gold"}, Company: lead.Company{Domain: domain}}, Key: domain + "|acme", By: "crm"}
				r, _, err := s.Accept(t.Context(), o, lead.NewCase(o, now), nil)
				if err != nil {
					t.Fatal(err)
				}
				if domain == "unscored.example" {
					continue
				}
				_, err = s.Change(t.Context(), r.ID, now, func(c *lead.Case) error {
					c.Lead.Score = &lead.Score{Total: 81, Verdict: lead.EQL}
					if err := c.Lead.MoveTo(lead.Enriched); err != nil {
						return err
					}
					if err := c.OpenReview("C1"); err != nil || domain == "asked.example" {
						return err
					}
					return c.Decide(lead.DecisionInput{Decision: lead.Reject, By: "U1"})
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			before, err := s.Reads.Waiting(t.Context(), lead.WaitingFilter{})
			if err != nil {
				t.Fatal(err)
			}
			p, err := s.migrations()
			if err != nil {
				t.Fatal(err)
			}
			if _, err := p.DownTo(t.Context(), 4); err != nil {
				t.Fatal(err)
			}
			if _, err := s.write.ExecContext(t.Context(), `UPDATE reviews SET channel = ''`); err != nil { // as it was until a card was posted
				t.Fatal(err)
			}
			if err := s.Migrate(t.Context()); err != nil {
				t.Fatal(err)
			}
			after, err := s.Reads.Waiting(t.Context(), lead.WaitingFilter{})
			if err != nil || len(after.Leads) != 1 || after.Leads[0].Score != 81 || after.Leads[0].Verdict != lead.EQL || after.Leads[0].Channel != "C1" || !slices.Equal(after.Leads, before.Leads) {
				t.Errorf("after %+v, before %+v, %v", after, before, err)
			}
		})
	}
}

// Records from before version 12 are listed by who sent them and by what gave up.
func TestOldFailuresAreListed(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
			for _, domain := range []string{"search.example", "effect.example", "well.example"} {
				o := lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: "acme", Tier: "gold"}, Company: lead.Company{Domain: domain}, Notes: `"enrichment":{"state":"failed"`}, Key: domain + "|acme", By: "crm"}
				r, _, err := s.Accept(t.Context(), o, lead.NewCase(o, now), nil)
				if err != nil {
					t.Fatal(err)
				}
				_, err = s.Change(t.Context(), r.ID, now, func(c *lead.Case) error {
					switch domain {
					case "search.example":
						c.Lead.Enrichment.State = lead.EnrichmentFailed
					case "effect.example":
						c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, Target: "default", Round: 1, Event: "lead.approved", DueAt: now})
						c.Effects[0].State = lead.GivenUp
					}
					return nil
				})
				if err != nil {
					t.Fatal(err)
				}
			}
			p, err := s.migrations()
			if err == nil {
				_, err = p.DownTo(t.Context(), 11)
			}
			if err == nil {
				err = s.Migrate(t.Context())
			}
			if err != nil {
				t.Fatal(err)
			}
			for want, f := range map[int]lead.Filter{2: {Failed: true}, 3: {Sender: "crm", Since: now}, 0: {Sender: "form"}} {
				if page, err := s.Reads.List(t.Context(), f); err != nil || len(page.Leads) != want {
					t.Errorf("%+v: %v, %d leads", f, err, len(page.Leads))
				}
			}
		})
	}
}

// Who took a decision back, and what was overruled, stood in the words of the
// history until version 15.
func TestOldUndosAreKnown(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			now := time.Date(2026, 11, 20, 12, 0, 0, 0, time.UTC)
			o := lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: "acme", Tier: "gold"}}, Key: "one", By: "crm"}
			r, _, err := s.Accept(t.Context(), o, lead.NewCase(o, now), nil)
			if err != nil {
				t.Fatal(err)
			}
			_, err = s.Change(t.Context(), r.ID, now, func(c *lead.Case) error {
				c.Lead.Score = &lead.Score{Verdict: lead.MQL}
				if err := errors.Join(c.Lead.MoveTo(lead.Enriched), c.OpenReview("C1")); err != nil {
					return err
				}
				first := c.Review()
				first.TS = "1.0"
				if err := c.Decide(lead.DecisionInput{Decision: lead.Approve, By: "U0ADA"}); err != nil {
					return err
				}
				return c.Undo(first.ID, "U0BOB", time.Minute)
			})
			if err != nil {
				t.Fatal(err)
			}
			for action, words := range map[string]string{"approved": "round 1, override of mql", "undone": "round 1"} {
				if _, err := s.write.ExecContext(t.Context(), `UPDATE history SET detail = $1 WHERE action = $2`, words, action); err != nil {
					t.Fatal(err)
				}
			}
			p, err := s.migrations()
			if err == nil {
				_, err = p.DownTo(t.Context(), 14)
			}
			if err == nil {
				err = s.Migrate(t.Context())
			}
			d, readErr := s.Dossier(t.Context(), r.ID)
			if err = errors.Join(err, readErr); err != nil {
				t.Fatal(err)
			}
			if v := d.Reviews[0]; v.UndoneBy != "U0BOB" || !v.UndoneAt.Equal(now) || v.Proposed != lead.MQL {
				t.Errorf("the first round: %+v", v)
			}
			if v := d.Reviews[1]; v.UndoneBy != "" || !v.UndoneAt.IsZero() || v.Proposed != "" {
				t.Errorf("the second round: %+v", v)
			}
		})
	}
}

// Documents that were written as bytes through a pooler become text again.
func TestBytesOfAPoolerAreMended(t *testing.T) {
	for name, open := range vacant {
		t.Run(name, func(t *testing.T) {
			s := open(t)
			build(t, s, slices.DeleteFunc(numbers(t, s), func(n int64) bool { return n >= 17 })...)
			for _, at := range []struct{ table, key, id string }{{"leads", "id", decidedLead}, {"companies", "domain",
				"northwind.example"}} {
				var doc string
				where := fmt.Sprintf(" %s WHERE %s = $1", at.table, at.key)
				if err := s.write.QueryRow(`SELECT doc FROM`+where, at.id).Scan(&doc); err != nil {
					t.Fatal(err)
				}
				_, err := s.write.Exec(fmt.Sprintf(`UPDATE %s SET doc = $2 WHERE %s = $1`, at.table, at.key), at.id,
					fmt.Sprintf(`\x%x`, doc))
				if err != nil {
					t.Fatal(err)
				}
			}
			reads(t, s)
		})
	}
}

// When all connections are taken, one is waited for.
func TestTakenConnectionsAreWaitedFor(t *testing.T) {
	taken := errors.New("")
	tries := 0
	_, err := patient{connector(func() error {
		if tries++; tries < 3 {
			return fmt.Errorf("connect: %w", &pgconn.PgError{Code: "53300"})
		}
		return taken
	})}.Connect(t.Context())
	if tries != 3 || !errors.Is(err, taken) {
		t.Errorf("after %d tries: %v", tries, err)
	}
	synctest.Test(t, func(t *testing.T) {
		began := time.Now()
		_, err := patient{connector(func() error { return &pgconn.PgError{Code: "53300"} })}.Connect(t.Context())
		if err == nil || !strings.Contains(err.Error(), "database.connections") || time.Since(began) > 6*time.Second {
			t.Errorf("after %s: %v", time.Since(began), err)
		}
	})
}

type connector func() error

func (c connector) Connect(context.Context) (driver.Conn, error) { return nil, c() }
func (connector) Driver() driver.Driver                          { return nil }
