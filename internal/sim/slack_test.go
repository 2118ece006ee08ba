package sim

import (
	"context"
	"encoding/json"
	"errors"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/slack-go/slack"
)

const (
	testChannel = "C0LEADS"
	testAda     = "U0ADA"
	testBen     = "U0BEN"
)

// slackClock is a clock that moves when it is told to.
type slackClock struct {
	mu sync.Mutex
	at time.Time
}

func (c *slackClock) now() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.at
}

func (c *slackClock) add(d time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.at = c.at.Add(d)
}

// slackRig is a workspace on a real port with a client that looks at it.
type slackRig struct {
	*Slack
	clock *slackClock
	url   string
	api   *slack.Client
}

func newSlackRig(t *testing.T, change func(*SlackOptions)) *slackRig {
	t.Helper()
	clock := &slackClock{at: time.Date(2026, 11, 22, 10, 0, 0, 0, time.UTC)}
	opt := SlackOptions{BotToken: "xoxb-test", AppToken: "xapp-test", SigningSecret: "shh", Now: clock.now,
		Channels: []SlackChannel{{ID: testChannel, Name: "partner-leads"}, {ID: "C0OTHER", Name: "other"}},
		Users:    []SlackUser{{ID: testAda, Name: "ada", RealName: "Ada Marino"}, {ID: testBen, Name: "ben", RealName: "Ben Okafor"}}}
	if change != nil {
		change(&opt)
	}
	s, err := NewSlack(opt)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(s)
	t.Cleanup(func() { s.Stop(); server.Close() })
	return &slackRig{Slack: s, clock: clock, url: server.URL, api: testSlackClient(server.URL, "xoxb-test")}
}

func testSlackClient(base, token string) *slack.Client {
	return slack.New(token, slack.OptionAPIURL(base+"/api/"), slack.OptionAppLevelToken("xapp-test"))
}

func testContext(t *testing.T) context.Context {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 20*time.Second)
	t.Cleanup(cancel)
	return ctx
}

func testPlain(text string) *slack.TextBlockObject {
	return slack.NewTextBlockObject(slack.PlainTextType, text, false, false)
}

// testCard is a small review card.
func testCard(value string) slack.MsgOption {
	return slack.MsgOptionBlocks(
		slack.NewSectionBlock(slack.NewTextBlockObject(slack.MarkdownType, "*Northwind*", false, false), nil,
			slack.NewAccessory(slack.NewOverflowBlockElement("lead_more", slack.NewOptionBlockObject("details", testPlain("Details"), nil)))),
		slack.NewActionBlock("decide",
			slack.NewButtonBlockElement("lead_approve", value, testPlain("Approve")).WithStyle(slack.StylePrimary),
			slack.NewButtonBlockElement("lead_reject", value, testPlain("Reject"))))
}

func testMetadata(id string) slack.MsgOption {
	return slack.MsgOptionMetadata(slack.SlackMetadata{EventType: "lead_review", EventPayload: map[string]any{"lead_id": id}})
}

func wantSlackError(t *testing.T, err error, word string) slack.SlackErrorResponse {
	t.Helper()
	var refused slack.SlackErrorResponse
	if !errors.As(err, &refused) || refused.Err != word {
		t.Fatalf("error %v, want %s", err, word)
	}
	return refused
}

