package worker

import (
	"context"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Hours are when reviewers work; internal/hours implements it.
type Hours interface {
	// After is the moment at which that much working time has passed since t. With
	// none it is the first working moment from t on.
	After(t time.Time, working time.Duration) time.Time
}

// planReminders has the reviewers of a round whose card stands reminded, in case
// nobody answers. No answer is never a decision.
func (f *Flow) planReminders(_ *step, c *lead.Case) {
	r := c.Review()
	if f.Threads == nil || f.Hours == nil || !r.Open() || r.TS == "" {
		return
	}
	for kind, after := range map[lead.EffectKind]time.Duration{lead.ReminderEffect: f.Policy.RemindAfter, lead.BackupEffect: f.Policy.BackupAfter} {
		if after > 0 && len(f.asked(&c.Lead, r.Channel, kind)) > 0 {
			c.AddEffect(lead.Effect{Kind: kind, Lane: lead.Reviewers, Target: r.Channel, Round: r.Round, DueAt: f.Hours.After(c.Now, after)})
		}
	}
}

// remind asks for an answer, if the round still waits for one and people work.
func (f *Flow) remind(ctx context.Context, e lead.Effect, d *lead.Dossier, unsure bool) (place, error) {
	r := d.Round(e.Round)
	if d.Lead.Stage != lead.AwaitingReview || r != d.Review() || !r.Open() {
		return place{}, outbox.ErrNeedless
	}
	now := f.now()
	if opens := f.Hours.After(now, 0); opens.After(now) {
		return place{}, notYet(opens.Sub(now))
	}
	if r.TS == "" {
		return place{}, notYet(lead.UnsureWait) // its card is posted again
	}
	whom := f.asked(&d.Lead, r.Channel, e.Kind)
	if len(whom) == 0 {
		return place{}, outbox.ErrNeedless
	}
	return f.reply(ctx, e, r, unsure, func() (string, error) { return f.Threads.Remind(ctx, d, r, e.Kind, whom) })
}

// asked are the Slack users and groups that a reminder about the lead names: who
// may decide about it, or who stands in for them.
func (f *Flow) asked(l *lead.Lead, channel string, kind lead.EffectKind) (whom []string) {
	for _, d := range f.Policy.Deciders {
		if d.Slack() && d.Backup == (kind == lead.BackupEffect) && d.Scope.Covers(l.Partner.ID, channel) {
			whom = append(whom, d.By+d.Group)
		}
	}
	return whom
}
