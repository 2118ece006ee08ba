// Package worker is a lead's way: from what an automation sends, by
// facts and score, to the card that asks a person (flow.go); the person's word
// (review.go); and what follows (follow.go). queue.go moves it.
//
// Every step loads the record, returns at once if the step is done, does it,
// and commits. A step may run twice, or its task may be lost: the record tells.
package worker

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strconv"
	"time"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// queueGrace is how long a task has to move its record before the sweep looks.
const queueGrace = 30 * time.Second

// Records is where leads are kept; internal/store implements it.
type Records interface {
	Accept(ctx context.Context, o lead.Incoming, fresh *lead.Case, join func(*lead.Case) error) (lead.Receipt, *lead.Case, error)
	Change(ctx context.Context, id string, now time.Time, f func(*lead.Case) error) (*lead.Case, error)
	Lead(ctx context.Context, id string) (lead.Lead, error)
	Dossier(ctx context.Context, id string) (lead.Dossier, error)
	LeadOfReview(ctx context.Context, reviewID string) (string, error)
	// Conflicts are the leads of the same company that others sent.
	Conflicts(ctx context.Context, l *lead.Lead) ([]lead.Conflict, error)
}

// Facts are what is known of companies, shared by all their leads.
type Facts interface {
	// Find has the facts that are on record, or looks for them; on an error those that
	// can be had all the same. cost is what this call spent.
	Find(ctx context.Context, name, domain string) (p lead.Profile, cost lead.Usage, err error)
	// Keep records what Find found fresh; a change of a lead that has it as Found does so, too.
	Keep(ctx context.Context, p lead.Profile) error
	// Retry has the company asked about again; fresh: all of it.
	Retry(ctx context.Context, domain string, fresh bool) error
}

// Rules give points and a verdict; pure.
type Rules interface {
	Score(l *lead.Lead, now time.Time) lead.Score
	// Change says in one sentence what would change the verdict; slower than Score.
	Change(l *lead.Lead, now time.Time) lead.Reason
	// Attribute divides a lead's credit among partners.
	Attribute(l *lead.Lead) lead.Attribution
}

// ErrNoRoom says that enough tasks wait in a queue: the record waits for the sweep.
var ErrNoRoom = errors.New("enough tasks wait already")

// Tasks starts work soon; what it loses, or has no room for, the sweep finds.
type Tasks interface {
	Enrich(ctx context.Context, leadID string) error
	Deliver(ctx context.Context, lane lead.Lane, effectID string) error
}

// NoTasks leaves all work to the sweep of a process that works.
type NoTasks struct{}

func (NoTasks) Enrich(context.Context, string) error             { return nil }
func (NoTasks) Deliver(context.Context, lead.Lane, string) error { return nil }

// Policy is what an operator may set.
type Policy struct {
	Deadline     time.Duration // of the search for facts: then the card goes out without
	Undo         time.Duration // how long a decision can be taken back
	EnrichGiveUp time.Duration // after this long a lead stays incomplete
	RulesOverCap bool          // once the day's budget is spent, leads go on without facts instead of waiting
	Threads      bool          // whether a card's thread tells what happens
}

// Flow moves leads. Its methods may be called from any number of processes.
type Flow struct {
	Records   Records
	Facts     Facts
	Rules     Rules
	Tasks     Tasks
	Kinds     []outbox.Kind // of effects; those of others wait on record until somebody has a way for them
	Reviewers *lead.Reviewers
	Policy    Policy
	Metrics   *Metrics
	Log       *slog.Logger
	Now       func() time.Time
}

// scoredOverCap is what a lead says that did not wait for the next day's budget.
const scoredOverCap = "today's budget for the model is spent: scored by what is known (enrichment.on_cap: rules); " +
	"`leadtriage lead retry ID` looks for facts when there is room again"

