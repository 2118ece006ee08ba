package lead

import (
	"fmt"
	"strconv"
	"time"
)

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
	case r.TS == "":
		return fmt.Errorf("undo lead %s round %d: its card is still on the way", c.Lead.ID, r.Round)
	}
	over, channel := *r, r.Channel
	for i := range c.Effects {
		e := &c.Effects[i]
		if e.Round != over.Round || e.Kind == ThreadEffect {
			continue // the thread goes on
		}
		if e.Kind == CardEffect {
			channel = e.Target
		}
		if e.State == Pending { // a card's: the next round draws the same message
			e.State, e.UpdatedAt = Cancelled, c.Now
		}
	}
	r.UndoneBy, r.UndoneAt = by, c.Now
	c.Note(by, undone, inRound, strconv.Itoa(over.Round))
	if err := c.OpenReview(channel); err != nil {
		return err
	}
	r = c.Review()
	r.Channel, r.TS, r.Deleted = over.Channel, over.TS, over.Deleted
	c.Effect(EffectID(c.Lead.ID, CardEffect, channel, r.Round)).Posts = false // it stands there
	return nil
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
