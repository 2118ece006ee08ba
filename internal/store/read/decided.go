package read

import (
	"context"
	"database/sql"
	"fmt"

	"leadtriage/internal/lead"
)

// undone says whether the decision on the round r was taken back.
const undone = `EXISTS (SELECT 1 FROM history h WHERE h.lead_id = r.lead_id AND h.action = 'undone' AND h.detail = 'round ' || r.round)`

// Decided returns the rounds that the person or key decided, the newest first.
func (r *Reads) Decided(ctx context.Context, by string, limit int) ([]lead.Decided, error) {
	list, err := Collect(ctx, r.db, func(rows *sql.Rows) (d lead.Decided, err error) {
		var doc []byte
		var when sql.NullInt64
		var override, undone int
		err = rows.Scan(&d.LeadID, &d.Partner, &d.Decision, &override, &when, &d.Channel, &d.TS, &undone, &doc)
		d.At, d.Override, d.Undone, d.Name = At(when), override == 1, undone == 1, name(d.LeadID, doc)
		return d, err
	}, `SELECT l.id, l.partner, r.decision, r.is_override, r.decided_at, r.channel, r.ts,
			CASE WHEN `+undone+` THEN 1 ELSE 0 END, l.doc
		FROM reviews r JOIN leads l ON l.id = r.lead_id
		WHERE r.decided_by = $1 AND r.decision <> '' ORDER BY r.decided_at DESC, r.id LIMIT $2`, by, limit)
	if err != nil {
		return nil, fmt.Errorf("list decisions: %w", err)
	}
	return list, nil
}
