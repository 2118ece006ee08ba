package slack

import (
	"context"
	"encoding/json"
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
func (a *Actions) approve(ctx context.Context, cb slackapi.InteractionCallback, reviewID string) Answer {
	d, sentence := a.enter(ctx, cb.User.ID, reviewID)
	if sentence != "" {
		return a.tell(cb, sentence)
	}
	if s := d.Lead.Score; a.askOverride && s != nil && s.Verdict != lead.EQL {
		return a.show(ctx, cb, &d, a.overrideForm(&d, reviewID, channelOf(cb)))
	}
	_, sentence = a.decide(ctx, lead.Word{ReviewID: reviewID, Decision: lead.Approve, By: cb.User.ID})
	return a.tell(cb, sentence)
}

func (a *Actions) overrideForm(d *lead.Dossier, reviewID, channel string) slackapi.ModalViewRequest {
	meta, _ := json.Marshal(formMeta{Review: reviewID, Channel: channel}) // two strings always marshal
	c := card{d: d, l: &d.Lead, o: a.poster.card, say: &english}
	return slackapi.ModalViewRequest{
		Type: slackapi.VTModal, CallbackID: overrideForm, PrivateMetadata: string(meta),
		Title: plain(english.overrideTitle), Submit: plain(english.approve), Close: plain(english.modalCancel),
		Blocks: slackapi.Blocks{BlockSet: []slackapi.Block{
			section(fmt.Sprintf(english.modalLead, said(c.name(), 200), c.partnerName())),
			section(fmt.Sprintf(english.overrideAsk, c.verdict(), said(d.Lead.Score.Because, 1000))),
			slackapi.NewInputBlock(fieldNote, plain(english.overrideNote), nil, noteInput()),
		}},
	}
}

func (a *Actions) submitOverride(ctx context.Context, cb slackapi.InteractionCallback, meta formMeta) Answer {
	_, note := formValues(cb.View.State)
	note = strings.TrimSpace(note)
	switch {
	case note == "":
		return Answer{Body: faults(fieldNote, english.overrideEmpty)}
	case tooLong(note):
		return Answer{Body: faults(fieldNote, fmt.Sprintf(english.modalNoteLong, maxNote))}
	}
	done, sentence := a.decide(ctx, lead.Word{ReviewID: meta.Review, Decision: lead.Approve, By: cb.User.ID, Note: note})
	return sent(done, sentence, english.overrideTitle, fieldNote)
}
