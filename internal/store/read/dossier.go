package read

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

// rowColumns of leads l are what scanRow scans.
const rowColumns = `l.id, l.stage, l.partner, l.domain, l.created_at, l.doc`

// row is a lead as its columns tell it, and its document.
type row struct {
	lead.Lead
	doc []byte
}

func scanRow(rows *sql.Rows) (r row, err error) {
	var created sql.NullInt64
	err = rows.Scan(&r.ID, &r.Stage, &r.Partner.ID, &r.Company.Domain, &created, &r.doc)
	r.CreatedAt = At(created)
	return r, err
}

// decode reads the document. Of one that cannot be read the columns are left.
func (r *row) decode(into any, l *lead.Lead) error {
	err := json.Unmarshal(r.doc, into)
	if err == nil && l.ID != r.ID {
		err = errors.New("the document is not this lead's")
	}
	if err != nil {
		*l = r.Lead
		return fmt.Errorf("%w: %w", lead.ErrUnreadable, err)
	}
	return nil
}

// Lead returns the lead alone. One that cannot be read is lead.ErrUnreadable.
func (r *Reads) Lead(ctx context.Context, id string) (l lead.Lead, err error) {
	rows, err := Collect(ctx, r.db, scanRow, `SELECT `+rowColumns+` FROM leads l WHERE l.id = $1`, id)
	if err == nil && len(rows) == 0 {
		return l, fmt.Errorf("lead %s: %w", id, lead.ErrNotFound)
	}
	if err == nil {
		err = rows[0].decode(&l, &l)
	}
	if err != nil {
		return lead.Lead{}, fmt.Errorf("read lead %s: %w", id, err)
	}
	return l, nil
}

// Dossier returns everything on record about the lead. One that cannot be read is
// lead.ErrUnreadable.
func (r *Reads) Dossier(ctx context.Context, id string) (lead.Dossier, error) {
	l, err := r.Lead(ctx, id)
	if err != nil {
		return lead.Dossier{}, err
	}
	list := []lead.Dossier{{Lead: l}}
	if err := r.complete(ctx, list); err != nil {
		return lead.Dossier{}, fmt.Errorf("read lead %s: %w", id, err)
	}
	return list[0], nil
}

// OfDomain returns the leads of a company, the newest first.
func (r *Reads) OfDomain(ctx context.Context, domain string, limit int) ([]lead.Dossier, error) {
	rows, err := Collect(ctx, r.db, scanRow, `SELECT `+rowColumns+` FROM leads l
		WHERE l.domain = $1 AND l.domain <> '' AND l.stage <> 'merged' ORDER BY l.created_at DESC, l.id DESC LIMIT $2`, domain, limit)
	var list []lead.Dossier
	if err == nil {
		list, err = r.dossiers(ctx, rows)
	}
	if err != nil {
		return nil, fmt.Errorf("list leads of a company: %w", err)
	}
	return list, nil
}

// sought is how many leads Find looks through, the newest: a part of a name has no index.
const sought = 2000

