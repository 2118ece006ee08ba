package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// askedQueries notes the queries that go through it.
type askedQueries struct {
	*sql.DB
	queries []string
	args    [][]any
}

func (a *askedQueries) QueryContext(ctx context.Context, query string, args ...any) (*sql.Rows, error) {
	a.queries, a.args = append(a.queries, query), append(a.args, args)
	return a.DB.QueryContext(ctx, query, args...)
}

func (a *askedQueries) QueryRowContext(ctx context.Context, query string, args ...any) *sql.Row {
	a.queries, a.args = append(a.queries, query), append(a.args, args)
	return a.DB.QueryRowContext(ctx, query, args...)
}

// databases are a fresh one of each kind.
var databases = map[string]func(testing.TB) string{
	"sqlite":   func(t testing.TB) string { return "sqlite://" + filepath.Join(t.TempDir(), "leads.db") },
	"postgres": backing.PostgresURL,
}

func opened(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	if err := s.Migrate(t.Context()); err != nil {
		t.Fatal(err)
	}
	return s
}

// stock puts n leads, three of each company, into the records, with a review, two
// effects and six lines of history each. The newest has the highest number; every 100th gave up.
func stock(t testing.TB, s *Store, n, facts int) {
	t.Helper()
	doc := fmt.Sprintf(`{"id":"%%s","stage":"%%s","partner":{"id":"%%s","tier":"gold"},"referred_on":"2026-11-20","company":{"domain":"%%s"},
		"found":[%[1]s],"facts":[%[1]s],"created_at":"%%s"}`, strings.TrimSuffix(strings.Repeat(
		`{"field":"technology","value":"HubSpot","status":"verified","evidence":[{"url":"https://northwind.example/about","quote":"`+strings.Repeat("quoted ", 20)+`"}]},`, facts), ","))
	partners, stages := []string{"acme", "brightside", "lumen"}, []lead.Stage{lead.Approved, lead.Rejected, lead.Parked, lead.Archived}
	err := s.inTx(t.Context(), func(tx *sql.Tx) error {
		put := func(query string, args ...any) {
			if _, err := tx.ExecContext(t.Context(), query, args...); err != nil {
				t.Fatal(err)
			}
		}
		for i := range n {
			id, domain, partner, stage := fmt.Sprintf("c%07d", i), fmt.Sprintf("d%d.example", i/3), partners[i%3], stages[i%4]
			at := time.UnixMilli(int64(i/2) * 1000).UTC() // two in each moment
			gaveUp := flag(i%100 == 0)
			put(`INSERT INTO leads (id, dup_key, domain, partner, stage, doc, entries, version, wakes, created_at, updated_at, failed, score, verdict)
				VALUES ($1, $1, $2, $3, $4, $5, 6, 1, 0, $6, $6, $7, $8, $9)`,
				id, domain, partner, string(stage), fmt.Sprintf(doc, id, stage, partner, domain, at.Format(time.RFC3339Nano)), at.UnixMilli(), gaveUp,
				1+i%100, []string{"eql", "sql", "mql"}[i%3])
			put(`INSERT INTO senders (name, lead_id, created_at) VALUES ($1, $2, $3)`, []string{"crm", "form"}[i/4%2], id, at.UnixMilli())
			put(`INSERT INTO reviews (id, lead_id, round, opened_at, channel, ts, decision, is_override, decided_by, reason, note) VALUES ($1, $1, 1, 1, 'C1', '1.1', 'approved', 0, 'U1', '', '')`, id)
			put(`INSERT INTO effects (id, lead_id, kind, target, round, event, due_at, state, attempts, revision, last_error, lease_until, wake_at, wakes, created_at, updated_at)
				VALUES ($1, $2, 'card', 'C1', 1, '', 1, 'delivered', 1, 0, '', 0, 0, 0, 1, 1), ($3, $2, 'webhook', 'default', 1, 'lead.approved', 1, $4, 1, 0, '', 0, 0, 0, 1, 1)`,
				id+"card", id, id+"hook", []string{"delivered", "failed"}[gaveUp])
			put(`INSERT INTO history (lead_id, seq, at, actor, action, detail) VALUES ($1, 0, 1, 'crm', 'received', ''), ($1, 1, 1, 'leadtriage', 'enriched', ''),
				($1, 2, 1, 'leadtriage', 'asked', ''), ($1, 3, 1, 'U1', 'approved', ''), ($1, 4, 1, 'leadtriage', 'delivered', ''), ($1, 5, 1, 'leadtriage', 'delivered', '')`, id)
		}
		return nil
	})
	if err == nil {
		_, err = s.write.ExecContext(t.Context(), map[bool]string{true: `ANALYZE`,
			false: `SELECT 1`}[s.postgres()]) // SQLite has no statistics in use either
	}
	if err != nil {
		t.Fatal(err)
	}
}

