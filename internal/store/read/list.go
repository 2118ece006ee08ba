package read

import (
	"context"
	"database/sql"
	"encoding/base64"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"

	"leadtriage/internal/lead"
)

// List returns a page of leads, newest first, without what Found holds. A foreign
// cursor is lead.ErrBadCursor.
func (r *Reads) List(ctx context.Context, f lead.Filter) (lead.Page, error) {
	if f.Limit < 1 || f.Limit > 200 {
		f.Limit = 50
	}
	query, args, err := listQuery(f)
	if err != nil {
		return lead.Page{}, err
	}
	rows, err := Collect(ctx, r.db, scanWhole, r.words.Replace(query), args...)
	if err != nil {
		return lead.Page{}, fmt.Errorf("list leads: %w", err)
	}
	var page lead.Page
	if len(rows) > f.Limit {
		rows = rows[:f.Limit]
		last := rows[f.Limit-1]
		page.Next = cursor(last.CreatedAt, last.ID)
	}
	if page.Leads, err = r.dossiers(ctx, rows); err != nil {
		return lead.Page{}, fmt.Errorf("list leads: %w", err)
	}
	return page, nil
}

// all is true of every lead, and has the index leads_created used: queries that
// look for some leads must not walk past all the others on it.
const all = "l.id <> ''"

// listQuery holds the conditions of the filters that are set and no others, so
// that an index in the order of the page answers them.
func listQuery(f lead.Filter) (string, []any, error) {
	before, beforeID, err := parseCursor(f.Cursor)
	if err != nil {
		return "", nil, err
	}
	from, created, id := "leads l", "l.created_at", "l.id"
	var conditions []string
	var args []any
	where := func(condition string, values ...any) {
		for _, v := range values {
			args = append(args, v)
			condition = strings.Replace(condition, "?", fmt.Sprintf("$%d", len(args)), 1)
		}
		conditions = append(conditions, condition)
	}
	partner, stage := "l.partner = ?", "l.stage = ?"
	switch {
	case f.Failed:
		where("l.failed = 1")
		if f.Sender != "" {
			where("EXISTS (SELECT 1 FROM senders WHERE name = ? AND lead_id = l.id)", f.Sender)
		}
		// Those that failed are few: no index of the other columns is of more use.
		partner, stage = "COALESCE(l.partner, '') = ?", "COALESCE(l.stage, '') = ?"
	case f.Sender != "":
		from, created, id = "senders s JOIN leads l ON l.id = s.lead_id", "s.created_at", "s.lead_id"
		where("s.name = ?", f.Sender)
	case f.Partner == "" && f.Stage == "":
		where(all)
	}
	if f.Partner != "" {
		where(partner, f.Partner)
	}
	if len(f.Partners) > 0 {
		var of string
		of, args = OneOf("COALESCE(l.partner, '')", f.Partners, args) // in the order of the page, not of the partners
		conditions = append(conditions, of)
	}
	if f.Stage != "" {
		where(stage, string(f.Stage))
	}
	if !f.Since.IsZero() {
		where(created+" >= ?", f.Since.UnixMilli())
	}
	if f.Cursor != "" {
		where("("+created+", "+id+") < (?, ?)", before, beforeID)
	}
	args = append(args, f.Limit+1)
	return fmt.Sprintf("SELECT %s FROM %s WHERE %s ORDER BY %s DESC, %s DESC LIMIT $%d",
		wholeColumns, from, strings.Join(conditions, " AND "), created, id, len(args)), args, nil
}

func cursor(created time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", created.UnixMilli(), id))
}

func parseCursor(c string) (int64, string, error) {
	if c == "" {
		return 0, "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(c)
	millis, id, ok := strings.Cut(string(raw), " ")
	n, numErr := strconv.ParseInt(millis, 10, 64)
	if err != nil || !ok || numErr != nil || strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return 0, "", lead.ErrBadCursor
	}
	return n, id, nil
}

