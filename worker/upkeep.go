package worker

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"leadtriage/internal/lead"
)

const (
	// choreLease is how long a chore may take before another worker begins it again.
	choreLease = 15 * time.Minute
	choreTime  = 10 * time.Minute
)

// Chores is what upkeep knows of the records; internal/store implements it.
type Chores interface {
	PlanChore(ctx context.Context, name string, first time.Time) error
	DueChores(ctx context.Context, now time.Time, lease time.Duration) ([]string, error)
	ChoreDone(ctx context.Context, name string, next time.Time) error
	// Duplicates are leads of one company and partner, a group at a time.
	Duplicates(ctx context.Context) ([][]string, error)
	// Idle are leads that may be archived, by id after the one given; messages: one
	// that waits for a message may not.
	Idle(ctx context.Context, since time.Time, after string, messages bool) ([]string, error)
	// KnownTo are leads that the CRM has, by id after the one given; none: there are no more.
	KnownTo(ctx context.Context, crm, after string) ([]lead.Known, error)
}

// Retention is how long is kept what nothing needs any more; 0: for ever.
type Retention struct {
	Idempotency time.Duration // keys of requests
	Effects     time.Duration // settled ones of idle leads; not shorter than a decision can be undone
	Tasks       time.Duration // that the queue gave up
	Digests     time.Duration
}

// Outgrown are records of which there are ever more; internal/store implements it. Each
// removal is many small transactions, and says how many rows went, also beside an error.
type Outgrown interface {
	RemoveRequests(ctx context.Context, before time.Time) (int, error)
	// RemoveEffects leaves what a lead that comes back needs.
	RemoveEffects(ctx context.Context, before time.Time) (int, error)
	// RemoveLinks removes the links to partners that ended before then.
	RemoveLinks(ctx context.Context, before time.Time) (int, error)
	RemoveDigests(ctx context.Context, before time.Time) (int, error)
	// RemoveExams leaves the newest ones.
	RemoveExams(ctx context.Context, now time.Time) (int, error)
}

// Upkeep does what is due once in a while, whatever single leads do.
type Upkeep struct {
	Flow     *Flow
	Chores   Chores
	Outgrown Outgrown
	Tasks    interface {
		Remove(ctx context.Context, before time.Time) (int, error)
	} // given up before then
	ArchiveAfter time.Duration // leads that nothing has changed for so long are put away; 0: never
	Retention    Retention
	Polls        []Poll

	heard sync.Map // the newest lead.Heard by CRM and lead
}

// chores are done once in a while. A worker that dies in one leaves it to the
// next: each goes on where the records say.
var chores = map[string]struct {
	every time.Duration
	do    func(*Upkeep, context.Context) error
}{
	"merge":   {7 * 24 * time.Hour, (*Upkeep).mergeDuplicates},
	"archive": {24 * time.Hour, (*Upkeep).archiveIdle},
	"remove":  {24 * time.Hour, (*Upkeep).removeOld},
}

// Plan has every chore done for the first time a period from now.
func (u *Upkeep) Plan(ctx context.Context) (err error) {
	for name, chore := range chores {
		err = errors.Join(err, u.Chores.PlanChore(ctx, name, u.Flow.now().Add(chore.every)))
	}
	for _, p := range u.Polls {
		err = errors.Join(err, u.Chores.PlanChore(ctx, pollChore+p.Name, u.Flow.now().Add(p.Every)))
	}
	return err
}

// Chore does what is due, and says when it is due again.
func (u *Upkeep) Chore(ctx context.Context, name string) error {
	chore, known := chores[name]
	for _, p := range u.Polls {
		if name == pollChore+p.Name {
			known, chore.every = true, p.Every
			chore.do = func(u *Upkeep, ctx context.Context) error { return u.poll(ctx, p) }
		}
	}
	if !known {
		return nil // of a newer version, which will do it
	}
	began := u.Flow.now()
	if err := chore.do(u, ctx); err != nil {
		return fmt.Errorf("chore %s: %w", name, err)
	}
	return u.Chores.ChoreDone(ctx, name, began.Add(chore.every))
}

// archiveIdle puts away leads that nothing has changed for ArchiveAfter.
func (u *Upkeep) archiveIdle(ctx context.Context) error {
	if u.ArchiveAfter <= 0 {
		return nil
	}
	since, messages := u.Flow.now().Add(-u.ArchiveAfter), u.Flow.handles(lead.CardEffect)
	for after := ""; ; {
		ids, err := u.Chores.Idle(ctx, since, after, messages)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			_, err := u.Flow.change(ctx, id, func(c *lead.Case) error {
				if c.Lead.UpdatedAt.Before(since) {
					c.Archive(lead.Itself, messages)
				}
				return nil
			})
			if err != nil {
				return err
			}
		}
		after = ids[len(ids)-1]
	}
}

// mergeDuplicates merges what slipped through the keys: leads that one partner
// sent of one company. Those whose decision is still on its way outside wait for
// the next time.
func (u *Upkeep) mergeDuplicates(ctx context.Context) error {
	groups, err := u.Chores.Duplicates(ctx)
	if err != nil {
		return err
	}
	var all error
	for _, ids := range groups {
		if ctx.Err() != nil {
			return errors.Join(all, ctx.Err())
		}
		all = errors.Join(all, u.mergeGroup(ctx, ids))
	}
	return all
}

func (u *Upkeep) mergeGroup(ctx context.Context, ids []string) error {
	var leads []lead.Lead
	var busy []bool
	for _, id := range ids {
		d, err := u.Flow.Records.Dossier(ctx, id)
		if err != nil {
			return err
		}
		leads = append(leads, d.Lead)
		busy = append(busy, slices.ContainsFunc(d.Effects, func(e lead.Effect) bool {
			return !e.Message() && (e.State == lead.Pending || e.State == lead.Sending || e.State == lead.Unsure)
		}))
	}
	into := lead.Survivor(leads)
	for i := range leads {
		if i == into || busy[i] {
			continue
		}
		if err := u.Flow.merge(ctx, leads[into].ID, leads[i].ID, lead.Itself); err != nil && !errors.Is(err, ErrNotDuplicates) {
			return err // else it was decided or merged meanwhile: the next time sees
		}
	}
	return nil
}

// removeOld removes what nothing needs any more. One kind that fails does not keep the
// others.
func (u *Upkeep) removeOld(ctx context.Context) (err error) {
	now, keep := u.Flow.now(), u.Retention
	for _, kind := range []struct {
		name   string
		keep   time.Duration
		remove func(context.Context, time.Time) (int, error)
	}{
		{"idempotency keys", keep.Idempotency, u.Outgrown.RemoveRequests},
		{"effects", keep.Effects, u.Outgrown.RemoveEffects},
		{"tasks", keep.Tasks, u.Tasks.Remove},
		{"links", time.Nanosecond, u.Outgrown.RemoveLinks},
		{"digests", keep.Digests, u.Outgrown.RemoveDigests},
		{"exams", time.Nanosecond, u.Outgrown.RemoveExams},
	} {
		if kind.keep <= 0 {
			continue
		}
		n, failed := kind.remove(ctx, now.Add(-kind.keep))
		if n > 0 {
			u.Flow.Log.Info("removed what nothing needs any more", "what", kind.name, "removed", n)
		}
		err = errors.Join(err, failed)
	}
	return err
}
