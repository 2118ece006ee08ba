package main

import (
	"io"
	"net"
	"net/http"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/emersion/go-smtp"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// mailbox is a mail server; each e-mail that it takes comes out of the channel, its soft line
// ends undone.
type mailbox chan string

func (m mailbox) NewSession(*smtp.Conn) (smtp.Session, error) { return m, nil }
func (m mailbox) Mail(string, *smtp.MailOptions) error        { return nil }
func (m mailbox) Rcpt(string, *smtp.RcptOptions) error        { return nil }
func (m mailbox) Reset()                                      {}
func (m mailbox) Logout() error                               { return nil }
func (m mailbox) Data(r io.Reader) error {
	text, err := io.ReadAll(r)
	m <- strings.NewReplacer("=\r\n", "", "=3D", "=").Replace(string(text))
	return err
}

// A partner is asked by e-mail and answers, which is a signal on the card; it hears of the
// approval and sees it on its page, as long as that is not revoked. Without consent it hears
// nothing.
func TestAPartnerHearsAndAnswers(t *testing.T) {
	mails := make(mailbox, 100)
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	server := smtp.NewServer(mails)
	go server.Serve(listener)
	t.Cleanup(func() { server.Close() })
	const yaml = `review: {undo: 0s}
partner_updates:
  us: Northgate
  from: partners@northgate.example
  wait: 0s
  questions: [{id: still_live, ask: {en: "Is this a live referral?"}, signal: shared_customer}]
  partners: [{partner: acme-integrations, by: [email], email: ada@acme.example}]
`
	w := newWorld(t, nil)
	w.set(map[string]string{"SMTP_URL": "smtp://" + listener.Addr().String()})
	w.start(yaml)
	letter := func(has string) string {
		t.Helper()
		for {
			select {
			case m := <-mails:
				if strings.Contains(m, has) {
					return m
				}
			case <-w.patient().Done():
				t.Fatalf("no e-mail has %q", has)
			}
		}
	}
	silent := fit("harbour.example")
	silent["company"], silent["consent"] = map[string]any{"name": "Harbour"}, map[string]any{"partner_may_be_told": false}
	quiet := w.post(http.StatusAccepted, silent).ID
	id := w.post(http.StatusAccepted, fit("northwind.example")).ID
	letter("Northwind: In review")

	card := w.card(id, offers("lead_ask_partner"))
	w.click(demoReviewer, card, "lead_ask_partner")
	w.submit(demoReviewer, map[string]string{"question": "still_live"})
	link := regexp.MustCompile(`/partner/answers/[\w-]{43}`).FindString(letter("Is this a live referral?"))
	for range 2 {
		if status, page := w.request(http.MethodGet, link, "", nil); status != 200 || !strings.Contains(string(page), "<button>Send the answer") {
			t.Errorf("%d %s", status, page)
		}
	}
	answer := []byte(url.Values{"answer": {"yes"}, "name": {"Ada Lind"}, "words": {"They called us"}}.Encode())
	for _, want := range []int{200, 409} {
		if status, page := w.request(http.MethodPost, link, "", answer, "Content-Type", "application/x-www-form-urlencoded"); status != want {
			t.Errorf("%d, want %d: %s", status, want, page)
		}
	}
	w.card(id, func(m sim.SlackMessage) bool { return strings.Contains(m.Plain(), "They called us") })
	r := w.record(id)
	if !slices.ContainsFunc(r.Signals, func(s lead.Signal) bool { return s.Type == "shared_customer" && s.By == "Ada Lind" }) ||
		count(r, "partner_asked") != 1 || count(r, "partner_answered") != 1 || count(r, "scored") < 2 {
		t.Errorf("signals %v, history %v", r.Signals, r.History)
	}
	for _, h := range r.History {
		if strings.Contains(h.Detail.String(), "called") || strings.Contains(h.Detail.String(), "Ada") {
			t.Errorf("the history says what was answered: %v", h)
		}
	}

	w.approve(id)
	told := letter("Northwind: Accepted")
	if strings.Contains(told, "jane@") || strings.Contains(told, demoReviewer) {
		t.Errorf("what is not for partners:\n%s", told)
	}
	address := strings.TrimSpace(w.command("--config", w.configFile(yaml), "partner", "link", "acme-integrations"))
	page := "/partner/" + path.Base(address)
	status, text := w.request(http.MethodGet, page, "", nil)
	if status != 200 || !strings.Contains(string(text), "Accepted") || !strings.Contains(string(text), "does not want partners to hear") {
		t.Errorf("%d %s", status, text)
	}
	w.command("--config", w.configFile(yaml), "partner", "revoke", "acme-integrations")
	if status, _ := w.request(http.MethodGet, page, "", nil); status != http.StatusNotFound {
		t.Errorf("revoked: %d", status)
	}
	w.until(quiet, "not told", func(r lead.Record) bool { return count(r, "partner_not_told") > 0 })
	for len(mails) > 0 {
		if m := <-mails; strings.Contains(m, "Harbour") {
			t.Errorf("a partner heard without consent:\n%s", m)
		}
	}
}
