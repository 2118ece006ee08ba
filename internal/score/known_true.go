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

func knownTrue(n ast.Node) ast.Node {
	switch x := n.(type) {
	case *ast.UnaryNode:
		if denies(x) {
			return knownFalse(x.Node)
		}
	case *ast.BinaryNode:
		if joins(x) {
			return both(x.Operator, knownTrue(x.Left), knownTrue(x.Right))
		}
	case *ast.CallNode:
		return hidden("known " + asked(x))
	}
	return guarded(n, n)
}

func knownFalse(n ast.Node) ast.Node {
	switch x := n.(type) {
	case *ast.UnaryNode:
		if denies(x) {
			return knownTrue(x.Node)
		}
	case *ast.BinaryNode:
		if joins(x) {
			operator := "and"
			if x.Operator == "and" || x.Operator == "&&" {
				operator = "or"
			}
			return both(operator, knownFalse(x.Left), knownFalse(x.Right))
		}
	case *ast.CallNode:
		// While facts are being looked for, nobody can say that one is missing.
		return both("and", hidden("facts settled"), deny(hidden("known "+asked(x))))
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
			add("known " + id.Value)
		case id.Value == "score" || id.Value == "status":
			add("facts settled")
		}
	}
}

func asked(n *ast.CallNode) string { return n.Arguments[0].(*ast.IdentifierNode).Value }

func hidden(name string) ast.Node { return &ast.IdentifierNode{Value: name} }

func deny(n ast.Node) ast.Node { return &ast.UnaryNode{Operator: "not", Node: n} }

func both(operator string, a, b ast.Node) ast.Node {
	return &ast.BinaryNode{Operator: operator, Left: a, Right: b}
}
