package lead

import (
	"fmt"
	"slices"
)

// Stage is where a lead is on its way. The table below is the only truth about
// which way leads on; docs/stages.md draws it.
type Stage string

const (
	// Received: committed and acknowledged; facts are being looked for.
	Received Stage = "received"
	// Enriched: facts are in (or given up), the score is due. Back to Received
	// when facts are wanted after all, or again.
	Enriched Stage = "enriched"
	// AwaitingReview: a person was asked; a review round is open.
	AwaitingReview Stage = "awaiting_review"
	// Approved: a person said yes. It is an EQL.
	Approved Stage = "approved"
	// Rejected: a person said no. A newer event opens another round.
	Rejected Stage = "rejected"
	// Parked: scored too low to ask a person about; a new event may bring it back.
	Parked Stage = "parked"
	// Disqualified: a rule said no before a person was asked; a new event may bring it back.
	Disqualified Stage = "disqualified"
	// Failed: a step cannot go on without an operator; `lead retry` resumes it.
	Failed Stage = "failed"
	// Merged: folded into another lead.
	Merged Stage = "merged"
	// Archived: unchanged for long; can be brought back.
	Archived Stage = "archived"
)

// Stages lists every stage, in the order of a lead's way.
var Stages = []Stage{Received, Enriched, AwaitingReview, Approved, Rejected, Parked, Disqualified, Failed, Merged, Archived}

var transitions = map[Stage][]Stage{
	Received:       {Enriched, Failed, Merged, Archived},
	Enriched:       {Received, AwaitingReview, Parked, Disqualified, Failed, Merged, Archived},
	AwaitingReview: {Approved, Rejected, Failed, Merged, Archived},
	Approved:       {AwaitingReview, Merged, Archived},
	Rejected:       {AwaitingReview, Enriched, Merged, Archived},
	Parked:         {Enriched, Merged, Archived},
	Disqualified:   {Enriched, Merged, Archived},
	Failed:         {Received, Enriched, AwaitingReview, Merged, Archived},
	Archived:       {Approved, Rejected, Parked, Disqualified, Merged},
}

// MoveTo changes the stage, or returns ErrIllegalMove and changes nothing.
func (l *Lead) MoveTo(s Stage) error {
	if !slices.Contains(transitions[l.Stage], s) {
		return fmt.Errorf("lead %s from %s to %s: %w", l.ID, l.Stage, s, ErrIllegalMove)
	}
	l.Stage = s
	return nil
}

// Decided reports whether a person's decision stands, and others may know of it.
func (s Stage) Decided() bool { return s == Approved || s == Rejected }