func TestSlackMessageIsPostedRedrawnAndFound(t *testing.T) {
	rig := newSlackRig(t, nil)
	ctx := testContext(t)
	var stamps []string
	for range 3 { // the clock stands still, the stamps must not
		_, ts, err := rig.api.PostMessageContext(ctx, testChannel, testCard("rv_1"), testMetadata("ld_1"), slack.MsgOptionText("a card", false))
		if err != nil {
			t.Fatal(err)
		}
		stamps = append(stamps, ts)
	}
	if !slices.IsSorted(stamps) || len(slices.Compact(slices.Clone(stamps))) != 3 {
		t.Errorf("stamps %v are not unique and rising", stamps)
	}
	history := func(metadata bool) slack.Message {
		t.Helper()
		page, err := rig.api.GetConversationHistoryContext(ctx, &slack.GetConversationHistoryParameters{ChannelID: testChannel,
			Oldest: stamps[2], Inclusive: true, IncludeAllMetadata: metadata})
		if err != nil || len(page.Messages) != 1 {
			t.Fatalf("history: %v, %v", page, err)
		}
		return page.Messages[0]
	}
	if m := history(true); m.Timestamp != stamps[2] || m.Metadata.EventPayload["lead_id"] != "ld_1" || m.BotID == "" {
		t.Errorf("history shows %+v", m)
	}
	if m := history(false); m.Metadata.EventType != "" {
		t.Errorf("metadata came without being asked for: %+v", m.Metadata)
	}

	rig.clock.add(time.Minute)
	_, _, _, err := rig.api.UpdateMessageContext(ctx, testChannel, stamps[2], slack.MsgOptionText("Approved by Ada", false))
	if err != nil {
		t.Fatal(err)
	}
	m := rig.Messages(testChannel)[2]
	if got := m.Actions(); len(got) != 0 {
		t.Errorf("text alone takes the blocks away, yet %v stand", got)
	}
	if m.Metadata == nil || m.Edited.IsZero() || len(m.History) != 1 || m.History[0].Text != "a card" {
		t.Errorf("edited message is %+v", m)
	}
	if m.Plain() != "Approved by Ada" {
		t.Errorf("plain text %q", m.Plain())
	}
}

func TestSlackHistoryPages(t *testing.T) {
	rig := newSlackRig(t, nil)
	ctx := testContext(t)
	var parent string
	for _, text := range []string{"one", "two", "three", "four", "five"} {
		rig.clock.add(time.Second)
		_, parent, _ = rig.api.PostMessageContext(ctx, testChannel, slack.MsgOptionText(text, false))
	}
	for range 3 {
		if _, _, err := rig.api.PostMessageContext(ctx, testChannel, slack.MsgOptionText("reply", false), slack.MsgOptionTS(parent)); err != nil {
			t.Fatal(err)
		}
	}
	var texts []string
	params := &slack.GetConversationHistoryParameters{ChannelID: testChannel, Limit: 2}
	for {
		page, err := rig.api.GetConversationHistoryContext(ctx, params)
		if err != nil {
			t.Fatal(err)
		}
		for _, m := range page.Messages {
			texts = append(texts, m.Text)
		}
		if !page.HasMore {
			break
		}
		params.Cursor = page.ResponseMetaData.NextCursor
	}
	if got := strings.Join(texts, " "); got != "five four three two one" {
		t.Errorf("pages gave %q", got)
	}
	replies, _, _, err := rig.api.GetConversationRepliesContext(ctx, &slack.GetConversationRepliesParameters{ChannelID: testChannel, Timestamp: parent})
	if err != nil || len(replies) != 4 || replies[0].ReplyCount != 3 {
		t.Errorf("thread: %d messages, %v", len(replies), err)
	}
}

