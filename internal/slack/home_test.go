package slack_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
	"leadtriage/internal/slack"
)

// shelf is the records behind lists.
type shelf struct {
	mu      sync.Mutex
	waiting []lead.Waiting
	total   int
	decided []lead.Decided
	leads   []lead.Dossier
	broken  error
	asked   []lead.WaitingFilter
	parked  []lead.ParkedLead
	sought  []string // domain|words
}

func (s *shelf) Waiting(ctx context.Context, f lead.WaitingFilter) (lead.WaitingPage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.asked = append(s.asked, f)
	n := min(len(s.waiting), f.Limit)
	return lead.WaitingPage{Leads: s.waiting[:n], Total: max(s.total, len(s.waiting)), Oldest: monday}, errors.Join(s.broken, ctx.Err())
}

func (s *shelf) Decided(_ context.Context, by string, limit int) ([]lead.Decided, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.decided[:min(len(s.decided), limit)], s.broken
}

func (s *shelf) Find(_ context.Context, domain, words string, limit int) ([]lead.Dossier, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.sought = append(s.sought, domain+"|"+words)
	return s.leads[:min(len(s.leads), limit)], s.broken
}

func (s *shelf) Unasked(_ context.Context, of lead.Senders, from, to time.Time, most int) (lead.Unasked, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	return lead.Unasked{Parked: slices.Clone(s.parked[:min(len(s.parked), most)]), ParkedTotal: len(s.parked)}, s.broken
}

func (s *shelf) Dossier(_ context.Context, id string) (lead.Dossier, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	for _, d := range s.leads {
		if d.Lead.ID == id {
			return d, s.broken
		}
	}
	return lead.Dossier{}, lead.ErrNotFound
}

// surface is an office whose home tab and commands have records.
func surface(t *testing.T, s *shelf) *office {
	t.Helper()
	o := open(t, false, func(so *sim.SlackOptions) { so.HomeTab, so.Commands = true, []string{slack.SlashCommand} })
	actions := slack.NewActions(o.desk, o.poster, slack.ActionOptions{Reviewers: reviewers(), SigningSecret: secret, Records: s, AskOverride: true})
	mux := http.NewServeMux()
	mux.Handle("/slack/interactions", actions)
	mux.Handle("/slack/commands", actions.Commands())
	mux.Handle("/slack/events", actions.EventsAPI())
	app := httptest.NewServer(mux)
	t.Cleanup(app.Close)
	t.Cleanup(func() { actions.Close(context.Background()) })
	o.slack.SetAppURL(app.URL)
	return o
}

// home opens the tab and waits until it says the word.
func (o *office) home(user, word string) sim.SlackView {
	o.t.Helper()
	if answer, err := o.slack.OpenHome(o.t.Context(), user); err != nil || answer.Problem != "" {
		o.t.Fatalf("opening the home tab: %v, %q", err, answer.Problem)
	}
	return o.shows(user, word)
}

func (o *office) shows(user, word string) (view sim.SlackView) {
	o.t.Helper()
	o.wait(func() (ok bool) {
		view, ok = o.slack.Home(user)
		return ok && strings.Contains(view.Plain(), word)
	})
	return view
}

// post posts a digest with one parked lead, and says where it stands.
func (o *office) post(p lead.ParkedLead) (ts string) {
	o.t.Helper()
	err := o.poster.PostDigest(o.t.Context(), &lead.Digest{Channel: channel, Unasked: lead.Unasked{ParkedTotal: 1, Parked: []lead.ParkedLead{p}}})
	if err != nil {
		o.t.Fatal(err)
	}
	all := o.slack.Messages(channel)
	return all[len(all)-1].TS
}

// command sends a line and returns what the person sees.
func (o *office) command(user, line string) string {
	o.t.Helper()
	before := len(o.slack.Ephemerals(user))
	answer, err := o.slack.Command(o.t.Context(), user, channel, line)
	if err != nil || answer.Problem != "" {
		o.t.Fatalf("%s: %v, %q", line, err, answer.Problem)
	}
	seen := o.slack.Ephemerals(user)
	if len(seen) != before+1 || len(answer.Body) > 15_000 {
		o.t.Fatalf("%s: %d private answers of %d bytes", line, len(seen)-before, len(answer.Body))
	}
	return seen[before].Plain()
}

const naughty = "<!channel> <@U0ADA0001> *x* <http://evil.example|here> \u202e:tada: ```"

