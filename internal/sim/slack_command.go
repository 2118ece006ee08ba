package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
)

// Command types a slash command, such as "/eql pending", into a channel. What the
// app answers at once is shown as Slack shows it: to the person alone unless it
// says in_channel.
func (s *Slack) Command(ctx context.Context, user, channel, line string) (SlackAnswer, error) {
	command, text, _ := strings.Cut(strings.TrimSpace(line), " ")
	s.mu.Lock()
	who, known := s.users[user]
	room, ok := s.channels[channel]
	if !known || !ok || !strings.HasPrefix(command, "/") {
		s.mu.Unlock()
		return SlackAnswer{}, fmt.Errorf("%q by %s in %s is no command", line, user, channel)
	}
	if s.opt.Commands != nil && !slices.Contains(s.opt.Commands, command) {
		s.mu.Unlock()
		return SlackAnswer{}, fmt.Errorf("%s is not a valid command", command)
	}
	payload := slackBody{"token": "legacy-token-is-not-used", "team_id": slackTeamID, "team_domain": slackDomain(s.opt.TeamName),
		"channel_id": channel, "channel_name": room.Name, "user_id": user, "user_name": who.Name,
		"command": command, "text": strings.TrimSpace(text), "api_app_id": slackAppID, "is_enterprise_install": "false",
		"response_url": s.newResponseURL(channel, user, nil), "trigger_id": s.newTrigger(user)}
	s.mu.Unlock()
	return s.deliver(ctx, slackDelivery{envelope: "slash_commands", payload: payload,
		answer: SlackAnswer{Kind: "command", User: user, Channel: channel}, after: func(answer *SlackAnswer) {
			if body := bytes.TrimSpace(answer.Body); len(body) > 0 {
				if refusal := s.showCommandAnswer(user, channel, body); refusal != nil {
					answer.Problem = refusal.String()
				}
			}
		}})
}

// showCommandAnswer shows JSON as a message and anything else as text. The lock is held.
func (s *Slack) showCommandAnswer(user, channel string, body []byte) *slackRefusal {
	args := slackArgs{"text": string(body)}
	var fields map[string]json.RawMessage
	if json.Unmarshal(body, &fields) == nil {
		args = slackTexts(fields)
		delete(args, "metadata")
	}
	content, refusal := slackReadContent(args, slackPostText)
	switch {
	case refusal == nil:
		s.answer(channel, user, args, content)
	case refusal.word == "no_text":
		return nil
	}
	return refusal
}

// OpenHome opens the app's home tab: the app gets app_home_opened and may publish
// a view for the person.
func (s *Slack) OpenHome(ctx context.Context, user string) (SlackAnswer, error) {
	s.mu.Lock()
	event := slackBody{"type": "app_home_opened", "user": user, "channel": "D" + strings.TrimPrefix(user, "U"),
		"tab": "home", "event_ts": slackTS(s.now().UnixMicro())}
	if home := s.openFor(user, "home"); home != nil {
		event["view"] = s.wireView(home, nil)
	}
	s.mu.Unlock()
	return s.Event(ctx, user, event)
}

// Event tells the app of something that a person did, as the Events API does.
func (s *Slack) Event(ctx context.Context, user string, event map[string]any) (SlackAnswer, error) {
	payload := slackBody{"type": "event_callback", "token": "legacy-token-is-not-used", "team_id": slackTeamID,
		"api_app_id": slackAppID, "event": event, "event_id": slackID("Ev"), "event_time": s.now().Unix(),
		"authorizations": []slackBody{{"team_id": slackTeamID, "user_id": slackBotUID, "is_bot": true}}}
	delivery := slackDelivery{envelope: "events_api", payload: payload,
		answer: SlackAnswer{Kind: "event", User: user}}
	answer, err := s.deliver(ctx, delivery)
	if answer.Problem != "" { // an event that was not taken comes again at once, then after a minute and after five
		delivery.retry = 1
		answer, err = s.deliver(ctx, delivery)
	}
	return answer, err
}

// Say posts a message as a person, in a channel or in the thread of a message.
func (s *Slack) Say(user, channel, thread, text string) (SlackMessage, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.users[user]; !ok || s.channels[channel] == nil || text == "" {
		return SlackMessage{}, fmt.Errorf("%s cannot say %q in %s", user, text, channel)
	}
	return s.post(channel, user, thread, slackContent{text: text}).clone(), nil
}

// Remove deletes a message by hand, as an administrator can. It reports whether it was there.
func (s *Slack) Remove(channel, ts string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	m := s.find(channel, ts)
	if m == nil {
		return false
	}
	m.Deleted = true
	s.notify()
	return true
}
