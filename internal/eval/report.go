package eval

import "leadtriage/internal/lead"

// Report is what one run measured.
type Report struct {
	Model     string  `json:"model"`
	Prompt    string  `json:"prompt"`
	Companies int     `json:"companies"`
	All       Tally   `json:"all"`
	Fields    []Field `json:"fields"` // those that the set labels, in the contract's order
	Effort
	Faults
}

// Effort is what a run took.
type Effort struct {
	Usage           lead.Usage `json:"usage"` // of all companies; its cost is 0 where no price is known
	CallsPerCompany float64    `json:"calls_per_company"`
	P50Seconds      float64    `json:"p50_seconds"` // of one company, pages included
	P95Seconds      float64    `json:"p95_seconds"`

	// Providers are the answers of data providers, by provider and result. Who made
	// the providers fills it in.
	Providers map[string]map[string]int `json:"providers,omitempty"`
}

// Faults are what was not as it should be, in the set's order.
type Faults struct {
	Failures []Failure `json:"failures"`
	Mistakes []Mistake `json:"mistakes"` // what is counted as wrong or unsupported
	Missed   []Miss    `json:"missed"`   // what is stated and was not verified
	// Lost counts the missed by the step at which they were.
	Lost map[Step]int `json:"lost"`
}

// Field is the tally of one field.
type Field struct {
	Field lead.Field `json:"field"`
	Tally
}

// Tally counts values of labelled fields. Every verified value is right, wrong
// or unsupported.
type Tally struct {
	Stated      int `json:"stated"`      // values that the pages state
	Right       int `json:"right"`       // verified and stated
	Wrong       int `json:"wrong"`       // verified, and the pages state another value
	Unsupported int `json:"unsupported"` // verified, and the pages do not say
	Unverified  int `json:"unverified"`  // shown as unverified: earns nothing
	Conflicting int `json:"conflicting"` // shown with two values: earns nothing

	Precision *float64 `json:"precision"` // right of all verified; null where none is
	Recall    *float64 `json:"recall"`    // right of all stated; null where none is
}

// Failure is a company that could not be enriched.
type Failure struct {
	ID    string `json:"id"`
	Error string `json:"error"`
}

// Mistake is a verified value that is not true.
type Mistake struct {
	ID    string     `json:"id"`
	Field lead.Field `json:"field"`
	Found string     `json:"found"`
	Truth []string   `json:"truth"` // empty: the pages do not say
	Quote string     `json:"quote"`
}

// Miss is a stated value that was not verified.
type Miss struct {
	ID    string     `json:"id"`
	Field lead.Field `json:"field"`
	Truth []string   `json:"truth"`
	Lost  Step       `json:"lost"`
	Shown []Shown    `json:"shown"` // what was found in its place and did not earn
}

// Step is where a true fact was lost (docs/evidence.md).
type Step string

const (
	NotClaimed Step = "not claimed" // the first reader did not record it
	AtStands   Step = "stands"
	AtAnchored Step = "anchored"
	AtRead     Step = "read" // nobody read it a second time
	AtAgrees   Step = "agrees"
	AtConflict Step = "conflict" // verified twice, with two values
)

// Steps lists them in their order.
var Steps = []Step{NotClaimed, AtStands, AtAnchored, AtRead, AtAgrees, AtConflict}

// Shown is a fact that earns nothing.
type Shown struct {
	Value  string          `json:"value"`
	Status lead.FactStatus `json:"status"`
	Reason *lead.Reason    `json:"reason"`
	Quote  string          `json:"quote"`
}

func (t *Tally) add(o Tally) {
	t.Stated += o.Stated
	t.Right += o.Right
	t.Wrong += o.Wrong
	t.Unsupported += o.Unsupported
	t.Unverified += o.Unverified
	t.Conflicting += o.Conflicting
}

func (t *Tally) rate() {
	t.Precision = share(t.Right, t.Right+t.Wrong+t.Unsupported)
	t.Recall = share(t.Right, t.Stated)
}

func share(part, whole int) *float64 {
	if whole == 0 {
		return nil
	}
	s := float64(part) / float64(whole)
	return &s
}
