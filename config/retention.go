package config

import (
	"leadtriage/config/strict"
	"time"
)

// Retention is how long is kept what nothing needs any more; 0: for ever.
type Retention struct {
	Idempotency time.Duration `yaml:"idempotency" doc:"Keys of requests."`
	Effects     time.Duration `yaml:"effects" doc:"Settled cards, replies, reminders and webhooks of leads that nothing has changed for so long."`
	Tasks       time.Duration `yaml:"tasks" doc:"Tasks that the queue gave up."`
	Digests     time.Duration `yaml:"digests" doc:"That a channel got its digest of a day."`
}

// A day at least: no decision can be undone for longer.
const leastKept = 24 * time.Hour

func (r Retention) check(f *faults) {
	const most = 10 * 365 * leastKept
	keys := map[string]time.Duration{"idempotency": r.Idempotency, "effects": r.Effects, "tasks": r.Tasks, "digests": r.Digests}
	for key, d := range keys {
		if d != 0 && (d < leastKept || d > most) {
			f.at("%v is out of range; write %v to %v, or 0s for ever", []any{strict.Span(d), strict.Span(leastKept), strict.Span(most)}, "retention", key)
		}
	}
}
