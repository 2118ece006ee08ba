package lead

import (
	"cmp"
	"slices"
	"time"
)

// Profile is what was found about a company, shared by all its leads. What an
// automation sent never enters it.
type Profile struct {
	Domain  string    `json:"domain"`
	Facts   []Fact    `json:"facts"`
	Summary string    `json:"summary,omitempty"`
	FoundAt time.Time `json:"found_at"` // when the newest search began
	// Closed is where the company says that it is no more; nil: it does not.
	Closed *Evidence `json:"closed,omitempty"`
	// Earlier is when a field was last looked for, found or not, where that was
	// not at FoundAt.
	Earlier map[Field]time.Time `json:"earlier,omitempty"`
	Usage   Usage               `json:"usage"` // what the newest search cost
	// Unasked: no model is configured, so only what pages state without one was
	// found. Not to be kept for further leads.
	Unasked bool `json:"unasked,omitempty"`
}

// Lease answers who wants to look for facts about a company.
type Lease struct {
	Mine   bool // nobody else may until it ends
	Afresh bool // an operator wants pages and model asked again since the last search
	Waste       // the searches since the last one that got through
}

// Waste is what came of searches for which the model was paid in vain.
type Waste struct {
	Times  int       // one after the other
	Again  time.Time // the company is not asked about before; zero: at any time
	Stated []Fact    // what the last of them found all the same
}

// AskedAt is when the field was last looked for; zero: never.
func (p *Profile) AskedAt(field Field) time.Time {
	if at, ok := p.Earlier[field]; ok {
		return at
	}
	return p.FoundAt
}

// Renewed is p after another search for some of its fields: they are the
// search's, what it did not find again is gone, and the others are kept.
func (p Profile) Renewed(search Profile, fields []Field) Profile {
	kept := p.Without(fields)
	search.Facts = slices.Concat(kept.Facts, search.Facts)
	search.Summary = cmp.Or(search.Summary, p.Summary)
	search.Earlier = nil
	for _, field := range Fields {
		if slices.Contains(fields, field) || p.FoundAt.IsZero() {
			continue
		}
		if search.Earlier == nil {
			search.Earlier = map[Field]time.Time{}
		}
		search.Earlier[field] = p.AskedAt(field)
	}
	return search
}

// Without is p without the facts of the fields.
func (p Profile) Without(fields []Field) Profile {
	p.Facts = slices.DeleteFunc(slices.Clone(p.Facts), func(f Fact) bool { return slices.Contains(fields, f.Field) })
	return p
}
