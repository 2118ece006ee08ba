package store

import (
	"context"
	"database/sql"
	"errors"
	options "flag" // flag is a word of the package
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/backing"
	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

var keep = options.Bool("keep", false, "write the dumps of landed schemas that testdata lacks")

// vacant open an empty database each, on either kind.
var vacant = map[string]func(testing.TB) *Store{
	"sqlite":   func(t testing.TB) *Store { return empty(t, "sqlite://"+filepath.Join(t.TempDir(), "leads.db")) },
	"postgres": func(t testing.TB) *Store { return empty(t, backing.PostgresURL(t)) },
}

func empty(t testing.TB, url string) *Store {
	t.Helper()
	s, err := Open(t.Context(), url, 0)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { s.Close() })
	return s
}

// numbers are those of all migrations, ascending.
func numbers(t testing.TB, s *Store) (all []int64) {
	t.Helper()
	p, err := s.migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, source := range p.ListSources() {
		all = append(all, source.Version)
	}
	return all
}

// Migrations are numbered in the order in which they land.
func TestMigrationsAreNumberedInOrder(t *testing.T) {
	next := int64(1)
	for _, n := range numbers(t, vacant["sqlite"](t)) {
		if n != next {
			t.Fatalf("migration %d follows %d: give it the number %d", n, next-1, next)
		}
		next++
	}
}

// apply runs the migrations of the numbers, in this order, whatever is between them.
func apply(t testing.TB, s *Store, numbers ...int64) {
	t.Helper()
	p, err := s.migrations()
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range numbers {
		if _, err := p.ApplyVersion(t.Context(), n, true); err != nil {
			t.Fatal(err)
		}
	}
}

const (
	decidedLead = "06gz0000000000000000000001"
	waitingLead = "06gz0000000000000000000002"
	waitingCard = "opaque2"
)

// firstRows are records as the first schema has them.
var firstRows = []string{
	lead1(decidedLead, "northwind.example", "approved", "NULL"),
	lead1(waitingLead, "contoso.example", "awaiting_review", "NULL"),
	lead1("06gz0000000000000000000003", "fabrikam.example", "received", "1795867230000"),
	`INSERT INTO senders (name, lead_id) VALUES ('crm', '` + decidedLead + `')`,
	`INSERT INTO requests (sender, idem_key, body_hash, lead_id, created_at) VALUES
		('crm', 'k1', 'h1', '` + decidedLead + `', 1795867200000)`,
	`INSERT INTO history (lead_id, seq, at, actor, action, detail) VALUES
		('` + decidedLead + `', 0, 1795867200000, 'crm', 'received', 'partner_referral from acme'),
		('` + decidedLead + `', 1, 1795867205000, 'leadtriage', 'scored', '81 eql by default@1'),
		('` + decidedLead + `', 2, 1795867300000, 'U1', 'approved', 'round 1'),
		('` + waitingLead + `', 0, 1795867200000, 'crm', 'received', 'partner_referral from acme'),
		('` + waitingLead + `', 1, 1795867205000, 'leadtriage', 'review_opened', 'round 1')`,
	`INSERT INTO reviews (id, lead_id, round, opened_at, channel, ts, decision, is_override, decided_by, reason, note, decided_at) VALUES
		('opaque1', '` + decidedLead + `', 1, 1795867205000, 'C1', '1795867206.000100', 'approved', 0, 'U1', '', '', 1795867300000),
		('` + waitingCard + `', '` + waitingLead + `', 1, 1795867205000, '', '', '', 0, '', '', '', NULL)`,
	effect1(decidedLead, "card", "C1", "", "delivered"), effect1(decidedLead, "webhook", "default", "lead.approved", "delivered"),
	effect1(waitingLead, "card", "C1", "", "pending"),
	`INSERT INTO companies (domain, doc, found_at, lease_until) VALUES ('northwind.example',
		'{"domain":"northwind.example","facts":[{"field":"employees","value":"250","status":"verified","confidence":0.9}],' ||
		'"found_at":"2026-11-27T12:00:03Z"}', 1795867203000, 0)`,
}

