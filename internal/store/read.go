package store

import (
	"context"
	"database/sql"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
	"unicode"

	"leadtriage/internal/lead"
)

// Lead returns the lead alone.
func (s *Store) Lead(ctx context.Context, id string) (lead.Lead, error) {
	var doc []byte
	err := s.read.QueryRowContext(ctx, `SELECT doc FROM leads WHERE id = $1`, id).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return lead.Lead{}, fmt.Errorf("lead %s: %w", id, lead.ErrNotFound)
	}
	var l lead.Lead
	if err == nil {
		err = json.Unmarshal(doc, &l)
	}
	if err != nil {
		return lead.Lead{}, fmt.Errorf("read lead %s: %w", id, err)
	}
	return l, nil
}

// Dossier returns everything on record about the lead.
func (s *Store) Dossier(ctx context.Context, id string) (lead.Dossier, error) {
	l, err := s.Lead(ctx, id)
	if err != nil {
		return lead.Dossier{}, err
	}
	return s.dossier(ctx, l)
}

func (s *Store) dossier(ctx context.Context, l lead.Lead) (d lead.Dossier, err error) {
	d.Lead = l
	if l.Stage != lead.Merged {
		if d.Lead.Rival, err = s.Rivals(ctx, &l); err != nil {
			return lead.Dossier{}, err
		}
	}
	if d.Reviews, err = reviewsOf(ctx, s.read, l.ID); err == nil {
		if d.Effects, err = effectsOf(ctx, s.read, l.ID); err == nil {
			d.History, err = historyOf(ctx, s.read, l.ID)
		}
	}
	if err != nil {
		return lead.Dossier{}, fmt.Errorf("read lead %s: %w", l.ID, err)
	}
	return d, nil
}

// LeadOfReview returns the id of the lead that the review round is about.
func (s *Store) LeadOfReview(ctx context.Context, reviewID string) (string, error) {
	var id string
	err := s.read.QueryRowContext(ctx, `SELECT lead_id FROM reviews WHERE id = $1`, reviewID).Scan(&id)
	if errors.Is(err, sql.ErrNoRows) {
		err = lead.ErrNotFound
	}
	if err != nil {
		return "", fmt.Errorf("review %s: %w", reviewID, err)
	}
	return id, nil
}

// Sees reports whether the API key sent the lead or joined it.
func (s *Store) Sees(ctx context.Context, id, sender string) (bool, error) {
	var n int
	err := s.read.QueryRowContext(ctx, `SELECT count(*) FROM senders WHERE name = $1 AND lead_id = $2`, sender, id).Scan(&n)
	if err != nil {
		return false, fmt.Errorf("senders of lead %s: %w", id, err)
	}
	return n > 0, nil
}

// OpenReviews counts the rounds that wait for a decision.
func (s *Store) OpenReviews(ctx context.Context) (n int, err error) {
	if err = s.read.QueryRowContext(ctx, `SELECT count(*) FROM reviews WHERE decision = ''`).Scan(&n); err != nil {
		err = fmt.Errorf("count open reviews: %w", err)
	}
	return n, err
}

// List returns a page of leads, newest first. A foreign cursor is lead.ErrBadCursor.
func (s *Store) List(ctx context.Context, f lead.Filter) (lead.Page, error) {
	limit := f.Limit
	if limit < 1 || limit > 200 {
		limit = 50
	}
	before, beforeID, err := parseCursor(f.Cursor)
	if err != nil {
		return lead.Page{}, err
	}
	leads, err := collect(ctx, s.read, func(rows *sql.Rows) (l lead.Lead, err error) {
		var doc []byte
		if err = rows.Scan(&doc); err == nil {
			err = json.Unmarshal(doc, &l)
		}
		return l, err
	}, `
		SELECT doc FROM leads
		WHERE ($1 = '' OR stage = $1) AND ($2 = '' OR partner = $2) AND created_at >= $3
			AND ($4 = '' OR EXISTS (SELECT 1 FROM senders WHERE name = $4 AND lead_id = leads.id))
			AND (created_at, id) < ($5, $6)
		ORDER BY created_at DESC, id DESC LIMIT $7`,
		string(f.Stage), f.Partner, max(0, f.Since.UnixMilli()), f.Sender, before, beforeID, limit+1)
	if err != nil {
		return lead.Page{}, fmt.Errorf("list leads: %w", err)
	}
	var page lead.Page
	if len(leads) > limit {
		leads = leads[:limit]
		last := leads[limit-1]
		page.Next = cursor(last.CreatedAt, last.ID)
	}
	for _, l := range leads {
		d, err := s.dossier(ctx, l)
		if err != nil {
			return lead.Page{}, err
		}
		page.Leads = append(page.Leads, d)
	}
	return page, nil
}

func cursor(created time.Time, id string) string {
	return base64.RawURLEncoding.EncodeToString(fmt.Appendf(nil, "%d %s", created.UnixMilli(), id))
}

func parseCursor(c string) (int64, string, error) {
	if c == "" {
		return 1<<62 - 1, "", nil
	}
	raw, err := base64.RawURLEncoding.DecodeString(c)
	millis, id, ok := strings.Cut(string(raw), " ")
	n, numErr := strconv.ParseInt(millis, 10, 64)
	if err != nil || !ok || numErr != nil || strings.ContainsFunc(id, func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsDigit(r) }) {
		return 0, "", lead.ErrBadCursor
	}
	return n, id, nil
}

func reviewsOf(ctx context.Context, q querier, leadID string) ([]lead.Review, error) {
	return collect(ctx, q, func(rows *sql.Rows) (r lead.Review, err error) {
		var override int
		var opened, decided sql.NullInt64
		err = rows.Scan(&r.ID, &r.LeadID, &r.Round, &opened, &r.Channel, &r.TS, &r.Decision, &override, &r.By, &r.Reason, &r.Note, &decided, &r.Lost, &r.ThreadTS)
		r.OpenedAt, r.DecidedAt, r.Override = at(opened), at(decided), override == 1
		return r, err
	}, `SELECT id, lead_id, round, opened_at, channel, ts, decision, is_override, decided_by, reason, note, decided_at, lost, thread_ts
		FROM reviews WHERE lead_id = $1 ORDER BY round`, leadID)
}

func historyOf(ctx context.Context, q querier, leadID string) ([]lead.Entry, error) {
	return collect(ctx, q, func(rows *sql.Rows) (e lead.Entry, err error) {
		var when sql.NullInt64
		err = rows.Scan(&when, &e.Actor, &e.Action, &e.Detail)
		e.At = at(when)
		return e, err
	}, `SELECT at, actor, action, detail FROM history WHERE lead_id = $1 ORDER BY seq`, leadID)
}
