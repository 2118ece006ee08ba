package sim

import (
	"cmp"
	"encoding/json"
	"io"
	"maps"
	"mime"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"time"
)

// SlackCall is one call of the Web API, as the app made it.
type SlackCall struct {
	Method string
	Args   map[string]string // without the token; JSON values as JSON text
	At     time.Time
	Status int    // HTTP status; 0: the connection was cut
	Error  string // Slack's error word, empty where ok
}

// SlackFault is what happens to a planned call. Zero fields do nothing.
type SlackFault struct {
	Delay      time.Duration // waits, or until the caller goes away
	Status     int           // HTTP status, with an HTML body as Slack's 5xx have
	RetryAfter time.Duration // with Status 429; whole seconds, at least 1
	Error      string        // an error word with HTTP 200
	Body       string        // sent as it is with Status, or with 200: a garbled answer
	// Lose carries the call out and cuts the connection before the answer.
	// A Delay then lies between the two.
	Lose bool
}

type slackPlannedFault struct {
	method string
	left   int
	SlackFault
}

// FailNext plans a fault for the next n calls of a method; "*" stands for any.
// Plans are used up in the order they were made.
func (s *Slack) FailNext(method string, n int, fault SlackFault) {
	s.change(func() { s.faults = append(s.faults, &slackPlannedFault{method: method, left: n, SlackFault: fault}) })
}

// Mend forgets the faults that were planned and have not struck.
func (s *Slack) Mend() { s.change(func() { s.faults = nil }) }

// FaultsLeft counts the planned faults that have not struck; Changed tells when one does.
func (s *Slack) FaultsLeft() int {
	return look(s, func() (left int) {
		for _, planned := range s.faults {
			left += planned.left
		}
		return left
	})
}

// takeFault returns the fault planned for this call. The lock is held.
func (s *Slack) takeFault(method string) SlackFault {
	for i, planned := range s.faults {
		if planned.method == method || planned.method == "*" {
			if planned.left--; planned.left <= 0 {
				s.faults = slices.Delete(s.faults, i, i+1)
			}
			s.notify()
			return planned.SlackFault
		}
	}
	return SlackFault{}
}

// slackArgs are the arguments of a call. A value that came as JSON is its JSON
// text, a JSON string its content, so that both encodings read alike.
type slackArgs map[string]string

func (a slackArgs) flag(name string) bool {
	v := a[name]
	return v == "1" || v == "true"
}

// slackBody is an answer's JSON object.
type slackBody map[string]any

// slackRefusal is a call refused with one of Slack's error words.
type slackRefusal struct {
	word     string
	messages []string      // response_metadata.messages
	retry    time.Duration // ratelimited
	extra    slackBody
}

func (r *slackRefusal) String() string {
	return strings.Join(append([]string{r.word}, r.messages...), " ")
}

func slackRefuse(word string, messages ...string) *slackRefusal {
	return &slackRefusal{word: word, messages: messages}
}

// slackMethod carries out a call with the lock held.
type slackMethod struct {
	do     func(*Slack, slackArgs, *slackRoom) (slackBody, *slackRefusal)
	room   slackAccess
	scopes []string // one of these is needed; none: no scope
	app    bool     // wants the app-level token
}

// slackAccess is what a method does with the room that its argument channel names.
type slackAccess int

const (
	slackNoRoom slackAccess = iota
	slackReads
	slackWrites
)

var slackMethods = map[string]slackMethod{
	"auth.test":             {do: (*Slack).authTest},
	"chat.postMessage":      {do: (*Slack).postMessage, room: slackWrites, scopes: []string{"chat:write"}},
	"chat.update":           {do: (*Slack).updateMessage, room: slackWrites, scopes: []string{"chat:write"}},
	"chat.postEphemeral":    {do: (*Slack).postEphemeral, room: slackWrites, scopes: []string{"chat:write"}},
	"chat.getPermalink":     {do: (*Slack).getPermalink},
	"conversations.history": {do: (*Slack).history, room: slackReads, scopes: []string{"channels:history", "groups:history", "im:history"}},
	"conversations.open":    {do: (*Slack).openDirect, scopes: []string{"im:write"}},
	"users.lookupByEmail":   {do: (*Slack).userByEmail, scopes: []string{"users:read.email"}},
	"conversations.replies": {do: (*Slack).threadReplies, room: slackReads, scopes: []string{"channels:history", "groups:history"}},
	"usergroups.users.list": {do: (*Slack).groupUsers, scopes: []string{"usergroups:read"}},
	"views.open":            {do: (*Slack).openView},
	"views.publish":         {do: (*Slack).publishView},
	"apps.connections.open": {do: (*Slack).openConnection, scopes: []string{"connections:write"}, app: true},
}

func (s *Slack) serveAPI(w http.ResponseWriter, r *http.Request) {
	name := r.PathValue("method")
	args, token, warning, refusal := readSlackCall(r)
	call := SlackCall{Method: name, Args: args, At: s.now(), Status: http.StatusOK}

	fault := look(s, func() SlackFault { return s.takeFault(name) })
	cut := func() {
		call.Status = 0
		s.record(call)
	}
	if !fault.Lose {
		if !slackWait(r, fault.Delay) {
			cut()
			panic(http.ErrAbortHandler)
		}
		if fault.Status != 0 || fault.Body != "" || fault.Error != "" {
			s.answerFault(w, fault, call)
			return
		}
	}

	var body slackBody
	if refusal == nil {
		refusal = look(s, func() (refusal *slackRefusal) {
			body, refusal = s.carryOut(name, token, args)
			return refusal
		})
	}
	if fault.Lose {
		cut()
		slackWait(r, fault.Delay)
		panic(http.ErrAbortHandler)
	}
	w.Header().Set("X-OAuth-Scopes", strings.Join(s.opt.Scopes, ","))
	if refusal != nil {
		call.Error = refusal.word
		body = slackBody{"ok": false, "error": refusal.word}
		maps.Copy(body, refusal.extra)
		if len(refusal.messages) > 0 {
			body["errors"] = refusal.messages
			body["response_metadata"] = slackBody{"messages": refusal.messages}
		}
		if refusal.word == "ratelimited" {
			call.Status = http.StatusTooManyRequests
			w.Header().Set("Retry-After", seconds(refusal.retry))
		}
	} else {
		body["ok"] = true
	}
	if warning != "" && body["response_metadata"] == nil {
		body["warning"] = warning
		body["response_metadata"] = slackBody{"warnings": []string{warning}}
	}
	s.record(call)
	writeJSON(w, call.Status, body)
}