// much is more than a page takes, with names that try everything.
func much() *shelf {
	s := &shelf{total: 10_000}
	for i := range 60 {
		s.waiting = append(s.waiting, lead.Waiting{LeadID: fmt.Sprint("l", i), Name: naughty + strings.Repeat("ẘ😀", 5000), Partner: naughty, Score: 100 - i,
			Verdict: lead.EQL, Asked: monday, Channel: channel, TS: "1732270000.000100"})
		s.decided = append(s.decided, lead.Decided{LeadID: fmt.Sprint("d", i), Name: naughty, Partner: naughty, Decision: lead.Reject, At: monday, Override: true, Undone: true})
		d := northwind()
		d.Lead.Company.Name, d.Lead.Partner.ID = naughty+strings.Repeat("<>&", 5000), naughty
		s.leads = append(s.leads, d)
	}
	return s
}

func inertly(t *testing.T, what string, raw []byte) {
	t.Helper()
	for _, live := range []string{`\u003c!channel`, "<!channel", `\u003c@U0ADA`, "<@U0ADA0001> *x*", `\u003chttp://evil`, "<http://evil", "\u202e", `\u202e`, ":tada:"} {
		if strings.Contains(string(raw), live) {
			t.Errorf("%s holds %q", what, live)
		}
	}
}

func TestHomeShowsWhatWaits(t *testing.T) {
	s := &shelf{waiting: []lead.Waiting{
		{LeadID: "l1", Name: "Northwind", Partner: "acme", Score: 78, Verdict: lead.EQL, Asked: monday, Channel: channel, TS: "1732270000.000100"},
		{LeadID: "l2", Name: "", Partner: lead.Direct, Score: 41, Verdict: lead.MQL, Asked: monday, Channel: channel},
	}, decided: []lead.Decided{{Name: "Fabrikam", Partner: "acme", Decision: lead.Approve, At: monday, Override: true, Channel: channel, TS: "1732270000.000200"}}}
	o := surface(t, s)
	text := o.home(ada, "Northwind").Plain()
	for _, word := range []string{"*78*  EQL", "*41*  MQL", "No company named", "its card is on the way", "My last decisions", "approved · *Fabrikam*", "override",
		"/archives/" + channel + "/p1732270000000100|open the card>", "Waiting for a decision: *2*"} {
		if !strings.Contains(text, word) {
			t.Errorf("no %q in\n%s", word, text)
		}
	}
	if strings.Contains(text, "Waiting longest") {
		t.Error("what waits longest is listed twice though everything is shown")
	}

	s.mu.Lock()
	s.waiting[0].Name = "Contoso"
	s.mu.Unlock()
	o.home(ada, "Contoso") // a repeat draws the same tab again
	s.mu.Lock()
	s.waiting[0].Name = "Adatum"
	s.mu.Unlock()
	o.click(ada, slack.ActionApprove) // a decision redraws the tabs that were opened lately
	o.shows(ada, "Adatum")
	s.mu.Lock()
	s.waiting[0].Name = "Woodgrove"
	s.mu.Unlock()
	view, _ := o.slack.Home(ada)
	if _, err := o.slack.ClickView(t.Context(), ada, view.ID, "home_refresh", ""); err != nil {
		t.Fatal(err)
	}
	o.shows(ada, "Woodgrove")
}

func TestHomeShowsNothingToOthers(t *testing.T) {
	s := much()
	o := surface(t, s)
	text := o.home(eve, "not among the reviewers").Plain()
	if strings.Contains(text, "EQL") || len(s.asked) > 0 {
		t.Errorf("eve sees\n%s", text)
	}
	for _, line := range []string{"/eql pending", "/eql lead northwind.example"} {
		if got := o.command(eve, line); !strings.Contains(got, "not among the reviewers") || strings.Contains(got, "EQL") {
			t.Errorf("%s tells eve %q", line, got)
		}
	}
}

func TestHomeOfMuchStaysWithinSlacksLimits(t *testing.T) {
	o := surface(t, much())
	view := o.home(ada, "9,975 more")
	var blocks []any
	if err := json.Unmarshal(view.Blocks, &blocks); err != nil || len(blocks) > 100 {
		t.Errorf("%d blocks, %v", len(blocks), err)
	}
	inertly(t, "the home tab", view.Blocks)
}

