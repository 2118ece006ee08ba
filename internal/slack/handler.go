package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"leadtriage/internal/lead"
)

// handler handles one interaction: who acts, where, and the language that they read.
type handler struct {
	*Actions
	user    string
	channel string // "": none is known
	trigger string // opens a modal within three seconds
	answer  string // an address that takes a sentence for the person; "": none
	view    sentForm
	say     *catalogue
}

func (a *Actions) handlerFor(i Interaction, channel string) *handler {
	return &handler{Actions: a, user: i.User.ID, channel: channel, trigger: i.TriggerID, answer: i.ResponseURL, view: i.View,
		say: speak(a.poster.locale(i.User.ID, channel))}
}

// decide commits the word, or says why not.
func (v *handler) decide(ctx context.Context, w lead.DecisionInput) (d lead.Dossier, sentence string) {
	w.By = v.user
	if d, sentence = v.enter(ctx, w.ReviewID); sentence != "" {
		return d, sentence
	}
	d, err := v.desk.Decide(ctx, w)
	if err != nil {
		return d, v.refusal(ctx, w.ReviewID, err)
	}
	v.moved()
	return d, ""
}

// enter loads the lead of a round for somebody who may decide about it while the
// round is open; otherwise it says why not.
func (v *handler) enter(ctx context.Context, reviewID string) (d lead.Dossier, sentence string) {
	if d, sentence = v.admit(ctx, reviewID); sentence != "" {
		return d, sentence
	}
	return d, v.standing(&d, reviewID)
}

// admit loads the lead of a round for somebody who may decide about it.
func (v *handler) admit(ctx context.Context, reviewID string) (d lead.Dossier, sentence string) {
	d, sentence = v.look(ctx, reviewID)
	if sentence == "" && !v.o.Reviewers.Authorized(v.user, &d) {
		v.o.Logger.InfoContext(ctx, "decision refused to a non-reviewer", "lead_id", d.Lead.ID, "user", v.user)
		return d, v.say.NotAllowed
	}
	return d, sentence
}

// look loads the lead of a round for anybody who sees its card.
func (v *handler) look(ctx context.Context, reviewID string) (d lead.Dossier, sentence string) {
	if reviewID == "" { // an empty id would mean "the current round" to Desk
		return d, v.say.UnknownReview
	}
	d, err := v.desk.Dossier(ctx, reviewID)
	if err != nil {
		return d, v.refusal(ctx, reviewID, err)
	}
	return d, ""
}

// refusal puts an error of Desk into words; who decided is read again.
func (v *handler) refusal(ctx context.Context, reviewID string, err error) string {
	switch {
	case errors.Is(err, lead.ErrNotAllowed):
		return v.say.NotAllowed
	case errors.Is(err, lead.ErrNotFound):
		return v.say.UnknownReview
	case errors.Is(err, lead.ErrStaleReview):
		return v.say.Stale
	case errors.Is(err, lead.ErrDecided):
		if d, err := v.desk.Dossier(ctx, reviewID); err == nil {
			if s := v.standing(&d, reviewID); s != "" {
				return s
			}
		}
		return v.say.NotUnderReview
	case errors.Is(err, lead.ErrNotUnderReview):
		return v.say.NotUnderReview
	}
	v.o.Logger.ErrorContext(ctx, "slack decision not saved", "review_id", reviewID, "user", v.user, "error", err)
	return v.say.NotSaved
}

// sendToReview has people asked about a parked lead.
func (v *handler) sendToReview(ctx context.Context, leadID string) Answer {
	d, err := v.o.Records.Dossier(ctx, leadID)
	switch {
	case err != nil:
		return v.reply(v.refusal(ctx, "", err))
	case !v.o.Reviewers.Authorized(v.user, &d):
		return v.reply(v.say.NotAllowed)
	}
	_, err = v.desk.SendToReview(ctx, leadID, v.user)
	v.moved()
	switch name := safe(v.card(&d).name(), 100); {
	case err == nil:
		return v.reply(fmt.Sprintf(v.say.SentToReview, name))
	case errors.Is(err, lead.ErrIllegalMove):
		return v.reply(fmt.Sprintf(v.say.NotParked, name))
	}
	return v.reply(v.refusal(ctx, "", err))
}

// standing says why a round takes no decision any more; "" while it does.
func (v *handler) standing(d *lead.Dossier, reviewID string) string {
	i := slices.IndexFunc(d.Reviews, func(r lead.Review) bool { return r.ID == reviewID })
	switch {
	case i < 0:
		return v.say.UnknownReview
	case i < len(d.Reviews)-1:
		return v.say.Stale
	case d.Reviews[i].Open():
		return ""
	case d.Reviews[i].Decision == lead.Superseded:
		return fmt.Sprintf(v.say.MergedAway, safe(d.Lead.MergedInto, 60))
	}
	r := &d.Reviews[i]
	name, at := safe(v.card(d).name(), 100), moment(r.DecidedAt)
	if r.By == v.user {
		return fmt.Sprintf(v.say.YouAlready[r.Decision], name, at)
	}
	return fmt.Sprintf(v.say.Already[r.Decision], name, v.say.actorName(r.By), at)
}
