package review

import (
	"context"
	"errors"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Threads are the replies below a card. lead.ErrMessageGone
// of CardStands: the card is not there; of an update: the reply.
type Threads interface {
	// CardStands looks for the round's card; a reply is posted only below one.
	CardStands(ctx context.Context, r *lead.Review) error
	// PostTimeline tells below the round's card what happened with the lead.
	PostTimeline(ctx context.Context, d *lead.Dossier, r *lead.Review) (ts string, err error)
	UpdateTimeline(ctx context.Context, d *lead.Dossier, r *lead.Review) error
	// Remind asks the people and groups below the round's card for an answer.
	Remind(ctx context.Context, d *lead.Dossier, r *lead.Review, kind lead.EffectKind, whom []string) (ts string, err error)
	// FindReply looks below the round's card for our reply of this kind.
	FindReply(ctx context.Context, kind lead.EffectKind, leadID string, r *lead.Review) (ts string, ok bool, err error)
}

// drawThread brings the reply that tells what happened up to date. It is drawn from
// the record, so drawing it again is harmless.
//
// Crash window: as with a card; an unsure reply is looked for below its card.
func (m *Messages) drawThread(ctx context.Context, e lead.Effect, d *lead.Dossier, unsure bool) (place, error) {
	r := d.Round(e.Round)
	if r == nil || r.TS == "" {
		return place{}, outbox.ErrNeedless // the card is gone; a new one has a thread of its own
	}
	var at place
	if r.ThreadTS == "" {
		var err error
		at, err = m.reply(ctx, e, r, unsure, func() (string, error) { return m.Slack.PostTimeline(ctx, d, r) })
		if err != nil || !unsure {
			return at, err
		}
		r.ThreadTS = at.TS // adopted as it was drawn then
	}
	return at, m.patiently(ctx, changes, func() error { return m.Slack.UpdateTimeline(ctx, d, r) })
}

// reply posts below the round's card, in the channel's turn. After an attempt
// that may have posted, it looks for that reply first.
func (m *Messages) reply(ctx context.Context, e lead.Effect, r *lead.Review, unsure bool, post func() (string, error)) (place, error) {
	if unsure {
		ts, ok, err := m.search(ctx, func() (string, bool, error) { return m.Slack.FindReply(ctx, e.Kind, e.LeadID, r) })
		if err != nil && !errors.Is(err, lead.ErrMessageGone) {
			return place{}, stillUnsure(err)
		}
		if err != nil || ok {
			return place{r.Channel, ts}, err
		}
		return place{}, outbox.NotYet(0)
	}
	// Before the moment is taken, so that the post does not come late in it.
	if err := m.Slack.CardStands(ctx, r); err != nil {
		return place{}, err
	}
	if wait := m.Pace.Take(ctx, r.Channel); wait > 0 {
		return place{}, outbox.NotYet(wait)
	}
	ts, err := post()
	return place{r.Channel, ts}, err
}

// planReminders has the reviewers of a round whose card stands reminded, in case
// nobody answers. No answer is never a decision.
func (m *Messages) planReminders(_, _ lead.Seen, c *lead.Case) {
	r := c.Review()
	if m.Policy.Hours == nil || !r.Open() || r.TS == "" {
		return
	}
	for kind, after := range map[lead.EffectKind]time.Duration{lead.ReminderEffect: m.Policy.RemindAfter, lead.BackupEffect: m.Policy.BackupAfter} {
		if after > 0 && len(m.Reviewers.Remind(&c.Lead, r.Channel, kind == lead.BackupEffect)) > 0 {
			c.AddEffect(lead.Effect{Kind: kind, Lane: lead.SlackLane, Target: r.Channel, Round: r.Round,
				DueAt: m.Policy.Hours.After(c.Now, after)})
		}
	}
}

// remind asks for an answer, if the round still waits for one and people work.
func (m *Messages) remind(ctx context.Context, e lead.Effect, d *lead.Dossier, unsure bool) (place, error) {
	r := d.Round(e.Round)
	if d.Lead.Stage != lead.AwaitingReview || r != d.Review() || !r.Open() {
		return place{}, outbox.ErrNeedless
	}
	now := m.now()
	if opens := m.Policy.Hours.After(now, 0); opens.After(now) {
		return place{}, outbox.NotYet(opens.Sub(now))
	}
	if r.TS == "" {
		return place{}, outbox.NotYet(lead.UnsureWait) // its card is posted again
	}
	whom := m.Reviewers.Remind(&d.Lead, r.Channel, e.Kind == lead.BackupEffect)
	if len(whom) == 0 {
		return place{}, outbox.ErrNeedless
	}
	return m.reply(ctx, e, r, unsure, func() (string, error) { return m.Slack.Remind(ctx, d, r, e.Kind, whom) })
}
