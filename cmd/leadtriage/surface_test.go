package main

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
)

// home opens a person's home tab and waits until it is as wanted.
func (w *world) home(user string, enough func(text string) bool) string {
	w.t.Helper()
	if answer, err := w.slack.OpenHome(w.patient(), user); err != nil || answer.Problem != "" || answer.Took.Seconds() > 3 {
		w.t.Fatalf("opening the home tab of %s: %v, problem %q, after %s", user, err, answer.Problem, answer.Took)
	}
	return w.homeShows(user, enough)
}

func (w *world) homeShows(user string, enough func(text string) bool) (text string) {
	w.t.Helper()
	err := w.slack.Wait(w.patient(), func() bool {
		view, ok := w.slack.Home(user)
		text = view.Plain()
		return ok && enough(text)
	})
	if err != nil {
		w.t.Fatalf("the home tab of %s: %v\n%s", user, err, text)
	}
	return text
}

// slash types a slash command and returns the private answer.
func (w *world) slash(user, line string) string {
	w.t.Helper()
	heard := len(w.slack.Ephemerals(user))
	answer, err := w.slack.Command(w.patient(), user, demoChannel, line)
	if err != nil || answer.Problem != "" || answer.Took.Seconds() > 3 {
		w.t.Fatalf("%s: %v, problem %q, after %s", line, err, answer.Problem, answer.Took)
	}
	seen := w.slack.Ephemerals(user)
	if len(seen) <= heard {
		w.t.Fatalf("%s was not answered", line)
	}
	return seen[len(seen)-1].Plain()
}

func holds(words ...string) func(string) bool {
	return func(text string) bool {
		for _, word := range words {
			if !strings.Contains(text, word) {
				return false
			}
		}
		return true
	}
}

func TestHomeTabAndCommands(t *testing.T) {
	const yaml = twoPartners + `
reviewers:
  - {user: U0CLEO, partners: [brightside-agency]}
`
	onEveryWay(t, yaml, func(w *world) {
		acme := w.post(http.StatusAccepted, fit("northwind.example")).ID
		bright := w.post(http.StatusAccepted, sentBy("brightside-agency", "certified", fit("northwind.example"))).ID
		card := w.card(acme, asking)
		w.card(bright, asking)
		link := fmt.Sprintf("/archives/%s/p%s|open the card", card.Channel, strings.ReplaceAll(card.TS, ".", ""))
		w.until(acme, "posted", func(r lead.Record) bool { return r.Review.TS != "" })
		w.until(bright, "posted", func(r lead.Record) bool { return r.Review.TS != "" })

		w.home(demoReviewer, holds("Waiting for a decision: *2*", "Acme Integrations", "Brightside Agency", link, "not decided about a lead yet"))
		if text := w.home("U0CLEO", holds("Waiting for a decision: *1*", "Brightside Agency")); strings.Contains(text, "Acme") {
			w.t.Errorf("somebody for one partner sees\n%s", text)
		}
		w.slack.Join(sim.SlackUser{ID: "U0DAN", Name: "dan"})
		if text := w.home("U0DAN", holds("not among the reviewers")); strings.Contains(text, "Northwind") {
			w.t.Errorf("a stranger sees\n%s", text)
		}

		for line, words := range map[string][]string{
			"/eql":         {"/eql pending", "/eql lead"},
			"/eql dance":   {"“dance”", "/eql pending"},
			"/eql pending": {"*2*", "Acme Integrations", "Brightside Agency", link},
			"/eql lead https://www.northwind.example/": {"Acme Integrations", "Brightside Agency", "waits for a decision", "EQL", link},
			"/eql lead contoso.example":                {"No lead of contoso.example"},
			"/eql lead <!channel>":                     {"No lead of &lt;!channel&gt;"},
		} {
			if text := w.slash(demoReviewer, line); !holds(words...)(text) {
				w.t.Errorf("%s says\n%s\nwant %q", line, text, words)
			}
		}
		if text := w.slash("U0CLEO", "/eql lead northwind.example"); strings.Contains(text, "Acme") || !strings.Contains(text, "Brightside") {
			w.t.Errorf("somebody for one partner is told\n%s", text)
		}
		for _, line := range []string{"/eql pending", "/eql lead northwind.example"} {
			if text := w.slash("U0DAN", line); !strings.Contains(text, "not among the reviewers") {
				w.t.Errorf("a stranger is told\n%s", text)
			}
		}

		// A decision draws the open tabs again, of whoever has one.
		w.click(demoReviewer, card, "lead_approve")
		w.homeShows(demoReviewer, holds("Waiting for a decision: *1*", "approved · *Northwind*"))
		w.homeShows("U0CLEO", holds("Waiting for a decision: *1*"))
		if text := w.slash(demoReviewer, "/eql lead northwind.example"); !holds("approved by <@" + demoReviewer + ">")(text) {
			w.t.Errorf("after the decision\n%s", text)
		}
		w.click("U0BRUNO", w.card(acme, offers("lead_undo")), "lead_undo")
		w.homeShows(demoReviewer, holds("Waiting for a decision: *2*", "undone"))
		view, _ := w.slack.Home(demoReviewer)
		if answer, err := w.slack.ClickView(w.patient(), demoReviewer, view.ID, "home_refresh", ""); err != nil || answer.Problem != "" {
			w.t.Errorf("refreshing: %v, problem %q", err, answer.Problem)
		}
		var blocks []any
		if err := json.Unmarshal(view.Blocks, &blocks); err != nil || len(blocks) > 100 {
			w.t.Errorf("%d blocks, %v", len(blocks), err)
		}
	})
}

// An event that Slack repeats, and one that nobody signed, do no harm.
func TestEventsRepeatedAndForged(t *testing.T) {
	onBoth(t, "", func(w *world) {
		answer, err := w.slack.OpenHome(w.patient(), demoReviewer)
		if err != nil {
			w.t.Fatal(err)
		}
		w.homeShows(demoReviewer, holds("Nothing waits"))
		for range 3 {
			if again, err := w.slack.Resend(w.patient(), answer); err != nil || again.Status != http.StatusOK {
				w.t.Errorf("a repeat is answered %d, %v", again.Status, err)
			}
		}
		for _, path := range []string{"/slack/events", "/slack/commands", "/slack/interactions"} {
			status, text := w.request(http.MethodPost, path, "", []byte(`{"type":"url_verification","challenge":"abc"}`))
			if status != http.StatusUnauthorized || strings.Contains(string(text), "abc") {
				w.t.Errorf("%s unsigned: %d %s", path, status, text)
			}
		}
	})
}

// The pages of the queues load nothing from another host: the browser is told not to.
func TestQueuePagesStayAtHome(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.start("")
	req, err := http.NewRequestWithContext(w.patient(), http.MethodGet, w.api+"/queues/", nil)
	if err != nil {
		t.Fatal(err)
	}
	req.SetBasicAuth("x", demoOperatorKey)
	res, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	policy := res.Header.Get("Content-Security-Policy")
	if res.StatusCode != http.StatusOK || !strings.HasPrefix(policy, "default-src 'self'; ") || strings.Contains(policy, "http") {
		t.Errorf("%d, policy %q", res.StatusCode, policy)
	}
}
