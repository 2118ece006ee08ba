package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// revokeForm is the callback id of the form that asks why an approval is revoked.
const revokeForm = "lead_revoke"

// revoke asks why an approval is taken back.
func (v *handler) revoke(ctx context.Context, reviewID string) Answer {
	d, sentence := v.admit(ctx, reviewID)
	switch r := d.Review(); {
	case sentence != "":
		return v.reply(sentence)
	case r.ID != reviewID:
		return v.reply(v.unrevoked(ctx, &d, reviewID, lead.ErrStaleReview))
	case r.Decision != lead.Approve:
		return v.reply(v.say.RevokeNone)
	}
	return v.show(ctx, &d, v.form(revokeForm, formMeta{Review: reviewID}, v.card(&d), v.say.RevokeTitle, v.say.Revoke, v.say.ModalCancel,
		section(v.say.RevokeAsk), slackapi.NewInputBlock(fieldNote, plain(v.say.ModalReason), nil, noteInput())))
}

func (v *handler) submitRevoke(ctx context.Context, meta formMeta) Answer {
	why := strings.TrimSpace(v.view.field(fieldNote))
	switch {
	case why == "":
		return Answer{Body: faults(fieldNote, v.say.RevokeEmpty)}
	case tooLong(why):
		return Answer{Body: faults(fieldNote, fmt.Sprintf(v.say.ModalNoteLong, maxNote))}
	}
	if _, sentence := v.admit(ctx, meta.Review); sentence != "" {
		return v.sent(false, sentence, v.say.RevokeTitle, fieldNote)
	}
	d, err := v.desk.Decide(ctx, lead.DecisionInput{ReviewID: meta.Review, Decision: lead.Revoke, By: v.user, Reason: why})
	if err != nil {
		return v.sent(false, v.unrevoked(ctx, &d, meta.Review, err), v.say.RevokeTitle, fieldNote)
	}
	v.moved()
	return Answer{}
}

// unrevoked says why an approval was not revoked.
func (v *handler) unrevoked(ctx context.Context, d *lead.Dossier, reviewID string, err error) string {
	switch said := v.wasUndone(d, reviewID); {
	case errors.Is(err, lead.ErrStaleReview) && said != "":
		return said
	case errors.Is(err, lead.ErrNotDecided):
		return v.say.RevokeNone
	}
	return v.refusal(ctx, reviewID, err)
}

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