// deep is a cursor behind the lead i of a stock.
func deep(i int) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d c%07d", i/2*1000, i))
}

// A page of two hundred leads is five queries, not four for each lead.
func TestPageIsFewQueries(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			stock(t, s, 1000, 1)
			asked := &askedQueries{DB: s.read}
			reads := read.New(asked, s.words)
			page, err := reads.List(t.Context(), lead.Filter{Limit: 200})
			if err != nil || len(page.Leads) != 200 || page.Next == "" {
				t.Fatal(err, len(page.Leads))
			}
			if n := len(asked.queries); n > 6 {
				t.Errorf("a page of 200 leads took %d queries", n)
			}
			t.Logf("%d queries", len(asked.queries))
			for _, d := range page.Leads[3:] {
				one, err := s.Dossier(t.Context(), d.Lead.ID)
				if err != nil || len(d.Reviews) != 1 || len(d.Effects) != 2 || len(d.History) != 6 || len(d.Lead.Conflicts) != 2 || d.Unreadable != "" {
					t.Fatalf("%v: %+v", err, d)
				}
				listed, _ := json.Marshal(d.Record())
				alone, _ := json.Marshal(one.Record())
				if !bytes.Equal(listed, alone) {
					t.Fatalf("the list shows\n%s\nalone it is\n%s", listed, alone)
				}
			}
			asked.queries = nil
			if list, err := reads.OfDomain(t.Context(), "d20.example", 100); err != nil || len(list) != 3 || len(asked.queries) > 6 {
				t.Errorf("a company: %v, %d leads, %d queries", err, len(list), len(asked.queries))
			}
		})
	}
}

// filters are those of a list, alone and together, with the index that answers them.
var filters = map[string]struct {
	f     lead.Filter
	index string
}{
	"none":            {lead.Filter{}, "leads_created"},
	"stage":           {lead.Filter{Stage: lead.Approved}, "leads_stage"},
	"partner":         {lead.Filter{Partner: "acme"}, "leads_partner"},
	"partners":        {lead.Filter{Partners: []string{"acme", "lumen"}}, "leads_created"},
	"partner, stage":  {lead.Filter{Partner: "acme", Stage: lead.Parked}, "leads_partner_stage"},
	"since":           {lead.Filter{Since: time.UnixMilli(1)}, "leads_created"},
	"sender":          {lead.Filter{Sender: "form"}, "senders_created"},
	"sender, partner": {lead.Filter{Sender: "form", Partner: "acme"}, "senders_created"},
	"verdict":         {lead.Filter{Verdict: lead.SQL}, "leads_created"},
	"score, stage":    {lead.Filter{MinScore: 1, Stage: lead.Approved}, "leads_created"},
	"failed":          {lead.Filter{Failed: true}, "leads_failed"},
	"failed, stage":   {lead.Filter{Failed: true, Stage: lead.Approved}, "leads_failed"},
	"failed, partner": {lead.Filter{Failed: true, Partner: "acme"}, "leads_failed"},
	"failed, sender":  {lead.Filter{Failed: true, Sender: "crm"}, "leads_failed"},
}

// walksATable is a plan that reads all rows of a table.
var walksATable = regexp.MustCompile(`Seq Scan|SCAN (l|o|r|leads|reviews|effects|history)\b`)

