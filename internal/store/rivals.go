package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"time"

	"leadtriage/internal/lead"
)

// mostRivals bounds what one dossier reads and one card could show.
const mostRivals = 50

// Rivals returns the leads of the same company that other partners sent, in the
// order in which they came. A lead that names no company has none.
func (s *Store) Rivals(ctx context.Context, l *lead.Lead) ([]lead.Rival, error) {
	if l.Company.Domain == "" {
		return nil, nil
	}
	rivals, err := collect(ctx, s.read, scanRival, `
		SELECT l.id, l.partner, l.stage, l.created_at, l.doc, COALESCE(r.decision, ''), r.decided_at
		FROM leads l LEFT JOIN reviews r ON r.lead_id = l.id AND r.round = (SELECT max(round) FROM reviews WHERE lead_id = l.id)
		WHERE l.domain = $1 AND l.domain <> '' AND l.partner <> $2 AND l.stage <> 'merged' AND l.id <> $3
		ORDER BY l.created_at, l.id LIMIT $4`, l.Company.Domain, l.Partner.ID, l.ID, mostRivals)
	if err != nil {
		return nil, fmt.Errorf("rivals of lead %s: %w", l.ID, err)
	}
	lead.RankRivals(l, rivals)
	return rivals, nil
}

func scanRival(rows *sql.Rows) (r lead.Rival, err error) {
	var created, decided sql.NullInt64
	var doc []byte
	if err = rows.Scan(&r.LeadID, &r.Partner, &r.Stage, &created, &doc, &r.Decision, &decided); err != nil {
		return r, err
	}
	var said struct {
		ReferredOn lead.Date `json:"referred_on"`
	}
	if err = json.Unmarshal(doc, &said); err != nil {
		return r, fmt.Errorf("decode lead %s: %w", r.LeadID, err)
	}
	r.ReferredOn, r.ArrivedAt = said.ReferredOn, at(created)
	if decided.Valid {
		when := at(decided)
		r.DecidedAt = &when
	}
	return r, nil
}

const hasRivals = `EXISTS (SELECT 1 FROM leads o WHERE o.domain = leads.domain AND o.domain <> '' AND o.partner <> leads.partner AND o.stage <> 'merged')`

// TellingLeads claims the leads whose rivals have not heard of them yet. Most
// leads have none: those it settles in one statement, a little late, so that it
// never takes a mark that another transaction is just setting for one that it saw.
func (s *Store) TellingLeads(ctx context.Context, now time.Time) ([]lead.Lagging, error) {
	err := s.inTx(ctx, func(tx *sql.Tx) error {
		_, err := tx.ExecContext(ctx, `UPDATE leads SET tell_at = NULL
			WHERE id IN (SELECT id FROM leads WHERE tell_at <= $1 ORDER BY tell_at LIMIT $2) AND tell_at <= $1 AND NOT `+hasRivals,
			now.Add(-2*time.Second).UnixMilli(), 10*sweepBatch)
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("sweep leads without rivals: %w", err)
	}
	return s.lagging(ctx, "leads to tell rivals of", `
		UPDATE leads SET wakes = wakes + 1, tell_at = $1
		WHERE id IN (SELECT id FROM leads WHERE tell_at <= $2 AND `+hasRivals+` ORDER BY tell_at LIMIT $3) AND tell_at <= $2
		RETURNING id, wakes`, now.Add(sweepGrace).UnixMilli(), now.UnixMilli(), sweepBatch)
}
