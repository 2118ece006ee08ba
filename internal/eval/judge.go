package eval

import (
	"math"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

// Judge compares outcomes with the truth, one for each company of the set in
// its order. It is pure.
func Judge(set []Company, outcomes []Outcome) Report {
	r := Report{Companies: len(set), Fields: []Field{},
		Faults: Faults{Failures: []Failure{}, Mistakes: []Mistake{}, Missed: []Miss{}, Lost: map[Step]int{}}}
	tallies := map[lead.Field]*Tally{}
	var took []time.Duration
	for i, c := range set {
		o := outcomes[i]
		r.Usage = r.Usage.Add(o.Profile.Usage)
		took = append(took, o.Took)
		if o.Err != nil {
			r.Failures = append(r.Failures, Failure{c.ID, o.Err.Error()})
		}
		for field, accepted := range c.Truth {
			if tallies[field] == nil {
				tallies[field] = &Tally{}
			}
			tallies[field].add(tally(field, accepted, o.Profile.Facts))
		}
		r.Mistakes = append(r.Mistakes, mistakes(c, o.Profile.Facts)...)
		for _, m := range missed(c, o.Profile.Facts) {
			r.Missed = append(r.Missed, m)
			r.Lost[m.Lost]++
		}
	}
	for _, field := range lead.Fields {
		if t := tallies[field]; t != nil {
			r.All.add(*t)
			t.rate()
			r.Fields = append(r.Fields, Field{field, *t})
		}
	}
	r.All.rate()
	if len(set) > 0 {
		r.CallsPerCompany = float64(r.Usage.Calls) / float64(len(set))
	}
	slices.Sort(took)
	r.P50Seconds, r.P95Seconds = percentile(took, 0.50).Seconds(), percentile(took, 0.95).Seconds()
	return r
}

// tally counts what was found of one field of one company.
func tally(field lead.Field, accepted Accepted, facts []lead.Fact) (t Tally) {
	t.Stated = len(wanted(field, accepted))
	for _, f := range facts {
		switch {
		case f.Field != field:
		case f.Status == lead.Unverified:
			t.Unverified++
		case f.Status == lead.Conflicting:
			t.Conflicting++
		case f.Status != lead.Verified: // given: nobody gave any here
		case accepted.right(field, f.Value):
			t.Right++
		case len(accepted.Values) == 0:
			t.Unsupported++
		default:
			t.Wrong++
		}
	}
	return t
}

// wanted are the values to be found, each with its alternatives: of technology
// every accepted one, else any one of them.
func wanted(field lead.Field, accepted Accepted) []Accepted {
	switch {
	case len(accepted.Values) == 0:
		return nil
	case field != lead.Technology:
		return []Accepted{accepted}
	}
	var each []Accepted
	for _, v := range accepted.Values {
		each = append(each, Accepted{Values: []string{v}})
	}
	return each
}

func mistakes(c Company, facts []lead.Fact) (out []Mistake) {
	for _, f := range facts {
		accepted, labelled := c.Truth[f.Field]
		if labelled && f.Status == lead.Verified && !accepted.right(f.Field, f.Value) {
			out = append(out, Mistake{c.ID, f.Field, f.Value, append([]string{}, accepted.Values...), quote(f)})
		}
	}
	return out
}

func missed(c Company, facts []lead.Fact) (out []Miss) {
	for _, field := range lead.Fields {
		for _, any := range wanted(field, c.Truth[field]) {
			found := func(f lead.Fact) bool {
				return f.Field == field && f.Status == lead.Verified && any.right(field, f.Value)
			}
			if slices.ContainsFunc(facts, found) {
				continue
			}
			m := Miss{ID: c.ID, Field: field, Truth: any.Values, Lost: NotClaimed, Shown: []Shown{}}
			for _, f := range facts {
				if f.Field == field && !f.Earns() {
					m.Shown = append(m.Shown, Shown{f.Value, f.Status, f.Reason, quote(f)})
				}
				if f.Field == field && any.right(field, f.Value) {
					m.Lost = lostAt(f)
				}
			}
			out = append(out, m)
		}
	}
	return out
}

// lostAt is the step at which a true fact failed.
func lostAt(f lead.Fact) Step {
	switch {
	case f.Status == lead.Conflicting:
		return AtConflict
	case f.Reason == nil:
		return NotClaimed
	}
	switch f.Reason.Code {
	case lead.NotInPage, lead.OthersWords:
		return AtStands
	case lead.NotAnchored:
		return AtAnchored
	case lead.NotChosen, lead.NotReadYet, lead.ReaderNotTrusted:
		return AtRead
	}
	return AtAgrees
}

func quote(f lead.Fact) string {
	if len(f.Evidence) == 0 {
		return ""
	}
	return f.Evidence[0].Quote
}

// percentile is the nearest-rank one of sorted durations; 0 of none.
func percentile(sorted []time.Duration, p float64) time.Duration {
	if len(sorted) == 0 {
		return 0
	}
	rank := int(math.Ceil(p * float64(len(sorted))))
	return sorted[max(rank, 1)-1]
}
