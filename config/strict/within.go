package strict

import (
	"unicode"

	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/token"
)

// FaultAt is a fault inside a text: offset counts its letters from 0. Where the
// text is folded or set apart as a block, the place is that of the letter in the
// file. Behind an escape in a quoted text the column is the nearest one known.
func (n Node) FaultAt(offset int, format string, args ...any) Fault {
	f := n.Fault(format, args...)
	text, ok := n.scalar()
	tk, blank := n.written()
	if !ok || tk == nil {
		return f
	}
	before := 0 // letters other than space ahead of the place
	for i, r := range []rune(text) {
		if i == offset {
			break
		}
		if !unicode.IsSpace(r) {
			before++
		}
	}
	line, column := f.Line, f.Column
	if blank { // a block begins on the line below its mark
		line, column = line+1, 1
	}
	quoted, begun := tk.Type == token.DoubleQuoteType || tk.Type == token.SingleQuoteType, blank
	for _, r := range tk.Origin {
		switch {
		case !unicode.IsSpace(r) && quoted:
			quoted, begun = false, true
		case !unicode.IsSpace(r) && before == 0:
			f.Line, f.Column = line, column
			return f
		case !unicode.IsSpace(r):
			before, begun = before-1, true
			f.Line, f.Column = line, column+1
		}
		switch {
		case r == '\n' && begun:
			line, column = line+1, 1
		case begun:
			column++
		}
	}
	return f // just behind the last letter
}

// written is the token whose origin holds the letters of a scalar, and whether
// that origin begins on the line below.
func (n Node) written() (tk *token.Token, block bool) {
	if l, ok := n.node.(*ast.LiteralNode); ok {
		return l.Value.GetToken(), true
	}
	if n.node == nil {
		return nil, false
	}
	return n.node.GetToken(), false
}
