package worker

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

// ErrNotDuplicates: two leads that cannot be one.
var ErrNotDuplicates = errors.New("not duplicates")

// errGrew: a duplicate said something new while it was being merged.
var errGrew = errors.New("the duplicate changed meanwhile")

// Merge folds one lead into another by hand. Leads of two partners are a
// conflict for people to settle, not duplicates.
func (f *Flow) Merge(ctx context.Context, into, from, by string) (lead.Receipt, error) {
	var leads [2]lead.Lead
	for i, id := range []string{into, from} {
		l, err := f.Records.Lead(ctx, id)
		if err != nil {
			return lead.Receipt{}, err
		}
		if l.Stage == lead.Merged {
			return lead.Receipt{}, fmt.Errorf("lead %s was merged into %s already: %w", id, l.MergedInto, ErrNotDuplicates)
		}
		leads[i] = l
	}
	if into == from || leads[0].Partner.ID != leads[1].Partner.ID {
		return lead.Receipt{}, fmt.Errorf("leads %s and %s are of the partners %s and %s; name two leads of one partner: %w",
			into, from, leads[0].Partner.ID, leads[1].Partner.ID, ErrNotDuplicates)
	}
	if err := f.merge(ctx, into, from, by); err != nil {
		return lead.Receipt{}, err
	}
	l, err := f.Records.Lead(ctx, into)
	return lead.Receipt{ID: into, Stage: l.Stage}, err
}

// merge folds a lead into another, each in a transaction of its own: first the
// survivor takes in what the other says, then the other ends, if it has not
// said more meanwhile.
//
// Crash window: between the two both are on record and the next merge begins
// again; absorbing twice changes nothing.
func (f *Flow) merge(ctx context.Context, into, from, by string) error {
	for range 10 {
		dossier, err := f.Records.Dossier(ctx, from)
		dup := dossier.Lead
		if err != nil || dup.Stage == lead.Merged {
			return err
		}
		_, err = f.change(ctx, into, func(c *lead.Case) error {
			if c.Lead.Stage == lead.Merged {
				return fmt.Errorf("it was merged into %s: %w", c.Lead.MergedInto, ErrNotDuplicates)
			}
			if dup.Stage.Decided() && !c.Lead.Stage.Decided() {
				return fmt.Errorf("lead %s is %s, and others know it by that: merge lead %s into it: %w", from, dup.Stage, into, ErrNotDuplicates)
			}
			if !c.Absorb(&dossier, by) {
				return nil
			}
			return f.reconsider(c)
		})
		if err != nil {
			return err
		}
		_, err = f.change(ctx, from, func(c *lead.Case) error {
			if !reflect.DeepEqual(c.Lead, dup) || !slices.Equal(c.Outcomes, dossier.Outcomes) {
				return errGrew
			}
			return c.MergeInto(into, by)
		})
		if !errors.Is(err, errGrew) {
			return err
		}
	}
	return fmt.Errorf("merge lead %s: %w; try again in a moment", from, errGrew)
}

// conflictsLease is how long telling the conflicting leads of a lead may take.
const conflictsLease = time.Minute

// TellConflicts brings the cards of the lead's conflicting leads up to date with it, those of the
// first ten; more cards say how many leads there are when they are drawn next, within
// the hour (lookEvery). So what a lead costs does not grow with its conflicting leads. Each lead
// is changed in a transaction of its own. Of two that arrive at once, the one
// that commits last finds the other here; what cards and records show of conflicting leads
// is read when they are drawn, so no copy of it can be out of date.
//
// Crash window: the mark goes last, so that telling is begun again; telling
// twice only draws a card again.
func (f *Flow) TellConflicts(ctx context.Context, id string) error {
	var lease time.Time
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		lease = time.Time{}
		if !c.TellConflictsAt.IsZero() {
			lease = c.Now.Add(conflictsLease)
			c.TellConflictsAt = lease
		}
		return nil
	})
	if errors.Is(err, lead.ErrNotFound) {
		return nil
	}
	if err != nil || lease.IsZero() {
		return err
	}
	conflicts, err := f.Records.Conflicts(ctx, &c.Lead)
	if err != nil {
		return err
	}
	for _, r := range conflicts {
		_, err := f.change(ctx, r.LeadID, func(c *lead.Case) error {
			c.NoteConflict(id)
			if c.Lead.Stage != lead.Archived {
				c.Redraw()
			}
			return nil
		})
		if err != nil {
			return err
		}
	}
	_, err = f.change(ctx, id, func(c *lead.Case) error {
		for _, r := range conflicts {
			c.NoteConflict(r.LeadID)
		}
		if c.TellConflictsAt.Equal(lease) { // else it changed again meanwhile
			c.TellConflictsAt = time.Time{}
		}
		return nil
	})
	return err
}
