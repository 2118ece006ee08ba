package slack

import (
	"context"
	"fmt"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// overrideForm is the callback id of the form that asks why a lead is approved
// that was not proposed as EQL.
const overrideForm = "lead_override"

// approve commits the word at once where it agrees with the proposal; otherwise
// it asks once for a word of why, if it is set up to.
func (v *visit) approve(ctx context.Context, reviewID string) Answer {
	d, sentence := v.enter(ctx, reviewID)
	if sentence != "" {
		return v.tell(sentence)
	}
	if s := d.Lead.Score; v.askOverride && s != nil && s.Verdict != lead.EQL {
		return v.show(ctx, &d, v.overrideForm(&d, reviewID))
	}
	_, sentence = v.decide(ctx, lead.Word{ReviewID: reviewID, Decision: lead.Approve})
	return v.tell(sentence)
}

func (v *visit) overrideForm(d *lead.Dossier, reviewID string) slackapi.ModalViewRequest {
	c := card{d: d, l: &d.Lead, o: v.poster.card, say: v.say}
	return slackapi.ModalViewRequest{
		Type: slackapi.VTModal, CallbackID: overrideForm, PrivateMetadata: v.meta(reviewID, nil),
		Title: plain(v.say.overrideTitle), Submit: plain(v.say.approve), Close: plain(v.say.modalCancel),
		Blocks: slackapi.Blocks{BlockSet: []slackapi.Block{
			section(fmt.Sprintf(v.say.modalLead, said(c.name(), 200), c.partnerName())),
			section(fmt.Sprintf(v.say.overrideAsk, c.verdict(), said(d.Lead.Score.Because, 1000))),
			slackapi.NewInputBlock(fieldNote, plain(v.say.overrideNote), nil, noteInput()),
		}},
	}
}

func (v *visit) submitOverride(ctx context.Context, meta formMeta) Answer {
	_, note := formValues(v.view.State)
	note = strings.TrimSpace(note)
	switch {
	case note == "":
		return Answer{Body: faults(fieldNote, v.say.overrideEmpty)}
	case tooLong(note):
		return Answer{Body: faults(fieldNote, fmt.Sprintf(v.say.modalNoteLong, maxNote))}
	}
	done, sentence := v.decide(ctx, lead.Word{ReviewID: meta.Review, Decision: lead.Approve, Note: note})
	return v.sent(done, sentence, v.say.overrideTitle, fieldNote)
}