// Accept commits an incoming lead: a new lead, or more about a known one. Once it
// returns without error it cannot be lost.
func (f *Flow) Accept(ctx context.Context, o lead.Incoming) (lead.Receipt, error) {
	now := f.now()
	fresh := lead.NewCase(o, now)
	fresh.WakeAt, fresh.CardBy = now.Add(queueGrace), now.Add(f.Policy.Deadline)
	if o.Batch { // the sweep takes it when there is room, and its deadline begins with the search
		fresh.WakeAt, fresh.CardBy = now, time.Time{}
	}
	if o.Company.Domain != "" {
		fresh.TellConflictsAt = now
	}
	f.plan(lead.Seen{}, fresh)
	receipt, c, err := f.Records.Accept(ctx, o, fresh, f.following(func(c *lead.Case) error {
		if !c.Join(o) {
			return nil
		}
		return f.reconsider(c)
	}))
	if err != nil {
		return lead.Receipt{}, err
	}
	f.Metrics.accepted(o.Partner.ID, receipt.Duplicate)
	if c != nil {
		f.start(ctx, c)
	}
	return receipt, nil
}

// Enrich finds the facts about a lead's company, then proposes. While it fails
// the lead is tried again, past the card's deadline too; facts that come late
// redraw an undecided card.
func (f *Flow) Enrich(ctx context.Context, id string) error {
	l, err := f.Records.Lead(ctx, id)
	if errors.Is(err, lead.ErrNotFound) {
		return nil
	}
	if err != nil {
		return err
	}
	if l.Enrichment.State != lead.EnrichmentPending && l.Stage != lead.Received {
		return f.readAgain(ctx, &l)
	}
	if l.Enrichment.State == lead.EnrichmentNone || l.Stage != lead.AwaitingReview && f.disqualified(&l) {
		return f.withoutSearch(ctx, id, nil, "")
	}
	began := f.now()
	if l.Stage == lead.Received { // a search that hangs does not hold the card
		late := time.AfterFunc(f.Policy.Deadline, func() { f.late(context.WithoutCancel(ctx), id) })
		defer late.Stop()
	}
	profile, cost, err := f.Facts.Find(ctx, companyName(&l), l.Company.Domain)
	if errors.Is(err, lead.ErrOverCap) && f.Policy.RulesOverCap && l.Stage == lead.Received {
		return f.withoutSearch(ctx, id, profile.Facts, scoredOverCap)
	}
	if err != nil {
		return f.enrichFailed(ctx, id, began, profile.Facts, cost, err)
	}
	return f.keeping(ctx, id, profile, func(c *lead.Case) error {
		if c.Lead.Enrichment.State != lead.EnrichmentPending {
			return nil // another worker was faster
		}
		c.Lead.Enrichment = lead.Enrichment{State: lead.EnrichmentDone, Attempts: c.Lead.Enrichment.Attempts + 1}
		c.Lead.Found, c.Lead.Closed = profile.Facts, profile.Closed()
		c.AddUsage(cost)
		c.WakeAt = time.Time{}
		c.Note(lead.Itself, "enriched", lead.FactsCounted, strconv.Itoa(len(profile.Facts)))
		f.Metrics.facts(profile.Facts)
		if c.Lead.Stage == lead.Received {
			return f.propose(c)
		}
		return f.reconsider(c)
	})
}

// keeping commits f's change together with what was found about the company. The company's
// facts are kept though the lead cannot be changed: they were paid for.
func (f *Flow) keeping(ctx context.Context, id string, p lead.Profile, change func(*lead.Case) error) error {
	_, err := f.change(context.WithoutCancel(ctx), id, func(c *lead.Case) error {
		if p.Fresh {
			c.Found = &p
		}
		return change(c)
	})
	if err != nil && p.Fresh {
		return errors.Join(err, f.Facts.Keep(context.WithoutCancel(ctx), p))
	}
	return err
}

