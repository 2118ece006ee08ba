package score

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// mostSteps bounds how many things together Change looks for.
const mostSteps = 3

// supposition is one thing that could be so of a lead, and is not yet.
type supposition struct {
	says lead.Reason // "a demo request today"
	make func(*lead.Lead)
}

// Change is what would change the lead's verdict as of now; empty for a company that has
// closed. It supposes what may still come: each event and signal of the model today, a
// stated use case and one more touched asset, and scores the lead with it. The nearest change is the one with the fewest things
// together; then the highest verdict; then the fewest points more; then the
// order of the model. For an eql it is the day on which it ceases to be one if
// nothing happens. It scores the lead some dozens of times: call it when a
// score is saved, not for every score.
func (m *Model) Change(l *lead.Lead, now time.Time) lead.Reason {
	if l.Closed != nil {
		return lead.Reason{}
	}
	now = now.UTC().Round(0)
	was := m.Score(l, now)
	if was.Verdict == lead.EQL {
		return m.lapse(l, now)
	}
	var steps []lead.Reason
	supposed, at := *l, was
	for range mostSteps {
		best, found := supposition{}, lead.Score{}
		for _, s := range m.suppositions(&supposed, now) {
			with := supposed
			s.make(&with)
			got := m.Score(&with, now)
			if nearer(&was, &got, &found) {
				best, found = s, got
			}
		}
		if best.make == nil {
			break
		}
		best.make(&supposed)
		steps, at = append(steps, best.says), found
		switch {
		case rank(at.Verdict) <= rank(was.Verdict):
		case at.Total == was.Total:
			return lead.Why("would_make", string(at.Verdict)).With(steps...)
		default:
			return lead.Why("would_bring", string(at.Verdict), strconv.Itoa(at.Total)).With(steps...)
		}
	}
	return lead.Why("no_change", string(was.Verdict))
}

// nearer reports whether got is a better next step than what was found so far.
func nearer(was, got, found *lead.Score) bool {
	if found.Model == "" {
		return rank(got.Verdict) > rank(was.Verdict) || got.Total > was.Total
	}
	if a, b := rank(got.Verdict), rank(found.Verdict); a != b {
		return a > b
	}
	if rank(got.Verdict) > rank(was.Verdict) {
		return got.Total < found.Total
	}
	return got.Total > found.Total // on the way, the longest step
}

// lapse says when an eql ceases to be one. Points only fall with time and
// signals only expire, so the days can be halved.
func (m *Model) lapse(l *lead.Lead, now time.Time) lead.Reason {
	const most = 366
	after := func(days int) lead.Score { return m.Score(l, now.AddDate(0, 0, days)) }
	low, high := 0, most // eql after low days
	if after(high).Verdict == lead.EQL {
		return lead.Why("stays_eql")
	}
	for high-low > 1 {
		if mid := (low + high) / 2; after(mid).Verdict == lead.EQL {
			low = mid
		} else {
			high = mid
		}
	}
	then := after(high)
	return lead.Why("lapses", string(then.Verdict), strconv.Itoa(high), strconv.Itoa(then.Total))
}

var ranks = []lead.Verdict{lead.VerdictDisqualify, lead.Nurture, lead.MQL, lead.SQL, lead.EQL}

func rank(v lead.Verdict) int { return slices.Index(ranks, v) }

// suppositions lists what could be so, in the order of the model.
func (m *Model) suppositions(l *lead.Lead, now time.Time) []supposition {
	var out []supposition
	for _, e := range m.Intent.Events {
		out = append(out, supposition{lead.Why("happens_today", e.Type), func(l *lead.Lead) {
			l.Events = append(slices.Clip(l.Events), lead.Event{Type: e.Type, At: now})
		}})
	}
	if wordCount(l.UseCase) < m.UseCaseWords {
		out = append(out, supposition{lead.Why("use_case_stated"), func(l *lead.Lead) { l.UseCase = strings.Repeat("word ", m.UseCaseWords) }})
	}
	if open := m.evidence(l, nil, now).open; len(lead.BANTEvents)-len(open) < m.Gates.BANT {
		open = open[:len(open)-len(lead.BANTEvents)+m.Gates.BANT] // as many as the gate lacks
		out = append(out, supposition{lead.Why("all_happen_today", lead.List(open)), func(l *lead.Lead) {
			for _, event := range open {
				l.Events = append(slices.Clip(l.Events), lead.Event{Type: event, At: now})
			}
		}})
	}
	for _, kind := range m.kinds {
		out = append(out, supposition{lead.Why("happens_today", kind), func(l *lead.Lead) {
			l.Signals = append(slices.Clip(l.Signals), lead.Signal{Type: kind, At: now})
		}})
	}
	return append(out, supposition{lead.Why("asset_touched"), func(l *lead.Lead) {
		name := fmt.Sprintf("supposed asset %d", len(l.Touchpoints))
		l.Touchpoints = append(slices.Clip(l.Touchpoints), lead.Touchpoint{Type: "page", Owner: "owned", Asset: name, At: now})
	}})
}
