package intake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// ParseAddition reads further events and signals of a known lead: an object with
// lists of both, one event or signal alone, or a list of them. The lead and the
// sender are the caller's to add.
func ParseAddition(raw []byte, rules Rules, now time.Time) (lead.Addition, Faults) {
	faults := checkText(raw, "an object", "a list")
	if faults != nil {
		return lead.Addition{}, faults
	}
	var a lead.Addition
	if kind(raw) == "a list" {
		readMixed(raw, rules, now, &a, &faults)
	} else {
		f := openForm("", raw, &faults)
		if _, alone := f.sent["type"]; alone {
			readAlone(f, rules, now, &a)
		} else {
			f.each("events", maxHistory, func(e *form) { a.Events = append(a.Events, readEvent(e, rules, now)) })
			f.each("signals", maxHistory, func(e *form) { a.Signals = append(a.Signals, readSignal(e, now)) })
		}
		f.close()
	}
	if len(faults) == 0 && len(a.Events)+len(a.Signals) == 0 {
		faults.add("events", "or signals is required: at least one of them, such as {\"events\":[{\"type\":\"demo_request\",\"at\":\"2026-11-20T08:00:00Z\"}]}")
	}
	if len(faults) > 0 {
		return lead.Addition{}, faults
	}
	return a, nil
}

// readMixed reads a list whose items are events or signals.
func readMixed(raw []byte, rules Rules, now time.Time, a *lead.Addition, faults *Faults) {
	var items []json.RawMessage
	json.Unmarshal(raw, &items) // it was found to be a list
	if len(items) > maxHistory {
		*faults = malformed("has %d entries: at most %d are taken", len(items), maxHistory)
		return
	}
	for i, item := range items {
		if f := openForm(fmt.Sprintf("[%d]", i), item, faults); f.sent != nil {
			readAlone(f, rules, now, a)
			f.close()
		}
	}
}

// readAlone reads an event or a signal: its type says which.
func readAlone(f *form, rules Rules, now time.Time, a *lead.Addition) {
	t := f.line("type", maxLine)
	isSignal := slices.ContainsFunc(lead.SignalTypes, func(s string) bool { return strings.EqualFold(s, t) })
	isEvent := slices.ContainsFunc(rules.events(), func(s string) bool { return strings.EqualFold(s, t) })
	switch {
	case isSignal:
		a.Signals = append(a.Signals, readSignal(f, now))
	case isEvent:
		a.Events = append(a.Events, readEvent(f, rules, now))
	default:
		f.moment("at", now)
		f.line("asset", maxURL)
		f.line("by", maxLine)
		f.require("type", t != "", "one of %s", strings.Join(slices.Concat(rules.events(), lead.SignalTypes), ", "))
		if t != "" {
			choice(f, "type", slices.Concat(rules.events(), lead.SignalTypes)...)
		}
	}
}

// ParseDecision reads a decision. The person is the caller's to add.
func ParseDecision(raw []byte, rules Rules) (lead.DecisionInput, Faults) {
	var faults Faults
	f, ok := parseBody(raw, &faults)
	if !ok {
		return lead.DecisionInput{}, faults
	}
	decision := choice(f, "decision", "approve", "reject", "revoke")
	w := lead.DecisionInput{Reason: f.line("reason", maxLine), Note: f.prose("note", maxUseCase)}
	f.require("decision", decision != "", "approve, reject or revoke")
	switch decision {
	case "approve":
		w.Decision = lead.Approve
	case "reject":
		w.Decision = lead.Reject
		f.require("reason", w.Reason != "", "one of %s", strings.Join(rules.Reasons, ", "))
		if w.Reason != "" && len(rules.Reasons) > 0 && !slices.Contains(rules.Reasons, w.Reason) {
			f.fault("reason", "%q is not configured: it is one of %s", w.Reason, strings.Join(rules.Reasons, ", "))
		}
		f.require("note", w.Explained(), "the reason other says nothing without it")
	case "revoke":
		w.Decision = lead.Revoke
		f.require("reason", w.Reason != "", "why the approval is revoked, in words")
		if w.Note != "" {
			f.fault("note", "does not go with revoke: say why in reason")
		}
	}
	f.close()
	if len(faults) > 0 {
		return lead.DecisionInput{}, faults
	}
	return w, nil
}
