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
	found := rivals{}
	of, args := oneOf("id", leadIDs, nil)
	_, err := Collect(ctx, r.db, func(rows *sql.Rows) (none struct{}, err error) {
		var by [2]string
		one, err := scanRival(rows, &by[0], &by[1])
		found[by] = append(found[by], one)
		return none, err
	}, `
		WITH page AS MATERIALIZED (
			SELECT domain, partner, COALESCE((SELECT o.created_at FROM leads o
				WHERE o.domain = own.domain AND o.domain <> '' AND o.partner <> own.partner AND o.stage <> 'merged'
				ORDER BY o.created_at LIMIT 1 OFFSET `+fmt.Sprint(mostRivals-1)+`), 9000000000000000000) AS last
			FROM (SELECT DISTINCT domain, partner FROM leads WHERE `+of+` AND domain <> '') own)
		SELECT p.domain, p.partner, l.id, l.partner, l.stage, l.created_at, l.doc, COALESCE(r.decision, ''), r.decided_at
		FROM page p JOIN leads l ON l.domain = p.domain AND l.domain <> '' AND l.partner <> p.partner AND l.stage <> 'merged' AND l.created_at <= p.last
			LEFT JOIN reviews r ON r.lead_id = l.id AND r.round = (SELECT max(round) FROM reviews WHERE lead_id = l.id)
		ORDER BY l.created_at, l.id`, args...)
	return found, err
}

func scanRival(rows *sql.Rows, domain, partner *string) (r lead.Rival, err error) {
	var created, decided sql.NullInt64
	var doc []byte
	if err = rows.Scan(domain, partner, &r.LeadID, &r.Partner, &r.Stage, &created, &doc, &r.Decision, &decided); err != nil {
		return r, err
	}
	r.ArrivedAt = At(created)
	var said struct {
		ReferredOn lead.Date `json:"referred_on"`
	}
	if json.Unmarshal(doc, &said) != nil { // unreadable: it came when it came
		said.ReferredOn = lead.Date(r.ArrivedAt.Format(time.DateOnly))
	}
	r.ReferredOn = said.ReferredOn
	if decided.Valid {
		when := At(decided)
		r.DecidedAt = &when
	}
	return r, nil
}
