package sim

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"time"
)

// A response_url works so long and so often.
const (
	slackResponseLife = 30 * time.Minute
	slackResponseUses = 5
)

// slackReply is where a response_url answers to.
type slackReply struct {
	channel, user string
	message       *SlackMessage // the one acted on; nil for a command
	at            time.Time
	uses          int
}

// newResponseURL issues a response_url. The lock is held.
func (s *Slack) newResponseURL(channel, user string, m *SlackMessage) string {
	secret := strings.ToLower(slackID("") + slackID(""))
	s.replies[secret] = &slackReply{channel: channel, user: user, message: m, at: s.now()}
	return s.base + "/respond/" + secret
}

func (s *Slack) serveResponseURL(w http.ResponseWriter, r *http.Request) {
	raw, err := io.ReadAll(io.LimitReader(r.Body, 1<<20))
	if err != nil {
		return
	}
	var fields map[string]json.RawMessage
	_ = json.Unmarshal(raw, &fields) // nil where it is no object
	call := SlackCall{Method: "response_url", At: s.now(), Status: http.StatusOK, Args: slackTexts(fields)}
	s.mu.Lock()
	refusal := s.respond(r.PathValue("secret"), fields, call.Args)
	s.mu.Unlock()
	if refusal != nil {
		call.Error, call.Status = refusal.word, http.StatusBadRequest
		if refusal.word == "used_url" || refusal.word == "expired_url" {
			call.Status = http.StatusNotFound
		}
		s.record(call)
		writeJSON(w, call.Status, slackBody{"ok": false, "error": refusal.word, "errors": refusal.messages})
		return
	}
	s.record(call)
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	io.WriteString(w, "ok")
}

// respond carries out one use of a response_url. The lock is held.
func (s *Slack) respond(secret string, fields map[string]json.RawMessage, args slackArgs) *slackRefusal {
	reply, ok := s.replies[secret]
	switch {
	case !ok, ok && s.now().Sub(reply.at) > slackResponseLife:
		return slackRefuse("expired_url")
	case reply.uses >= slackResponseUses:
		return slackRefuse("used_url")
	case fields == nil:
		return slackRefuse("invalid_payload")
	}
	delete(args, "metadata") // slack-go always sends the field, mostly empty
	content, refusal := slackReadContent(args, slackPostText)
	if refusal != nil {
		return refusal
	}
	reply.uses++
	if args["replace_original"] == "true" && reply.message != nil {
		s.redraw(reply.message, content)
	} else {
		s.answer(reply.channel, reply.user, args, content)
	}
	return nil
}

// answer shows what the app says to a person: to all where it says so. The lock is held.
func (s *Slack) answer(channel, user string, args slackArgs, content slackContent) {
	if args["response_type"] == "in_channel" {
		s.post(channel, slackBotUID, args["thread_ts"], content)
	} else {
		s.whisper(channel, user, args["thread_ts"], content)
	}
}
