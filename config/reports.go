package config

import (
	"time"

	"leadtriage/config/strict"
)

// Reports is what a team compares itself with.
type Reports struct {
	TwoTriggers     float64           `yaml:"two_triggers" is:"share" doc:"Share of EQLs that should show two kinds of buying behaviour."`
	Manual          time.Duration     `yaml:"manual" is:"0s..24h" doc:"What a person takes to sort a lead by hand."`
	Stalled         time.Duration     `yaml:"stalled" is:"24h..8760h" doc:"Without news for so long an EQL is stalled."`
	PipelinePerCost float64           `yaml:"pipeline_per_cost" is:"times" doc:"So many times its costs a partner's pipeline should be."`
	Benchmarks      map[string]string `yaml:"benchmarks" is:"keys=measure" doc:"What others report, shown beside the team's own figures."`
}

var (
	_ = strict.Words("measure", []string{"eql_close", "mql_close", "eql_to_sql", "cost_per_eql", "cost_per_sql", "pipeline_per_eql"},
		"%q is no measure of the reports; known: ")
	_ = strict.Numbers("times", 0, 1000, "%v is out of range; write how many times, 0 to 1000")
)
