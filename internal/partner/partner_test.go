package partner

import (
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"mime"
	"mime/multipart"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"net/url"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-smtp"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

var noon = time.Date(2026, 12, 3, 12, 0, 0, 0, time.UTC)

// smtpServer is a real mail server in this process that refuses as it is told.
type smtpServer struct {
	addr   string
	mu     sync.Mutex
	refuse *smtp.SMTPError
	got    []string
}

func startSMTP(t *testing.T) *smtpServer {
	t.Helper()
	s := &smtpServer{}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &session{s}, nil }))
	s.addr = listener.Addr().String()
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	return s
}

type session struct{ s *smtpServer }

func (x *session) Mail(string, *smtp.MailOptions) error { return nil }
func (x *session) Reset()                               {}
func (x *session) Logout() error                        { return nil }
func (x *session) Rcpt(string, *smtp.RcptOptions) error {
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	if x.s.refuse != nil {
		return x.s.refuse
	}
	return nil
}

func (x *session) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	x.s.mu.Lock()
	defer x.s.mu.Unlock()
	x.s.got = append(x.s.got, string(text))
	return err
}

// memory keeps links and opt-outs.
type memory struct {
	links map[string]lead.Link
	out   map[string]bool
	lead  *lead.Dossier
	given []lead.PartnerAnswer
}

func (m *memory) AddLink(_ context.Context, l lead.Link) error { m.links[l.Hash] = l; return nil }
func (m *memory) Link(_ context.Context, use lead.LinkUse, token string, now time.Time) (lead.Link, error) {
	l, ok := m.links[lead.HashOf(token)]
	if !ok || l.Use != use || !l.EndsAt.IsZero() && !l.EndsAt.After(now) {
		return l, lead.ErrNotFound
	}
	return l, nil
}
func (m *memory) OptedOut(_ context.Context, a string) (bool, error) { return m.out[a], nil }
func (m *memory) OptOut(_ context.Context, a string, out bool, _ time.Time) error {
	m.out[a] = out
	return nil
}
func (m *memory) List(context.Context, lead.Filter) (lead.Page, error) {
	return lead.Page{Leads: []lead.Dossier{*m.lead}, Next: "next"}, nil
}
func (m *memory) Dossier(context.Context, string) (lead.Dossier, error) { return *m.lead, nil }
func (m *memory) AnswerPartner(_ context.Context, _ string, a lead.PartnerAnswer) error {
	c := lead.Case{Lead: m.lead.Lead, Now: noon}
	err := c.AnswerPartner(a)
	if m.lead.Lead = c.Lead; err == nil {
		m.given = append(m.given, a)
	}
	return err
}

const secret = "S3CR3T"

// told is a rejected lead of a partner, with everything in it that a partner must not read.
func told() *lead.Dossier {
	l := lead.Lead{ID: "01lead", Stage: lead.Rejected, CreatedAt: noon.Add(-72 * time.Hour),
		Facts: []lead.Fact{{Field: lead.Employees, Value: secret}},
		Score: &lead.Score{Total: 77, Lines: []lead.Line{
			{Rule: secret, Group: "icp", Reason: lead.Why(lead.FieldMissing, "employees")},
			{Rule: secret, Group: "icp", Points: 8, Reason: lead.Why(lead.FieldMissing, "industry")}}, Because: lead.Reason{Text: secret}}}
	l.Partner = lead.Partner{ID: "acme", Tier: "gold"}
	l.Company = lead.Company{Name: "Northwind", Domain: "northwind.example"}
	l.Contact = lead.Contact{Email: "jane@" + secret + ".example", Name: secret}
	l.Notes, l.ReferredOn = secret, "2026-11-30"
	l.Consent = lead.Consent{PartnerMayBeTold: true, At: "2026-11-30"}
	l.Conflicts = []lead.Conflict{{LeadID: "02", Partner: secret}}
	return &lead.Dossier{Lead: l, Reviews: []lead.Review{{ID: "r1", LeadID: "01lead", Round: 1,
		OpenedAt: noon.Add(-48 * time.Hour), Decision: lead.Reject,
		By: secret, Reason: "no_intent", Note: secret, DecidedAt: noon.Add(-24 * time.Hour)}}}
}

