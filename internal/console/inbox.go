package console

import (
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// waitingPage is how many leads a page of the inbox has.
const waitingPage = 25

// waiting is a lead of the inbox, and whether this person may decide about it.
type waiting struct {
	lead.Waiting
	PartnerName string
	Decides     bool
	Reasons     []Reason
	Back        string
}

func (c *Console) inbox(v *visit) error {
	q := v.r.URL.Query()
	f := lead.WaitingFilter{Longest: q.Get("first") == "longest", Cursor: q.Get("after"), Limit: waitingPage}
	scopes := c.Reviewers.Scopes(v.person.Actor)
	if mine := q.Has("mine"); len(v.person.Partners) > 0 {
		f.Within = []lead.Scope{{Partners: v.person.Partners}}
	} else if mine && v.person.Reviewer {
		f.Within = scopes
	}
	found, err := c.Records.Waiting(v.r.Context(), f)
	if err != nil {
		return err
	}
	list := make([]waiting, len(found.Leads))
	for i, w := range found.Leads {
		list[i] = waiting{Waiting: w, PartnerName: named(c.Partners, w.Partner), Reasons: c.Reasons, Back: "inbox",
			Decides: v.person.Reviewer && slices.ContainsFunc(scopes, func(s lead.Scope) bool { return s.Covers(w.Partner, w.Channel) })}
	}
	c.show(v, "inbox", http.StatusOK, page{Title: "Inbox", Tab: "inbox", Part: v.r.URL.Path == "/console/waiting", Body: map[string]any{
		"Leads": list, "Total": found.Total, "Oldest": found.Oldest, "Longest": f.Longest, "Mine": q.Has("mine"),
		"Next": with(q, "after", found.Next), "Query": v.r.URL.RawQuery, "First": f.Cursor == "", "Scoped": len(scopes) > 0}})
	return nil
}

// with is the query of a page with another value; without one the key is left out, and the
// address is empty where the value is a cursor that there is none of.
func with(q url.Values, key, value string) string {
	if value == "" {
		return ""
	}
	q = url.Values(http.Header(q).Clone())
	q.Set(key, value)
	return "?" + q.Encode()
}

// mine returns the lead of the address, if the person may see it.
func (c *Console) mine(v *visit) (lead.Dossier, error) {
	id := v.r.PathValue("id")
	d, err := c.Records.Dossier(v.r.Context(), id)
	if err == nil && !v.person.sees(&d) {
		err = fmt.Errorf("lead %s: %w", id, lead.ErrNotFound)
	}
	return d, err
}

// mostNote bounds what a person writes.
const mostNote = 2000

// decide records the person's word on the round that the page showed.
func (c *Console) decide(v *visit) error {
	d, err := c.mine(v)
	if err != nil {
		return err
	}
	w := lead.DecisionInput{ReviewID: v.form("review"), By: v.person.Actor, Note: v.form("note")}
	to := backTo(v, d.Lead.ID)
	switch word := v.form("decision"); {
	case w.ReviewID == "":
		err = refuse(http.StatusBadRequest, "The form names no round: open the lead again.")
	case len(w.Note) > mostNote:
		err = refuse(http.StatusBadRequest, "The note is longer than %d characters: shorten it.", mostNote)
	case word == "approve":
		w.Decision = lead.Approve
	case word != "reject":
		err = refuse(http.StatusBadRequest, "Approve or reject: nothing was decided.")
	default:
		w.Decision, w.Reason = lead.Reject, v.form("reason")
		if !slices.ContainsFunc(c.Reasons, func(r Reason) bool { return r.ID == w.Reason }) {
			err = refuse(http.StatusBadRequest, "Choose a reason for the rejection.")
		} else if !w.Explained() {
			err = refuse(http.StatusBadRequest, "The reason other says nothing without a note: write one.")
		}
	}
	s := said{Lead: d.Lead.ID}
	if err == nil {
		if d, err = c.Flow.DecideLead(v.r.Context(), d.Lead.ID, w); err == nil {
			s.Text = "Approved: " + d.Lead.Name()
			if w.Decision == lead.Reject {
				s.Text = "Rejected: " + d.Lead.Name()
			}
			if c.Undo > 0 {
				s.Review = w.ReviewID
			}
		}
	}
	return c.back(v, to, s, c.spoken(err, &d))
}

// undo takes a decision back while its time lasts.
func (c *Console) undo(v *visit) error {
	d, err := c.mine(v)
	if err != nil {
		return err
	}
	s := said{Lead: d.Lead.ID, Text: "Taken back: " + d.Lead.Name() + " waits for a decision again."}
	review := v.form("review")
	if r := d.Review(); r == nil || r.ID != review { // of this lead, and no other
		err = lead.ErrStaleReview
	} else {
		d, err = c.Flow.Undo(v.r.Context(), review, v.person.Actor)
	}
	return c.back(v, backTo(v, d.Lead.ID), s, c.spoken(err, &d))
}

// sendToReview has a person asked about a lead that the rules would leave alone.
func (c *Console) sendToReview(v *visit) error {
	d, err := c.mine(v)
	if err != nil {
		return err
	}
	_, err = c.Flow.SendToReview(v.r.Context(), d.Lead.ID, v.person.Actor)
	return c.back(v, backTo(v, d.Lead.ID), said{Lead: d.Lead.ID, Text: "Sent to review: " + d.Lead.Name()}, c.spoken(err, &d))
}

func (c *Console) retry(v *visit) error {
	d, err := c.mine(v)
	if err != nil {
		return err
	}
	_, err = c.Flow.Retry(v.r.Context(), d.Lead.ID, v.person.Actor, v.form("fresh") != "")
	return c.back(v, backTo(v, d.Lead.ID), said{Lead: d.Lead.ID, Text: "Tried again: " + d.Lead.Name()}, c.spoken(err, &d))
}

// backTo is the page from which an act was done.
func backTo(v *visit, id string) string {
	switch v.form("back") {
	case "inbox":
		return "/console/"
	case "operate":
		return "/console/operate"
	}
	return "/console/leads/" + id
}

// spoken makes a sentence of why the lead did not take what the person wanted.
func (c *Console) spoken(err error, d *lead.Dossier) error {
	r := d.Review()
	switch {
	case errors.Is(err, lead.ErrNotAllowed):
		return refuse(http.StatusForbidden, "You may not decide about this lead: its partner or channel is not among those that you are a reviewer of.")
	case errors.Is(err, lead.ErrDecided) && r != nil && !r.Open():
		return refuse(http.StatusConflict, "%s was already %s by %s at %s. The first decision stands.", d.Lead.Name(), r.Decision,
			strings.TrimPrefix(r.By, lead.KeyActor), r.DecidedAt.UTC().Format("15:04 MST"))
	case errors.Is(err, lead.ErrStaleReview):
		return refuse(http.StatusConflict, "There is something new about %s since this page was drawn. Look at it, and decide again.", d.Lead.Name())
	case errors.Is(err, lead.ErrNotUnderReview), errors.Is(err, lead.ErrIllegalMove):
		return refuse(http.StatusConflict, "%s is %s now, so this is not possible.", d.Lead.Name(), label(string(d.Lead.Stage)))
	case errors.Is(err, lead.ErrTooLate):
		return refuse(http.StatusConflict, "The time to take this back is over, or the CRM has heard of it. Tell the CRM by hand, or wait for news of the lead.")
	case errors.Is(err, lead.ErrCardUnderWay):
		return refuse(http.StatusConflict, "The card of %s is being posted to Slack at the moment: try again in some seconds.", d.Lead.Name())
	case errors.Is(err, lead.ErrNotDecided):
		return refuse(http.StatusConflict, "%s was taken back already.", d.Lead.Name())
	}
	return err
}

// undoable reports whether this person may still take the newest decision back.
func (c *Console) undoable(v *visit, d *lead.Dossier, now time.Time) bool {
	return v.person.Reviewer && c.Reviewers.Authorized(v.person.Actor, d) && lead.Undoable(&d.Lead, d.Review(), d.Effects, now, c.Undo)
}