func TestCommands(t *testing.T) {
	s := much()
	o := surface(t, s)
	for line, words := range map[string][]string{
		"/eql":                        {"/eql pending", "/eql lead", "/eql help"},
		"/eql help":                   {"/eql pending"},
		"/eql HELP ":                  {"/eql pending"},
		"/eql dance " + naughty:       {"“dance” is not a word", "/eql pending"},
		"/eql " + naughty:             {"is not a word", "/eql pending"},
		"/eql pending":                {"10,000", "*100*  EQL", "9,985 more", "open the card"},
		"/eql lead":                   {"by its name"},
		"/eql lead x":                 {"by its name"},
		"/eql lead Atelier  Riviera":  {"waits for a decision"},
		"/eql lead " + naughty:        {"waits for a decision"},
		"/eql lead northwind.example": {"waits for a decision", "EQL 78", "more"},
		"/eql lead https://www.Northwind.example/x": {"waits for a decision"},
		"/eql lead\u00a0northwind.example":          {"waits for a decision"},
	} {
		got := o.command(ada, line)
		for _, word := range words {
			if !strings.Contains(got, word) {
				t.Errorf("%.40s: no %q in\n%.1000s", line, word, got)
			}
		}
	}
	for _, sought := range []string{"northwind.example|northwind.example", "|Atelier Riviera"} {
		if !slices.Contains(s.sought, sought) {
			t.Errorf("%s was not looked for, but %q", sought, s.sought)
		}
	}
	for _, m := range o.slack.Ephemerals(ada) {
		inertly(t, "an answer", m.Blocks)
		inertly(t, "an answer", []byte(m.Text))
	}
	s.leads = nil
	if got := o.command(ada, "/eql lead northwind.example"); !strings.Contains(got, "No lead of northwind.example") {
		t.Errorf("of nothing: %q", got)
	}
	s.broken = errors.New("the disk is full")
	for _, line := range []string{"/eql pending", "/eql lead northwind.example"} {
		if got := o.command(ada, line); !strings.Contains(got, "try again") || strings.Contains(got, "disk") {
			t.Errorf("%s, with broken records: %q", line, got)
		}
	}
	o.home(ada, "try again")
}

// A parked lead is a row with a button in Home, in a digest and in the answer about a
// company; the button is for those who may decide about the lead.
func TestParkedLeadsAreSentToReview(t *testing.T) {
	parked := northwind()
	parked.Reviews, parked.Lead.Stage, parked.Lead.Partner.ID = nil, lead.Parked, "acme"
	id := parked.Lead.ID
	s := &shelf{leads: []lead.Dossier{parked}, parked: []lead.ParkedLead{
		{LeadID: id, Name: "Northwind", Partner: "acme", Score: 35, Verdict: lead.MQL}, {LeadID: "of lumen", Name: "Fabrikam", Partner: "lumen", Score: 12}}}
	o := surface(t, s)
	digest := words(t, slack.DigestBlocks(&lead.Digest{From: monday, Unasked: lead.Unasked{ParkedTotal: 12, Parked: slices.Repeat(s.parked, 6)}}, "", "en", nil))
	if n := strings.Count(digest, `"action_id":"lead_send_to_review","value":"`); n != 10 || !strings.Contains(digest, "and 2 more") {
		t.Errorf("%d buttons in\n%s", n, digest)
	}
	if got := o.command(ada, "/eql lead northwind"); !strings.Contains(got, "parked") || !strings.Contains(string(o.slack.Ephemerals(ada)[0].Blocks), `"value":"`+id+`"`) {
		t.Errorf("the answer is %s", o.slack.Ephemerals(ada)[0].Blocks)
	}
	if got := o.home(lumenReviewer, "Fabrikam").Plain(); strings.Contains(got, "Northwind") {
		t.Errorf("lumen's reviewer sees\n%s", got)
	}
	view := o.home(ada, "Northwind")
	if _, err := o.slack.ClickView(t.Context(), ada, view.ID, "lead_send_to_review", id); err != nil {
		t.Fatal(err)
	}
	if got := o.desk.sent(); !slices.Equal(got, []string{id + " by " + ada}) {
		t.Errorf("sent %q", got)
	}

	press := func(user, value, want string) {
		t.Helper()
		before := len(o.slack.Ephemerals(user))
		m := o.post(lead.ParkedLead{LeadID: value, Name: "Northwind", Partner: "acme"})
		if _, err := o.slack.Click(t.Context(), user, channel, m, "lead_send_to_review"); err != nil {
			t.Fatal(err)
		}
		if got := o.heard(user, before+1); !strings.Contains(got, want) {
			t.Errorf("%s hears %q, want %q", user, got, want)
		}
	}
	press(bob, id, "Northwind goes to review")
	press(eve, id, "Only configured reviewers")
	press(lumenReviewer, id, "Only configured reviewers")
	press(ada, "unknown", "no lead on record")
	o.desk.broken = fmt.Errorf("not parked: %w", lead.ErrIllegalMove)
	press(ada, id, "Northwind is not parked any more")
	if got := o.desk.sent(); len(got) != 2 {
		t.Errorf("sent %q", got)
	}
}

