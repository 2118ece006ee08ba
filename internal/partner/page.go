package partner

import (
	"bytes"
	"context"
	"crypto/sha256"
	"embed"
	"encoding/base64"
	"errors"
	"fmt"
	"html/template"
	"net/http"
	"net/url"
	"time"

	"leadtriage/internal/lead"
)

//go:embed templates
var templateFiles embed.FS

//go:embed templates/page.css
var css string

var pages = template.Must(template.New("").Funcs(template.FuncMap{"style": func() template.CSS { return template.CSS(css) }}).
	ParseFS(templateFiles, "templates/*.html"))

// policy of the pages: their style, and forms that come back here.
var policy = func() string {
	style := sha256.Sum256([]byte(css))
	return "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(style[:]) +
		"'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
}()

// perPage is how many leads a page lists.
const perPage = 25

// Links are the tokens on record; internal/store implements it.
type Links interface {
	AddLink(ctx context.Context, l lead.Link) error
	// Link returns lead.ErrNotFound for a token that opens nothing of this use any more.
	Link(ctx context.Context, use lead.LinkUse, token string, now time.Time) (lead.Link, error)
	// OptedOut and OptOut take the hash of an address.
	OptedOut(ctx context.Context, address string) (bool, error)
	OptOut(ctx context.Context, address string, out bool, now time.Time) error
}

// Records reads leads.
type Records interface {
	// List returns lead.ErrBadCursor for a cursor that no list gave out.
	List(ctx context.Context, f lead.Filter) (lead.Page, error)
	Dossier(ctx context.Context, id string) (lead.Dossier, error)
}

// Flow takes answers; lead.ErrAsked: there is one already.
type Flow interface {
	AnswerPartner(ctx context.Context, leadID string, a lead.PartnerAnswer) error
}

// Pages are what partners see in a browser.
type Pages struct {
	Policy  *Policy
	Links   Links
	Records Records
	Flow    Flow
	Now     func() time.Time
}

// Status is a partner's page behind its token.
func (p *Pages) Status(ctx context.Context, token string) (http.Handler, error) {
	l, err := p.Links.Link(ctx, lead.PageLink, token, p.Now())
	if err != nil {
		return gone(""), err
	}
	who := p.partner(l.Partner)
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		filter := lead.Filter{Partner: who.ID, Limit: perPage, Cursor: r.URL.Query().Get("after")}
		page, err := p.Records.List(r.Context(), filter)
		switch {
		case errors.Is(err, lead.ErrBadCursor):
			gone(who.Locale).ServeHTTP(w, r)
		case err != nil:
			later(w)
		default:
			p.show(w, http.StatusOK, "status.html", p.status(who, page, filter.Cursor != ""))
		}
	}), nil
}

// later says that the records do not answer.
func later(w http.ResponseWriter) {
	w.Header().Set("Retry-After", "60")
	http.Error(w, "This does not work just now: try again in a minute.", http.StatusServiceUnavailable)
}

// partner is the configured one, or one of that name alone.
func (p *Pages) partner(id string) Partner {
	if who, ok := p.Policy.Partners[id]; ok {
		return who
	}
	return Partner{ID: id, Name: id}
}

// shown is what a template gets; Rows for the status page alone.
type shown struct {
	*words
	Heading, Intro string
	Fault          string // what is wrong with what was sent
	Rows           []row
	After          string // the query of the next page; empty: there is none
	Later          bool   // it is not the first page
	Question       string
	YesNo          bool
	Words, By      string // as they were sent
	Button, Again  string // what a form does; Again: it has its own value
}

type row struct {
	View
	Sent, Status, Since, Next, Claim string
	Missing                          []string
}

func (p *Pages) status(who Partner, page lead.Page, later bool) shown {
	say := speak(who.Locale)
	s := shown{words: say, Heading: say.Title, Intro: fmt.Sprintf(say.Intro, who.Name, p.Policy.Us), Later: later}
	if p.Policy.Us == "" {
		s.Intro = fmt.Sprintf(say.IntroAlone, who.Name)
	}
	for _, d := range page.Leads {
		if d.Lead.Stage != lead.Merged && d.Unreadable == "" {
			s.Rows = append(s.Rows, p.Policy.row(say, &d, p.Now()))
		}
	}
	if page.Next != "" {
		s.After = "?after=" + url.QueryEscape(page.Next)
	}
	return s
}

// row is a lead in its partner's language.
func (p *Policy) row(say *words, d *lead.Dossier, now time.Time) row {
	v := p.View(d, now)
	r := row{View: v, Sent: fmt.Sprintf(say.Sent, say.day(v.Sent)), Status: say.Status[v.Status],
		Since: fmt.Sprintf(say.Since, say.span(v.At, now))}
	step := string(v.Status)
	if v.Parked {
		step = "parked"
	}
	r.Next = say.Then[step]
	for _, field := range v.Missing {
		if name, ok := say.Missing[field]; ok {
			r.Missing = append(r.Missing, name)
		}
	}
	if v.Claim != nil && v.Claim.Until >= lead.Date(now.Format(time.DateOnly)) && len(d.Lead.Conflicts) > 0 {
		sentence := say.ClaimOther
		if v.Mine {
			sentence = say.ClaimMine
		}
		r.Claim = fmt.Sprintf(sentence, say.day(v.Claim.Until.Time()))
	}
	return r
}

// gone says that a link opens nothing.
func gone(locale string) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		say := speak(locale)
		(&Pages{}).show(w, http.StatusNotFound, "gone.html", shown{words: say, Heading: say.Gone, Intro: say.GoneHelp})
	})
}

// show draws a page that nothing may keep, find or frame.
func (p *Pages) show(w http.ResponseWriter, status int, name string, s any) {
	var page bytes.Buffer
	if err := pages.ExecuteTemplate(&page, name, s); err != nil {
		http.Error(w, "this page cannot be drawn", http.StatusInternalServerError)
		return
	}
	h := w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "no-referrer")
	h.Set("X-Robots-Tag", "noindex, nofollow, noarchive")
	h.Set("Cache-Control", "no-store")
	w.WriteHeader(status)
	w.Write(page.Bytes())
}
