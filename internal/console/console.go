// Package console is the pages for people at /console/: what waits and the deciding of it,
// leads with their whole story, figures, and what an operator mends. It reads the read side
// and acts through the calls that Slack and the API use, which authorise from our own record.
package console

import (
	"bytes"
	"context"
	"embed"
	"errors"
	"fmt"
	"html/template"
	"log/slog"
	"net/http"
	"strings"
	"time"

	"github.com/alexedwards/scs/v2"

	"leadtriage/internal/lead"
)

// Flow moves leads. What it returns without error is committed. Refusals are the errors of
// package lead.
type Flow interface {
	DecideLead(ctx context.Context, leadID string, w lead.DecisionInput) (lead.Dossier, error)
	Undo(ctx context.Context, reviewID, by string) (lead.Dossier, error)
	SendToReview(ctx context.Context, leadID, by string) (lead.Receipt, error)
	Retry(ctx context.Context, leadID, by string, fresh bool) (lead.Receipt, error)
}

// Records reads leads. A cursor that no page gave out is lead.ErrBadCursor.
type Records interface {
	Waiting(ctx context.Context, f lead.WaitingFilter) (lead.WaitingPage, error)
	Dossier(ctx context.Context, id string) (lead.Dossier, error)
	List(ctx context.Context, f lead.Filter) (lead.Page, error)
	// Search returns those of a list whose company or, with people, contacts have the words.
	// It looks through so many leads at a time: Next may follow a page without any.
	Search(ctx context.Context, f lead.Filter, words string, people bool) (lead.Page, error)
}

// Figures are what the overview draws.
type Figures interface {
	Intake(ctx context.Context, since time.Time) ([]lead.LeadCount, error)
	Judged(ctx context.Context, since time.Time, most int) ([]lead.Judged, error)
	Spending(ctx context.Context, since time.Time) ([]lead.Spending, error)
}

// Troubles are what operators mend.
type Troubles interface {
	Stuck(ctx context.Context) ([]lead.Stuck, error)
	GivenUp(ctx context.Context, kind lead.EffectKind, lane lead.Lane, after string, limit int) ([]lead.Effect, error)
	Pauses(ctx context.Context) ([]lead.Pause, error)
}

// Queue is one of the queues, as it stands.
type Queue struct {
	Name                                        string
	Pending, Active, Scheduled, Retry, Archived int
	Latency                                     time.Duration // the oldest pending task's wait
}

// Reason is one that a rejection can name.
type Reason struct{ ID, Label string }

// Options are what the console needs. OIDC and Queues may be nil.
type Options struct {
	Flow      Flow
	Records   Records
	Figures   Figures
	Troubles  Troubles
	Queues    func() ([]Queue, error)
	Keys      Keys
	OIDC      *OIDC
	Sessions  scs.CtxStore
	Reviewers *lead.Reviewers

	Idle, Longest time.Duration // how long a session lasts unused, and at most
	Undo          time.Duration // how long a decision can be taken back
	Reasons       []Reason
	Partners      []Reason // id and name of those that are configured
	Log           *slog.Logger
	Now           func() time.Time
}

// Console serves the pages.
type Console struct {
	Options
	sessions *scs.SessionManager
	pages    *template.Template
	handler  http.Handler
}

// right is what a person needs to open a page.
type right int

const (
	nobody   right = iota // no log-in
	viewer                // reads every lead
	reviewer              // decides
	operator              // mends
	asker                 // sends to review: reviewers and operators
	overseer              // reads figures of all partners: not with a key that is bound to some
)

