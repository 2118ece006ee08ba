package lead

import (
	"bytes"
	"encoding/json"
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"
	"unicode"
)

// Person is somebody who wants to be forgotten, or to know what is held: known by the
// address, or without one by name.
type Person struct {
	Email string
	Names []string
}

// erasedText stands where a text named somebody who was erased.
const erasedText = "[erased]"

// Is reports whether the contact is the person.
func (p Person) Is(c Contact) bool {
	if p.Email != "" && c.Email != "" {
		return strings.EqualFold(c.Email, p.Email)
	}
	return c.Name != "" && slices.Contains(p.Names, c.Name)
}

// Know adds the names that the lead knows the person by.
func (p *Person) Know(l *Lead) {
	for _, c := range l.people() {
		if p.Is(*c) && c.Name != "" && !slices.Contains(p.Names, c.Name) {
			p.Names = append(p.Names, c.Name)
		}
	}
}

// people are all contacts of the lead, as it has them and as each sender sent them.
func (l *Lead) people() (all []*Contact) {
	add := func(first *Contact, more []Contact) {
		all = append(all, first)
		for i := range more {
			all = append(all, &more[i])
		}
	}
	add(&l.Contact, l.Contacts)
	for _, own := range l.Said {
		add(&own.Contact, own.Contacts)
	}
	return all
}

// Holds reports whether the person is one of the lead's contacts.
func (l *Lead) Holds(p Person) bool {
	return slices.ContainsFunc(l.people(), func(c *Contact) bool { return p.Is(*c) })
}

// Named reports whether the text has the person's address, or full name, however they are
// spelled: in an address of a page, too. Names of under four letters are everybody's.
func (p Person) Named(text string) bool {
	in := letters(text)
	if plain, err := url.QueryUnescape(text); err == nil && plain != text {
		in += letters(plain)
	}
	return slices.ContainsFunc(append(slices.Clone(p.Names), p.Email), func(name string) bool {
		name = letters(name)
		return len(name) > len(" abc ") && strings.Contains(in, name)
	})
}

// letters are the words of a text in small letters, each between single spaces.
func letters(text string) string {
	words := strings.FieldsFunc(strings.ToLower(text), func(r rune) bool { return !unicode.IsLetter(r) && !unicode.IsNumber(r) })
	return " " + strings.Join(words, " ") + " "
}

// Scrub is the JSON without any text that names the person.
func (p Person) Scrub(doc []byte) ([]byte, error) {
	d := json.NewDecoder(bytes.NewReader(doc))
	d.UseNumber()
	var v any
	if err := d.Decode(&v); err != nil {
		return nil, err
	}
	found := 0
	if v = p.scrub(v, &found); found == 0 {
		return doc, nil
	}
	return json.Marshal(v)
}

func (p Person) scrub(v any, found *int) any {
	switch v := v.(type) {
	case string:
		if p.Named(v) {
			*found++
			return erasedText
		}
	case []any:
		for i := range v {
			v[i] = p.scrub(v[i], found)
		}
	case map[string]any:
		for name := range v {
			if v[name] = p.scrub(v[name], found); p.Named(name) { // what stands for them in a CRM
				*found++
				delete(v, name)
			}
		}
	}
	return v
}

// retain leaves the contacts for which it holds.
func retain(first *Contact, more *[]Contact, keep func(Contact) bool) {
	all := slices.DeleteFunc(append([]Contact{*first}, *more...), func(c Contact) bool { return c == Contact{} || !keep(c) })
	*first, *more = Contact{}, nil
	if len(all) > 0 {
		*first, *more = all[0], all[1:]
	}
}

// keep leaves the contacts for which it holds, also of what each sender said; each is a copy.
func (l *Lead) keep(which func(Contact) bool) {
	retain(&l.Contact, &l.Contacts, which)
	l.Said = maps.Clone(l.Said)
	for by, own := range l.Said {
		retain(&own.Contact, &own.Contacts, which)
		l.Said[by] = own
	}
}

// Alone is the lead with no other person than this one.
func (l Lead) Alone(p Person) Lead {
	l.keep(p.Is)
	return l
}

// Holds reports whether anything on record names the person.
func (d *Dossier) Holds(p Person) bool {
	doc, _ := json.Marshal(&d.Lead)
	found := 0
	var v any
	if json.Unmarshal(doc, &v) == nil {
		p.scrub(v, &found)
	}
	return found > 0 || d.Lead.Holds(p) || slices.ContainsFunc(d.Reviews, func(r Review) bool { return p.Named(r.Note) || p.Named(r.UndoneWhy) }) ||
		slices.ContainsFunc(d.Outcomes, func(o Outcome) bool { return p.Named(o.Reason) })
}

// Erase removes the person from the lead, and reports whether anything was there. Of a lead
// whose contact it was, notes, what its partner answered, ids of other systems and reasons of outcomes go, too, since they speak of somebody;
// the other contacts, what it did and what was decided stay. Every card is drawn again.
func (c *Case) Erase(p Person, by string) (bool, error) {
	before, reviews, effects, outcomes := c.Lead, slices.Clone(c.Reviews), slices.Clone(c.Effects), c.Outcomes
	l := &c.Lead
	held := l.Holds(p)
	if held {
		l.forget(p.Email)
		l.keep(func(c Contact) bool { return !p.Is(c) })
		l.Notes, l.CRM, l.GAClientID = "", nil, ""
		l.Answers = slices.Clone(l.Answers)
		for i := range l.Answers {
			l.Answers[i].Words = ""
		}
		for by, own := range l.Said {
			own.Notes, own.CRM, own.GAClientID = "", nil, ""
			l.Said[by] = own
		}
	}
	if p.Named(l.Key) {
		l.Key = erasedText + " " + l.ID
	}
	doc, err := json.Marshal(l)
	if err == nil {
		doc, err = p.Scrub(doc)
	}
	if err != nil {
		return false, err
	}
	clean := Lead{Conflicts: l.Conflicts, ConflictCount: l.ConflictCount}
	if err := json.Unmarshal(doc, &clean); err != nil {
		return false, err
	}
	*l = clean
	for i := range c.Reviews {
		if r := &c.Reviews[i]; held || p.Named(r.Note) || p.Named(r.UndoneWhy) {
			r.Note, r.UndoneWhy = "", ""
		}
	}
	c.Outcomes = slices.Clone(c.Outcomes)
	for i := range c.Outcomes {
		if o := &c.Outcomes[i]; held || p.Named(o.Reason) {
			o.Reason = ""
		}
	}
	for i := range c.Effects {
		if e := &c.Effects[i]; p.Named(e.LastError) {
			e.LastError = erasedText
		}
	}
	was, _ := json.Marshal(&before)
	if bytes.Equal(was, doc) && reflect.DeepEqual(reviews, c.Reviews) && slices.Equal(effects, c.Effects) && slices.Equal(outcomes, c.Outcomes) {
		return false, nil
	}
	for i := range c.Reviews {
		c.redraw(&c.Reviews[i])
	}
	c.Forget = true
	c.Note(by, "person_erased", "")
	return true, nil
}
