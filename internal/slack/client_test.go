package slack_test

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/sim"
	"leadtriage/internal/slack"
)

const botToken = "xoxb-secret-token"

// posterAgainst returns a Poster whose every call is answered by h.
func posterAgainst(t *testing.T, h http.HandlerFunc) *slack.Poster {
	t.Helper()
	srv := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/api/elsewhere" {
			t.Error("a redirect was followed")
		}
		h(w, r)
	}))
	t.Cleanup(srv.Close)
	return slack.New(slack.Options{Token: botToken, APIURL: srv.URL + "/api", HTTP: &http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}})
}

func answering(status int, header, body string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		if name, value, ok := strings.Cut(header, ": "); ok {
			w.Header().Set(name, value)
		}
		w.WriteHeader(status)
		io.WriteString(w, body)
	}
}

// cut reads the request and hangs up without a word.
func cut(w http.ResponseWriter, r *http.Request) {
	io.Copy(io.Discard, r.Body)
	conn, _, err := w.(http.Hijacker).Hijack()
	if err == nil {
		conn.Close()
	}
}

func TestFaultsOfEveryCall(t *testing.T) {
	const minute = time.Minute
	type kinds struct {
		post, other lead.FaultKind
		after       time.Duration
	}
	same := func(k lead.FaultKind, after time.Duration) kinds { return kinds{k, k, after} }
	maybe := kinds{lead.Uncertain, lead.Temporary, 0}
	refused := func(code string) http.HandlerFunc {
		return answering(200, "", fmt.Sprintf(`{"ok":false,"error":%q}`, code))
	}
	tests := map[string]struct {
		handler http.HandlerFunc
		want    kinds
	}{
		"429":                        {answering(429, "Retry-After: 7", `{"ok":false,"error":"ratelimited"}`), same(lead.Throttled, 7*time.Second)},
		"429 without a delay":        {answering(429, "", ""), same(lead.Throttled, time.Second)},
		"429 with a date":            {answering(429, "Retry-After: Mon, 23 Nov 2026 09:30:00 GMT", ""), same(lead.Throttled, time.Second)},
		"429 for two hours":          {answering(429, "Retry-After: 7200", ""), same(lead.Throttled, time.Minute)},
		"500":                        {answering(500, "", "<html>"), maybe},
		"502":                        {answering(502, "", "<html>"), maybe},
		"503":                        {answering(503, "Retry-After: 3", ""), maybe},
		"408":                        {answering(408, "", ""), maybe},
		"403 of something between":   {answering(403, "", "<html>"), same(lead.Temporary, minute)},
		"404":                        {answering(404, "", "<html>"), same(lead.Temporary, minute)},
		"redirect":                   {answering(302, "Location: /api/elsewhere", ""), same(lead.Temporary, minute)},
		"connection cut":             {cut, maybe},
		"no JSON":                    {answering(200, "", "<html>maintenance</html>"), maybe},
		"JSON of something else":     {answering(200, "", "{}"), maybe},
		"half an answer":             {answering(200, "", `{"ok":true,"ts":"17`), maybe},
		"refusal without a code":     {answering(200, "", `{"ok":false}`), maybe},
		"empty":                      {answering(200, "", ""), maybe},
		"internal_error":             {refused("internal_error"), maybe},
		"fatal_error":                {refused("fatal_error"), maybe},
		"service_unavailable":        {refused("service_unavailable"), maybe},
		"ratelimited":                {refused("ratelimited"), same(lead.Throttled, time.Second)},
		"rate_limited":               {refused("rate_limited"), same(lead.Throttled, time.Second)},
		"message_limit_exceeded":     {refused("message_limit_exceeded"), same(lead.Throttled, minute)},
		"request_timeout":            {refused("request_timeout"), same(lead.Temporary, 0)},
		"a code of tomorrow":         {refused("brand_new_error"), same(lead.Temporary, 0)},
		"channel_not_found":          {refused("channel_not_found"), same(lead.Temporary, minute)},
		"not_in_channel":             {refused("not_in_channel"), same(lead.Temporary, minute)},
		"is_archived":                {refused("is_archived"), same(lead.Temporary, minute)},
		"invalid_auth":               {refused("invalid_auth"), same(lead.Temporary, minute)},
		"not_authed":                 {refused("not_authed"), same(lead.Temporary, minute)},
		"token_revoked":              {refused("token_revoked"), same(lead.Temporary, minute)},
		"token_expired":              {refused("token_expired"), same(lead.Temporary, minute)},
		"account_inactive":           {refused("account_inactive"), same(lead.Temporary, minute)},
		"missing_scope":              {refused("missing_scope"), same(lead.Temporary, minute)},
		"not_allowed_token_type":     {refused("not_allowed_token_type"), same(lead.Temporary, minute)},
		"restricted_action":          {refused("restricted_action"), same(lead.Temporary, minute)},
		"access_denied":              {refused("access_denied"), same(lead.Temporary, minute)},
		"ekm_access_denied":          {refused("ekm_access_denied"), same(lead.Temporary, minute)},
		"message_not_found":          {refused("message_not_found"), same(lead.Permanent, 0)},
		"cant_update_message":        {refused("cant_update_message"), same(lead.Permanent, 0)},
		"edit_window_closed":         {refused("edit_window_closed"), same(lead.Permanent, 0)},
		"invalid_blocks":             {refused("invalid_blocks"), same(lead.Permanent, 0)},
		"msg_too_long":               {refused("msg_too_long"), same(lead.Permanent, 0)},
		"msg_blocks_too_long":        {refused("msg_blocks_too_long"), same(lead.Permanent, 0)},
		"metadata_too_large":         {refused("metadata_too_large"), same(lead.Permanent, 0)},
		"invalid_arguments":          {refused("invalid_arguments"), same(lead.Permanent, 0)},
		"user_not_in_channel":        {refused("user_not_in_channel"), same(lead.Permanent, 0)},
		"no_text":                    {refused("no_text"), same(lead.Permanent, 0)},
		"deprecated method":          {refused("method_deprecated"), same(lead.Permanent, 0)},
		"no permission in workspace": {refused("team_access_not_granted"), same(lead.Temporary, minute)},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			p := posterAgainst(t, tt.handler)
			d := northwind()
			_, _, posted := p.Post(t.Context(), "C0REVIEW", &d)
			updated := p.Update(t.Context(), &d, "C0REVIEW", "1.2")
			told := p.PostPrivately(t.Context(), "C0REVIEW", "U0ADA0001", "hello")
			_, _, found := p.Find(t.Context(), "C0REVIEW", "l1", 1, monday)
			_, checked := p.Check(t.Context(), slack.Wanted{Groups: true})
			for call, err := range map[string]error{"post": posted, "update": updated, "tell": told, "find": found, "check": checked} {
				want := tt.want.other
				if call == "post" {
					want = tt.want.post
				}
				kind, after := lead.KindOf(err)
				if err == nil || kind != want || after != tt.want.after {
					t.Errorf("%s: kind %d after %s (%v), want kind %d after %s", call, kind, after, err, want, tt.want.after)
				}
				if err != nil && strings.Contains(err.Error(), botToken) {
					t.Errorf("%s: the token is in %v", call, err)
				}
			}
		})
	}
}

