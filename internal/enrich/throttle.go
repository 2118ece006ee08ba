package enrich

import (
	"context"
	"sync"
	"time"

	"leadtriage/internal/lead"
)

// longestQuiet bounds how long one throttled lead holds up all others.
const longestQuiet = 30 * time.Second

// throttle keeps all leads from an endpoint that asked one of them to slow down:
// providers count refused requests, too. It is safe for concurrent use.
type throttle struct {
	mu    sync.Mutex
	until time.Time
}

func (t *throttle) note(after time.Duration) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if until := time.Now().Add(min(after, longestQuiet)); until.After(t.until) {
		t.until = until
	}
}

// left is nil when the endpoint may be asked, else the fault that says when.
func (t *throttle) left() error {
	t.mu.Lock()
	defer t.mu.Unlock()
	if wait := time.Until(t.until); wait > 0 {
		return lead.Faultf(lead.Throttled, wait, "ask the model: %w", ErrThrottled)
	}
	return nil
}

// endsWithin waits if ctx lasts longer than that.
func endsWithin(ctx context.Context, wait time.Duration) bool {
	if deadline, ok := ctx.Deadline(); ok && time.Until(deadline) <= wait {
		return false
	}
	select {
	case <-ctx.Done():
		return false
	case <-time.After(wait):
		return true
	}
}
