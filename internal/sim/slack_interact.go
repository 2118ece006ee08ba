package sim

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strings"
)

// ErrSlackNoElement: what should be clicked is not there to be clicked.
var ErrSlackNoElement = errors.New("no such element")

// slackDrawn is a surface a person acts on, a message or a view, as drawn.
type slackDrawn struct {
	message *SlackMessage
	view    *SlackView
	SlackDrawing
}

// Click presses the button with an action id in a message, as it is drawn now.
// A confirmation is answered with yes. The error says that the button is not
// there, or that the app did not answer; a refusal by the app is in the answer.
func (s *Slack) Click(ctx context.Context, user, channel, ts, actionID string) (SlackAnswer, error) {
	return s.act(ctx, slackAct{User: user, Channel: channel, TS: ts, ActionID: actionID})
}

// Choose picks the option with a value in an overflow menu or a select of a message.
func (s *Slack) Choose(ctx context.Context, user, channel, ts, actionID, value string) (SlackAnswer, error) {
	return s.act(ctx, slackAct{User: user, Channel: channel, TS: ts, ActionID: actionID, Option: value})
}

// ClickStale presses a button of the newest older drawing that has it, as a
// person does whose screen has not caught up; the message may be gone by now.
func (s *Slack) ClickStale(ctx context.Context, user, channel, ts, actionID string) (SlackAnswer, error) {
	return s.act(ctx, slackAct{User: user, Channel: channel, TS: ts, ActionID: actionID, stale: true})
}

// ClickView presses a button in an open modal or home tab, or picks an option there.
func (s *Slack) ClickView(ctx context.Context, user, viewID, actionID, option string) (SlackAnswer, error) {
	return s.act(ctx, slackAct{User: user, View: viewID, ActionID: actionID, Option: option})
}

// slackAct is what a person does to one element, as the page sends it.
type slackAct struct {
	User     string `json:"user"`
	Channel  string `json:"channel"`
	TS       string `json:"ts"`
	View     string `json:"view"`
	ActionID string `json:"action_id"`
	BlockID  string `json:"block_id"`
	Option   string `json:"option"`
	Drawing  int    `json:"drawing"` // of the message, counted from 1, that the person sees; 0: the newest
	stale    bool
}

func (s *Slack) act(ctx context.Context, act slackAct) (SlackAnswer, error) {
	s.mu.Lock()
	payload, err := s.actPayload(act)
	s.mu.Unlock()
	if err != nil {
		return SlackAnswer{}, err
	}
	return s.interact(ctx, payload, SlackAnswer{Kind: "block_actions", User: act.User, Channel: act.Channel, TS: act.TS,
		ViewID: act.View, ActionID: act.ActionID}, nil)
}

// drawn finds what a person acts on. The lock is held.
func (s *Slack) drawn(act slackAct) (slackDrawn, error) {
	if act.View != "" {
		view, err := s.before(act.User, act.View, false)
		if err != nil {
			return slackDrawn{}, err
		}
		return slackDrawn{view: view, SlackDrawing: SlackDrawing{blocks: view.blocks}}, nil
	}
	all := slices.Concat(s.messages[act.Channel], s.ephemerals)
	i := slices.IndexFunc(all, func(m *SlackMessage) bool {
		return m.Channel == act.Channel && m.TS == act.TS && (m.OnlyFor == "" || m.OnlyFor == act.User) &&
			(!m.Deleted || act.stale || act.Drawing > 0)
	})
	if i < 0 {
		return slackDrawn{}, fmt.Errorf("message %s in %s: %w", act.TS, act.Channel, ErrSlackNoElement)
	}
	m := all[i]
	drawings := append(slices.Clone(m.History), m.SlackDrawing)
	n := len(drawings) // of the one that the person sees
	if act.Drawing > 0 {
		n = min(act.Drawing, n)
	}
	for ; act.stale && n > 0; n-- { // the newest older one that has the element
		element, _ := slackFind(drawings[n-1].blocks, act.ActionID, act.BlockID)
		if element != nil && (n < len(drawings) || m.Deleted) {
			break
		}
	}
	if n == 0 {
		return slackDrawn{}, fmt.Errorf("%s stands in no older drawing of message %s: %w", act.ActionID, act.TS, ErrSlackNoElement)
	}
	return slackDrawn{message: m, SlackDrawing: drawings[n-1]}, nil
}

