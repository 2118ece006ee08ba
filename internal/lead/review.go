package lead

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Decision is a person's word.
type Decision string

const (
	Approve Decision = "approved"
	Reject  Decision = "rejected"
	// Revoke is a word on an approval, which it takes back; no round has it as its decision.
	Revoke Decision = "revoked"
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
	UndoneWhy string // of an approval that was revoked; empty: an undo
}

// Open reports whether the round still waits for a decision.
func (r *Review) Open() bool { return r != nil && r.Decision == "" }

// DecisionInput is what a person says about an open review.
type DecisionInput struct {
	ReviewID string // the round the person saw; empty: the current one
	Decision Decision
	By       string
	Reason   string // required to reject: the id of a configured reason; to revoke: in words
	Note     string
	AsksWhy  bool // of an override a form asks why; the time to undo begins when it has ended
}

// WhyTime is how long a form that asks why holds back the time to undo, at most.
const WhyTime = 5 * time.Minute

// Explained reports whether a rejection says why: the reason "other" alone does not.
func (w DecisionInput) Explained() bool {
	return w.Decision != Reject || w.Reason != "other" || strings.TrimSpace(w.Note) != ""
}

// Edit is what a reviewer says about a company while a round is open.
type Edit struct {
	ReviewID string // the round the person saw
	By       string // Slack user id
	// Fields are those that the reviewer speaks of. Facts are all facts of these
	// fields from now on, in normal form; a field without one goes back to what
	// was sent and found.
	Fields []Field
	Facts  []Fact
}

// Edit records a reviewer's word about the company; it stands above what the
// automation sent and what was found. The score is to follow.
func (c *Case) Edit(e Edit) error {
	if err := c.open(e.ReviewID); err != nil {
		return err
	}
	l := &c.Lead
	l.Edits = slices.DeleteFunc(slices.Clone(l.Edits), func(f Fact) bool { return slices.Contains(e.Fields, f.Field) })
	for _, f := range e.Facts {
		f.Status, f.Confidence, f.By = Given, 1, e.By
		l.Edits = append(l.Edits, f)
	}
	c.Note(e.By, "edited", fieldsNamed, Join(e.Fields, "\n", ""))
	return nil
}

// open returns why the round takes no word any more, or nil while it does.
func (c *Case) open(reviewID string) error {
	r := c.Review()
	switch {
	case r == nil:
		return fmt.Errorf("lead %s: %w", c.Lead.ID, ErrNotUnderReview)
	case reviewID != "" && reviewID != r.ID:
		return fmt.Errorf("lead %s round %d: %w", c.Lead.ID, r.Round, ErrStaleReview)
	case !r.Open():
		return fmt.Errorf("lead %s round %d: %w", c.Lead.ID, r.Round, ErrDecided)
	}
	return nil
}

// Edited reports whether a reviewer spoke of the field.
func (l *Lead) Edited(field Field) bool {
	return slices.ContainsFunc(l.Edits, func(f Fact) bool { return f.Field == field })
}

// FoundFacts are the facts that enrichment found, without those that a reviewer
// replaced. A technology that the reviewer's list keeps is still found.
func (l *Lead) FoundFacts() []Fact {
	kept := func(f Fact) bool {
		return f.Field == Technology && slices.ContainsFunc(l.Edits, func(e Fact) bool { return e.Field == Technology && e.Value == f.Value })
	}
	return slices.DeleteFunc(slices.Clone(l.Found), func(f Fact) bool { return l.Edited(f.Field) && !kept(f) })
}

// Explain keeps why a round was approved against its proposal: a word of the
// person who did, while that decision stands. The same word again changes
// nothing; no word says that the form was closed. Either way the time to undo begins,
// if it had not. ErrStaleReview: the round is over; ErrNotDecided: it was not approved
// against its proposal; ErrNotAllowed: somebody else decided.
func (c *Case) Explain(reviewID, by, why string) error {
	r := c.Review()
	switch {
	case r == nil || r.ID != reviewID:
		return fmt.Errorf("lead %s: %w", c.Lead.ID, ErrStaleReview)
	case !r.Override:
		return fmt.Errorf("lead %s round %d: %w", c.Lead.ID, r.Round, ErrNotDecided)
	case r.By != by:
		return fmt.Errorf("lead %s round %d, decided by %s: %w", c.Lead.ID, r.Round, r.By, ErrNotAllowed)
	}
	if c.Lead.UndoFrom.After(c.Now) {
		c.Lead.UndoFrom = c.Now
	}
	if why == "" || r.Note == why {
		return nil
	}
	r.Note = why
	c.Note(by, "explained", inRound, strconv.Itoa(r.Round))
	return nil
}