// Find returns the leads of the company with the domain or, where there are none, of
// those whose name or domain has the words in it; the newest first.
func (r *Reads) Find(ctx context.Context, domain, words string, limit int) ([]lead.Dossier, error) {
	list, err := r.OfDomain(ctx, domain, limit)
	if err != nil || len(list) > 0 {
		return list, err
	}
	words = strings.ToLower(words)
	rows, err := r.db.QueryContext(ctx, `SELECT `+rowColumns+` FROM leads l
		WHERE `+all+` AND l.stage <> 'merged' ORDER BY l.created_at DESC, l.id DESC LIMIT $1`, sought)
	if err != nil {
		return nil, fmt.Errorf("look for leads by name: %w", err)
	}
	defer rows.Close()
	var found []row
	for len(found) < limit && rows.Next() {
		one, err := scanRow(rows)
		if err != nil {
			return nil, fmt.Errorf("look for leads by name: %w", err)
		}
		if strings.Contains(strings.ToLower(name(one.ID, one.doc)+"\n"+one.Company.Domain), words) {
			found = append(found, one)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil { // closed, or the next query needs another connection
		return nil, fmt.Errorf("look for leads by name: %w", err)
	}
	return r.dossiers(ctx, found)
}

// unfound is a lead without what costs most to decode and stands settled in
// Facts: its own field stands before that of the same name in the lead.
type unfound struct {
	*lead.Lead
	Found skipped `json:"found"`
}

type skipped struct{}

func (*skipped) UnmarshalJSON([]byte) error { return nil }

// dossiers reads a page's dossiers, in the order of its rows.
func (r *Reads) dossiers(ctx context.Context, rows []row) ([]lead.Dossier, error) {
	list := make([]lead.Dossier, len(rows))
	spread(len(rows), func(i int) {
		l := &list[i].Lead
		if err := rows[i].decode(&unfound{Lead: l}, l); err != nil {
			list[i].Unreadable = err.Error()
			l.Company.Name = unreadable(l.ID)
		}
	})
	return list, r.complete(ctx, list)
}

// unreadable is the name of a lead that has none because it cannot be read.
func unreadable(id string) string { return "unreadable " + id }

// complete reads what belongs to the leads, one query for each kind.
func (r *Reads) complete(ctx context.Context, list []lead.Dossier) error {
	at := map[string]*lead.Dossier{}
	var ids, met []string
	for i := range list {
		d := &list[i]
		at[d.Lead.ID] = d
		ids = append(ids, d.Lead.ID)
		if d.Lead.Stage != lead.Merged && d.Lead.Company.Domain != "" {
			met = append(met, d.Lead.ID)
		}
	}
	if len(ids) == 0 {
		return nil
	}
	reviews, err := ReviewsOf(ctx, r.db, ids...)
	if err != nil {
		return err
	}
	for _, v := range reviews {
		at[v.LeadID].Reviews = append(at[v.LeadID].Reviews, v)
	}
	effects, err := EffectsOf(ctx, r.db, ids...)
	if err != nil {
		return err
	}
	for _, e := range effects {
		at[e.LeadID].Effects = append(at[e.LeadID].Effects, e)
	}
	of, args := oneOf("lead_id", ids, nil)
	_, err = Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var id string
		var when sql.NullInt64
		var e lead.Entry
		var detail string
		err = rows.Scan(&id, &when, &e.Actor, &e.Action, &detail)
		e.At = At(when)
		e.Detail.Reason = said(detail)
		if err == nil {
			at[id].History = append(at[id].History, e)
		}
		return none, err
	}, `SELECT lead_id, at, actor, action, detail FROM history WHERE `+of+` ORDER BY lead_id, seq`, args...)
	if err != nil || len(met) == 0 {
		return err
	}
	conflicts, err := r.conflicts(ctx, met)
	for _, id := range met {
		l := &at[id].Lead
		l.Conflicts, l.ConflictCount = conflicts.of(l)
	}
	return err
}

// mostConflicts bounds what one dossier reads, and whom a lead's change is told: a
// company that many partners refer costs no more than others.
const mostConflicts = 10

// conflicts are the leads of others by the company and the partner that meet them.
type conflicts map[[2]string][]conflictRow

// of returns the first of a lead's conflicting leads, and how many there are.
func (r conflicts) of(l *lead.Lead) (own []lead.Conflict, all int) {
	for _, row := range r[[2]string{l.Company.Domain, l.Partner.ID}] {
		if all = row.all; len(own) < mostConflicts {
			own = append(own, row.Conflict)
		}
	}
	lead.RankConflicts(l, own)
	return own, all
}

// Conflicts returns the first leads of the same company that other partners sent, in
// the order in which they came. A lead that names no company has none.
func (r *Reads) Conflicts(ctx context.Context, l *lead.Lead) ([]lead.Conflict, error) {
	if l.Company.Domain == "" {
		return nil, nil
	}
	found, err := r.conflicts(ctx, []string{l.ID})
	if err != nil {
		return nil, fmt.Errorf("conflicting leads of lead %s: %w", l.ID, err)
	}
	own, _ := found.of(l)
	return own, nil
}

// conflicts reads those of all the leads. last bounds a company that many leads name.
func (r *Reads) conflicts(ctx context.Context, leadIDs []string) (conflicts, error) {
	of, args := oneOf("id", leadIDs, nil)
	rows, err := Collect(ctx, r.db, scanConflict, `
		WITH page AS MATERIALIZED (
			SELECT domain, partner, COALESCE((SELECT o.created_at FROM leads o
				WHERE o.domain = own.domain AND o.domain <> '' AND o.partner <> own.partner AND o.stage <> 'merged'
				ORDER BY o.created_at LIMIT 1 OFFSET `+fmt.Sprint(mostConflicts-1)+`), 9000000000000000000) AS last,
				(SELECT count(*) FROM leads o WHERE o.domain = own.domain AND o.domain <> '' AND o.partner <> own.partner AND o.stage <> 'merged') AS "all"
			FROM (SELECT DISTINCT domain, partner FROM leads WHERE `+of+` AND domain <> '') own)
		SELECT p.domain, p.partner, p."all", l.id, l.partner, l.stage, l.created_at, l.doc, COALESCE(r.decision, ''), r.decided_at
		FROM page p JOIN leads l ON l.domain = p.domain AND l.domain <> '' AND l.partner <> p.partner AND l.stage <> 'merged' AND l.created_at <= p.last
			LEFT JOIN reviews r ON r.lead_id = l.id AND r.round = (SELECT max(round) FROM reviews WHERE lead_id = l.id)
		ORDER BY l.created_at, l.id`, args...)
	if err != nil {
		return nil, err
	}
	spread(len(rows), func(i int) { rows[i].decode() })
	found := conflicts{}
	for _, r := range rows {
		found[r.by] = append(found[r.by], r)
	}
	return found, nil
}

