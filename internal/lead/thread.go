package lead

import "slices"

// ThreadActions are the acts of a lead's history that its card's thread tells of.
var ThreadActions = []string{"received", "joined", "added", "enriched", "enrichment_failed", "review_opened", "card_deleted", "edited",
	"reminder_delivered", "backup_delivered", string(Approve), string(Reject), undone,
	"webhook_delivered", "webhook_failing", "webhook_failed", "retried",
	"hubspot_delivered", "hubspot_failing", "hubspot_failed", "crm_matched", "crm_stage_kept", "crm_theirs"}

// UpdateThread asks for the newest card's thread to be brought up to date when this
// change did something that it tells of. The reply is posted with the first such
// thing after the card, and then changed in its place.
func (c *Case) UpdateThread() {
	r := c.Review()
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

// forgetReminders takes back what would ask for an answer that is there.
func (c *Case) forgetReminders() {
	for i := range c.Effects {
		e := &c.Effects[i]
		if (e.Kind == ReminderEffect || e.Kind == BackupEffect) && e.State == Pending {
			e.State, e.UpdatedAt = Cancelled, c.Now
		}
	}
}
