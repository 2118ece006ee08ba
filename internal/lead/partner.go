package lead

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"
)

// PartnerAskEffect puts a question to a lead's partner; its event is the question's id.
const (
	PartnerAskEffect EffectKind = "partnerask"
	PartnerLane      Lane       = "mail" // e-mails to partners
)

// PartnerAnswer is what a partner answered to a question.
type PartnerAnswer struct {
	ID       string    `json:"id"` // of the effect that asked
	Question string    `json:"question"`
	Yes      *bool     `json:"yes,omitempty"` // nil: it was answered in words alone
	Words    string    `json:"words,omitempty"`
	By       string    `json:"by,omitempty"`
	At       time.Time `json:"at"`
	Signal   string    `json:"-"` // what a yes counts as; empty: nothing
}

// AskPartner puts a question to the lead's partner, once a round. ErrDecided: it was put.
func (c *Case) AskPartner(reviewID, by, question string) error {
	if err := c.open(reviewID); err != nil {
		return err
	}
	target := fmt.Sprintf("%s-%d", question, c.Review().Round)
	if c.Effect(EffectID(c.Lead.ID, PartnerAskEffect, target, 0)) != nil {
		return fmt.Errorf("lead %s, question %s: %w", c.Lead.ID, question, ErrAsked)
	}
	// Of no round: a decision can be undone after a question has left.
	c.AddEffect(Effect{Kind: PartnerAskEffect, Lane: PartnerLane, Target: target, Event: question, DueAt: c.Now})
	c.Note(by, "partner_asked", QuestionIs, question)
	return nil
}

// AnsweredPartner reports whether the question that the effect put was answered.
func (l *Lead) AnsweredPartner(effectID string) bool {
	return slices.ContainsFunc(l.Answers, func(a PartnerAnswer) bool { return a.ID == effectID })
}

// AnswerPartner records the partner's answer, once: ErrAsked after the first. A yes may be a
// signal. What was said stands on the card, never in the history.
func (c *Case) AnswerPartner(a PartnerAnswer) error {
	if c.Lead.AnsweredPartner(a.ID) {
		return fmt.Errorf("lead %s: %w", c.Lead.ID, ErrAsked)
	}
	a.At = c.Now
	c.Lead.Answers = append(slices.Clip(c.Lead.Answers), a)
	said := "words"
	if a.Yes != nil {
		said = map[bool]string{true: "yes", false: "no"}[*a.Yes]
	}
	c.Note("partner:"+c.Lead.Partner.ID, "partner_answered", AnsweredWith, a.Question, said)
	if said == "yes" && a.Signal != "" {
		by := strings.TrimSpace(a.By)
		if by == "" {
			by = c.Lead.Partner.Contact
		}
		c.Add(Addition{By: "partner:" + c.Lead.Partner.ID, Signals: []Signal{{Type: a.Signal, At: c.Now, By: by}}})
	}
	return nil
}

// SetTold puts on record what the partner was told last in a way, such as mail.
func (c *Case) SetTold(way, what string) {
	all := maps.Clone(c.Lead.Told)
	if all == nil {
		all = map[string]string{}
	}
	all[way] = what
	c.Lead.Told = all
}
