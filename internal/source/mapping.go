// Package source turns what somebody else's system sends into leads as the API
// takes them, by mappings from the configuration, and checks who signed it.
// Whether a lead is a good one is the intake's to say: a Mapped carries for each
// field where in the sender's body it came from, so that a fault can name it.
package source

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/jsonpath"
	"leadtriage/internal/lead"
)

// Mapping says where in a body a lead's fields stand.
type Mapping struct {
	Each string              // path of the list whose items are leads; empty: the body, or its items if it is a list
	Only map[string][]string // paths and the values one of which each must have; other items are no leads
	ID   string              // path of what tells deliveries apart; empty: none
	Map  map[string]Rule     // by lead.SentFields and crm.NAME

	Touchpoints, Events, Signals []Entry
}

// Entry makes items of a list of the lead: one, or one for each item at a path. One
// that comes to no time, or to no type, is left out: the thing did not happen.
type Entry struct {
	Each   string
	Only   map[string][]string
	Fields map[string]Rule // type, at and so on
}

// Mapper is a Mapping made ready. It is safe for concurrent use.
type Mapper struct {
	entry
	id    place
	lists []list
}

type field struct {
	name string
	rule rule
}

type list struct {
	name    string
	entries []entry
}

type entry struct {
	each   place
	only   []condition
	fields []field
}

// New makes a mapping ready. The configuration was checked before: an error here
// has no line.
func New(m Mapping) (*Mapper, error) {
	c := compiler{}
	ready := &Mapper{entry: c.entry(Entry{m.Each, m.Only, m.Map}), id: c.place(m.ID)}
	for i, entries := range [][]Entry{m.Touchpoints, m.Events, m.Signals} {
		l := list{name: lead.SentLists[i]}
		for _, e := range entries {
			l.entries = append(l.entries, c.entry(e))
		}
		ready.lists = append(ready.lists, l)
	}
	return ready, c.err
}

// Mapped is what an item of a body comes to.
type Mapped struct {
	At      string // where the item stands in the body, such as [2]; empty: it is the body
	Ignored bool   // the mapping says that it is no lead
	Lead    []byte // JSON of a lead as the API takes it
	ID      string // of the delivery; empty: none
	Faults  []Fault
	origin  map[string]string
}

// Fault is a place in the body that cannot be read as the mapping says.
type Fault struct {
	Path string // in the sender's body
	Lead string // the field of the lead it was meant for
	Text string // goes on after the path
}

// Origin is where in the body a field of the lead came from, or should have come
// from; ok is false for one that the mapping does not take from the body. An item
// of a list, such as events[0], is the place of the item.
func (m Mapped) Origin(location string) (path string, ok bool) {
	for {
		if path, ok = m.origin[location]; ok {
			return path, path != ""
		}
		cut := strings.LastIndexAny(location, ".[")
		if cut < 0 {
			return "", false
		}
		location = location[:cut]
	}
}

// Faulty reports whether the mapping found a fault in what a field was to be read from.
func (m Mapped) Faulty(location string) bool {
	return slices.ContainsFunc(m.Faults, func(f Fault) bool { return f.Lead == location })
}

// Items are the items of a body that may be leads, with their places. A fault
// means that there are none to be had.
func (m *Mapper) Items(body any) ([]Item, *Fault) {
	if m.each.steps == nil {
		if items, ok := body.([]any); ok {
			return itemsOf("", items), nil
		}
		return []Item{{value: body}}, nil
	}
	for _, h := range m.each.find(body, "") {
		if items, ok := h.value.([]any); ok {
			return itemsOf(h.at, items), nil
		}
	}
	return nil, &Fault{Path: m.each.text, Text: "is required: the list whose items are leads"}
}

// Compare holds the mapping against the columns of a table: those that it reads, has
// no default for and does not find, and those that it does not read.
func (m *Mapper) Compare(columns []string) (lacking, unread []string) {
	read := map[string]bool{m.id.text: true}
	look := func(only []condition, fields []field) {
		for _, c := range only {
			read[c.place.text] = true
		}
		for _, f := range fields {
			found := len(f.rule.places) == 0 || f.rule.Default != ""
			for _, p := range f.rule.places {
				read[p.text] = true
				found = found || slices.Contains(columns, p.text)
			}
			if !found && !slices.Contains(lacking, f.rule.places[0].text) {
				lacking = append(lacking, f.rule.places[0].text)
			}
		}
	}
	look(m.only, m.fields)
	for _, l := range m.lists {
		for _, e := range l.entries {
			look(e.only, e.fields)
		}
	}
	return lacking, slices.DeleteFunc(slices.Clone(columns), func(c string) bool { return c == "" || read[c] })
}

