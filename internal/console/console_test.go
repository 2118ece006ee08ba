package console

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/cookiejar"
	"net/http/httptest"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/alexedwards/scs/v2/memstore"

	"leadtriage/internal/lead"
)

// desk is a console with one lead that waits, and what was done with it.
type desk struct {
	*Console
	keys  map[string]Holder
	lead  lead.Dossier
	words []lead.DecisionInput
	acts  []string
	tries int
	fault error
	log   strings.Builder
}

func (d *desk) Try(_ *http.Request, key string) (Holder, time.Duration, bool) {
	if d.tries++; d.tries > 20 {
		return Holder{}, 5 * time.Second, false
	}
	h, ok := d.keys[key]
	return h, 0, ok
}

func (d *desk) Named(name string) (Holder, bool) {
	for _, h := range d.keys {
		if h.Name == name {
			return h, true
		}
	}
	return Holder{}, false
}

func (d *desk) DecideLead(_ context.Context, id string, w lead.DecisionInput) (lead.Dossier, error) {
	if d.fault == nil {
		d.words = append(d.words, w)
	}
	return d.lead, d.fault
}

func (d *desk) act(what, id, by string) (lead.Receipt, error) {
	d.acts = append(d.acts, what+" "+id+" "+by)
	return lead.Receipt{}, d.fault
}

func (d *desk) Undo(_ context.Context, review, by string) (lead.Dossier, error) {
	_, err := d.act("undo", review, by)
	return d.lead, err
}
func (d *desk) SendToReview(_ context.Context, id, by string) (lead.Receipt, error) {
	return d.act("review", id, by)
}
func (d *desk) Retry(_ context.Context, id, by string, fresh bool) (lead.Receipt, error) {
	return d.act("retry", id, by)
}

func (d *desk) Waiting(_ context.Context, f lead.WaitingFilter) (p lead.WaitingPage, err error) {
	if len(f.Within) == 0 || f.Within[0].Covers("acme", "C1") {
		p.Leads = []lead.Waiting{{LeadID: "l1", Review: "r1", Name: "Northwind", Partner: "acme", Score: 82, Verdict: lead.EQL, Asked: at, Channel: "C1"}}
		p.Total, p.Oldest = 1, at
	}
	return p, d.fault
}

func (d *desk) Dossier(_ context.Context, id string) (lead.Dossier, error) {
	if id != "l1" {
		return lead.Dossier{}, lead.ErrNotFound
	}
	return d.lead, nil
}

func (d *desk) List(context.Context, lead.Filter) (lead.Page, error) {
	return lead.Page{Leads: []lead.Dossier{d.lead}, Next: "more"}, nil
}

func (d *desk) Search(_ context.Context, _ lead.Filter, words string, people bool) (lead.Page, error) {
	d.acts = append(d.acts, fmt.Sprintf("search %s people %v", words, people))
	return lead.Page{}, nil
}

func (d *desk) Intake(context.Context, time.Time) ([]lead.LeadCount, error) {
	return []lead.LeadCount{{Day: at.Truncate(24 * time.Hour), Verdict: lead.EQL, Tens: 8, N: 3}}, nil
}
func (d *desk) Judged(context.Context, time.Time, int) ([]lead.Judged, error) {
	return []lead.Judged{{Decision: lead.Approve, Proposed: lead.EQL, Took: time.Hour}, {Decision: lead.Reject, Proposed: lead.EQL, Took: 200 * time.Hour}}, nil
}
func (d *desk) Spending(context.Context, time.Time) ([]lead.Spending, error) {
	return []lead.Spending{{Day: at.Format(time.DateOnly), Usage: lead.Usage{CostUSD: 0.25}}}, nil
}
func (d *desk) Stuck(context.Context) ([]lead.Stuck, error) {
	return []lead.Stuck{{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, Failed: true, N: 250, Since: at, Why: "410"},
		{Kind: lead.CardEffect, Lane: lead.SlackLane, N: 2, Since: at, Why: "the channel is archived"}}, nil
}