func policyOf() *Policy {
	return &Policy{Us: "Northgate", URL: "https://leads.northgate.example", Undo: time.Minute,
		Wait: 10 * time.Minute, Answers: 24 * time.Hour, Absent: StatusOnly,
		Reasons: map[string]Words{"no_intent": {"en": "They did not want to buy yet.", "it": "Non volevano ancora comprare."}},
		Questions: []Question{{ID: "still_live", Ask: Words{"en": "Is this a live referral?"}, Signal: "partner_referral"},
			{ID: "who", Ask: Words{"en": "Who decides?"}}},
		Partners: map[string]Partner{"acme": {ID: "acme", Name: "Acme", Email: "ada@acme.example", Mail: true}}}
}

// What a partner may read depends on consent, and is never what is not for it.
func TestView(t *testing.T) {
	p, lacked := policyOf(), []string{"employees", "intent"}
	for name, tc := range map[string]struct {
		change func(*lead.Dossier)
		want   View
	}{
		"consent":         {func(*lead.Dossier) {}, View{Status: Declined, Reason: "They did not want to buy yet.", Missing: lacked}},
		"no consent said": {func(d *lead.Dossier) { d.Lead.Consent = lead.Consent{} }, View{Status: Declined}},
		"withdrawn":       {func(d *lead.Dossier) { d.Lead.Consent = lead.Consent{At: "2026-12-01"} }, View{Silent: true}},
		"not yet": {func(d *lead.Dossier) { d.Reviews[0].DecidedAt = noon.Add(-59 * time.Second) },
			View{Status: InReview, Missing: lacked}},
		"not for partners": {func(d *lead.Dossier) { d.Reviews[0].Reason = "already_known" }, View{Status: Declined, Missing: lacked}},
		"won": {func(d *lead.Dossier) { d.Outcomes = []lead.Outcome{{Type: lead.Contacted}, {Type: lead.ClosedWon}} },
			View{Status: Won}},
		"archived": {func(d *lead.Dossier) { d.Lead.Stage, d.Lead.ArchivedFrom = lead.Archived, lead.Approved }, View{Status: Accepted}},
	} {
		d := told()
		tc.change(d)
		got := p.View(d, noon)
		got = View{Silent: got.Silent, Status: got.Status, Reason: got.Reason, Missing: got.Missing}
		if !reflect.DeepEqual(got, tc.want) {
			t.Errorf("%s: %+v, want %+v", name, got, tc.want)
		}
	}
}

func TestStatusPage(t *testing.T) {
	d := told()
	m := &memory{links: map[string]lead.Link{}, out: map[string]bool{}, lead: d}
	p := &Pages{Policy: policyOf(), Links: m, Records: m, Flow: m, Now: func() time.Time { return noon }}
	token, link := lead.NewLink(lead.Link{Use: lead.PageLink, Partner: "acme"})
	m.AddLink(t.Context(), link)
	if _, err := p.Status(t.Context(), token[1:]); !errors.Is(err, lead.ErrNotFound) {
		t.Errorf("another token: %v", err)
	}
	if _, err := p.Answer(t.Context(), token); !errors.Is(err, lead.ErrNotFound) {
		t.Errorf("the token of a page answers questions: %v", err)
	}
	for locale, want := range map[string][]string{
		"en": {"Northwind", "Declined", "for 1 day", "They did not want to buy yet.", "how many people work there", `<html lang="en">`},
		"it": {"Northwind", "Rifiutato", "da 1 giorno", "Non volevano ancora comprare.", "quante persone ci lavorano", `<html lang="it">`},
	} {
		who := p.Policy.Partners["acme"]
		who.Locale = locale
		p.Policy.Partners["acme"] = who
		h, err := p.Status(t.Context(), token)
		if err != nil {
			t.Fatal(err)
		}
		w := httptest.NewRecorder()
		h.ServeHTTP(w, httptest.NewRequestWithContext(t.Context(), http.MethodGet, "/partner/"+token, nil))
		for _, s := range want {
			if !strings.Contains(w.Body.String(), s) {
				t.Errorf("%s: the page lacks %q:\n%s", locale, s, w.Body)
			}
		}
		for _, s := range []string{secret, "77", "<script", "northwind.example", "industry"} {
			if strings.Contains(w.Body.String(), s) {
				t.Errorf("%s: the page has %q:\n%s", locale, s, w.Body)
			}
		}
		for header, s := range map[string]string{
			"Content-Security-Policy": "default-src 'none'", "Referrer-Policy": "no-referrer",
			"X-Robots-Tag": "noindex", "Cache-Control": "no-store",
		} {
			if !strings.HasPrefix(w.Header().Get(header), s) {
				t.Errorf("%s is %q", header, w.Header().Get(header))
			}
		}
	}
}

