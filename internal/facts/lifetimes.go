package facts

import (
	"time"

	"leadtriage/internal/lead"
)

// Lifetimes say for how long what was found about a company is used, by field:
// founding years stay, technologies change.
type Lifetimes struct {
	Default time.Duration // of a field that is not named
	Fields  map[lead.Field]time.Duration
}

// stale lists the fields that are to be looked for again: all of them where
// nothing was found yet.
func (t Lifetimes) stale(p *lead.Profile, now time.Time) (fields []lead.Field) {
	for _, field := range lead.Fields {
		life, ok := t.Fields[field]
		if !ok {
			life = t.Default
		}
		if now.Sub(p.AskedAt(field)) >= life {
			fields = append(fields, field)
		}
	}
	return fields
}
