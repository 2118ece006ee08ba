package hubspot

import (
	"context"
	"fmt"
	"log/slog"
	"net/http"
	"reflect"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Name is what records call this CRM.
const Name = "hubspot"

// The kinds of effects: writing a lead, and asking whether HubSpot knows it.
const (
	WriteEffect lead.EffectKind = "hubspot"
	MatchEffect lead.EffectKind = "hubspotmatch"
)

const updatedEvent = "lead.updated"

// prefix is what the names of our own properties begin with.
const prefix = "leadtriage_"

// slots are the attempts that a process has under way side by side.
const slots = 16

// Options are what an operator may set.
type Options struct {
	URL     string // such as https://api.hubapi.com
	Token   string
	Version string // of its API, such as 2026-09

	Contact, Company map[string]string // the name of a lead.CRMValue by property
	Stage            string            // the label of the stage of an approved lead's contact
	StageAfter       string            // the label or value of the one before it, for Setup
	AllContacts      bool              // each contact of a lead, not the newest one alone
	Parked           bool              // parked leads are written, too
	Match, Note      bool
}

// HubSpot is one account.
type HubSpot struct {
	*client
	o      Options
	known  atomic.Pointer[stages]
	owners sync.Map // e-mail addresses by id
}

// New makes the client of an account. Paces hand out turns for all calls and for
// searches; nil: none does.
func New(o Options, calls, searches *outbox.Pace, now func() time.Time) *HubSpot {
	return &HubSpot{o: o, client: &client{
		base: strings.TrimRight(o.URL, "/"), token: o.Token, version: o.Version, now: now, calls: calls, searches: searches,
		http: &http.Client{CheckRedirect: func(req *http.Request, via []*http.Request) error {
			if len(via) > 3 || req.URL.Host != via[0].URL.Host || req.Method != http.MethodGet {
				return http.ErrUseLastResponse // the token goes nowhere else, and a write is none after a redirect
			}
			return nil
		}},
	}}
}

// Kinds are the writing and the asking as kinds of effects, in a lane of their own. undo
// is how long a decision can be taken back: so long its writing waits. paused shows why
// the account takes nothing, in place of another reason; empty: it does.
func (h *HubSpot) Kinds(undo time.Duration, paused func(before, now string), log *slog.Logger) []outbox.Kind {
	lane := outbox.NewLane(lead.HubSpotLane, slots).WithBreaker(log).WithPauses(log, paused)
	p := plan{h.o, undo}
	kinds := []outbox.Kind{{Name: WriteEffect, Lane: lane, Plan: p.write, Do: h.doWrite}}
	if h.o.Match {
		kinds = append(kinds, outbox.Kind{Name: MatchEffect, Lane: lane, Plan: p.match, Do: h.doMatch})
	}
	return kinds
}

func (h *HubSpot) doWrite(ctx context.Context, a *outbox.Attempt) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	w := writing{HubSpot: h, d: a.Dossier, e: a.Effect, in: a.Dossier.Lead.InCRM[Name]}
	before := w.in
	err := w.write(ctx)
	a.Learned = func(c *lead.Case) {
		is := w.in
		is.Match = c.Lead.InCRM[Name].Match
		c.SetInCRM(Name, is)
		if w.kept != "" && is.Stage != before.Stage {
			c.Note(lead.Itself, "crm_stage_kept", lead.StageKept, Name, w.kept)
		}
	}
	return err
}

type plan struct {
	o    Options
	undo time.Duration
}

// write has HubSpot told of an approval and of news of an approved lead; of whatever
// becomes of a lead that was written there; and, if so configured, of parked ones.
func (p plan) write(was, is lead.Seen, c *lead.Case) {
	decided := was.Asked.Round != is.Asked.Round || was.Asked.Decision != is.Asked.Decision
	there := !c.Lead.InCRM[Name].At.IsZero()
	met := c.Lead.InCRM[Name].Match != nil // HubSpot knew the contact or company before us
	news := !reflect.DeepEqual(was.Content, is.Content) || was.Asked.Note != is.Asked.Note
	switch {
	case len(c.Lead.People()) == 0 && c.Lead.Company.Domain == "", is.Stage == lead.Merged, is.Stage == lead.Archived:
	case decided && is.Asked.Decision == lead.Approve:
		p.wanted(c, "lead.approved")
	case decided && is.Asked.Decision == lead.Reject && (there || met):
		p.wanted(c, "lead.rejected")
	case is.Stage == lead.Approved && (news || was.Stage == lead.Archived):
		p.wanted(c, updatedEvent)
	case p.o.Parked && is.Stage == lead.Parked && (was.Stage != lead.Parked || news):
		p.wanted(c, "lead.parked")
	case there && was.Stage != is.Stage && (is.Stage == lead.AwaitingReview || is.Stage == lead.Parked || is.Stage == lead.Disqualified):
		p.wanted(c, updatedEvent)
	}
}

// wanted has the lead written after the time to undo its newest decision. What is written
// is drawn from the record when it leaves, so news that piles up is written once.
func (p plan) wanted(c *lead.Case, event string) {
	round, due, target := 0, c.Now, "default"
	if r := c.Review(); r != nil && !r.Open() {
		round = r.Round
		if end := r.DecidedAt.Add(p.undo); end.After(c.Now) {
			due = end
		}
	}
	if slices.ContainsFunc(c.Effects, func(e lead.Effect) bool { return e.Kind == WriteEffect && e.Round == round && e.State == lead.Pending }) {
		return
	}
	if event == updatedEvent || event == "lead.parked" { // there may be several
		target = fmt.Sprintf("default-%d", c.Now.UnixMilli())
	}
	c.AddEffect(lead.Effect{Kind: WriteEffect, Lane: lead.HubSpotLane, Target: target, Round: round, Event: event, DueAt: due})
}

// match has HubSpot asked when the lead has a new domain or address, and when a person is
// asked anew.
func (p plan) match(was, is lead.Seen, c *lead.Case) {
	of := func(s lead.Seen) [2]string {
		return [2]string{s.Content.Submission.Company.Domain, s.Content.Submission.Contact.Email}
	}
	anew := is.Stage == lead.AwaitingReview && was.Asked.Round != is.Asked.Round
	if of(is) == ([2]string{}) || of(was) == of(is) && !anew || is.Stage == lead.Merged {
		return
	}
	for _, e := range c.Effects {
		if e.Kind == MatchEffect && (e.State == lead.Pending || anew && !c.Now.After(e.CreatedAt.Add(matchAge))) {
			return
		}
	}
	target := fmt.Sprintf("account-%d", c.Now.UnixMilli())
	c.AddEffect(lead.Effect{Kind: MatchEffect, Lane: lead.HubSpotLane, Target: target, DueAt: c.Now})
}

// matchAge is how long an answer is taken for true when a person is asked anew.
const matchAge = time.Hour
