package store

import (
	"fmt"
	"regexp"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// backlog puts n leads into the records that wait for everything: for facts, for a card that
// is overdue, for others to hear of them, and for their card's turn in the channel C1.
func backlog(t testing.TB, s *Store, n int, now time.Time) {
	t.Helper()
	numbers := `WITH RECURSIVE n (i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < $1) SELECT `
	at := fmt.Sprint(now.Add(-time.Hour).UnixMilli())
	for _, insert := range []string{
		`INSERT INTO leads (id, dup_key, domain, partner, stage, doc, entries, version, wake_at, wakes, card_by, tell_at, created_at,
			updated_at) ` + numbers +
			`'w' || i, 'w' || i, 'w' || i || '.example', 'acme', 'received', '{}', 0, 1, ` + at + ` + i, 0, ` + at + ` + i,
				` + at + ` + i, ` + at + `, ` + at + ` FROM n`,
		`INSERT INTO reviews (id, lead_id, round, opened_at, channel, ts, decision, is_override, decided_by, reason, note,
			looked_at) ` + numbers +
			`'w' || i, 'w' || i, 1, ` + at + `, 'C1', '1.1', '', 0, '', '', '', ` + at + ` + i FROM n`,
		`INSERT INTO effects (id, lead_id, kind, lane, seq, target, round, event, due_at, state, attempts, revision, last_error,
			lease_until, wake_at, wakes, posts, created_at, updated_at, turn, score) ` + numbers +
			`'w' || i, 'w' || i, 'card', 'slack', 1, 'C1', 1, '', 1, 'pending', 0, 0, '', 0, ` + at + ` + i, 0, 1, 1, 1, 1, i % 60 FROM n`,
		`INSERT INTO effects (id, lead_id, kind, lane, seq, target, round, event, due_at, state, attempts, revision, last_error,
			lease_until, wake_at, wakes, posts, created_at, updated_at) ` + numbers +
			`'h' || i, 'w' || i, 'webhook', 'webhook', 2, 'default', 1, '', 1, 'pending', 0, 0, '', 0, ` + at + ` + i, 0, 0, 1, 1 FROM n`,
	} {
		if _, err := s.write.ExecContext(t.Context(), insert, n); err != nil {
			t.Fatal(err)
		}
	}
}

// walks is a plan that reads all rows of a table.
var walks = regexp.MustCompile(`Seq Scan|SCAN (leads|reviews|effects)\b`)

// Choosing work looks at what it takes, not at all that waits: an index has it in order, and
// what was found is written by its key.
func TestIndexesAnswerTheSweep(t *testing.T) {
	now := time.Now().Truncate(time.Millisecond)
	ms := now.UnixMilli()
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			backlog(t, s, 2000, now)
			for what, c := range map[string]struct {
				index, query string
				args         []any
			}{
				"leads":     {"leads_wake", dueLeads, []any{ms, ms, 5, ms, ms}},
				"overdue":   {"leads_card_by", overdueLeads, []any{ms, ms, 5, ms, ms}},
				"tell":      {"leads_tell", leadsToTell, []any{ms, ms, ms, 5}},
				"effects":   {"effects_wake", dueEffects, []any{ms, ms, "webhook", 5, "webhook"}},
				"next post": {"effects_turn", s.words.Replace(fmt.Sprintf(nextInTurn, "")), []any{"C1"}},
				"channels":  {"effects_turn", postChannels, []any{ms}},
				"cards":     {"reviews_open", cardsToLookAt, []any{ms, 5}},
			} {
				plan := explain(t, s, c.query, c.args)
				sorted := strings.Contains(plan, "ORDER BY") || strings.Contains(plan, "Sort")
				if what == "channels" {
					sorted = false // there are few
				}
				if !strings.Contains(plan, c.index) || sorted || walks.MatchString(plan) || strings.Count(plan, c.index) > 2 {
					t.Errorf("%s: want %s and nothing sorted or walked; %s\n%s", what, c.index, c.query, plan)
				}
			}
		})
	}
}

// BenchmarkBacklog takes one lead through the records, from its arrival to its card's turn and
// its end, while others wait for everything. What a lead costs does not grow with them.
func BenchmarkBacklog(b *testing.B) {
	for name, url := range databases {
		for _, n := range []int{1_000, 10_000, 100_000} {
			b.Run(fmt.Sprintf("%s/%d", name, n), func(b *testing.B) {
				s := opened(b, url(b))
				now := time.Now().Truncate(time.Millisecond)
				backlog(b, s, n, now)
				cards, i := []lead.EffectKind{lead.CardEffect}, 0
				for b.Loop() {
					i++
					throughRecords(b, s, fmt.Sprint("firm", i, ".example"), cards, now)
				}
			})
		}
	}
}

func throughRecords(b *testing.B, s *Store, domain string, cards []lead.EffectKind, now time.Time) {
	o := lead.Incoming{Submission: lead.Submission{Partner: lead.Partner{ID: "acme"}, Company: lead.Company{Domain: domain}},
		Key: domain, By: "crm"}
	fresh := lead.NewCase(o, now)
	if _, _, err := s.Accept(b.Context(), o, fresh, nil); err != nil {
		b.Fatal(err)
	}
	_, err := s.Change(b.Context(), fresh.Lead.ID, now, func(c *lead.Case) error {
		c.Lead.Stage, c.Lead.Score = lead.Enriched, &lead.Score{Total: 90, Verdict: lead.EQL} // before all that wait
		return c.OpenReview("C1")
	})
	if err != nil {
		b.Fatal(err)
	}
	e, ok, err := s.ClaimPost(b.Context(), "C1", cards, now, time.Minute)
	if err != nil || !ok || e.LeadID != fresh.Lead.ID {
		b.Fatal(err, ok, e)
	}
	if _, err := s.PostChannels(b.Context(), now); err != nil {
		b.Fatal(err)
	}
	_, err = s.Change(b.Context(), e.LeadID, now, func(c *lead.Case) error {
		c.Effect(e.ID).State, c.Effect(e.ID).Posts = lead.Delivered, false
		return nil
	})
	if err != nil {
		b.Fatal(err)
	}
}