// routes are all pages and acts, and who may.
var routes = []struct {
	pattern string
	right   right
	handle  func(*Console, *visit) error
}{
	{"GET /console/login", nobody, (*Console).loginPage},
	{"POST /console/login", nobody, (*Console).login},
	{"GET /console/oidc", nobody, (*Console).beginOIDC},
	{"GET /console/callback", nobody, (*Console).endOIDC},
	{"POST /console/logout", nobody, (*Console).logout},
	{"GET /console/{$}", viewer, (*Console).inbox},
	{"GET /console/leads", viewer, (*Console).leads},
	{"GET /console/leads/{id}", viewer, (*Console).lead},
	{"POST /console/leads/{id}/decision", reviewer, (*Console).decide},
	{"POST /console/leads/{id}/undo", reviewer, (*Console).undo},
	{"POST /console/leads/{id}/review", asker, (*Console).sendToReview},
	{"POST /console/leads/{id}/retry", operator, (*Console).retry},
	{"GET /console/overview", overseer, (*Console).overview},
	{"GET /console/operate", operator, (*Console).operate},
	{"POST /console/operate/retry", operator, (*Console).retryAll},
	{"GET /console/", viewer, (*Console).nowhere},
}

//go:embed pages
var files embed.FS

// policy lets a page load nothing but our own files, be framed by nobody, and send forms
// nowhere else; a log-in elsewhere begins with a redirect of our own.
const policy = "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"

// patience is how long the records may take over a page; longer is for what mends many leads.
const (
	patience = 4 * time.Second
	longer   = 25 * time.Second
)

// New builds the pages.
func New(o Options) (*Console, error) {
	c := &Console{Options: o, sessions: &scs.SessionManager{ // scs.New would start a store in memory
		Store: o.Sessions, HashTokenInStore: true, IdleTimeout: o.Idle, Lifetime: o.Longest, Codec: scs.GobCodec{}}}
	var err error
	if c.pages, err = template.New("").Funcs(words(o)).ParseFS(files, "pages/*.html"); err != nil {
		return nil, fmt.Errorf("console pages: %w", err)
	}
	s := c.sessions
	s.Cookie = scs.SessionCookie{Name: "leadtriage_console", Path: "/console/", HttpOnly: true, Secure: true, SameSite: http.SameSiteLaxMode}
	s.ErrorFunc = func(w http.ResponseWriter, r *http.Request, err error) {
		c.fail(&visit{w: w, r: r}, fmt.Errorf("session: %w", err))
	}
	mux := http.NewServeMux()
	for _, route := range routes {
		h := c.guard(route.right, route.handle)
		mux.Handle(route.pattern, c.sessions.LoadAndSave(h))
		if route.pattern == "GET /console/{$}" {
			mux.Handle("GET /console/waiting", c.unsaved(h)) // asked again and again: it keeps no session alive
		}
	}
	for _, file := range []string{"console.css", "console.js"} {
		mux.HandleFunc("GET /console/"+file, func(w http.ResponseWriter, r *http.Request) { http.ServeFileFS(w, r, files, "pages/"+file) })
	}
	c.handler = http.NewCrossOriginProtection().Handler(mux)
	return c, nil
}

// ServeHTTP implements http.Handler.
func (c *Console) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	h := w.Header()
	h.Set("Content-Security-Policy", policy)
	h.Set("Referrer-Policy", "same-origin")
	h.Set("Cache-Control", "no-store")
	most := patience
	if r.Method == http.MethodPost {
		most = longer
	}
	ctx, cancel := context.WithTimeout(r.Context(), most)
	defer cancel()
	r = r.WithContext(ctx)
	r.Body = http.MaxBytesReader(w, r.Body, 64<<10)
	c.handler.ServeHTTP(w, r)
}

// visit is one request and who makes it.
type visit struct {
	w      http.ResponseWriter
	r      *http.Request
	person person
}

func (v *visit) form(name string) string { return lead.Clean(v.r.FormValue(name)) }

// refusal is an error with a sentence for the person.
type refusal struct {
	status   int
	sentence string
}

func (r *refusal) Error() string { return r.sentence }

func refuse(status int, sentence string, args ...any) error {
	return &refusal{status, fmt.Sprintf(sentence, args...)}
}

// guard lets in who has the right; who is not logged in is sent to where one does.
func (c *Console) guard(need right, handle func(*Console, *visit) error) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		v := &visit{w: w, r: r}
		p, known := c.who(r.Context())
		if known {
			v.person = p
		}
		var err error
		switch {
		case need != nobody && !known:
			if r.URL.Path == "/console/waiting" {
				err = refuse(http.StatusUnauthorized, "Your session is over: log in again.")
				break
			}
			to := "/console/login"
			if r.URL.Query().Has("entered") {
				to += "?entered"
			}
			http.Redirect(w, r, to, http.StatusSeeOther)
			return
		case need != nobody && !v.person.may(need):
			err = refuse(http.StatusForbidden, "%s", v.person.lacks(need))
		default:
			err = handle(c, v)
		}
		if err != nil {
			c.fail(v, err)
		}
	})
}

