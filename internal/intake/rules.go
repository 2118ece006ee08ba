package intake

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"leadtriage/internal/lead"
)

// Rules is what the configuration says about leads.
type Rules struct {
	// Partners that may send leads, beside lead.Direct; none: any id is taken.
	Partners []Partner
	// ExtraEvents are intent events beside lead.EventTypes.
	ExtraEvents []string
	// Source is that of leads that name none; empty: what their links say.
	Source lead.Source
	// Always are fields, as lead.SentFields names them, that every lead must carry
	// beside the mandatory ones; Required are those of leads of a source.
	Always   []string
	Required map[lead.Source][]string
	// Reasons are the ids of the reasons to reject; none: any is taken.
	Reasons []string
}

// Partner is a company that sends leads, with the tiers its programme has; no
// tiers: any tier is taken.
type Partner struct {
	ID    string
	Tiers []string
}

// partner finds a partner by id without regard to case. An id that is not listed
// is fine while nothing is listed.
func (r Rules) partner(id string) (Partner, bool) {
	if strings.EqualFold(id, lead.Direct) {
		return Partner{ID: lead.Direct, Tiers: []string{lead.NoTier}}, true
	}
	if len(r.Partners) == 0 {
		return Partner{ID: strings.ToLower(id)}, true
	}
	i := slices.IndexFunc(r.Partners, func(p Partner) bool { return strings.EqualFold(p.ID, id) })
	if i < 0 {
		return Partner{}, false
	}
	return r.Partners[i], true
}

// known names the partners, of many only the first.
func (r Rules) known() string {
	const shown = 20
	ids := []string{lead.Direct}
	for _, p := range r.Partners {
		ids = append(ids, p.ID)
	}
	if more := len(ids) - shown; more > 0 {
		return fmt.Sprintf("%s and %d more", strings.Join(ids[:shown], ", "), more)
	}
	return strings.Join(ids, ", ")
}

func (r Rules) events() []string { return slices.Concat(lead.EventTypes, r.ExtraEvents) }

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
