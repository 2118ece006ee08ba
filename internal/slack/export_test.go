package slack

import (
	"maps"
	"slices"
)

// Locales lists the languages that there is a catalogue of.
func Locales() []string { return slices.Sorted(maps.Keys(catalogues())) }