// readAgain takes what a second reading has made of the company's facts since a lead
// used them, and proposes again. Leads that a person decided are left alone.
func (f *Flow) readAgain(ctx context.Context, l *lead.Lead) error {
	if !undecided(l.Stage) {
		return nil
	}
	profile, cost, err := f.Facts.Find(ctx, companyName(l), l.Company.Domain)
	changed := f.keeping(ctx, l.ID, profile, func(c *lead.Case) error {
		woken := !c.WakeAt.IsZero()
		c.AddUsage(cost)
		if c.WakeAt = (time.Time{}); err != nil || !woken || !undecided(c.Lead.Stage) {
			return nil // what it has stays
		}
		c.Lead.Enrichment.State = lead.EnrichmentDone
		c.Lead.Found, c.Lead.Closed = profile.Facts, profile.Closed()
		c.Note(lead.Itself, "facts_read_again", lead.FactsCounted, strconv.Itoa(len(profile.Facts)))
		return f.reconsider(c)
	})
	return errors.Join(err, changed)
}

func undecided(s lead.Stage) bool {
	return s == lead.AwaitingReview || s == lead.Parked || s == lead.Disqualified
}

// withoutSearch proposes a lead whose company nobody names, or that a rule settles
// before facts are bought, or for which there is no money today. The latter two's
// facts stay wanted.
func (f *Flow) withoutSearch(ctx context.Context, id string, known []lead.Fact, why string) error {
	_, err := f.change(ctx, id, func(c *lead.Case) error {
		c.WakeAt = time.Time{}
		if c.Lead.Stage != lead.Received {
			return nil
		}
		if len(known) > 0 {
			c.Lead.Found = known
		}
		c.Lead.Enrichment.LastError = cmp.Or(why, c.Lead.Enrichment.LastError)
		return f.propose(c)
	})
	return err
}

// disqualified reports whether a rule settles the lead before facts are bought.
func (f *Flow) disqualified(l *lead.Lead) bool {
	return l.WantedBy == "" && f.Rules.Score(l, f.now()).Verdict == lead.VerdictDisqualify
}

// enrichFailed records a failed attempt and what it found all the same. The lead
// is tried again until it is given up; then a person is asked at once, with what
// is known.
func (f *Flow) enrichFailed(ctx context.Context, id string, began time.Time, found []lead.Fact, cost lead.Usage, cause error) error {
	var again error
	_, err := f.change(context.WithoutCancel(ctx), id, func(c *lead.Case) error {
		e := &c.Lead.Enrichment
		if e.State != lead.EnrichmentPending {
			return nil
		}
		if lead.Paused(cause) {
			e.Since = c.Now
		} else if kind, _ := lead.KindOf(cause); kind.Counts() {
			e.Attempts++
		}
		e.LastError = lead.Sentence(cause)
		if len(found) > 0 {
			c.Lead.Found = found
		}
		c.AddUsage(cost)
		again = lead.Next(cause, e.Attempts, f.enough(c))
		if wait, ok := lead.Delay(again); ok {
			c.WakeAt = c.Now.Add(wait + queueGrace)
			if c.CardBy.IsZero() && c.Lead.Stage == lead.Received {
				c.CardBy = began.Add(f.Policy.Deadline)
			}
			return nil
		}
		e.State, c.WakeAt = lead.EnrichmentFailed, time.Time{}
		c.Note(lead.Itself, "enrichment_failed", "")
		return f.propose(c)
	})
	if err != nil {
		return err
	}
	if again != nil {
		return fmt.Errorf("enrich lead %s: %w", id, again)
	}
	return nil
}

// enough reports whether the search for facts has had its time; one that is
// paused has not.
func (f *Flow) enough(c *lead.Case) bool {
	e := c.Lead.Enrichment
	began := c.Lead.CreatedAt
	if e.Since.After(began) {
		began = e.Since
	}
	return c.Now.Sub(began) > f.Policy.EnrichGiveUp
}

// late asks a person about a lead whose search for facts goes on past the deadline.
func (f *Flow) late(ctx context.Context, id string) {
	ctx, cancel := context.WithTimeout(ctx, bookkeeping)
	defer cancel()
	if err := f.Overdue(ctx, id); err != nil {
		f.Log.Warn("nobody could be asked at the deadline; it is tried again when the search ends", "lead_id", id, "error", err)
	}
}

