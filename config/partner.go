package config

import (
	"net/mail"
	"slices"
	"time"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// PartnerUpdates are what partners hear of their leads, and how.
type PartnerUpdates struct {
	Us   string `yaml:"us" doc:"How partners know you; on their page and in e-mails."`
	From string `yaml:"from" is:"mailbox?" doc:"Sender of e-mails, such as Northgate partners <partners@northgate.example>; SMTP_URL says by which server."`

	Wait           time.Duration `yaml:"wait" is:"0s..24h" doc:"News of a lead piles up for so long, then it is told once."`
	WithoutConsent string        `yaml:"without_consent" is:"nothing|status|everything" doc:"What is told of a lead whose consent nobody stated."`

	Claim      time.Duration `yaml:"claim" is:"0s..87600h" doc:"How long the first referral of a company protects it; 0s: there are no claims."`
	TellClaims bool          `yaml:"tell_claims" doc:"Whether both partners hear of a second claim."`

	AnswerWithin time.Duration `yaml:"answer_within" is:"1h..2160h" doc:"How long a partner can answer a question."`
	Questions    []Question    `yaml:"questions" is:"only=question" schema:"..100" doc:"What reviewers may ask the partner of a lead."`

	Partners []PartnerUpdate `yaml:"partners" is:"only=partner" doc:"Who gets updates; nobody who is not listed."`
}

// Question is put to a partner; a yes may be a signal.
type Question struct {
	ID     string            `yaml:"id" is:"required reason_id" doc:"Stands in the history."`
	Ask    map[string]string `yaml:"ask" is:"keys=locale" schema:"required 1.." doc:"The question, by language."`
	Signal string            `yaml:"signal,omitempty" is:"signal_type?" doc:"What a yes counts as; left out: the answer is words alone."`
}

// PartnerUpdate says how one partner hears of its leads.
type PartnerUpdate struct {
	Partner string   `yaml:"partner" is:"required slug" doc:"Its id."`
	By      []string `yaml:"by" is:"email|webhook" doc:"Ways in which it is told; none: its page alone."`
	Email   string   `yaml:"email,omitempty" is:"mailbox?" doc:"Where e-mails and questions go."`
	Locale  string   `yaml:"locale,omitempty" is:"locale?" doc:"Language of its page and e-mails; left out: en."`
}

var (
	_ = strict.Words("signal_type", lead.SignalTypes, "%q is not a signal; known: ")
	_ = strict.Define("mailbox", strict.Schema{"type": "string", "pattern": "^(.+@.+)?$"}, func(s string) string {
		if _, err := mail.ParseAddress(s); err != nil {
			return "write an e-mail address, such as partners@northgate.example"
		}
		return ""
	})
)

// checkPartnerUpdates looks at what an e-mail needs.
func (c *Config) checkPartnerUpdates(f *faults) {
	u := c.Updates
	for i, p := range u.Partners {
		if slices.Contains(p.By, "email") && p.Email == "" {
			f.at("the partner %q is told by e-mail: give its email", []any{p.Partner}, "partner_updates", "partners", i, "by")
		}
		if len(c.Partners) > 0 && !slices.Contains(c.partnerIDs(), p.Partner) {
			f.at("the partner %q is not listed under partners", []any{p.Partner}, "partner_updates", "partners", i, "partner")
		}
		if p.Email != "" && u.From == "" {
			f.at("e-mails need a sender: write partner_updates.from, such as partners@northgate.example", nil, "partner_updates", "partners", i, "email")
		}
	}
}
