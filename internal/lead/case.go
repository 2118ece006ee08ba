package lead

import (
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"
)

// Case is one lead while it changes: a closure changes it through these
// methods, and the store commits lead, reviews, effects and history together.
type Case struct {
	Lead    Lead
	Reviews []Review
	Effects []Effect
	// Outcomes are what became of the lead, the oldest first by their own time.
	Outcomes []Outcome
	Notes    []Entry // new history, appended by the change

	// WakeAt is when the sweep should look at the lead if nothing else has
	// moved it; zero: no work is left.
	WakeAt time.Time
	// CardBy is when a person is asked even though facts are missing; zero: settled.
	CardBy time.Time
	// TellConflictsAt is when the sweep tells the conflicting leads of it; zero: they know.
	TellConflictsAt time.Time
	// Found is what this change found out about the company, kept with it; nil: nothing.
	Found *Profile
	// Spent is what this change paid the model.
	Spent Usage
	// Sender is the API key that sent or joined in this change, if any.
	Sender string
	// Forget: the idempotency keys of the lead go, for they may name a person.
	Forget bool
	// News is the time of the newest event or signal that this change added; zero:
	// it added none.
	News time.Time

	Now time.Time // of the change
}

// NewCase is the case of an incoming lead that starts a lead.
func NewCase(o Incoming, now time.Time) *Case {
	c := &Case{Now: now, Sender: o.By, Lead: Lead{
		ID: NewID(now), Key: o.Key, Stage: Received, SentBy: o.By, Inferred: o.SourceInferred, Batch: o.Batch, Quiet: o.Quiet,
		Facts:      []Fact{},
		Enrichment: Enrichment{State: EnrichmentPending},
		CreatedAt:  now, UpdatedAt: now,
	}}
	c.Lead.begin(recordRoom, &o.Submission)
	if o.Company.Domain == "" {
		c.Lead.Enrichment.State = EnrichmentNone
	}
	c.Note(o.By, "received", cameBy, string(o.Source), o.Partner.ID)
	return c
}

// AddUsage records what was paid the model for the lead.
func (c *Case) AddUsage(u Usage) {
	c.Lead.Usage = c.Lead.Usage.Add(u)
	c.Spent = c.Spent.Add(u)
}

// Note appends a line of history. Its detail is a reason, of ids and rule names, never
// of personal data; without a code there is none.
func (c *Case) Note(actor, action string, code ReasonCode, args ...string) {
	c.Notes = append(c.Notes, Entry{At: c.Now, Actor: actor, Action: action, Detail: Said{Why(code, args...)}})
}

// Review returns the newest round, or nil.
func (c *Case) Review() *Review { return newest(c.Reviews) }

func newest(rounds []Review) *Review {
	if len(rounds) == 0 {
		return nil
	}
	return &rounds[len(rounds)-1]
}

// GaveUp reports whether an effect or the search for facts waits for an operator.
func (c *Case) GaveUp() bool {
	return c.Lead.Enrichment.State == EnrichmentFailed && c.Lead.Stage != Merged ||
		slices.ContainsFunc(c.Effects, func(e Effect) bool { return e.State == GivenUp })
}

// OpenReview asks a person: a new round with a new id, and its card.
func (c *Case) OpenReview(channel string) error {
	if err := c.Lead.MoveTo(AwaitingReview); err != nil {
		return err
	}
	round := len(c.Reviews) + 1
	c.Reviews = append(c.Reviews, Review{ID: NewOpaqueID(), LeadID: c.Lead.ID, Round: round, OpenedAt: c.Now, Channel: channel})
	c.AddEffect(Effect{Kind: CardEffect, Lane: SlackLane, Target: channel, Round: round, DueAt: c.Now})
	c.Note(Itself, "review_opened", inRound, strconv.Itoa(round))
	return nil
}

// Decide records a person's word on the open round, where the first one wins, or revokes
// an approval.
func (c *Case) Decide(w DecisionInput) error {
	if w.Decision == Revoke {
		return c.revoke(w)
	}
	if err := c.open(w.ReviewID); err != nil {
		return err
	}
	r := c.Review()
	stage := Approved
	if w.Decision == Reject {
		stage = Rejected
	}
	if err := c.Lead.MoveTo(stage); err != nil {
		return err
	}
	r.Decision, r.By, r.Reason, r.Note, r.DecidedAt = w.Decision, w.By, w.Reason, w.Note, c.Now
	r.Override = w.Decision == Approve && c.Lead.Score != nil && c.Lead.Score.Verdict != EQL
	if c.Lead.UndoFrom = (time.Time{}); r.Override && w.AsksWhy {
		c.Lead.UndoFrom = c.Now.Add(WhyTime)
	}
	if r.Override {
		r.Proposed = c.Lead.Score.Verdict
		c.Note(w.By, string(w.Decision), overrideOf, strconv.Itoa(r.Round), string(r.Proposed))
	} else {
		c.Note(w.By, string(w.Decision), inRound, strconv.Itoa(r.Round))
	}
	c.cancel(func(e *Effect) bool { return e.Kind == ReminderEffect || e.Kind == BackupEffect }) // the answer is there
	return nil
}

// AddEffect records an effect: kind, lane, target, round, event and when it is due. Its
// natural key is (lead, kind, target, round): adding it again changes nothing.
func (c *Case) AddEffect(e Effect) {
	e.ID, e.LeadID = EffectID(c.Lead.ID, e.Kind, e.Target, e.Round), c.Lead.ID
	e.Seq = c.Now.UnixMilli()
	for _, other := range c.Effects {
		if other.ID == e.ID {
			return
		}
		e.Seq = max(e.Seq, other.Seq+1)
	}
	e.State, e.Posts, e.Since, e.CreatedAt, e.UpdatedAt = Pending, e.Message(), e.DueAt, c.Now, c.Now
	c.Effects = append(c.Effects, e)
}

