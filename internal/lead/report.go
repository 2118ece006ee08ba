package lead

import (
	"slices"
	"time"
)

// Figures are what one partner's leads came to in a span of time.
type Figures struct {
	Partner   string
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
