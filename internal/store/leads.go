package store

import (
	"bytes"
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/jackc/pgx/v5/pgconn"
	"modernc.org/sqlite"
	sqlite3 "modernc.org/sqlite/lib"

	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// sweepGrace is how long the queue has to move a record before the sweep looks
// at it: long enough for a busy queue, short enough for a person who waits.
const sweepGrace = 30 * time.Second

// Accept commits a new lead, or joins it to the lead that has its key.
// The same idempotency key with another body is lead.ErrOtherBody. When Accept
// returns without error it is on disk. The case is as committed, or nil
// for a request that was answered before.
func (s *Store) Accept(
	ctx context.Context, o lead.Incoming, fresh *lead.Case, join func(*lead.Case) error,
) (r lead.Receipt, c *lead.Case, err error) {
	doc, err := json.Marshal(fresh.Lead)
	if err != nil {
		return r, nil, fmt.Errorf("accept lead: %w", err)
	}
	for range 5 {
		var inserted bool
		if inserted, err = s.commit(ctx, firstWrites(o, fresh, doc)...); inserted {
			return lead.Receipt{ID: fresh.Lead.ID, Stage: fresh.Lead.Stage}, fresh, nil
		}
		if err == nil {
			r, c, err = s.acceptKnown(ctx, o, fresh.Now, join)
		}
		if !errors.Is(err, errMoved) && !taken(err) {
			break
		}
	}
	if err != nil {
		return lead.Receipt{}, nil, fmt.Errorf("accept lead: %w", err)
	}
	return r, c, nil
}

// firstWrites record a lead, unless its key is known or its request was answered before.
func firstWrites(o lead.Incoming, c *lead.Case, doc []byte) []write {
	l := &c.Lead
	first := into("leads",
		"id, dup_key, domain, partner, stage, doc, entries, version, wake_at, wakes, card_by, tell_at, created_at, updated_at",
		"ON CONFLICT DO NOTHING", []any{l.ID, l.Key, l.Company.Domain, l.Partner.ID, l.Stage, string(doc), len(c.Notes), 1,
			ms(c.WakeAt), 0, ms(c.CardBy), ms(c.TellConflictsAt), ms(l.CreatedAt), ms(l.UpdatedAt)})
	unanswered := "true"
	if o.IdempotencyKey != "" {
		unanswered = "NOT EXISTS (SELECT 1 FROM requests WHERE sender = ? AND idem_key = ?)"
		first.args = append(first.args, o.By, o.IdempotencyKey)
	}
	first.text = strings.Replace(first.text, ifFirst, unanswered, 1)
	writes := []write{first, putSender(c), putNotes(c, 0)}
	if len(c.Effects) > 0 {
		writes = append(writes, putEffects(c.Effects, 0, c.Now))
	}
	return append(writes, putRequest(o, l.ID, c.Now)...)
}

// putRequest records the idempotency key, if there is one. One that was recorded meanwhile is an
// error for which taken is true.
func putRequest(o lead.Incoming, leadID string, now time.Time) []write {
	if o.IdempotencyKey == "" {
		return nil
	}
	return []write{into("requests", "sender, idem_key, body_hash, lead_id, created_at", "", []any{o.By, o.IdempotencyKey, o.BodyHash,
		leadID, ms(now)})}
}

// taken reports whether another transaction had a key before.
func taken(err error) bool {
	var pg *pgconn.PgError
	var lite *sqlite.Error
	return errors.As(err, &pg) && pg.Code == "23505" ||
		errors.As(err, &lite) && (lite.Code() == sqlite3.SQLITE_CONSTRAINT_PRIMARYKEY || lite.Code() == sqlite3.SQLITE_CONSTRAINT_UNIQUE)
}

// acceptKnown answers a request that was answered before, or joins the lead that has the key.
func (s *Store) acceptKnown(
	ctx context.Context, o lead.Incoming, now time.Time, join func(*lead.Case) error,
) (lead.Receipt, *lead.Case, error) {
	if o.IdempotencyKey != "" {
		r, hash := lead.Receipt{Duplicate: true}, ""
		err := s.write.QueryRowContext(ctx,
			`SELECT r.body_hash, l.id, l.stage FROM requests r JOIN leads l ON l.id = r.lead_id WHERE r.sender = $1 AND r.idem_key = $2`,
			o.By, o.IdempotencyKey).Scan(&hash, &r.ID, &r.Stage)
		switch {
		case err == nil && hash != o.BodyHash:
			return r, nil, lead.ErrOtherBody
		case !errors.Is(err, sql.ErrNoRows):
			return r, nil, err
		}
	}
	id, err := s.LeadOfKey(ctx, o.Key)
	if errors.Is(err, lead.ErrNotFound) {
		err = errMoved // the request that stood in the way was removed by age
	}
	if err != nil {
		return lead.Receipt{}, nil, err
	}
	c, err := s.change(ctx, id, now, unmerged(join), putRequest(o, id, now)...)
	if err != nil {
		return lead.Receipt{}, nil, err
	}
	return lead.Receipt{ID: id, Stage: c.Lead.Stage, Duplicate: true}, c, nil
}

// loaded is a lead as it was read, to be compared with what a change made of it.
type loaded struct {
	version int64
	doc     []byte
	entries int
	key     string
	score   int
	tellAt  time.Time
	reviews []lead.Review
	effects []lead.Effect

	outcomes []lead.Outcome
	owner    *lead.Owner
}

// errStale: the lead changed between the look and the commit.
var errStale = errors.New("the lead changed meanwhile")

// Change lets f change the lead and commits all that changed together, unless
// somebody else was faster: then f sees the lead anew. So f may run more than once
// and must not keep what it saw; scoring and encoding happen without the lock. A
// lead that others change all the time is locked in the end. An error of f changes
// nothing and is returned wrapped.
func (s *Store) Change(ctx context.Context, id string, now time.Time, f func(*lead.Case) error) (*lead.Case, error) {
	c, err := s.change(ctx, id, now, f)
	if err != nil {
		return nil, fmt.Errorf("change lead %s: %w", id, err)
	}
	return c, nil
}

// change is Change, with more to be written in the same transaction.
func (s *Store) change(ctx context.Context, id string, now time.Time, f func(*lead.Case) error, more ...write) (c *lead.Case, err error) {
	const unlocked = 2
	for range unlocked {
		if c, err = s.tryChange(ctx, s.read, s.commit, id, now, f, more); !errors.Is(err, errStale) {
			return c, err
		}
	}
	err = s.inTx(ctx, func(tx *sql.Tx) (err error) {
		if s.postgres() { // on SQLite a transaction that writes is alone anyway
			if _, err := tx.ExecContext(ctx, `SELECT 1 FROM leads WHERE id = $1 FOR NO KEY UPDATE`, id); err != nil {
				return err
			}
		}
		commit := func(ctx context.Context, writes ...write) (bool, error) { return s.together(ctx, tx, writes...) }
		c, err = s.tryChange(ctx, tx, commit, id, now, f, more)
		return err
	})
	return c, err
}

// tryChange is one attempt at a change; errStale: somebody else was faster.
func (s *Store) tryChange(ctx context.Context, db read.Querier, commit func(context.Context, ...write) (bool, error),
	id string, now time.Time, f func(*lead.Case) error, more []write) (*lead.Case, error) {
	c, was, err := s.load(ctx, db, id, now)
	if err != nil {
		return nil, err
	}
	if err := f(c); err != nil {
		return nil, err
	}
	doc, err := encode(c, &was)
	if err != nil {
		return nil, err
	}
	writes, err := changes(c, doc, &was)
	if err != nil {
		return nil, err
	}
	ok, err := commit(ctx, append(writes, more...)...)
	if err == nil && !ok {
		err = errStale
	}
	return c, err
}

const loadLead = `SELECT l.version, l.doc, l.entries, l.score, l.wake_at, l.card_by, l.tell_at, ` + read.ReviewsOfLead + `,
	` + read.LiveEffects + `, ` + read.OutcomesOfLead + ` FROM leads l WHERE l.id = $1`

// load reads a lead. Whatever else writes to its row or claims its effects raises its
// version, so that a change which read it before sees that.
func (s *Store) load(ctx context.Context, db read.Querier, id string, now time.Time) (c *lead.Case, was loaded, err error) {
	c = &lead.Case{Now: now}
	var wakeAt, cardBy, tellAt sql.NullInt64
	var reviews, effects, outcomes []byte
	err = db.QueryRowContext(ctx, s.words.Replace(loadLead), id).
		Scan(&was.version, &was.doc, &was.entries, &was.score, &wakeAt, &cardBy, &tellAt, &reviews, &effects, &outcomes)
	if errors.Is(err, sql.ErrNoRows) {
		return nil, was, lead.ErrNotFound
	}
	if err != nil {
		return nil, was, err
	}
	if err := json.Unmarshal(was.doc, &c.Lead); err != nil {
		return nil, was, fmt.Errorf("%w: %w", lead.ErrUnreadable, err)
	}
	c.WakeAt, c.CardBy, c.TellConflictsAt = read.At(wakeAt), read.At(cardBy), read.At(tellAt)
	was.key, was.tellAt = c.Lead.Key, c.TellConflictsAt
	if c.Reviews, err = read.Reviews(reviews); err != nil {
		return nil, was, err
	}
	if c.Effects, err = read.Effects(effects); err != nil {
		return nil, was, err
	}
	if c.Outcomes, err = read.Outcomes(outcomes); err != nil {
		return nil, was, err
	}
	was.reviews, was.effects, was.outcomes = slices.Clone(c.Reviews), slices.Clone(c.Effects), c.Outcomes
	was.owner = c.Lead.Owner
	return c, was, nil
}

// encode returns the lead's document, or nil where it is as it was: it is long, and
// often only reviews, effects or history change.
func encode(c *lead.Case, was *loaded) ([]byte, error) {
	doc, err := json.Marshal(&c.Lead)
	if err != nil || bytes.Equal(doc, was.doc) {
		return nil, err
	}
	c.Lead.UpdatedAt = c.Now
	return json.Marshal(&c.Lead)
}

// changes are what differs from what was loaded. The first of them writes nothing if the
// lead changed meanwhile.
func changes(c *lead.Case, doc []byte, was *loaded) ([]write, error) {
	l := &c.Lead
	askedAt, askedIn := asked(c)
	total, verdict := 0, lead.Verdict("")
	if l.Score != nil {
		total, verdict = l.Score.Total, l.Score.Verdict
	}
	tell := "?"
	if !was.tellAt.IsZero() && c.TellConflictsAt.Equal(was.tellAt) {
		tell = settledMark // often there is nobody to tell, and the sweep has one row less to write
	}
	rekey, first := "", []any{}
	if l.Key != was.key {
		rekey, first = "dup_key = ?, ", []any{l.Key}
	}
	writes := []write{{`
		UPDATE leads SET ` + rekey + `stage = ?, doc = COALESCE(?, doc), domain = ?, entries = ?, version = version + 1, wake_at = ?, card_by = ?,
			tell_at = ` + tell + `,
			updated_at = ?, score = ?, verdict = ?, asked_at = ?, asked_in = ?, merged_into = ?, failed = ? WHERE id = ? AND version = ?`,
		append(first, l.Stage, sql.NullString{String: string(doc), Valid: doc != nil}, l.Company.Domain, was.entries+len(c.Notes),
			ms(c.WakeAt), ms(c.CardBy), ms(c.TellConflictsAt),
			ms(c.Now), total, verdict, ms(askedAt), askedIn, l.MergedInto, flag(c.GaveUp()), l.ID, was.version)}}
	if c.Forget {
		writes = append(writes, write{`DELETE FROM requests WHERE lead_id = ? AND ` + ifFirst, []any{l.ID}})
	}
	if c.Spent != (lead.Usage{}) { // Postgres writes it last: many wait for this row
		writes = append(writes, putSpend(c.Now, l.Partner.ID, c.Spent))
	}
	if c.Found != nil {
		company, err := putCompany(c.Found)
		if err != nil {
			return nil, err
		}
		writes = append(writes, company)
	}
	if c.Sender != "" {
		writes = append(writes, putSender(c))
	}
	if l.MergedInto != "" {
		writes = append(writes, passSenders(l))
	}
	if len(c.Notes) > 0 {
		writes = append(writes, putNotes(c, was.entries))
	}
	if reviews := changed(c.Reviews, was.reviews); len(reviews) > 0 {
		writes = append(writes, putReviews(reviews))
	}
	var effects []lead.Effect
	for i, e := range c.Effects {
		if i >= len(was.effects) || e != was.effects[i] || total != was.score && e.Posts && e.State == lead.Pending {
			effects = append(effects, e)
		}
	}
	if len(effects) > 0 {
		writes = append(writes, putEffects(effects, total, c.Now))
	}
	writes = append(writes, putOutcomes(l.ID, c.Outcomes, was.outcomes)...)
	if c.Spent.CostUSD > 0 {
		writes = append(writes, book(l, c.Spent))
	}
	owners, err := ownerWrites(was.owner, l.Owner, l.ID)
	return append(writes, owners...), err
}

// changed are the rows that are not as they were.
func changed[T comparable](is, was []T) (rows []T) {
	for i, row := range is {
		if i >= len(was) || row != was[i] {
			rows = append(rows, row)
		}
	}
	return rows
}

// asked is since when the lead waits for a decision, and in which channel; zero:
// nobody is asked.
func asked(c *lead.Case) (since time.Time, channel string) {
	if r := c.Review(); r.Open() && c.Lead.Stage == lead.AwaitingReview {
		return r.OpenedAt, r.Channel
	}
	return time.Time{}, ""
}

func putSender(c *lead.Case) write {
	return into("senders", "name, lead_id, created_at", "ON CONFLICT DO NOTHING", []any{c.Sender, c.Lead.ID, ms(c.Lead.CreatedAt)})
}

func putNotes(c *lead.Case, entries int) write {
	var rows [][]any
	for i, n := range c.Notes {
		rows = append(rows, []any{c.Lead.ID, entries + i, ms(n.At), n.Actor, n.Action, detail(n.Detail)})
	}
	return into("history", "lead_id, seq, at, actor, action, detail", "", rows...)
}

func putReviews(reviews []lead.Review) write {
	var rows [][]any
	for _, r := range reviews {
		rows = append(rows, []any{r.ID, r.LeadID, r.Round, ms(r.OpenedAt), r.Channel, r.TS, r.Decision, flag(r.Override), r.By,
			r.Reason, r.Note, ms(r.DecidedAt),
			r.Deleted, r.ThreadTS, r.UndoneBy, ms(r.UndoneAt), r.UndoneWhy, r.Proposed, ms(r.OpenedAt)})
	}
	return into("reviews", `id, lead_id, round, opened_at, channel, ts, decision, is_override, decided_by, reason, note, decided_at,
		lost, thread_ts,
			undone_by, undone_at, undone_why, proposed, looked_at`, `
		ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, ts = excluded.ts, decision = excluded.decision, is_override = excluded.is_override,
			decided_by = excluded.decided_by, reason = excluded.reason, note = excluded.note, decided_at = excluded.decided_at, lost = excluded.lost, thread_ts = excluded.thread_ts,
			undone_by = excluded.undone_by, undone_at = excluded.undone_at, undone_why = excluded.undone_why, proposed = excluded.proposed`, rows...)
}

// putEffects writes effects after a change. The lead's version is the one that was
// read, so no claim came between.
func putEffects(effects []lead.Effect, score int, now time.Time) write {
	var rows [][]any
	for _, e := range effects {
		rows = append(rows, []any{e.ID, e.LeadID, e.Kind, e.Lane, e.Seq, e.Target, e.Round, e.Event, ms(e.DueAt), e.State, e.Attempts,
			e.Revision, e.LastError,
			ms(e.LeaseUntil).Int64, ms(wakeEffectAt(e)), 0, flag(e.Posts), ms(e.Since), ms(e.CreatedAt), ms(e.UpdatedAt),
			turn(e, now), score})
	}
	return into("effects", `id, lead_id, kind, lane, seq, target, round, event, due_at, state, attempts, revision, last_error,
		lease_until, wake_at, wakes, posts, since,
			created_at, updated_at, turn, score`, `
		ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at, state = excluded.state, attempts = excluded.attempts, revision = excluded.revision,
			last_error = excluded.last_error, lease_until = excluded.lease_until, wake_at = excluded.wake_at, posts = excluded.posts,
				since = excluded.since,
			updated_at = excluded.updated_at, turn = excluded.turn, score = excluded.score`, rows...)
}

// flag is the stored form of a truth: SQLite has no type for one.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// detail is what a line of history adds to its act, as it stands in the row.
func detail(s lead.Said) string {
	if s.Code == "" {
		return s.Text
	}
	text, _ := json.Marshal(s.Reason) // strings alone
	return string(text)
}
