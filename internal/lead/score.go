package lead

import (
	"slices"
	"time"
)

// Verdict is what the software proposes; the decision is a person's.
type Verdict string

const (
	EQL               Verdict = "eql"
	SQL               Verdict = "sql"
	MQL               Verdict = "mql"
	Nurture           Verdict = "nurture"
	VerdictDisqualify Verdict = "disqualified"
)

// Score is the preliminary score with every line's reason. Total is the sum of
// the lines, ICP 0–40 and Intent 0–60 by default.
type Score struct {
	Total  int    `json:"total"`
	ICP    int    `json:"icp"`
	Intent int    `json:"intent"`
	Model  string `json:"model"` // name@version of the scoring model
	Hash   string `json:"hash"`  // of the model's text
	Lines  []Line `json:"lines"`

	Verdict Verdict  `json:"verdict"`
	Because Reason   `json:"because"`                    // why this verdict
	Change  Reason   `json:"what_would_change,omitzero"` // what would change it
	Rule    string   `json:"rule,omitempty"`             // the disqualification rule that fired
	Flags   []string `json:"flags"`
	// Ask reports whether a person is asked about the lead (SPEC section 3, "Who is asked about").
	Ask bool      `json:"ask"`
	At  time.Time `json:"at"` // the now that the ages were computed with
}

// InWords is the score with its reasons as sentences, as the outside reads them.
func (s Score) InWords() Score {
	s.Because, s.Change, s.Lines = Reason{Text: s.Because.String()}, Reason{Text: s.Change.String()}, slices.Clone(s.Lines)
	for i, l := range s.Lines {
		s.Lines[i].Reason = Reason{Text: l.Reason.String()}
	}
	return s
}

// Line is the points one rule gave, and why.
type Line struct {
	Rule   string `json:"rule"`
	Group  string `json:"group"` // "icp" or "intent"
	Points int    `json:"points"`
	Max    int    `json:"max"`
	Reason Reason `json:"reason"`
	// Fact is the field that the line rests on, Evidence the page where that
	// fact, or the newest event, stands; empty where there is none.
	Fact     Field  `json:"fact,omitempty"`
	Evidence string `json:"evidence,omitempty"`
}

// Flags that the score or the record raise.
const (
	FlagSingleTrigger = "single_trigger"
	FlagSingleAsset   = "single_asset"
	FlagIncomplete    = "enrichment_incomplete"
	FlagClosed        = "company_closed"
	FlagInferred      = "source_inferred" // nobody stated the source: it is what the links say
	FlagOtherPartner  = "other_partner"
)
