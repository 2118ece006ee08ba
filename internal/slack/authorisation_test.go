package slack_test

import (
	"context"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
	"leadtriage/internal/slack"
)

// What an act of somebody leads to: nothing, a form that opens, or a change on record.
const (
	nothing = "nothing"
	opens   = "a form"
	changes = "a change"
)

// allowed is who may do what in Slack: by somebody who is no reviewer of the lead,
// and by a reviewer. Whoever else sends the same, without Slack's signature or from
// another workspace, gets nothing.
var allowed = map[string]struct{ stranger, reviewer string }{
	slack.ActionApprove:      {nothing, changes},
	slack.ActionReject:       {nothing, opens},
	slack.ActionDetails:      {opens, opens}, // whoever sees the card
	slack.ActionEdit:         {nothing, opens},
	slack.ActionAskPartner:   {nothing, opens},
	slack.ActionUndo:         {nothing, changes},
	slack.ActionRevoke:       {nothing, opens},
	slack.ActionSendToReview: {nothing, changes},
	"home_refresh":           {nothing, nothing},
	"form lead_reject":       {nothing, changes},
	"form lead_edit":         {nothing, changes},
	"form lead_override":     {nothing, changes},
	slack.ActionAccept:       {nothing, changes},
	slack.ActionReassign:     {opens, opens}, // who may hand over is weighed when the form is sent
	"form lead_reassign":     {nothing, changes},
	"form lead_revoke":       {nothing, changes},
	"form lead_ask_partner":  {nothing, changes},
}

func TestWhoMayDoWhat(t *testing.T) {
	acts := slack.Acts()
	for _, id := range slack.Forms() {
		acts = append(acts, "form "+id)
	}
	for _, act := range acts {
		if _, ok := allowed[act]; !ok {
			t.Errorf("%s has no row in the table of who may do what", act)
		}
	}
	for act, row := range allowed {
		if !slices.Contains(acts, act) {
			t.Errorf("there is no %s", act)
		}
		for who, want := range map[string]string{"unsigned": nothing, "of another workspace": nothing, eve: row.stranger, ada: row.reviewer} {
			t.Run(act+" by "+who, func(t *testing.T) {
				o := open(t, false)
				if _, err := o.poster.Check(t.Context(), slack.Wanted{}); err != nil {
					t.Fatal(err)
				}
				if strings.HasSuffix(act, slack.ActionRevoke) || act == slack.ActionUndo || act == "form lead_override" {
					o.desk.amend(func(d *lead.Dossier) {
						r := d.Review()
						r.Decision, r.By, r.DecidedAt, r.Override = lead.Approve, ada, monday, true
					})
				}
				if strings.HasSuffix(act, slack.ActionReassign) || act == slack.ActionAccept {
					o.desk.amend(func(d *lead.Dossier) { d.Lead.Owner = &lead.Owner{Email: "dana@ours.example"} })
				}
				user, team, key, status := who, "", secret, http.StatusOK
				switch who {
				case "unsigned":
					user, key, status = ada, "another", http.StatusUnauthorized
				case "of another workspace":
					user, team, status = ada, "T0OTHER", http.StatusForbidden
				}
				before, actions := o.state(), o.actions
				if act == slack.ActionSendToReview {
					s := &shelf{leads: []lead.Dossier{o.desk.copy()}}
					s.leads[0].Lead.ID = "rv_1"
					actions = slack.NewActions(o.desk, o.poster, slack.ActionOptions{Reviewers: reviewers(), SigningSecret: secret, Records: s})
					t.Cleanup(func() { actions.Close(context.Background()) })
				}
				w := post(actions, acting(act, user, team), time.Now(), key)
				got := nothing
				switch {
				case o.state() != before:
					got = changes
				case slices.ContainsFunc(o.slack.Calls(), func(c sim.SlackCall) bool { return c.Method == "views.open" }):
					got = opens
				}
				if got != want || w.Code != status {
					t.Errorf("%s leads to %s and %d, want %s and %d: %s", act, got, w.Code, want, status, w.Body)
				}
			})
		}
	}
}

// state is what is on record.
func (o *office) state() string {
	o.desk.mu.Lock()
	defer o.desk.mu.Unlock()
	return fmt.Sprint(o.desk.words, o.desk.edits, o.desk.asked, o.desk.d.Reviews)
}