func TestSlackRefusesCalls(t *testing.T) {
	rig := newSlackRig(t, func(o *SlackOptions) {
		o.Channels = append(o.Channels, SlackChannel{ID: "C0OLD", Name: "old", Archived: true},
			SlackChannel{ID: "C0FAR", Name: "far", NotMember: true}, SlackChannel{ID: "C0SECRET", Name: "secret", Private: true, NotMember: true})
		o.Scopes = []string{"chat:write", "channels:history"}
	})
	ctx := testContext(t)
	said, err := rig.Say(testBen, testChannel, "", "hello")
	if err != nil {
		t.Fatal(err)
	}
	text := slack.MsgOptionText("x", false)
	_, own, err := rig.api.PostMessageContext(ctx, testChannel, text)
	if err != nil {
		t.Fatal(err)
	}
	post := func(channel string, options ...slack.MsgOption) error {
		_, _, err := rig.api.PostMessageContext(ctx, channel, options...)
		return err
	}
	update := func(ts string, options ...slack.MsgOption) error {
		_, _, _, err := rig.api.UpdateMessageContext(ctx, testChannel, ts, options...)
		return err
	}
	raw := func(metadata string) error {
		resp, err := http.PostForm(rig.url+"/api/chat.postMessage", url.Values{"token": {"xoxb-test"}, "channel": {testChannel},
			"text": {"x"}, "metadata": {metadata}})
		if err != nil {
			return err
		}
		defer resp.Body.Close()
		var answer slack.SlackResponse
		if err := json.NewDecoder(resp.Body).Decode(&answer); err != nil {
			return err
		}
		return answer.Err()
	}
	cases := map[string]struct {
		err  func() error
		word string
	}{
		"no token":    {func() error { _, err := testSlackClient(rig.url, "").AuthTestContext(ctx); return err }, "not_authed"},
		"wrong token": {func() error { _, err := testSlackClient(rig.url, "xoxb-no").AuthTestContext(ctx); return err }, "invalid_auth"},
		"app token": {func() error {
			_, _, err := testSlackClient(rig.url, "xapp-test").PostMessageContext(ctx, testChannel, text)
			return err
		}, "not_allowed_token_type"},
		"missing scope":    {func() error { _, err := rig.api.GetUserGroupMembersContext(ctx, "S0ANY"); return err }, "missing_scope"},
		"unknown channel":  {func() error { return post("C0NONE", text) }, "channel_not_found"},
		"hidden channel":   {func() error { return post("C0SECRET", text) }, "channel_not_found"},
		"archived":         {func() error { return post("C0OLD", text) }, "is_archived"},
		"not a member":     {func() error { return post("C0FAR", text) }, "not_in_channel"},
		"nothing to say":   {func() error { return post(testChannel) }, "no_text"},
		"too long":         {func() error { return post(testChannel, slack.MsgOptionText(strings.Repeat("è", 40001), false)) }, "msg_too_long"},
		"too long update":  {func() error { return update(own, slack.MsgOptionText(strings.Repeat("è", 4001), false)) }, "msg_too_long"},
		"no such message":  {func() error { return update("1.000000", text) }, "message_not_found"},
		"a person's words": {func() error { return update(said.TS, text) }, "cant_update_message"},
		"metadata no JSON": {func() error { return raw("{") }, "invalid_metadata_format"},
		"metadata no type": {func() error { return raw(`{"event_payload":{}}`) }, "invalid_metadata_schema"},
		"ephemeral to nobody": {func() error {
			_, err := rig.api.PostEphemeralContext(ctx, testChannel, "U0NOBODY", text)
			return err
		}, "user_not_in_channel"},
		"unknown method": {func() error { return rig.api.ArchiveConversationContext(ctx, testChannel) }, "unknown_method"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) { wantSlackError(t, c.err(), c.word) })
	}
	rig.Revoke(true)
	wantSlackError(t, post(testChannel, text), "token_revoked")
	if n := len(rig.Messages(testChannel)); n != 2 {
		t.Errorf("%d messages stand, want the first two", n)
	}
}

func TestSlackAuthTestNamesScopes(t *testing.T) {
	rig := newSlackRig(t, func(o *SlackOptions) { o.Scopes = []string{"chat:write", "commands"} })
	answer, err := rig.api.AuthTestContext(testContext(t))
	if err != nil || answer.Header.Get("X-OAuth-Scopes") != "chat:write,commands" || answer.BotID == "" {
		t.Errorf("auth.test %+v, %v", answer, err)
	}
}

func TestSlackRateOfPosts(t *testing.T) {
	rig := newSlackRig(t, func(o *SlackOptions) { o.RateLimit = 1 })
	ctx := testContext(t)
	post := func(channel string) error {
		_, _, err := rig.api.PostMessageContext(ctx, channel, slack.MsgOptionText("x", false))
		return err
	}
	if err := errors.Join(post(testChannel), post("C0OTHER")); err != nil {
		t.Fatalf("first post of each channel: %v", err)
	}
	var limited *slack.RateLimitedError
	if err := post(testChannel); !errors.As(err, &limited) || limited.RetryAfter != time.Second {
		t.Fatalf("second post in the same second: %v", err)
	}
	rig.clock.add(limited.RetryAfter)
	if err := post(testChannel); err != nil {
		t.Errorf("after Retry-After: %v", err)
	}
}