func lead1(id, domain, stage, wake string) string {
	return fmt.Sprintf(`
		INSERT INTO leads (id, dup_key, domain, partner, stage, doc, entries, version, wake_at, wakes, created_at, updated_at)
		VALUES ('%s', '%[2]s|acme', '%[2]s', 'acme', '%[3]s',
		'{"id":"%[1]s","key":"%[2]s|acme","stage":"%[3]s","partner":{"id":"acme","tier":"gold"},`+
		`"referred_on":"2026-11-20","source":"partner_referral",`+
		`"contact":{"email":"jane@%[2]s","name":"Jane Doe"},"company":{"name":"O''Neill","domain":"%[2]s"},`+
		`"events":[{"type":"demo_request","at":"2026-11-19T09:00:00Z"}],`+
		`"facts":[{"field":"employees","value":"250","status":"verified","confidence":0.9}],"enrichment":{"state":"done","attempts":1},`+
		`"score":{"total":81,"icp":33,"intent":48,"verdict":"eql","ask":true,"model":"default@1"},`+
		`"created_at":"2026-11-27T12:00:00Z","updated_at":"2026-11-27T12:01:40Z"}',
		3, 4, %[4]s, 0, 1795867200000, 1795867300000)`, id, domain, stage, wake)
}

func effect1(id, kind, target, event, state string) string {
	return fmt.Sprintf(`
		INSERT INTO effects (id, lead_id, kind, target, round, event, due_at, state, attempts, revision, last_error,
			lease_until, wake_at, wakes, created_at, updated_at)
		VALUES ('%s_%s_%s_1', '%[1]s', '%[2]s', '%[3]s', 1, '%[4]s', 1795867205000, '%[5]s', 1, 0, '',
			0, 1795867235000, 0, 1795867205000, 1795867205000)`, id, kind, target, event, state)
}

// laterRows are records of tables that a later schema brought.
var laterRows = map[int64]string{
	2: `INSERT INTO spend (day, partner, calls, prompt_tokens, completion_tokens, cached_tokens, micro_usd)
		VALUES ('2026-11-27', 'acme', 2, 9000, 400, 0, 12500)`,
	4: `INSERT INTO chores (name, due_at) VALUES ('archive', 1795953600000)`,
	7: `INSERT INTO digests (channel, day, due_at, next_at, state, attempts, last_error)
		VALUES ('C1', '2026-11-27', 1795856400000, 1795856401000, 'delivered', 1, '')`,
	8: `INSERT INTO holds (reason, since, until_at) VALUES ('credit', 1795867200000, 1795867500000)`,
	19: `INSERT INTO outcomes (lead_id, id, type, at, sender, amount, amount_digits, amount_currency, arr, arr_digits, arr_currency, reason, deal_id)
		VALUES ('` + decidedLead + `', '1', 'closed_won', 1795863600000, 'key:crm', 120000, 2, 'EUR', 0, 0, '', '', 'd1')`,
	11: `INSERT INTO exams (id, doc, lease_until, ended_at)
		VALUES ('e1', '{"model":"gpt","recall":0.9,"at":"2026-11-27T11:00:00Z"}', 0, 1795863600000)`,
}

// build makes a database of the migrations with records in it, as they grew.
func build(t testing.TB, s *Store, numbers ...int64) {
	t.Helper()
	for _, n := range numbers {
		apply(t, s, n)
		rows := []string{laterRows[n]}
		if n == 1 {
			rows = firstRows
		}
		if err := s.inTx(t.Context(), func(tx *sql.Tx) error { return inOrder(t.Context(), tx, rows...) }); err != nil {
			t.Fatal(err)
		}
	}
}

