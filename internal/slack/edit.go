package slack

import (
	"cmp"
	"context"
	"encoding/json"
	"fmt"
	"hash/fnv"
	"slices"
	"strings"
	"unicode/utf8"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// editForm is the callback id of the form that edits facts; its fields' block
// and action ids are the names of the facts.
const editForm = "lead_edit"

const (
	maxTyped        = 600 // what a field of the form takes
	maxTechnologies = 30
	maxTechnology   = 60
)

// editable lists what a reviewer may say about the company, in the form's order.
// read returns the facts that a text states, in normal form, or a sentence.
var editable = []struct {
	field lead.Field
	read  func(text string) (values []string, sentence string)
}{
	{lead.Industry, readIndustry},
	{lead.Employees, readEmployees},
	{lead.HQCountry, readCountry},
	{lead.Technology, readTechnologies},
}

func readIndustry(text string) ([]string, string) {
	if !slices.Contains(company.IndustrySlugs(), text) {
		return nil, english.badIndustry
	}
	return []string{text}, ""
}

func readEmployees(text string) ([]string, string) {
	n, err := company.ParseHeadcount(clean(text))
	if err != nil {
		return nil, english.badEmployees
	}
	return []string{n.String()}, ""
}

func readCountry(text string) ([]string, string) {
	code, ok := company.Country(clean(text))
	if !ok {
		return nil, english.badCountry
	}
	return []string{code}, ""
}

func readTechnologies(text string) (names []string, sentence string) {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		name := company.Technology(clean(part))
		if utf8.RuneCountInString(name) > maxTechnology {
			return nil, english.badTechnologies
		}
		if name != "" && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			names = append(names, name)
		}
	}
	if len(names) == 0 || len(names) > maxTechnologies {
		return nil, english.badTechnologies
	}
	return names, ""
}

// edit opens the form for the facts, where there is something left to decide.
func (a *Actions) edit(ctx context.Context, cb slackapi.InteractionCallback, reviewID string) Answer {
	d, sentence := a.enter(ctx, cb.User.ID, reviewID)
	if sentence != "" {
		return a.tell(cb, sentence)
	}
	return a.show(ctx, cb, &d, a.editForm(&d, reviewID, channelOf(cb)))
}

func (a *Actions) editForm(d *lead.Dossier, reviewID, channel string) slackapi.ModalViewRequest {
	c := card{d: d, l: &d.Lead, o: a.poster.card, say: &english}
	meta := formMeta{Review: reviewID, Channel: channel, Was: map[string]uint32{}}
	blocks := []slackapi.Block{
		section(fmt.Sprintf(english.modalLead, said(c.name(), 200), c.partnerName())),
		section(english.editAsk),
	}
	for _, e := range editable {
		begins, hint := c.begins(e.field)
		meta.Was[string(e.field)] = sum(begins)
		blocks = append(blocks, editInput(e.field, begins, hint))
	}
	raw, _ := json.Marshal(meta) // strings and numbers always marshal
	return slackapi.ModalViewRequest{
		Type: slackapi.VTModal, CallbackID: editForm, PrivateMetadata: string(raw),
		Title: plain(english.editTitle), Submit: plain(english.editSave), Close: plain(english.modalCancel),
		Blocks: slackapi.Blocks{BlockSet: blocks},
	}
}

func editInput(field lead.Field, begins, hint string) slackapi.Block {
	id := string(field)
	title := map[lead.Field]string{
		lead.Industry: english.editIndustry, lead.Employees: english.editEmployees,
		lead.HQCountry: english.editCountry, lead.Technology: english.editTechnologies,
	}[field]
	var element slackapi.BlockElement
	if field == lead.Industry {
		var options []*slackapi.OptionBlockObject
		var chosen *slackapi.OptionBlockObject
		for _, slug := range company.IndustrySlugs() {
			o := slackapi.NewOptionBlockObject(slug, plain(label(company.IndustryNames(slug)[0], maxOption)), nil)
			options = append(options, o)
			if slug == begins {
				chosen = o
			}
		}
		pick := slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, plain(english.editPick), id, options...)
		pick.InitialOption = chosen
		element = pick
	} else {
		input := slackapi.NewPlainTextInputBlockElement(nil, id)
		input.InitialValue, input.MaxLength = begins, maxTyped
		element = input
	}
	var below *slackapi.TextBlockObject
	if hint != "" {
		below = plain(hint)
	}
	return slackapi.NewInputBlock(id, plain(title), below, element).WithOptional(true)
}

// begins is what a field of the form starts with: what earns points. What is
// on record without earning stands below it.
func (c *card) begins(field lead.Field) (text, hint string) {
	var earning, other []string
	for _, f := range c.l.Facts {
		value := clean(f.Value)
		if field == lead.HQCountry {
			value = cmp.Or(company.CountryName(f.Value, c.say.lang), value)
		}
		switch {
		case f.Field != field, field == lead.Industry && !slices.Contains(company.IndustrySlugs(), value):
		case f.Earns():
			earning = append(earning, value)
		default:
			other = append(other, c.value(field, f.Value, 60))
		}
	}
	if text = strings.Join(earning, ", "); length(text) > maxTyped {
		return "", english.editTechnologiesMany
	}
	if len(other) > 0 {
		hint = fmt.Sprintf(english.editNotEarning, strings.Join(other[:min(len(other), 10)], ", "))
	}
	return text, hint
}

func sum(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

// submitEdit takes what the person changed; what was only shown stays as it is.
func (a *Actions) submitEdit(ctx context.Context, cb slackapi.InteractionCallback, meta formMeta) Answer {
	d, sentence := a.enter(ctx, cb.User.ID, meta.Review)
	if sentence != "" {
		return sent(false, sentence, english.editTitle, string(lead.Employees))
	}
	e := lead.Edit{ReviewID: meta.Review, By: cb.User.ID}
	wrong := map[string]string{}
	for _, able := range editable {
		id := string(able.field)
		text := strings.TrimSpace(typed(cb.View.State, id))
		if sum(text) == meta.Was[id] {
			continue
		}
		if text == "" {
			if !d.Lead.Edited(able.field) {
				wrong[id] = english.editEmptied
			}
			e.Fields = append(e.Fields, able.field)
			continue
		}
		values, sentence := able.read(text)
		if sentence != "" {
			wrong[id] = sentence
		}
		e.Fields = append(e.Fields, able.field)
		for _, v := range values {
			e.Facts = append(e.Facts, lead.Fact{Field: able.field, Value: v})
		}
	}
	switch {
	case len(wrong) > 0:
		return Answer{Body: slackapi.NewErrorsViewSubmissionResponse(wrong)}
	case len(e.Fields) == 0:
		return Answer{}
	}
	if _, err := a.desk.Edit(ctx, e); err != nil {
		return sent(false, a.refusal(ctx, e.By, e.ReviewID, err), english.editTitle, string(lead.Employees))
	}
	return Answer{}
}

// typed is what stands in a field, of a select the chosen value.
func typed(state *slackapi.ViewState, id string) string {
	if state == nil {
		return ""
	}
	return cmp.Or(state.Values[id][id].SelectedOption.Value, state.Values[id][id].Value)
}
