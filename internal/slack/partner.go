package slack

import (
	"context"
	"errors"
	"fmt"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// partnerForm is the callback id of the form that puts a question to the lead's partner.
const (
	partnerForm   = "lead_ask_partner"
	fieldQuestion = "question"
)

// questions are those that can be put to the lead's partner, in the reader's language.
func (c *card) questions() []Reason {
	if c.o.Questions == nil || c.alone() {
		return nil
	}
	return atMost(c.o.Questions(c.l, c.say.lang), maxOptions)
}

// partnerForm asks which question to put.
func (v *handler) partnerForm(d *lead.Dossier, reviewID string) slackapi.ModalViewRequest {
	c := v.card(d)
	var options []*slackapi.OptionBlockObject
	for _, q := range c.questions() {
		options = append(options, slackapi.NewOptionBlockObject(q.ID, plain(label(q.Label, maxOption)), nil))
	}
	if len(options) == 0 { // the configuration has changed since the card was drawn
		return modal(v.say.AskTitle, v.say.ModalClose, section(v.say.AskNone))
	}
	pick := slackapi.NewOptionsSelectBlockElement(slackapi.OptTypeStatic, plain(v.say.ModalPick), fieldQuestion, options...)
	return v.form(partnerForm, formMeta{Review: reviewID}, c, v.say.AskTitle, v.say.AskSend, v.say.ModalCancel,
		section(fmt.Sprintf(v.say.AskAbout, c.partnerName())), slackapi.NewInputBlock(fieldQuestion, plain(v.say.AskQuestion), nil, pick))
}

func (v *handler) submitPartner(ctx context.Context, meta formMeta) Answer {
	d, sentence := v.enter(ctx, meta.Review)
	if sentence != "" {
		return v.sent(false, sentence, v.say.AskTitle, fieldQuestion)
	}
	id := v.view.field(fieldQuestion)
	known := false
	for _, q := range v.card(&d).questions() {
		known = known || q.ID == id
	}
	if !known {
		return Answer{Body: faults(fieldQuestion, v.say.AskNone)}
	}
	_, err := v.o.AskPartner(ctx, meta.Review, v.user, id)
	switch {
	case err == nil:
		v.moved()
		return Answer{}
	case errors.Is(err, lead.ErrAsked):
		return Answer{Body: faults(fieldQuestion, v.say.AskedBefore)}
	}
	return v.sent(false, v.refusal(ctx, meta.Review, err), v.say.AskTitle, fieldQuestion)
}

// answers are what the partner said to the questions, the newest one on the card.
func (c *card) answers() []string {
	var lines []string
	for i := len(c.l.Answers) - 1; i >= 0 && len(lines) < c.room(1, 20); i-- {
		a := c.l.Answers[i]
		said := ""
		if a.Yes != nil {
			said = map[bool]string{true: c.say.AnswerYes, false: c.say.AnswerNo}[*a.Yes]
		}
		if s := safe(a.Words, c.room(60, 1000)); s != "" {
			said = c.dotted(said, fmt.Sprintf(c.say.Quote, s))
		}
		question := a.Question
		if c.o.Questions != nil {
			for _, q := range c.questions() {
				if q.ID == a.Question {
					question = q.Label
				}
			}
		}
		by := safe(a.By, 40)
		if by == "" {
			by = c.partnerName()
		}
		lines = append(lines, fmt.Sprintf(c.say.Answered, safe(question, c.room(60, 300)), said, by, c.day(a.At)))
	}
	return lines
}

// claimed says whose claim the company is, where others sent it, too.
func (c *card) claimed() string {
	claim := c.l.Claim
	if claim == nil || len(c.l.Conflicts) == 0 || lead.Date(c.o.Now.Format("2006-01-02")) > claim.Until {
		return ""
	}
	return fmt.Sprintf(c.say.Claimed, safe(partnerName(claim.Partner, c.o.Partner), 40), c.day(claim.Until.Time()))
}
