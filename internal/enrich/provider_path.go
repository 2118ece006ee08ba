package enrich

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strconv"
	"strings"
)

// path leads through a JSON document: a.b[0].c, and a[].b for every item of a.
type path []step

// step is a key of an object, an index of a list, or all of a list.
type step struct {
	key   string
	index int // for a list; -1: every item
	list  bool
}

var pathPart = regexp.MustCompile(`^([^.\[\]]*)((?:\[[0-9]{0,4}\])*)$`)

func parsePath(s string) (path, error) {
	fault := fmt.Errorf("%q is not a path: write keys joined by dots, [0] for an item of a list and [] for every item, such as offices[0].country", s)
	var p path
	for i, part := range strings.Split(s, ".") {
		m := pathPart.FindStringSubmatch(part)
		if m == nil || part == "" || m[1] == "" && i > 0 {
			return nil, fault
		}
		if m[1] != "" {
			p = append(p, step{key: m[1]})
		}
		for brackets := range strings.SplitSeq(strings.Trim(m[2], "[]"), "][") {
			if m[2] == "" {
				break
			}
			index := -1
			if brackets != "" {
				index, _ = strconv.Atoi(brackets) // at most four digits
			}
			p = append(p, step{index: index, list: true})
		}
	}
	return p, nil
}

// hit is a value with the part of the document that states it, exactly as it
// stands there: with its key, where it has one.
type hit struct{ part, value []byte }

// find returns what stands at the path of a valid document; where nothing does,
// nothing. A key that an object has twice states nothing.
func (p path) find(document []byte) []hit {
	hits := []hit{{document, document}}
	for _, s := range p {
		var next []hit
		for _, h := range hits {
			if s.list {
				items := elements(h.value)
				switch {
				case s.index < 0:
					next = append(next, items...)
				case s.index < len(items):
					next = append(next, items[s.index])
				}
				continue
			}
			if member, ok := member(h.value, s.key); ok {
				next = append(next, member)
			}
		}
		hits = next
	}
	return hits
}

// member finds a key of an object.
func member(object []byte, key string) (found hit, ok bool) {
	d := json.NewDecoder(bytes.NewReader(object))
	if t, err := d.Token(); err != nil || t != json.Delim('{') {
		return hit{}, false
	}
	for d.More() {
		name, err := d.Token()
		if err != nil {
			return hit{}, false
		}
		start := keyStart(object, int(d.InputOffset()))
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return hit{}, false
		}
		if name != key {
			continue
		}
		if ok {
			return hit{}, false
		}
		found, ok = hit{object[start:d.InputOffset()], value}, true
	}
	return found, ok
}

// keyStart is where the string that ends before end begins.
func keyStart(object []byte, end int) int {
	for i := end - 2; i > 0; i-- {
		if object[i] != '"' {
			continue
		}
		slashes := 0
		for object[i-1-slashes] == '\\' {
			slashes++
		}
		if slashes%2 == 0 {
			return i
		}
	}
	return 0
}

// elements are the items of a list.
func elements(list []byte) (items []hit) {
	d := json.NewDecoder(bytes.NewReader(list))
	if t, err := d.Token(); err != nil || t != json.Delim('[') {
		return nil
	}
	for d.More() {
		var value json.RawMessage
		if err := d.Decode(&value); err != nil {
			return nil
		}
		items = append(items, hit{value, value})
	}
	return items
}
