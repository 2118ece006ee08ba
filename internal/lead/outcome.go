package lead

import (
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"math/big"
	"slices"
	"time"
)

// OutcomeType is what became of a lead after its decision (CONTRACT "POST …/outcomes").
type OutcomeType string

const (
	Contacted   OutcomeType = "contacted"
	Opportunity OutcomeType = "opportunity"
	Accepted    OutcomeType = "sql" // by sales
	ClosedWon   OutcomeType = "closed_won"
	ClosedLost  OutcomeType = "closed_lost"
	NotAccepted OutcomeType = "not_accepted" // sales' no
)

// OutcomeTypes lists every OutcomeType.
var OutcomeTypes = []OutcomeType{Contacted, Opportunity, Accepted, ClosedWon, ClosedLost, NotAccepted}

// Outcome is what a far side says became of a lead.
type Outcome struct {
	ID     string      `json:"id" doc:"The same id again is the same outcome."`
	Type   OutcomeType `json:"type"`
	At     time.Time   `json:"at"`
	From   string      `json:"from" doc:"Who said so: the key's name, or the CRM that was asked."`
	Amount Money       `json:"amount,omitzero"`
	ARR    Money       `json:"arr,omitzero"`
	Reason string      `json:"reason,omitempty"`
	DealID string      `json:"deal_id,omitempty" doc:"One deal, however many leads name it."`
}

// Money is an amount of a currency; zero: none is stated.
type Money struct {
	Minor    int64  // in the smallest unit
	Digits   int    // of the currency behind the point, such as 2
	Currency string // ISO 4217
}

// Value is the amount as a decimal number, such as 1200.00.
func (m Money) Value() string {
	return new(big.Rat).SetFrac(big.NewInt(m.Minor), new(big.Int).Exp(big.NewInt(10), big.NewInt(int64(m.Digits)), nil)).FloatString(m.Digits)
}

// MarshalJSON implements json.Marshaler.
func (m Money) MarshalJSON() ([]byte, error) {
	return json.Marshal(map[string]string{"value": m.Value(), "currency": m.Currency})
}

// mostOutcomes bounds the outcomes of one lead.
const mostOutcomes = 200

// ErrTooManyOutcomes: a lead has as many as are kept.
var ErrTooManyOutcomes = errors.New("too many outcomes")

// Became records what became of the lead; known: it was on record. Of one id what it said
// last by its own time stands; of one time what came last.
func (c *Case) Became(o Outcome) (known bool, err error) {
	i := slices.IndexFunc(c.Outcomes, func(h Outcome) bool { return h.ID == o.ID })
	switch {
	case i < 0 && len(c.Outcomes) >= mostOutcomes:
		return false, fmt.Errorf("lead %s has %d: %w", c.Lead.ID, mostOutcomes, ErrTooManyOutcomes)
	case i >= 0 && (c.Outcomes[i] == o || o.At.Before(c.Outcomes[i].At)):
		return true, nil
	}
	c.Outcomes = slices.Clone(c.Outcomes)
	if i >= 0 {
		c.Outcomes[i] = o
	} else {
		c.Outcomes = append(c.Outcomes, o)
	}
	slices.SortFunc(c.Outcomes, CompareOutcomes)
	said := Why(happenedOn, o.At.UTC().Format(time.DateOnly))
	if o.DealID != "" {
		said = said.With(Why(ofDeal, o.DealID))
	}
	c.Notes = append(c.Notes, Entry{At: c.Now, Actor: o.From, Action: "outcome_" + string(o.Type), Detail: Said{said}})
	return false, nil
}

// CompareOutcomes orders by their own time; of one moment what closes comes last.
func CompareOutcomes(a, b Outcome) int {
	return cmp.Or(a.At.Compare(b.At), cmp.Compare(furthest[a.Type], furthest[b.Type]), cmp.Compare(a.ID, b.ID))
}

// furthest says how far a lead has come; from closing on there is nothing more to do.
var furthest = map[OutcomeType]int{Opportunity: 1, Accepted: 1, ClosedWon: closing, ClosedLost: closing, NotAccepted: closing}

const closing = 2

// Outcome is the newest outcome by its own time; nil: there is none.
func (d *Dossier) Outcome() *Outcome {
	if len(d.Outcomes) == 0 {
		return nil
	}
	return &d.Outcomes[len(d.Outcomes)-1]
}

// openDeal reports whether sales is at work: a deal was opened, and nothing as new has
// closed it, or the lead.
func openDeal(outcomes []Outcome) bool {
	closed := func(o Outcome) bool {
		return slices.ContainsFunc(outcomes, func(end Outcome) bool {
			return furthest[end.Type] == closing && !end.At.Before(o.At) && (end.DealID == o.DealID || end.DealID == "")
		})
	}
	return slices.ContainsFunc(outcomes, func(o Outcome) bool { return furthest[o.Type] == 1 && !closed(o) })
}

// InWork reports whether somebody is at work on the lead, whatever its stage: such a one is
// not archived.
func (c *Case) InWork() bool { return openDeal(c.Outcomes) }
