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
