package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"reflect"
	"slices"
	"strings"

	"leadtriage/config/strict"
	"leadtriage/internal/intake"
	"leadtriage/internal/lead"
	"leadtriage/internal/score"
)

// readLead reads the JSON of a lead, of - from standard input: a record as the
// API shows it, or a lead as sent with facts beside it. What would count for
// nothing is told of: a name that no lead has, an event that no model has.
func (a *app) readLead(file string, models ...*score.Model) (d lead.Dossier, err error) {
	text, err := readAll(file)
	if err != nil {
		return d, err
	}
	l, further, faults := intake.ParseRecord(text)
	if len(faults) > 0 {
		all := []error{fmt.Errorf("%s cannot be read as a lead with its facts:", file)}
		for _, f := range faults {
			all = append(all, errors.New(f.Message))
		}
		return d, errors.Join(all...)
	}
	note := func(format string, args ...any) {
		fmt.Fprintf(a.errOut, "note: %s: %s\n", file, fmt.Sprintf(format, args...))
	}
	var r lead.Record
	known := members(reflect.TypeOf(r))
	for _, name := range slices.Sorted(maps.Keys(further)) {
		switch near := strict.Nearest(name, known); {
		case slices.Contains(known, name):
			if one, _ := json.Marshal(map[string]json.RawMessage{name: further[name]}); json.Unmarshal(one, &r) != nil {
				note("%s is not what a record has there and was not read", name)
			}
		case near != "":
			note("%q is no field of a lead and was not read; did you mean %s?", name, near)
		default:
			note("%q is no field of a lead and was not read", name)
		}
	}
	if s := r.Enrich.State; s != "" && !slices.Contains(lead.EnrichmentStates, s) {
		return d, fmt.Errorf("%s: enrichment.state is %q; write one of %v", file, s, lead.EnrichmentStates)
	}
	for i, e := range l.Events {
		again := slices.ContainsFunc(l.Events[:i], func(x lead.Event) bool { return x.Type == e.Type })
		if !again && !slices.ContainsFunc(models, func(m *score.Model) bool { return m.Knows(e.Type) }) {
			note("events[%d].type %q is no event of the scoring model and earns nothing", i, e.Type)
		}
	}
	return dossier(l, r), nil
}

// speaksOf reports whether a fact takes the place of the given one of its field.
func speaksOf(f, given lead.Fact) bool {
	return f.Status != lead.Unverified && (f.Field != lead.Technology || f.Value == given.Value)
}

func readAll(file string) ([]byte, error) {
	if file == "-" {
		return io.ReadAll(os.Stdin)
	}
	return os.ReadFile(file)
}

func members(record reflect.Type) (names []string) {
	for _, f := range reflect.VisibleFields(record) {
		if name, _, _ := strings.Cut(f.Tag.Get("json"), ","); name != "" {
			names = append(names, name)
		}
	}
	return names
}

// dossier is what stands behind a record. Of one that nobody was asked about the
// review is a preview.
func dossier(l lead.Lead, r lead.Record) lead.Dossier {
	l.ID, l.Stage, l.MergedInto, l.CreatedAt, l.UpdatedAt = r.ID, r.Stage, r.MergedInto, r.Created, r.Updated
	l.Contacts, l.Referrals, l.Conflicts, l.ConflictCount = r.Contacts, r.Referrals, r.Conflicts, len(r.Conflicts)+r.MoreConflicts
	l.Attribution, l.Usage, l.Enrichment, l.Closed = r.Attribution, r.Usage, r.Enrich, r.Closed
	if l.Enrichment.State == "" && slices.Contains(r.Flags, lead.FlagIncomplete) {
		l.Enrichment.State = lead.EnrichmentFailed
	}
	l.Facts = append(l.Facts, slices.DeleteFunc(l.GivenFacts(), func(given lead.Fact) bool {
		return slices.ContainsFunc(l.Facts, func(f lead.Fact) bool {
			settled := r.ID != "" // a record's facts were settled with what was given
			return f.Field == given.Field && (settled || speaksOf(f, given))
		})
	})...)
	if s := r.Score; s != nil {
		l.Score = &lead.Score{Total: s.Total, ICP: s.ICP, Intent: s.Intent, Model: s.Model, Hash: s.Hash, Lines: s.Lines, At: s.At,
			Verdict: r.Verdict, Because: lead.Reason{Text: r.Because}, Change: lead.Reason{Text: r.Change}, Flags: r.Flags}
	}
	review := lead.Review{ID: "preview", LeadID: l.ID, Round: 1}
	if v := r.Review; v != nil {
		review = lead.Review{ID: "preview", LeadID: l.ID, Round: v.Round, Channel: v.Channel, TS: v.TS,
			Decision: lead.Decision(v.Decision), Override: v.Override, Proposed: v.Proposed, By: v.By, Reason: v.Reason, Note: v.Note}
		if v.At != nil {
			review.DecidedAt = *v.At
		}
	}
	return lead.Dossier{Lead: l, Reviews: []lead.Review{review}, History: r.History}
}
