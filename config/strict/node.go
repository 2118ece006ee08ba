// Package strict reads YAML written by people. Unknown keys are refused, and
// all faults of a file are reported together, each with its line and column and
// a word on what to write instead. Anchors, aliases, merge keys and tags are
// refused: what a file says must be readable on the line that says it.
package strict

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"github.com/goccy/go-yaml"
	"github.com/goccy/go-yaml/ast"
	"github.com/goccy/go-yaml/parser"
	"github.com/goccy/go-yaml/token"
)

// maxBytes bounds a file; the parser recurses on what it nests.
const maxBytes = 1 << 20

// Node is one place in a YAML file and what stands there. The zero Node stands nowhere.
type Node struct {
	file string
	path string       // review.reject_reasons[1].id
	key  *token.Token // the key it is the value of; nil in a list and at the top
	node ast.Node
}

// Parse reads one YAML document. The file name is only used in faults. The
// error is a Faults. An empty document gives a Node that decodes to nothing.
func Parse(file string, text []byte) (n Node, err error) {
	root := Node{file: file}
	defer func() {
		if p := recover(); p != nil {
			n, err = Node{}, Faults{root.Fault("this is not YAML that can be read; look for a stray bracket or quote")}
		}
	}()
	if len(text) > maxBytes {
		return Node{}, Faults{root.Fault("the file is larger than %d bytes", maxBytes)}
	}
	text = bytes.TrimPrefix(text, []byte("\uFEFF")) // some editors begin a file with one
	parsed, err := parser.ParseBytes(text, parser.ParseComments)
	if err != nil {
		return Node{}, Faults{syntaxFault(root, err)}
	}
	for _, doc := range parsed.Docs {
		switch doc.Body.(type) {
		case nil, *ast.CommentGroupNode:
			continue
		}
		if root.node != nil {
			return Node{}, Faults{Node{file: file, node: doc.Body}.Fault("a second document starts here; keep one document per file")}
		}
		root.node = doc.Body
	}
	return root, nil
}

func syntaxFault(root Node, err error) Fault {
	var at yaml.Error
	if !errors.As(err, &at) {
		return root.Fault("not YAML: %v", err)
	}
	f := root.Fault("not YAML: %s", at.GetMessage())
	if tk := at.GetToken(); tk != nil && tk.Position != nil {
		f.Line, f.Column = tk.Position.Line, tk.Position.Column
	}
	return f
}

// IsZero reports whether nothing stands here.
func (n Node) IsZero() bool { return n.node == nil || n.node.Type() == ast.NullType }

// IsScalar reports whether a single value stands here.
func (n Node) IsScalar() bool { _, ok := n.scalar(); return ok }

// Fault is a fault at this place.
func (n Node) Fault(format string, args ...any) Fault {
	f := Fault{File: n.file, Path: n.path, Text: fmt.Sprintf(format, args...)}
	if p := n.position(); p != nil {
		f.Line, f.Column = p.Line, p.Column
	}
	return f
}

// position is where a reader looks: a scalar itself, else the key above it.
func (n Node) position() *token.Position {
	if _, ok := n.scalar(); !ok && n.key != nil {
		return n.key.Position
	}
	if n.node == nil {
		return nil
	}
	if ps, ok := n.pairs(); ok && len(ps) > 0 {
		return ps[0].Value.key.Position
	}
	if tk := n.node.GetToken(); tk != nil {
		return tk.Position
	}
	return nil
}

// At walks down by keys (string) and list indices (int) as far as the file goes,
// and returns where it came to and how many steps that took.
func (n Node) At(steps ...any) (Node, int) {
	for i, step := range steps {
		next, ok := n.child(step)
		if !ok {
			return n, i
		}
		n = next
	}
	return n, len(steps)
}

func (n Node) child(step any) (Node, bool) {
	switch step := step.(type) {
	case string:
		ps, _ := n.pairs()
		for _, p := range ps {
			if p.Key == step {
				return p.Value, true
			}
		}
	case int:
		if items, ok := n.items(); ok && step >= 0 && step < len(items) {
			return items[step], true
		}
	}
	return Node{}, false
}

// Pair is one key of a mapping with its value.
type Pair struct {
	Key   string
	Value Node
	fault string // why the key cannot be read
}

// Pairs returns a mapping's keys and values in the order of the file.
func (n Node) Pairs() ([]Pair, Faults) {
	if n.IsZero() {
		return nil, nil
	}
	out, ok := n.pairs()
	if !ok {
		return nil, Faults{n.Fault("expected keys and values, found %s", n.kind())}
	}
	var faults Faults
	out = slices.DeleteFunc(out, func(p Pair) bool {
		if p.fault != "" {
			faults = append(faults, p.Value.Fault("%s", p.fault))
		}
		return p.fault != ""
	})
	return out, faults
}

func (n Node) pairs() ([]Pair, bool) {
	var values []*ast.MappingValueNode
	switch m := n.node.(type) {
	case *ast.MappingNode:
		values = m.Values
	case *ast.MappingValueNode:
		values = []*ast.MappingValueNode{m}
	default:
		return nil, false
	}
	out := make([]Pair, 0, len(values))
	for _, v := range values {
		p := Pair{}
		key := v.Key.GetToken()
		name, ok := scalarText(v.Key)
		if !ok {
			name, p.fault = key.Value, "this key cannot be read; write a plain word"
		}
		if v.Key.IsMergeKey() {
			p.fault = "merge keys are not read here; write the values out"
		}
		p.Key, p.Value = name, Node{file: n.file, path: join(n.path, name), key: key, node: v.Value}
		out = append(out, p)
	}
	return out, true
}

func (n Node) items() ([]Node, bool) {
	s, ok := n.node.(*ast.SequenceNode)
	if !ok {
		return nil, false
	}
	out := make([]Node, len(s.Values))
	for i, v := range s.Values {
		out[i] = Node{file: n.file, path: fmt.Sprintf("%s[%d]", n.path, i), node: v}
	}
	return out, true
}

func (n Node) scalar() (string, bool) { return scalarText(n.node) }

// scalarText is a scalar as it was written; the digits of a number stay as they are.
func scalarText(n ast.Node) (string, bool) {
	switch n := n.(type) {
	case *ast.StringNode:
		return n.Value, true
	case *ast.LiteralNode:
		return n.Value.Value, true
	case *ast.IntegerNode, *ast.FloatNode, *ast.BoolNode, *ast.InfinityNode, *ast.NanNode:
		return n.GetToken().Value, true
	}
	return "", false
}

func (n Node) kind() string {
	switch n.node.(type) {
	case nil, *ast.NullNode:
		return "nothing"
	case *ast.MappingNode, *ast.MappingValueNode:
		return "keys and values"
	case *ast.SequenceNode:
		return "a list"
	case *ast.AnchorNode, *ast.AliasNode, *ast.TagNode:
		return "an anchor, alias or tag"
	}
	return "a single value"
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
