package page

import (
	"context"
	"sync"
	"time"
)

// pace spaces the pages that are asked of one company.
type pace struct {
	delay time.Duration
	mu    sync.Mutex
	next  map[string]time.Time // when a domain may be asked again
}

func newPace(delay time.Duration) *pace {
	return &pace{delay: delay, next: map[string]time.Time{}}
}

// wait returns when domain may be asked, or with the context's error.
func (p *pace) wait(ctx context.Context, domain string) error {
	if p.delay <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(p.reserve(domain, time.Now()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pace) reserve(domain string, now time.Time) time.Duration {
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
	p.next[domain] = at.Add(p.delay)
	return at.Sub(now)
}