// acting is the payload of an act.
func acting(act, user, team string) string {
	typed := func(field, value string) map[string]any {
		return map[string]any{field: map[string]any{"value": value}}
	}
	payload := map[string]any{"type": "block_actions", "team": map[string]any{"id": team}, "user": map[string]any{"id": user},
		"channel": map[string]any{"id": channel}, "trigger_id": "1.2.3",
		"actions": []any{map[string]any{"action_id": act, "value": "rv_1"}}}
	if form, ok := strings.CutPrefix(act, "form "); ok {
		payload["type"] = "view_submission"
		payload["view"] = map[string]any{"callback_id": form, "private_metadata": `{"review":"rv_1","channel":"` + channel + `","was":{"industry":2166136261,"hq_country":2166136261,"technology":2166136261}}`,
			"state": map[string]any{"values": map[string]any{"reason": typed("reason", "no_intent"), "note": typed("note", "why"), "employees": typed("employees", "300"), "owner": typed("owner", "NEXT"), "question": typed("question", "still_live")}}}
	}
	raw, _ := json.Marshal(payload)
	return string(raw)
}

// Commands and events are for reviewers; what is not of this app is refused.
func TestForeignPayloads(t *testing.T) {
	api := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, `{"ok":true,"team_id":"T1","user_id":"U1","bot_id":"B1","app_id":"A1"}`)
	}))
	defer api.Close()
	k := &desk{d: northwind()}
	poster := slack.New(slack.Options{Token: botToken, APIURL: api.URL + "/api/"})
	a := slack.NewActions(k, poster, slack.ActionOptions{SigningSecret: secret})
	send := func(h http.Handler, body string) int {
		w := httptest.NewRecorder()
		h.ServeHTTP(w, request(body, time.Now(), secret))
		return w.Code
	}
	form := url.Values{"command": {"/eql"}, "user_id": {eve}, "text": {"help"}}
	event := `{"type":"event_callback","team_id":%q,"api_app_id":%q,"event":{"type":"app_home_opened","user":"` + eve + `"}}`
	click := `{"type":"block_actions","team":{"id":%q},"api_app_id":%q,"user":{"id":"` + eve + `"},"actions":[{"action_id":"lead_approve","value":"rv_1"}]}`
	interaction := func(team, app string) string {
		return url.Values{"payload": {fmt.Sprintf(click, team, app)}}.Encode()
	}
	if code := send(a, interaction("T2", "A2")); code != http.StatusOK {
		t.Errorf("before auth.test said who we are: %d", code) // the signature has to do
	}
	if _, err := poster.Check(t.Context(), slack.Wanted{}); err != nil {
		t.Fatal(err)
	}
	for _, from := range []struct {
		team, app string
		want      int
	}{{"T1", "A1", 200}, {"", "", 200}, {"T2", "A1", 403}, {"T1", "A2", 403}} {
		form.Set("team_id", from.team)
		form.Set("api_app_id", from.app)
		c, e, i := send(a.Commands(), form.Encode()), send(a.EventsAPI(), fmt.Sprintf(event, from.team, from.app)), send(a, interaction(from.team, from.app))
		if c != from.want || e != from.want || i != from.want {
			t.Errorf("team %q, app %q: command %d, event %d, click %d, want %d", from.team, from.app, c, e, i, from.want)
		}
	}
	if len(k.said()) > 0 {
		t.Error("somebody who is no reviewer decided")
	}
}

// A note with what a database does not take is kept without it.
func TestNotesAreCleaned(t *testing.T) {
	o := open(t, false)
	dirty := "no\x00 in\u202etent\a\u200b"
	for form, kept := range map[string]func() string{
		"form lead_reject": func() string { return o.desk.said()[0].Note },
		"form lead_override": func() string {
			o.desk.mu.Lock()
			defer o.desk.mu.Unlock()
			return o.desk.d.Reviews[0].Note
		},
	} {
		o = open(t, false)
		if form == "form lead_override" {
			o.desk.amend(func(d *lead.Dossier) {
				r := d.Review()
				r.Decision, r.By, r.DecidedAt, r.Override = lead.Approve, ada, monday, true
			})
		}
		encoded, _ := json.Marshal(dirty)
		payload := acting(form, ada, "")
		post(o.actions, strings.Replace(payload, `"why"`, string(encoded), 1), time.Now(), secret)
		if got := kept(); got != "no intent" {
			t.Errorf("%s keeps %q", form, got)
		}
	}
}
