package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"

	"leadtriage/internal/lead"
)

// undone says whether the decision on the round r was taken back.
const undone = `EXISTS (SELECT 1 FROM history h WHERE h.lead_id = r.lead_id AND h.action = 'undone' AND h.detail = 'round ' || r.round)`

// Decided returns the rounds that the person or key decided, the newest first.
func (s *Store) Decided(ctx context.Context, by string, limit int) ([]lead.Decided, error) {
	var docs []document
	list, err := collect(ctx, s.read, func(rows *sql.Rows) (d lead.Decided, err error) {
		var doc document
		var when sql.NullInt64
		var override, undone int
		err = rows.Scan(&d.LeadID, &d.Partner, &d.Decision, &override, &when, &d.Channel, &d.TS, &undone, &doc.text)
		d.At, d.Override, d.Undone, doc.id = at(when), override == 1, undone == 1, d.LeadID
		docs = append(docs, doc)
		return d, err
	}, `SELECT l.id, l.partner, r.decision, r.is_override, r.decided_at, r.channel, r.ts,
			CASE WHEN `+undone+` THEN 1 ELSE 0 END, l.doc
		FROM reviews r JOIN leads l ON l.id = r.lead_id
		WHERE r.decided_by = $1 AND r.decision <> '' ORDER BY r.decided_at DESC, r.id LIMIT $2`, by, limit)
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	leads, err := decodeAll(docs)
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	for i := range leads {
		list[i].Name = leads[i].Name()
	}
	return list, nil
}

// OfDomain returns the leads of a company, the newest first.
func (s *Store) OfDomain(ctx context.Context, domain string, limit int) ([]lead.Dossier, error) {
	leads, err := collect(ctx, s.read, func(rows *sql.Rows) (l lead.Lead, err error) {
		var doc []byte
		if err = rows.Scan(&doc); err == nil {
			err = json.Unmarshal(doc, &l)
		}
		return l, err
	}, `SELECT doc FROM leads WHERE domain = $1 AND domain <> '' AND stage <> 'merged' ORDER BY created_at DESC, id DESC LIMIT $2`, domain, limit)
	if err != nil {
		return nil, fmt.Errorf("list leads of a company: %w", err)
	}
	var list []lead.Dossier
	for _, l := range leads {
		d, err := s.dossier(ctx, l)
		if err != nil {
			return nil, err
		}
		list = append(list, d)
	}
	return list, nil
}
