package review

import (
	"context"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

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