// actPayload builds a block_actions payload. The lock is held.
func (s *Slack) actPayload(act slackAct) (slackBody, error) {
	user, ok := s.users[act.User]
	if !ok {
		return nil, fmt.Errorf("user %s is not in the workspace", act.User)
	}
	on, err := s.drawn(act)
	if err != nil {
		return nil, err
	}
	element, block := slackFind(on.blocks, act.ActionID, act.BlockID)
	if element == nil {
		return nil, fmt.Errorf("%s is not among [%s] as drawn now: %w", act.ActionID,
			strings.Join(slackActionIDs(on.blocks), " "), ErrSlackNoElement)
	}
	action := slackBody{"type": element["type"], "action_id": element["action_id"], "block_id": block["block_id"],
		"action_ts": slackTS(s.now().UnixMicro())}
	var chosen any
	switch element["type"] {
	case "button":
		for _, key := range []string{"text", "value", "style", "url"} {
			if element[key] != nil {
				action[key] = element[key]
			}
		}
	case "overflow", "static_select":
		option := slackOption(element, act.Option)
		if option == nil {
			return nil, fmt.Errorf("%s has no option with value %q: %w", act.ActionID, act.Option, ErrSlackNoElement)
		}
		chosen, action["selected_option"] = option, option
	default:
		return nil, fmt.Errorf("%s is a %v, which sends nothing: %w", act.ActionID, element["type"], ErrSlackNoElement)
	}
	payload := s.envelope("block_actions", user)
	payload["actions"] = []slackBody{action}
	state := slackState(on.blocks, nil)
	if chosen != nil && element["type"] == "static_select" {
		state[block["block_id"].(string)].(slackBody)[act.ActionID] = slackBody{"type": "static_select", "selected_option": chosen}
	}
	if on.view != nil {
		payload["container"] = slackBody{"type": "view", "view_id": on.view.ID}
		payload["view"] = s.wireView(on.view, state)
		payload["trigger_id"] = s.newTrigger(user.ID)
		return payload, nil
	}
	m := on.message
	container := slackBody{"type": "message", "message_ts": m.TS, "channel_id": m.Channel, "is_ephemeral": m.OnlyFor != ""}
	if m.ThreadTS != "" {
		container["thread_ts"] = m.ThreadTS
	}
	payload["container"] = container
	payload["channel"] = slackBody{"id": m.Channel, "name": s.channels[m.Channel].Name}
	payload["state"] = slackBody{"values": state}
	payload["trigger_id"] = s.newTrigger(user.ID)
	payload["response_url"] = s.newResponseURL(m.Channel, user.ID, m)
	if m.OnlyFor == "" {
		shown := *m
		shown.SlackDrawing = on.SlackDrawing
		payload["message"] = s.wire(&shown, true)
	}
	return payload, nil
}

// envelope holds what every interaction carries. The lock is held.
func (s *Slack) envelope(kind string, user SlackUser) slackBody {
	return slackBody{"type": kind, "api_app_id": slackAppID, "token": "legacy-token-is-not-used",
		"team":       slackBody{"id": slackTeamID, "domain": slackDomain(s.opt.TeamName)},
		"enterprise": nil, "is_enterprise_install": false,
		"user": slackBody{"id": user.ID, "username": user.Name, "name": user.Name, "team_id": slackTeamID}}
}

// slackDomain is a workspace name as the first label of its address.
func slackDomain(name string) string {
	return strings.Trim(strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' {
			return r
		}
		return '-'
	}, strings.ToLower(name)), "-")
}

// slackState is the state of every element that has one: what the person gave
// under "block/action", or what the element starts with.
func slackState(blocks []slackBlock, given map[string]string) slackBody {
	values := slackBody{}
	for _, block := range blocks {
		for _, element := range slackElements(block) {
			id, _ := element["action_id"].(string)
			blockID, _ := block["block_id"].(string)
			text, typed := given[blockID+"/"+id]
			if !typed {
				text, typed = given[blockID] // the block's one element
			}
			name, value := "value", element["initial_value"]
			if element["type"] == "static_select" {
				name, value = "selected_option", element["initial_option"]
			} else if element["type"] != "plain_text_input" {
				continue
			}
			if typed {
				value = nil
			}
			if option := slackOption(element, text); typed && option != nil {
				value = option
			} else if typed && text != "" && name == "value" {
				value = text
			}
			if values[blockID] == nil {
				values[blockID] = slackBody{}
			}
			values[blockID].(slackBody)[id] = slackBody{"type": element["type"], name: value}
		}
	}
	return values
}
