package lead

import (
	"cmp"
	"slices"
	"time"
)

// Superseded ends the open round of a lead that was merged into another: nobody
// decided, and nobody is asked any more.
const Superseded Decision = "merged"

// Absorb folds a duplicate of the lead into it. It reports whether anything was
// new; absorbing the same again changes nothing.
func (c *Case) Absorb(from *Dossier, by string) bool {
	l, dup := &c.Lead, &from.Lead
	for by, words := range dup.byOwn() {
		l.own(by, func(alone *Lead) { alone.say(ownRoom, &words) })
	}
	changed := c.hear(l.fold(recordRoom, &dup.Submission, dup.saidOn))
	changed = l.foldReferrals(dup.AllReferrals()) || changed
	changed = l.foldContacts(recordRoom, dup.Contacts) || changed
	edits := slices.Clone(l.Edits)
	for _, f := range dup.Edits {
		if !l.Edited(f.Field) {
			edits, changed = append(edits, f), true
		}
	}
	l.Edits = edits
	for _, o := range from.Outcomes {
		if known, err := c.Became(o); !known && err == nil {
			changed = true
		}
	}
	if !slices.Contains(l.Absorbed, dup.ID) {
		l.Absorbed = append(l.Absorbed, dup.ID)
		l.Folded.add(dup.Folded)
		l.Usage = l.Usage.Add(dup.Usage)
		c.Note(by, "absorbed", thatLead, dup.ID)
	}
	return changed
}

// MergeInto ends the lead's own way: it points to the lead that took it in. An
// open round is over, and its card says so; what was decided stays as it is.
func (c *Case) MergeInto(survivor, by string) error {
	l := &c.Lead
	if err := l.MoveTo(Merged); err != nil {
		return err
	}
	r := c.Review()
	open := r.Open()
	if open {
		r.Decision, r.By, r.DecidedAt = Superseded, by, c.Now
	}
	c.cancel(func(e *Effect) bool {
		if e.Kind == CardEffect {
			return open && r.TS == "" && e.Attempts == 0 // not posted yet
		}
		return e.Message()
	})
	l.MergedInto, l.WantedBy = survivor, ""
	l.Attribution, c.Outcomes = nil, nil // the survivor has credit and outcomes, once
	if l.Enrichment.State == EnrichmentPending {
		l.Enrichment.State = EnrichmentNone
	}
	c.WakeAt, c.CardBy = time.Time{}, time.Time{}
	c.Note(by, "merged", intoLead, survivor)
	return nil
}

// Survivor is the one of several duplicates that takes the others in: a decided
// one, for the outside knows its id; then one that people are asked about; among
// equals the one that arrived first.
func Survivor(duplicates []Lead) int {
	rank := func(l *Lead) int {
		stage := l.Stage
		if stage == Archived {
			stage = l.ArchivedFrom
		}
		if i := slices.Index([]Stage{Approved, Rejected, AwaitingReview}, stage); i >= 0 {
			return i
		}
		return 3
	}
	best := 0
	for i := range duplicates {
		a, b := &duplicates[i], &duplicates[best]
		if ra, rb := rank(a), rank(b); ra < rb || ra == rb && (a.CreatedAt.Before(b.CreatedAt) || a.CreatedAt.Equal(b.CreatedAt) && a.ID < b.ID) {
			best = i
		}
	}
	return best
}

// Archivable are the stages in which nobody is asked and no facts are awaited.
var Archivable = []Stage{Approved, Rejected, Parked, Disqualified}

// Archive puts the lead away, if nothing is left to do about it and nobody is at work on
// it; it reports whether it did. An effect that waits for an operator is something left to do, a
// message is not where there are no messages.
func (c *Case) Archive(by string, messages bool) bool {
	l := &c.Lead
	unsettled := func(e Effect) bool {
		return e.State != Delivered && e.State != Cancelled && (messages || !e.Message())
	}
	if !slices.Contains(Archivable, l.Stage) || c.InWork() || !c.WakeAt.IsZero() || !c.TellConflictsAt.IsZero() || slices.ContainsFunc(c.Effects, unsettled) {
		return false
	}
	from := l.Stage
	if l.MoveTo(Archived) != nil {
		return false
	}
	l.ArchivedFrom = from
	c.cancel(func(*Effect) bool { return true })
	c.Note(by, "archived", atStage, string(from))
	return true
}

// Restore brings an archived lead back to where it was.
func (c *Case) Restore(by string) error {
	l := &c.Lead
	if err := l.MoveTo(l.ArchivedFrom); err != nil {
		return err
	}
	l.ArchivedFrom = ""
	c.Note(by, "restored", atStage, string(l.Stage))
	return nil
}

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

// Claim is who referred a company first, and until when it is protected.
type Claim struct {
	Partner string `json:"partner"`
	Since   Date   `json:"since"`
	Until   Date   `json:"until" doc:"The last day on which it holds."`
}

// ClaimOf is the claim on the lead's company: the first partner's whose lead was not turned
// down; one that comes after its end claims anew. nil: no partner's. span is how long one
// holds; 0: there are no claims.
func ClaimOf(l *Lead, conflicts []Conflict, span time.Duration) (held *Claim) {
	stage := l.Stage
	if stage == Archived {
		stage = l.ArchivedFrom
	}
	all := append([]Conflict{{LeadID: l.ID, Partner: l.Partner.ID, ReferredOn: l.ReferredOn, ArrivedAt: l.CreatedAt, Stage: stage}}, conflicts...)
	slices.SortFunc(all, compareArrival)
	for _, c := range all {
		switch {
		case span == 0, l.Company.Domain == "", c.Partner == Direct, c.Stage == Merged, c.Stage == Rejected, c.Stage == Disqualified, c.Decision == Reject:
		case held == nil, c.ReferredOn > held.Until:
			held = &Claim{c.Partner, c.ReferredOn, Date(c.ReferredOn.Time().Add(span).Format(time.DateOnly))}
		}
	}
	return held
}
