package lead

import (
	"net/url"
	"slices"
	"strings"
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

// BANTEvents show budget, authority, need and timing; a stated use case shows the need, too.
var BANTEvents = [4]string{"budget_confirmed", "authority_confirmed", "use_case_stated", "timeline_stated"}

// BANT says of budget, authority, need and timing whether the lead showed it (SPEC section 3).
func (l *Lead) BANT() (shown [4]bool) {
	for i, event := range BANTEvents {
		shown[i] = slices.ContainsFunc(l.Events, func(e Event) bool { return e.Type == event })
	}
	shown[2] = shown[2] || len(strings.Fields(l.UseCase)) >= 3
	return shown
}

// Touched counts the distinct owned or partner assets of the lead's touchpoints
// and of its events that name one. An asset is its address without query,
// fragment and closing slash, or its name; where none was sent, the touchpoint's
// type and owner. The landing page is not counted: it has no date, and it is
// usually where a touchpoint led, so one visit would pass for two. Of a record whose
// oldest entries are folded they are at least as many as they were then.
func (l *Lead) Touched() int {
	assets := map[string]bool{}
	for _, t := range l.Touchpoints {
		switch {
		case t.Owner != "" && t.Owner != "owned" && t.Owner != "partner":
		case strings.TrimSpace(t.Asset) != "":
			assets[asset(t.Asset)] = true
		default:
			assets[t.Type+" by "+t.Owner] = true
		}
	}
	for _, e := range l.Events {
		if strings.TrimSpace(e.Asset) != "" {
			assets[asset(e.Asset)] = true
		}
	}
	return max(len(assets), l.Folded.Assets)
}

func asset(s string) string {
	s = strings.TrimSpace(s)
	if !strings.Contains(s, "//") {
		return strings.ToLower(s)
	}
	u, err := url.Parse(s)
	if err != nil || u.Host == "" {
		return strings.ToLower(s)
	}
	return strings.ToLower(u.Host) + strings.TrimRight(u.Path, "/")
}
