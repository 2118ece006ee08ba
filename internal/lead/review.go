package lead

import (
	"strings"
	"time"
)

// Decision is a person's word.
type Decision string

const (
	Approve Decision = "approved"
	Reject  Decision = "rejected"
)

// Review is one round of asking. Its ID is opaque and is the value of the
// card's buttons; undo or a newer event opens another round with a new ID.
type Review struct {
	ID       string
	LeadID   string
	Round    int
	OpenedAt time.Time

	Channel string // where the card stands, or is to stand
	TS      string // of the card; empty until it is posted
	Deleted int    // how often somebody deleted the card
	// ThreadTS is the reply below the card that tells what happened; empty: none
	// yet. Of rounds with one message the first has it.
	ThreadTS string

	Decision  Decision // empty while open
	Override  bool     // approved though the proposal was not eql
	By        string   // Slack user id, or KeyActor and a name
	Reason    string
	Note      string
	DecidedAt time.Time
	Proposed  Verdict // what it was approved against; empty: it was not, or that is not known
	UndoneBy  string  // who took the decision back; empty: it stands
	UndoneAt  time.Time
}

// Open reports whether the round still waits for a decision.
func (r *Review) Open() bool { return r != nil && r.Decision == "" }

// DecisionInput is what a person says about an open review.
type DecisionInput struct {
	ReviewID string // the round the person saw; empty: the current one
	Decision Decision
	By       string
	Reason   string // required to reject: the id of a configured reason
	Note     string
	AsksWhy  bool // of an override a form asks why; the time to undo begins when it has ended
}

// WhyTime is how long a form that asks why holds back the time to undo, at most.
const WhyTime = 5 * time.Minute

// Explained reports whether a rejection says why: the reason "other" alone does not.
func (w DecisionInput) Explained() bool {
	return w.Decision != Reject || w.Reason != "other" || strings.TrimSpace(w.Note) != ""
}
