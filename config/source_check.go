package config

import (
	"maps"
	"net/url"
	"slices"
	"strings"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
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
	case HubSpotV3, StandardWebhooks, SharedKey:
	case "":
		f.at("say how the source proves who it is: kind: hubspot_v3, standard_webhooks or shared_key", nil, w...)
		return
	default: // a fault already
		return
	}
	switch u, _ := url.Parse(s.URL); {
	case s.Kind != HubSpotV3 && s.URL != "":
		f.at("only hubspot_v3 signs the address; leave it out", nil, w.at("url")...)
	case s.Kind == HubSpotV3 && (!overHTTP(s.URL) || u.RawQuery != "" || u.User != nil):
		f.at("write the address that HubSpot calls, without a query, such as https://leads.northgate.example/v1/sources/hubspot; it is part of what HubSpot signs", nil, w.at("url")...)
	}
	if s.Kind != SharedKey && s.Header != "" {
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
	for i, t := range s.Touchpoints {
		at := w.at("touchpoints", i)
		f.entry(t.Only, map[string]Rule{"type": t.Type, "at": t.At, "asset": t.Asset, "owner": t.Owner}, nil, at)
	}
	for i, e := range s.Events {
		at := w.at("events", i)
		f.entry(e.Only, map[string]Rule{"type": e.Type, "at": e.At, "asset": e.Asset}, lead.EventTypes, at)
	}
	for i, g := range s.Signals {
		at := w.at("signals", i)
		f.entry(g.Only, map[string]Rule{"type": g.Type, "at": g.At, "by": g.By}, lead.SignalTypes, at)
		if v := g.Type.Value; v != "" && !slices.Contains(lead.SignalTypes, v) {
			f.at("%q is not a signal; known: %s", []any{v, strict.List(lead.SignalTypes)}, where(at).at("type", "value")...)
		}
	}
}

func (f *faults) entry(only Only, rules map[string]Rule, types []string, w where) {
	f.only(only, w.at("only"))
	for _, name := range slices.Sorted(maps.Keys(rules)) {
		r := rules[name]
		if needed := name == "type" || name == "at"; needed || !r.empty() {
			f.rule(name, r, w.at(name))
		}
	}
	if p := rules["type"].Path; len(p) == 1 && slices.Contains(types, p[0]) {
		f.at("this is read as a path in the body; for the word itself write {value: %s}", []any{p[0]}, w.at("type")...)
	}
}

func (r Rule) empty() bool {
	return len(r.Path) == 0 && r.Value == "" && r.Default == "" && r.Join == "" && len(r.Values) == 0 && r.Split == "" && len(r.Time) == 0 && r.Zone == ""
}

// rule checks how a field is read.
func (f *faults) rule(field string, r Rule, w where) {
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

func (f *faults) times(field string, r Rule, w where) {
	if !lead.SentTime(field) {
		for key, value := range map[string]string{"time": r.Time.String(), "zone": r.Zone} {
			if value != "" {
				f.at("%s is not a time; leave %s out", []any{field, key}, w.at(key)...)
			}
		}
		return
	}
	if _, err := timestamp.ParseLayout(r.Time.String(), ""); err != nil {
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
