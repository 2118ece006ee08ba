package partner

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/mail"
	"net/textproto"
	"net/url"
	"strconv"
	"strings"
	"text/template"
	"time"

	gomail "github.com/wneessen/go-mail"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// TellEffect tells a partner by e-mail where its lead stands; its event is the status.
const TellEffect lead.EffectKind = "partnermail"

const (
	slots       = 4 // e-mails under way side by side: servers slow who opens many connections
	mailTimeout = 20 * time.Second
	optOutEnds  = 2 * 365 * 24 * time.Hour
)

// Mail sends e-mails to partners by an SMTP server.
type Mail struct {
	policy *Policy
	way    way
	links  Links
	from   *mail.Address
	client *gomail.Client
	now    func() time.Time
}

// NewMail takes the address of a server, smtp://user:password@host:587 or smtps://, and the
// sender. With a password nothing leaves before TLS, unless the server is on this machine.
func NewMail(server, from string, p *Policy, links Links, now func() time.Time) (*Mail, error) {
	u, err := url.Parse(server)
	if err != nil || u.Hostname() == "" {
		return nil, errors.New("SMTP_URL must look like smtp://user:password@host:587")
	}
	m := &Mail{policy: p, links: links, now: now}
	m.way = way{p, "mail", TellEffect, lead.PartnerLane, "", func(who Partner) bool { return who.Mail }, now}
	if m.from, err = mail.ParseAddress(from); err != nil {
		return nil, errors.New("partner_updates.from must be an e-mail address, such as partners@northgate.example")
	}
	port := map[string]int{"smtp": 587, "smtps": 465}[u.Scheme]
	if u.Port() != "" {
		port, _ = strconv.Atoi(u.Port()) // url.Parse has seen to the digits
	}
	options := []gomail.Option{gomail.WithPort(port), gomail.WithTimeout(mailTimeout), gomail.WithTLSPolicy(gomail.TLSOpportunistic)}
	if u.Scheme == "smtps" {
		options = append(options, gomail.WithSSL())
	}
	if password, has := u.User.Password(); has {
		if host := u.Hostname(); host != "localhost" && host != "127.0.0.1" && host != "::1" {
			options = append(options, gomail.WithTLSPolicy(gomail.TLSMandatory))
		}
		options = append(options, gomail.WithSMTPAuth(gomail.SMTPAuthAutoDiscover), gomail.WithUsername(u.User.Username()),
			gomail.WithPassword(password))
	}
	m.client, err = gomail.NewClient(u.Hostname(), options...)
	return m, err
}

// Kinds are telling and asking as kinds of effects, in a lane of their own. paused shows why
// the server takes nothing; empty: it does.
func (m *Mail) Kinds(paused func(before, now string), log *slog.Logger) []outbox.Kind {
	lane := outbox.NewLane(lead.PartnerLane, slots).WithBreaker(log).WithPauses(log, paused)
	return []outbox.Kind{
		{Name: TellEffect, Lane: lane, Plan: m.way.plan, Do: m.tell},
		{Name: lead.PartnerAskEffect, Lane: lane, Do: m.ask},
	}
}

// tell makes one attempt.
func (m *Mail) tell(ctx context.Context, a *outbox.Attempt) error {
	news, err := m.way.news(a)
	if err != nil {
		return err
	}
	who := m.policy.Partners[a.Dossier.Lead.Partner.ID]
	if err := m.unwanted(ctx, a, who, news); err != nil {
		return err
	}
	say := speak(who.Locale)
	r := m.policy.row(say, a.Dossier, m.now())
	msg := letter{words: say, Row: r, To: who, Us: m.policy.Us, Subject: fmt.Sprintf(say.Mail.Subject, oneLine(r.Name), r.Status),
		About: fmt.Sprintf(say.Mail.Stands, oneLine(r.Name), say.day(r.View.Sent), r.Status)}
	if err := m.send(ctx, a.Effect.ID, "told.txt", &msg); err != nil {
		return err
	}
	m.way.told(a, news)
	return nil
}

// unwanted cancels what a partner must or would not hear, with its reason in the history.
func (m *Mail) unwanted(ctx context.Context, a *outbox.Attempt, who Partner, news string) error {
	if err := m.way.unwanted(a, news); err != nil {
		return err
	}
	out, err := m.links.OptedOut(ctx, addressOf(who))
	switch {
	case err != nil:
		return err
	case who.Email == "":
		return m.way.withhold(a, news, "no_address")
	case out:
		return m.way.withhold(a, news, "opted_out")
	}
	return nil
}