// Every filter is answered by an index in the order of the page: no row is read
// that is not shown but for a second filter, and nothing is sorted.
func TestIndexesAnswerLists(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			stock(t, s, 8_000, 0)
			for what, c := range filters {
				for _, cursor := range []string{"", deep(4_000)} {
					asked := &askedQueries{DB: s.read}
					c.f.Limit, c.f.Cursor = 5, cursor
					page, err := read.New(asked, s.words).List(t.Context(), c.f)
					if err != nil || len(page.Leads) != 5 {
						t.Fatal(what, err, len(page.Leads))
					}
					for i, query := range asked.queries[1:] {
						if plan := explain(t, s, query, asked.args[i+1]); walksATable.MatchString(plan) {
							t.Errorf("%s: a table is walked\n%s\n%s", what, query, plan)
						}
					}
					plan := explain(t, s, asked.queries[0], asked.args[0])
					if !strings.Contains(plan, c.index) || strings.Contains(plan, "Sort") || strings.Contains(plan, "TEMP B-TREE") || strings.Contains(plan, "Seq Scan") {
						t.Errorf("%s, cursor %q: want %s; %s\n%s", what, cursor, c.index, asked.queries[0], plan)
					}
				}
			}
		})
	}
}

func explain(t *testing.T, s *Store, query string, args []any) string {
	t.Helper()
	with := "EXPLAIN QUERY PLAN "
	if s.postgres() {
		with = "EXPLAIN "
	}
	rows, err := s.read.QueryContext(t.Context(), with+query, args...)
	if err != nil {
		t.Fatal(err)
	}
	defer rows.Close()
	columns, _ := rows.Columns()
	var plan []string
	for rows.Next() {
		cells := make([]any, len(columns))
		for i := range cells {
			cells[i] = new(any)
		}
		if err := rows.Scan(cells...); err != nil {
			t.Fatal(err)
		}
		plan = append(plan, fmt.Sprint(*cells[len(cells)-1].(*any)))
	}
	return strings.Join(plan, "\n")
}

// Of a long history a dossier has the beginning, and what is new.
func TestLongHistory(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			stock(t, s, 1, 0)
			c, err := s.Change(t.Context(), "c0000000", time.Now(), func(c *lead.Case) error {
				for i := range 1000 {
					c.Note("crm", "joined", lead.FactsCounted, strconv.Itoa(i))
				}
				return nil
			})
			if err != nil {
				t.Fatal(err)
			}
			d, err := s.Dossier(t.Context(), c.Lead.ID)
			if n := len(d.History); err != nil || n != 501 || d.History[0].Action != "received" || d.History[n-1].Detail.Args[0] != "999" {
				t.Errorf("%v: %d entries", err, n)
			}
		})
	}
}

// One damaged row is listed as such, and closes no list.
func TestDamagedRow(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			stock(t, s, 9, 1)
			for id, doc := range map[string]string{"c0000004": "no JSON", "c0000005": `{"id":7}`, "c0000007": `{}`} {
				if _, err := s.write.ExecContext(t.Context(), `UPDATE leads SET doc = $1 WHERE id = $2`, doc, id); err != nil {
					t.Fatal(err)
				}
				if _, err := s.Dossier(t.Context(), id); !errors.Is(err, lead.ErrUnreadable) {
					t.Errorf("lead %s alone: %v", id, err)
				}
				if _, err := s.Change(t.Context(), id, time.Now(), func(*lead.Case) error { return nil }); (id != "c0000007") != errors.Is(err, lead.ErrUnreadable) {
					t.Errorf("change of lead %s: %v", id, err)
				}
			}
			page, err := s.Reads.List(t.Context(), lead.Filter{})
			if err != nil || len(page.Leads) != 9 {
				t.Fatal(err, len(page.Leads))
			}
			for i, d := range page.Leads {
				damaged := i == 1 || i == 3 || i == 4
				if d.Lead.ID != fmt.Sprintf("c%07d", 8-i) || (d.Unreadable != "") != damaged || d.Lead.Stage == "" || d.Lead.Partner.ID == "" || len(d.History) != 6 || len(d.Lead.Conflicts) != 2 {
					t.Errorf("row %d: %+v", i, d)
				}
			}
			if list, err := s.Reads.OfDomain(t.Context(), "d1.example", 5); err != nil || len(list) != 3 || list[0].Lead.Name() != "unreadable c0000005" {
				t.Errorf("a company: %v %+v", err, list)
			}
			seen, damaged := 0, 0
			err = s.Reads.Each(t.Context(), time.Time{}, func(l lead.Lead, unreadable error) error {
				seen++
				damaged += flag(unreadable != nil)
				return nil
			})
			if err != nil || seen != 9 || damaged != 3 {
				t.Errorf("a replay: %v, %d leads, %d damaged", err, seen, damaged)
			}
		})
	}
}

