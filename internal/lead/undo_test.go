package lead_test

import (
	"errors"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

var noon = time.Date(2026, 11, 23, 12, 0, 0, 0, time.UTC)

// approved is a lead that was approved at noon, told to nobody yet.
func approved(t *testing.T) *lead.Case {
	t.Helper()
	c := lead.NewCase(lead.Incoming{}, noon)
	c.Lead.Stage = lead.Enriched
	if err := c.OpenReview("C0REVIEW"); err != nil {
		t.Fatal(err)
	}
	c.Review().Channel, c.Review().TS = "C0REVIEW", "1.0"
	c.Effects[0].State = lead.Delivered
	if err := c.Decide(lead.DecisionInput{Decision: lead.Approve, By: "U0ADA"}); err != nil {
		t.Fatal(err)
	}
	c.AddEffect(lead.Effect{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, Target: "default", Round: 1, Event: "lead.approved", DueAt: noon.Add(time.Minute)})
	c.Redraw()
	return c
}

func TestUndo(t *testing.T) {
	c := approved(t)
	first := c.Review().ID
	c.Now = noon.Add(time.Minute - time.Millisecond)
	if err := c.Undo(first, "U0BOB", time.Minute); err != nil {
		t.Fatal(err)
	}
	r := c.Review()
	if c.Lead.Stage != lead.AwaitingReview || r.ID == first || r.Round != 2 || !r.Open() || r.Channel != "C0REVIEW" || r.TS != "1.0" {
		t.Errorf("stage %s, review %+v", c.Lead.Stage, r)
	}
	var states []lead.EffectState
	for _, e := range c.Effects {
		states = append(states, e.State)
	}
	if len(states) != 3 || states[0] != lead.Cancelled || states[1] != lead.Cancelled || states[2] != lead.Pending || c.Effects[2].Kind != lead.CardEffect {
		t.Errorf("effects %+v", c.Effects)
	}
	if r := c.Reviews[0]; r.UndoneBy != "U0BOB" || !r.UndoneAt.Equal(c.Now) {
		t.Errorf("the round %+v", r)
	}
	if err := c.Undo(first, "U0ADA", time.Minute); !errors.Is(err, lead.ErrStaleReview) {
		t.Errorf("a second undo is %v", err)
	}
}

func TestUndoIsRefused(t *testing.T) {
	webhook := func(change func(e *lead.Effect)) func(*lead.Case) {
		return func(c *lead.Case) { change(&c.Effects[1]) }
	}
	tests := map[string]struct {
		so   func(c *lead.Case)
		want error
	}{
		"the time is over":    {func(c *lead.Case) { c.Now = noon.Add(time.Minute) }, lead.ErrTooLate},
		"the webhook leaves":  {webhook(func(e *lead.Effect) { e.State = lead.Sending }), lead.ErrTooLate},
		"it may have arrived": {webhook(func(e *lead.Effect) { e.State = lead.Unsure }), lead.ErrTooLate},
		"it arrived":          {webhook(func(e *lead.Effect) { e.State = lead.Delivered }), lead.ErrTooLate},
		"it was tried":        {webhook(func(e *lead.Effect) { e.Attempts = 1 }), lead.ErrTooLate},
		"nobody decided":      {func(c *lead.Case) { c.Review().Decision = "" }, lead.ErrNotDecided},
		"nobody was asked":    {func(c *lead.Case) { c.Reviews = nil }, lead.ErrNotUnderReview},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			c := approved(t)
			id := c.Review().ID
			tt.so(c)
			rounds, notes := len(c.Reviews), len(c.Notes)
			if err := c.Undo(id, "U0ADA", time.Minute); !errors.Is(err, tt.want) {
				t.Errorf("undo is %v, want %v", err, tt.want)
			}
			if c.Lead.Stage != lead.Approved || len(c.Reviews) != rounds || len(c.Notes) != notes || c.Effects[1].State == lead.Cancelled {
				t.Errorf("something changed: %+v", c)
			}
		})
	}
}
