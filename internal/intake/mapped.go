package intake

import (
	"slices"
	"strings"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/source"
)

// Source is a system that sends webhooks of its own, which become leads by a mapping.
type Source struct {
	Name      string
	Signature source.Signature
	Mapper    *source.Mapper
	Require   []string // fields beside the mandatory ones, as in Rules.Required
	Partners  []string // whose leads it may send; none: everybody's
}

// maxItems is how many leads one webhook may carry; HubSpot sends up to 100 events.
const maxItems = 1000

// Element is what an item of a source's body comes to: an incoming lead, faults, or
// nothing where the mapping says that it is no lead. The sender's name is the
// caller's to add.
type Element struct {
	source.Mapped
	Incoming lead.Incoming
	Faults   Faults // at places in the sender's body

	hash string // of what it says, whenever it comes
}

// Parse reads a body by the source's mapping. Faults of the body as a whole mean
// that there are no elements.
func (s Source) Parse(raw []byte, form bool, rules Rules, now time.Time) ([]Element, Faults) {
	body, faults := readBody(raw, form)
	if len(faults) > 0 {
		return nil, faults
	}
	items, fault := s.Mapper.Items(body)
	if fault != nil {
		faults.add(legible(fault.Path), "%s", fault.Text)
		return nil, faults
	}
	if len(items) > maxItems {
		return nil, malformed("has %d items: at most %d are taken at once", len(items), maxItems)
	}
	elements := make([]Element, len(items))
	for i, item := range items {
		elements[i] = s.Element(item, rules, now)
	}
	return elements, nil
}

// readBody reads JSON, an object or a list, or the fields of a form.
func readBody(raw []byte, form bool) (any, Faults) {
	if form {
		body, err := source.ReadForm(raw)
		if err != nil {
			return nil, malformed("is not a form in UTF-8: send it as browsers do, name=value&name=value")
		}
		return body, nil
	}
	if faults := checkText(raw, "an object", "a list"); faults != nil {
		return nil, faults
	}
	body, err := source.ReadJSON(raw)
	if err != nil {
		return nil, malformed("is not JSON")
	}
	return body, nil
}

// Element reads an item of a body.
func (s Source) Element(item source.Item, rules Rules, now time.Time) Element {
	mapped := s.Mapper.Lead(item, now)
	e := Element{Mapped: mapped}
	if e.Ignored {
		return e
	}
	e.Faults = FaultsOf(mapped)
	if mapped.Lead == nil {
		return e
	}
	rules.Always = slices.Concat(rules.Always, s.Require)
	incoming, faults := ParseLead(mapped.Lead, rules, now)
	for _, f := range faults {
		if !mapped.Faulty(f.Location) {
			e.Faults.append(f.In(mapped))
		}
	}
	if len(e.Faults) == 0 {
		e.Incoming, e.hash = incoming, hashOf(s.Mapper.Lead(item, never).Lead)
	}
	return e
}

// never stands for the moment a body came in, where that must not count.
var never = time.Unix(0, 0)

// FaultsOf are the faults that the mapping itself found.
func FaultsOf(m source.Mapped) (faults Faults) {
	for _, f := range m.Faults {
		faults.append(Fault{Location: legible(f.Path), Message: asRead(f.Path, f.Lead) + " " + f.Text})
	}
	return faults
}

// In is a fault of a mapped lead at its place in the body that the lead was mapped from.
func (f Fault) In(m source.Mapped) Fault {
	rest := strings.TrimPrefix(f.Message, f.Location)
	path, ok := m.Origin(f.Location)
	if ok {
		return Fault{Location: legible(path), Message: asRead(path, f.Location) + rest}
	}
	message := f.Location + rest + "; the mapping does not take it from the body"
	if m.At == "" {
		return Fault{Location: f.Location, Message: message}
	}
	return Fault{Location: m.At, Message: m.At + ": " + message}
}

// asRead names a place in the sender's body and what it was read as.
func asRead(path, field string) string {
	if field == "" || field == path {
		return legible(path)
	}
	return legible(path) + " (" + field + ")"
}