// What is among the highest scores is not listed again for waiting longest.
func TestALeadIsListedOnce(t *testing.T) {
	leads := waitingOf([]string{"Northwind", "Contoso"})
	d := lead.Digest{From: monday, Waiting: lead.WaitingPage{Leads: leads[:1], Total: 2}, Longest: leads}
	if got := words(t, slack.DigestBlocks(&d, "", "en", nil)); strings.Count(got, "*Northwind*") != 1 || strings.Count(got, "*Contoso*") != 1 {
		t.Errorf("the digest says\n%s", got)
	}
	d.Longest = leads[:1]
	if got := words(t, slack.DigestBlocks(&d, "", "en", nil)); strings.Contains(got, "Waiting longest") {
		t.Errorf("an empty list has a title\n%s", got)
	}
	s := much()
	o := surface(t, s)
	if got := o.home(ada, "9,975 more").Plain(); strings.Contains(got, "Waiting longest") {
		t.Errorf("Home lists leads twice\n%s", got)
	}
}

// Commands and events change nothing, but only Slack may ask.
func TestAListDoesNotWaitForItsLinks(t *testing.T) {
	o := surface(t, &shelf{waiting: waitingOf([]string{"Northwind"})})
	o.slack.FailNext("auth.test", 1, sim.SlackFault{Delay: time.Hour})
	if got := o.command(ada, "/eql pending"); !strings.Contains(got, "*Northwind*") || !strings.Contains(got, "its card is in the channel") {
		t.Errorf("without Slack's answer: %s", got)
	}
	if got := o.command(ada, "/eql pending"); !strings.Contains(got, "open the card") {
		t.Errorf("with it: %s", got)
	}
}

// An event that nobody here knows is acknowledged on both ways, or Slack would
// send it again and again.
func TestUnknownEventsAreAcknowledged(t *testing.T) {
	for _, socket := range []bool{false, true} {
		o := surface(t, &shelf{})
		if socket {
			o = open(t, true)
		}
		for _, event := range []map[string]any{{"type": "message", "channel": channel}, {"type": "of_tomorrow"}} {
			if answer, err := o.slack.Event(t.Context(), ada, event); err != nil || answer.Problem != "" || len(answer.Body) > 0 {
				t.Errorf("socket %v, %v: %v, %q, %s", socket, event["type"], err, answer.Problem, answer.Body)
			}
		}
	}
}

func TestUnsignedCommandsAndEventsAreRefused(t *testing.T) {
	s := much()
	o := surface(t, s)
	actions := slack.NewActions(o.desk, o.poster, slack.ActionOptions{Reviewers: reviewers(), SigningSecret: secret, Records: s})
	defer actions.Close(t.Context())
	for path, h := range map[string]http.Handler{"commands": actions.Commands(), "events": actions.EventsAPI()} {
		for _, body := range []string{"command=%2Feql&text=pending&user_id=" + ada, `{"type":"url_verification","challenge":"c"}`, ""} {
			w := httptest.NewRecorder()
			h.ServeHTTP(w, httptest.NewRequest(http.MethodPost, "/slack/"+path, strings.NewReader(body)))
			if w.Code != http.StatusUnauthorized || strings.Contains(w.Body.String(), "EQL") || w.Body.String() == "c" {
				t.Errorf("%s unsigned: %d %s", path, w.Code, w.Body)
			}
		}
	}
	signed := func(h http.Handler, body string) *httptest.ResponseRecorder {
		r := httptest.NewRequest(http.MethodPost, "/", strings.NewReader(body))
		now := time.Now()
		r.Header.Set("X-Slack-Request-Timestamp", fmt.Sprint(now.Unix()))
		r.Header.Set("X-Slack-Signature", sim.SignSlack(secret, now, []byte(body)))
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		return w
	}
	if w := signed(actions.EventsAPI(), `{"type":"url_verification","challenge":"abc"}`); w.Code != http.StatusOK || w.Body.String() != "abc" {
		t.Errorf("the challenge is answered %d %q", w.Code, w.Body)
	}
	for body, want := range map[string]int{"": 400, "{": 400, `{"type":"event_callback","event":{"type":"app_home_opened"}}`: 200, `{"type":"event_callback","event":{"type":"message","user":"U1"}}`: 200,
		`{"type":"event_callback","event":{"type":"app_home_opened","user":"` + ada + `","tab":"messages"}}`: 200, "null": 200} {
		if w := signed(actions.EventsAPI(), body); w.Code != want {
			t.Errorf("event %q: %d", body, w.Code)
		}
	}
	for body, want := range map[string]int{"": 400, "text=pending": 400, "ssl_check=1&token=t": 200, "command=%2Feql&user_id=" + eve: 200} {
		if w := signed(actions.Commands(), body); w.Code != want {
			t.Errorf("command %q: %d", body, w.Code)
		}
	}
	if err := actions.Close(t.Context()); err != nil {
		t.Fatal(err)
	}
	if _, drawn := o.slack.Home(ada); drawn || len(s.asked) > 0 {
		t.Error("something was read or drawn")
	}
}
