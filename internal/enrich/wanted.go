package enrich

import (
	"slices"

	"leadtriage/internal/lead"
)

// wanted are the fields that are looked for; none named: all of them.
type wanted []lead.Field

func (w wanted) has(field lead.Field) bool { return len(w) == 0 || slices.Contains(w, field) }

// of keeps the facts of the wanted fields.
func (w wanted) of(facts []lead.Fact) []lead.Fact {
	if len(w) == 0 {
		return facts
	}
	return slices.DeleteFunc(slices.Clone(facts), func(f lead.Fact) bool { return !w.has(f.Field) })
}

// met reports whether the facts leave the model nothing to be asked for: nothing
// that earns points in a first search, nothing at all in a later one.
func (w wanted) met(facts []lead.Fact) bool {
	needed := w
	if len(w) == 0 || len(w) == len(lead.Fields) {
		needed = wanted{lead.Industry, lead.Employees, lead.HQCountry}
	}
	return !slices.ContainsFunc(needed, func(field lead.Field) bool {
		return !slices.ContainsFunc(facts, func(f lead.Fact) bool { return f.Field == field && f.Status == lead.Verified })
	})
}