// Item is a part of a body.
type Item struct {
	value any
	at    string
}

func itemsOf(at string, values []any) []Item {
	items := make([]Item, len(values))
	for i, v := range values {
		items[i] = Item{v, fmt.Sprintf("%s[%d]", at, i)}
	}
	return items
}

// Lead maps an item. The default `now` of a time is the given one.
func (m *Mapper) Lead(item Item, now time.Time) Mapped {
	w := writer{Mapped: Mapped{At: item.at, origin: map[string]string{}}, now: now, document: map[string]any{}}
	if _, ok := item.value.(map[string]any); !ok {
		w.Faults = []Fault{{Path: item.at, Text: "must be an object with the fields of a lead"}}
		return w.Mapped
	}
	if !hold(m.only, item) {
		w.Ignored = true
		return w.Mapped
	}
	if m.id.steps != nil {
		w.ID, _, _ = m.id.text1(item)
	}
	for _, f := range m.fields {
		if value, ok := w.read(f.rule, item, f.name); ok {
			put(w.document, f.name, value)
		}
	}
	for _, l := range m.lists {
		w.list(l, item)
	}
	w.Lead, _ = json.Marshal(w.document) // texts and lists of texts always marshal
	return w.Mapped
}

// writer builds one lead.
type writer struct {
	Mapped
	now      time.Time
	document map[string]any
}

// read is a field's value by its rule: a text, or the texts of a list. Where it
// came from is noted, and what cannot be read.
func (w *writer) read(r rule, from Item, location string) (any, bool) {
	if r.list {
		values, at, fault := r.texts(from)
		w.note(location, at, fault)
		return values, len(values) > 0
	}
	value, at, fault := r.single(from, w.now)
	w.note(location, at, fault)
	return value, value != ""
}

func (w *writer) note(location, at, fault string) {
	w.origin[location] = at
	if fault != "" {
		w.Faults = append(w.Faults, Fault{Path: at, Lead: location, Text: fault})
	}
}

func (w *writer) list(l list, item Item) {
	var made []any
	for _, e := range l.entries {
		for _, part := range e.parts(item) {
			if !hold(e.only, part) || !e.happened(part, w.now) {
				continue
			}
			location := fmt.Sprintf("%s[%d]", l.name, len(made))
			w.origin[location] = part.at
			entry := map[string]any{}
			for _, f := range e.fields {
				if value, ok := w.read(f.rule, part, location+"."+f.name); ok {
					put(entry, f.name, value)
				}
			}
			made = append(made, entry)
		}
	}
	if made != nil {
		w.document[l.name] = made
		w.origin[l.name] = item.at
	}
}

// happened reports whether an entry comes to a type and a time, or should.
func (e entry) happened(part Item, now time.Time) bool {
	return !slices.ContainsFunc(e.fields, func(f field) bool {
		if f.name != "at" && f.name != "type" {
			return false
		}
		value, _, fault := f.rule.single(part, now)
		return value == "" && fault == ""
	})
}

// parts are what an entry is made for: the item itself, or the items of its list.
func (e entry) parts(item Item) []Item {
	if e.each.steps == nil {
		return []Item{item}
	}
	var parts []Item
	for _, h := range e.each.find(item.value, item.at) {
		if values, ok := h.value.([]any); ok {
			parts = append(parts, itemsOf(h.at, values)...)
			continue
		}
		parts = append(parts, Item(h))
	}
	return parts
}

// put sets a.b in a document; crm.NAME is one name below crm, dots and all.
func put(document map[string]any, name string, value any) {
	outer, inner, nested := strings.Cut(name, ".")
	if !nested {
		document[name] = value
		return
	}
	member, ok := document[outer].(map[string]any)
	if !ok {
		member = map[string]any{}
		document[outer] = member
	}
	member[inner] = value
}

// compiler keeps the first error.
type compiler struct{ err error }

func (c *compiler) place(text string) place {
	if text == "" {
		return place{}
	}
	steps, err := jsonpath.Parse(text)
	if err != nil && c.err == nil {
		c.err = err
	}
	return place{text: text, steps: steps}
}

func (c *compiler) entry(e Entry) entry {
	return entry{c.place(e.Each), c.conditions(e.Only), c.fields(e.Fields)}
}

func (c *compiler) fields(rules map[string]Rule) (fields []field) {
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		if rules[name].given() {
			fields = append(fields, field{name, c.rule(name, rules[name])})
		}
	}
	return fields
}

func (c *compiler) conditions(only map[string][]string) (all []condition) {
	for _, path := range slices.Sorted(maps.Keys(only)) {
		all = append(all, condition{c.place(path), only[path]})
	}
	return all
}
