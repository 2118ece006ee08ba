package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"

	"leadtriage/internal/lead"
)

// undo takes the decision of a round back, or says why it stands.
func (v *handler) undo(ctx context.Context, reviewID string) Answer {
	if _, sentence := v.admit(ctx, reviewID); sentence != "" {
		return v.reply(sentence)
	}
	d, err := v.desk.Undo(ctx, reviewID, v.user)
	switch {
	case err == nil:
		v.moved()
		return Answer{}
	case errors.Is(err, lead.ErrTooLate):
		return v.reply(v.say.UndoTooLate)
	case errors.Is(err, lead.ErrNotDecided):
		return v.reply(v.say.UndoOpen)
	case errors.Is(err, lead.ErrStaleReview):
		if s := v.wasUndone(&d, reviewID); s != "" {
			return v.reply(s)
		}
	}
	return v.reply(v.refusal(ctx, reviewID, err))
}

// wasUndone says who took the decision of a round back; "" if nobody did.
func (v *handler) wasUndone(d *lead.Dossier, reviewID string) string {
	i := slices.IndexFunc(d.Reviews, func(r lead.Review) bool { return r.ID == reviewID })
	if i < 0 {
		return ""
	}
	switch r := &d.Reviews[i]; r.UndoneBy {
	case "":
		return ""
	case v.user:
		return fmt.Sprintf(v.say.YouUndid, moment(r.UndoneAt))
	default:
		return fmt.Sprintf(v.say.AlreadyUndone, v.say.actorName(r.UndoneBy), moment(r.UndoneAt))
	}
}