// Undo takes the decision on the newest round back and opens another round,
// whose card is the same message. It is possible within the grace after the
// decision and while nothing of it may have reached the outside; after that it
// is ErrTooLate. ErrStaleReview: the round is not the newest; ErrNotDecided: it
// is still open.
func (c *Case) Undo(reviewID, by string, grace time.Duration) error {
	r := c.Review()
	switch {
	case r == nil:
		return fmt.Errorf("lead %s: %w", c.Lead.ID, ErrNotUnderReview)
	case reviewID != r.ID:
		return fmt.Errorf("lead %s round %d: %w", c.Lead.ID, r.Round, ErrStaleReview)
	case r.Open():
		return fmt.Errorf("lead %s round %d: %w", c.Lead.ID, r.Round, ErrNotDecided)
	case !Undoable(&c.Lead, r, c.Effects, c.Now, grace):
		return fmt.Errorf("undo lead %s round %d: %w", c.Lead.ID, r.Round, ErrTooLate)
	}
	over, channel := *r, r.Channel
	for _, e := range c.Effects {
		if e.Round != over.Round || e.Kind != CardEffect {
			continue
		}
		if channel = e.Target; over.TS == "" && (e.State == Sending || e.State == Unsure) {
			return fmt.Errorf("undo lead %s round %d: %w", c.Lead.ID, r.Round, ErrCardUnderWay)
		}
	}
	// The next round draws the same message, and the thread goes on. One that has none yet
	// posts its own.
	c.cancel(func(e *Effect) bool { return e.Round == over.Round && e.Kind != ThreadEffect })
	r.UndoneBy, r.UndoneAt = by, c.Now
	c.Note(by, undone, inRound, strconv.Itoa(over.Round))
	if err := c.OpenReview(channel); err != nil {
		return err
	}
	if over.TS == "" {
		return nil
	}
	r = c.Review()
	r.Channel, r.TS, r.Deleted = over.Channel, over.TS, over.Deleted
	c.Effect(EffectID(c.Lead.ID, CardEffect, channel, r.Round)).Posts = false // it stands there
	return nil
}

// revoke takes the approval of the newest round back, whenever that is, and opens another
// round with a card of its own. What of the approval nobody was told yet is not told any more;
// what others know stays, and they hear of the new round. ErrNotDecided: it was not approved.
func (c *Case) revoke(w DecisionInput) error {
	r := c.Review()
	switch {
	case r == nil:
		return fmt.Errorf("lead %s: %w", c.Lead.ID, ErrNotUnderReview)
	case w.ReviewID != "" && w.ReviewID != r.ID:
		return fmt.Errorf("lead %s round %d: %w", c.Lead.ID, r.Round, ErrStaleReview)
	case r.Decision != Approve:
		return fmt.Errorf("revoke lead %s round %d: %w", c.Lead.ID, r.Round, ErrNotDecided)
	}
	if c.Lead.Stage == Archived {
		if err := c.Restore(w.By); err != nil {
			return err
		}
	}
	c.cancel(func(e *Effect) bool {
		return !e.Message() && e.Round == r.Round && e.Attempts == 0 && e.LastError == ""
	})
	r.UndoneBy, r.UndoneAt, r.UndoneWhy, c.Lead.UndoFrom = w.By, c.Now, w.Reason, time.Time{}
	c.redraw(r)
	c.Note(w.By, string(Revoke), inRound, strconv.Itoa(r.Round))
	return c.OpenReview(r.Channel)
}

// Undoable reports whether the decision on the lead's newest round may still be
// taken back.
func Undoable(l *Lead, r *Review, effects []Effect, now time.Time, grace time.Duration) bool {
	if r == nil || r.Open() || r.Decision == Superseded || grace <= 0 || !now.Before(l.UndoEnds(r, grace)) {
		return false
	}
	for _, e := range effects {
		begun := e.State != Cancelled && (e.State != Pending || e.Attempts > 0)
		if !e.Message() && e.Round == r.Round && begun {
			return false
		}
	}
	return true
}

