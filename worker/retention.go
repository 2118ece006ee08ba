package worker

import (
	"context"
	"errors"
	"time"
)

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
	RemoveDigests(ctx context.Context, before time.Time) (int, error)
	// RemoveExams leaves the newest ones.
	RemoveExams(ctx context.Context, now time.Time) (int, error)
}

// removeOld removes what nothing needs any more. One kind that fails does not keep the
// others.
func (f *Flow) removeOld(ctx context.Context) (err error) {
	now, keep := f.now(), f.Policy.Retention
	for _, kind := range []struct {
		name   string
		keep   time.Duration
		remove func(context.Context, time.Time) (int, error)
	}{
		{"idempotency keys", keep.Idempotency, f.Records.RemoveRequests},
		{"effects", keep.Effects, f.Records.RemoveEffects},
		{"tasks", keep.Tasks, f.Tasks.Remove},
		{"digests", keep.Digests, f.Records.RemoveDigests},
		{"exams", time.Nanosecond, f.Records.RemoveExams},
	} {
		if kind.keep <= 0 {
			continue
		}
		n, failed := kind.remove(ctx, now.Add(-kind.keep))
		if n > 0 {
			f.Log.Info("removed what nothing needs any more", "what", kind.name, "removed", n)
		}
		err = errors.Join(err, failed)
	}
	return err
}
