package lead

import (
	"slices"
	"strings"
	"time"
	"unicode"
)

// Waiting is a lead whose review round waits for a decision, as a list shows it.
type Waiting struct {
	LeadID  string
	Review  string // id of the round
	Name    string // of the company, else of the contact; may be empty
	Partner string
	Score   int
	Verdict Verdict
	Asked   time.Time // when the round was opened
	Channel string    // where its card stands or is to stand
	TS      string    // of the card; empty until it is posted
}

// WaitingFilter selects what waits. Zero fields select everything.
type WaitingFilter struct {
	Within  []Scope // any of these; nil: everything
	Longest bool    // the longest wait first, whatever the score
	Cursor  string  // from the page before
	Limit   int     // 1 to 200; 0: 50
}

// WaitingPage is one page of what waits, the highest score first, then the
// longest wait. Next is empty on the last.
type WaitingPage struct {
	Leads  []Waiting
	Total  int       // of all pages
	Oldest time.Time // when the longest wait began, on all pages; zero where nothing waits
	Next   string
}

// Decided is a review round that a person decided, as a list shows it.
type Decided struct {
	LeadID   string
	Name     string
	Partner  string
	Decision Decision
	Override bool
	Undone   bool // taken back later
	At       time.Time
	Channel  string // of the card
	TS       string
}

// Scope is a part of the leads: those of the partners whose cards go to the
// channels. An empty list is no bound.
type Scope struct {
	Partners []string
	Channels []string
}

// Covers reports whether the lead of the partner, reviewed in the channel, is in it.
func (s Scope) Covers(partner, channel string) bool {
	return (len(s.Partners) == 0 || slices.Contains(s.Partners, partner)) &&
		(len(s.Channels) == 0 || slices.Contains(s.Channels, channel))
}

// Name is what people call the lead: its company, else its contact; empty where
// nothing that can be seen names either.
func (s *Submission) Name() string {
	for _, name := range []string{s.Company.Name, s.Company.Domain, s.Contact.Name, s.Contact.Email} {
		if strings.ContainsFunc(name, visible) {
			return name
		}
	}
	return ""
}

func visible(r rune) bool {
	return unicode.In(r, unicode.L, unicode.N, unicode.P, unicode.S) && r != '\u2800' && !unicode.Is(unicode.Other_Default_Ignorable_Code_Point, r)
}

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