// ask makes one attempt to put a question.
func (m *Mail) ask(ctx context.Context, a *outbox.Attempt) error {
	l := &a.Dossier.Lead
	who := m.policy.Partners[l.Partner.ID]
	q, ok := m.policy.question(a.Effect.Event)
	if !ok || l.AnsweredPartner(a.Effect.ID) {
		return outbox.ErrNeedless
	}
	if err := m.unwanted(ctx, a, who, ""); err != nil {
		return err
	}
	now := m.now()
	token, link := lead.NewLink(lead.Link{Use: lead.AnswerLink, Partner: who.ID, LeadID: l.ID, About: a.Effect.ID,
		MadeAt: now, EndsAt: now.Add(m.policy.Answers)})
	if err := m.links.AddLink(ctx, link); err != nil {
		return err
	}
	say := speak(who.Locale)
	name := oneLine(nameOf(l))
	return m.send(ctx, a.Effect.ID, "asked.txt", &letter{words: say, To: who, Us: m.policy.Us, Subject: fmt.Sprintf(say.Mail.AskSubject, name),
		About: fmt.Sprintf(say.Mail.AskAbout, name, say.day(l.CreatedAt)), Question: q.Ask.In(who.Locale),
		Here: fmt.Sprintf(say.Mail.AskHere, say.day(link.EndsAt)), Link: m.policy.URL + "/partner/answers/" + token})
}

// letter is what the templates of e-mails get.
type letter struct {
	*words
	Subject, Us, About   string
	Row                  row    // of a lead that is told of
	Question, Here, Link string // of one that is asked about
	To                   Partner
	Way                  string // out of e-mails: an address
}

var letters = template.Must(template.ParseFS(templateFiles, "templates/*.txt"))

func (m *Mail) send(ctx context.Context, key, text string, l *letter) error {
	now := m.now()
	token, link := lead.NewLink(lead.Link{Use: lead.OptOutLink, Partner: l.To.ID, About: addressOf(l.To),
		MadeAt: now, EndsAt: now.Add(optOutEnds)})
	if err := m.links.AddLink(ctx, link); err != nil {
		return err
	}
	l.Way = m.policy.URL + "/partner/optout/" + token
	msg := gomail.NewMsg(gomail.WithNoDefaultUserAgent())
	msg.FromMailAddress(m.from)
	if err := msg.To(l.To.Email); err != nil {
		return lead.Faultf(lead.Permanent, 0, "the address of partner %s in partner_updates is none", l.To.ID)
	}
	msg.Subject(l.Subject)
	msg.SetDateWithValue(now)
	_, host, _ := strings.Cut(m.from.Address, "@")
	msg.SetMessageIDWithValue(key + "@" + host)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetGenHeader("X-Auto-Response-Suppress", "All")
	msg.SetGenHeader(gomail.HeaderListUnsubscribe, "<"+l.Way+">")
	msg.SetGenHeader(gomail.HeaderListUnsubscribePost, "List-Unsubscribe=One-Click")
	html := pages.Lookup(strings.TrimSuffix(text, "txt") + "html")
	if err := errors.Join(msg.SetBodyTextTemplate(letters.Lookup(text), l), msg.AddAlternativeHTMLTemplate(html, l)); err != nil {
		return lead.Faultf(lead.Permanent, 0, "e-mail to partner %s: %w", l.To.ID, err)
	}
	if err := m.client.DialAndSendWithContext(ctx, msg); err != nil {
		return fault(err)
	}
	return nil
}

// fault says how sending failed. The words of the server are left out: they name people.
func fault(err error) error {
	if refused, ok := errors.AsType[*gomail.SendError](err); ok && refused.ErrorCode() > 0 {
		kind := lead.Permanent
		if refused.IsTemp() {
			kind = lead.Temporary
		}
		return lead.Faultf(kind, 0, "the mail server answered %d %s while %s",
			refused.ErrorCode(), refused.EnhancedStatusCode(), refused.Reason)
	}
	if said, ok := errors.AsType[*textproto.Error](err); ok && (said.Code == 530 || said.Code == 534 || said.Code == 535) {
		return &lead.Fault{Kind: lead.Temporary, After: 5 * time.Minute,
			Err:    fmt.Errorf("the mail server answered %d to the password", said.Code),
			Outage: &lead.Outage{Code: "smtp_auth", Sentence: "the mail server does not take user and password: correct SMTP_URL"}}
	}
	if refused, ok := errors.AsType[*gomail.SendError](err); ok {
		return lead.Faultf(lead.Temporary, 0, "the mail server broke off while %s", refused.Reason)
	}
	return lead.Faultf(lead.Temporary, 0, "mail server: %w", lead.WithoutURL(err))
}

// addressOf is the hash by which a partner's address is known.
func addressOf(who Partner) string { return lead.HashOf(strings.ToLower(strings.TrimSpace(who.Email))) }

func oneLine(s string) string { return strings.Join(strings.Fields(s), " ") }
