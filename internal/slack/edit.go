package slack

import (
	"cmp"
	"context"
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
// read returns the facts that a text states, in normal form; false: it states none.
var editable = []struct {
	field lead.Field
	read  func(text string) (values []string, ok bool)
}{
	{lead.Industry, func(text string) ([]string, bool) {
		return []string{text}, slices.Contains(company.IndustrySlugs(), text)
	}},
	{lead.Employees, func(text string) ([]string, bool) {
		n, err := company.ParseHeadcount(clean(text))
		return []string{n.String()}, err == nil
	}},
	{lead.HQCountry, func(text string) ([]string, bool) {
		code, ok := company.Country(clean(text))
		return []string{code}, ok
	}},
	{lead.Technology, readTechnologies},
}

func readTechnologies(text string) (names []string, ok bool) {
	for part := range strings.FieldsFuncSeq(text, func(r rune) bool { return r == ',' || r == ';' || r == '\n' }) {
		name := company.Technology(clean(part))
		if utf8.RuneCountInString(name) > maxTechnology {
			return nil, false
		}
		if name != "" && !slices.ContainsFunc(names, func(n string) bool { return strings.EqualFold(n, name) }) {
			names = append(names, name)
		}
	}
	return names, len(names) > 0 && len(names) <= maxTechnologies
}

func (v *handler) editForm(d *lead.Dossier, reviewID string) slackapi.ModalViewRequest {
	c, was := v.card(d), map[string]uint32{}
	blocks := []slackapi.Block{section(v.say.EditAsk)}
	for _, e := range editable {
		begins, hint := c.begins(e.field)
		was[string(e.field)] = sum(begins)
		blocks = append(blocks, v.say.editInput(e.field, begins, hint))
	}
	meta := formMeta{Review: reviewID, Was: was}
	return v.form(editForm, meta, c, v.say.EditTitle, v.say.EditSave, v.say.ModalCancel, blocks...)
}

func (say *catalogue) editInput(field lead.Field, begins, hint string) slackapi.Block {
	id := string(field)
	var element slackapi.BlockElement
	if field == lead.Industry {
		var options []*slackapi.OptionBlockObject
		var chosen *slackapi.OptionBlockObject
		for _, slug := range company.IndustrySlugs() {
			o := slackapi.NewOptionBlockObject(slug, plain(label(company.IndustryLabel(slug, say.lang), maxOption)), nil)
			options = append(options, o)
			if slug == begins {
				chosen = o
			}
		}
		pick := slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, plain(say.EditPick), id, options...)
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
	return slackapi.NewInputBlock(id, plain(say.EditFields[field]), below, element).WithOptional(true)
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
			other = append(other, c.say.value(field, f.Value, 60))
		}
	}
	if text = strings.Join(earning, ", "); length(text) > maxTyped {
		return "", c.say.EditTechnologiesMany
	}
	if len(other) > 0 {
		hint = fmt.Sprintf(c.say.EditNotEarning, strings.Join(other[:min(len(other), 10)], ", "))
	}
	return text, hint
}

func sum(s string) uint32 {
	h := fnv.New32a()
	h.Write([]byte(s))
	return h.Sum32()
}

// submitEdit takes what the person changed; what was only shown stays as it is.
func (v *handler) submitEdit(ctx context.Context, meta formMeta) Answer {
	d, sentence := v.enter(ctx, meta.Review)
	if sentence != "" {
		return v.sent(false, sentence, v.say.EditTitle, string(lead.Employees))
	}
	e := lead.Edit{ReviewID: meta.Review, By: v.user}
	wrong := map[string]string{}
	for _, able := range editable {
		id := string(able.field)
		text := strings.TrimSpace(v.view.field(id))
		if sum(text) == meta.Was[id] {
			continue
		}
		if text == "" {
			if !d.Lead.Edited(able.field) {
				wrong[id] = v.say.EditEmptied
			}
			e.Fields = append(e.Fields, able.field)
			continue
		}
		values, ok := able.read(text)
		if !ok {
			wrong[id] = v.say.EditWrong[able.field]
		}
		if ok && !d.Lead.Edited(able.field) && slices.Equal(slices.Sorted(slices.Values(values)), earning(&d.Lead, able.field)) {
			continue // the same in other words
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
	if _, err := v.desk.Edit(ctx, e); err != nil {
		return v.sent(false, v.refusal(ctx, e.ReviewID, err), v.say.EditTitle, string(lead.Employees))
	}
	v.moved()
	return Answer{}
}

// earning are the values of a field that count, sorted.
func earning(l *lead.Lead, field lead.Field) (values []string) {
	for _, f := range l.Facts {
		if f.Field == field && f.Earns() {
			values = append(values, f.Value)
		}
	}
	slices.Sort(values)
	return values
}