// Overdue asks a person about a lead whose facts are not in by the deadline.
func (f *Flow) Overdue(ctx context.Context, id string) error {
	_, err := f.change(ctx, id, func(c *lead.Case) error {
		if c.Lead.Stage != lead.Received {
			c.CardBy = time.Time{}
			return nil
		}
		if c.Lead.Enrichment.State == lead.EnrichmentPending {
			c.Lead.Enrichment.Late = true
			c.Note(lead.Itself, "deadline_passed", "")
		}
		return f.propose(c)
	})
	if errors.Is(err, lead.ErrNotFound) {
		return nil
	}
	return err
}

// Add records events and signals of a known lead, and considers it again.
func (f *Flow) Add(ctx context.Context, a lead.Addition) (lead.Receipt, error) {
	known, into := true, ""
	c, err := f.change(ctx, a.LeadID, func(c *lead.Case) error {
		if into = c.Lead.MergedInto; into != "" {
			return nil
		}
		if known = !c.Add(a); known {
			return nil
		}
		c.Note(a.By, "added", lead.AddedCounted, strconv.Itoa(len(a.Events)), strconv.Itoa(len(a.Signals)))
		return f.reconsider(c)
	})
	if err != nil {
		return lead.Receipt{}, err
	}
	if into != "" {
		a.LeadID = into
		return f.Add(ctx, a)
	}
	return lead.Receipt{ID: c.Lead.ID, Stage: c.Lead.Stage, Duplicate: known}, nil
}

// Outcome records what became of a lead, whatever its stage: one that is archived stays so.
// That of a merged lead belongs to the one that took it in. lead.ErrTooManyOutcomes: no
// further one is kept.
func (f *Flow) Outcome(ctx context.Context, id string, o lead.Outcome) (lead.Receipt, error) {
	known, into := false, ""
	c, err := f.change(ctx, id, func(c *lead.Case) (err error) {
		if into = c.Lead.MergedInto; into == "" {
			known, err = c.Became(o)
		}
		return err
	})
	if err == nil && into != "" {
		return f.Outcome(ctx, into, o)
	}
	if err != nil {
		return lead.Receipt{}, err
	}
	return lead.Receipt{ID: c.Lead.ID, Stage: c.Lead.Stage, Duplicate: known}, nil
}

// reconsider follows something new about a lead that may be anywhere on its way.
func (f *Flow) reconsider(c *lead.Case) error {
	l := &c.Lead
	if l.Stage == lead.Archived {
		if err := c.Restore(lead.Itself); err != nil {
			return err
		}
	}
	switch l.Stage {
	case lead.Received:
		return nil // it will be scored when its facts are in
	case lead.AwaitingReview:
		if l.Enrichment.State == lead.EnrichmentPending && c.WakeAt.IsZero() { // a company was named at last
			c.WakeAt = c.Now.Add(queueGrace)
		}
		return f.propose(c)
	case lead.Parked, lead.Disqualified:
		if err := l.MoveTo(lead.Enriched); err != nil {
			return err
		}
		if l.Enrichment.State == lead.EnrichmentPending && !f.disqualified(l) {
			return f.resume(c)
		}
		return f.propose(c)
	case lead.Rejected:
		f.score(c)
		if r := c.Review(); r != nil && c.NewsSince(r.DecidedAt) {
			return f.ask(c)
		}
	case lead.Approved:
		f.score(c)
	}
	return nil
}

// resume looks for facts again, with a new deadline.
func (f *Flow) resume(c *lead.Case) error {
	if err := c.Lead.MoveTo(lead.Received); err != nil {
		return err
	}
	if c.Lead.Company.Domain != "" {
		c.Lead.Enrichment.State = lead.EnrichmentPending
	}
	c.Lead.Enrichment.Late, c.Lead.Enrichment.Since = false, c.Now
	c.WakeAt, c.CardBy = c.Now.Add(queueGrace), c.Now.Add(f.Policy.Deadline)
	return nil
}

