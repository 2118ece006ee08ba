package page

import (
	"context"
	"sync"
	"time"
)

// pace spaces the pages that are asked of one company.
type pace struct {
	mu   sync.Mutex
	next map[string]time.Time // when a domain may be asked again
}

// wait returns when domain may be asked, or with the context's error. The next
// page of domain waits for delay after this one.
func (p *pace) wait(ctx context.Context, domain string, delay time.Duration) error {
	if delay <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(p.reserve(domain, delay, time.Now()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pace) reserve(domain string, delay time.Duration, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.next) > 1000 {
		for d, at := range p.next {
			if at.Before(now) {
				delete(p.next, d)
			}
		}
	}
	at := p.next[domain]
	if at.Before(now) {
		at = now
	}
	p.next[domain] = at.Add(delay)
	return at.Sub(now)
}
