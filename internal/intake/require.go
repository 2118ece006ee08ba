package intake

import (
	"encoding/json"
	"slices"
	"strings"

	"leadtriage/internal/lead"
)

// require reports the fields that the configuration asks for and that were not
// sent, unless they were found faulty already.
func (f *Faults) require(s lead.Submission, fields []string) {
	if len(fields) == 0 {
		return
	}
	raw, _ := json.Marshal(s) // texts, times and lists of them always marshal
	var sent map[string]any
	json.Unmarshal(raw, &sent)
	for _, name := range fields {
		faulty := slices.ContainsFunc(*f, func(fault Fault) bool { return fault.Location == name || strings.HasPrefix(fault.Location, name+"[") })
		if !faulty && !given(sent, name) {
			f.add(name, "is required here, by the configuration of leadtriage")
		}
	}
}

// given reports whether a field says something; what follows crm. is one name.
func given(sent map[string]any, name string) bool {
	outer, inner, nested := strings.Cut(name, ".")
	switch v := sent[outer].(type) {
	case map[string]any:
		return nested && given(v, inner) || v[inner] != nil && v[inner] != ""
	case []any:
		return len(v) > 0
	case string:
		return v != ""
	}
	return false
}