// A part of a name is looked for among the newest 2 000 leads; a whole domain among all.
func TestFindLooksThroughTheNewest(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			stock(t, s, 2001, 1)
			for _, tc := range []struct {
				domain, words string
				want          int
			}{{"", "d0.exam", 2}, {"d0.example", "d0.example", 3}, {"", "d1.exam", 3}} {
				if list, err := s.Reads.Find(t.Context(), tc.domain, tc.words, 10); err != nil || len(list) != tc.want {
					t.Errorf("%s: %v, %d leads, want %d", tc.words, err, len(list), tc.want)
				}
			}
		})
	}
}

// BenchmarkFind looks for a part of a name that no lead has.
func BenchmarkFind(b *testing.B) {
	for name, url := range databases {
		b.Run(name, func(b *testing.B) {
			s := opened(b, url(b))
			stock(b, s, 3000, 3)
			for b.Loop() {
				if list, err := s.Reads.Find(b.Context(), "", "nobody", 10); err != nil || len(list) > 0 {
					b.Fatal(err, len(list))
				}
			}
		})
	}
}

// Search finds a part of a name, and a person only where it may, however far back the lead
// stands: each call looks through the next 2000.
func TestSearchGoesOn(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			stock(t, s, 2_100, 0)
			doc := `{"id":"c0000003","company":{"name":"Caffè \u0026 Söhne"},"contact":{"name":"Jane Doe","email":"jane@mail.example"}}`
			if _, err := s.write.ExecContext(t.Context(), `UPDATE leads SET doc = $1 WHERE id = 'c0000003'`, doc); err != nil {
				t.Fatal(err)
			}
			for _, tc := range []struct {
				words  string
				people bool
				want   int
			}{{"CAFFÈ & sö", false, 1}, {"jane", false, 0}, {"jane@MAIL", true, 1}, {"jane d", true, 1}, {"d1.ex", false, 3}, {"gold", true, 0}} {
				found, pages := 0, 0
				for f := (lead.Filter{}); ; pages++ {
					page, err := s.Reads.Search(t.Context(), f, tc.words, tc.people)
					if err != nil {
						t.Fatal(err)
					}
					found += len(page.Leads)
					if f.Cursor = page.Next; f.Cursor == "" {
						break
					}
				}
				if found != tc.want || pages != 1 {
					t.Errorf("%q: %d leads, want %d; %d further pages, want 1", tc.words, found, tc.want, pages)
				}
			}
		})
	}
}

