package lead

import (
	"cmp"
	"slices"
	"time"
)

// Kinds and lanes of what follows an approval inside the house.
const (
	OwnerEffect EffectKind = "owner" // gives the lead an owner
	AlarmEffect EffectKind = "alarm" // the next moment of the lead's clocks
	TellEffect  EffectKind = "tell"  // a word to the owner or the manager

	RouteLane  Lane = "route"
	ClockLane  Lane = "clock"
	DirectLane Lane = "direct" // direct messages in Slack
)

// Owner is who works an approved lead. A change replaces it, for others may hold it.
type Owner struct {
	Person     string    `json:"person,omitempty"` // id in routing.people; empty: only the CRM knows the owner
	Email      string    `json:"email"`
	Segment    string    `json:"segment"`
	Way        OwnerWay  `json:"way"`
	At         time.Time `json:"at"`
	AcceptedAt time.Time `json:"accepted_at,omitzero"`
	Trace      []Passed  `json:"trace"`
	PassedOver int       `json:"passed_over,omitempty"` // how many more than Trace lists

	Turn  string `json:"turn"`            // id of the assignment
	Pool  string `json:"pool,omitempty"`  // whose wheel gave it; empty: none
	Cost  int64  `json:"cost,omitempty"`  // of the turn on that wheel
	Keeps bool   `json:"keeps,omitempty"` // the owner before has to answer for its turn: it is not given back
	Wrong bool   `json:"wrong,omitempty"` // sales did not accept the lead: the turn is given back
	Done  bool   `json:"done,omitempty"`  // it is among nobody's open leads any more

	Slack  string `json:"slack,omitempty"`   // Slack user id, once known
	HandBy string `json:"hand_by,omitempty"` // who handed it over, a Slack user id
	Reason string `json:"reason,omitempty"`  // and why, in that person's words
}

// OwnerWay says by what a lead came to its owner.
type OwnerWay string

const (
	ByWheel    OwnerWay = "wheel"
	ByCRM      OwnerWay = "crm"      // the CRM knew an owner of the company or contact
	ByFallback OwnerWay = "fallback" // nobody of the pool was there
	ByHand     OwnerWay = "handed"   // somebody handed it over
)

// OwnerWays lists every OwnerWay.
var OwnerWays = []OwnerWay{ByWheel, ByCRM, ByFallback, ByHand}

// Passed is somebody whose turn it would have been.
type Passed struct {
	Who     string `json:"who"` // an e-mail address
	Skipped Skip   `json:"skipped"`
}

// Skip is why somebody got no lead.
type Skip string

const (
	SkipAway       Skip = "away"        // a day off
	SkipInactive   Skip = "inactive"    // by the configuration or the CRM
	SkipAfterHours Skip = "after_hours" // it is outside their working hours
	SkipDayCap     Skip = "day_cap"     // has as many as they take in a day
	SkipOpenCap    Skip = "open_cap"    // has as many open ones as they take
	SkipHadIt      Skip = "had_it"      // had this lead before
)

// ClockKind is what a service level is about.
type ClockKind string

const (
	ReviewClock       ClockKind = "review"        // from the card to the decision
	SyncClock         ClockKind = "sync"          // from the decision until every far side has it
	AcceptanceClock   ClockKind = "acceptance"    // from the assignment until the owner accepts
	FirstContactClock ClockKind = "first_contact" // from the assignment until the contact: the person's time
	ArrivalClock      ClockKind = "arrival"       // from the lead's arrival until the contact: system and person
)

// ClockKinds lists every kind, in the order of a lead's way.
var ClockKinds = []ClockKind{ReviewClock, SyncClock, AcceptanceClock, FirstContactClock, ArrivalClock}

// ClockState is how far a clock has come.
type ClockState string

const (
	ClockRunning   ClockState = "running"
	ClockWarned    ClockState = "warned"    // it runs, and was warned of
	ClockBreached  ClockState = "breached"  // it runs past its time
	ClockMet       ClockState = "met"       // stopped in time
	ClockLate      ClockState = "late"      // stopped past its time
	ClockCancelled ClockState = "cancelled" // what it waited for is wanted no more
)

