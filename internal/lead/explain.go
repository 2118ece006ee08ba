package lead

import (
	"fmt"
	"strconv"
)

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