// What the console's figures and repairs are made of.
func TestFiguresOfTheConsole(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := opened(t, url(t))
			stock(t, s, 300, 0)
			if _, err := s.write.ExecContext(t.Context(), `UPDATE reviews SET decided_at = 61001, is_override = CASE WHEN id = 'c0000001' THEN 1 ELSE 0 END,
				proposed = 'mql', decision = CASE WHEN id = 'c0000005' THEN 'rejected' WHEN id = 'c0000006' THEN 'superseded' ELSE decision END`); err != nil {
				t.Fatal(err)
			}
			came, err := s.Reads.Intake(t.Context(), time.UnixMilli(0))
			all, high := 0, 0
			for _, n := range came {
				all += n.N
				high += n.N * flag(n.Tens == 9)
			}
			if err != nil || all != 300 || high != 33 || !came[0].Day.Equal(time.UnixMilli(0)) {
				t.Errorf("intake: %v, %d leads, %d from 90 on", err, all, high)
			}
			judged, err := s.Reads.Judged(t.Context(), time.UnixMilli(0), 1000)
			count := map[lead.Judged]int{}
			for _, j := range judged {
				count[j]++
			}
			if err != nil || len(judged) != 299 || count[lead.Judged{Decision: lead.Reject, Proposed: lead.MQL, Took: 61 * time.Second}] != 1 ||
				count[lead.Judged{Decision: lead.Approve, Proposed: lead.MQL, Took: 61 * time.Second}] != 1 || count[lead.Judged{Decision: lead.Approve, Proposed: lead.EQL, Took: 61 * time.Second}] != 297 {
				t.Errorf("judged: %v %v", err, count)
			}
			if few, err := s.Reads.Judged(t.Context(), time.UnixMilli(0), 7); err != nil || len(few) != 7 {
				t.Errorf("the newest: %v, %d", err, len(few))
			}
			if _, err := s.write.ExecContext(t.Context(), `UPDATE effects SET lane = 'webhook', last_error = '410' WHERE state = 'failed'`); err != nil {
				t.Fatal(err)
			}
			if _, err := s.write.ExecContext(t.Context(), `UPDATE effects SET lane = 'slack', state = 'pending', last_error = 'closed', turn = 1 WHERE id IN ('c0000001card', 'c0000002card')`); err != nil {
				t.Fatal(err)
			}
			stuck, err := s.Reads.Stuck(t.Context())
			if err != nil || len(stuck) != 2 || !stuck[0].Failed || stuck[0].N != 3 || stuck[0].Why != "410" || stuck[1].Failed || stuck[1].N != 2 || stuck[1].Kind != lead.CardEffect {
				t.Errorf("stuck: %v %+v", err, stuck)
			}
			first, err := s.Reads.GivenUp(t.Context(), lead.WebhookEffect, lead.WebhookLane, "", 2)
			rest, err2 := s.Reads.GivenUp(t.Context(), lead.WebhookEffect, lead.WebhookLane, first[1].ID, 2)
			if err != nil || err2 != nil || len(rest) != 1 || rest[0].LeadID != "c0000200" || first[0].LastError != "410" {
				t.Errorf("given up: %v %v %+v %+v", err, err2, first, rest)
			}
		})
	}
}

// A session is there until it is over or ended; those that are over are removed.
func TestSessions(t *testing.T) {
	for name, url := range databases {
		t.Run(name, func(t *testing.T) {
			s := Sessions{opened(t, url(t))}
			for token, left := range map[string]time.Duration{"old": -time.Second, "new": time.Hour, "ended": time.Hour, "new again": time.Hour} {
				if err := s.Commit(strings.TrimSuffix(token, " again"), []byte{0, 255}, time.Now().Add(left)); err != nil {
					t.Fatal(err)
				}
			}
			if err := s.Delete("ended"); err != nil {
				t.Fatal(err)
			}
			for token, want := range map[string]bool{"old": false, "new": true, "ended": false, "never": false} {
				if b, ok, err := s.Find(token); err != nil || ok != want || ok && !bytes.Equal(b, []byte{0, 255}) {
					t.Errorf("%s: %v %v %v", token, b, ok, err)
				}
			}
		})
	}
}

// BenchmarkList reads pages of 200 out of 100 000 leads, at the top and far down.
func BenchmarkList(b *testing.B) {
	for name, url := range databases {
		b.Run(name, func(b *testing.B) {
			s := opened(b, url(b))
			stock(b, s, 100_000, 3)
			for what, f := range map[string]lead.Filter{
				"top": {}, "deep": {Cursor: deep(5_000)}, "stage deep": {Stage: lead.Approved, Cursor: deep(5_000)}, "partner deep": {Partner: "acme", Cursor: deep(5_000)},
				"sender deep": {Sender: "form", Cursor: deep(5_000)}, "since": {Since: time.UnixMilli(40_000_000)}, "failed": {Failed: true},
				"verdict": {Verdict: lead.MQL}, "rare score": {MinScore: 99, Verdict: lead.MQL, Stage: lead.Archived},
			} {
				b.Run(what, func(b *testing.B) {
					f.Limit = 200
					for b.Loop() {
						if page, err := s.Reads.List(b.Context(), f); err != nil || len(page.Leads) != 200 {
							b.Fatal(err, len(page.Leads))
						}
					}
				})
			}
		})
	}
}
