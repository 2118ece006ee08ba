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
func (s *Store) Accept(ctx context.Context, o lead.Incoming, fresh *lead.Case, join func(*lead.Case) error) (lead.Receipt, *lead.Case, error) {
	var receipt lead.Receipt
	var result *lead.Case
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		receipt, result = lead.Receipt{ID: fresh.Lead.ID, Stage: fresh.Lead.Stage}, fresh
		if o.IdempotencyKey != "" {
			first, err := claimRequest(ctx, tx, o, fresh)
			if err != nil {
				return err
			}
			if first != "" {
				receipt, result = lead.Receipt{ID: first, Duplicate: true}, nil
				return tx.QueryRowContext(ctx, `SELECT stage FROM leads WHERE id = $1`, first).Scan(&receipt.Stage)
			}
		}
		inserted, err := insertLead(ctx, tx, fresh)
		if err != nil || inserted {
			return err
		}
		id, err := survivor(ctx, tx, o.Key)
		if err != nil {
			return err
		}
		if o.IdempotencyKey != "" {
			_, err = tx.ExecContext(ctx, `UPDATE requests SET lead_id = $1 WHERE sender = $2 AND idem_key = $3`, id, o.By, o.IdempotencyKey)
			if err != nil {
				return err
			}
		}
		result, err = s.change(ctx, tx, id, fresh.Now, unmerged(join))
		if err != nil {
			return err
		}
		receipt = lead.Receipt{ID: id, Stage: result.Lead.Stage, Duplicate: true}
		return nil
	})
	if err != nil {
		return lead.Receipt{}, nil, fmt.Errorf("accept lead: %w", err)
	}
	return receipt, result, nil
}

// claimRequest records the idempotency key; it returns the id of the lead that
// an earlier request with the same key and body got.
func claimRequest(ctx context.Context, tx *sql.Tx, o lead.Incoming, c *lead.Case) (string, error) {
	res, err := tx.ExecContext(ctx, `INSERT INTO requests (sender, idem_key, body_hash, lead_id, created_at) VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING`,
		o.By, o.IdempotencyKey, o.BodyHash, c.Lead.ID, c.Now.UnixMilli())
	if err != nil {
		return "", err
	}
	if n, err := res.RowsAffected(); err != nil || n == 1 {
		return "", err
	}
	var hash, id string
	err = tx.QueryRowContext(ctx, `SELECT body_hash, lead_id FROM requests WHERE sender = $1 AND idem_key = $2`, o.By, o.IdempotencyKey).Scan(&hash, &id)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		err = errMoved // it was removed by age meanwhile
	case err == nil && hash != o.BodyHash:
		err = lead.ErrOtherBody
	}
	return id, err
}

func insertLead(ctx context.Context, tx *sql.Tx, c *lead.Case) (bool, error) {
	doc, err := json.Marshal(c.Lead)
	if err != nil {
		return false, err
	}
	l := &c.Lead
	res, err := tx.ExecContext(ctx, `
		INSERT INTO leads (id, dup_key, domain, partner, stage, doc, entries, version, wake_at, wakes, card_by, tell_at, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, 1, $8, 0, $9, $10, $11, $12) ON CONFLICT DO NOTHING`,
		l.ID, l.Key, l.Company.Domain, l.Partner.ID, l.Stage, string(doc), len(c.Notes),
		ms(c.WakeAt), ms(c.CardBy), ms(c.TellConflictsAt), ms(l.CreatedAt), ms(l.UpdatedAt))
	if err != nil {
		return false, err
	}
	if n, err := res.RowsAffected(); err != nil || n == 0 {
		return false, err
	}
	err = errors.Join(insertSender(ctx, tx, c), insertNotes(ctx, tx, c, 0))
	for _, e := range c.Effects {
		err = errors.Join(err, putEffect(ctx, tx, e))
	}
	return true, err
}

// loaded is a lead as it was read, to be compared with what a change made of it.
type loaded struct {
	version int64
	doc     []byte
	entries int
	reviews []lead.Review
	effects []lead.Effect
}

// errStale: the lead changed between the look and the commit.
var errStale = errors.New("the lead changed meanwhile")

