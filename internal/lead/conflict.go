package lead

import (
	"cmp"
	"slices"
	"time"
)

// Conflict is a lead of the same company that another partner sent, or that came
// without a partner: shown on both cards, with who came first. It is read from
// the records whenever a dossier is, never kept.
type Conflict struct {
	LeadID     string    `json:"lead_id"`
	Partner    string    `json:"partner"`
	ReferredOn Date      `json:"referred_on"`
	ArrivedAt  time.Time `json:"arrived_at"`
	// First: it came before the lead that shows it, by referral date, then by arrival.
	First     bool       `json:"first"`
	Stage     Stage      `json:"stage"`
	Decision  Decision   `json:"decision,omitempty"` // of its newest review round
	DecidedAt *time.Time `json:"decided_at,omitempty"`
}

// RankConflicts puts a lead's conflicting leads in the order in which they came, and marks
// those that came before it.
func RankConflicts(l *Lead, conflicts []Conflict) {
	own := Conflict{LeadID: l.ID, ReferredOn: l.ReferredOn, ArrivedAt: l.CreatedAt}
	slices.SortFunc(conflicts, compareArrival)
	for i := range conflicts {
		conflicts[i].First = compareArrival(conflicts[i], own) < 0
	}
}

// compareArrival orders by who came first; ids settle what two rows in one
// millisecond leave open, the same way on both cards.
func compareArrival(a, b Conflict) int {
	return cmp.Or(cmp.Compare(a.ReferredOn, b.ReferredOn), a.ArrivedAt.Compare(b.ArrivedAt), cmp.Compare(a.LeadID, b.LeadID))
}

// NoteConflict records in the history that another partner's lead is of the same company, once.
func (c *Case) NoteConflict(otherID string) {
	if slices.Contains(c.Lead.Met, otherID) {
		return
	}
	c.Lead.Met = append(c.Lead.Met, otherID)
	c.Note(Itself, "other_partner", thatLead, otherID)
}
