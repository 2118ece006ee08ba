package enrich

import (
	"bytes"
	"encoding/json"

	"leadtriage/internal/jsonpath"
)

// hit is a value with the part of the document that states it, exactly as it
// stands there: with its key, where it has one.
type hit struct{ part, value []byte }

// hitsAt returns what stands at the path of a valid document; where nothing does,
// nothing. A key that an object has twice states nothing.
func hitsAt(p jsonpath.Path, document []byte) []hit {
	hits := []hit{{document, document}}
	for _, s := range p {
		var next []hit
		for _, h := range hits {
			if s.List {
				items := elements(h.value)
				switch {
				case s.Index < 0:
					next = append(next, items...)
				case s.Index < len(items):
					next = append(next, items[s.Index])
				}
				continue
			}
			if member, ok := member(h.value, s.Key); ok {
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
