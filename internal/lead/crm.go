package lead

import (
	"maps"
	"slices"
	"strings"
	"time"
)

// InCRM is what is known of a lead in one CRM: what was found there, and what we wrote.
type InCRM struct {
	Match   *Match               `json:"match,omitempty"`
	Objects map[string]CRMObject `json:"objects,omitempty"` // by what they are of the lead: company, note, contact jane@x.example
	Stage   string               `json:"stage,omitempty"`   // the label of the stage in which its contact is there
	At      time.Time            `json:"at,omitzero"`       // of the last writing
}

// With is the same with one object as it has become; it shares no map with others.
func (in InCRM) With(of string, o CRMObject) InCRM {
	all := map[string]CRMObject{of: o}
	for other, is := range in.Objects {
		if other != of {
			all[other] = is
		}
	}
	in.Objects = all
	return in
}

// Theirs are the properties of all objects that people have made theirs, each once.
func (in InCRM) Theirs() []string {
	all := []string{}
	for _, o := range in.Objects {
		all = append(all, o.Theirs...)
	}
	slices.Sort(all)
	return slices.Compact(all)
}

// CRMObject is one object in a CRM.
type CRMObject struct {
	ID    string            `json:"id"`
	Wrote map[string]string `json:"wrote,omitempty"` // by property, as it stood there after our last writing
	// Theirs are the properties that a person changed since we wrote them. They stay.
	Theirs []string `json:"theirs,omitempty"`
}

// Match says that a CRM knows the lead's company or contact already, and whose it is.
type Match struct {
	Kind     MatchKind `json:"kind"`
	Owner    string    `json:"owner,omitempty"`    // an e-mail address
	Since    Date      `json:"since,omitempty"`    // of the deal, or since when it is known
	Customer bool      `json:"customer,omitempty"` // it is a customer, too
}

// MatchKind is what a CRM has of a lead's company or contact.
type MatchKind string

// From what matters most to whoever decides. Known alone raises no flag.
const (
	MatchDeal     MatchKind = "open_opportunity"
	MatchCustomer MatchKind = "customer"
	MatchNamed    MatchKind = "named_account"
	MatchInWork   MatchKind = "lead_in_work"
	MatchKnown    MatchKind = "known"
)

// MatchKinds lists every kind, what matters most first.
var MatchKinds = []MatchKind{MatchDeal, MatchCustomer, MatchNamed, MatchInWork, MatchKnown}

// FlagCRMMatch is raised for a lead that sales works on already.
const FlagCRMMatch = "crm_match"

// Match is the one that matters most, of all CRMs; nil: none knows the lead.
func (l *Lead) Match() (best *Match) {
	for _, name := range slices.Sorted(maps.Keys(l.InCRM)) {
		m := l.InCRM[name].Match
		if m != nil && (best == nil || slices.Index(MatchKinds, m.Kind) < slices.Index(MatchKinds, best.Kind)) {
			best = m
		}
	}
	return best
}

// ContactIn is what stands for the contact among a lead's objects in a CRM.
func ContactIn(address string) string { return "contact " + address }

// OfPerson reports whether an object in a CRM is of the person with the address: its own, or
// what the lead is there.
func OfPerson(of, address string) bool {
	return of == ContactIn(address) || of == "contact" || of == "lead" || of == "campaign_member"
}

// forget leaves out what was written of a person.
func (l *Lead) forget(address string) {
	l.InCRM = maps.Clone(l.InCRM)
	for name, in := range l.InCRM {
		in.Objects = maps.Clone(in.Objects)
		maps.DeleteFunc(in.Objects, func(of string, _ CRMObject) bool { return OfPerson(of, address) })
		l.InCRM[name] = in
	}
}

// People are all contacts of the lead that have an address, its first one first.
func (l *Lead) People() (people []Contact) {
	for _, p := range append([]Contact{l.Contact}, l.Contacts...) {
		if p.Email != "" && !slices.ContainsFunc(people, func(o Contact) bool { return o.Email == p.Email }) {
			people = append(people, p)
		}
	}
	return people
}

// SetInCRM puts on record what is known of the lead in a CRM. What the history tells of
// it is what differs: a stage that was kept, properties that a person has made theirs.
func (c *Case) SetInCRM(name string, is InCRM) {
	was := c.Lead.InCRM[name]
	all := maps.Clone(c.Lead.InCRM) // others share it (Seen)
	if all == nil {
		all = map[string]InCRM{}
	}
	all[name] = is
	c.Lead.InCRM = all
	before := was.Theirs()
	theirs := slices.DeleteFunc(is.Theirs(), func(property string) bool { return slices.Contains(before, property) })
	if len(theirs) > 0 {
		c.Note(Itself, "crm_theirs", InCRMKept, name, List(theirs))
	}
}

// crm is what the record says of CRMs: the ids that were sent or found, the match,
// and by CRM what was written there.
func (l *Lead) crm() map[string]any {
	out := map[string]any{}
	for name, id := range l.CRM {
		out[name] = id
	}
	if m := l.Match(); m != nil {
		out["match"] = *m
	}
	for name, in := range l.InCRM {
		for of, object := range in.Objects {
			kind, address, _ := strings.Cut(of, " ")
			if object.ID != "" && (address == "" || address == l.Contact.Email) {
				out[name+"_"+kind+"_id"] = object.ID
			}
		}
		if !in.At.IsZero() {
			out[name] = map[string]any{"stage": in.Stage, "written_at": in.At, "kept": in.Theirs()}
		}
	}
	if len(out) == 0 {
		return nil
	}
	return out
}

// Known is a lead that a CRM has.
type Known struct {
	ID, Email string
	CreatedAt time.Time
	In        InCRM
}

// Heard is what a CRM says of such a lead.
type Heard struct {
	Lead     string
	Outcomes []Outcome
	Moved    map[string]string // ids that objects have by now, as after a merge, by what they are of the lead
}

// Hear records it. An outcome is known by its id and by what it says: a CRM that dates it
// anew says nothing new.
func (c *Case) Hear(name string, h Heard) error {
	is := c.Lead.InCRM[name]
	for of, id := range h.Moved {
		o := is.Objects[of]
		o.ID = id
		is = is.With(of, o)
	}
	if len(h.Moved) > 0 {
		c.SetInCRM(name, is)
	}
	for _, o := range h.Outcomes {
		o.From = name
		same := func(k Outcome) bool {
			return k.ID == o.ID && k.Type == o.Type && k.Amount == o.Amount && k.ARR == o.ARR && k.Reason == o.Reason
		}
		if slices.ContainsFunc(c.Outcomes, same) {
			continue
		}
		if _, err := c.Became(o); err != nil {
			return err
		}
	}
	return nil
}
