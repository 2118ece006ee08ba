package slack

import (
	"encoding/json"
	"fmt"

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

// form asks for the reason to reject, from the configured list, and a note.
func (a *Actions) form(d *lead.Dossier, reviewID, channel string) slackapi.ModalViewRequest {
	meta, _ := json.Marshal(formMeta{Review: reviewID, Channel: channel}) // two strings always marshal
	c := card{d: d, l: &d.Lead, o: a.poster.card, say: &english}
	options := make([]*slackapi.OptionBlockObject, 0, len(a.reasons))
	for _, r := range a.reasons {
		options = append(options, slackapi.NewOptionBlockObject(r.ID, plain(label(r.Label, maxOption)), nil))
	}
	pick := slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, plain(english.modalPick), fieldReason, options...)
	return slackapi.ModalViewRequest{
		Type: slackapi.VTModal, CallbackID: rejectForm, PrivateMetadata: string(meta),
		Title: plain(english.modalTitle), Submit: plain(english.modalSubmit), Close: plain(english.modalCancel),
		Blocks: slackapi.Blocks{BlockSet: []slackapi.Block{
			section(fmt.Sprintf(english.modalLead, said(c.name(), 200), c.partnerName())),
			slackapi.NewInputBlock(fieldReason, plain(english.modalReason), nil, pick),
			slackapi.NewInputBlock(fieldNote, plain(english.modalNote), nil, noteInput()).WithOptional(true),
		}},
	}
}

func noteInput() *slackapi.PlainTextInputBlockElement {
	note := slackapi.NewPlainTextInputBlockElement(nil, fieldNote)
	note.Multiline, note.MaxLength = true, maxNote
	return note
}

// formValues are the reason and the note as submitted, "" where absent.
func formValues(state *slackapi.ViewState) (reason, note string) {
	if state == nil {
		return "", ""
	}
	return state.Values[fieldReason][fieldReason].SelectedOption.Value, state.Values[fieldNote][fieldNote].Value
}

// faults shows a sentence beside a field and leaves the form open.
func faults(field, sentence string) any {
	return slackapi.NewErrorsViewSubmissionResponse(map[string]string{field: sentence})
}

// closing replaces the form by a sentence, with nothing left to submit.
func closing(title, sentence string) any {
	return slackapi.NewUpdateViewSubmissionResponse(&slackapi.ModalViewRequest{
		Type: slackapi.VTModal, Title: plain(title), Close: plain(english.modalClose),
		Blocks: slackapi.Blocks{BlockSet: []slackapi.Block{section(sentence)}},
	})
}
