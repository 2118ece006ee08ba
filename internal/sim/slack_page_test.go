package sim

import (
	"bufio"
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

func slackPagePost(t *testing.T, rig *slackRig, act, kind, body string) (int, map[string]any) {
	t.Helper()
	req, _ := http.NewRequestWithContext(testContext(t), http.MethodPost, rig.url+"/channel/api/"+act, strings.NewReader(body))
	req.Header.Set("Content-Type", kind)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var out map[string]any
	json.NewDecoder(resp.Body).Decode(&out)
	return resp.StatusCode, out
}

func TestSlackPageServesItselfAndNothingElse(t *testing.T) {
	rig := newSlackRig(t, nil)
	for path, want := range map[string]string{"/channel/": "<!doctype html>", "/channel/channel.js": "EventSource",
		"/channel/blocks.js": "static_select", "/channel/mrkdwn.js": "createTextNode", "/channel/channel.css": ":root"} {
		resp, err := http.Get(rig.url + path)
		if err != nil {
			t.Fatal(err)
		}
		body, _ := io.ReadAll(resp.Body)
		resp.Body.Close()
		if resp.StatusCode != http.StatusOK || !strings.Contains(string(body), want) {
			t.Errorf("%s: %d", path, resp.StatusCode)
		}
		if policy := resp.Header.Get("Content-Security-Policy"); !strings.Contains(policy, "default-src 'none'") {
			t.Errorf("%s: policy %q", path, policy)
		}
		for _, bad := range []string{"innerHTML", "insertAdjacentHTML", "document.write", "://cdn", "@import"} {
			if strings.Contains(string(body), bad) {
				t.Errorf("%s has %s", path, bad)
			}
		}
	}
}

func TestSlackPageShowsWhatOnePersonSees(t *testing.T) {
	rig := newSlackRig(t, func(o *SlackOptions) {
		o.Inbox = func() []InboxItem {
			return []InboxItem{{ID: "msg_1", Type: "lead.approved", Verified: true, Body: json.RawMessage(`{}`)}}
		}
	})
	_, ts := newSlackApp(t, rig, nil)
	ctx := testContext(t)
	if _, err := rig.api.PostEphemeralContext(ctx, testChannel, testBen, slack.MsgOptionText("for Ben", false)); err != nil {
		t.Fatal(err)
	}
	state := func(user string) (body struct {
		Me       string      `json:"me"`
		Inbox    []InboxItem `json:"inbox"`
		Channels []struct {
			Messages []struct {
				Text      string `json:"text"`
				Ephemeral bool   `json:"ephemeral"`
			} `json:"messages"`
		} `json:"channels"`
	}) {
		t.Helper()
		resp, err := http.Get(rig.url + "/channel/api/state?user=" + user)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		if err := json.NewDecoder(resp.Body).Decode(&body); err != nil {
			t.Fatal(err)
		}
		return body
	}
	if s := state(testBen); len(s.Channels[0].Messages) != 2 || !s.Channels[0].Messages[1].Ephemeral || len(s.Inbox) != 1 {
		t.Errorf("Ben sees %+v", s)
	}
	if s := state("U0NOBODY"); s.Me != testAda || len(s.Channels[0].Messages) != 1 {
		t.Errorf("Ada sees %+v", s)
	}

	status, out := slackPagePost(t, rig, "click", "application/json", `{"user":"`+testAda+`","channel":"`+testChannel+`","ts":"`+ts+`","action_id":"lead_approve"}`)
	if status != http.StatusOK || out["status"] != 200.0 {
		t.Errorf("click from the page: %d %v", status, out)
	}
	if _, out := slackPagePost(t, rig, "click", "application/json", `{"user":"`+testAda+`","channel":"`+testChannel+`","ts":"9.000000","action_id":"x"}`); out["problem"] == nil {
		t.Error("a click on nothing has no problem")
	}
	if status, _ := slackPagePost(t, rig, "click", "application/x-www-form-urlencoded", "user=x"); status != http.StatusForbidden {
		t.Errorf("a form of another site: %d", status)
	}
}

func TestSlackPageHearsOfChanges(t *testing.T) {
	rig := newSlackRig(t, nil)
	req, _ := http.NewRequestWithContext(testContext(t), http.MethodGet, rig.url+"/channel/api/events", nil)
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	lines := bufio.NewScanner(resp.Body)
	next := func() string {
		for lines.Scan() {
			if strings.HasPrefix(lines.Text(), "data:") {
				return lines.Text()
			}
		}
		t.Fatal("the stream ended")
		return ""
	}
	first := next()
	if _, err := rig.Say(testAda, testChannel, "", "hello"); err != nil {
		t.Fatal(err)
	}
	if second := next(); second == first {
		t.Errorf("revision did not move: %s", second)
	}
}
