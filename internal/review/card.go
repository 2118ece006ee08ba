package review

import (
	"context"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Cards are the messages that ask.
type Cards interface {
	// Post posts the newest round's card and says where it stands.
	Post(ctx context.Context, channel string, d *lead.Dossier) (at, ts string, err error)
	Update(ctx context.Context, d *lead.Dossier, channel, ts string) error
	// Find looks for a card of the round that was posted in the channel since.
	Find(ctx context.Context, channel, leadID string, round int, since time.Time) (ts string, ok bool, err error)
}

// place is where a message stands; without TS it stands nowhere.
type place struct{ Channel, TS string }

// draw posts the round's card, or brings the one that stands there up to date.
// After an attempt that may have posted, it looks for that card first.
//
// Crash window: dying between Slack's answer and settle leaves the effect
// Sending; the next attempt is unsure and adopts the card that stands there.
func (m *Messages) draw(ctx context.Context, e lead.Effect, d *lead.Dossier, unsure bool) (place, error) {
	r := d.Round(e.Round)
	if r == nil {
		return place{}, lead.Faultf(lead.Permanent, 0, "the record has no review round %d", e.Round)
	}
	if r.TS == "" {
		r.Channel = m.Reviewers.ChannelFor(r, &d.Lead)
	}
	if r.TS == "" && unsure {
		ts, ok, err := m.search(ctx, func() (string, bool, error) {
			return m.Slack.Find(ctx, r.Channel, e.LeadID, e.Round, r.OpenedAt)
		})
		if err != nil {
			return place{}, stillUnsure(err)
		}
		if !ok {
			return place{}, outbox.NotYet(0)
		}
		r.TS = ts
	}
	if r.TS != "" {
		return place{r.Channel, r.TS}, m.patiently(ctx, changes, func() error { return m.Slack.Update(ctx, d, r.Channel, r.TS) })
	}
	if r != d.Review() {
		return place{}, outbox.ErrNeedless // overtaken before its card went out: the newest round has its own
	}
	if !e.Posts {
		return place{}, outbox.NotYet(0) // found deleted since the claim: a new card is another attempt's
	}
	if wait := m.Pace.Take(ctx, r.Channel); wait > 0 {
		if r.Channel == e.Target {
			wait = 0 // who waits for this channel's moment chooses anew
		}
		return place{}, outbox.NotYet(wait)
	}
	channel, ts, err := m.Slack.Post(ctx, r.Channel, d)
	return place{channel, ts}, err
}

// Slack counts an app's changes to messages, and its searches for them, whatever the
// channel: each has a place of its own among the moments.
const (
	changes  = ":changes"
	searches = ":searches"
)

// patiently makes a call that Slack counts at the place, unless it asked for patience there.
func (m *Messages) patiently(ctx context.Context, place string, call func() error) error {
	if wait := m.Pace.Free(ctx, place); wait > 0 {
		return outbox.NotYet(wait)
	}
	err := call()
	if kind, after := lead.KindOf(err); kind == lead.Throttled {
		m.Pace.Hold(ctx, place, after)
	}
	return err
}

// search looks for a message that may have been posted.
func (m *Messages) search(ctx context.Context, find func() (ts string, ok bool, err error)) (ts string, ok bool, err error) {
	err = m.patiently(ctx, searches, func() error {
		ts, ok, err = find()
		return err
	})
	return ts, ok, err
}

// posted records where a message stands.
func posted(c *lead.Case, e *lead.Effect, at place) {
	r := &c.Reviews[e.Round-1]
	e.Posts = false
	switch e.Kind {
	case lead.CardEffect:
		r.Channel, r.TS = at.Channel, at.TS
	case lead.ThreadEffect:
		r.ThreadTS = at.TS
	}
}

// gone follows a message that somebody deleted: a card that asks is wanted
// again, and a reply waits for it. A deleted reply is not missed.
func gone(c *lead.Case, e *lead.Effect, at place) {
	e.State = lead.Delivered
	switch {
	case e.Kind == lead.CardEffect:
		c.CardDeleted(at.TS)
	case e.Posts:
		c.CardDeleted(c.Reviews[e.Round-1].TS)
		e.State = lead.Cancelled // a thread begins anew below the new card
		if e.Kind != lead.ThreadEffect {
			e.State, e.DueAt = lead.Pending, c.Now.Add(lead.UnsureWait)
		}
	}
}

// drawAgain is when a card that was just drawn has to be drawn again, or zero:
// at once if the record moved meanwhile, and when the time to undo ends, so that
// no card offers what is gone.
//
// A round that an undo opened has its card in the same message. A drawing that
// was on its way at the undo may have landed on top, so the new round's is repeated.
func (m *Messages) drawAgain(c *lead.Case, e *lead.Effect, claimed lead.Effect) time.Time {
	switch {
	case e.Kind == lead.ThreadEffect && e.Revision != claimed.Revision:
		return c.Now
	case e.Kind != lead.CardEffect, e.Round < 1, e.Round > len(c.Reviews):
		return time.Time{}
	}
	r, newest := &c.Reviews[e.Round-1], c.Review()
	if r != newest && r.TS == newest.TS {
		c.Redraw()
		return time.Time{}
	}
	if e.Revision != claimed.Revision {
		return c.Now
	}
	// Drawn after the claim: a claim within the time may have shown the button.
	if end := c.Lead.UndoEnds(r, m.Policy.Undo); !r.Open() && claimed.UpdatedAt.Before(end) {
		return end
	}
	return time.Time{}
}

// stillUnsure keeps an effect unsure when even looking for the card failed.
func stillUnsure(err error) error {
	_, after := lead.KindOf(err)
	return &lead.Fault{Kind: lead.Uncertain, After: after, Err: err}
}