// Change lets f change the lead and commits all that changed together, unless
// somebody else was faster: then f sees the lead anew. So f may run more than once
// and must not keep what it saw; scoring and encoding happen without the lock. A
// lead that others change all the time is locked in the end. An error of f changes
// nothing and is returned wrapped.
func (s *Store) Change(ctx context.Context, id string, now time.Time, f func(*lead.Case) error) (c *lead.Case, err error) {
	const unlocked = 2
	for range unlocked {
		var was loaded
		if c, was, err = s.load(ctx, s.read, id, now, ""); err == nil {
			err = f(c)
		}
		var doc []byte
		if err == nil {
			doc, err = encode(c, &was)
		}
		if err == nil {
			err = s.inTx(ctx, func(tx *sql.Tx) error { return save(ctx, tx, c, doc, &was) })
		}
		if !errors.Is(err, errStale) {
			break
		}
	}
	if errors.Is(err, errStale) {
		err = s.inTx(ctx, func(tx *sql.Tx) (err error) {
			c, err = s.change(ctx, tx, id, now, f)
			return err
		})
	}
	if err != nil {
		return nil, fmt.Errorf("change lead %s: %w", id, err)
	}
	return c, nil
}

// change is Change under the lead's lock, in a transaction that goes on.
func (s *Store) change(ctx context.Context, tx *sql.Tx, id string, now time.Time, f func(*lead.Case) error) (*lead.Case, error) {
	c, was, err := s.load(ctx, tx, id, now, s.forChange)
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
	return c, save(ctx, tx, c, doc, &was)
}

