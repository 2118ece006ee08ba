package source

import (
	"strings"
	"time"

	"leadtriage/internal/jsonpath"
	"leadtriage/internal/lead"
	"leadtriage/internal/timestamp"
)

// Rule says what a field of a lead is: a constant, or what stands at a path.
// In the configuration it is a path, or that with more: {path: properties.created.value,
// time: epoch_ms}, or a constant: {value: gold}. The tags are those of config/strict.
type Rule struct {
	Path    []string          `yaml:"path,omitempty" is:"path" schema:"short one" doc:"In a list the first that says something counts."`
	Join    string            `yaml:"join,omitempty" doc:"Put between what all paths say."`
	Value   string            `yaml:"value,omitempty" schema:"scalar" doc:"A constant, instead of a path."`
	Default string            `yaml:"default,omitempty" schema:"scalar" doc:"Where the path says nothing; now for a time is when it came in."`
	Values  map[string]string `yaml:"values,omitempty" schema:"scalar" doc:"The sender's word to ours; another word stays as it is."`
	Split   string            `yaml:"split,omitempty" schema:"1.." doc:"What parts the values of a list in one text."`
	Time    string            `yaml:"time,omitempty" schema:"1.." doc:"iso, epoch_ms, epoch_s, or a pattern such as DD/MM/YYYY HH:mm."`
	Zone    string            `yaml:"zone,omitempty" schema:"1.." doc:"Of a time that names none, such as Europe/Rome; left out: UTC."`
}

func (r Rule) given() bool { return len(r.Path) > 0 || r.Value != "" || r.Default != "" }

// rule is a Rule made ready.
type rule struct {
	Rule
	places []place
	list   bool
	layout *timestamp.Layout // of a time; nil: not a time
	day    bool              // of the time the day alone is wanted
}

// Now is the default of a time that stands for the moment the body came in.
const Now = "now"

func (c *compiler) rule(name string, r Rule) rule {
	ready := rule{Rule: r, list: name == lead.SentMany}
	for _, p := range r.Path {
		ready.places = append(ready.places, c.place(p))
	}
	if lead.SentTime(name) {
		layout, err := timestamp.ParseLayout(r.Time, r.Zone)
		if err != nil && c.err == nil {
			c.err = err
		}
		ready.layout, ready.day = layout, name == "referred_on"
	}
	return ready
}

// single is the one value of a field, with the place it came from, or should have
// come from; a constant comes from no place.
func (r rule) single(item Item, now time.Time) (value, at, fault string) {
	value, at, fault = r.stated(item)
	if fault != "" {
		return "", at, fault
	}
	if value != "" && r.layout != nil {
		t, ok := r.layout.Read(value)
		if !ok {
			return "", at, "is not a time as the mapping expects it: " + r.layout.String()
		}
		return r.moment(t), at, ""
	}
	switch {
	case value != "":
	case r.layout != nil && r.Default == Now:
		value = r.moment(r.layout.In(now))
	default:
		value = r.Default
	}
	return value, at, ""
}

// moment is a time as the API takes it.
func (r rule) moment(t time.Time) string {
	if r.day {
		return t.Format(time.DateOnly)
	}
	return t.UTC().Format(time.RFC3339Nano)
}

// stated is what the paths say, in our words.
func (r rule) stated(item Item) (value, at, fault string) {
	if r.Value != "" {
		return r.Value, "", ""
	}
	var all []string
	for i, p := range r.places {
		text, where, single := p.text1(item)
		if !single {
			return "", where, "must be a single value, not an object or a list"
		}
		if i == 0 || text != "" && len(all) == 0 {
			at = where
		}
		if text != "" {
			all = append(all, text)
		}
		if text != "" && r.Join == "" {
			break
		}
	}
	return r.translate(strings.Join(all, r.Join)), at, ""
}

func (r rule) translate(stated string) string {
	ours, _ := jsonpath.Translate(r.Values, stated)
	return ours
}

// texts are the values of a list.
func (r rule) texts(item Item) (values []string, at, fault string) {
	if r.Value != "" {
		return r.parts(r.Value), "", ""
	}
	for i, p := range r.places {
		if i == 0 {
			at = join(item.at, p.text)
		}
		for _, h := range p.find(item.value, item.at) {
			inner := []any{h.value}
			if items, ok := h.value.([]any); ok {
				inner = items
			}
			for _, v := range inner {
				text, ok := jsonpath.Text(v)
				if !ok {
					return nil, h.at, "must be a list of single values"
				}
				values = append(values, r.parts(text)...)
			}
		}
		if len(values) > 0 {
			return values, join(item.at, p.text), ""
		}
	}
	return r.parts(r.Default), at, ""
}

func (r rule) parts(text string) (parts []string) {
	pieces := []string{text}
	if r.Split != "" {
		pieces = strings.Split(text, r.Split)
	}
	for _, p := range pieces {
		if p = r.translate(strings.TrimSpace(p)); p != "" {
			parts = append(parts, p)
		}
	}
	return parts
}
