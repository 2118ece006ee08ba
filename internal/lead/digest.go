package lead

import "time"

// Digest is what a channel's reviewers are told once a working day.
type Digest struct {
	Channel  string
	Day      string    // in the reviewers' zone, like 2026-11-20
	From, To time.Time // what happened between the digest before and this one
	Attempts int

	Waiting WaitingPage // the first of what waits, with the number of all
	Longest []Waiting   // and what waits longest, where that is more than one list
	Review  DigestReview
	Unasked Unasked
}

// DigestReview is what reviewers did; decisions that were undone are left out.
type DigestReview struct {
	Approved, Rejected, Overridden int
	Median                         time.Duration // from the question to the decision; 0: none
}

// Unasked are the leads that were parked or disqualified, and stayed so.
type Unasked struct {
	Parked       []ParkedLead // the first of them, the highest score first
	ParkedTotal  int
	Disqualified map[string]int // by the rule that said no
}

// ParkedLead is a lead that nobody was asked about, as a list shows it.
type ParkedLead struct {
	LeadID  string
	Name    string
	Partner string
	Score   int
	Verdict Verdict
}

// Senders are partners: those named, or with Others all but those.
type Senders struct {
	Partners []string
	Others   bool
}

// Quiet reports whether there is nothing to tell.
func (d *Digest) Quiet() bool {
	return d.Waiting.Total == 0 && d.Review == (DigestReview{}) && d.Unasked.ParkedTotal == 0 && len(d.Unasked.Disqualified) == 0
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