// GivenUp has two effects of each of 125 leads.
func (d *desk) GivenUp(_ context.Context, kind lead.EffectKind, lane lead.Lane, after string, limit int) (all []lead.Effect, err error) {
	for i := range 250 {
		if id := fmt.Sprintf("e%03d", i); id > after && len(all) < limit {
			all = append(all, lead.Effect{ID: id, LeadID: fmt.Sprintf("f%03d", i/2), Kind: kind, Lane: lane, LastError: "410 Gone", UpdatedAt: at})
		}
	}
	return all, nil
}
func (d *desk) Pauses(context.Context) ([]lead.Pause, error) {
	return []lead.Pause{{Reason: lead.NoCredit, Since: at, Until: at}}, nil
}

var at = time.Now().UTC().Add(-time.Hour).Truncate(time.Second)

func newDesk(t *testing.T, more ...func(*Options)) *desk {
	t.Helper()
	d := &desk{keys: map[string]Holder{}}
	for _, h := range []Holder{{Name: "viewer", Roles: []string{"read"}}, {Name: "reviewer", Roles: []string{"decide"}}, {Name: "operator", Roles: []string{"operate"}},
		{Name: "sender", Roles: []string{"enqueue"}}, {Name: "acme", Roles: []string{"decide", "operate"}, Partners: []string{"acme"}}, {Name: "other", Roles: []string{"decide", "operate"}, Partners: []string{"other"}}} {
		h.Seal = "seal of " + h.Name
		d.keys["secret-"+h.Name] = h
	}
	d.lead = lead.Dossier{
		Lead: lead.Lead{ID: "l1", Stage: lead.AwaitingReview, Submission: lead.Submission{
			Partner: lead.Partner{ID: "acme", Tier: "gold"}, Company: lead.Company{Name: "Northwind <script>alert(1)</script>", Domain: "northwind.example"},
			Contact:     lead.Contact{Name: "Jane Doe", Email: "jane@northwind.example"},
			Touchpoints: []lead.Touchpoint{{Type: "webinar", Owner: "partner", At: at}}, Events: []lead.Event{{Type: "demo_request", At: at}},
			UTM: lead.UTM{Source: "acme"}},
			Score: &lead.Score{Total: 82, ICP: 40, Intent: 42, Verdict: lead.EQL, Lines: []lead.Line{{Rule: "employees", Group: "icp", Points: 10, Max: 10, Fact: lead.Employees}}},
			Facts: []lead.Fact{{Field: lead.Revenue, Value: "5 EUR", Status: lead.Unverified, Reason: lead.NewReason(lead.ReadAsPast, "past")},
				{Field: lead.Employees, Value: "250", Status: lead.Verified, Check: lead.ByReading, Evidence: []lead.Evidence{{URL: "https://northwind.example/about", Quote: "our team of 250 people"}}}},
			CreatedAt: at},
		Reviews: []lead.Review{{ID: "r1", LeadID: "l1", Round: 1, OpenedAt: at, Channel: "C1"}},
		Effects: []lead.Effect{{Kind: lead.WebhookEffect, Lane: lead.WebhookLane, State: lead.GivenUp, LastError: "410 Gone", Attempts: 3}},
		History: []lead.Entry{{At: at, Actor: "key:crm", Action: "received"}},
	}
	o := Options{Flow: d, Records: d, Figures: d, Troubles: d, Keys: d, Sessions: ctxStore{memstore.NewWithCleanupInterval(0)},
		Queues:    func() ([]Queue, error) { return []Queue{{Name: "enrich", Pending: 7}}, nil },
		Reviewers: &lead.Reviewers{Deciders: []lead.Decider{{By: "key:reviewer"}, {By: "key:acme"}, {By: "key:other"}, {By: "U0ADA"}}, Channel: "C1"},
		Idle:      time.Hour, Longest: 8 * time.Hour, Undo: time.Minute, Reasons: []Reason{{"no_intent", "No real intent to buy"}, {"other", "Other"}},
		Log: slog.New(slog.NewTextHandler(&d.log, nil)), Now: time.Now}
	for _, change := range more {
		change(&o)
	}
	var err error
	if d.Console, err = New(o); err != nil {
		t.Fatal(err)
	}
	return d
}

