package worker

import (
	"context"
	"errors"
	"fmt"
	"time"

	"leadtriage/internal/lead"
)

const (
	// choreLease is how long a chore may take before another worker begins it again.
	choreLease = 15 * time.Minute
	choreTime  = 10 * time.Minute
)

// chores are done once in a while. A worker that dies in one leaves it to the
// next: each goes on where the records say.
var chores = map[string]struct {
	every time.Duration
	do    func(*Flow, context.Context) error
}{
	"merge":   {7 * 24 * time.Hour, (*Flow).mergeDuplicates},
	"archive": {24 * time.Hour, (*Flow).archiveIdle},
	"remove":  {24 * time.Hour, (*Flow).removeOld},
}

// planChores has every chore done for the first time a period from now.
func (f *Flow) planChores(ctx context.Context) (err error) {
	for name, chore := range chores {
		err = errors.Join(err, f.Records.PlanChore(ctx, name, f.now().Add(chore.every)))
	}
	return err
}

// Chore does what is due, and says when it is due again.
func (f *Flow) Chore(ctx context.Context, name string) error {
	chore, known := chores[name]
	if !known {
		return nil // of a newer version, which will do it
	}
	began := f.now()
	if err := chore.do(f, ctx); err != nil {
		return fmt.Errorf("chore %s: %w", name, err)
	}
	return f.Records.ChoreDone(ctx, name, began.Add(chore.every))
}

// archiveIdle puts away leads that nothing has changed for Policy.ArchiveAfter.
func (f *Flow) archiveIdle(ctx context.Context) error {
	if f.Policy.ArchiveAfter <= 0 {
		return nil
	}
	since, messages := f.now().Add(-f.Policy.ArchiveAfter), f.Cards != nil
	for after := ""; ; {
		ids, err := f.Records.Idle(ctx, since, after, messages)
		if err != nil || len(ids) == 0 {
			return err
		}
		for _, id := range ids {
			_, err := f.change(ctx, id, func(c *lead.Case) error {
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
