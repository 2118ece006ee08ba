package config

import (
	"cmp"
	"slices"
	"strings"
	"time"

	"leadtriage/config/strict"
)

// Routing says who gets which approved lead (docs/routing.md). Without segments nobody does.
type Routing struct {
	People   []Person  `yaml:"people" is:"only=person" doc:"Who can own leads."`
	Pools    []Pool    `yaml:"pools" is:"only=pool" doc:"People who take turns."`
	Segments []Segment `yaml:"segments" is:"only=segment" doc:"Parts of the leads, tried in this order; the last takes every lead."`

	WaitMost time.Duration `yaml:"wait_most" is:"0s..720h" doc:"A lead waits for people who are away so long, then the absence is ignored; 0s: for ever."`
}

// Person can own leads.
type Person struct {
	ID     string `yaml:"id" is:"required person_id" doc:"Stands in pools and histories in place of a name."`
	Email  string `yaml:"email" is:"required email" doc:"As the CRM and Slack know the person."`
	Name   string `yaml:"name,omitempty" doc:"Shown to people; left out: the address."`
	Slack  string `yaml:"slack,omitempty" is:"user?" doc:"Slack user id; left out: found by the address."`
	Hours  Hours  `yaml:"hours,omitempty" doc:"When this person works; what is left out is as in review.hours."`
	Away   []Days `yaml:"away,omitempty" doc:"Days off beside the holidays."`
	PerDay int    `yaml:"per_day,omitempty" is:"0..10000" doc:"Leads a day, at most; 0: no bound."`
	Open   int    `yaml:"open,omitempty" is:"0..100000" doc:"Open leads, at most; 0: no bound."`
	Gone   bool   `yaml:"gone,omitempty" doc:"Gets no leads any more."`
}

// Days are from a first to a last one.
type Days struct {
	From string `yaml:"from" is:"required day" doc:"The first day, like 2026-12-24."`
	To   string `yaml:"to" is:"required day" doc:"The last day."`
}

// Pool is people who take turns.
type Pool struct {
	ID       string   `yaml:"id" is:"required slug"`
	Members  []Member `yaml:"members" is:"only=member" schema:"required 1.." doc:"Ids of people, perhaps with a weight."`
	By       string   `yaml:"by,omitempty" is:"count|order" doc:"count: who has the fewest is next; order: one after the other."`
	OnReturn string   `yaml:"on_return,omitempty" is:"rejoin|catch_up" doc:"After days off: level with the others, or making up for what was missed."`
	OnNobody string   `yaml:"on_nobody,omitempty" is:"ignore|wait|fallback" doc:"When nobody is there: the wheel turns all the same, the lead waits, or one person gets it."`
	Fallback string   `yaml:"fallback,omitempty" doc:"Who that is, an id of people."`
}

// Member is a person in a pool.
type Member struct {
	Person string `yaml:"person" is:"required" schema:"short"`
	Weight int    `yaml:"weight,omitempty" is:"1..100" doc:"Gets so many times the leads of weight 1."`
}

// Segment is a part of the leads.
type Segment struct {
	ID   string    `yaml:"id" is:"required slug"`
	When Condition `yaml:"when,omitempty" doc:"A condition over the lead as sent and its facts, as in scoring; left out: every lead."`
	Pool string    `yaml:"pool" is:"required slug" doc:"Whose leads these are."`
}

// Condition is one over a lead; package score reads it.
type Condition struct {
	Text string      `yaml:"-"`
	At   strict.Node `yaml:"-"`
}

// DecodeNode implements strict.Decoder.
func (c *Condition) DecodeNode(n strict.Node) strict.Faults {
	c.At = n
	return n.Decode(&c.Text)
}

// Schema implements strict.Schemer.
func (Condition) Schema() strict.Schema {
	return strict.Schema{"type": "string", "minLength": 1, "maxLength": 2000}
}

// MarshalYAML writes the text.
func (c Condition) MarshalYAML() (any, error) { return c.Text, nil }

// IsZero reports whether there is none.
func (c Condition) IsZero() bool { return c.Text == "" }

// SLA are the service levels from the card on. They count while there is routing.
type SLA struct {
	Manager      string `yaml:"manager" doc:"Who hears of breaches beside the owner, an id of routing.people."`
	Review       Level  `yaml:"review" doc:"From the card to the decision, in the hours of review.hours."`
	Sync         Level  `yaml:"sync" doc:"From the decision until every far side has it, around the clock."`
	Acceptance   Level  `yaml:"acceptance" doc:"From the assignment until the owner accepts, in the owner's hours."`
	FirstContact Level  `yaml:"first_contact" doc:"From the assignment until the contact, in the owner's hours."`
	Arrival      Level  `yaml:"arrival" doc:"From the lead's arrival until the contact, in the owner's hours."`

	ReassignOnBreach bool `yaml:"reassign_on_breach" doc:"A breach by the owner gives the lead to the next."`
}

