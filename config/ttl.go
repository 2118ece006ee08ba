package config

import (
	"maps"
	"slices"
	"time"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// TTL is how long facts about a company are used, by field. In the file it is
// one duration for all of them, or durations by field and a `default`.
type TTL map[lead.Field]time.Duration

const anyField lead.Field = "default"

// Default is of the fields that are not named.
func (t TTL) Default() time.Duration { return t[anyField] }

// Fields are those that are named.
func (t TTL) Fields() map[lead.Field]time.Duration {
	named := maps.Clone(t)
	delete(named, anyField)
	return named
}

// DecodeNode implements strict.Decoder. A map without a default keeps the
// built-in one.
func (t *TTL) DecodeNode(n strict.Node) strict.Faults {
	if _, faults := n.Pairs(); len(faults) > 0 {
		var all time.Duration
		faults := n.Decode(&all)
		*t = TTL{anyField: all}
		return faults
	}
	named := map[lead.Field]time.Duration{anyField: t.Default()}
	faults := n.Decode(&named)
	if _, said := named[anyField]; !said {
		named[anyField] = t.Default()
	}
	*t = named
	return faults
}

func (t TTL) check(f *faults) {
	const most = 20 * 365 * 24 * time.Hour
	for _, field := range slices.Sorted(maps.Keys(t)) {
		if field != anyField && !slices.Contains(lead.Fields, field) {
			known := list(slices.Concat([]lead.Field{anyField}, lead.Fields))
			f.at("%q is not a fact; known: %s", []any{string(field), known}, "enrichment", "company_ttl", string(field))
			continue
		}
		f.lasts(t[field], 0, most, "enrichment", "company_ttl", string(field))
	}
}
