package lead

import (
	"time"
)

// Seen is what others see of a lead: reviewers on its card, a CRM in its record.
type Seen struct {
	Content Content
	Stage   Stage
	Asked   struct { // of the newest round
		Round    int
		Decision Decision
		By       string
		Reason   string
		Note     string
	}
}

// Content is what is said of a lead and its company, whoever decided what.
type Content struct {
	Submission  Submission
	Contacts    []Contact
	Referrals   []Referral
	Facts       []Fact
	Closed      *Evidence
	Score       Score
	Attribution *Attribution
	Match       *Match // in a CRM
	Incomplete  bool
}

// Seen returns what others see of the lead now. It shares the lead's slices: what
// changes a lead replaces them or adds to them.
func (c *Case) Seen() (s Seen) {
	l := &c.Lead
	s.Stage = l.Stage
	s.Content = Content{Submission: l.Submission, Contacts: l.Contacts, Referrals: l.Referrals, Facts: l.Facts, Closed: l.Closed,
		Attribution: l.Attribution, Match: l.Match(), Incomplete: l.Enrichment.Incomplete()}
	if l.Score != nil {
		s.Content.Score = *l.Score
		s.Content.Score.At = time.Time{}
	}
	if r := c.Review(); r != nil {
		s.Asked.Round, s.Asked.Decision, s.Asked.By, s.Asked.Reason, s.Asked.Note = r.Round, r.Decision, r.By, r.Reason, r.Note
	}
	return s
}
