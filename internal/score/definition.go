package score

import (
	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// definition is the `scoring` section of the configuration as it is written;
// config/defaults.yaml explains each key beside its default.
type definition struct {
	Name      string `yaml:"name"`
	Version   int    `yaml:"version"`
	Threshold int    `yaml:"threshold"`

	UseCaseWords int `yaml:"use_case_words"`

	ICP           icp            `yaml:"icp"`
	Intent        intent         `yaml:"intent"`
	Signals       signals        `yaml:"signals"`
	BuyingSignals buyingSignals  `yaml:"buying_signals"`
	Disqualify    []disqualifier `yaml:"disqualify"`
	Flags         flags          `yaml:"flags"`
	Ask           ask            `yaml:"ask"`
	Attribution   attribution    `yaml:"attribution"`
}

type icp struct {
	Max   int         `yaml:"max"`
	Floor int         `yaml:"floor"`
	Rules []criterion `yaml:"rules"`
}

// criterion gives points for one fact (any_of or bands), or, when the fact is
// use_case, for a use case that the lead itself states, or for a condition.
type criterion struct {
	Rule    string     `yaml:"rule"`
	Points  int        `yaml:"points"`
	Fact    lead.Field `yaml:"fact"`
	AnyOf   []string   `yaml:"any_of"`
	Bands   []band     `yaml:"bands"`
	When    string     `yaml:"when"`
	Because string     `yaml:"because"` // of a condition: the reason when it holds
}

// band is a range of employees, both ends included; To 0: no upper end.
type band struct {
	From   int `yaml:"from"`
	To     int `yaml:"to"`
	Points int `yaml:"points"`
}

type intent struct {
	Cap          int         `yaml:"cap"`
	FullDays     int         `yaml:"full_days"`
	HalfLifeDays int         `yaml:"half_life_days"`
	Events       eventPoints `yaml:"events"`
	GroupCaps    []groupCap  `yaml:"group_caps"`
}

// groupCap limits what some events earn together for leads of some sources.
type groupCap struct {
	Rule    string        `yaml:"rule"`
	Cap     int           `yaml:"cap"`
	Sources []lead.Source `yaml:"sources"`
	Events  []string      `yaml:"events"`
}

type signals struct {
	MaxAgeDays      int              `yaml:"max_age_days"`
	Strong          []string         `yaml:"strong"`
	Weak            []string         `yaml:"weak"`
	WeakNeedsAssets int              `yaml:"weak_needs_assets"`
	ImpliedBySource impliedBySources `yaml:"implied_by_source"`
}

type impliedBySources map[lead.Source]string

type buyingSignals struct {
	Events  []string `yaml:"events"`
	UseCase bool     `yaml:"use_case"`
}

// disqualifier fires when all that it names is so: the lead has one of the
// sources, has nothing of what Without names ("signals", "events"), and the
// condition holds.
type disqualifier struct {
	Rule    string        `yaml:"rule"`
	Sources []lead.Source `yaml:"sources"`
	Without []string      `yaml:"without"`
	When    string        `yaml:"when"`
	Because string        `yaml:"because"`
}

type flags struct {
	SingleTrigger flag `yaml:"single_trigger"`
	SingleAsset   flag `yaml:"single_asset"`
}

// flag is raised below a count; as a gate it also keeps a lead from being eql.
type flag struct {
	FewerThan int  `yaml:"fewer_than"`
	Gate      bool `yaml:"gate"`
}

type ask struct {
	Verdicts        []lead.Verdict `yaml:"verdicts"`
	SignalWithScore int            `yaml:"signal_with_score"`
	Incomplete      bool           `yaml:"incomplete"`
}

// eventPoints keeps the order of the file, which is the order of the lines.
type eventPoints []eventRule

type eventRule struct {
	Type   string
	Points int
}

// DecodeNode reads `type: points` pairs.
func (e *eventPoints) DecodeNode(n strict.Node) strict.Faults {
	pairs, faults := n.Pairs()
	*e = make(eventPoints, 0, len(pairs))
	for _, p := range pairs {
		rule := eventRule{Type: p.Key}
		faults = append(faults, p.Value.Decode(&rule.Points)...)
		*e = append(*e, rule)
	}
	return faults
}

func (e eventPoints) types() []string {
	out := make([]string, len(e))
	for i, rule := range e {
		out[i] = rule.Type
	}
	return out
}
