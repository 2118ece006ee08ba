package crm

import (
	"context"
	"fmt"
	"log/slog"
	"reflect"
	"slices"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// UpdatedEvent is what brings news of a lead that is there already.
const UpdatedEvent = "lead.updated"

const (
	// accountSlots are the attempts that a process has under way side by side.
	accountSlots = 16
	// attemptTime bounds an attempt with all its calls, below the lease of its effect.
	attemptTime = outbox.Lease - 5*time.Second
	// matchAge is how long an answer is taken for true when a person is asked anew.
	matchAge = time.Hour
)

// Account is a CRM account that leads are written to. Its effects are called Name and Name
// with "match" behind it; they go out in a lane of that name.
type Account struct {
	Name   string        // what records call it, such as hubspot
	Undo   time.Duration // how long a decision can be taken back: so long its writing waits
	Parked bool          // parked leads are written, too
	// Write brings the CRM up to date with a lead.
	Write func(ctx context.Context, w *Writing) error
	// Match asks whether the CRM knows the lead, as what, and whose it is; nil: it does not.
	// ids are those found, by what they are of the lead. The function nil: it is not asked.
	Match func(ctx context.Context, l *lead.Lead) (m *lead.Match, ids map[string]string, err error)
	// Ask hands on what the CRM says became of leads that it has.
	Ask func(ctx context.Context, known []lead.Known, heard func(lead.Heard) error) error
}

// Writing is one attempt at it.
type Writing struct {
	Dossier *lead.Dossier
	Effect  lead.Effect
	In      lead.InCRM // as on record, then as it has become, also after an error
	Kept    string     // the stage that the contact has and keeps; empty: it has ours
}

// Learn notes what an object has become.
func (w *Writing) Learn(of string, o lead.CRMObject) { w.In = w.In.With(of, o) }

func (t *Account) write() lead.EffectKind { return lead.EffectKind(t.Name) }
func (t *Account) match() lead.EffectKind { return lead.EffectKind(t.Name + "match") }

// Kinds are the writing and the asking as kinds of effects. paused shows why the account
// takes nothing, in place of another reason; empty: it does.
func (t Account) Kinds(paused func(before, now string), log *slog.Logger) []outbox.Kind {
	lane := outbox.NewLane(lead.Lane(t.Name), accountSlots).WithBreaker(log).WithPauses(log, paused)
	kinds := []outbox.Kind{{Name: t.write(), Lane: lane, Plan: t.planWrite, Do: t.doWrite}}
	if t.Match != nil {
		kinds = append(kinds, outbox.Kind{Name: t.match(), Lane: lane, Plan: t.planMatch, Do: t.doMatch})
	}
	return kinds
}

func (t *Account) doWrite(ctx context.Context, a *outbox.Attempt) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	w := &Writing{Dossier: a.Dossier, Effect: a.Effect, In: a.Dossier.Lead.InCRM[t.Name]}
	before := w.In
	err := t.Write(ctx, w)
	a.Learned = func(c *lead.Case) {
		is := w.In
		is.Match = c.Lead.InCRM[t.Name].Match
		c.SetInCRM(t.Name, is)
		if w.Kept != "" && is.Stage != before.Stage {
			c.Note(lead.Itself, "crm_stage_kept", lead.StageKept, t.Name, w.Kept)
		}
	}
	return err
}

func (t *Account) doMatch(ctx context.Context, a *outbox.Attempt) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	found, ids, err := t.Match(ctx, &a.Dossier.Lead)
	if err != nil {
		return err
	}
	a.Learned = func(c *lead.Case) {
		is := c.Lead.InCRM[t.Name]
		is.Match = found
		for of, id := range ids { // the writing need not look for them again
			if o := is.Objects[of]; o.ID == "" {
				is = is.With(of, lead.CRMObject{ID: id})
			}
		}
		c.SetInCRM(t.Name, is)
		if found != nil {
			c.Note(lead.Itself, "crm_matched", lead.MatchedAs, string(found.Kind))
		}
	}
	return nil
}