// Redraw asks for the newest round's card to be drawn again from the record. An old card
// whose effect was removed gets one.
func (c *Case) Redraw() {
	if r := c.Review(); r != nil {
		c.redraw(r)
	}
}

func (c *Case) redraw(r *Review) {
	ofCard := func(e Effect) bool { return e.Kind == CardEffect && e.Round == r.Round }
	if r.TS != "" && !slices.ContainsFunc(c.Effects, ofCard) {
		c.AddEffect(Effect{Kind: CardEffect, Lane: SlackLane, Target: r.Channel, Round: r.Round, DueAt: c.Now})
		c.Effects[len(c.Effects)-1].Posts = false // it stands there
		return
	}
	for i := range c.Effects {
		e := &c.Effects[i]
		if !ofCard(*e) {
			continue
		}
		e.Revision++
		e.UpdatedAt = c.Now
		if e.State == GivenUp && r.Deleted > reposts {
			continue // deleted again and again: not until an operator wants it
		}
		// A card in somebody's hands is drawn again when it comes back: the
		// revision tells. An unsure or failing one keeps its waiting time; one
		// that stands there and waits for a moment to change does not.
		if e.State == Delivered || e.State == GivenUp || e.State == Pending && e.LastError == "" && e.DueAt.After(c.Now) {
			e.State, e.DueAt, e.Attempts = Pending, c.Now, 0
		}
	}
}

// Effect returns the effect with this id, or nil.
func (c *Case) Effect(id string) *Effect {
	if i := slices.IndexFunc(c.Effects, func(e Effect) bool { return e.ID == id }); i >= 0 {
		return &c.Effects[i]
	}
	return nil
}

// cancel takes back the effects that wait, if they are such.
func (c *Case) cancel(such func(e *Effect) bool) {
	for i := range c.Effects {
		if e := &c.Effects[i]; e.State == Pending && such(e) {
			e.State, e.UpdatedAt = Cancelled, c.Now
		}
	}
}

// Add takes further events and signals; what is known already is skipped.
// It reports whether anything was new.
func (c *Case) Add(a Addition) bool {
	c.Lead.own(a.By, func(alone *Lead) { alone.add(ownRoom, nil, a.Events, a.Signals) })
	changed := c.hear(c.Lead.add(recordRoom, nil, a.Events, a.Signals))
	if changed {
		c.Lead.Batch, c.Lead.Quiet = false, false
	}
	return changed
}

// hear notes the newest of what a change of the lead adds to its history.
func (c *Case) hear(changed bool, news time.Time) bool {
	c.News = later(c.News, news)
	return changed
}

// NewsSince reports whether this change added something that happened after a
// time. What came in the same second counts: senders' clocks have no finer hand.
func (c *Case) NewsSince(t time.Time) bool { return !c.News.Before(t.Truncate(time.Second)) }

// add takes touchpoints, events and signals that are not there yet, and makes room
// for them. news is the time of the newest event or signal among them.
func (l *Lead) add(r room, points []Touchpoint, events []Event, signals []Signal) (changed bool, news time.Time) {
	touched, _ := take(&l.Touchpoints, l.Folded.Touchpoints, points, func(a, b Touchpoint) bool {
		return a.Type == b.Type && a.Owner == b.Owner && a.Asset == b.Asset && a.At.Equal(b.At)
	})
	acted, at := take(&l.Events, l.Folded.Events, events, func(a, b Event) bool { return a.Type == b.Type && a.At.Equal(b.At) && a.Asset == b.Asset })
	signed, on := take(&l.Signals, l.Folded.Signals, signals, func(a, b Signal) bool { return a.Type == b.Type && a.At.Equal(b.At) && a.By == b.By })
	l.shrink(r)
	return touched || acted || signed, later(at, on)
}

// GivenFacts are the company facts that the automation sent, and in place of
// them what reviewers wrote.
func (l *Lead) GivenFacts() []Fact {
	facts := slices.Clone(l.Edits)
	give := func(f Field, v string) {
		if v != "" && !l.Edited(f) {
			facts = append(facts, Fact{Field: f, Value: v, Status: Given, Confidence: 1, By: BySender})
		}
	}
	give(Industry, l.Company.Industry)
	give(Employees, string(l.Company.Employees))
	give(HQCountry, l.Company.Country)
	for _, t := range l.Company.Technologies {
		give(Technology, t)
	}
	return facts
}

// EffectID is the stable key of an effect, and the webhook-id of a webhook. It
// has no full stop: Standard Webhooks signs id and timestamp joined by one.
func EffectID(leadID string, kind EffectKind, target string, round int) string {
	return fmt.Sprintf("%s_%s_%s_%d", leadID, kind, target, round)
}

// KindOfEffect is the kind in an effect's id; a kind's name has no underscore.
func KindOfEffect(id string) EffectKind {
	_, rest, _ := strings.Cut(id, "_")
	kind, _, _ := strings.Cut(rest, "_")
	return EffectKind(kind)
}

// TargetOfEffect is the name of the target in an effect's id, without what tells several
// effects of one round apart.
func TargetOfEffect(id string) string {
	_, rest, _ := strings.Cut(id, "_")
	_, target, _ := strings.Cut(rest, "_")
	target, _, _ = strings.Cut(target[:max(strings.LastIndexByte(target, '_'), 0)], "-")
	return target
}

func later(a, b time.Time) time.Time {
	if b.After(a) {
		return b
	}
	return a
}
