package lead

import (
	"slices"
	"time"
)

// Figures are what one partner's leads came to in a span of time.
type Figures struct {
	Partner   string        // id; empty: what is of no partner, such as the costs of a channel
	Sessions  int           // on pages about the partner
	Pages     int           // that were visited
	Costs     []Money       // a sum in each currency; a month's costs are spread over its days
	Paid      []Money       // to the partner, the same
	Leads     int           // that came in
	Alone     int           // of them, those that were settled without a person
	EQLs      int           // approved by a person, and not undone
	Two       int           // of them, those with two kinds of buying behaviour or more
	Overrides int           // of them, those that the rules had not proposed
	Rejected  int           // by a person, and not undone
	Deciding  time.Duration // from the question to the decision, over all decisions
	SQLs      int           // leads of which sales took on the first time, or opened a deal
	Deals     []Deal        // that moved
}

// Deal is a deal, or a lead that was closed without one, as its newest outcome has it. It
// counts for the first lead that names it.
type Deal struct {
	Partner     string
	Type        OutcomeType
	At          time.Time // of the newest outcome
	Arrived     time.Time // the lead
	EQL         bool      // the lead was approved
	Verdict     Verdict   // of the lead
	Amount, ARR Money
}

// Closed reports whether nothing more comes of it.
func (d *Deal) Closed() bool { return d.Type == ClosedWon || d.Type == ClosedLost }

// Part is the share of a month's amount that so many of its days have.
func (m Money) Part(days, of int) Money {
	m.Minor = m.Minor * int64(days) / int64(of)
	return m
}

// AddTo adds the amount to the sum of its currency, in the order in which they came.
func (m Money) AddTo(sums []Money) []Money {
	if m.Currency == "" {
		return sums
	}
	i := slices.IndexFunc(sums, func(s Money) bool { return s.Currency == m.Currency && s.Digits == m.Digits })
	if i < 0 {
		return append(sums, m)
	}
	sums = slices.Clone(sums)
	sums[i].Minor += m.Minor
	return sums
}
