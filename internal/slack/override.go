package slack

import (
	"context"
	"errors"
	"fmt"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// overrideForm is the callback id of the form that asks why a lead was approved
// that was not proposed as EQL.
const overrideForm = "lead_override"

// approve commits the word. Of an approval against the proposal it then asks
// why, once; the decision stands whether there is an answer or not.
func (v *handler) approve(ctx context.Context, reviewID string) Answer {
	d, sentence := v.decide(ctx, lead.DecisionInput{ReviewID: reviewID, Decision: lead.Approve, AsksWhy: v.o.AskOverride})
	if sentence != "" {
		return v.reply(sentence)
	}
	if r := d.Review(); !v.o.AskOverride || r == nil || r.ID != reviewID || !r.Override {
		return Answer{}
	}
	if err := v.poster.open(ctx, v.trigger, v.overrideForm(&d, reviewID)); err != nil {
		v.o.Logger.WarnContext(ctx, "override not asked about", "lead_id", d.Lead.ID, "error", err)
		return v.unexplained(ctx, reviewID)
	}
	return Answer{}
}

// unexplained says that nobody writes why any more: the time to undo begins.
func (v *handler) unexplained(ctx context.Context, reviewID string) Answer {
	if _, err := v.desk.Explain(ctx, reviewID, v.user, ""); err != nil {
		v.o.Logger.InfoContext(ctx, "the end of the form was not recorded", "review_id", reviewID, "error", err)
	}
	return Answer{}
}

func (v *handler) overrideForm(d *lead.Dossier, reviewID string) slackapi.ModalViewRequest {
	c := v.card(d)
	view := v.form(overrideForm, formMeta{Review: reviewID}, c, v.say.OverrideTitle, v.say.EditSave, v.say.ModalClose,
		section(fmt.Sprintf(v.say.OverrideAsk, c.verdict(), v.say.explained(d.Lead.Score.Because, 1000))),
		slackapi.NewInputBlock(fieldNote, plain(v.say.OverrideNote), nil, noteInput()))
	view.NotifyOnClose = true
	return view
}

func (v *handler) submitOverride(ctx context.Context, meta formMeta) Answer {
	note := strings.TrimSpace(v.view.field(fieldNote))
	switch {
	case note == "":
		return Answer{Body: faults(fieldNote, v.say.OverrideEmpty)}
	case tooLong(note):
		return Answer{Body: faults(fieldNote, fmt.Sprintf(v.say.ModalNoteLong, maxNote))}
	}
	if _, sentence := v.admit(ctx, meta.Review); sentence != "" {
		return v.sent(false, sentence, v.say.OverrideTitle, fieldNote)
	}
	_, err := v.desk.Explain(ctx, meta.Review, v.user, note)
	switch {
	case err == nil:
		return Answer{}
	case errors.Is(err, lead.ErrStaleReview), errors.Is(err, lead.ErrNotDecided):
		return v.sent(false, v.say.OverrideOver, v.say.OverrideTitle, fieldNote)
	}
	return v.sent(false, v.refusal(ctx, meta.Review, err), v.say.OverrideTitle, fieldNote)
}