// ctxStore is scs's own store in memory.
type ctxStore struct{ *memstore.MemStore }

func (s ctxStore) FindCtx(_ context.Context, token string) ([]byte, bool, error) {
	return s.Find(token)
}
func (s ctxStore) DeleteCtx(_ context.Context, token string) error { return s.Delete(token) }
func (s ctxStore) CommitCtx(_ context.Context, token string, b []byte, until time.Time) error {
	return s.Commit(token, b, until)
}

// visitor is a browser.
type visitor struct {
	t   *testing.T
	to  http.Handler
	jar http.CookieJar
}

func (d *desk) visitor(t *testing.T) *visitor {
	jar, _ := cookiejar.New(nil)
	return &visitor{t, d, jar}
}

// as is a browser in which somebody logged in.
func (d *desk) as(t *testing.T, name string) *visitor {
	t.Helper()
	v := d.visitor(t)
	if res := v.post("/console/login", "key", "secret-"+name); res.Code != http.StatusSeeOther {
		t.Fatalf("log-in of %s: %d %s", name, res.Code, res.Body)
	}
	return v
}

func (v *visitor) do(method, path, body string, header ...string) *httptest.ResponseRecorder {
	v.t.Helper()
	r := httptest.NewRequestWithContext(v.t.Context(), method, "https://leads.ours.example"+path, strings.NewReader(body))
	if body != "" {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i+1 < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	for _, c := range v.jar.Cookies(r.URL) {
		r.AddCookie(c)
	}
	res := httptest.NewRecorder()
	v.to.ServeHTTP(res, r)
	v.jar.SetCookies(r.URL, res.Result().Cookies())
	return res
}

func (v *visitor) get(path string) *httptest.ResponseRecorder { return v.do(http.MethodGet, path, "") }

func (v *visitor) post(path string, form ...string) *httptest.ResponseRecorder {
	values := url.Values{}
	for i := 0; i+1 < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	return v.do(http.MethodPost, path, values.Encode(), "Sec-Fetch-Site", "same-origin")
}

// mayOpen is who may open each page and do each act: nobody, viewer, reviewer, operator, a
// key bound to the lead's partner, one bound to another.
var mayOpen = map[string][]int{
	"GET /console/login":                {200, 303, 303, 303, 303, 303},
	"POST /console/login":               {401, 401, 401, 401, 401, 401}, // without a key
	"GET /console/oidc":                 {404, 404, 404, 404, 404, 404}, // none is configured
	"GET /console/callback":             {404, 404, 404, 404, 404, 404},
	"POST /console/logout":              {303, 303, 303, 303, 303, 303},
	"GET /console/{$}":                  {303, 200, 200, 200, 200, 200},
	"GET /console/leads":                {303, 200, 200, 200, 200, 200},
	"GET /console/leads/{id}":           {303, 200, 200, 200, 200, 404},
	"POST /console/leads/{id}/decision": {303, 403, 303, 403, 303, 404},
	"POST /console/leads/{id}/undo":     {303, 403, 303, 403, 303, 404},
	"POST /console/leads/{id}/review":   {303, 403, 303, 303, 303, 404},
	"POST /console/leads/{id}/retry":    {303, 403, 403, 303, 403, 403},
	"GET /console/overview":             {303, 200, 200, 200, 403, 403},
	"GET /console/operate":              {303, 403, 403, 200, 403, 403},
	"POST /console/operate/retry":       {303, 403, 403, 303, 403, 403},
	"GET /console/":                     {303, 404, 404, 404, 404, 404},
}

func TestWhoMayOpenWhat(t *testing.T) {
	callers := []string{"", "viewer", "reviewer", "operator", "acme", "other"}
	if len(mayOpen) != len(routes) {
		t.Errorf("%d rows for %d routes", len(mayOpen), len(routes))
	}
	for _, route := range routes {
		for i, name := range callers {
			d := newDesk(t)
			v := d.visitor(t)
			if name != "" {
				v = d.as(t, name)
			}
			method, path, _ := strings.Cut(route.pattern, " ")
			path = strings.NewReplacer("{id}", "l1", "{$}", "").Replace(path)
			if route.pattern == "GET /console/" {
				path += "nowhere"
			}
			res := v.do(method, path, "review=r1&decision=approve", "Sec-Fetch-Site", "same-origin")
			if want := mayOpen[route.pattern]; want == nil || res.Code != want[i] {
				t.Errorf("%s by %q: %d, want %v", route.pattern, name, res.Code, want)
			}
			refused := res.Code == http.StatusForbidden || res.Code == http.StatusNotFound || name == ""
			if refused && len(d.words)+len(d.acts) > 0 {
				t.Errorf("%s by %q did %v %v", route.pattern, name, d.words, d.acts)
			}
		}
	}
}

// Every page is whole, loads nothing of others, and has what people send as text.
func TestPages(t *testing.T) {
	d := newDesk(t)
	v := d.as(t, "operator")
	for path, words := range map[string][]string{
		"/console/":         {"Northwind", "82", "1</b> lead waits"},
		"/console/leads":    {"Northwind", "Jane Doe", "?after=more"},
		"/console/leads/l1": {"our team of <mark>250</mark> people", "10 of 10 points", "Does not count", "410 Gone", "Demo request", "UTM", "Counts: the quote stands"},
		"/console/overview": {"<rect", "Leads by day", "decided as proposed", "50 %", "$0.25"},
		"/console/operate":  {"410 Gone", "the channel is archived", "Pay into the model", "enrich", "/queues/", "These are the first 20"},
	} {
		res := v.get(path)
		body := res.Body.String()
		for _, word := range words {
			if !strings.Contains(body, word) {
				t.Errorf("%s lacks %q", path, word)
			}
		}
		if strings.Contains(body, "<script>alert") || res.Code != http.StatusOK || !strings.Contains(body, "</html>") {
			t.Errorf("%s: %d\n%s", path, res.Code, body)
		}
		for _, m := range regexp.MustCompile(`(?:src|action|<link[^>]* href)="([^"]*)"`).FindAllStringSubmatch(body, -1) {
			if !strings.HasPrefix(m[1], "/console/") {
				t.Errorf("%s loads or sends to %s", path, m[1])
			}
		}
		if strings.Contains(body, " style=") || strings.Contains(body, " onclick") {
			t.Errorf("%s has what the policy forbids", path)
		}
		h := res.Header()
		if h.Get("Content-Security-Policy") != policy || h.Get("Cache-Control") == "" || strings.Contains(policy, "unsafe") {
			t.Errorf("%s: headers %v", path, h)
		}
	}
	for _, file := range []string{"console.css", "console.js"} {
		if res := d.visitor(t).get("/console/" + file); res.Code != http.StatusOK || res.Body.Len() < 300 {
			t.Errorf("%s: %d", file, res.Code)
		}
	}
}

func TestDecide(t *testing.T) {
	for _, tc := range []struct {
		form []string
		want lead.DecisionInput
		says string
	}{
		{[]string{"decision", "approve"}, lead.DecisionInput{Decision: lead.Approve}, "Approved: "},
		{[]string{"decision", "reject", "reason", "no_intent", "note", " they \u202elook "}, lead.DecisionInput{Decision: lead.Reject, Reason: "no_intent", Note: "they look"}, "Rejected: "},
		{[]string{"decision", "reject"}, lead.DecisionInput{}, "Choose a reason"},
		{[]string{"decision", "reject", "reason", "made_up"}, lead.DecisionInput{}, "Choose a reason"},
		{[]string{"decision", "reject", "reason", "other"}, lead.DecisionInput{}, "says nothing without a note"},
		{[]string{"decision", "approve", "note", strings.Repeat("x", mostNote+1)}, lead.DecisionInput{}, "longer than 2000"},
		{[]string{"decision", "maybe"}, lead.DecisionInput{}, "nothing was decided"},
		{[]string{"decision", "approve", "review", ""}, lead.DecisionInput{}, "names no round"},
		{[]string{"decision", "approve", "by", "somebody else"}, lead.DecisionInput{Decision: lead.Approve}, "Approved: "},
	} {
		d := newDesk(t)
		v := d.as(t, "reviewer")
		v.post("/console/leads/l1/decision", append([]string{"review", "r1", "back", "inbox"}, tc.form...)...)
		page := v.get("/console/").Body.String()
		if !strings.Contains(page, tc.says) {
			t.Errorf("%v: the page does not say %q", tc.form, tc.says)
		}
		if tc.want.Decision == "" {
			if len(d.words) > 0 {
				t.Errorf("%v was taken: %+v", tc.form, d.words)
			}
			continue
		}
		tc.want.By, tc.want.ReviewID = "key:reviewer", "r1"
		if len(d.words) != 1 || d.words[0] != tc.want {
			t.Errorf("%v: %+v, want %+v", tc.form, d.words, tc.want)
		}
		if !strings.Contains(page, `action="/console/leads/l1/undo"`) || strings.Contains(v.get("/console/").Body.String(), tc.says) {
			t.Errorf("%v: undo is offered once", tc.form)
		}
	}
}

func TestRefusalsAreSaid(t *testing.T) {
	for _, tc := range []struct {
		fault error
		says  string
	}{
		{lead.ErrNotAllowed, "You may not decide"}, {lead.ErrStaleReview, "something new"}, {lead.ErrNotUnderReview, "so this is not possible"},
		{lead.ErrDecided, "already rejected by ops"}, {lead.ErrTooLate, "The time to take this back is over"},
	} {
		d := newDesk(t)
		v := d.as(t, "reviewer")
		d.fault = fmt.Errorf("lead l1: %w", tc.fault)
		if tc.fault == lead.ErrDecided {
			d.lead.Reviews[0].Decision, d.lead.Reviews[0].By = lead.Reject, "key:ops"
		}
		v.post("/console/leads/l1/decision", "review", "r1", "decision", "approve")
		if page := v.get("/console/leads/l1").Body.String(); !strings.Contains(page, tc.says) || d.log.Len() > 0 {
			t.Errorf("%v: not said; log %s", tc.fault, &d.log)
		}
	}
	d := newDesk(t)
	v := d.as(t, "reviewer")
	d.fault = context.DeadlineExceeded
	if res := v.get("/console/"); res.Code != http.StatusServiceUnavailable || !strings.Contains(d.log.String(), "deadline") {
		t.Errorf("records that hang: %d, log %s", res.Code, &d.log)
	}
}

// A reviewer of other channels sees the lead and no buttons; the lead of another round is not undone.
func TestOnlyOnesOwn(t *testing.T) {
	d := newDesk(t, func(o *Options) {
		o.Reviewers = &lead.Reviewers{Deciders: []lead.Decider{{By: "key:reviewer", Scope: lead.Scope{Channels: []string{"C2"}}}}}
	})
	v := d.as(t, "reviewer")
	for _, path := range []string{"/console/", "/console/leads/l1"} {
		if strings.Contains(v.get(path).Body.String(), `data-testid="approve"`) {
			t.Errorf("%s offers what is refused", path)
		}
	}
	v.post("/console/leads/l1/undo", "review", "of-another-lead")
	if len(d.acts) > 0 {
		t.Errorf("%v", d.acts)
	}
	if page := d.as(t, "other").get("/console/").Body.String(); strings.Contains(page, "Northwind") {
		t.Error("a key of another partner sees the lead")
	}
}

func TestWhoMayLookForPeople(t *testing.T) {
	d := newDesk(t)
	for _, name := range []string{"viewer", "reviewer", "operator"} {
		d.as(t, name).get("/console/leads?q=jane")
	}
	if want := []string{"search jane people false", "search jane people true", "search jane people true"}; !slices.Equal(d.acts, want) {
		t.Errorf("%v", d.acts)
	}
}

// All leads of a kind are tried again, each once.
func TestRetryAll(t *testing.T) {
	d := newDesk(t)
	v := d.as(t, "operator")
	v.post("/console/operate/retry", "kind", "webhook", "lane", "webhook")
	if len(d.acts) != 125 || d.acts[0] != "retry f000 key:operator" || !strings.Contains(v.get("/console/operate").Body.String(), "125 leads are tried again") {
		t.Errorf("%d: %.3v", len(d.acts), d.acts)
	}
}

func TestLogIn(t *testing.T) {
	d := newDesk(t)
	v := d.visitor(t)
	if res := v.post("/console/login", "key", "wrong"); res.Code != http.StatusUnauthorized || len(res.Result().Cookies()) > 0 {
		t.Errorf("a wrong key: %d %v", res.Code, res.Result().Cookies())
	}
	if res := v.post("/console/login", "key", "secret-sender"); res.Code != http.StatusForbidden {
		t.Errorf("a key that only sends: %d", res.Code)
	}
	res := v.post("/console/login", "key", "secret-viewer")
	c := res.Result().Cookies()[0]
	if !c.Secure || !c.HttpOnly || c.SameSite != http.SameSiteLaxMode || c.Path != "/console/" || !c.Expires.IsZero() {
		t.Errorf("the cookie %+v", c)
	}
	if res := v.do(http.MethodPost, "/console/logout", "", "Sec-Fetch-Site", "cross-site"); res.Code != http.StatusForbidden {
		t.Errorf("a form of another site: %d", res.Code)
	}
	// Who keeps the cookie has nothing once the person logged out.
	thief := d.visitor(t)
	thief.jar.SetCookies(&url.URL{Scheme: "https", Host: "leads.ours.example", Path: "/console/"}, res.Result().Cookies())
	if got := thief.get("/console/"); got.Code != http.StatusOK {
		t.Fatalf("the cookie opens nothing: %d", got.Code)
	}
	v.post("/console/logout")
	if got := thief.get("/console/"); got.Code != http.StatusSeeOther {
		t.Errorf("after the log-out: %d", got.Code)
	}
	// A key that was withdrawn, changed or lost its role ends its sessions.
	for name, change := range map[string]func(*Holder){"changed": func(h *Holder) { h.Seal = "another" }, "less": func(h *Holder) { h.Roles = []string{"enqueue"} }, "gone": func(h *Holder) { h.Name = "renamed" }} {
		d := newDesk(t)
		v := d.as(t, "viewer")
		h := d.keys["secret-viewer"]
		change(&h)
		d.keys["secret-viewer"] = h
		if got := v.get("/console/"); got.Code != http.StatusSeeOther {
			t.Errorf("%s: %d", name, got.Code)
		}
	}
	for range 20 {
		v.post("/console/login", "key", "wrong")
	}
	if res := v.post("/console/login", "key", "secret-viewer"); res.Code != http.StatusTooManyRequests || res.Header().Get("Retry-After") == "" {
		t.Errorf("the 21st try: %d", res.Code)
	}
	if res := d.visitor(t).get("/console/?entered"); !strings.Contains(res.Header().Get("Location"), "entered") {
		t.Error("who has no cookie after a log-in is not told")
	}
}

// A session ends when it is not used, whatever a page asks for by itself, and in any case in the end.
func TestSessionsEnd(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := newDesk(t)
		v := d.as(t, "viewer")
		for range 7 {
			time.Sleep(59 * time.Minute)
			if res := v.get("/console/"); res.Code != http.StatusOK {
				t.Fatalf("used within the hour: %d", res.Code)
			}
		}
		time.Sleep(30 * time.Minute)
		if res := v.get("/console/leads"); res.Code != http.StatusOK {
			t.Errorf("before 8 hours: %d", res.Code)
		}
		time.Sleep(38 * time.Minute)
		if res := v.get("/console/"); res.Code != http.StatusSeeOther {
			t.Errorf("after 8 hours: %d", res.Code)
		}
		v = d.as(t, "viewer")
		for range 12 {
			if res := v.get("/console/waiting"); res.Code != http.StatusOK || strings.Contains(res.Body.String(), "<html") {
				t.Fatalf("the list alone: %d", res.Code)
			}
			time.Sleep(5 * time.Minute)
		}
		time.Sleep(time.Second)
		if res := v.get("/console/waiting"); res.Code != http.StatusUnauthorized {
			t.Errorf("a page that nobody used kept its session: %d", res.Code)
		}
	})
}

func body(res *http.Response) string {
	text, _ := io.ReadAll(res.Body)
	res.Body.Close()
	return string(text)
}
