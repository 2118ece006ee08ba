package strict

import (
	"encoding/json"
	"strings"
)

// Canonical is what the node says, without comments, quotes and layout: two
// texts that a reader takes for the same give the same bytes. Order is kept.
func (n Node) Canonical() []byte {
	var b strings.Builder
	n.canonical(&b)
	return []byte(b.String())
}

func (n Node) canonical(b *strings.Builder) {
	if pairs, ok := n.pairs(); ok {
		b.WriteByte('{')
		for _, p := range pairs {
			quote(b, p.Key)
			b.WriteByte(':')
			p.Value.canonical(b)
			b.WriteByte(',')
		}
		b.WriteByte('}')
		return
	}
	if items, ok := n.items(); ok {
		b.WriteByte('[')
		for _, item := range items {
			item.canonical(b)
			b.WriteByte(',')
		}
		b.WriteByte(']')
		return
	}
	s, _ := n.scalar()
	quote(b, s)
}

func quote(b *strings.Builder, s string) {
	q, _ := json.Marshal(s) // a string always marshals
	b.Write(q)
}

// String is the node as YAML, with the comments of its file, set at the margin.
func (n Node) String() string {
	if n.IsZero() {
		return ""
	}
	lines := strings.Split(strings.TrimRight(n.node.String(), "\n"), "\n")
	margin := len(lines[0]) - len(strings.TrimLeft(lines[0], " "))
	for i, line := range lines {
		lines[i] = line[min(margin, len(line)-len(strings.TrimLeft(line, " "))):]
	}
	return strings.Join(lines, "\n") + "\n"
}