// Clock is a service level of the lead.
type Clock struct {
	Kind      ClockKind  `json:"kind"`
	Since     time.Time  `json:"since"`
	DueAt     time.Time  `json:"due_at,omitzero"`  // zero: it only measures
	WarnAt    time.Time  `json:"warn_at,omitzero"` // zero: nobody is warned
	State     ClockState `json:"state"`
	StoppedAt time.Time  `json:"stopped_at,omitzero"`
}

// Runs reports whether what the clock waits for has not come.
func (k *Clock) Runs() bool {
	return k.State == ClockRunning || k.State == ClockWarned || k.State == ClockBreached
}

// Next is the clock's next moment; zero: it has none.
func (k *Clock) Next() time.Time {
	switch {
	case k.State == ClockRunning && !k.WarnAt.IsZero():
		return k.WarnAt
	case k.State == ClockRunning, k.State == ClockWarned:
		return k.DueAt
	}
	return time.Time{}
}

// Clock is the newest clock of the kind, or nil.
func (l *Lead) Clock(kind ClockKind) *Clock {
	for i := range slices.Backward(l.Clocks) {
		if l.Clocks[i].Kind == kind {
			return &l.Clocks[i]
		}
	}
	return nil
}

// NextAlarm is the next moment of all clocks; zero: none.
func (l *Lead) NextAlarm() (next time.Time) {
	for _, k := range l.Clocks {
		if at := k.Next(); !at.IsZero() && (next.IsZero() || at.Before(next)) {
			next = at
		}
	}
	return next
}

// StartClock starts a clock, in place of an earlier one of its kind.
func (c *Case) StartClock(k Clock) {
	c.Lead.Clocks = append(slices.DeleteFunc(slices.Clone(c.Lead.Clocks), func(o Clock) bool { return o.Kind == k.Kind }), k)
}

// StopClock stops the clock of the kind that runs since then. What came at its due
// moment came in time.
func (c *Case) StopClock(kind ClockKind, at time.Time) {
	if k := c.runningClock(kind); k != nil {
		k.State, k.StoppedAt = ClockMet, at
		if !k.DueAt.IsZero() && at.After(k.DueAt) {
			k.State = ClockLate
		}
	}
}

// CancelClock ends a clock whose end is wanted no more.
func (c *Case) CancelClock(kind ClockKind) {
	if k := c.runningClock(kind); k != nil {
		k.State, k.StoppedAt = ClockCancelled, c.Now
	}
}

// runningClock is the lead's running clock of the kind, to be changed, or nil.
func (c *Case) runningClock(kind ClockKind) *Clock {
	if k := c.Lead.Clock(kind); k == nil || !k.Runs() {
		return nil
	}
	c.Lead.Clocks = slices.Clone(c.Lead.Clocks) // others share it (Seen)
	return c.Lead.Clock(kind)
}

// Ring moves on the clocks whose moment has come, and says so in the history.
func (c *Case) Ring() {
	for _, kind := range ClockKinds {
		k := c.runningClock(kind)
		if k == nil || k.Next().IsZero() || k.Next().After(c.Now) {
			continue
		}
		k.State = ClockWarned
		action := ClockWarnedNote
		if !k.DueAt.After(c.Now) {
			k.State, action = ClockBreached, ClockBreachedNote
		}
		c.Note(Itself, action, ofClock, string(kind))
	}
}

// What the history says of owners and clocks.
const (
	OwnerAssignedNote = "owner_assigned"
	OwnerAcceptedNote = "owner_accepted"
	OwnerWaitsNote    = "owner_waits"
	ClockWarnedNote   = "sla_warned"
	ClockBreachedNote = "sla_breached"
)

// Assign gives the lead its owner, who has it once whatever was tried before.
func (c *Case) Assign(o Owner) {
	if c.Lead.Owner != nil && c.Lead.Owner.Turn == o.Turn {
		return
	}
	o.At = c.Now
	c.Lead.Owner = &o
	if !slices.Contains(c.Lead.Owned, o.Email) {
		c.Lead.Owned = append(slices.Clip(c.Lead.Owned), o.Email)
	}
	by := Itself
	if o.HandBy != "" {
		by = o.HandBy
	}
	c.Note(by, OwnerAssignedNote, toOwner, cmp.Or(o.Person, "crm"), o.Segment, string(o.Way))
}

