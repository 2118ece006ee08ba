package lead

import "time"

// Digest is what a channel's reviewers are told once a working day.
type Digest struct {
	Channel  string
	Day      string    // in the reviewers' zone, like 2026-11-20
	From, To time.Time // what happened between the digest before and this one
	Attempts int

	Waiting WaitingPage // the first of what waits, with the number of all
	Review  DigestReview
	Parked  int
	// Disqualified counts leads by the rule that said no.
	Disqualified map[string]int
}

// DigestReview is what reviewers did; decisions that were undone are left out.
type DigestReview struct {
	Approved, Rejected, Overridden int
	Median                         time.Duration // from the question to the decision; 0: none
}

// Quiet reports whether there is nothing to tell.
func (d *Digest) Quiet() bool {
	return d.Waiting.Total == 0 && d.Review == (DigestReview{}) && d.Parked == 0 && len(d.Disqualified) == 0
}

// DigestState is how far a digest has come.
type DigestState string

const (
	DigestPending   DigestState = "pending"
	DigestSending   DigestState = "sending" // in a worker's hands until its lease ends
	DigestUnsure    DigestState = "unsure"  // it may have been posted
	DigestDelivered DigestState = "delivered"
	DigestQuiet     DigestState = "quiet"  // there was nothing to tell
	DigestMissed    DigestState = "missed" // too late for its day; the next one tells of it
)