func TestNothingSentIsTemporary(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	closed := "http://" + l.Addr().String()
	l.Close()
	noNames := &http.Client{Transport: &http.Transport{DialContext: func(context.Context, string, string) (net.Conn, error) {
		return nil, &net.DNSError{Err: "no such host", Name: "slack.example", IsNotFound: true}
	}}}
	gone, cancel := context.WithCancel(t.Context())
	cancel()
	tests := map[string]struct {
		ctx context.Context
		o   slack.Options
	}{
		"connection refused": {t.Context(), slack.Options{Token: botToken, APIURL: closed + "/api/"}},
		"no such host":       {t.Context(), slack.Options{Token: botToken, APIURL: "https://slack.example/api/", HTTP: noNames}},
		"context was over":   {gone, slack.Options{Token: botToken, APIURL: closed}},
	}
	for name, tt := range tests {
		t.Run(name, func(t *testing.T) {
			d := northwind()
			_, _, err := slack.New(tt.o).Post(tt.ctx, "C0REVIEW", &d)
			if kind, _ := lead.KindOf(err); err == nil || kind != lead.Temporary {
				t.Errorf("kind %d (%v), want Temporary", kind, err)
			}
		})
	}
}

func TestPostWithoutAnswerInTimeIsUncertain(t *testing.T) {
	arrived, release := make(chan struct{}), make(chan struct{})
	defer close(release)
	p := posterAgainst(t, func(w http.ResponseWriter, r *http.Request) {
		io.Copy(io.Discard, r.Body)
		close(arrived)
		<-release
	})
	ctx, cancel := context.WithCancel(t.Context())
	go func() { <-arrived; cancel() }()
	d := northwind()
	_, _, err := p.Post(ctx, "C0REVIEW", &d)
	if kind, _ := lead.KindOf(err); kind != lead.Uncertain || !errors.Is(err, context.Canceled) {
		t.Errorf("kind %d (%v), want Uncertain", kind, err)
	}
}

func TestRefusalsSayWhatToDo(t *testing.T) {
	d := northwind()
	for code, want := range map[string]string{"is_archived": "unarchive", "not_in_channel": "/invite", "token_revoked": "SLACK_BOT_TOKEN", "missing_scope": "slack-manifest.yaml"} {
		p := posterAgainst(t, answering(200, "", fmt.Sprintf(`{"ok":false,"error":%q,"needed":"groups:history"}`, code)))
		_, _, err := p.Post(t.Context(), "C0REVIEW", &d)
		r, ok := errors.AsType[*slack.Refusal](err)
		if !ok || r.Code != code || lead.OutageOf(err) == nil || !strings.Contains(err.Error(), want) || !strings.Contains(err.Error(), "groups:history") {
			t.Errorf("%s: %v does not say %q", code, err, want)
		}
	}
	p := posterAgainst(t, answering(200, "", `{"ok":false,"error":"invalid_blocks","response_metadata":{"messages":["[ERROR] Northwind is too long [json-pointer:/blocks/0/text]"]}}`))
	_, _, err := p.Post(t.Context(), "C0REVIEW", &d)
	if !strings.Contains(err.Error(), "json-pointer:/blocks/0/text") || strings.Contains(err.Error(), "Northwind") {
		t.Errorf("%v: want the place of the fault and nothing of the lead", err)
	}
}