// UndoEnds is when the time to take back the newest round's decision is over.
func (l *Lead) UndoEnds(r *Review, grace time.Duration) time.Time {
	return later(r.DecidedAt, l.UndoFrom).Add(grace)
}

const undone = "undone" // the action of an undo in the history

// reposts is how often a card that somebody deleted is posted again.
const reposts = 1

// CardDeleted records that the message ts, which was a card, is gone. An open
// round's card is wanted again, once; deleted again, it waits for an operator. A
// decided round needs none. Who has the card in hand to change it finds it gone: what
// comes of that attempt does not count.
func (c *Case) CardDeleted(ts string) {
	newest := c.Review()
	if !newest.Open() || ts == "" || newest.TS != ts {
		return
	}
	for i := range c.Reviews { // after an undo two rounds have one message
		if r := &c.Reviews[i]; r.TS == ts {
			r.TS, r.ThreadTS = "", ""
		}
	}
	newest.Deleted++
	for i := range c.Effects {
		e := &c.Effects[i]
		if e.Kind != CardEffect || e.Round != newest.Round {
			continue
		}
		e.Posts, e.State, e.DueAt, e.Attempts, e.LastError, e.UpdatedAt = true, Pending, c.Now, 0, "", c.Now
		if newest.Deleted > reposts {
			e.State, e.LastError = GivenUp, "the card was deleted again; it is posted once more after `leadtriage lead retry`"
		}
	}
	c.Note(Itself, "card_deleted", inRound, strconv.Itoa(newest.Round))
}

// PostAgain lets the newest round's card be posted again however often it was deleted.
func (c *Case) PostAgain() {
	if r := c.Review(); r != nil {
		r.Deleted = 0
	}
}

// ThreadActions are the acts of a lead's history that its card's thread tells of.
var ThreadActions = []string{"received", "joined", "added", "enriched", "enrichment_failed", "review_opened", "card_deleted", "edited",
	"reminder_delivered", "backup_delivered", string(Approve), string(Reject), undone, string(Revoke),
	"webhook_delivered", "webhook_failing", "webhook_failed", "retried",
	"hubspot_delivered", "hubspot_failing", "hubspot_failed", "salesforce_delivered", "salesforce_failing", "salesforce_failed",
	"crm_matched", "crm_stage_kept", "crm_theirs",
	"partner_asked", "partner_answered", "partner_not_told", "partnermail_delivered", "partnermail_failing", "partnermail_failed",
	"partnerask_delivered", "partnerask_failing", "partnerask_failed",
	"outcome_contacted", "outcome_opportunity", "outcome_sql", "outcome_closed_won", "outcome_closed_lost", "outcome_not_accepted",
	OwnerAssignedNote, OwnerWaitsNote, OwnerAcceptedNote, ClockWarnedNote, ClockBreachedNote}

// UpdateThread asks for the newest card's thread to be brought up to date when this
// change did something that it tells of. The reply is posted with the first such
// thing after the card, and then changed in its place. Until the card of a round that
// follows a revoked one stands, the one before tells why.
func (c *Case) UpdateThread() {
	r := c.Review()
	if n := len(c.Reviews); n > 1 && r.TS == "" && c.Reviews[n-2].UndoneWhy != "" {
		r = &c.Reviews[n-2]
	}
	if r == nil || r.TS == "" || !slices.ContainsFunc(c.Notes, func(e Entry) bool { return slices.Contains(ThreadActions, e.Action) }) {
		return
	}
	first := r // of the rounds that have this card
	for i := range c.Reviews {
		if c.Reviews[i].TS == r.TS && c.Reviews[i].Channel == r.Channel {
			first = &c.Reviews[i]
			break
		}
	}
	e := c.Effect(EffectID(c.Lead.ID, ThreadEffect, r.Channel, first.Round))
	if e == nil {
		c.AddEffect(Effect{Kind: ThreadEffect, Lane: SlackLane, Target: r.Channel, Round: first.Round, DueAt: c.Now})
		return
	}
	e.Revision++
	e.UpdatedAt = c.Now
	if e.State == Delivered || e.State == Cancelled {
		e.State, e.DueAt, e.Attempts, e.Posts = Pending, c.Now, 0, first.ThreadTS == ""
	}
}
