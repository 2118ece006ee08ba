package store

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/store/read"
)

// Duplicates returns the leads that one partner sent of one company under
// different keys, a group at a time. Groups that are archived as a whole are
// left alone.
func (s *Store) Duplicates(ctx context.Context) ([][]string, error) {
	type row struct{ domain, partner, id string }
	rows, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (r row, err error) {
		err = rows.Scan(&r.domain, &r.partner, &r.id)
		return r, err
	}, `
		SELECT l.domain, l.partner, l.id FROM leads l JOIN (
			SELECT domain, partner FROM leads WHERE domain <> '' AND stage <> 'merged'
			GROUP BY domain, partner HAVING count(*) > 1 AND sum(CASE WHEN stage = 'archived' THEN 0 ELSE 1 END) > 0
		) g ON g.domain = l.domain AND g.partner = l.partner
		WHERE l.domain <> '' AND l.stage <> 'merged' ORDER BY l.domain, l.partner, l.created_at, l.id`)
	if err != nil {
		return nil, fmt.Errorf("find duplicates: %w", err)
	}
	var groups [][]string
	for i, r := range rows {
		if i == 0 || r.domain != rows[i-1].domain || r.partner != rows[i-1].partner {
			groups = append(groups, nil)
		}
		groups[len(groups)-1] = append(groups[len(groups)-1], r.id)
	}
	return groups, nil
}

// errMoved: the lead was merged into another between the look and the commit, or a key
// was removed. It begins again.
var errMoved = errors.New("the lead was merged meanwhile")

// unmerged guards a change that would be lost on a merged lead.
func unmerged(change func(*lead.Case) error) func(*lead.Case) error {
	return func(c *lead.Case) error {
		if c.Lead.Stage == lead.Merged {
			return errMoved
		}
		return change(c)
	}
}

// passSenders lets those that sent a merged lead see the one that took it in.
func passSenders(l *lead.Lead) write {
	return write{`INSERT INTO senders (name, lead_id, created_at)
		SELECT s.name, l.id, l.created_at FROM senders s JOIN leads l ON l.id = ? WHERE s.lead_id = ?
			AND ` + ifFirst + ` ON CONFLICT DO NOTHING`,
		[]any{l.MergedInto, l.ID}}
}

// Idle returns leads in the stages that nothing has changed since, and that wait
// for nothing, by id after the one given. Whether they wait for messages is the
// caller's to say.
func (s *Store) Idle(ctx context.Context, since time.Time, after string, messages bool) ([]string, error) {
	ids, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (id string, err error) {
		err = rows.Scan(&id)
		return id, err
	}, `
		SELECT id FROM leads WHERE stage IN ('approved', 'rejected', 'parked', 'disqualified') AND updated_at < $1 AND wake_at IS NULL AND tell_at IS NULL AND id > $2
			AND NOT EXISTS (SELECT 1 FROM effects WHERE lead_id = leads.id AND state NOT IN ('delivered', 'cancelled')
				AND ($4 = 1 OR lane <> 'slack'))
		ORDER BY id LIMIT $3`, since.UnixMilli(), after, sweepBatch, flag(messages))
	if err != nil {
		return nil, fmt.Errorf("find idle leads: %w", err)
	}
	return ids, nil
}

// KnownTo returns leads that the CRM has, by id after the one given.
func (s *Store) KnownTo(ctx context.Context, crm, after string) ([]lead.Known, error) {
	for {
		last := after
		known, err := read.Collect(ctx, s.read, func(rows *sql.Rows) (k lead.Known, err error) {
			var doc []byte
			if err := rows.Scan(&k.ID, &doc); err != nil {
				return k, err
			}
			var l lead.Lead
			if json.Unmarshal(doc, &l) == nil { // one that cannot be read is nobody's
				k.Email, k.CreatedAt, k.In = l.Contact.Email, l.CreatedAt, l.InCRM[crm]
			}
			last = k.ID
			return k, nil
		}, `SELECT id, doc FROM leads WHERE stage IN ('approved', 'archived') AND doc LIKE '%"in_crm"%' AND id > $1 ORDER BY id LIMIT $2`, after, sweepBatch)
		if err != nil {
			return nil, fmt.Errorf("find leads that are in %s: %w", crm, err)
		}
		known = slices.DeleteFunc(known, func(k lead.Known) bool { return k.In.At.IsZero() })
		if len(known) > 0 || last == after {
			return known, nil
		}
		after = last // a batch that only another CRM has
	}
}

// PlanChore says when a chore is due for the first time; one that is planned stays.
func (s *Store) PlanChore(ctx context.Context, name string, first time.Time) error {
	if _, err := s.write.ExecContext(ctx, `INSERT INTO chores (name, due_at) VALUES ($1, $2) ON CONFLICT DO NOTHING`, name, first.UnixMilli()); err != nil {
		return fmt.Errorf("plan chore %s: %w", name, err)
	}
	return nil
}

// DueChores claims what is to be done once in a while: it comes due again after
// the lease, unless ChoreDone says when.
func (s *Store) DueChores(ctx context.Context, now time.Time, lease time.Duration) (names []string, err error) {
	err = s.inTx(ctx, func(tx *sql.Tx) (err error) {
		names, err = read.Collect(ctx, tx, func(rows *sql.Rows) (name string, err error) {
			err = rows.Scan(&name)
			return name, err
		}, `UPDATE chores SET due_at = $1 WHERE due_at <= $2 RETURNING name`, now.Add(lease).UnixMilli(), now.UnixMilli())
		return err
	})
	if err != nil {
		return nil, fmt.Errorf("claim chores: %w", err)
	}
	return names, nil
}

// ChoreDone says when a chore is due again.
func (s *Store) ChoreDone(ctx context.Context, name string, next time.Time) error {
	if _, err := s.write.ExecContext(ctx, `UPDATE chores SET due_at = $1 WHERE name = $2`, next.UnixMilli(), name); err != nil {
		return fmt.Errorf("chore %s done: %w", name, err)
	}
	return nil
}
