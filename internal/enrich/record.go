package enrich

import (
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"leadtriage/internal/lead"
)

const (
	maxFacts      = 60   // of one answer; the rest is dropped
	maxComplaints = 10   // told to the model at once
	maxBraces     = 1000 // of a text that are looked behind for an object
)

// record is what record_firmographics was called with.
type record struct {
	Facts   []claim
	Summary string
}

// of are the turn's calls of a function, whatever stands round its name; some servers
// write the arguments as text.
func (t Turn) of(function string) []Call {
	if len(t.Calls) == 0 {
		return []Call{{"", function, t.Text}}
	}
	return slices.DeleteFunc(slices.Clone(t.Calls), func(c Call) bool { return !strings.Contains(c.Name, function) })
}

// holding is the first JSON object in a text that has a list of that name: some models
// think aloud before it, or put a fence round it, or what the call is called.
func holding(s, list string) (o object, ok bool) {
	for from, n := strings.IndexByte(s, '{'), 0; from >= 0 && n < maxBraces; n++ {
		s, o = s[from:], nil
		if json.NewDecoder(strings.NewReader(s)).Decode(&o) == nil && strings.HasPrefix(string(o[list]), "[") {
			return o, true
		}
		if from = strings.IndexByte(s[1:], '{'); from >= 0 {
			from++
		}
	}
	return nil, false
}

// decodeRecord reads a record. What is of an odd type is taken for what it plainly
// means, and a fact that is none is left out; complaint says, for the model to mend it,
// what is wrong where no fact is left.
func decodeRecord(arguments string, finish Finish) (r record, complaint string) {
	o, ok := holding(arguments, "facts")
	switch {
	case !ok && finish == Cut:
		return r, "Your arguments were cut off for length. Record fewer facts with shorter quotes."
	case !ok:
		return r, "The arguments are not valid JSON with a list of facts. Send one JSON object as the schema says."
	}
	var items []json.RawMessage
	o.read("facts", &items)
	o.read("summary", (*text)(&r.Summary))
	var faults []string
	for i, item := range items {
		var f struct {
			Field, Value, Quote, Confidence text
			SourceID                        text `json:"source_id"`
		}
		field := func() lead.Field { return lead.Field(strings.ToLower(strings.TrimSpace(string(f.Field)))) }
		if json.Unmarshal(item, &f) != nil || !slices.Contains(lead.Fields, field()) {
			faults = append(faults, fmt.Sprintf("- at /facts/%d/field: value must be one of %v", i, lead.Fields))
			continue
		}
		confidence, err := strconv.ParseFloat(string(f.Confidence), 64)
		if err != nil || !(confidence >= 0) {
			confidence = 0.5
		}
		r.Facts = append(r.Facts, claim{field(), string(f.Value), string(f.SourceID), string(f.Quote), confidence})
	}
	if len(r.Facts) > 0 || len(faults) == 0 {
		return r, ""
	}
	return r, "The arguments do not fit the schema:\n" + strings.Join(faults[:min(len(faults), maxComplaints)], "\n")
}
