package company

import (
	_ "embed"
	"strings"
	"sync"
)

//go:embed data/technologies.txt
var technologiesText string

// technologies maps squeezed names and aliases to the makers' spelling.
var technologies = sync.OnceValue(func() map[string]string {
	known := map[string]string{}
	for name, aliases := range Rows(technologiesText) {
		for _, alias := range append(aliases, name) {
			known[squeeze(alias)] = name
		}
	}
	return known
})

// Technology returns the maker's spelling of a known technology ("HubSpot" for
// "hubspot crm"), and anything else with its white space tidied. Applying it
// twice changes nothing.
func Technology(s string) string {
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > 100 {
		return s
	}
	if name, ok := technologies()[squeeze(s)]; ok {
		return name
	}
	return s
}

// TechnologyNames are all names that Technology reads as the same technology,
// without spaces and punctuation and in lower case ("hubspotcrm"), in no order;
// none for an unknown one.
func TechnologyNames(s string) []string {
	spelling := Technology(s)
	var names []string
	for name, of := range technologies() {
		if of == spelling {
			names = append(names, name)
		}
	}
	return names
}