func TestSlackFaultsOnDemand(t *testing.T) {
	rig := newSlackRig(t, nil)
	post := func(ctx context.Context) error {
		_, _, err := rig.api.PostMessageContext(ctx, testChannel, slack.MsgOptionText("x", false))
		return err
	}
	ctx := testContext(t)

	rig.FailNext("chat.postMessage", 2, SlackFault{Status: 500})
	var status slack.StatusCodeError
	for range 2 {
		if err := post(ctx); !errors.As(err, &status) || status.Code != 500 {
			t.Errorf("planned 500: %v", err)
		}
	}
	rig.FailNext("*", 1, SlackFault{Status: 429, RetryAfter: 7 * time.Second})
	var limited *slack.RateLimitedError
	if err := post(ctx); !errors.As(err, &limited) || limited.RetryAfter != 7*time.Second {
		t.Errorf("planned 429: %v", err)
	}
	rig.FailNext("chat.postMessage", 1, SlackFault{Error: "internal_error"})
	wantSlackError(t, post(ctx), "internal_error")
	rig.FailNext("chat.postMessage", 1, SlackFault{Body: "<html>garbled"})
	if post(ctx) == nil {
		t.Error("a garbled answer passed")
	}
	rig.FailNext("chat.postMessage", 1, SlackFault{Delay: time.Hour})
	gone, cancel := context.WithCancel(ctx)
	go func() { // away as soon as the call hangs
		rig.Wait(ctx, func() bool { return rig.FaultsLeft() == 0 })
		cancel()
	}()
	if post(gone) == nil {
		t.Error("a call nobody waits for succeeded")
	}
	if n := len(rig.Messages(testChannel)); n != 0 {
		t.Fatalf("%d messages stand after refusals", n)
	}

	rig.FailNext("chat.postMessage", 1, SlackFault{Lose: true})
	if post(ctx) == nil {
		t.Error("the answer came although it should be lost")
	}
	if n := len(rig.Messages(testChannel)); n != 1 {
		t.Errorf("%d messages stand after a lost answer, want 1", n)
	}
	calls := rig.Calls()
	if last := calls[len(calls)-1]; last.Status != 0 || last.Method != "chat.postMessage" {
		t.Errorf("log says %+v", last)
	}
}

func TestSlackTakesJSONWithBearer(t *testing.T) {
	rig := newSlackRig(t, nil)
	call := func(body, bearer string) map[string]any {
		t.Helper()
		req, _ := http.NewRequestWithContext(testContext(t), http.MethodPost, rig.url+"/api/chat.postMessage", strings.NewReader(body))
		req.Header.Set("Content-Type", "application/json")
		if bearer != "" {
			req.Header.Set("Authorization", "Bearer "+bearer)
		}
		resp, err := http.DefaultClient.Do(req)
		if err != nil {
			t.Fatal(err)
		}
		defer resp.Body.Close()
		var out map[string]any
		if err := json.NewDecoder(resp.Body).Decode(&out); err != nil {
			t.Fatal(err)
		}
		return out
	}
	if out := call(`{"channel":"C0LEADS","text":"hi"}`, "xoxb-test"); out["ok"] != true || out["warning"] != "missing_charset" {
		t.Errorf("JSON call: %v", out)
	}
	if out := call(`{"channel":"C0LEADS","text":"hi","token":"xoxb-test"}`, ""); out["error"] != "not_authed" {
		t.Errorf("a token inside JSON: %v", out)
	}
	if out := call(`{"channel"`, "xoxb-test"); out["error"] != "invalid_json" {
		t.Errorf("bad JSON: %v", out)
	}
}
