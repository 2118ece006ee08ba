package slack

import (
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// rejectForm is the callback id of the form that asks why a lead is rejected. A
// form's fields have their block ids as action ids too.
const (
	rejectForm  = "lead_reject"
	fieldReason = "reason"
	fieldNote   = "note"
)

// formMeta travels with the form. It says which round the person saw and earns
// no trust: the round's lead is read from the record again.
type formMeta struct {
	Review  string `json:"review"`
	Channel string `json:"channel"`
	// Was holds a sum of what each field of the edit form began with, so that
	// only what the person changed counts.
	Was map[string]uint32 `json:"was,omitempty"`
}

// form is a view that asks about a round's lead, which it names first.
func (v *handler) form(id string, meta formMeta, c *card, title, submit, cancel string, blocks ...slackapi.Block) slackapi.ModalViewRequest {
	meta.Channel = v.channel
	raw, _ := json.Marshal(meta) // strings and numbers always marshal
	view := modal(title, cancel, append([]slackapi.Block{c.title()}, blocks...)...)
	view.CallbackID, view.PrivateMetadata, view.Submit = id, string(raw), plain(submit)
	return view
}

// modal is a view with nothing to submit.
func modal(title, cancel string, blocks ...slackapi.Block) slackapi.ModalViewRequest {
	return slackapi.ModalViewRequest{
		Type: slackapi.VTModal, Title: plain(title), Close: plain(cancel), Blocks: slackapi.Blocks{BlockSet: blocks}}
}

// card is the round's lead in the person's language.
func (v *handler) card(d *lead.Dossier) *card {
	return &card{d: d, l: &d.Lead, o: v.poster.card, say: v.say}
}

// title names the lead and who sent it.
func (c *card) title() slackapi.Block {
	return section(fmt.Sprintf(c.say.ModalLead, safe(c.name(), 200), c.from()))
}

// ask opens a form about a round, where there is something left to decide.
func (v *handler) ask(ctx context.Context, reviewID string, form func(*lead.Dossier, string) slackapi.ModalViewRequest) Answer {
	d, sentence := v.enter(ctx, reviewID)
	if sentence != "" {
		return v.reply(sentence)
	}
	return v.show(ctx, &d, form(&d, reviewID))
}

// rejectForm asks for the reason to reject, from the configured list, and a note.
func (v *handler) rejectForm(d *lead.Dossier, reviewID string) slackapi.ModalViewRequest {
	options := make([]*slackapi.OptionBlockObject, 0, len(v.o.Reasons))
	for _, r := range v.say.reasons(v.o.Reasons) {
		options = append(options, slackapi.NewOptionBlockObject(r.ID, plain(label(r.Label, maxOption)), nil))
	}
	pick := slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, plain(v.say.ModalPick), fieldReason, options...)
	return v.form(rejectForm, formMeta{Review: reviewID}, v.card(d), v.say.ModalTitle, v.say.ModalSubmit, v.say.ModalCancel,
		slackapi.NewInputBlock(fieldReason, plain(v.say.ModalReason), nil, pick),
		slackapi.NewInputBlock(fieldNote, plain(v.say.ModalNote), nil, noteInput()).WithOptional(true))
}

func noteInput() *slackapi.PlainTextInputBlockElement {
	note := slackapi.NewPlainTextInputBlockElement(nil, fieldNote)
	note.Multiline, note.MaxLength = true, maxNote
	return note
}

// submit takes a form: the person is authorised again, for a form may stay open
// for hours.
func (a *Actions) submit(ctx context.Context, i Interaction) Answer {
	var meta formMeta
	err := json.Unmarshal([]byte(i.View.PrivateMetadata), &meta)
	v := a.handlerFor(i, meta.Channel)
	if err != nil || meta.Review == "" {
		return Answer{Body: v.closing(v.say.ModalTitle, v.say.UnknownReview)}
	}
	if i.Type == "view_closed" { // only this form wants to know
		return v.unexplained(ctx, meta.Review)
	}
	if take, ok := forms[v.view.CallbackID]; ok {
		return take(v, ctx, meta)
	}
	a.o.Logger.DebugContext(ctx, "slack form ignored", "callback_id", v.view.CallbackID)
	return Answer{}
}

// forms are what can be submitted, by callback id.
var forms = map[string]func(*handler, context.Context, formMeta) Answer{
	rejectForm: (*handler).submitReject, editForm: (*handler).submitEdit, overrideForm: (*handler).submitOverride, partnerForm: (*handler).submitPartner,
	reassignForm: (*handler).submitReassign,
	revokeForm:   (*handler).submitRevoke,
}

func (v *handler) submitReject(ctx context.Context, meta formMeta) Answer {
	reason, note := v.view.field(fieldReason), v.view.field(fieldNote)
	if !slices.ContainsFunc(v.o.Reasons, func(r Reason) bool { return r.ID == reason }) {
		return Answer{Body: faults(fieldReason, v.say.ModalPickOne)}
	}
	word := lead.DecisionInput{ReviewID: meta.Review, Decision: lead.Reject, Reason: reason, Note: note}
	switch {
	case tooLong(note):
		return Answer{Body: faults(fieldNote, fmt.Sprintf(v.say.ModalNoteLong, maxNote))}
	case !word.Explained():
		return Answer{Body: faults(fieldNote, v.say.ModalNoteEmpty)}
	}
	_, sentence := v.decide(ctx, word)
	return v.sent(sentence == "", sentence, v.say.ModalTitle, fieldReason)
}

func tooLong(note string) bool { return utf8.RuneCountInString(note) > maxNote }

// sent answers a form: it closes when the change is committed, stays open where
// another press may help, and else says why nothing was changed.
func (v *handler) sent(done bool, sentence, title, field string) Answer {
	switch {
	case done:
		return Answer{}
	case sentence == v.say.NotSaved:
		return Answer{Body: faults(field, sentence)}
	}
	return Answer{Body: v.closing(title, sentence)}
}

// faults shows a sentence beside a field and leaves the form open.
func faults(field, sentence string) any {
	return slackapi.NewErrorsViewSubmissionResponse(map[string]string{field: sentence})
}

// closing replaces the form by a sentence, with nothing left to submit.
func (v *handler) closing(title, sentence string) any {
	view := modal(title, v.say.ModalClose, section(sentence))
	return slackapi.NewUpdateViewSubmissionResponse(&view)
}
