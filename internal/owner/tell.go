package owner

import (
	"context"
	"errors"
	"fmt"
	"reflect"
	"slices"
	"strings"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Slack speaks to people; internal/slack implements it. Faults tell whether a post may have
// happened.
type Slack interface {
	// UserByEmail is the Slack user with the address; lead.ErrNotFound: nobody has it.
	UserByEmail(ctx context.Context, address string) (id string, err error)
	// Tell posts the word to the person, else below the lead's card, and says where it stands.
	Tell(ctx context.Context, d *lead.Dossier, w lead.Word) (lead.Place, error)
	// Retell draws it again where it stands. lead.ErrMessageGone: it was deleted.
	Retell(ctx context.Context, d *lead.Dossier, w lead.Word) error
	// FindTold looks for the word where Tell would have posted it.
	FindTold(ctx context.Context, d *lead.Dossier, w lead.Word) (at lead.Place, ok bool, err error)
}

const toManager = "manager"

// planWords has the owner told of a new lead, and owner and manager of clocks. What the
// owner was told is drawn again when it is no longer so.
func (d *Desk) planWords(before, after lead.Seen, c *lead.Case) {
	redraw := !reflect.DeepEqual(shown(before.Owner), shown(after.Owner)) || contact(before.Clocks) != contact(after.Clocks)
	if !redraw && slices.Equal(before.Clocks, after.Clocks) {
		return
	}
	tell := func(event, what, whom string) {
		c.AddEffect(lead.Effect{Kind: lead.TellEffect, Lane: lead.DirectLane, Event: event, DueAt: c.Now,
			Target: fmt.Sprintf("%s-%d-%s", what, c.Now.UnixMilli(), whom)}) // of no round: it is in the way of no undo
	}
	owner := after.Owner
	if owner != nil && (before.Owner == nil || before.Owner.Turn != owner.Turn) {
		tell(lead.AssignedWord, lead.AssignedWord, nameOf(owner))
	}
	for _, k := range after.Clocks {
		i := slices.IndexFunc(before.Clocks, func(b lead.Clock) bool { return b.Kind == k.Kind && b.Since.Equal(k.Since) && b.State == k.State })
		if i >= 0 || k.State != lead.ClockWarned && k.State != lead.ClockBreached {
			continue
		}
		if ours := k.Kind != lead.ReviewClock && k.Kind != lead.SyncClock; ours && owner != nil {
			tell(string(k.Kind), string(k.State)+"_"+string(k.Kind), nameOf(owner))
		} else if k.State == lead.ClockWarned {
			tell(string(k.Kind), string(k.State)+"_"+string(k.Kind), toManager)
		}
		if k.State == lead.ClockBreached && d.Manager != nil {
			tell(string(k.Kind), string(k.State)+"_"+string(k.Kind), toManager)
		}
	}
	for i := range c.Effects {
		if e := &c.Effects[i]; redraw && e.Kind == lead.TellEffect && e.Event == lead.AssignedWord && e.State == lead.Delivered {
			e.State, e.DueAt, e.Since, e.Attempts, e.UpdatedAt = lead.Pending, c.Now, c.Now, 0, c.Now
		}
	}
}

// shown is an owner without how Slack knows them, which no word tells.
func shown(o *lead.Owner) (theirs lead.Owner) {
	if o != nil {
		theirs = *o
		theirs.Slack = ""
	}
	return theirs
}

// contact is the clock that the owner's word shows.
func contact(clocks []lead.Clock) (k lead.Clock) {
	if i := slices.IndexFunc(clocks, func(k lead.Clock) bool { return k.Kind == lead.FirstContactClock }); i >= 0 {
		k = clocks[i]
	}
	return k
}

func nameOf(o *lead.Owner) string {
	if o.Person == "" {
		return "crm"
	}
	return o.Person
}

// tell tells one person one thing.
//
// Crash window: an attempt that died after Slack posted is unsure, and finds its message.
func (d *Desk) tell(ctx context.Context, a *outbox.Attempt) error {
	l, e := &a.Dossier.Lead, a.Effect
	parts := strings.SplitN(e.Target, "-", 3)
	if len(parts) != 3 {
		return outbox.ErrNeedless
	}
	w := lead.Word{Effect: e, Breach: strings.HasPrefix(parts[0], string(lead.ClockBreached)), Manager: parts[2] == toManager, At: l.Words[e.ID]}
	if w.At.TS != "" {
		if err := d.Slack.Retell(ctx, a.Dossier, w); !errors.Is(err, lead.ErrMessageGone) {
			return err
		}
		return nil // whoever deleted it has read it
	}
	theirs := l.Owner != nil && nameOf(l.Owner) == parts[2]
	if k := l.Clock(lead.ClockKind(e.Event)); !w.Manager && !theirs || e.Event != lead.AssignedWord && (k == nil || !k.Runs()) {
		return outbox.ErrNeedless // it is over, or somebody else's by now
	}
	var err error
	if w.To, err = d.slackUser(ctx, l, w.Manager); err != nil {
		return err
	}
	ok := false
	if a.Unsure {
		if w.At, ok, err = d.Slack.FindTold(ctx, a.Dossier, w); err != nil {
			_, after := lead.KindOf(err)
			return &lead.Fault{Kind: lead.Uncertain, After: after, Err: err}
		}
	}
	if !ok {
		if w.At, err = d.Slack.Tell(ctx, a.Dossier, w); err != nil {
			return err
		}
	}
	a.Learned = func(c *lead.Case) { c.Told(w) }
	return nil
}

// slackUser is whom a word goes to; empty: Slack knows nobody by that address.
func (d *Desk) slackUser(ctx context.Context, l *lead.Lead, manager bool) (id string, err error) {
	p := d.Manager
	address := ""
	switch {
	case !manager:
		p, address, id = d.Rules.Person(l.Owner.Email), l.Owner.Email, l.Owner.Slack
	case p != nil:
		address = p.Email
	}
	if p != nil && p.Slack != "" {
		return p.Slack, nil
	}
	if id != "" || address == "" {
		return id, nil
	}
	id, err = d.Slack.UserByEmail(ctx, address)
	if errors.Is(err, lead.ErrNotFound) {
		return "", nil
	}
	return id, err
}