// mailer has a server, a lead and what is on record of it.
func mailer(t *testing.T) (*Mail, *smtpServer, *memory) {
	s, m := startSMTP(t), &memory{links: map[string]lead.Link{}, out: map[string]bool{}, lead: told()}
	mailer, err := NewMail("smtp://"+s.addr, "Northgate partners <partners@northgate.example>", policyOf(), m,
		func() time.Time { return noon })
	if err != nil {
		t.Fatal(err)
	}
	return mailer, s, m
}

func (m *memory) attempt(mailer *Mail, kind lead.EffectKind, event string) (*outbox.Attempt, error) {
	a := &outbox.Attempt{Effect: lead.Effect{ID: "01lead_" + string(kind) + "_x-1_1", Kind: kind, Event: event, Round: 1}, Dossier: m.lead}
	for _, k := range mailer.Kinds(func(string, string) {}, slog.New(slog.DiscardHandler)) {
		if k.Name == kind {
			return a, k.Do(context.Background(), a)
		}
	}
	return a, errors.New("no such kind")
}

// parts are the text and the HTML of an e-mail.
func parts(t *testing.T, raw string) (h mail.Header, bodies []string) {
	t.Helper()
	msg, err := mail.ReadMessage(strings.NewReader(raw))
	if err != nil {
		t.Fatal(err)
	}
	_, params, _ := mime.ParseMediaType(msg.Header.Get("Content-Type"))
	for r := multipart.NewReader(msg.Body, params["boundary"]); ; {
		part, err := r.NextPart()
		if err != nil {
			return msg.Header, bodies
		}
		body, _ := io.ReadAll(part) // quoted-printable is undone
		bodies = append(bodies, strings.ReplaceAll(string(body), "\r\n", "\n"))
	}
}

func TestTellByMail(t *testing.T) {
	mailer, s, m := mailer(t)
	a, err := m.attempt(mailer, TellEffect, "declined")
	if err != nil {
		t.Fatal(err)
	}
	h, bodies := parts(t, s.got[0])
	for name, want := range map[string]string{"Message-Id": "<" + a.Effect.ID + "@northgate.example>", "Auto-Submitted": "auto-generated",
		"To": "<ada@acme.example>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click", "Subject": "Northwind: Declined"} {
		if h.Get(name) != want {
			t.Errorf("%s is %q, want %q", name, h.Get(name), want)
		}
	}
	if len(bodies) != 2 {
		t.Fatalf("%d parts:\n%s", len(bodies), s.got[0])
	}
	for _, body := range bodies {
		for _, want := range []string{"Your lead Northwind", "They did not want to buy yet.", "how many people work there", "/partner/optout/"} {
			if !strings.Contains(body, want) {
				t.Errorf("a part lacks %q:\n%s", want, body)
			}
		}
		if strings.Contains(body, secret) || strings.Contains(body, "77") {
			t.Errorf("what is not for partners:\n%s", body)
		}
	}
	c := &lead.Case{Lead: m.lead.Lead, Now: noon}
	a.Learned(c)
	if m.lead.Lead = c.Lead; c.Lead.Told["mail"] != "declined" {
		t.Errorf("told %v", c.Lead.Told)
	}
	if _, err := m.attempt(mailer, TellEffect, "declined"); !errors.Is(err, outbox.ErrNeedless) || len(s.got) != 1 {
		t.Errorf("the same again: %v, %d e-mails", err, len(s.got))
	}

	way := h.Get("List-Unsubscribe")
	token := strings.TrimSuffix(way[strings.LastIndex(way, "/")+1:], ">")
	p := &Pages{Policy: mailer.policy, Links: m, Records: m, Flow: m, Now: mailer.now}
	post(t, p.OptOut, http.MethodGet, token, "", 200) // scanners follow links
	if len(m.out) != 0 {
		t.Error("a GET opted out")
	}
	post(t, p.OptOut, http.MethodPost, token, "List-Unsubscribe=One-Click", 200)
	m.lead.Lead.Told = nil
	a, err = m.attempt(mailer, TellEffect, "declined")
	if !errors.Is(err, outbox.ErrNeedless) || len(s.got) != 1 || why(a) != "opted_out" {
		t.Errorf("after the opt-out: %v, %d e-mails", err, len(s.got))
	}
	post(t, p.OptOut, http.MethodPost, token, "again=1", 200)
	if _, err := m.attempt(mailer, TellEffect, "declined"); err != nil || len(s.got) != 2 {
		t.Errorf("opted in again: %v, %d e-mails", err, len(s.got))
	}
}