// load reads a lead, its version first: a commit in between shows in that. So
// whatever else writes to a lead's row or claims its effects raises the version.
func (s *Store) load(ctx context.Context, db read.Querier, id string, now time.Time, lock string) (c *lead.Case, was loaded, err error) {
	c = &lead.Case{Now: now}
	var wakeAt, cardBy, tellAt sql.NullInt64
	err = db.QueryRowContext(ctx, `SELECT version, doc, entries, wake_at, card_by, tell_at FROM leads WHERE id = $1`+lock, id).
		Scan(&was.version, &was.doc, &was.entries, &wakeAt, &cardBy, &tellAt)
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
	if c.Reviews, err = read.ReviewsOf(ctx, db, id); err != nil {
		return nil, was, err
	}
	if c.Effects, err = liveEffects(ctx, db, id); err != nil {
		return nil, was, err
	}
	was.reviews, was.effects = slices.Clone(c.Reviews), slices.Clone(c.Effects)
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

// save writes what differs from what was loaded, or returns errStale.
func save(ctx context.Context, tx *sql.Tx, c *lead.Case, doc []byte, was *loaded) error {
	l := &c.Lead
	askedAt, askedIn := asked(c)
	entries, reviews, effects := was.entries, was.reviews, was.effects
	total, verdict := 0, lead.Verdict("")
	if l.Score != nil {
		total, verdict = l.Score.Total, l.Score.Verdict
	}
	res, err := tx.ExecContext(ctx, `
		UPDATE leads SET stage = $1, doc = COALESCE($2, doc), domain = $3, entries = $4, version = version + 1, wake_at = $5, card_by = $6, tell_at = $7,
			updated_at = $8, score = $9, verdict = $10, asked_at = $11, asked_in = $12, merged_into = $13, failed = $14 WHERE id = $15 AND version = $16`,
		l.Stage, sql.NullString{String: string(doc), Valid: doc != nil}, l.Company.Domain, entries+len(c.Notes), ms(c.WakeAt), ms(c.CardBy),
		ms(c.TellConflictsAt), ms(c.Now), total, verdict, ms(askedAt), askedIn, l.MergedInto, flag(c.GaveUp()), l.ID, was.version)
	if err == nil {
		var n int64
		if n, err = res.RowsAffected(); err == nil && n == 0 {
			err = errStale
		}
	}
	if err != nil {
		return err
	}
	if c.Sender != "" {
		if err := insertSender(ctx, tx, c); err != nil {
			return err
		}
	}
	if l.MergedInto != "" {
		if err := passSenders(ctx, tx, l); err != nil {
			return err
		}
	}
	if err := putSpend(ctx, tx, c.Now, l.Partner.ID, c.Spent); err != nil {
		return err
	}
	if err := insertNotes(ctx, tx, c, entries); err != nil {
		return err
	}
	for i, r := range c.Reviews {
		if i >= len(reviews) || r != reviews[i] {
			if err := putReview(ctx, tx, r); err != nil {
				return err
			}
		}
	}
	for i, e := range c.Effects {
		if i >= len(effects) || e != effects[i] {
			if err := putEffect(ctx, tx, e); err != nil {
				return err
			}
		}
	}
	return nil
}

// asked is since when the lead waits for a decision, and in which channel; zero:
// nobody is asked.
func asked(c *lead.Case) (since time.Time, channel string) {
	if r := c.Review(); r.Open() && c.Lead.Stage == lead.AwaitingReview {
		return r.OpenedAt, r.Channel
	}
	return time.Time{}, ""
}

func insertSender(ctx context.Context, tx *sql.Tx, c *lead.Case) error {
	_, err := tx.ExecContext(ctx, `INSERT INTO senders (name, lead_id, created_at) VALUES ($1, $2, $3) ON CONFLICT DO NOTHING`,
		c.Sender, c.Lead.ID, ms(c.Lead.CreatedAt))
	return err
}

func insertNotes(ctx context.Context, tx *sql.Tx, c *lead.Case, entries int) error {
	if len(c.Notes) == 0 {
		return nil
	}
	var rows []string
	var values []any
	for i, n := range c.Notes {
		v := len(values)
		rows = append(rows, fmt.Sprintf("($%d, $%d, $%d, $%d, $%d, $%d)", v+1, v+2, v+3, v+4, v+5, v+6))
		values = append(values, c.Lead.ID, entries+i, ms(n.At), n.Actor, n.Action, detail(n.Detail))
	}
	_, err := tx.ExecContext(ctx, `INSERT INTO history (lead_id, seq, at, actor, action, detail) VALUES `+strings.Join(rows, ", "), values...)
	return err
}

func putReview(ctx context.Context, tx *sql.Tx, r lead.Review) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO reviews (id, lead_id, round, opened_at, channel, ts, decision, is_override, decided_by, reason, note, decided_at, lost, thread_ts,
			undone_by, undone_at, proposed)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17)
		ON CONFLICT (id) DO UPDATE SET channel = excluded.channel, ts = excluded.ts, decision = excluded.decision, is_override = excluded.is_override,
			decided_by = excluded.decided_by, reason = excluded.reason, note = excluded.note, decided_at = excluded.decided_at, lost = excluded.lost, thread_ts = excluded.thread_ts,
			undone_by = excluded.undone_by, undone_at = excluded.undone_at, proposed = excluded.proposed`,
		r.ID, r.LeadID, r.Round, ms(r.OpenedAt), r.Channel, r.TS, r.Decision, flag(r.Override), r.By, r.Reason, r.Note, ms(r.DecidedAt), r.Deleted, r.ThreadTS, r.UndoneBy, ms(r.UndoneAt), r.Proposed)
	return err
}

// putEffect saves an effect after a change. The lead's row is locked, so no
// claim comes between the load and this.
func putEffect(ctx context.Context, tx *sql.Tx, e lead.Effect) error {
	_, err := tx.ExecContext(ctx, `
		INSERT INTO effects (id, lead_id, kind, lane, seq, target, round, event, due_at, state, attempts, revision, last_error, lease_until, wake_at, wakes, posts, since, created_at, updated_at)
		VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, 0, $16, $17, $18, $19)
		ON CONFLICT (id) DO UPDATE SET due_at = excluded.due_at, state = excluded.state, attempts = excluded.attempts, revision = excluded.revision,
			last_error = excluded.last_error, lease_until = excluded.lease_until, wake_at = excluded.wake_at, posts = excluded.posts, since = excluded.since, updated_at = excluded.updated_at`,
		e.ID, e.LeadID, e.Kind, e.Lane, e.Seq, e.Target, e.Round, e.Event, ms(e.DueAt), e.State, e.Attempts, e.Revision, e.LastError,
		ms(e.LeaseUntil).Int64, ms(wakeEffectAt(e)), flag(e.Posts), ms(e.Since), ms(e.CreatedAt), ms(e.UpdatedAt))
	return err
}

// flag is the stored form of a truth: SQLite has no type for one.
func flag(b bool) int {
	if b {
		return 1
	}
	return 0
}

// wakeEffectAt leaves an effect that is due now to the queue for a while; one
// that is due later is found by the sweep on time.
func wakeEffectAt(e lead.Effect) time.Time {
	if e.State == lead.Sending {
		return e.LeaseUntil
	}
	if e.DueAt.After(e.UpdatedAt) {
		return e.DueAt
	}
	return e.UpdatedAt.Add(sweepGrace)
}

// detail is what a line of history adds to its act, as it stands in the row.
func detail(s lead.Said) string {
	if s.Code == "" {
		return s.Text
	}
	text, _ := json.Marshal(s.Reason) // strings alone
	return string(text)
}
