package config

import (
	"maps"
	"net/url"
	"reflect"
	"slices"
	"strings"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
	"leadtriage/internal/source"
	"leadtriage/internal/timestamp"
)

// where is a place in the file, to be gone on from.
type where []any

func (w where) at(steps ...any) []any { return slices.Concat(w, steps) }

func (c *Config) checkSources(f *faults) {
	for i, s := range c.Sources {
		w := where{"sources", i}
		s.Signature.check(f, w.at("signature"))
		c.checkPartnersNamed(f, s.Partners, w.at("partners")...)
		f.only(s.Only, w.at("only"))
		s.checkMap(f, w.at("map"))
		s.checkLists(f, w)
	}
}

func (s Signature) check(f *faults, w where) {
	switch s.Kind {
	case source.HubSpotV3, source.StandardWebhooks, source.SharedKey:
	case "":
		f.at("say how the source proves who it is: kind: hubspot_v3, standard_webhooks or shared_key", nil, w...)
		return
	default: // a fault already
		return
	}
	switch u, _ := url.Parse(s.URL); {
	case s.Kind != source.HubSpotV3 && s.URL != "":
		f.at("only hubspot_v3 signs the address; leave it out", nil, w.at("url")...)
	case s.Kind == source.HubSpotV3 && (!overHTTP(s.URL) || u.RawQuery != "" || u.User != nil):
		f.at("write the address that HubSpot calls, without a query, such as https://leads.northgate.example/v1/sources/hubspot; it is part of what HubSpot signs", nil, w.at("url")...)
	}
	if s.Kind != source.SharedKey && s.Header != "" {
		f.at("only shared_key has a header of your choice; leave it out", nil, w.at("header")...)
	}
}

func (s Source) checkMap(f *faults, w where) {
	for _, field := range slices.Sorted(maps.Keys(s.Map)) {
		if sentFault(field, lead.SentFields) == "" {
			f.rule(field, s.Map[field], w.at(field))
		}
	}
	for _, mandatory := range [][]string{{"partner.id"}, {"partner.tier"}, {"referred_on"}, {"contact.email", "company.domain"}} {
		if !slices.ContainsFunc(mandatory, func(field string) bool { _, ok := s.Map[field]; return ok }) {
			f.at("every lead needs %s; say where it stands in the body, or give it a value", []any{strings.Join(mandatory, " or ")}, w...)
		}
	}
}

func (s Source) checkLists(f *faults, w where) {
	m := s.Mapping()
	types := [][]string{nil, lead.EventTypes, lead.SignalTypes} // words that are no paths
	for i, list := range [][]source.Entry{m.Touchpoints, m.Events, m.Signals} {
		for j, e := range list {
			f.entry(e, types[i], w.at(lead.SentLists[i], j))
		}
	}
	for i, g := range s.Signals {
		if v := g.Type.Value; v != "" && !slices.Contains(lead.SignalTypes, v) {
			f.at("%q is not a signal; known: %s", []any{v, strict.List(lead.SignalTypes)}, w.at("signals", i, "type", "value")...)
		}
	}
}

func (f *faults) entry(e source.Entry, types []string, w where) {
	f.only(e.Only, w.at("only"))
	for _, name := range slices.Sorted(maps.Keys(e.Fields)) {
		r := e.Fields[name]
		if needed := name == "type" || name == "at"; needed || !reflect.ValueOf(r).IsZero() {
			f.rule(name, r, w.at(name))
		}
	}
	if p := e.Fields["type"].Path; len(p) == 1 && slices.Contains(types, p[0]) {
		f.at("this is read as a path in the body; for the word itself write {value: %s}", []any{p[0]}, w.at("type")...)
	}
}

// rule checks how a field is read.
func (f *faults) rule(field string, r source.Rule, w where) {
	if len(r.Path) == 0 && r.Value == "" && r.Default == "" {
		f.at("say where %s stands in the body, such as {path: properties.x.value}, or give it a value: {value: x}", []any{field}, w...)
		return
	}
	if r.Value != "" && (len(r.Path) > 0 || r.Default != "") {
		f.at("a value stands for itself; leave path and default out, or write default instead of value", nil, w.at("value")...)
	}
	if r.Join != "" && len(r.Path) < 2 {
		f.at("join stands between what several paths say; list them in path", nil, w.at("join")...)
	}
	if r.Split != "" && field != lead.SentMany {
		f.at("only %s takes several values", []any{lead.SentMany}, w.at("split")...)
	}
	f.times(field, r, w)
	for theirs, ours := range r.Values {
		if theirs == "other" && (ours == "take" || ours == "drop") {
			continue
		}
		f.word(field, ours, w.at("values", theirs))
	}
	f.word(field, r.Value, w.at("value"))
	f.word(field, r.Default, w.at("default"))
}

func (f *faults) times(field string, r source.Rule, w where) {
	if !lead.SentTime(field) {
		for key, value := range map[string]string{"time": strings.Join(r.Time, "|"), "zone": r.Zone} {
			if value != "" {
				f.at("%s is not a time; leave %s out", []any{field, key}, w.at(key)...)
			}
		}
		return
	}
	if _, err := timestamp.ParseLayout(strings.Join(r.Time, "|"), ""); err != nil {
		f.at("%v", []any{err}, w.at("time")...)
	}
	if _, err := timestamp.ParseLayout("", r.Zone); err != nil {
		f.at("%v", []any{err}, w.at("zone")...)
	}
}

// word checks a constant in fields that have a closed list.
func (f *faults) word(field, word string, at []any) {
	switch {
	case word == "":
	case field == "source" && !slices.Contains(lead.Sources, lead.Source(word)):
		f.at("%q is not a source of leads; known: %s", []any{word, strict.List(lead.Sources)}, at...)
	case field == "owner" && word != "owned" && word != "partner":
		f.at("%q is not known here; write owned or partner", []any{word}, at...)
	case field == "company.industry" && !normal(lead.Industry, word), field == "company.country" && !normal(lead.HQCountry, word), field == "company.employees" && !normal(lead.Employees, word):
		f.at("%q is not a value of %s", []any{word, field}, at...)
	}
}

func (f *faults) only(conditions Only, w where) {
	for path, values := range conditions {
		if len(values) == 0 {
			f.at("list the values that make it a lead, such as [contact.creation]", nil, w.at(path)...)
		}
	}
}
