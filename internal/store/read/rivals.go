package read

import (
	"context"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

// mostRivals bounds what one dossier reads and one card could show.
const mostRivals = 50

// rivals are the leads of others by the company and the partner that meet them.
type rivals map[[2]string][]lead.Rival

func (r rivals) of(l *lead.Lead) []lead.Rival {
	own := slices.Clone(r[[2]string{l.Company.Domain, l.Partner.ID}])
	own = own[:min(len(own), mostRivals)]
	lead.RankRivals(l, own)
	return own
}

// Rivals returns the leads of the same company that other partners sent, in the
// order in which they came. A lead that names no company has none.
func (r *Reads) Rivals(ctx context.Context, l *lead.Lead) ([]lead.Rival, error) {
	if l.Company.Domain == "" {
		return nil, nil
	}
	found, err := r.rivals(ctx, []string{l.ID})
	if err != nil {
		return nil, fmt.Errorf("rivals of lead %s: %w", l.ID, err)
	}
	return found.of(l), nil
}

// rivals reads those of all the leads. last bounds a company that many leads name.
func (r *Reads) rivals(ctx context.Context, leadIDs []string) (rivals, error) {
	of, args := oneOf("id", leadIDs, nil)
	rows, err := Collect(ctx, r.db, scanRival, `
		WITH page AS MATERIALIZED (
			SELECT domain, partner, COALESCE((SELECT o.created_at FROM leads o
				WHERE o.domain = own.domain AND o.domain <> '' AND o.partner <> own.partner AND o.stage <> 'merged'
				ORDER BY o.created_at LIMIT 1 OFFSET `+fmt.Sprint(mostRivals-1)+`), 9000000000000000000) AS last
			FROM (SELECT DISTINCT domain, partner FROM leads WHERE `+of+` AND domain <> '') own)
		SELECT p.domain, p.partner, l.id, l.partner, l.stage, l.created_at, l.doc, COALESCE(r.decision, ''), r.decided_at
		FROM page p JOIN leads l ON l.domain = p.domain AND l.domain <> '' AND l.partner <> p.partner AND l.stage <> 'merged' AND l.created_at <= p.last
			LEFT JOIN reviews r ON r.lead_id = l.id AND r.round = (SELECT max(round) FROM reviews WHERE lead_id = l.id)
		ORDER BY l.created_at, l.id`, args...)
	if err != nil {
		return nil, err
	}
	spread(len(rows), func(i int) { rows[i].decode() })
	found := rivals{}
	for _, r := range rows {
		found[r.by] = append(found[r.by], r.Rival)
	}
	return found, nil
}

// rivalRow is a rival of the leads of a company and a partner, and its document.
type rivalRow struct {
	by [2]string
	lead.Rival
	doc []byte
}

func scanRival(rows *sql.Rows) (r rivalRow, err error) {
	var created, decided sql.NullInt64
	err = rows.Scan(&r.by[0], &r.by[1], &r.LeadID, &r.Partner, &r.Stage, &created, &r.doc, &r.Decision, &decided)
	r.ArrivedAt = At(created)
	if decided.Valid {
		when := At(decided)
		r.DecidedAt = &when
	}
	return r, err
}

// decode reads when the lead was referred; of one that cannot be read it is the day
// on which it came.
func (r *rivalRow) decode() {
	var said struct {
		ReferredOn lead.Date `json:"referred_on"`
	}
	if json.Unmarshal(r.doc, &said) != nil {
		said.ReferredOn = lead.Date(r.ArrivedAt.Format(time.DateOnly))
	}
	r.ReferredOn = said.ReferredOn
}
