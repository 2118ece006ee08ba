package score

import "leadtriage/internal/lead"

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

func pointsOf(l *lead.Line) int {
	if l == nil {
		return 0
	}
	return l.Points
}

// Compare sets two scores of one lead side by side, line by line: in the order
// of the first, then what only the second has.
func Compare(from, to lead.Score) []Step {
	steps := make([]Step, 0, len(from.Lines))
	taken := make([]bool, len(to.Lines))
	for i := range from.Lines {
		step := Step{Rule: from.Lines[i].Rule, Group: from.Lines[i].Group, From: &from.Lines[i]}
		for j := range to.Lines {
			if l := &to.Lines[j]; !taken[j] && l.Rule == step.Rule && l.Group == step.Group {
				step.To, taken[j] = l, true
				break
			}
		}
		steps = append(steps, step)
	}
	for j := range to.Lines {
		if l := &to.Lines[j]; !taken[j] {
			steps = append(steps, Step{Rule: l.Rule, Group: l.Group, To: l})
		}
	}
	for i, s := range steps {
		steps[i].Difference = pointsOf(s.To) - pointsOf(s.From)
	}
	return steps
}
