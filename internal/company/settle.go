package company

import (
	"cmp"
	"slices"

	"leadtriage/internal/lead"
)

// Settle makes one list of facts out of what was given with a lead and what was
// found about its company, both in normal form:
//
//   - Given or found alone: as it is. Found twice and agreeing: one fact with
//     the evidence of both.
//   - Given and found Verified, agreeing: one Verified fact with the found
//     value and evidence and the higher confidence. Where the given value is
//     another one ("250" and "201-500"), it stands in an evidence of its own.
//   - Given or Verified values that disagree: one Conflicting fact with the
//     found value; every evidence says in Value what it states. What was found
//     Conflicting stays so.
//   - Unverified: a fact of its own behind the others, unless they have its
//     value already. It never lends its evidence to a fact that earns.
//   - technology: one fact per name. description, business_model, use_case: one
//     fact per wording, since two wordings do not contradict each other.
//
// An evidence without URL is no page: its Quote says who gave the value, in words
// such as "as sent".
//
// Settle is pure. The order of its inputs does not matter, except that found
// facts are taken as they are labelled and given ones as Given; and it is
// idempotent: settling the result again, with the given facts or without,
// changes nothing. Findings that were settled alone before make the same facts.
// The result is ordered as lead.Fields, within a field what
// is Unverified last, then by value.
func Settle(given, found []lead.Fact) []lead.Fact {
	var pool []lead.Fact
	for _, f := range given {
		f.Status = lead.Given
		pool = append(pool, tidy(f))
	}
	for _, f := range found {
		pool = append(pool, tidy(f))
	}
	slices.SortFunc(pool, better)

	var settled []lead.Fact
	for len(pool) > 0 {
		first := pool[0]
		together := func(f lead.Fact) bool {
			return f.Field == first.Field && (!many(f.Field) || Same(f.Field, f.Value, first.Value))
		}
		settled = append(settled, settle(keep(pool, together))...)
		pool = keep(pool, func(f lead.Fact) bool { return !together(f) })
	}
	slices.SortStableFunc(settled, inOrder)
	return settled
}

// many reports whether a company may have several facts of the field.
func many(f lead.Field) bool {
	return slices.Contains([]lead.Field{lead.Technology, lead.BusinessModel, lead.UseCase, lead.Description}, f)
}

// settle merges the facts of one field, or of one value of a field that has
// many, best first.
func settle(facts []lead.Fact) []lead.Fact {
	var out []lead.Fact
	if based := keep(facts, func(f lead.Fact) bool { return f.Status != lead.Unverified }); len(based) > 0 {
		out = append(out, merge(based))
	}
	for _, f := range keep(facts, func(f lead.Fact) bool { return f.Status == lead.Unverified }) {
		i := slices.IndexFunc(out, func(o lead.Fact) bool {
			return slices.ContainsFunc(values(o), func(v string) bool { return Same(f.Field, v, f.Value) })
		})
		switch {
		case i < 0:
			out = append(out, f)
		case out[i].Status == lead.Unverified:
			out[i].Evidence = union(out[i].Evidence, f.Evidence)
		}
	}
	return out
}

// merge makes one fact of Conflicting, Verified and Given ones, which come in this order.
func merge(facts []lead.Fact) lead.Fact {
	out := facts[0]
	out.Evidence = nil
	if conflict(facts) {
		out.Status = lead.Conflicting
	}
	for _, f := range facts {
		if out.Status != lead.Conflicting {
			out.Confidence = max(out.Confidence, f.Confidence)
		}
		evidence := f.Evidence
		if out.Status == lead.Conflicting || !Same(f.Field, f.Value, out.Value) {
			evidence = stating(f)
		}
		out.Evidence = union(out.Evidence, evidence)
	}
	return out
}

// conflict reports whether any two values that the facts state disagree.
func conflict(facts []lead.Fact) bool {
	var stated []string
	for _, f := range facts {
		for _, v := range values(f) {
			for _, w := range stated {
				if !Agree(f.Field, v, w) {
					return true
				}
			}
			stated = append(stated, v)
		}
	}
	return false
}

// stating is the fact's evidence with the values stated. Where none of it states
// the fact's own, one without a page says who did.
func stating(f lead.Fact) []lead.Evidence {
	evidence := slices.Clone(f.Evidence)
	for i := range evidence {
		evidence[i].Value = cmp.Or(evidence[i].Value, f.Value)
	}
	if slices.ContainsFunc(evidence, func(e lead.Evidence) bool { return e.Value == f.Value }) {
		return evidence
	}
	return append(evidence, lead.Evidence{Quote: author(f), Value: f.Value})
}

// AsSent is the quote of a value that came with the lead and disagrees with another.
const AsSent = "as sent"

// author stands as the quote of a value that no page states.
func author(f lead.Fact) string {
	switch {
	case f.Status == lead.Given && (f.By == "" || f.By == lead.BySender):
		return AsSent
	case f.Status == lead.Given:
		return "given by " + f.By
	case f.By == "":
		return "found without a page"
	}
	return "found by " + f.By
}

// values are what a fact states: its own value, and those of its evidence.
func values(f lead.Fact) []string {
	all := []string{f.Value}
	for _, e := range f.Evidence {
		if e.Value != "" && !slices.Contains(all, e.Value) {
			all = append(all, e.Value)
		}
	}
	return all
}

func union(to, more []lead.Evidence) []lead.Evidence {
	for _, e := range more {
		if !slices.Contains(to, e) {
			to = append(to, e)
		}
	}
	return to
}

// tidy is a copy that shares no memory, with a known status.
func tidy(f lead.Fact) lead.Fact {
	f.Evidence = union(nil, f.Evidence)
	if !slices.Contains(sound, f.Status) {
		f.Status = lead.Unverified
	}
	if f.Field == lead.Technology {
		f.Value = Technology(f.Value)
	}
	return f
}

func keep(facts []lead.Fact, want func(lead.Fact) bool) []lead.Fact {
	var kept []lead.Fact
	for _, f := range facts {
		if want(f) {
			kept = append(kept, f)
		}
	}
	return kept
}
