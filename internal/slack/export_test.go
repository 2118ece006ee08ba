package slack

import (
	"maps"
	"slices"
)

// Locales lists the languages that there is a catalogue of.
func Locales() []string { return slices.Sorted(maps.Keys(catalogues())) }

// Acts and Forms list what people can do, by id.
func Acts() []string  { return slices.Sorted(maps.Keys(acts)) }
func Forms() []string { return slices.Sorted(maps.Keys(forms)) }
