package lead

import (
	"slices"
	"time"
)

// Superseded ends the open round of a lead that was merged into another: nobody
// decided, and nobody is asked any more.
const Superseded Decision = "merged"

// Absorb folds a duplicate of the lead into it. It reports whether anything was
// new; absorbing the same again changes nothing.
func (c *Case) Absorb(dup *Lead, by string) bool {
	l := &c.Lead
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
	for i := range c.Effects {
		e := &c.Effects[i]
		notYet := e.Kind == CardEffect && open && r.TS == "" && e.Attempts == 0
		if e.State == Pending && (notYet || e.Message() && e.Kind != CardEffect) {
			e.State, e.UpdatedAt = Cancelled, c.Now
		}
	}
	l.MergedInto, l.WantedBy = survivor, ""
	l.Attribution = nil // the survivor has the credit, once
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
