package partner

import (
	"context"
	"fmt"
	"log/slog"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// way is one in which partners are told where their leads stand.
type way struct {
	*Policy
	name   string // in lead.Told
	effect lead.EffectKind
	lane   lead.Lane
	target string             // of several far sides, with a dash behind it
	wants  func(Partner) bool // whether the partner is told in this way
	now    func() time.Time
}

// stands is what a partner would be told last of the lead, once its decision stands.
func (p *Policy) stands(l *lead.Lead, outcomes []lead.Outcome) string {
	s := string(StatusOf(l, outcomes))
	if p.Claims && len(l.Met) > 0 {
		s += "+claim"
	}
	return s
}

// plan has the partner told when the lead stands elsewhere than it knows. What waits is drawn
// from the record when it leaves: news piles up into one, which leaves after the time to undo
// a decision. What an undo takes back is never told.
func (w way) plan(_, is lead.Seen, c *lead.Case) {
	if !w.wants(w.Partners[c.Lead.Partner.ID]) || is.Stage == lead.Merged {
		return
	}
	news := w.stands(&c.Lead, c.Outcomes)
	for i := range c.Effects {
		switch e := &c.Effects[i]; {
		case e.Kind != w.effect || e.Lane != w.lane || e.State == lead.Delivered || e.State == lead.Cancelled:
		case e.Event == news:
			return // on its way
		case e.State == lead.Pending && e.Attempts == 0:
			e.State, e.UpdatedAt = lead.Cancelled, c.Now
		}
	}
	if c.Lead.Told[w.name] == news {
		return
	}
	e := lead.Effect{Kind: w.effect, Lane: w.lane, Event: news, DueAt: c.Now.Add(w.Wait),
		Target: fmt.Sprintf("%s%s-%d", w.target, news, c.Now.UnixMilli())}
	if r := c.Review(); r != nil && !r.Open() {
		e.Round = r.Round // an undo takes it back
		if end := c.Lead.UndoEnds(r, w.Undo); end.After(e.DueAt) {
			e.DueAt = end
		}
	}
	c.AddEffect(e)
}

// news is what an attempt is to tell; while the decision can be taken back it waits.
func (w way) news(a *outbox.Attempt) (string, error) {
	l := &a.Dossier.Lead
	if r := a.Dossier.Review(); r != nil && !r.Open() {
		if left := l.UndoEnds(r, w.Undo).Sub(w.now()); left > 0 {
			return "", lead.Faultf(lead.Throttled, left, "the decision can still be taken back")
		}
	}
	news := w.stands(l, a.Dossier.Outcomes)
	if l.Told[w.name] == news {
		return "", outbox.ErrNeedless
	}
	return news, nil
}

// unwanted keeps to what the person allows.
func (w way) unwanted(a *outbox.Attempt, news string) error {
	if w.extent(&a.Dossier.Lead) == Nothing {
		return w.withhold(a, news, "no_consent")
	}
	return nil
}

// withhold cancels what is not told, with its reason in the history; it is not tried again
// before there is other news.
func (w way) withhold(a *outbox.Attempt, news, why string) error {
	a.Learned = func(c *lead.Case) {
		if news != "" {
			c.SetTold(w.name, news)
		}
		c.Note(lead.Itself, "partner_not_told", lead.NotTold, why)
	}
	return outbox.ErrNeedless
}

func (w way) told(a *outbox.Attempt, news string) {
	a.Learned = func(c *lead.Case) { c.SetTold(w.name, news) }
}

// What a webhook's target hears, for a partner's portal or an automation of its own.
const (
	StatusEvent                 = "partner.status"
	HookEffect  lead.EffectKind = "partnerhook"
)

// Target takes signed webhooks.
type Target interface {
	// Post makes one attempt under a stable key. Its errors are lead.Faults.
	Post(ctx context.Context, key, event string, at time.Time, data any) error
}

// Update is the data of such a webhook: what the partner may know, and nothing else.
type Update struct {
	ID      string       `json:"id"` // of the lead
	Partner lead.Partner `json:"partner"`
	Company lead.Company `json:"company"` // its name alone
	Sent    time.Time    `json:"sent_at"`
	Status  Status       `json:"status"`
	At      time.Time    `json:"at"`
	Reason  string       `json:"reason,omitempty"`
	Missing []string     `json:"missing,omitempty"`
	Claim   *HeldClaim   `json:"claim,omitempty"`
}

// HeldClaim never says whose another's is.
type HeldClaim struct {
	Yours bool      `json:"yours"`
	Until lead.Date `json:"until"`
}

// Hook tells a target, in a lane of its own.
func (p *Policy) Hook(name string, t Target, now func() time.Time, log *slog.Logger) outbox.Kind {
	w := way{p, "webhook " + name, HookEffect, lead.Lane("partner:" + name), name + "-", func(who Partner) bool { return who.Webhook }, now}
	return outbox.Kind{Name: HookEffect, Target: name, Lane: outbox.NewLane(w.lane, slots).WithBreaker(log), Plan: w.plan,
		Do: func(ctx context.Context, a *outbox.Attempt) error {
			news, err := w.news(a)
			if err == nil {
				err = w.unwanted(a, news)
			}
			if err != nil {
				return err
			}
			v := p.View(a.Dossier, now())
			u := Update{ID: v.Lead, Partner: lead.Partner{ID: a.Dossier.Lead.Partner.ID, Tier: a.Dossier.Lead.Partner.Tier},
				Company: lead.Company{Name: v.Name}, Sent: v.Sent,
				Status: v.Status, At: v.At, Reason: v.Reason, Missing: v.Missing}
			if v.Claim != nil && len(a.Dossier.Lead.Conflicts) > 0 {
				u.Claim = &HeldClaim{v.Mine, v.Claim.Until}
			}
			if err := t.Post(ctx, a.Effect.ID, StatusEvent, a.Effect.CreatedAt, u); err != nil {
				return err
			}
			w.told(a, news)
			return nil
		}}
}