// conflictRow is a conflicting lead of the leads of a company and a partner, and its document.
type conflictRow struct {
	by  [2]string
	all int
	lead.Conflict
	doc []byte
}

func scanConflict(rows *sql.Rows) (r conflictRow, err error) {
	var created, decided sql.NullInt64
	err = rows.Scan(&r.by[0], &r.by[1], &r.all, &r.LeadID, &r.Partner, &r.Stage, &created, &r.doc, &r.Decision, &decided)
	r.ArrivedAt = At(created)
	if decided.Valid {
		when := At(decided)
		r.DecidedAt = &when
	}
	return r, err
}

// decode reads when the lead was referred; of one that cannot be read it is the day
// on which it came.
func (r *conflictRow) decode() {
	var said struct {
		ReferredOn lead.Date `json:"referred_on"`
	}
	if json.Unmarshal(r.doc, &said) != nil {
		said.ReferredOn = lead.Date(r.ArrivedAt.Format(time.DateOnly))
	}
	r.ReferredOn = said.ReferredOn
}

// ReviewsOf returns the leads' review rounds, those of one lead by round.
func ReviewsOf(ctx context.Context, q Querier, leadIDs ...string) ([]lead.Review, error) {
	of, args := oneOf("lead_id", leadIDs, nil)
	return Collect(ctx, q, func(rows *sql.Rows) (r lead.Review, err error) {
		var override int
		var opened, decided, undone sql.NullInt64
		err = rows.Scan(&r.ID, &r.LeadID, &r.Round, &opened, &r.Channel, &r.TS, &r.Decision, &override, &r.By, &r.Reason, &r.Note, &decided, &r.Deleted, &r.ThreadTS,
			&r.UndoneBy, &undone, &r.Proposed)
		r.OpenedAt, r.DecidedAt, r.UndoneAt, r.Override = At(opened), At(decided), At(undone), override == 1
		return r, err
	}, `SELECT id, lead_id, round, opened_at, channel, ts, decision, is_override, decided_by, reason, note, decided_at, lost, thread_ts,
			undone_by, undone_at, proposed
		FROM reviews WHERE `+of+` ORDER BY lead_id, round`, args...)
}

// EffectColumns are what ScanEffect scans.
const EffectColumns = `id, lead_id, kind, lane, seq, target, round, event, due_at, state, attempts, revision, last_error, lease_until, ` +
	`posts, since, created_at, updated_at`

// EffectsOf returns the leads' effects, the oldest first.
func EffectsOf(ctx context.Context, q Querier, leadIDs ...string) ([]lead.Effect, error) {
	of, args := oneOf("lead_id", leadIDs, nil)
	return Collect(ctx, q, func(rows *sql.Rows) (lead.Effect, error) { return ScanEffect(rows) },
		`SELECT `+EffectColumns+` FROM effects WHERE `+of+` ORDER BY created_at, seq, id`, args...)
}

// ScanEffect scans one row of EffectColumns.
func ScanEffect(row interface{ Scan(...any) error }) (lead.Effect, error) {
	var e lead.Effect
	var due, lease, since, created, updated sql.NullInt64
	err := row.Scan(&e.ID, &e.LeadID, &e.Kind, &e.Lane, &e.Seq, &e.Target, &e.Round, &e.Event, &due, &e.State, &e.Attempts, &e.Revision, &e.LastError, &lease,
		&e.Posts, &since, &created, &updated)
	e.DueAt, e.Since, e.CreatedAt, e.UpdatedAt = At(due), At(since), At(created), At(updated)
	if e.Lane == "" { // recorded during an update by a worker that knows no lanes
		e.Lane, e.Since, e.Seq = lead.SlackLane, e.CreatedAt, created.Int64
		if e.Kind == lead.WebhookEffect {
			e.Lane = lead.WebhookLane
		}
	}
	if lease.Int64 > 0 {
		e.LeaseUntil = At(lease)
	}
	return e, err
}

// LeadOfReview returns the id of the lead that the review round is about.
func (r *Reads) LeadOfReview(ctx context.Context, reviewID string) (string, error) {
	var id string
	err := r.db.QueryRowContext(ctx, `SELECT lead_id FROM reviews WHERE id = $1`, reviewID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("review %s: %w", reviewID, err)
	}
	return id, nil
}

// said is what a line of history adds to its act; of an older version it is the text.
func said(detail string) (r lead.Reason) {
	if json.Unmarshal([]byte(detail), &r) != nil {
		return lead.Reason{Text: detail, Args: []string{detail}}
	}
	return r
}
