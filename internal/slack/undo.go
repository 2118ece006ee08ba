package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// undo takes the decision of a round back, or says why it stands.
func (a *Actions) undo(ctx context.Context, cb slackapi.InteractionCallback, reviewID string) Answer {
	if _, sentence := a.admit(ctx, cb.User.ID, reviewID); sentence != "" {
		return a.tell(cb, sentence)
	}
	d, err := a.desk.Undo(ctx, reviewID, cb.User.ID)
	switch {
	case err == nil:
		return Answer{}
	case errors.Is(err, lead.ErrTooLate):
		return a.tell(cb, english.undoTooLate)
	case errors.Is(err, lead.ErrNotDecided):
		return a.tell(cb, english.undoOpen)
	case errors.Is(err, lead.ErrStaleReview):
		if s := wasUndone(&d, reviewID, cb.User.ID); s != "" {
			return a.tell(cb, s)
		}
	}
	return a.tell(cb, a.refusal(ctx, cb.User.ID, reviewID, err))
}

// wasUndone says who took the decision of a round back; "" if nobody did.
func wasUndone(d *lead.Dossier, reviewID, user string) string {
	i := slices.IndexFunc(d.Reviews, func(r lead.Review) bool { return r.ID == reviewID })
	if i < 0 {
		return ""
	}
	e, ok := d.Undone(d.Reviews[i].Round)
	switch {
	case !ok:
		return ""
	case e.Actor == user:
		return fmt.Sprintf(english.youUndid, moment(e.At))
	}
	return fmt.Sprintf(english.alreadyUndone, english.who(e.Actor), moment(e.At))
}