// dump is a SQLite database as SQL that Postgres reads as well: first the migrations
// that made it, then its tables, its rows and its indexes.
func dump(t testing.TB, s *Store, numbers []int64) string {
	t.Helper()
	var b strings.Builder
	b.WriteString(versionsLine + strings.Trim(fmt.Sprint(numbers), "[]") + "\n")
	type object struct{ kind, name, text string }
	objects, err := read.Collect(t.Context(), s.write, func(rows *sql.Rows) (o object, err error) {
		err = rows.Scan(&o.kind, &o.name, &o.text)
		return o, err
	}, `SELECT type, name, sql FROM sqlite_master WHERE sql IS NOT NULL AND name NOT LIKE 'goose%' AND name NOT LIKE 'sqlite%'
		ORDER BY CASE type WHEN 'table' THEN 0 ELSE 1 END, rowid`)
	if err != nil {
		t.Fatal(err)
	}
	for _, o := range objects {
		b.WriteString(o.text + ";\n")
		if o.kind == "table" {
			for _, row := range rowsOf(t, s, o.name) {
				b.WriteString("INSERT INTO " + o.name + " VALUES (" + row + ");\n")
			}
		}
	}
	return b.String()
}

func rowsOf(t testing.TB, s *Store, table string) []string {
	t.Helper()
	list, err := read.Collect(t.Context(), s.write, func(rows *sql.Rows) (string, error) {
		columns, err := rows.Columns()
		if err != nil {
			return "", err
		}
		values, into := make([]any, len(columns)), make([]any, len(columns))
		for i := range values {
			into[i] = &values[i]
		}
		if err := rows.Scan(into...); err != nil {
			return "", err
		}
		words := make([]string, len(values))
		for i, v := range values {
			switch v := v.(type) {
			case nil:
				words[i] = "NULL"
			case int64:
				words[i] = strconv.FormatInt(v, 10)
			default:
				words[i] = "'" + strings.ReplaceAll(fmt.Sprint(v), "'", "''") + "'"
			}
		}
		return strings.Join(words, ", "), nil
	}, `SELECT * FROM `+table+` ORDER BY 1, 2`)
	if err != nil {
		t.Fatal(err)
	}
	return list
}

const versionsLine = "-- migrations: "

// restore fills an empty database from a dump.
func restore(t testing.TB, s *Store, text string) {
	t.Helper()
	p, err := s.migrations()
	if err != nil {
		t.Fatal(err)
	}
	if _, err := p.GetDBVersion(t.Context()); err != nil { // makes goose's own table
		t.Fatal(err)
	}
	if _, err := s.write.ExecContext(t.Context(), text); err != nil {
		t.Fatal(err)
	}
	for _, n := range versionsOf(t, text) {
		_, err := s.write.ExecContext(t.Context(), `INSERT INTO goose_db_version (version_id, is_applied) VALUES ($1, $2)`, n, true)
		if err != nil {
			t.Fatal(err)
		}
	}
}

func versionsOf(t testing.TB, text string) (versions []int64) {
	t.Helper()
	line, _, _ := strings.Cut(strings.TrimPrefix(text, versionsLine), "\n")
	for word := range strings.FieldsSeq(line) {
		n, err := strconv.ParseInt(word, 10, 64)
		if err != nil {
			t.Fatal(err)
		}
		versions = append(versions, n)
	}
	return versions
}