// why is the reason in the history that an attempt leaves.
func why(a *outbox.Attempt) string {
	c := &lead.Case{Lead: a.Dossier.Lead}
	if a.Learned == nil {
		return ""
	}
	if a.Learned(c); len(c.Notes) == 0 || c.Notes[0].Action != "partner_not_told" {
		return ""
	}
	return c.Notes[0].Detail.Args[0]
}

func post(t *testing.T, open func(context.Context, string) (http.Handler, error), method, token, body string, want int) string {
	t.Helper()
	h, err := open(t.Context(), token)
	if err != nil {
		t.Fatal(err)
	}
	r := httptest.NewRequestWithContext(t.Context(), method, "/", strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	w := httptest.NewRecorder()
	if h.ServeHTTP(w, r); w.Code != want {
		t.Errorf("%s %q: %d, want %d\n%s", method, body, w.Code, want, w.Body)
	}
	return w.Body.String()
}

func TestConsentOnTheWire(t *testing.T) {
	mailer, s, m := mailer(t)
	m.lead.Lead.Consent = lead.Consent{PartnerMayBeTold: false, At: "2026-12-02"}
	for _, kind := range []lead.EffectKind{TellEffect, lead.PartnerAskEffect} {
		a, err := m.attempt(mailer, kind, "still_live")
		if !errors.Is(err, outbox.ErrNeedless) || why(a) != "no_consent" || len(s.got) != 0 {
			t.Errorf("%s: %v, %q, %d e-mails", kind, err, why(a), len(s.got))
		}
	}
}

func TestMailFaults(t *testing.T) {
	mailer, s, m := mailer(t)
	for _, tc := range []struct {
		refuse smtp.SMTPError
		kind   lead.FaultKind
	}{
		{smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 7, 1}, Message: "greylisted ada@acme.example"}, lead.Temporary},
		{smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "no such user ada@acme.example"}, lead.Permanent},
	} {
		s.refuse = &tc.refuse
		_, err := m.attempt(mailer, TellEffect, "declined")
		kind, _ := lead.KindOf(err)
		if err == nil || kind != tc.kind || strings.Contains(err.Error(), "@") || !regexp.MustCompile(`[45]\.\d\.1`).MatchString(err.Error()) {
			t.Errorf("%d: kind %v, %v", tc.refuse.Code, kind, err)
		}
	}
	mailer, _, m = mailerTo(t, "smtp://127.0.0.1:1")
	if _, err := m.attempt(mailer, TellEffect, "declined"); err == nil {
		t.Error("nobody is there")
	} else if kind, _ := lead.KindOf(err); kind != lead.Temporary {
		t.Errorf("nobody is there: %v", err)
	}
}

func mailerTo(t *testing.T, server string) (*Mail, *smtpServer, *memory) {
	mailer, s, m := mailer(t)
	other, err := NewMail(server, "partners@northgate.example", mailer.policy, m, mailer.now)
	if err != nil {
		t.Fatal(err)
	}
	return other, s, m
}

