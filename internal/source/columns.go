package source

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"leadtriage/internal/lead"
)

// entryColumn is a column of an item of a lead's list, such as events[0].at.
var entryColumn = regexp.MustCompile(`^(touchpoints|events|signals)\[([0-9]{1,2})\]\.(type|at|asset|owner|by)$`)

// Columns is the mapping of a table whose columns are called like the fields of a
// lead. Several technologies are parted by semicolons.
func Columns(names []string) (*Mapper, error) {
	m := Mapping{Map: map[string]Rule{}}
	entries := map[string]map[string]Rule{} // by events[0]
	var unknown []string
	for _, name := range names {
		rule := Rule{Path: []string{name}}
		if lead.SentTime(name[strings.LastIndex(name, ".")+1:]) {
			rule.Time = []string{"iso", "excel"} // a workbook keeps dates as days
		}
		switch parts := entryColumn.FindStringSubmatch(name); {
		case name == "":
		case parts != nil:
			item := fmt.Sprintf("%s[%2s]", parts[1], parts[2])
			if entries[item] == nil {
				entries[item] = map[string]Rule{}
			}
			entries[item][parts[3]] = rule
		case name == lead.SentMany:
			rule.Split = ";"
			m.Map[name] = rule
		case slices.Contains(lead.SentFields, name) || lead.CRMField(name):
			m.Map[name] = rule
		default:
			unknown = append(unknown, fmt.Sprintf("%q", name))
		}
	}
	if unknown != nil {
		return nil, fmt.Errorf("these columns are no fields of a lead: %s. Rename or remove them, or say what they mean in a source's mapping and name it by --source (docs/importing.md). Known: %s, crm.NAME, and such as events[0].type and events[0].at",
			strings.Join(unknown, ", "), strings.Join(lead.SentFields, ", "))
	}
	for _, mandatory := range []string{"partner.id", "partner.tier", "referred_on"} {
		if _, ok := m.Map[mandatory]; !ok {
			return nil, fmt.Errorf("no column is called %s, which every lead needs: add it, or name a source's mapping by --source (docs/importing.md)", mandatory)
		}
	}
	for _, item := range slices.Sorted(maps.Keys(entries)) {
		e := Entry{Fields: entries[item]}
		switch {
		case strings.HasPrefix(item, "touchpoints"):
			m.Touchpoints = append(m.Touchpoints, e)
		case strings.HasPrefix(item, "events"):
			m.Events = append(m.Events, e)
		default:
			m.Signals = append(m.Signals, e)
		}
	}
	return New(m)
}