// reads migrates the database and works with the leads of build.
func reads(t testing.TB, s *Store) {
	t.Helper()
	ctx := t.Context()
	if err := s.Migrate(ctx); err != nil {
		t.Fatal(err)
	}
	if behind, err := s.Behind(ctx); behind || err != nil {
		t.Fatalf("behind %v, %v", behind, err)
	}
	d, err := s.Dossier(ctx, decidedLead)
	if err != nil {
		t.Fatal(err)
	}
	if d.Lead.Stage != lead.Approved || d.Lead.Company.Name != "O'Neill" || d.Review().By != "U1" ||
		len(d.Effects) != 2 || len(d.History) != 3 || d.Lead.Facts[0].Value != "250" {
		t.Errorf("the decided lead reads %+v", d)
	}
	waiting, err := s.Reads.Waiting(ctx, lead.WaitingFilter{})
	if err != nil || len(waiting.Leads) != 1 || waiting.Leads[0].Score != 81 || waiting.Leads[0].Channel != "C1" {
		t.Errorf("what waits: %+v, %v", waiting, err)
	}
	posted, ok, err := s.ClaimPost(ctx, "C1", []lead.EffectKind{lead.CardEffect}, time.Now(), time.Minute)
	if err != nil || !ok || posted.LeadID != waitingLead {
		t.Errorf("its card: %+v, %v, %v", posted, ok, err)
	}
	if p, ok, err := s.Company(ctx, "northwind.example"); err != nil || !ok || p.Facts[0].Value != "250" {
		t.Errorf("the company: %+v, %v, %v", p, ok, err)
	}
	c, err := s.Change(ctx, waitingLead, time.Now(), func(c *lead.Case) error {
		return c.Decide(lead.DecisionInput{ReviewID: waitingCard, Decision: lead.Reject, By: "U1", Reason: "other"})
	})
	if err != nil || c.Lead.Stage != lead.Rejected {
		t.Errorf("deciding: %+v, %v", c, err)
	}
	o := lead.Incoming{Submission: d.Lead.Submission, Key: d.Lead.Key, By: "crm", IdempotencyKey: "k1", BodyHash: "h1"}
	if r, _, err := s.Accept(ctx, o, lead.NewCase(o, time.Now()), nil); err != nil || r.ID != decidedLead {
		t.Errorf("the request repeated: %+v, %v", r, err)
	}
}

// A database of every schema that ever landed is brought up to date. Its dump was
// written when it landed, so that a later change of a migration does not hide.
func TestLandedSchemas(t *testing.T) {
	all := numbers(t, vacant["sqlite"](t))
	for i, n := range all {
		path := filepath.Join("testdata", "landed", fmt.Sprintf("%05d.sql", n))
		text, err := os.ReadFile(path)
		if errors.Is(err, fs.ErrNotExist) && *keep {
			s := vacant["sqlite"](t)
			build(t, s, all[:i+1]...)
			text = []byte(dump(t, s, all[:i+1]))
			err = os.WriteFile(path, text, 0o644)
		}
		if err != nil {
			t.Fatalf("%v; `go test ./internal/store -run TestLandedSchemas -keep` writes it", err)
		}
		versions := versionsOf(t, string(text))
		s := vacant["sqlite"](t)
		if build(t, s, versions...); dump(t, s, versions) != string(text) {
			t.Errorf("the migrations up to %d make another schema than when they landed (%s): a landed migration stays as it is", n, path)
		}
		for name, open := range vacant {
			t.Run(fmt.Sprintf("%d on %s", n, name), func(t *testing.T) {
				s := open(t)
				restore(t, s, string(text))
				reads(t, s)
			})
		}
	}
}

// buildsOnAll is the first migration that cannot be without those before it: where it
// is, they are.
const buildsOnAll = 16

// A database that lacks a number, as one does where a branch landed late, gets it.
func TestMissingMigrationsAreMadeUpFor(t *testing.T) {
	all := numbers(t, vacant["sqlite"](t))
	all = slices.DeleteFunc(all, func(n int64) bool { return n >= buildsOnAll })
	for _, without := range all[1:] {
		for name, open := range vacant {
			t.Run(fmt.Sprintf("%d on %s", without, name), func(t *testing.T) {
				s := open(t)
				build(t, s, slices.DeleteFunc(slices.Clone(all), func(n int64) bool { return n == without })...)
				if behind, err := s.Behind(context.Background()); !behind || err != nil {
					t.Errorf("behind %v, %v", behind, err)
				}
				reads(t, s)
			})
		}
	}
}
