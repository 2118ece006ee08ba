package score

import (
	"time"

	"leadtriage/internal/lead"
)

// The groups of a score's lines.
const (
	icpGroup    = "icp"
	intentGroup = "intent"
)

// Score gives the lead its points, flags and proposed verdict as of now. It
// reads the facts in l.Facts alone (what the automation sent counts once it
// stands there as a given fact) and changes nothing of l. Total, ICP and Intent
// are always the sums of their lines: one line per ICP rule, also with 0 points,
// then one per intent event type on record, both in the order of the model.
func (m *Model) Score(l *lead.Lead, now time.Time) lead.Score {
	now = now.UTC().Round(0)
	s := lead.Score{Model: m.String(), Hash: m.hash, At: now}
	var env environment
	if m.conditional {
		env = m.newEnvironment(l)
	}
	types := byType(l)
	fit, moves := m.icpLines(l, env), m.intentLines(types, l.Source, now)
	s.ICP, s.Intent = sum(fit), sum(moves)
	s.Total = s.ICP + s.Intent
	s.Lines = append(fit, moves...)

	e := m.evidence(l, types, now)
	s.Flags = m.raise(e)
	if m.acts {
		behave(env, l, e, &s, now)
	}
	m.propose(&s, l, e, env)
	s.Ask = m.asks(&s, l, e)
	return s
}

func sum(lines []lead.Line) int {
	total := 0
	for _, line := range lines {
		total += line.Points
	}
	return total
}