// News piles up into one, which leaves after the time to undo; what is undone is never told.
func TestNewsPilesUp(t *testing.T) {
	mailer, _, _ := mailer(t)
	c := &lead.Case{Now: noon, Lead: lead.Lead{ID: "01lead", Stage: lead.Received, CreatedAt: noon}}
	c.Lead.Partner.ID = "acme"
	waiting := func() (events []string) {
		mailer.way.plan(lead.Seen{}, c.Seen(), c)
		for _, e := range c.Effects {
			if e.Kind == TellEffect && e.State == lead.Pending {
				events = append(events, e.Event)
			}
		}
		return events
	}
	step := func(want ...string) {
		t.Helper()
		if got := waiting(); !slices.Equal(got, want) {
			t.Errorf("waiting %v, want %v", got, want)
		}
		c.Now = c.Now.Add(time.Second)
	}
	step("received")
	step("received")
	c.Lead.Stage = lead.Enriched
	if err := c.OpenReview("C1"); err != nil {
		t.Fatal(err)
	}
	step("in_review")
	c.Review().TS = "1"
	mailer.policy.Undo, mailer.policy.Wait = time.Minute, time.Second
	if err := c.Decide(lead.DecisionInput{ReviewID: c.Review().ID, Decision: lead.Approve, By: "U1"}); err != nil {
		t.Fatal(err)
	}
	decided := c.Now
	step("accepted")
	if due := c.Effects[len(c.Effects)-1].DueAt; !due.Equal(decided.Add(time.Minute)) {
		t.Errorf("due %v after the decision", due.Sub(decided))
	}
	last := &c.Effects[len(c.Effects)-1]
	last.State = lead.Sending
	if err := c.Undo(c.Review().ID, "U1", time.Minute); !errors.Is(err, lead.ErrTooLate) {
		t.Errorf("undone while the e-mail leaves: %v", err)
	}
	last.State = lead.Pending
	if err := c.Undo(c.Review().ID, "U1", time.Minute); err != nil {
		t.Fatal(err)
	}
	step("in_review")
	c.Lead.Partner.ID = "brightside"
	c.Effects = nil
	step() // one that is not listed
}

