package store

import (
	"context"
	"time"

	"leadtriage/internal/lead"
)

const hasConflicts = `EXISTS (SELECT 1 FROM leads o WHERE o.domain = leads.domain AND o.domain <> '' AND o.partner <> leads.partner AND o.stage <> 'merged')`

// settledMark is the mark of a lead while somebody is to be told of it. Of two leads that come
// at once each is marked before it looks, so that the later one sees the other.
const settledMark = `CASE WHEN ` + hasConflicts + ` THEN CAST(? AS BIGINT) END`

const leadsToTell = `
	UPDATE leads SET version = version + 1, wakes = wakes + 1, tell_at = CASE WHEN ` + hasConflicts + ` THEN CAST($1 AS BIGINT) END
	WHERE id IN (SELECT id FROM leads WHERE tell_at <= $2 ORDER BY tell_at LIMIT $4) AND tell_at + 0 <= $2
		AND (tell_at + 0 <= $3 OR ` + hasConflicts + `)
	RETURNING CASE WHEN tell_at IS NULL THEN '' ELSE id END, wakes`

// LeadsToTell claims the leads whose conflicting leads have not heard of them yet. Most
// leads have none: those it settles by the way, a little late, so that it
// never takes a mark that another transaction is just setting for one that it saw.
func (s *Store) LeadsToTell(ctx context.Context, now time.Time) ([]lead.Due, error) {
	return s.due(ctx, "leads to tell conflicting leads of", leadsToTell,
		now.Add(sweepGrace).UnixMilli(), now.UnixMilli(), now.Add(-2*time.Second).UnixMilli(), sweepBatch)
}
