package page

import (
	"bytes"
	"encoding/json"
	"strings"
)

// Limits of structured data beside those of the survey.
const (
	maxJSONDepth = 8
	maxJSONItems = 300 // objects looked at on one page
)

// object is a JSON object whose members keep how they were written.
type object struct {
	members map[string]member
	doubled map[string]bool // keys that stand twice mean nothing
	raw     string
}

type member struct {
	raw     json.RawMessage
	snippet string // "key": value as it stands
}

func readObject(raw []byte) (object, bool) {
	o := object{map[string]member{}, map[string]bool{}, string(raw)}
	dec := json.NewDecoder(bytes.NewReader(raw))
	if open, err := dec.Token(); err != nil || open != json.Delim('{') {
		return o, false
	}
	for dec.More() {
		from := dec.InputOffset()
		key, err := dec.Token()
		var value json.RawMessage
		if err != nil || dec.Decode(&value) != nil {
			return o, false
		}
		name, _ := key.(string)
		if _, twice := o.members[name]; twice {
			o.doubled[name] = true
		}
		o.members[name] = member{value, strings.TrimLeft(string(raw[from:dec.InputOffset()]), ", \t\r\n")}
	}
	return o, true
}

func (o object) get(key string) (member, bool) {
	m, ok := o.members[key]
	return m, ok && !o.doubled[key]
}

// text returns the member's string, or "".
func (o object) text(key string) string {
	m, ok := o.get(key)
	if !ok {
		return ""
	}
	return m.text()
}

// text returns a string, or a number as it is written; "" for all else.
func (m member) text() string {
	var s string
	if json.Unmarshal(m.raw, &s) == nil {
		return strings.TrimSpace(s)
	}
	var n json.Number
	if json.Unmarshal(m.raw, &n) == nil {
		return n.String()
	}
	return ""
}

// each returns the elements of an array, or the value itself.
func each(raw json.RawMessage) []json.RawMessage {
	var list []json.RawMessage
	if len(raw) > 0 && raw[0] == '[' && json.Unmarshal(raw, &list) == nil {
		return list
	}
	return []json.RawMessage{raw}
}

// types are the item's types without their vocabulary.
func (o object) types() []string {
	var types []string
	if m, ok := o.get("@type"); ok {
		for _, raw := range each(m.raw) {
			name := member{raw: raw}.text()
			types = append(types, name[strings.LastIndexAny(name, "/:#")+1:])
		}
	}
	return types
}

// graph is the structured data of a page that tells whose page it is.
type graph struct {
	organizations []organization
	sites         []string        // addresses that the page gives as its web site's
	publishers    map[string]bool // ids that the page's items name as publisher
	items         int
}

// organization is one company that a page describes to programs.
type organization struct {
	object
	publisher bool // of something on the page
	top       bool // stands by itself
}

// organizationTypes are those of schema.org that a company is described as.
var organizationTypes = map[string]bool{
	"Organization": true, "Corporation": true, "LocalBusiness": true, "OnlineBusiness": true, "OnlineStore": true,
	"ProfessionalService": true, "FinancialService": true, "LegalService": true, "AccountingService": true, "InsuranceAgency": true,
	"NGO": true, "EducationalOrganization": true, "MedicalOrganization": true, "NewsMediaOrganization": true, "Store": true,
}

// nested are the members in which the site's own organisation may stand.
var nested = []string{"@graph", "mainEntity", "about", "publisher", "copyrightHolder", "hiringOrganization", "isPartOf"}

func organizations(blocks []string) graph {
	g := graph{publishers: map[string]bool{}}
	for _, block := range blocks {
		block = strings.TrimSpace(block)
		if json.Valid([]byte(block)) {
			g.walk(json.RawMessage(block), false, "", 0)
		}
	}
	return g
}

// walk looks for organisations in raw, which stands in a member of that name.
func (g *graph) walk(raw json.RawMessage, known bool, name string, depth int) {
	if depth == maxJSONDepth || len(raw) == 0 {
		return
	}
	if raw[0] == '[' {
		for _, element := range each(raw) {
			g.walk(element, known, name, depth+1)
		}
		return
	}
	if raw[0] != '{' || g.items == maxJSONItems {
		return
	}
	g.items++
	o, ok := readObject(raw)
	if !ok {
		return
	}
	if context, ok := o.get("@context"); ok {
		known = bytes.Contains(context.raw, []byte("schema.org"))
	}
	if !known {
		return
	}
	if name == "publisher" {
		g.publishers[o.text("@id")] = true
	}
	for _, kind := range o.types() {
		switch {
		case organizationTypes[kind]:
			g.organizations = append(g.organizations, organization{o, name == "publisher", name == "" || name == "@graph"})
			return // what it owns, and who owns it, are others
		case kind == "WebSite":
			g.sites = append(g.sites, o.text("url"))
		}
	}
	for _, key := range nested {
		if m, ok := o.get(key); ok {
			g.walk(m.raw, known, key, depth+1)
		}
	}
}
