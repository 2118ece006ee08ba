package read

import (
	"context"
	"database/sql"
	"fmt"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// Decided returns the rounds that the person or key decided, the newest first.
func (r *Reads) Decided(ctx context.Context, by string, limit int) ([]lead.Decided, error) {
	list, err := Collect(ctx, r.db, func(rows *sql.Rows) (d lead.Decided, err error) {
		var doc []byte
		var when sql.NullInt64
		var override int
		var undone string
		err = rows.Scan(&d.LeadID, &d.Partner, &d.Decision, &override, &when, &d.Channel, &d.TS, &undone, &doc)
		d.At, d.Override, d.Undone, d.Name = At(when), override == 1, undone != "", name(d.LeadID, doc)
		return d, err
	}, `SELECT l.id, l.partner, r.decision, r.is_override, r.decided_at, r.channel, r.ts, r.undone_by, l.doc
		FROM reviews r JOIN leads l ON l.id = r.lead_id
		WHERE r.decided_by = $1 AND r.decision <> '' ORDER BY r.decided_at DESC, r.id LIMIT $2`, by, limit)
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	return list, nil
}

// Rejections are the reasons for which leads were rejected since, by lead, the newest of each.
func (r *Reads) Rejections(ctx context.Context, since time.Time) (map[string]string, error) {
	reasons := map[string]string{}
	_, err := Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var id, reason string
		err = rows.Scan(&id, &reason)
		reasons[id] = reason
		return none, err
	}, `SELECT r.lead_id, r.reason FROM reviews r JOIN leads l ON l.id = r.lead_id
		WHERE r.decision = 'rejected' AND r.undone_by = '' AND l.created_at >= $1 ORDER BY r.round`, max(0, since.UnixMilli()))
	if err != nil {
		return nil, fmt.Errorf("list rejections: %w", err)
	}
	return reasons, nil
}

// Reviewed is what reviewers did with the channel's cards from from until to.
func (r *Reads) Reviewed(ctx context.Context, channel string, from, to time.Time) (d lead.DigestReview, err error) {
	var took []time.Duration
	_, err = Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var decision lead.Decision
		var override int
		var opened, decided sql.NullInt64
		if err = rows.Scan(&decision, &override, &opened, &decided); err != nil {
			return none, err
		}
		took = append(took, At(decided).Sub(At(opened)))
		d.Overridden += override
		if decision == lead.Approve {
			d.Approved++
		} else {
			d.Rejected++
		}
		return none, nil
	}, `
		SELECT decision, is_override, opened_at, decided_at FROM reviews r
		WHERE channel = $1 AND decision IN ('approved', 'rejected') AND decided_at > $2 AND decided_at <= $3
			AND undone_by = ''`,
		channel, from.UnixMilli(), to.UnixMilli())
	if err != nil {
		return d, fmt.Errorf("decisions in channel %s: %w", channel, err)
	}
	if len(took) > 0 {
		slices.Sort(took)
		d.Median = took[len(took)/2]
	}
	return d, nil
}

// unasked are the leads that were parked or disqualified from $1 until $2 and
// are so since; the partners follow.
const unasked = `
	FROM history h JOIN leads l ON l.id = h.lead_id
	WHERE h.action IN ('parked', 'disqualified') AND h.at > $1 AND h.at <= $2 AND l.stage = h.action
		AND NOT EXISTS (SELECT 1 FROM history n WHERE n.lead_id = h.lead_id AND n.action IN ('parked', 'disqualified') AND n.seq > h.seq)`

// Unasked are the senders' leads that nobody was asked about from from until to:
// the first of the parked ones, and how many there are of each kind.
func (r *Reads) Unasked(ctx context.Context, of lead.Senders, from, to time.Time, most int) (u lead.Unasked, err error) {
	u.Disqualified = map[string]int{}
	sentBy, args := senders(of, from.UnixMilli(), to.UnixMilli())
	_, err = Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var action, detail string
		var n int
		if err = rows.Scan(&action, &detail, &n); err != nil {
			return none, err
		}
		if action == string(lead.Parked) {
			u.ParkedTotal += n
		} else {
			u.Disqualified[strings.Join(said(detail).Args, " ")] += n
		}
		return none, nil
	}, `SELECT h.action, h.detail, count(*)`+unasked+sentBy+` GROUP BY h.action, h.detail`, args...)
	if err != nil {
		return u, fmt.Errorf("count the leads that nobody was asked about: %w", err)
	}
	u.Parked, err = Collect(ctx, r.db, func(rows *sql.Rows) (p lead.ParkedLead, err error) {
		var doc []byte
		err = rows.Scan(&p.LeadID, &p.Partner, &p.Score, &p.Verdict, &doc)
		p.Name = name(p.LeadID, doc)
		return p, err
	}, `SELECT l.id, l.partner, l.score, l.verdict, l.doc`+unasked+sentBy+fmt.Sprintf(` AND h.action = 'parked' ORDER BY l.score DESC, l.id LIMIT %d`, most), args...)
	if err != nil {
		return u, fmt.Errorf("list the leads that were parked: %w", err)
	}
	return u, nil
}

// senders is the condition of partners, and its arguments after those given.
func senders(of lead.Senders, args ...any) (string, []any) {
	named, args := OneOf("l.partner", of.Partners, args)
	if of.Others {
		return " AND NOT " + named, args
	}
	return " AND " + named, args
}
