package score

import (
	"slices"

	"github.com/expr-lang/expr/ast"
)

// A fact may be unknown, so a comparison has three outcomes: it holds, it fails,
// or it cannot be told. A condition counts when it is known to hold. Denying what
// cannot be told does not make it true: `not (employees >= 20)` never fires on
// a company whose size nobody knows. knownTrue and knownFalse rewrite a condition
// for that: each comparison is guarded by what it rests on, and `not` is moved
// down to the comparisons, where it is decided (Kleene's logic of three values).

func knownTrue(n ast.Node) ast.Node { return told(n, true) }

// told is what holds if the condition is known to hold, or to fail.
func told(n ast.Node, holds bool) ast.Node {
	switch x := n.(type) {
	case *ast.UnaryNode:
		if denies(x) {
			return told(x.Node, !holds)
		}
	case *ast.BinaryNode:
		if joins(x) {
			operator := x.Operator
			switch all := operator == "and" || operator == "&&"; {
			case !holds && all:
				operator = "or"
			case !holds:
				operator = "and"
			}
			return both(operator, told(x.Left, holds), told(x.Right, holds))
		}
	case *ast.CallNode:
		is := hidden(knows(x.Arguments[0].(*ast.IdentifierNode).Value))
		if holds {
			return is
		}
		// While facts are being looked for, nobody can say that one is missing.
		return both("and", hidden("facts settled"), deny(is))
	}
	if holds {
		return guarded(n, n)
	}
	return guarded(n, deny(n))
}

// guarded is what holds only if everything that the comparison rests on is known.
func guarded(comparison, outcome ast.Node) ast.Node {
	look := &guards{}
	ast.Walk(&comparison, look)
	for _, name := range slices.Backward(look.names) {
		outcome = both("and", hidden(name), outcome)
	}
	return outcome
}

// guards finds what a comparison rests on: each fact, and for the score and a
// fact's status, that facts are not still being looked for.
type guards struct{ names []string }

func (g *guards) Visit(n *ast.Node) {
	add := func(name string) {
		if !slices.Contains(g.names, name) {
			g.names = append(g.names, name)
		}
	}
	if id, ok := (*n).(*ast.IdentifierNode); ok {
		switch {
		case factOf[id.Value] != "":
			add(knows(id.Value))
		case id.Value == "score" || id.Value == "status":
			add("facts settled")
		}
	}
}

func hidden(name string) ast.Node { return &ast.IdentifierNode{Value: name} }

func deny(n ast.Node) ast.Node { return &ast.UnaryNode{Operator: "not", Node: n} }

func both(operator string, a, b ast.Node) ast.Node {
	return &ast.BinaryNode{Operator: operator, Left: a, Right: b}
}
