package slack

import (
	"context"
	"encoding/json"
	"io"
	"net/http"
)

const homeOpened = "app_home_opened"

// Events are what the app subscribes to in slack-manifest.yaml.
var Events = []string{homeOpened}

// callback is a request of the Events API.
type callback struct {
	Type      string `json:"type"`
	Challenge string `json:"challenge"`
	Team      string `json:"team_id"`
	AppID     string `json:"api_app_id"`
	Event     struct {
		Type string `json:"type"`
		User string `json:"user"`
		Tab  string `json:"tab"`
	} `json:"event"`
}

// Event takes an event; what follows it comes after the answer. Slack repeats
// an event that was not answered in time (X-Slack-Retry-Num): drawing a home
// tab twice shows the same, so repeats need no memory.
func (a *Actions) Event(ctx context.Context, c callback) Answer {
	if why := a.foreign(ctx, c.Team, c.AppID); why != "" {
		return Answer{Refused: why}
	}
	c.Event.User = person(c.Event.User)
	if c.Event.Type != homeOpened || c.Event.User == "" {
		a.o.Logger.DebugContext(ctx, "slack event ignored", "type", c.Event.Type)
		return Answer{}
	}
	if c.Event.Tab != "" && c.Event.Tab != "home" { // the app's messages were opened
		return Answer{}
	}
	return a.drawHome(c.Event.User)
}

func (a *Actions) drawHome(user string) Answer {
	if a.o.Records == nil {
		return Answer{}
	}
	a.homes.look(user, a.o.Now())
	return Answer{After: func(ctx context.Context) {
		a.o.Groups.await(ctx)
		a.publish(ctx, user)
	}}
}

// EventsAPI is POST /slack/events.
func (a *Actions) EventsAPI() http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, ok := a.signed(w, r)
		if !ok {
			return
		}
		var c callback
		if err := json.Unmarshal(body, &c); err != nil {
			http.Error(w, "the body is not an event in JSON", http.StatusBadRequest)
			return
		}
		if c.Type == "url_verification" {
			w.Header().Set("Content-Type", "text/plain; charset=utf-8")
			io.WriteString(w, c.Challenge)
			return
		}
		a.respond(w, r, a.Event(r.Context(), c))
	})
}