// planWrite has the CRM told of an approval and of news of an approved lead; of whatever
// becomes of a lead that was written there; and, if so configured, of parked ones.
func (t *Account) planWrite(was, is lead.Seen, c *lead.Case) {
	decided := was.Asked.Round != is.Asked.Round || was.Asked.Decision != is.Asked.Decision
	there := !c.Lead.InCRM[t.Name].At.IsZero()
	met := c.Lead.InCRM[t.Name].Match != nil // it knew the contact or company before us
	news := !reflect.DeepEqual(was.Content, is.Content) || was.Asked.Note != is.Asked.Note || owner(was.Owner) != owner(is.Owner)
	switch {
	case len(c.Lead.People()) == 0 && c.Lead.Company.Domain == "", is.Stage == lead.Merged, is.Stage == lead.Archived:
	case decided && is.Asked.Decision == lead.Approve:
		t.wanted(c, "lead.approved")
	case decided && is.Asked.Decision == lead.Reject && (there || met):
		t.wanted(c, "lead.rejected")
	case is.Stage == lead.Approved && (news || was.Stage == lead.Archived):
		t.wanted(c, UpdatedEvent)
	case t.Parked && is.Stage == lead.Parked && (was.Stage != lead.Parked || news):
		t.wanted(c, "lead.parked")
	case there && was.Stage != is.Stage && (is.Stage == lead.AwaitingReview || is.Stage == lead.Parked || is.Stage == lead.Disqualified):
		t.wanted(c, UpdatedEvent)
	}
}

// owner is the e-mail address of an owner; empty: nobody owns the lead.
func owner(o *lead.Owner) string {
	if o == nil {
		return ""
	}
	return o.Email
}

// wanted has the lead written after the time to undo its newest decision. What is written
// is drawn from the record when it leaves, so news that piles up is written once.
func (t *Account) wanted(c *lead.Case, event string) {
	round, due, target := 0, c.Now, "default"
	if r := c.Review(); r != nil && !r.Open() {
		round = r.Round
		if end := r.DecidedAt.Add(t.Undo); end.After(c.Now) {
			due = end
		}
	}
	if slices.ContainsFunc(c.Effects, func(e lead.Effect) bool { return e.Kind == t.write() && e.Round == round && e.State == lead.Pending }) {
		return
	}
	if event == UpdatedEvent || event == "lead.parked" { // there may be several
		target = fmt.Sprintf("default-%d", c.Now.UnixMilli())
	}
	c.AddEffect(lead.Effect{Kind: t.write(), Lane: lead.Lane(t.Name), Target: target, Round: round, Event: event, DueAt: due})
}

// planMatch has the CRM asked when the lead has a new domain or address, and when a person
// is asked anew.
func (t *Account) planMatch(was, is lead.Seen, c *lead.Case) {
	of := func(s lead.Seen) [2]string {
		return [2]string{s.Content.Submission.Company.Domain, s.Content.Submission.Contact.Email}
	}
	anew := is.Stage == lead.AwaitingReview && was.Asked.Round != is.Asked.Round
	if of(is) == ([2]string{}) || of(was) == of(is) && !anew || is.Stage == lead.Merged {
		return
	}
	for _, e := range c.Effects {
		if e.Kind == t.match() && (e.State == lead.Pending || anew && !c.Now.After(e.CreatedAt.Add(matchAge))) {
			return
		}
	}
	target := fmt.Sprintf("account-%d", c.Now.UnixMilli())
	c.AddEffect(lead.Effect{Kind: t.match(), Lane: lead.Lane(t.Name), Target: target, DueAt: c.Now})
}

// BestMatch is the match that matters most so far, of two alike the older one, and one with
// an owner. Its Owner is whatever the CRM names owners by.
type BestMatch struct{ lead.Match }

// Found adds one; since is a time in RFC 3339.
func (b *BestMatch) Found(kind lead.MatchKind, owner, created string) {
	rank := func(k lead.MatchKind) int { return slices.Index(lead.MatchKinds, k) }
	since := lead.Date("")
	if at, err := time.Parse(time.RFC3339, created); err == nil {
		since = lead.Date(at.UTC().Format(time.DateOnly))
	}
	b.Customer = b.Customer || kind == lead.MatchCustomer
	better := b.Kind == "" || rank(kind) < rank(b.Kind)
	if older := kind == b.Kind && (b.Owner == "" && owner != "" || since < b.Since && (b.Owner == "") == (owner == "")); better || older {
		b.Kind, b.Since, b.Owner = kind, since, owner
	}
}

// Finding is a line of a set-up or a check.
type Finding struct {
	What string
	Mend string // what to do; empty: it is as it must be
}
