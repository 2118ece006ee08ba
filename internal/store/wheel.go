package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// Wheel is how far the pool's turns have come, and since when not zero what its people have
// open and were assigned since. Take tells whether somebody was faster.
func (s *Store) Wheel(ctx context.Context, pool string, people []string, since time.Time) (w lead.Wheel, err error) {
	place := map[string]int{}
	for i, person := range people {
		place[person] = i
	}
	w.Seats = make([]lead.Seat, len(people))
	// The newest turn first: one that is taken meanwhile is then seen by Take.
	err = s.read.QueryRowContext(ctx, `SELECT COALESCE(MAX(seq), 0) FROM assignments`).Scan(&w.Seq)
	if err == nil {
		err = s.each(ctx, func(person string, seat lead.Seat) {
			if i, ok := place[person]; ok {
				w.Seats[i] = seat
			} else if person == "" {
				w.Level = seat.Level
			}
		}, pool)
	}
	if err == nil && !since.IsZero() {
		w.Load, err = s.loads(ctx, place, since)
	}
	if err != nil {
		return w, fmt.Errorf("read the wheel of pool %s: %w", pool, err)
	}
	return w, nil
}

func (s *Store) each(ctx context.Context, f func(person string, seat lead.Seat), pool string) error {
	rows, err := s.read.QueryContext(ctx, `SELECT person, level, credit, at FROM seats WHERE pool = $1`, pool)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var person string
		var seat lead.Seat
		if err := rows.Scan(&person, &seat.Level, &seat.Credit, &seat.At); err != nil {
			return err
		}
		f(person, seat)
	}
	return rows.Err()
}

func (s *Store) loads(ctx context.Context, place map[string]int, since time.Time) ([]lead.Load, error) {
	rows, err := s.read.QueryContext(ctx, `SELECT person, at, is_open FROM assignments WHERE is_open = 1 OR at > $1`, ms(since))
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	loads := make([]lead.Load, len(place))
	for rows.Next() {
		var person string
		var at int64
		var open int
		if err := rows.Scan(&person, &at, &open); err != nil {
			return nil, err
		}
		if i, ok := place[person]; ok {
			loads[i].Open += open
			loads[i].Since = append(loads[i].Since, time.UnixMilli(at))
		}
	}
	return loads, rows.Err()
}

// Assigned is the owner of an assignment that was made before; lead.ErrNotFound: it was not.
func (s *Store) Assigned(ctx context.Context, id string) (o lead.Owner, err error) {
	var doc []byte
	err = s.read.QueryRowContext(ctx, `SELECT doc FROM assignments WHERE id = $1`, id).Scan(&doc)
	if errors.Is(err, sql.ErrNoRows) {
		return o, lead.ErrNotFound
	}
	if err == nil {
		err = json.Unmarshal(doc, &o)
	}
	if err != nil {
		return o, fmt.Errorf("read assignment %s: %w", id, err)
	}
	return o, nil
}

// Take takes a turn; ok is false when another worker took one since the wheel was read, or
// made this assignment.
func (s *Store) Take(ctx context.Context, t lead.Turn) (ok bool, err error) {
	first, err := assignment(t.LeadID, &t.Owner, time.UnixMilli(t.Seat.At), sql.NullInt64{Int64: t.Seq, Valid: true}, "ON CONFLICT DO NOTHING")
	if err != nil {
		return false, err
	}
	first.text = strings.Replace(first.text, ifFirst, "true", 1)
	seats := into("seats", "pool, person, level, credit, at", `ON CONFLICT (pool, person) DO UPDATE SET
		level = excluded.level, credit = seats.credit + excluded.credit, at = excluded.at`,
		[]any{t.Owner.Pool, t.Owner.Person, t.Seat.Level, -t.Seat.Credit, t.Seat.At}, []any{t.Owner.Pool, "", t.Level, int64(0), t.Seat.At})
	if ok, err = s.commit(ctx, first, seats); err != nil {
		return false, fmt.Errorf("take a turn for lead %s: %w", t.LeadID, err)
	}
	return ok, nil
}

func assignment(leadID string, o *lead.Owner, at time.Time, seq sql.NullInt64, conflict string) (write, error) {
	kept := *o
	kept.Reason = "" // a person's words stand on the lead alone, where an erasure finds them
	doc, err := json.Marshal(kept)
	return into("assignments", "id, lead_id, person, at, seq, is_open, doc", conflict,
		[]any{o.Turn, leadID, o.Person, ms(at), seq, 1, string(doc)}), err
}

// ownerWrites keep the assignments true to a change of the lead's owner: whose open leads it is
// among, and which turn is given back.
func ownerWrites(was, is *lead.Owner, leadID string) (writes []write, err error) {
	before, now := holder(was), holder(is)
	opened := func(turn string, open bool) write {
		return write{`UPDATE assignments SET is_open = ? WHERE id = ? AND ` + ifFirst, []any{flag(open), turn}}
	}
	switch moved := before.Turn != now.Turn; {
	case moved && now.Turn != "":
		w, err := assignment(leadID, is, is.At, sql.NullInt64{}, "ON CONFLICT (id) DO NOTHING")
		if err != nil {
			return nil, err
		}
		writes = append(writes, w)
		if before.Turn != "" && !before.Done {
			writes = append(writes, opened(before.Turn, false))
		}
	case before.Done != now.Done:
		writes = append(writes, opened(now.Turn, !now.Done))
	}
	handed := before.Turn != now.Turn && before.Turn != "" && !now.Keeps
	if before.Pool != "" && !before.Wrong && (handed || before.Turn == now.Turn && now.Wrong) {
		writes = append(writes, write{`UPDATE seats SET credit = credit + ? WHERE pool = ? AND person = ? AND ` + ifFirst,
			[]any{before.Cost, before.Pool, before.Person}})
	}
	return writes, nil
}

func holder(o *lead.Owner) lead.Owner {
	if o == nil {
		return lead.Owner{}
	}
	return *o
}
