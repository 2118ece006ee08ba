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
	rows, err := Collect(ctx, r.db, scanWhole, r.words.Replace(`SELECT `+wholeColumns+` FROM leads l WHERE l.id = $1`), id)
	if err == nil && len(rows) == 0 {
		return lead.Dossier{}, fmt.Errorf("lead %s: %w", id, lead.ErrNotFound)
	}
	list := make([]lead.Dossier, 1)
	if err == nil {
		err = rows[0].decode(&list[0].Lead, &list[0].Lead)
	}
	if err == nil {
		err = errors.Join(rows[0].complete(&list[0]), r.meet(ctx, list, rows))
	}
	if err != nil {
		return lead.Dossier{}, fmt.Errorf("read lead %s: %w", id, err)
	}
	return list[0], nil
}

// LeadOfKey is the lead with this duplicate key, or the one that took it in; lead.ErrNotFound:
// there is none.
func (r *Reads) LeadOfKey(ctx context.Context, key string) (id string, err error) {
	var into string
	err = r.db.QueryRowContext(ctx, `SELECT id, merged_into FROM leads WHERE dup_key = $1`, key).Scan(&id, &into)
	for err == nil && into != "" {
		id = into
		err = r.db.QueryRowContext(ctx, `SELECT merged_into FROM leads WHERE id = $1`, id).Scan(&into)
	}
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("find a lead by its key: %w", err)
	}
	return id, nil
}

// OfDomain returns the leads of a company, the newest first.
func (r *Reads) OfDomain(ctx context.Context, domain string, limit int) ([]lead.Dossier, error) {
	return r.newest(ctx, "list leads of a company", `l.domain = $1 AND l.domain <> '' AND l.stage <> 'merged'`, limit, domain)
}

// newest returns the first of the leads for which the condition holds, the newest first.
func (r *Reads) newest(ctx context.Context, what, condition string, limit int, args ...any) (list []lead.Dossier, err error) {
	rows, err := Collect(ctx, r.db, scanWhole, r.words.Replace(fmt.Sprintf(`SELECT `+wholeColumns+` FROM leads l
		WHERE %s ORDER BY l.created_at DESC, l.id DESC LIMIT $%d`, condition, len(args)+1)), append(args, limit)...)
	if err == nil {
		list, err = r.dossiers(ctx, rows)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", what, err)
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
	var ids []string
	for len(ids) < limit && rows.Next() {
		one, err := scanRow(rows)
		if err != nil {
			return nil, fmt.Errorf("look for leads by name: %w", err)
		}
		if strings.Contains(strings.ToLower(name(one.ID, one.doc)+"\n"+one.Company.Domain), words) {
			ids = append(ids, one.ID)
		}
	}
	if err := errors.Join(rows.Err(), rows.Close()); err != nil { // closed, or the next query needs another connection
		return nil, fmt.Errorf("look for leads by name: %w", err)
	}
	if len(ids) == 0 {
		return nil, nil
	}
	of, args := OneOf("l.id", ids, nil)
	return r.newest(ctx, "look for leads by name", of, limit, args...)
}

// unfound is a lead without what costs most to decode and stands settled in
// Facts: its own field stands before that of the same name in the lead.
type unfound struct {
	*lead.Lead
	Found skipped `json:"found"`
}

type skipped struct{}

func (*skipped) UnmarshalJSON([]byte) error { return nil }

// dossiers decodes a page's rows, in their order.
func (r *Reads) dossiers(ctx context.Context, rows []whole) ([]lead.Dossier, error) {
	list, faults := make([]lead.Dossier, len(rows)), make([]error, len(rows))
	spread(len(rows), func(i int) {
		d := &list[i]
		if err := rows[i].decode(&unfound{Lead: &d.Lead}, &d.Lead); err != nil {
			d.Unreadable = err.Error()
			d.Lead.Company.Name = unreadable(d.Lead.ID)
		}
		faults[i] = rows[i].complete(d)
	})
	return list, errors.Join(append(faults, r.meet(ctx, list, rows))...)
}

// unreadable is the name of a lead that has none because it cannot be read.
func unreadable(id string) string { return "unreadable " + id }

// meet adds to the leads those of others that they meet, and whose claim is on the company.
func (r *Reads) meet(ctx context.Context, list []lead.Dossier, rows []whole) error {
	var met []string
	for _, w := range rows {
		if w.met {
			met = append(met, w.ID)
		}
	}
	var found conflicts
	var err error
	if len(met) > 0 {
		found, err = r.conflicts(ctx, met)
	}
	for i := range list {
		l := &list[i].Lead
		if rows[i].met && l.Stage != lead.Merged && l.Company.Domain != "" {
			l.Conflicts, l.ConflictCount = found.of(l)
		}
		l.Claim = lead.ClaimOf(l, l.Conflicts, time.Duration(r.claim.Load()))
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
	of, args := OneOf("id", leadIDs, nil)
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
