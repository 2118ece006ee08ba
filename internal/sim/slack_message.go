package sim

import (
	"encoding/json"
	"slices"
	"strings"
	"time"
)

// SlackMessage is a message as it stands now, with how it stood before.
type SlackMessage struct {
	Channel  string
	TS       string
	ThreadTS string // of a reply: the message it answers
	User     string // who wrote it; the app's own user for the app
	SlackDrawing
	Edited  time.Time // zero: never
	Deleted bool
	History []SlackDrawing // older drawings, oldest first

	OnlyFor string // ephemeral: the one person who sees it
}

// SlackDrawing is what a message looks like, or looked like before an edit.
type SlackDrawing struct {
	Text     string
	Blocks   json.RawMessage // [] where none, with the ids Slack added
	Metadata *SlackMetadata

	blocks []slackBlock
}

// SlackMetadata is what an app attaches to a message for itself.
type SlackMetadata struct {
	EventType    string         `json:"event_type"`
	EventPayload map[string]any `json:"event_payload"`
}

// Actions are the ids of the elements a person can use in the message as it
// stands, in order. A redrawn card without buttons has none.
func (m SlackMessage) Actions() []string { return slackActionIDs(m.blocks) }

// Value is the value of the button that carries an action id, "" where there is none.
func (m SlackMessage) Value(actionID string) string {
	element, _ := slackFind(m.blocks, actionID, "")
	value, _ := element["value"].(string)
	return value
}

// Plain is all text of the message and its blocks, one line for each text.
func (m SlackMessage) Plain() string { return slackPlain(m.Text, m.blocks) }

func (m *SlackMessage) setBlocks(blocks []slackBlock) {
	m.blocks, m.Blocks = blocks, slackRaw(blocks)
}

func (m *SlackMessage) clone() SlackMessage {
	c := *m
	c.History = slices.Clone(m.History)
	return c
}

func slackActionIDs(blocks []slackBlock) []string {
	var ids []string
	for _, block := range blocks {
		for _, element := range slackElements(block) {
			id, _ := element["action_id"].(string)
			ids = append(ids, id)
		}
	}
	return ids
}

// slackFind returns the element with an action id and its block. A block id
// narrows the search; empty means any block.
func slackFind(blocks []slackBlock, actionID, blockID string) (element, block slackBlock) {
	for _, block := range blocks {
		if blockID != "" && block["block_id"] != blockID {
			continue
		}
		for _, element := range slackElements(block) {
			if element["action_id"] == actionID {
				return element, block
			}
		}
	}
	return nil, nil
}

func slackPlain(text string, blocks []slackBlock) string {
	lines := []string{}
	if text != "" {
		lines = append(lines, text)
	}
	for _, block := range blocks {
		lines = slackGather(lines, block)
	}
	return strings.Join(lines, "\n")
}

// slackGather appends the text objects inside a value, in the order of the page.
func slackGather(lines []string, value any) []string {
	switch v := value.(type) {
	case []any:
		for _, item := range v {
			lines = slackGather(lines, item)
		}
	case slackBlock:
		if text, ok := v["text"].(string); ok {
			return append(lines, text)
		}
		for _, key := range []string{"label", "text", "fields", "elements", "element", "accessory", "options", "hint"} {
			lines = slackGather(lines, v[key])
		}
	}
	return lines
}

func slackRaw(value any) json.RawMessage {
	if blocks, ok := value.([]slackBlock); ok && blocks == nil {
		return json.RawMessage("[]")
	}
	return json.RawMessage(encodeArguments(value))
}

// wire is the message as the Web API and interactions show it. The lock is held.
func (s *Slack) wire(m *SlackMessage, metadata bool) slackBody {
	body := slackBody{"type": "message", "user": m.User, "ts": m.TS, "text": m.Text, "team": slackTeamID}
	if m.User == slackBotUID {
		body["bot_id"], body["app_id"] = slackBotID, slackAppID
		body["bot_profile"] = slackBody{"id": slackBotID, "app_id": slackAppID, "name": s.opt.AppName,
			"deleted": false, "updated": 0, "team_id": slackTeamID}
	}
	if len(m.blocks) > 0 {
		body["blocks"] = m.Blocks
	}
	if !m.Edited.IsZero() {
		body["edited"] = slackBody{"user": m.User, "ts": slackTS(m.Edited.UnixMicro())}
	}
	if metadata && m.Metadata != nil {
		body["metadata"] = m.Metadata
	}
	if m.ThreadTS != "" {
		body["thread_ts"] = m.ThreadTS
		body["parent_user_id"] = slackBotUID
	}
	if m.OnlyFor == "" {
		if replies := s.repliesTo(m); len(replies) > 0 {
			body["thread_ts"] = m.TS
			body["reply_count"] = len(replies)
			body["latest_reply"] = replies[len(replies)-1].TS
		}
	}
	return body
}

// repliesTo are the standing replies of a thread, oldest first. The lock is held.
func (s *Slack) repliesTo(parent *SlackMessage) []*SlackMessage {
	var replies []*SlackMessage
	for _, m := range s.messages[parent.Channel] {
		if m.ThreadTS == parent.TS && !m.Deleted {
			replies = append(replies, m)
		}
	}
	return replies
}

// find returns a standing message, or nil. The lock is held.
func (s *Slack) find(channel, ts string) *SlackMessage {
	for _, m := range slices.Backward(s.messages[channel]) {
		if m.TS == ts && !m.Deleted {
			return m
		}
	}
	return nil
}