// unsaved is LoadAndSave without saving.
func (c *Console) unsaved(h http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		token := ""
		if cookie, err := r.Cookie(c.sessions.Cookie.Name); err == nil {
			token = cookie.Value
		}
		ctx, err := c.sessions.Load(r.Context(), token)
		if err != nil {
			c.sessions.ErrorFunc(w, r, err)
			return
		}
		h.ServeHTTP(w, r.WithContext(ctx))
	})
}

// fail shows a refusal, or that something went wrong, which is logged.
func (c *Console) fail(v *visit, err error) {
	said, ok := errors.AsType[*refusal](err)
	switch {
	case ok:
	case errors.Is(err, lead.ErrNotFound):
		said = &refusal{http.StatusNotFound, "There is no such lead, or it is not yours to see."}
	case errors.Is(err, lead.ErrUnreadable):
		said = &refusal{http.StatusInternalServerError, "The record of this lead is damaged and cannot be shown. Its row is to be restored from a backup."}
	case errors.Is(err, lead.ErrBadCursor):
		said = &refusal{http.StatusBadRequest, "This page of the list is not there any more: begin the list again."}
	default:
		c.Log.Error("console page failed", "route", v.r.Pattern, "error", err)
		said = &refusal{http.StatusServiceUnavailable, "The records do not answer in time. Try again in a moment; if it stays so, the log says why."}
	}
	c.show(v, "message", said.status, page{Title: "Not possible", Body: said.sentence})
}

func (c *Console) nowhere(*visit) error {
	return refuse(http.StatusNotFound, "There is no such page.")
}

// page is what a template is given.
type page struct {
	Title  string
	Tab    string // the entry of the menu
	Person person
	Said   *said
	Part   bool // without the frame: to be put into a page
	Body   any
	OIDC   bool
}

// said is what came of the act before, shown once.
type said struct {
	Text   string
	Bad    bool
	Lead   string // id
	Review string // set: can be undone
}

func (c *Console) show(v *visit, name string, status int, p page) {
	p.Person, p.OIDC = v.person, c.OIDC != nil
	if text := c.pop(v, "said"); text != "" {
		p.Said = &said{Text: text, Bad: c.pop(v, "bad") != "", Lead: c.pop(v, "lead"), Review: c.pop(v, "review")}
	}
	var out bytes.Buffer // whole or not at all
	if err := c.pages.ExecuteTemplate(&out, name, p); err != nil {
		c.Log.Error("console page failed", "page", name, "error", err)
		http.Error(v.w, "This page cannot be shown; the log says why.", http.StatusInternalServerError)
		return
	}
	v.w.Header().Set("Content-Type", "text/html; charset=utf-8")
	v.w.WriteHeader(status)
	v.w.Write(out.Bytes())
}

// pop takes a text out of the session, if there is one.
func (c *Console) pop(v *visit, key string) string {
	if !v.person.known() {
		return ""
	}
	return c.sessions.PopString(v.r.Context(), key)
}

// back leads to a page that says what came of an act. An error that is no refusal is returned.
func (c *Console) back(v *visit, to string, s said, err error) error {
	if r, ok := errors.AsType[*refusal](err); ok {
		s.Text, s.Bad, s.Review = r.sentence, true, ""
	} else if err != nil {
		return err
	}
	ctx := v.r.Context()
	for key, value := range map[string]string{"said": s.Text, "lead": s.Lead, "review": s.Review, "bad": strings.Repeat("yes", flag(s.Bad))} {
		c.sessions.Put(ctx, key, value)
	}
	http.Redirect(v.w, v.r, to, http.StatusSeeOther)
	return nil
}

func flag(is bool) int {
	if is {
		return 1
	}
	return 0
}
