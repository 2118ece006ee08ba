package sim

import (
	"context"
	"embed"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"mime"
	"net/http"
	"slices"
	"time"
)

//go:embed channel
var slackPageFiles embed.FS

// InboxItem is something the CRM received, for the page.
type InboxItem struct {
	ID       string          `json:"id"`
	Type     string          `json:"type"`
	At       time.Time       `json:"at"`
	Verified bool            `json:"verified"`
	Body     json.RawMessage `json:"body"`
	Note     string          `json:"note,omitempty"` // in place of what is said of its signature
}

// slackPageMessages is how many messages of a channel the page shows.
const slackPageMessages = 300

// slackPagePolicy lets the page load nothing but itself and run no inline script.
const slackPagePolicy = "default-src 'none'; script-src 'self'; style-src 'self'; connect-src 'self'; " +
	"img-src 'self' data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"

func (s *Slack) mountPage() {
	files, err := fs.Sub(slackPageFiles, "channel")
	if err != nil {
		panic(err) // the folder is embedded
	}
	static := http.StripPrefix("/channel/", http.FileServerFS(files))
	s.mux.HandleFunc("GET /channel/", func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Security-Policy", slackPagePolicy)
		w.Header().Set("X-Content-Type-Options", "nosniff")
		w.Header().Set("Referrer-Policy", "no-referrer")
		w.Header().Set("Cache-Control", "no-store")
		static.ServeHTTP(w, r)
	})
	s.mux.HandleFunc("GET /channel/api/state", s.servePageState)
	s.mux.HandleFunc("GET /channel/api/events", s.servePageEvents)
	s.mux.HandleFunc("POST /channel/api/{act}", s.servePageAct)
}

// servePageEvents says that something changed; the page then asks for the state.
func (s *Slack) servePageEvents(w http.ResponseWriter, r *http.Request) {
	flusher, ok := w.(http.Flusher)
	if !ok {
		http.Error(w, "this server cannot stream", http.StatusInternalServerError)
		return
	}
	http.NewResponseController(w).SetWriteDeadline(time.Time{}) // a stream has no end
	w.Header().Set("Content-Type", "text/event-stream")
	w.Header().Set("Cache-Control", "no-store")
	for {
		s.mu.Lock()
		changed, revision := s.changed, s.revision
		s.mu.Unlock()
		if _, err := fmt.Fprintf(w, "data: %d\n\n", revision); err != nil {
			return
		}
		flusher.Flush()
		select {
		case <-changed:
		case <-r.Context().Done():
			return
		case <-s.done:
			return
		}
	}
}

// servePageState is everything that one person sees.
func (s *Slack) servePageState(w http.ResponseWriter, r *http.Request) {
	me := r.URL.Query().Get("user")
	inbox := []InboxItem{}
	if s.opt.Inbox != nil {
		inbox = append(inbox, s.opt.Inbox()...) // asked without the lock: it may call us
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.users[me]; !ok {
		me = s.opt.Users[0].ID
	}
	body := slackBody{"revision": s.revision, "team": s.opt.TeamName, "app": s.opt.AppName, "app_user": slackBotUID,
		"banner": s.opt.Banner, "hint": s.hint, "me": me, "now": s.now(), "has_inbox": s.opt.Inbox != nil, "inbox": inbox,
		"users": s.opt.Users, "modal": nil, "home": nil, "has_home": s.opt.HomeTab, "commands": s.opt.Commands}
	type channel struct {
		SlackChannel
		Messages []slackBody `json:"messages"`
	}
	channels := []channel{}
	for _, id := range s.order {
		channels = append(channels, channel{s.channels[id].SlackChannel, s.pageMessages(id, me)})
	}
	body["channels"] = channels
	for _, kind := range []string{"home", "modal"} {
		if v := s.openFor(me, kind); v != nil {
			shown := s.wireView(v, nil)
			shown["errors"] = v.Errors
			body[kind] = shown
		}
	}
	w.Header().Set("Cache-Control", "no-store")
	writeJSON(w, http.StatusOK, body)
}

// pageMessages are a channel's messages and what one person alone sees there, in
// order. The lock is held.
func (s *Slack) pageMessages(channel, me string) []slackBody {
	list := slices.DeleteFunc(slices.Concat(s.messages[channel], s.ephemerals), func(m *SlackMessage) bool {
		return m.Deleted || m.Channel != channel || m.OnlyFor != "" && m.OnlyFor != me
	})
	slices.SortStableFunc(list, func(a, b *SlackMessage) int {
		x, _ := slackMicros(a.TS)
		y, _ := slackMicros(b.TS)
		return int(x - y)
	})
	list = list[max(0, len(list)-slackPageMessages):]
	out := []slackBody{}
	for _, m := range list {
		shown := s.wire(m, true)
		shown["thread"] = m.ThreadTS
		shown["ephemeral"] = m.OnlyFor != ""
		shown["drawings"] = len(m.History) + 1
		if m.Blocks == nil || len(m.blocks) == 0 {
			shown["blocks"] = []any{}
		}
		out = append(out, shown)
	}
	return out
}

// slackPageAct is what the page asks for in a person's name.
type slackPageAct struct {
	slackAct
	Values map[string]string `json:"values"`
	Text   string            `json:"text"`
	Thread string            `json:"thread"`
}

// servePageAct does in a person's name what the page asks for. It wants JSON,
// which no form of another site can send.
func (s *Slack) servePageAct(w http.ResponseWriter, r *http.Request) {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	site := r.Header.Get("Sec-Fetch-Site")
	if kind != "application/json" || site != "" && site != "same-origin" && site != "none" {
		http.Error(w, "send JSON from the channel page", http.StatusForbidden)
		return
	}
	var act slackPageAct
	if err := json.NewDecoder(http.MaxBytesReader(w, r.Body, 1<<20)).Decode(&act); err != nil {
		http.Error(w, "send JSON from the channel page", http.StatusBadRequest)
		return
	}
	answer, err := s.pageAct(r.Context(), r.PathValue("act"), act)
	said := slackBody{"errors": answer.Errors, "problem": answer.Problem, "status": answer.Status, "ms": answer.Took.Milliseconds()}
	if invalid, ok := errors.AsType[*SlackInputError](err); ok {
		said = slackBody{"errors": invalid.Errors}
	} else if err != nil {
		said = slackBody{"problem": err.Error()}
	}
	writeJSON(w, http.StatusOK, said)
}

func (s *Slack) pageAct(ctx context.Context, name string, act slackPageAct) (SlackAnswer, error) {
	switch name {
	case "click":
		return s.act(ctx, act.slackAct)
	case "submit":
		return s.Submit(ctx, act.User, act.View, act.Values)
	case "close":
		return s.CloseView(ctx, act.User, act.View)
	case "command":
		return s.Command(ctx, act.User, act.Channel, act.Text)
	case "home":
		return s.OpenHome(ctx, act.User)
	case "say":
		_, err := s.Say(act.User, act.Channel, act.Thread, act.Text)
		return SlackAnswer{}, err
	default:
		return SlackAnswer{}, fmt.Errorf("the page knows no %q", name)
	}
}
