package score

import (
	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// When compiles a condition over the company and the lead as sent, as ICP criteria have
// them, for whoever sorts leads. Faults are at n.
func When(n strict.Node, text string, words Vocabulary) (holds func(*lead.Lead) bool, err error) {
	c, faults := compileCondition(n, text, true, words)
	if err := faults.Err(); err != nil {
		return nil, err
	}
	return func(l *lead.Lead) bool { return c.holds((&Model{}).newEnvironment(l)) }, nil
}
