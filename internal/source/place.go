package source

import (
	"fmt"
	"slices"
	"strings"

	"leadtriage/internal/jsonpath"
)

// place is a path with its text.
type place struct {
	text  string
	steps jsonpath.Path
}

// hit is a value and where it stands in the body.
type hit struct {
	value any
	at    string
}

// find returns what stands at the path, or nothing. A key that is written like the
// whole path comes first: the columns of a table and the fields of a form have
// names such as Account.Name.
func (p place) find(value any, at string) []hit {
	if object, ok := value.(map[string]any); ok {
		if v, ok := object[p.text]; ok {
			return []hit{{v, join(at, p.text)}}
		}
	}
	hits := []hit{{value, at}}
	for _, s := range p.steps {
		var next []hit
		for _, h := range hits {
			next = append(next, h.step(s)...)
		}
		hits = next
	}
	return hits
}

func (h hit) step(s jsonpath.Step) []hit {
	if !s.List {
		object, _ := h.value.(map[string]any)
		v, ok := object[s.Key]
		if !ok {
			return nil
		}
		return []hit{{v, join(h.at, s.Key)}}
	}
	items, _ := h.value.([]any)
	if s.Index >= 0 {
		if s.Index >= len(items) {
			return nil
		}
		return []hit{{items[s.Index], fmt.Sprintf("%s[%d]", h.at, s.Index)}}
	}
	hits := make([]hit, len(items))
	for i, v := range items {
		hits[i] = hit{v, fmt.Sprintf("%s[%d]", h.at, i)}
	}
	return hits
}

func join(at, key string) string {
	if at == "" || strings.HasPrefix(key, "[") {
		return at + key
	}
	return at + "." + key
}

// text1 is the first single value at the place that says something; single is
// false where an object or a list stands there.
func (p place) text1(item Item) (text, at string, single bool) {
	at = join(item.at, p.text)
	for i, h := range p.find(item.value, item.at) {
		if i == 0 {
			at = h.at
		}
		if t, ok := jsonpath.Text(h.value); !ok || t != "" {
			return t, h.at, ok
		}
	}
	return "", at, true
}

// condition is a path and the values one of which must stand there.
type condition struct {
	place  place
	values []string
}

// hold reports whether an item meets all conditions.
func hold(all []condition, item Item) bool {
	return !slices.ContainsFunc(all, func(c condition) bool {
		return !slices.ContainsFunc(c.place.find(item.value, item.at), func(h hit) bool {
			text, ok := jsonpath.Text(h.value)
			return ok && slices.ContainsFunc(c.values, func(v string) bool { return strings.EqualFold(v, text) })
		})
	})
}