func TestUpdateOfADeletedCard(t *testing.T) {
	p := posterAgainst(t, answering(200, "", `{"ok":false,"error":"message_not_found"}`))
	d := northwind()
	if err := p.Update(t.Context(), &d, "C0REVIEW", "1.2"); !errors.Is(err, lead.ErrMessageGone) {
		t.Errorf("%v is not ErrMessageGone", err)
	}
	p = posterAgainst(t, answering(200, "", `{"ok":false,"error":"invalid_blocks"}`))
	if err := p.Update(t.Context(), &d, "C0REVIEW", "1.2"); err == nil || errors.Is(err, lead.ErrMessageGone) {
		t.Errorf("%v is ErrMessageGone", err)
	}
}

// Another app may copy our metadata; a deleted card with replies leaves a tombstone.
// What stands in for Slack may not know the call that looks for the card.
func TestReplyWhereACardIsNotLookedUp(t *testing.T) {
	o := open(t, false)
	d := northwind()
	r := &d.Reviews[0]
	r.Channel, r.TS = channel, o.ts
	o.slack.FailNext("chat.getPermalink", 1, sim.SlackFault{Error: "unknown_method"})
	if err := o.poster.CardStands(t.Context(), r); err != nil {
		t.Error(err)
	}
	o.slack.Remove(channel, o.ts)
	if err := o.poster.CardStands(t.Context(), r); !errors.Is(err, lead.ErrMessageGone) {
		t.Errorf("below a card that is gone: %v", err)
	}
}

func TestFindLeavesForeignMessages(t *testing.T) {
	const mark = `"metadata":{"event_type":"lead_review","event_payload":{"lead_id":"l1","round":1}}`
	for message, want := range map[string]bool{
		`{"ts":"5.1","user":"U0BOT0001","bot_id":"B0BOT0001",` + mark + `}`:                                                                 true,
		`{"ts":"5.1",` + mark + `}`:                                                                                                         true,
		`{"ts":"5.1","user":"U0OTHER01",` + mark + `}`:                                                                                      false,
		`{"ts":"5.1","bot_id":"B0OTHER01",` + mark + `}`:                                                                                    false,
		`{"ts":"5.1","user":"U0OTHER01","bot_id":"B0OTHER01",` + mark + `}`:                                                                 false,
		`{"ts":"5.1","user":"U0BOT0001","bot_id":"B0BOT0001","subtype":"tombstone",` + mark + `}`:                                           false,
		`{"ts":"5.1","user":"U0BOT0001","metadata":{"event_type":"lead_review","event_payload":{"lead_id":"l1"}}}`:                          true,
		`{"ts":"5.1","user":"U0BOT0001","metadata":{"event_type":"lead_review","event_payload":{"lead_id":"l1","round":2}}}`:                false,
		`{"ts":"5.1","user":"U0BOT0001","bot_id":"B0BOT0001","metadata":{"event_type":"other","event_payload":{"lead_id":"l1","round":1}}}`: false,
	} {
		p := posterAgainst(t, func(w http.ResponseWriter, r *http.Request) {
			if strings.HasSuffix(r.URL.Path, "/auth.test") {
				io.WriteString(w, `{"ok":true,"user_id":"U0BOT0001","bot_id":"B0BOT0001"}`)
				return
			}
			io.WriteString(w, `{"ok":true,"messages":[`+message+`],"has_more":false}`)
		})
		ts, ok, err := p.Find(t.Context(), "C0REVIEW", "l1", 1, monday)
		if err != nil || ok != want || ok && ts != "5.1" {
			t.Errorf("%s: found %v %s, %v; want %v", message, ok, ts, err, want)
		}
	}
}

func TestCheckNamesTheScopesThatLack(t *testing.T) {
	const me = `{"ok":true,"user_id":"U0BOT0001","bot_id":"B0BOT0001"}`
	for header, want := range map[string][]string{
		"":                           nil,
		"X-OAuth-Scopes: chat:write": {"channels:history", "groups:history", "commands", "usergroups:read"},
		"X-OAuth-Scopes: identify,chat:write, channels:history,groups:history,commands,usergroups:read": nil,
	} {
		lacking, err := posterAgainst(t, answering(200, header, me)).Check(t.Context(), slack.Wanted{Groups: true})
		if err != nil || !slices.Equal(lacking, want) {
			t.Errorf("%q: lacking %v, %v; want %v", header, lacking, err, want)
		}
	}
}
