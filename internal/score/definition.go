package score

import (
	"slices"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// definition is the `scoring` section of the configuration as it is written;
// config/defaults.yaml explains each key beside its default. The tags are for the
// JSON Schema; check names the faults.
type definition struct {
	Name      string `yaml:"name" schema:"required model_name" doc:"With the version it stands on every score."`
	Version   int    `yaml:"version" schema:"required 1..1000000" doc:"Change it whenever you change a number."`
	Threshold int    `yaml:"threshold" schema:"required 1..100" doc:"Score from which a lead can be eql or sql."`

	UseCaseWords int `yaml:"use_case_words" schema:"required 1..100" doc:"A use case counts as stated from this many words."`

	ICP           icp            `yaml:"icp" schema:"required" doc:"How well the company fits."`
	Intent        intent         `yaml:"intent" schema:"required" doc:"What the lead did."`
	Signals       signals        `yaml:"signals" schema:"required" doc:"Proof that the partner relation is real."`
	BuyingSignals buyingSignals  `yaml:"buying_signals" schema:"required" doc:"Proof that they want to buy."`
	Disqualify    []disqualifier `yaml:"disqualify" doc:"Leads that nobody is asked about."`
	Flags         flags          `yaml:"flags"`
	Gates         gates          `yaml:"gates" doc:"What else a lead needs to be eql."`
	Ask           ask            `yaml:"ask" schema:"required" doc:"Who gets a card."`

	Attribution attribution `yaml:"attribution" doc:"How a lead's credit is divided among partners: a preset, or weights that make 100."`
}

type icp struct {
	Max   int         `yaml:"max" schema:"required 0..100" doc:"What the rules add up to."`
	Floor int         `yaml:"floor" schema:"required 0..100" doc:"Below this no lead is eql or sql."`
	Rules []criterion `yaml:"rules" schema:"required 1.." doc:"One line of the score each."`
}

// criterion gives points for one fact (any_of or bands), or, when the fact is
// use_case, for a use case that the lead itself states, or for a condition.
type criterion struct {
	Rule    string     `yaml:"rule" schema:"required word"`
	Points  int        `yaml:"points" schema:"required 1..100" doc:"For a fact that fits."`
	Fact    lead.Field `yaml:"fact" schema:"either earning_fact"`
	AnyOf   []string   `yaml:"any_of" schema:"1.. text" doc:"Values that fit."`
	Bands   []band     `yaml:"bands" schema:"1.." doc:"Headcounts that fit, for employees."`
	When    string     `yaml:"when" schema:"either 1..2000" doc:"Instead of a fact: a condition over the company and the lead as sent."`
	Because string     `yaml:"because" doc:"The reason that people read when the condition holds."`
}

// band is a range of employees, both ends included; To 0: no upper end.
type band struct {
	From   int `yaml:"from" schema:"required 0..100000000" doc:"First headcount."`
	To     int `yaml:"to" schema:"0..100000000" doc:"Last headcount; left out: no upper end."`
	Points int `yaml:"points" schema:"required 0..100" doc:"In this band."`
}

type intent struct {
	Cap          int         `yaml:"cap" schema:"required 0..100" doc:"At most this in all; with icp.max it makes 100."`
	FullDays     int         `yaml:"full_days" schema:"required 0..3650" doc:"Full points for this many days."`
	HalfLifeDays int         `yaml:"half_life_days" schema:"required 1..3650" doc:"Then half of them every so many days."`
	Events       eventPoints `yaml:"events" schema:"required 1.. keys=word" doc:"Points per event type."`
	GroupCaps    []groupCap  `yaml:"group_caps" doc:"Events that earn little together for some sources."`
}

// groupCap limits what some events earn together for leads of some sources.
type groupCap struct {
	Rule    string        `yaml:"rule" schema:"required word"`
	Cap     int           `yaml:"cap" schema:"required 0..100" doc:"At most this together."`
	Sources []lead.Source `yaml:"sources" schema:"required 1.. source" doc:"For leads of these sources."`
	Events  []string      `yaml:"events" schema:"required 1.." doc:"The events that are capped."`
}

type signals struct {
	MaxAgeDays      int              `yaml:"max_age_days" schema:"required 1..3650" doc:"Older signals have expired."`
	Strong          []string         `yaml:"strong" schema:"signal" doc:"Count by themselves."`
	Weak            []string         `yaml:"weak" schema:"signal" doc:"Count together with touched assets."`
	WeakNeedsAssets int              `yaml:"weak_needs_assets" schema:"0..1000" doc:"So many touched assets."`
	ImpliedBySource impliedBySources `yaml:"implied_by_source" schema:"keys=source signal" doc:"Sources that are a signal by themselves."`
}

type impliedBySources map[lead.Source]string

type buyingSignals struct {
	Events  []string `yaml:"events" doc:"Events that prove the wish to buy."`
	UseCase bool     `yaml:"use_case" doc:"Whether a stated use case does, too."`
}

// disqualifier fires when all that it names is so: the lead has one of the
// sources, has nothing of what Without names, and the condition holds.
type disqualifier struct {
	Rule    string        `yaml:"rule" schema:"required word"`
	Sources []lead.Source `yaml:"sources" schema:"some 1.. source" doc:"For leads of these sources."`
	Without []string      `yaml:"without" schema:"signals|events" doc:"What must be absent altogether."`
	When    string        `yaml:"when" schema:"some 1..2000" doc:"A condition that must hold, too, over all that is known."`
	Because string        `yaml:"because" schema:"required 1.." doc:"The sentence that people read."`
}

type flags struct {
	SingleTrigger flag `yaml:"single_trigger" doc:"Distinct intent events."`
	SingleAsset   flag `yaml:"single_asset" doc:"Distinct assets touched."`
}

// flag is raised below a count; as a gate it also keeps a lead from being eql.
type flag struct {
	FewerThan int  `yaml:"fewer_than" schema:"required 0..100" doc:"Raised below this count."`
	Gate      bool `yaml:"gate" doc:"Whether it also keeps a lead from being eql."`
}

// gates are numbers below which a lead is not eql; 0: no gate.
type gates struct {
	BANT int `yaml:"bant" schema:"0..4" doc:"So many of budget, authority, need and timing; 0: none of them."`
}

type ask struct {
	Verdicts   []lead.Verdict `yaml:"verdicts" schema:"eql|sql|mql|nurture" doc:"Proposals that get a card."`
	Incomplete bool           `yaml:"incomplete" doc:"Also when enrichment is incomplete."`

	SignalWithScore int `yaml:"signal_with_score" schema:"required 0..101" doc:"Also with an ecosystem signal and at least this; 101: never."`
}

// Schema is the JSON Schema of the section.
func Schema() strict.Schema { return strict.SchemaOf[definition]() }

var (
	word = strict.Pattern("word", `^[a-z][a-z0-9_]{0,63}$`,
		"a rule needs a name of small letters, digits and underscores, such as industry")
	modelName = strict.Pattern("model_name", `^[A-Za-z][A-Za-z0-9._-]{0,63}$`,
		"name is missing or not a plain word; scores carry it as NAME@VERSION")
	_ = strict.Words("source", lead.Sources, "%q is not a source of leads; known: ")
	_ = strict.Words("signal", lead.SignalTypes, "unknown signal %q; known: ")
	_ = strict.Words("earning_fact", slices.DeleteFunc(slices.Clone(lead.Fields), func(f lead.Field) bool { return f == lead.CompanyStatus }),
		"unknown fact %q; known: ")
)

// eventPoints keeps the order of the file, which is the order of the lines.
type eventPoints []eventRule

type eventRule struct {
	Type   string
	Points int
}

// Schema implements strict.Schemer.
func (eventPoints) Schema() strict.Schema {
	points := strict.Schema{"type": "integer", "minimum": 0, "maximum": maxPoints}
	return strict.Schema{"type": "object", "additionalProperties": points}
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