// Level is a service level.
type Level struct {
	Within time.Duration `yaml:"within" is:"0s..720h" schema:"short" doc:"Working time, at most; 0s: no bound."`
	Warn   time.Duration `yaml:"warn,omitempty" is:"0s..720h" doc:"When somebody is warned; 0s: never."`
}

var (
	_ = strict.Pattern("person_id", slugs, "a person needs an id of small letters, digits, dots, dashes and underscores, such as dana")
	_ = strict.Pattern("email", `^[^@\s]+@[^@\s]+\.[^@\s]+$`, "%q is not an e-mail address such as dana@ours.example")
	_ = strict.Define("day", strict.Schema{"type": "string", "format": "date"}, func(s string) string {
		if _, err := time.Parse(time.DateOnly, s); err != nil {
			return "write a day like 2026-12-24"
		}
		return ""
	})
)

func (c *Config) checkRouting(f *faults) {
	r := &c.Routing
	known := map[string]bool{}
	emails := map[string]bool{}
	for i, p := range r.People {
		at := where{"routing", "people", i}
		if email := strings.ToLower(p.Email); emails[email] {
			f.at("two people have this address", nil, at.at("email")...)
		} else {
			emails[email] = true
		}
		known[p.ID] = true
		if _, err := p.hours(c.Review.Hours).Calendar(); err != nil {
			f.at("%v", []any{err}, at.at("hours")...)
		}
		for j, d := range p.Away {
			if d.To < d.From {
				f.at("these days off end on %s, before they begin; write the last day that is off", []any{d.To}, at.at("away", j, "to")...)
			}
		}
	}
	person := func(id string, at ...any) {
		if id != "" && !known[id] {
			f.at("nobody in routing.people has the id %q", []any{id}, at...)
		}
	}
	pools := map[string]bool{}
	for i, p := range r.Pools {
		at := where{"routing", "pools", i}
		pools[p.ID] = true
		if len(p.Members) == 0 {
			f.at("the pool %q has nobody; list ids of routing.people, such as [dana, lee]", []any{p.ID}, at.at("members")...)
		}
		for j, m := range p.Members {
			person(m.Person, at.at("members", j)...)
		}
		if person(p.Fallback, at.at("fallback")...); p.OnNobody == "fallback" && p.Fallback == "" {
			f.at("name who gets a lead when nobody of the pool is there: fallback: an id of routing.people", nil, at.at("on_nobody")...)
		}
	}
	for i, s := range r.Segments {
		at := where{"routing", "segments", i}
		if last := i == len(r.Segments)-1; s.When.IsZero() != last {
			says := "this segment takes every lead, so that none after it takes any; give it a `when`, or move it to the end"
			if last {
				says = "leads that no segment takes would have no owner; add a last segment without `when`"
			}
			f.at(says, nil, at...)
		}
		if s.Pool != "" && !pools[s.Pool] {
			f.at("no pool in routing.pools has the id %q", []any{s.Pool}, at.at("pool")...)
		}
	}
	person(c.SLA.Manager, "sla", "manager")
	for name, l := range map[string]Level{"review": c.SLA.Review, "sync": c.SLA.Sync, "acceptance": c.SLA.Acceptance,
		"first_contact": c.SLA.FirstContact, "arrival": c.SLA.Arrival} {
		if l.Warn > 0 && l.Warn >= l.Within {
			f.at("the warning would not come before the time is over (within: %s)", []any{strict.Span(l.Within)}, "sla", name, "warn")
		}
	}
}

// hours are the person's, with what was left out.
func (p *Person) hours(usual Hours) Hours {
	h := p.Hours
	h.Zone, h.From, h.To = cmp.Or(h.Zone, usual.Zone), cmp.Or(h.From, usual.From), cmp.Or(h.To, usual.To)
	if len(h.Days) == 0 {
		h.Days = usual.Days
	}
	if h.Holidays == nil {
		h.Holidays = usual.Holidays
	}
	return h
}

// settleRouting fills in what was not said.
func (c *Config) settleRouting() {
	for i := range c.Routing.People {
		p := &c.Routing.People[i]
		p.Email, p.Hours = strings.ToLower(p.Email), p.hours(c.Review.Hours)
		slices.SortFunc(p.Away, func(a, b Days) int { return strings.Compare(a.From, b.From) })
	}
	for i := range c.Routing.Pools {
		p := &c.Routing.Pools[i]
		p.By, p.OnReturn, p.OnNobody = cmp.Or(p.By, "count"), cmp.Or(p.OnReturn, "rejoin"), cmp.Or(p.OnNobody, "ignore")
		for j := range p.Members {
			p.Members[j].Weight = max(p.Members[j].Weight, 1)
		}
	}
}