func TestAsk(t *testing.T) {
	mailer, s, m := mailer(t)
	c := &lead.Case{Now: noon, Lead: m.lead.Lead}
	c.Lead.Stage = lead.Enriched
	if err := c.OpenReview("C1"); err != nil {
		t.Fatal(err)
	}
	for _, want := range []error{nil, lead.ErrAsked} {
		if err := c.AskPartner(c.Review().ID, "U1", "still_live"); !errors.Is(err, want) {
			t.Errorf("%v, want %v", err, want)
		}
	}
	asks := c.Effects[len(c.Effects)-1]
	m.lead.Lead, m.lead.Reviews, m.lead.Effects = c.Lead, c.Reviews, c.Effects
	a := &outbox.Attempt{Effect: asks, Dossier: m.lead}
	if err := mailer.ask(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	_, bodies := parts(t, s.got[0])
	token := regexp.MustCompile(`/partner/answers/([\w-]{43})`).FindStringSubmatch(bodies[0])
	if token == nil || !strings.Contains(bodies[1], token[1]) || !strings.Contains(bodies[1], "Is this a live referral?") {
		t.Fatalf("no link:\n%s", bodies)
	}
	now := noon
	p := &Pages{Policy: mailer.policy, Links: m, Records: m, Flow: m, Now: func() time.Time { return now }}
	if page := post(t, p.Answer, http.MethodGet, token[1], "", 200); !strings.Contains(page, "Is this a live referral?") || len(m.given) != 0 {
		t.Errorf("the page:\n%s", page)
	}
	for body, want := range map[string]int{"words=x": 422, "answer=maybe": 422, "answer=yes&words=" + strings.Repeat("x", 1001): 422,
		"answer=yes&words=" + strings.Repeat("x", 20_000): 422} {
		post(t, p.Answer, http.MethodPost, token[1], body, want)
	}
	good := "answer=yes&name=Ada%0D%0ALind&words=" + url.QueryEscape("They\u202e asked <b>us</b>")
	if page := post(t, p.Answer, http.MethodPost, token[1], good, 200); !strings.Contains(page, "Thank you") {
		t.Error(page)
	}
	post(t, p.Answer, http.MethodPost, token[1], "answer=no", 409)
	post(t, p.Answer, http.MethodGet, token[1], "", 200)
	if err := m.AnswerPartner(t.Context(), "01lead", m.given[0]); !errors.Is(err, lead.ErrAsked) { // one that the page let through
		t.Errorf("the same answer again: %v", err)
	}
	if g := m.given; len(g) != 1 || !*g[0].Yes || g[0].By != "Ada Lind" || g[0].Words != "They asked <b>us</b>" {
		t.Errorf("given %+v", m.given)
	}
	if s := m.lead.Lead.Signals; len(s) != 1 || s[0].Type != "partner_referral" || s[0].By != "Ada Lind" || !s[0].At.Equal(noon) {
		t.Errorf("signals %+v", s)
	}
	now = noon.Add(24 * time.Hour)
	if _, err := p.Answer(t.Context(), token[1]); !errors.Is(err, lead.ErrNotFound) {
		t.Errorf("after its end: %v", err)
	}
}

// Every language says everything.
func TestWords(t *testing.T) {
	var whole func(at string, v reflect.Value)
	whole = func(at string, v reflect.Value) {
		switch v.Kind() {
		case reflect.Struct:
			for i := range v.NumField() {
				whole(at+"."+v.Type().Field(i).Name, v.Field(i))
			}
		default:
			if v.IsZero() || v.Kind() != reflect.String && v.Len() == 0 {
				t.Errorf("%s is missing", at)
			}
		}
	}
	english := speak("en")
	for lang, w := range languages() {
		whole(lang, reflect.ValueOf(*w))
		for _, s := range []Status{Received, InReview, Accepted, Declined, Contacted, Won, Lost} {
			if w.Status[s] == "" || w.Then[string(s)] == "" {
				t.Errorf("%s: no words for %s", lang, s)
			}
		}
		for _, f := range lead.Fields {
			if w.Missing[string(f)] == "" {
				t.Errorf("%s: no words for %s", lang, f)
			}
		}
		if len(w.Missing) != len(english.Missing) || len(w.Months) != 12 {
			t.Errorf("%s: other keys than in English", lang)
		}
	}
}

// posted is what a target was sent.
type posted struct{ bodies []string }

func (p *posted) Post(_ context.Context, key, event string, _ time.Time, data any) error {
	body, err := json.Marshal(data)
	p.bodies = append(p.bodies, key+" "+event+" "+string(body))
	return err
}

func TestTellByWebhook(t *testing.T) {
	m, p, out := &memory{lead: told()}, policyOf(), &posted{}
	m.lead.Lead.Claim = &lead.Claim{Partner: secret, Until: "2027-01-01"}
	k := p.Hook("portal", out, func() time.Time { return noon }, slog.New(slog.DiscardHandler))
	a := &outbox.Attempt{Effect: lead.Effect{ID: "key", CreatedAt: noon}, Dossier: m.lead}
	if err := k.Do(t.Context(), a); err != nil {
		t.Fatal(err)
	}
	want := `key partner.status {"id":"01lead","partner":{"id":"acme","tier":"gold"},"company":{"name":"Northwind"},"sent_at":` +
		`"2026-11-30T12:00:00Z",` +
		`"status":"declined","at":"2026-12-02T12:00:00Z","reason":"They did not want to buy yet.",` +
		`"missing":["employees","intent"],"claim":{"yours":false,"until":"2027-01-01"}}`
	if len(out.bodies) != 1 || out.bodies[0] != want {
		t.Errorf("sent\n%s\nwant\n%s", out.bodies, want)
	}
	m.lead.Lead.Consent = lead.Consent{At: "2026-12-02"}
	if err := k.Do(t.Context(), a); !errors.Is(err, outbox.ErrNeedless) || why(a) != "no_consent" || len(out.bodies) != 1 {
		t.Errorf("without consent: %v, %s", err, out.bodies)
	}
}
