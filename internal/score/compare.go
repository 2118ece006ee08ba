package score

import (
	"leadtriage/internal/lead"
	"slices"
)

// Step is one line of a score beside the same line of another model's score. A
// line that only one of them has is nil in the other. Difference is how many
// points the line gains from one model to the other.
type Step struct {
	Rule       string     `json:"rule"`
	Group      string     `json:"group"`
	Difference int        `json:"difference"`
	From       *lead.Line `json:"from"`
	To         *lead.Line `json:"to"`
}

// Compare sets two scores of one lead side by side, line by line: in the order
// of the first, then what only the second has.
func Compare(from, to lead.Score) []Step {
	steps := make([]Step, 0, len(from.Lines))
	for i := range from.Lines {
		l := &from.Lines[i]
		steps = append(steps, Step{Rule: l.Rule, Group: l.Group, From: l, Difference: -l.Points})
	}
	for i := range to.Lines {
		l := &to.Lines[i]
		at := slices.IndexFunc(steps, func(s Step) bool { return s.To == nil && s.Rule == l.Rule && s.Group == l.Group })
		if at < 0 {
			at = len(steps)
			steps = append(steps, Step{Rule: l.Rule, Group: l.Group})
		}
		steps[at].To = l
		steps[at].Difference += l.Points
	}
	return steps
}
