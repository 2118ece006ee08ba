package intake

import (
	"slices"
	"strings"
	"testing"
)

func TestParseAddition(t *testing.T) {
	const at = `"at":"2026-11-20T08:00:00Z"`
	for name, tc := range map[string]struct {
		raw             string
		events, signals int
		at              string // location of a fault
	}{
		"both lists":        {`{"events":[{"type":"demo_request",` + at + `}],"signals":[{"type":"co_sell",` + at + `},{"type":"co_sell",` + at + `}]}`, 1, 2, ""},
		"an event alone":    {`{"type":"demo_request",` + at + `}`, 1, 0, ""},
		"a signal alone":    {`{"type":"co_sell",` + at + `,"by":"acme"}`, 0, 1, ""},
		"nothing":           {`{}`, 0, 0, "events"},
		"empty lists":       {`{"events":[],"signals":[]}`, 0, 0, "events"},
		"a wrong type":      {`{"type":"smile",` + at + `}`, 0, 0, "type"},
		"alone and a list":  {`{"type":"demo_request",` + at + `,"events":[]}`, 0, 0, "events"},
		"no type at all":    {`{"type":"",` + at + `}`, 0, 0, "type"},
		"an unknown field":  {`{"event":[]}`, 0, 0, "event"},
		"a list":            {`[{"type":"demo_request",` + at + `},{"type":"co_sell",` + at + `}]`, 1, 1, ""},
		"an empty list":     {`[]`, 0, 0, "events"},
		"a list of faults":  {`[{"type":"demo_request",` + at + `},{"type":"smile",` + at + `},7]`, 0, 0, "[1].type"},
		"a list too long":   {"[" + strings.Repeat(`{},`, 200) + `{}]`, 0, 0, "body"},
		"a text":            {`"demo_request"`, 0, 0, "body"},
		"a signal as event": {`{"events":[{"type":"co_sell",` + at + `}]}`, 0, 0, "events[0].type"},
	} {
		t.Run(name, func(t *testing.T) {
			a, faults := ParseAddition([]byte(tc.raw), acme, noon)
			if tc.at != "" {
				if !slices.Contains(locations(faults), tc.at) {
					t.Errorf("faults %v do not name %s", faults, tc.at)
				}
				return
			}
			if len(faults) > 0 || len(a.Events) != tc.events || len(a.Signals) != tc.signals {
				t.Errorf("addition %+v, faults %v", a, faults)
			}
		})
	}
}

func TestParseDecision(t *testing.T) {
	for raw, want := range map[string]string{
		`{"decision":"approve"}`:                                  "",
		`{"decision":"reject","reason":"no_intent"}`:              "",
		`{"decision":"reject","reason":"too small"}`:              `reason "too small" is not configured: it is one of no_intent, other`,
		`{"decision":"reject"}`:                                   "reason",
		`{"decision":"reject","reason":" "}`:                      "reason",
		`{"decision":"reject","reason":"other"}`:                  "note",
		`{"decision":"reject","reason":"other","note":"  "}`:      "note",
		`{"decision":"reject","reason":"other","note":"a rival"}`: "",
		`{"decision":"approve","reason":"known to us for years"}`: "",
		`{"decision":"maybe"}`:                                    "decision",
		`{}`:                                                      "decision",
		`{"decision":"approve","by":"somebody important"}`:        "by",
	} {
		_, faults := ParseDecision([]byte(raw), Rules{Reasons: []string{"no_intent", "other"}})
		if want == "" && len(faults) > 0 || want != "" && faults.Error() != want && !slices.Contains(locations(faults), want) {
			t.Errorf("%s: faults %v, want %q", raw, faults, want)
		}
	}
}
