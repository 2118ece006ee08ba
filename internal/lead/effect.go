package lead

import (
	"encoding/json"
	"time"
)

// EffectKind is what is to happen outside.
type EffectKind string

const (
	CardEffect    EffectKind = "card"
	WebhookEffect EffectKind = "webhook"
	// ThreadEffect is the reply below a card that tells what happened with the lead.
	ThreadEffect EffectKind = "thread"
	// ReminderEffect asks a lead's reviewers for an answer, BackupEffect the
	// reviewers who stand in for them; each once a round.
	ReminderEffect EffectKind = "reminder"
	BackupEffect   EffectKind = "backup"
)

// Lane is a far side. Its effects share what it can take, and those of one lead
// that others see go there in the order in which they were wanted.
type Lane string

const (
	SlackLane   Lane = "slack"   // messages to reviewers, which nobody outside sees
	WebhookLane Lane = "webhook" // the operator's endpoint
)

// DefaultTarget is the endpoint of LEADTRIAGE_WEBHOOK_URL.
const DefaultTarget = "default"

// LaneOf is the lane of a webhook's target.
func LaneOf(target string) Lane {
	if target == DefaultTarget {
		return WebhookLane
	}
	return WebhookLane + "-" + Lane(target)
}

// WebhookEvents are what a target may hear of, in the order in which the first that fits a
// change is told (internal/crm/plan.go).
var WebhookEvents = []string{"lead.approved", "lead.rejected", "lead.disqualified", "lead.reopened", LeadParked, "lead.updated"}

// LeadParked is told only to those that name it.
const LeadParked = "lead.parked"

// EffectState is how far an effect has come.
type EffectState string

const (
	// Pending: to be done when due.
	Pending EffectState = "pending"
	// Sending: claimed by a worker until its lease ends; found in this state
	// after the lease, it may or may not have happened.
	Sending EffectState = "sending"
	// Unsure: an attempt ended without an answer; it may or may not have happened.
	Unsure EffectState = "unsure"
	// Delivered: it happened.
	Delivered EffectState = "delivered"
	// GivenUp: it cannot happen without an operator; `lead retry` resumes it.
	GivenUp EffectState = "failed"
	// Cancelled: an undo took it back before it was sent.
	Cancelled EffectState = "cancelled"
	// Held is shown of a pending message for which no Slack is configured; never stored.
	Held EffectState = "held"
)

// NoSlack is the last error of a message for which no Slack is configured.
const NoSlack = "no Slack is configured: it is posted when SLACK_BOT_TOKEN and a channel are set"

// Effect is something to do outside, recorded before it is done under the
// natural key (LeadID, Kind, Target, Round).
type Effect struct {
	ID         string
	LeadID     string
	Kind       EffectKind
	Lane       Lane
	Seq        int64  // its place among the lead's effects, growing
	Target     string // card: the channel; webhook: the endpoint, and what else tells two apart
	Round      int
	Event      string // webhook: lead.approved, lead.rejected, …
	DueAt      time.Time
	LeaseUntil time.Time // while Sending: until then its worker owns it
	State      EffectState
	Attempts   int
	Posts      bool // a message is still to be posted in the channel Target; it waits for its turn there
	Revision   int  // counts the wishes to draw a card again
	LastError  string
	Since      time.Time // since when it is tried: giving up counts from here
	CreatedAt  time.Time
	UpdatedAt  time.Time
}

// Message reports whether the effect is a message to reviewers.
func (e *Effect) Message() bool { return e.Lane == SlackLane }

// Shown is the state as it is shown.
func (e *Effect) Shown() EffectState {
	if e.State == Pending && e.LastError == NoSlack {
		return Held
	}
	return e.State
}

// Settled reports whether nothing more is to happen, unless an operator wants it.
func (e *Effect) Settled() bool {
	return e.State == Delivered || e.State == Cancelled || e.State == GivenUp
}

// Itself is the actor of what no person or automation did.
const Itself = "leadtriage"

// WakeBehind makes due now what waited in the lane for the effect e to be settled.
func (c *Case) WakeBehind(e *Effect) {
	if e.Message() || !e.Settled() {
		return
	}
	for i := range c.Effects {
		if next := &c.Effects[i]; next.Lane == e.Lane && next.State == Pending && !next.DueAt.After(c.Now) {
			next.UpdatedAt = c.Now
		}
	}
}

// Entry is one line of a lead's history: ids and rule names, no personal data.
type Entry struct {
	At     time.Time `json:"at"`
	Actor  string    `json:"actor"`
	Action string    `json:"action"`
	Detail Said      `json:"detail"`
}

// Said is a reason that is shown in English wherever it is JSON.
type Said struct{ Reason }

// MarshalJSON implements json.Marshaler.
func (s Said) MarshalJSON() ([]byte, error) { return json.Marshal(s.String()) }