// replayPage is how many leads one query of Each reads.
const replayPage = 500

// Count is the number of leads created at or after since; the zero time counts all.
func (r *Reads) Count(ctx context.Context, since time.Time) (n int, err error) {
	if err = r.db.QueryRowContext(ctx, `SELECT count(*) FROM leads l WHERE l.created_at >= $1 AND `+all, max(0, since.UnixMilli())).Scan(&n); err != nil {
		err = fmt.Errorf("count leads: %w", err)
	}
	return n, err
}

// Each calls f for every lead created at or after since, oldest first, a page
// at a time: memory stays flat however many there are, and no transaction stays
// open. A lead that comes in meanwhile may be among them. What a replay does not
// look at is left out, for decoding is most of its cost: Found, which stands
// settled in Facts, and the lines of the score. Of a lead that cannot be read f is
// told why, and what its columns say. An error of f ends it and is returned as it is.
func (r *Reads) Each(ctx context.Context, since time.Time, f func(l lead.Lead, unreadable error) error) error {
	after, afterID := max(0, since.UnixMilli()), "" // below every id
	for {
		rows, err := Collect(ctx, r.db, scanRow, `SELECT `+rowColumns+` FROM leads l
			WHERE (l.created_at, l.id) > ($1, $2) AND `+all+` ORDER BY l.created_at, l.id LIMIT $3`, after, afterID, replayPage)
		if err != nil {
			return fmt.Errorf("read leads: %w", err)
		}
		leads, faults := make([]lead.Lead, len(rows)), make([]error, len(rows))
		spread(len(rows), func(i int) {
			part := partial{unfound: unfound{Lead: &leads[i]}}
			if faults[i] = rows[i].decode(&part, &leads[i]); faults[i] == nil && part.Score != nil {
				leads[i].Score = &part.Score.Score
			}
		})
		for i, l := range leads {
			if err := f(l, faults[i]); err != nil {
				return err
			}
		}
		if len(rows) < replayPage {
			return nil
		}
		last := rows[len(rows)-1]
		after, afterID = last.CreatedAt.UnixMilli(), last.ID
	}
}

// partial is a lead without what a replay does not look at.
type partial struct {
	unfound
	Score *struct {
		lead.Score
		Lines skipped `json:"lines"`
	} `json:"score"`
}

// Changed returns leads in the order in which they changed last, after the cursor and until
// before a moment, each with all that belongs to it. Next is where the page ends, also of
// the last one: whoever comes again with it sees what changed since.
func (r *Reads) Changed(ctx context.Context, after string, before time.Time, limit int) (page lead.Page, err error) {
	at, id, err := parseCursor(after)
	if err != nil {
		return page, err
	}
	type key struct {
		at sql.NullInt64
		id string
	}
	keys, err := Collect(ctx, r.db, func(rows *sql.Rows) (k key, err error) { return k, rows.Scan(&k.at, &k.id) },
		`SELECT updated_at, id FROM leads WHERE (updated_at, id) > ($1, $2) AND updated_at < $3 ORDER BY updated_at, id LIMIT $4`,
		at, id, before.UnixMilli(), limit)
	if err != nil || len(keys) == 0 {
		return lead.Page{Next: after}, err
	}
	place := map[string]int{}
	var ids []string
	for i, k := range keys {
		place[k.id], ids = i, append(ids, k.id)
	}
	these, args := OneOf("l.id", ids, nil)
	rows, err := Collect(ctx, r.db, scanWhole, r.words.Replace(`SELECT `+wholeColumns+` FROM leads l WHERE `+these), args...)
	if err == nil {
		slices.SortFunc(rows, func(a, b whole) int { return place[a.ID] - place[b.ID] })
		page.Leads, err = r.dossiers(ctx, rows)
	}
	if err != nil {
		return page, fmt.Errorf("list changed leads: %w", err)
	}
	last := keys[len(keys)-1]
	page.Next = cursor(At(last.at), last.id)
	return page, nil
}
