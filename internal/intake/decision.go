package intake

import (
	"errors"
	"fmt"
	"net/http"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// postDecision records the caller's word. The first word wins; the same word
// again by the same key is answered as the first.
func (a *API) postDecision(c *call) error {
	raw, err := c.json()
	if err != nil {
		return err
	}
	word, faults := ParseDecision(raw, a.opts.Rules)
	if len(faults) > 0 {
		return faulty(faults)
	}
	defer a.bound(c)()
	id, err := a.visible(c, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	word.By = c.by.actor()
	d, err := a.opts.Flow.DecideLead(c.r.Context(), id, word)
	if err == nil {
		return c.answer(http.StatusOK, d.Record())
	}
	switch {
	case errors.Is(err, lead.ErrNotFound):
		return noLead()
	case errors.Is(err, lead.ErrNotAllowed):
		return problemf(http.StatusForbidden, "the key %s may not decide about this lead: ask an operator", c.by.name)
	case errors.Is(err, lead.ErrDecided):
		return a.alreadyDecided(c, id, word)
	case errors.Is(err, lead.ErrNotDecided):
		return a.notApproved(c, id, word)
	case errors.Is(err, lead.ErrStaleReview):
		return problemf(http.StatusConflict, "this review round is over: read the lead again and decide about the newest round")
	case errors.Is(err, lead.ErrNotUnderReview), errors.Is(err, lead.ErrIllegalMove):
		return problemf(http.StatusConflict, "%s", a.whyNotUnderReview(c, id))
	}
	p := unavailable(err)
	if p.Status != http.StatusServiceUnavailable {
		return p
	}
	p.Detail = "the records cannot be reached, so it is not certain that the decision was taken: send the same again after Retry-After, which is harmless"
	return p
}

// postReview has a person asked about a lead that the rules would leave alone.
func (a *API) postReview(c *call) error {
	defer a.bound(c)()
	id, err := a.visible(c, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	receipt, err := a.opts.Flow.SendToReview(c.r.Context(), id, c.by.actor())
	switch {
	case err == nil:
		return c.answer(http.StatusAccepted, receipt)
	case errors.Is(err, lead.ErrIllegalMove):
		return problemf(http.StatusConflict, "only a lead that is parked, disqualified or archived from there can be sent to review: read the lead again")
	}
	return unreadable(err)
}

func (a *API) alreadyDecided(c *call, id string, word lead.DecisionInput) error {
	d, err := a.opts.Records.Dossier(c.r.Context(), id)
	if err != nil {
		return unavailable(err)
	}
	r := d.Review()
	if r == nil || r.Open() {
		return problemf(http.StatusConflict, "this review round is over: read the lead again and decide about the newest round")
	}
	if r.By == word.By && r.Decision == word.Decision {
		return c.answer(http.StatusOK, d.Record())
	}
	if d.Lead.MergedInto != "" {
		return problemf(http.StatusConflict, "the lead was merged into %s: decide about that one", d.Lead.MergedInto)
	}
	return problemf(http.StatusConflict, "already %s by %s at %s: the first decision stands", r.Decision, strings.TrimPrefix(r.By, lead.KeyActor), r.DecidedAt.UTC().Format(time.RFC3339))
}

// notApproved answers who revokes what is not approved; the same word again as the first.
func (a *API) notApproved(c *call, id string, word lead.DecisionInput) error {
	d, err := a.opts.Records.Dossier(c.r.Context(), id)
	if err != nil {
		return unavailable(err)
	}
	if n := len(d.Reviews); n > 1 && d.Reviews[n-1].Open() && d.Reviews[n-2].UndoneBy == word.By && d.Reviews[n-2].UndoneWhy == word.Reason {
		return c.answer(http.StatusOK, d.Record())
	}
	return problemf(http.StatusConflict, "the lead is %s: only an approval can be revoked", d.Lead.Stage)
}

func (a *API) whyNotUnderReview(c *call, id string) string {
	stage := "not under review"
	if d, err := a.opts.Records.Dossier(c.r.Context(), id); err == nil {
		stage = fmt.Sprintf("%s, not under review", d.Lead.Stage)
		if d.Lead.Stage == lead.Parked || d.Lead.Stage == lead.Disqualified {
			return "the lead is " + stage + ": POST /v1/leads/" + id + "/review sends it to review, then decide"
		}
	}
	return "the lead is " + stage + ": read it again, and decide once its stage is " + string(lead.AwaitingReview)
}
