package read

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math"
	"strings"
	"unicode"

	"leadtriage/internal/lead"
)

// Waiting returns a page of the leads that wait for a decision. A foreign cursor
// is lead.ErrBadCursor. A lead whose score changes between two pages may be on
// both or on neither.
func (r *Reads) Waiting(ctx context.Context, f lead.WaitingFilter) (lead.WaitingPage, error) {
	limit := f.Limit
	if limit < 1 || limit > 200 {
		limit = 50
	}
	from, err := parseWaitingCursor(f.Cursor)
	if err != nil {
		return lead.WaitingPage{}, err
	}
	after, order := `AND l.score <= $4 AND (l.score < $4 OR (l.asked_at, l.id) > ($1, $2))`, `l.score DESC, l.asked_at, l.id`
	args := []any{from.asked, from.id, limit + 1, from.score}
	if f.Longest {
		after, order, args = `AND (l.asked_at, l.id) > ($1, $2)`, `l.asked_at, l.id`, args[:3]
	}
	within, args := scopes(f.Within, args...)
	var page lead.WaitingPage
	page.Leads, err = Collect(ctx, r.db, func(rows *sql.Rows) (w lead.Waiting, err error) {
		var doc []byte
		var asked sql.NullInt64
		err = rows.Scan(&w.LeadID, &w.Partner, &w.Score, &w.Verdict, &asked, &w.Channel, &w.Review, &w.TS, &doc)
		w.Asked, w.Name = At(asked), name(w.LeadID, doc)
		return w, err
	}, `SELECT l.id, l.partner, l.score, l.verdict, l.asked_at, l.asked_in, r.id, r.ts, l.doc
		FROM (SELECT * FROM leads l WHERE l.asked_at IS NOT NULL `+after+within+` ORDER BY `+order+` LIMIT $3) l
		JOIN reviews r ON r.lead_id = l.id AND r.round = (SELECT max(round) FROM reviews WHERE lead_id = l.id)
		ORDER BY `+order, args...)
	if err != nil {
		return lead.WaitingPage{}, fmt.Errorf("list what waits: %w", err)
	}
	if len(page.Leads) > limit {
		page.Leads = page.Leads[:limit]
		page.Next = waitingCursor(page.Leads[limit-1])
	}
	within, args = scopes(f.Within)
	var oldest sql.NullInt64
	err = r.db.QueryRowContext(ctx, `SELECT count(*), min(l.asked_at) FROM leads l WHERE l.asked_at IS NOT NULL`+within, args...).Scan(&page.Total, &oldest)
	if err != nil {
		return lead.WaitingPage{}, fmt.Errorf("count what waits: %w", err)
	}
	page.Oldest = At(oldest)
	return page, nil
}

// scopes is the condition of a filter, and its arguments after those given.
func scopes(within []lead.Scope, args ...any) (string, []any) {
	if within == nil {
		return "", args
	}
	bound := func(column string, values []string) (in string) {
		if in = "1 = 1"; len(values) > 0 {
			in, args = OneOf(column, values, args)
		}
		return in
	}
	parts := []string{"1 = 0"}
	for _, s := range within {
		parts = append(parts, bound("l.partner", s.Partners)+" AND "+bound("l.asked_in", s.Channels))
	}
	return " AND (" + strings.Join(parts, " OR ") + ")", args
}

// name is what people call the lead of a document.
func name(id string, doc []byte) string {
	var who struct {
		Company lead.Company `json:"company"`
		Contact lead.Contact `json:"contact"`
	}
	if json.Unmarshal(doc, &who) != nil {
		return unreadable(id)
	}
	return (&lead.Submission{Company: who.Company, Contact: who.Contact}).Name()
}

// place is where a page of what waits ended.
type place struct {
	score int64
	asked int64
	id    string
}

func waitingCursor(w lead.Waiting) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %d %s", w.Score, w.Asked.UnixMilli(), w.LeadID))
}

func parseWaitingCursor(c string) (p place, err error) {
	if c == "" {
		return place{score: math.MaxInt32}, nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(c)
	if err == nil {
		_, err = fmt.Sscanf(string(raw), "%d %d %s", &p.score, &p.asked, &p.id)
	}
	if err != nil || strings.ContainsFunc(p.id, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return place{}, lead.ErrBadCursor
	}
	return p, nil
}
