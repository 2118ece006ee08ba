package config

import "time"

// Reports is what a team compares itself with.
type Reports struct {
	TwoTriggers float64       `yaml:"two_triggers" is:"share" doc:"Share of EQLs that should show two kinds of buying behaviour."`
	Manual      time.Duration `yaml:"manual" is:"0s..24h" doc:"What a person takes to sort a lead by hand."`
	Stalled     time.Duration `yaml:"stalled" is:"24h..8760h" doc:"Without news for so long an EQL is stalled."`
}
