package score

import (
	"maps"
	"slices"
)

// attribution is how a lead's credit is divided: a preset, or weights of 100.
type attribution struct {
	Preset  string `yaml:"preset" schema:"first_key_last|first_last_partner"`
	First   int    `yaml:"first" schema:"0..100" doc:"The first touch."`
	Key     int    `yaml:"key" schema:"0..100" doc:"The last touch before the lead said that it wants to buy."`
	Last    int    `yaml:"last" schema:"0..100" doc:"The last touch."`
	Partner int    `yaml:"partner" schema:"0..100" doc:"All touches of partners, evenly."`
}

// Credit is how the credit of a lead is divided among its touches, in parts of
// 100 (docs/attribution.md).
type Credit struct {
	Name                      string
	First, Key, Last, Partner int
}

const defaultPreset = "first_key_last"

var presets = map[string]Credit{
	defaultPreset:        {Name: defaultPreset, First: 40, Key: 40, Last: 20},
	"first_last_partner": {Name: "first_last_partner", First: 40, Last: 40, Partner: 20},
}

// Credit returns the weights of the model's attribution.
func (m *Model) Credit() Credit {
	a := m.Attribution
	if a == (attribution{}) {
		a.Preset = defaultPreset
	}
	if c, ok := presets[a.Preset]; ok {
		return c
	}
	return Credit{"own", a.First, a.Key, a.Last, a.Partner}
}

// BuyingEvents are the events that say that a lead wants to buy.
func (m *Model) BuyingEvents() []string { return slices.Clone(m.BuyingSignals.Events) }

func (a attribution) check(c *checker) {
	if a == (attribution{}) {
		return
	}
	weights := []int{a.First, a.Key, a.Last, a.Partner}
	sum := a.First + a.Key + a.Last + a.Partner
	switch {
	case a.Preset != "" && sum != 0:
		c.fault([]any{"attribution"}, "say either a preset or weights of your own")
	case a.Preset != "":
		known(c, "preset", []string{a.Preset}, slices.Sorted(maps.Keys(presets)), "attribution", "preset")
	case c.read("attribution") && (slices.Min(weights) < 0 || sum != 100):
		c.fault([]any{"attribution"}, "first, key, last and partner add up to %d; they must make 100, none below 0", sum)
	}
}