// propose scores the lead and settles what happens to it: a person is asked,
// or it is parked, or a rule disqualifies it. Under review it redraws the card.
func (f *Flow) propose(c *lead.Case) error {
	l := &c.Lead
	if l.Stage == lead.Received {
		if err := l.MoveTo(lead.Enriched); err != nil {
			return err
		}
	}
	f.score(c)
	c.CardBy = time.Time{}
	switch {
	case l.Stage == lead.AwaitingReview:
		return nil
	case l.Stage != lead.Enriched:
		return nil // facts that came after the decision are kept for the record
	case l.WantedBy != "":
		return f.ask(c)
	case l.Score.Verdict == lead.VerdictDisqualify:
		c.Note(lead.Itself, "disqualified", lead.ByRule, l.Score.Rule)
		return l.MoveTo(lead.Disqualified)
	case l.Score.Ask && !l.Quiet:
		return f.ask(c)
	default:
		c.Note(lead.Itself, "parked", "")
		return l.MoveTo(lead.Parked)
	}
}

func (f *Flow) ask(c *lead.Case) error {
	c.Lead.WantedBy = ""
	return c.OpenReview(f.Reviewers.ChannelOf(&c.Lead))
}

func (f *Flow) score(c *lead.Case) {
	c.Lead.Facts = company.Settle(c.Lead.GivenFacts(), c.Lead.FoundFacts())
	s := f.Rules.Score(&c.Lead, c.Now)
	s.Change = f.Rules.Change(&c.Lead, c.Now)
	c.Lead.Score = &s
	a := f.Rules.Attribute(&c.Lead)
	c.Lead.Attribution = &a
	c.Note(lead.Itself, "scored", lead.ScoredAs, strconv.Itoa(s.Total), string(s.Verdict), s.Model)
}

// change commits f's change and starts what it made due.
func (f *Flow) change(ctx context.Context, id string, change func(*lead.Case) error) (*lead.Case, error) {
	c, err := f.Records.Change(ctx, id, f.now(), f.following(change))
	if err != nil {
		return nil, err
	}
	f.start(context.WithoutCancel(ctx), c)
	return c, nil
}

// start hands a committed change's due work to the queue. A queue that does
// not answer costs time, not work: the sweep finds it.
func (f *Flow) start(ctx context.Context, c *lead.Case) {
	if len(c.Notes) > 0 {
		var did []string
		for _, n := range c.Notes {
			did = append(did, n.Action)
		}
		f.Log.Info("lead moved", "lead_id", c.Lead.ID, "stage", c.Lead.Stage, "did", did, "by", c.Notes[len(c.Notes)-1].Actor)
	}
	ctx, cancel := context.WithTimeout(ctx, time.Second)
	defer cancel()
	var err error
	if c.WakeAt.Equal(c.Now.Add(queueGrace)) {
		err = f.Tasks.Enrich(ctx, c.Lead.ID)
	}
	for _, e := range c.Effects {
		if e.State == lead.Pending && e.UpdatedAt.Equal(c.Now) && !e.DueAt.After(c.Now) && f.handles(e.Kind) {
			err = errors.Join(err, f.Tasks.Deliver(ctx, e.Lane, e.ID))
		}
	}
	if err != nil && !errors.Is(err, ErrNoRoom) {
		f.Log.Warn("queue did not take the work; the sweep will", "lead_id", c.Lead.ID, "error", err)
	}
}

// Outbox delivers the effects of the flow's kinds. After giveUp one that others see
// waits for an operator.
func (f *Flow) Outbox(records outbox.Records, giveUp time.Duration) *outbox.Outbox {
	return &outbox.Outbox{
		Records: records, Kinds: f.Kinds, GiveUp: giveUp, Counted: f.Metrics.attempted, Log: f.Log, Now: f.now,
		Change: func(ctx context.Context, id string, change func(*lead.Case) error) error {
			_, err := f.change(ctx, id, change)
			return err
		},
	}
}

// handles reports whether this configuration has a way for effects of the kind.
func (f *Flow) handles(kind lead.EffectKind) bool {
	return slices.ContainsFunc(f.Kinds, func(k outbox.Kind) bool { return k.Name == kind })
}

// now is to the millisecond, as the record keeps it.
func (f *Flow) now() time.Time { return f.Now().UTC().Truncate(time.Millisecond) }