// carryOut checks the token and does the call. The lock is held.
func (s *Slack) carryOut(name, token string, args slackArgs) (slackBody, *slackRefusal) {
	method, known := slackMethods[name]
	switch {
	case !known:
		return nil, &slackRefusal{word: "unknown_method", extra: slackBody{"req_method": name}}
	case token == "":
		return nil, slackRefuse("not_authed")
	case token != s.opt.BotToken && (s.opt.AppToken == "" || token != s.opt.AppToken):
		return nil, slackRefuse("invalid_auth")
	case s.revoked:
		return nil, slackRefuse("token_revoked")
	case name != "auth.test" && method.app != (token == s.opt.AppToken):
		return nil, slackRefuse("not_allowed_token_type")
	}
	if len(method.scopes) > 0 && !method.app &&
		!slices.ContainsFunc(method.scopes, func(scope string) bool { return slices.Contains(s.opt.Scopes, scope) }) {
		return nil, &slackRefusal{word: "missing_scope",
			extra: slackBody{"needed": method.scopes[0], "provided": strings.Join(s.opt.Scopes, ",")}}
	}
	id := args["channel"]
	if name == "chat.postMessage" {
		id = s.roomByName(id)
	}
	room, refusal := s.room(id, method.room)
	if refusal != nil {
		return nil, refusal
	}
	if method.room == slackReads && !slices.Contains(s.opt.Scopes, historyScope(room)) {
		return nil, &slackRefusal{word: "missing_scope", extra: slackBody{"needed": historyScope(room), "provided": strings.Join(s.opt.Scopes, ",")}}
	}
	return method.do(s, args, room)
}

func (s *Slack) authTest(slackArgs, *slackRoom) (slackBody, *slackRefusal) {
	return slackBody{"url": s.base + "/", "team": s.opt.TeamName, "user": s.opt.AppName,
		"team_id": slackTeamID, "user_id": slackBotUID, "bot_id": slackBotID, "is_enterprise_install": false}, nil
}

func (s *Slack) record(call SlackCall) {
	s.change(func() { s.calls = append(s.calls, call) })
	s.log.Debug("slack_call", "method", call.Method, "status", call.Status, "error", call.Error)
}

func (s *Slack) answerFault(w http.ResponseWriter, fault SlackFault, call SlackCall) {
	call.Status, call.Error = cmp.Or(fault.Status, http.StatusOK), fault.Error
	if fault.RetryAfter > 0 {
		w.Header().Set("Retry-After", seconds(fault.RetryAfter))
		call.Error = "ratelimited"
	}
	s.record(call)
	if fault.Body == "" && call.Error != "" {
		writeJSON(w, call.Status, slackBody{"ok": false, "error": call.Error})
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.WriteHeader(call.Status)
	io.WriteString(w, cmp.Or(fault.Body, "<html><body>"+http.StatusText(call.Status)+"</body></html>"))
}

// slackWait waits and reports whether the caller is still there.
func slackWait(r *http.Request, d time.Duration) bool { return d <= 0 || pause(r, d) }

// readSlackCall reads arguments and token of a call in either encoding. A token
// inside a JSON body does not count, as with Slack.
func readSlackCall(r *http.Request) (args slackArgs, token, warning string, refusal *slackRefusal) {
	args = slackArgs{}
	for k, v := range r.URL.Query() {
		args[k] = v[0]
	}
	raw, err := io.ReadAll(io.LimitReader(r.Body, 4<<20))
	if err != nil {
		return args, "", "", slackRefuse("request_timeout")
	}
	kind, params, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	switch {
	case len(raw) == 0:
	case kind == "application/x-www-form-urlencoded":
		form, err := url.ParseQuery(string(raw))
		if err != nil {
			return args, "", "", slackRefuse("invalid_form_data")
		}
		for k, v := range form {
			args[k] = v[0]
		}
	case kind == "application/json":
		if params["charset"] == "" {
			warning = "missing_charset"
		}
		var fields map[string]json.RawMessage
		if err := json.Unmarshal(raw, &fields); err != nil {
			return args, "", warning, slackRefuse("invalid_json")
		}
		delete(fields, "token")
		maps.Copy(args, slackTexts(fields))
	default:
		return args, "", "", slackRefuse("invalid_post_type")
	}
	token = args["token"]
	delete(args, "token")
	if bearer, ok := strings.CutPrefix(r.Header.Get("Authorization"), "Bearer "); ok {
		token = bearer
	}
	return args, token, warning, nil
}

// slackTexts are a JSON string's content, and any other value's JSON text.
func slackTexts(fields map[string]json.RawMessage) slackArgs {
	args := slackArgs{}
	for name, raw := range fields {
		var text string
		if json.Unmarshal(raw, &text) != nil {
			text = string(raw)
		}
		args[name] = text
	}
	return args
}
