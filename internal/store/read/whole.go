package read

import (
	"cmp"
	"database/sql"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// A lead is read by one query: what belongs to it stands in its row as lists in JSON, in
// no order. The
// words for that are SQLite's; Postgres has others.
var (
	SQLiteWords   = strings.NewReplacer()
	PostgresWords = strings.NewReplacer("json_group_array(", "json_agg(", "json_array(", "json_build_array(")
)

const (
	// ReviewsOfLead are the review rounds of a lead l, for Reviews.
	ReviewsOfLead = `(SELECT json_group_array(json_array(id, lead_id, round, opened_at, channel, ts, decision, is_override,
		decided_by, reason, note,
		decided_at, lost, thread_ts, undone_by, undone_at, undone_why, proposed)) FROM reviews WHERE lead_id = l.id)`
	// EffectRow is an effect e as JSON.
	EffectRow = `json_array(e.id, e.lead_id, e.kind, e.lane, e.seq, e.target, e.round, e.event, e.due_at, e.state, e.attempts,
		e.revision, e.last_error,
		e.lease_until, e.posts, e.since, e.created_at, e.updated_at)`
	effectsOfLead = `(SELECT json_group_array(` + EffectRow + `) FROM effects e WHERE e.lead_id = l.id)`
	// LiveEffects are those effects of a lead l that a change of it may concern, for Effects: not
	// what was told a far side before the last thing that it was told.
	LiveEffects = `(SELECT json_group_array(` + EffectRow + `) FROM effects e WHERE e.lead_id = l.id
		AND (e.lane IN ('slack', '') OR e.state NOT IN ('delivered', 'cancelled')
			OR e.seq >= (SELECT max(o.seq) FROM effects o WHERE o.lead_id = l.id AND o.lane = e.lane AND o.state = 'delivered')))`
	// mostHistory bounds the lines of a dossier's history: the first, and the newest.
	mostHistory   = `500`
	historyOfLead = `(SELECT json_group_array(json_array(seq, at, actor, action, detail)) FROM history
		WHERE lead_id = l.id AND (seq = 0 OR seq >= l.entries - ` + mostHistory + `))`
	// OutcomesOfLead are what became of a lead l, for Outcomes.
	OutcomesOfLead = `(SELECT json_group_array(json_array(id, type, at, sender, amount, amount_digits, amount_currency,
		arr, arr_digits, arr_currency, reason, deal_id)) FROM outcomes WHERE lead_id = l.id)`
	// met: others sent leads of the same company.
	met = `l.stage <> 'merged' AND EXISTS (SELECT 1 FROM leads o WHERE o.domain = l.domain AND o.domain <> ''
		AND o.partner <> l.partner AND o.stage <> 'merged')`
)

// wholeColumns of leads l are what scanWhole scans.
const wholeColumns = rowColumns + `, ` + met + `, ` + ReviewsOfLead + `, ` + effectsOfLead + `, ` + historyOfLead + `, ` + OutcomesOfLead

// whole is a lead's row with all that belongs to it.
type whole struct {
	row
	met bool

	reviews, effects, history, outcomes []byte
}

func scanWhole(rows *sql.Rows) (w whole, err error) {
	var created sql.NullInt64
	err = rows.Scan(&w.ID, &w.Stage, &w.Partner.ID, &w.Company.Domain, &created, &w.doc, &w.met, &w.reviews, &w.effects, &w.history, &w.outcomes)
	w.CreatedAt = At(created)
	return w, err
}

// complete decodes what belongs to the lead.
func (w *whole) complete(d *lead.Dossier) (err error) {
	if d.Reviews, err = Reviews(w.reviews); err != nil {
		return err
	}
	if d.Effects, err = Effects(w.effects); err != nil {
		return err
	}
	if d.Outcomes, err = Outcomes(w.outcomes); err != nil {
		return err
	}
	type line struct {
		seq    int
		detail string
		lead.Entry
	}
	lines, err := decodeList(w.history, func(l *line) []any { return []any{&l.seq, (*moment)(&l.At), &l.Actor, &l.Action, &l.detail} },
		func(a, b line) int { return a.seq - b.seq })
	for _, l := range lines {
		l.Detail.Reason = said(l.detail)
		d.History = append(d.History, l.Entry)
	}
	return err
}

// Reviews decodes ReviewsOfLead.
func Reviews(list []byte) ([]lead.Review, error) {
	return decodeList(list, func(r *lead.Review) []any {
		return []any{&r.ID, &r.LeadID, &r.Round, (*moment)(&r.OpenedAt), &r.Channel, &r.TS, &r.Decision, (*truth)(&r.Override), &r.By,
			&r.Reason, &r.Note,
			(*moment)(&r.DecidedAt), &r.Deleted, &r.ThreadTS, &r.UndoneBy, (*moment)(&r.UndoneAt), &r.UndoneWhy, &r.Proposed}
	}, func(a, b lead.Review) int { return a.Round - b.Round })
}

// Effects decodes LiveEffects.
func Effects(list []byte) ([]lead.Effect, error) {
	all, err := decodeList(list, func(e *lead.Effect) []any {
		return []any{&e.ID, &e.LeadID, &e.Kind, &e.Lane, &e.Seq, &e.Target, &e.Round, &e.Event, (*moment)(&e.DueAt), &e.State,
			&e.Attempts, &e.Revision, &e.LastError,
			(*moment)(&e.LeaseUntil), (*truth)(&e.Posts), (*moment)(&e.Since), (*moment)(&e.CreatedAt), (*moment)(&e.UpdatedAt)}
	}, func(a, b lead.Effect) int {
		return cmp.Or(a.CreatedAt.Compare(b.CreatedAt), cmp.Compare(a.Seq, b.Seq), cmp.Compare(a.ID, b.ID))
	})
	for i := range all {
		e := &all[i]
		if e.Lane == "" { // recorded during an update by a worker that knows no lanes
			e.Lane, e.Since, e.Seq = lead.SlackLane, e.CreatedAt, e.CreatedAt.UnixMilli()
			if e.Kind == lead.WebhookEffect {
				e.Lane = lead.WebhookLane
			}
		}
		if e.LeaseUntil.UnixMilli() == 0 {
			e.LeaseUntil = time.Time{}
		}
	}
	return all, err
}

// Outcomes decodes OutcomesOfLead.
func Outcomes(list []byte) ([]lead.Outcome, error) {
	return decodeList(list, func(o *lead.Outcome) []any {
		return []any{&o.ID, &o.Type, (*moment)(&o.At), &o.From, &o.Amount.Minor, &o.Amount.Digits, &o.Amount.Currency,
			&o.ARR.Minor, &o.ARR.Digits, &o.ARR.Currency, &o.Reason, &o.DealID}
	}, lead.CompareOutcomes)
}

// decodeList decodes rows that stand as lists in JSON, and sorts them; into says where the
// values of one go.
func decodeList[T any](list []byte, into func(*T) []any, order func(a, b T) int) ([]T, error) {
	if len(list) <= len("[]") {
		return nil, nil // Postgres has no list of no rows
	}
	var rows []json.RawMessage
	if err := json.Unmarshal(list, &rows); err != nil {
		return nil, fmt.Errorf("decode what belongs to a lead: %w", err)
	}
	all := make([]T, len(rows))
	for i, text := range rows {
		values := into(&all[i])
		if err := json.Unmarshal(text, &values); err != nil {
			return nil, fmt.Errorf("decode what belongs to a lead: %w", err)
		}
	}
	slices.SortFunc(all, order)
	return all, nil
}

// moment is a time as it is stored; null leaves it zero.
type moment time.Time

func (m *moment) UnmarshalJSON(text []byte) error {
	at, err := strconv.ParseInt(string(text), 10, 64)
	*m = moment(time.UnixMilli(at).UTC())
	return err
}

// truth is a truth as it is stored.
type truth bool

func (t *truth) UnmarshalJSON(text []byte) error {
	*t = string(text) == "1"
	return nil
}

// said is what a line of history adds to its act; of an older version it is the text.
func said(detail string) (r lead.Reason) {
	if json.Unmarshal([]byte(detail), &r) != nil {
		return lead.Reason{Text: detail, Args: []string{detail}}
	}
	return r
}