// TakeOn records that the owner takes the lead on.
func (c *Case) TakeOn(by string) {
	o := *c.Lead.Owner
	if !o.AcceptedAt.IsZero() {
		return
	}
	o.AcceptedAt = c.Now
	c.Lead.Owner = &o
	c.StopClock(AcceptanceClock, c.Now)
	c.Note(by, OwnerAcceptedNote, "")
}

// KnownOwner is the e-mail address of the owner whom a CRM knows of the company or contact;
// empty: none does.
func (l *Lead) KnownOwner() string {
	if m := l.Match(); m != nil {
		return m.Owner
	}
	return ""
}

// ContactedAt is when sales first spoke with the lead, which every outcome shows; zero: not yet.
func (c *Case) ContactedAt() (at time.Time) {
	if len(c.Outcomes) > 0 { // the oldest first
		at = c.Outcomes[0].At
	}
	return at
}

// Close follows an outcome that ends the work on the lead, or one that opens it again.
func (c *Case) Close() {
	if c.Lead.Owner == nil || len(c.Outcomes) == 0 {
		return
	}
	o := *c.Lead.Owner
	o.Done = closed(c.Outcomes)
	o.Wrong = o.Wrong || c.Outcomes[len(c.Outcomes)-1].Type == NotAccepted
	if o.Done != c.Lead.Owner.Done || o.Wrong != c.Lead.Owner.Wrong {
		c.Lead.Owner = &o
	}
}

// Synced reports whether every far side has what was to be sent of the round.
func (c *Case) Synced(r *Review) bool {
	inside := []Lane{SlackLane, RouteLane, ClockLane, DirectLane}
	return !slices.ContainsFunc(c.Effects, func(e Effect) bool {
		return e.Round == r.Round && !slices.Contains(inside, e.Lane) && e.State != Delivered && e.State != Cancelled
	})
}

// Place is where a message stands.
type Place struct {
	Channel string `json:"channel"`
	TS      string `json:"ts"`
}

// Word is what one person is told of a lead.
type Word struct {
	Effect  Effect // its Event is AssignedWord, or a kind of clock
	Breach  bool   // of a clock: its time is over
	Manager bool   // told to the manager
	To      string // Slack user id; empty: all who read the card's thread
	At      Place  // where it stands, if it does
}

// AssignedWord tells a lead's owner that it is theirs.
const AssignedWord = "assigned"

// Told records where a word about the lead stands, and as whom Slack knows its owner.
func (c *Case) Told(w Word) {
	all := map[string]Place{w.Effect.ID: w.At}
	for id, at := range c.Lead.Words {
		if id != w.Effect.ID {
			all[id] = at
		}
	}
	c.Lead.Words = all
	if o := c.Lead.Owner; o != nil && !w.Manager && w.To != "" && o.Slack == "" {
		owner := *o
		owner.Slack = w.To
		c.Lead.Owner = &owner
	}
}

// Worked reports whether somebody owns the lead, or a clock of it runs.
func (l *Lead) Worked() bool {
	return l.Owner != nil && !l.Owner.Done || slices.ContainsFunc(l.Clocks, func(k Clock) bool { return k.Runs() })
}

// Wheel is what the records know of a pool's turns and its people's leads. Seats and
// Load are in the order in which the people were named.
type Wheel struct {
	Seq   int64 // of the newest turn of all pools
	Level int64 // of the pool: that of the turn taken last
	Seats []Seat
	Load  []Load // nil where nobody asked
}

// Seat is how far a person's turns in a pool have come.
type Seat struct {
	Level  int64 // grows by the cost of a turn
	Credit int64 // of turns given back
	At     int64 // of the last turn, in milliseconds; 0: there was none
}

// Load is what a person has in all pools.
type Load struct {
	Open  int
	Since []time.Time // when each lead of the last days was assigned
}

// Turn is a turn of a wheel that is to be taken, and the owner that follows.
type Turn struct {
	LeadID string
	Owner  Owner
	Seq    int64 // the one behind Wheel.Seq
	Seat   Seat  // of the owner from then on; Credit is what was used up of it
	Level  int64 // of the pool from then on
}
