package lead

import "strconv"

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
