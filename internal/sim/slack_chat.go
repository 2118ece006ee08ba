package sim

import (
	"cmp"
	"encoding/json"
	"errors"
	"net/http"
	"net/url"
	"strings"
	"time"
	"unicode/utf8"
)

// Lengths of a message's text, in characters.
const (
	slackPostText   = 40000
	slackUpdateText = 4000
)

// slackContent is what a message is made of, checked.
type slackContent struct {
	text     string
	blocks   []slackBlock // nil: none were sent
	metadata *SlackMetadata
	hasMeta  bool
}

// slackReadContent reads text, blocks and metadata of a call. Content without text and
// blocks is no_text, and read none the less.
func slackReadContent(args slackArgs, longest int) (c slackContent, refusal *slackRefusal) {
	c.text = args["text"]
	if utf8.RuneCountInString(c.text) > longest {
		return c, slackRefuse("msg_too_long")
	}
	if raw := args["blocks"]; raw != "" {
		var list []json.RawMessage
		if json.Unmarshal([]byte(raw), &list) != nil {
			return c, slackRefuse("invalid_blocks_format")
		}
		var faults []string
		if c.blocks, faults = parseSlackBlocks(raw, "/blocks", slackMessageBlocks); faults != nil {
			return c, slackRefuse("invalid_blocks", faults...)
		}
	}
	if raw := args["metadata"]; raw != "" {
		c.hasMeta = true
		if c.metadata, refusal = slackReadMetadata(raw); refusal != nil {
			return c, refusal
		}
	}
	if c.text == "" && len(c.blocks) == 0 {
		return c, slackRefuse("no_text")
	}
	return c, nil
}

// slackReadMetadata reads message metadata; {} and what slack-go sends for none mean none.
func slackReadMetadata(raw string) (*SlackMetadata, *slackRefusal) {
	var m SlackMetadata
	err := json.Unmarshal([]byte(raw), &m)
	if wrong, ok := errors.AsType[*json.UnmarshalTypeError](err); ok && wrong.Field != "" {
		return nil, slackRefuse("invalid_metadata_schema")
	} else if err != nil {
		return nil, slackRefuse("invalid_metadata_format")
	}
	if m.EventType == "" && m.EventPayload == nil {
		return nil, nil
	}
	if m.EventType == "" || m.EventPayload == nil {
		return nil, slackRefuse("invalid_metadata_schema")
	}
	if len(raw) > 16<<10 {
		return nil, slackRefuse("metadata_too_large")
	}
	return &m, nil
}

// room returns a channel the app may read or write to; an archived one can be read.
// The lock is held.
func (s *Slack) room(id string, access slackAccess) (*slackRoom, *slackRefusal) {
	room, ok := s.channels[id]
	switch {
	case access == slackNoRoom:
	case !ok, room.Private && room.NotMember:
		return nil, slackRefuse("channel_not_found")
	case access == slackWrites && room.Archived:
		return nil, slackRefuse("is_archived")
	case room.NotMember:
		return nil, slackRefuse("not_in_channel")
	}
	return room, nil
}

func (s *Slack) postMessage(args slackArgs, room *slackRoom) (slackBody, *slackRefusal) {
	content, refusal := slackReadContent(args, slackPostText)
	if refusal != nil {
		return nil, refusal
	}
	if refusal := s.pace(room); refusal != nil {
		return nil, refusal
	}
	m := s.post(room.ID, slackBotUID, args["thread_ts"], content)
	return slackBody{"channel": room.ID, "ts": m.TS, "message": s.wire(m, true)}, nil
}

// roomByName lets chat.postMessage name a channel with or without its #.
func (s *Slack) roomByName(name string) string {
	for id, room := range s.channels {
		if room.Name == strings.TrimPrefix(name, "#") {
			return id
		}
	}
	return name
}

// pace enforces the rate of posts, one at a time with a tenth of the interval of
// tolerance for the network's jitter. The lock is held.
func (s *Slack) pace(room *slackRoom) *slackRefusal {
	if s.opt.RateLimit <= 0 {
		return nil
	}
	interval := time.Duration(float64(time.Second) / s.opt.RateLimit)
	now := s.now()
	if now.Before(room.nextPost.Add(-interval / 10)) {
		return &slackRefusal{word: "ratelimited", retry: room.nextPost.Sub(now)}
	}
	if now.After(room.nextPost) {
		room.nextPost = now
	}
	room.nextPost = room.nextPost.Add(interval)
	return nil
}

// post stores a message. A reply to a message that is gone stands in the channel,
// as with Slack. The lock is held.
func (s *Slack) post(channel, user, thread string, content slackContent) *SlackMessage {
	if thread != "" {
		switch parent := s.find(channel, thread); {
		case parent == nil:
			thread = ""
		case parent.ThreadTS != "":
			thread = parent.ThreadTS
		}
	}
	m := s.draw(channel, user, thread, content)
	s.messages[channel] = append(s.messages[channel], m)
	return m
}

// draw makes a message. The lock is held.
func (s *Slack) draw(channel, user, thread string, content slackContent) *SlackMessage {
	m := &SlackMessage{Channel: channel, TS: s.nextTS(channel), ThreadTS: thread, User: user}
	m.Text, m.Metadata = content.text, content.metadata
	m.setBlocks(content.blocks)
	s.notify()
	return m
}

func (s *Slack) updateMessage(args slackArgs, room *slackRoom) (slackBody, *slackRefusal) {
	m := s.find(room.ID, args["ts"])
	switch {
	case m == nil:
		return nil, slackRefuse("message_not_found")
	case m.User != slackBotUID:
		return nil, slackRefuse("cant_update_message")
	}
	content, refusal := slackReadContent(args, slackUpdateText)
	if refusal != nil && (refusal.word != "no_text" || content.blocks == nil && !content.hasMeta) {
		return nil, refusal
	}
	s.redraw(m, content)
	return slackBody{"channel": room.ID, "ts": m.TS, "text": m.Text, "message": s.wire(m, true)}, nil
}

// redraw edits a message by Slack's rules: blocks stay only where neither blocks
// nor text come, metadata stays where none comes. The lock is held.
func (s *Slack) redraw(m *SlackMessage, content slackContent) {
	m.History, m.Edited = append(m.History, m.SlackDrawing), s.now()
	m.Text = cmp.Or(content.text, m.Text)
	if content.blocks != nil || content.text != "" {
		m.setBlocks(content.blocks)
	}
	if content.hasMeta {
		m.Metadata = content.metadata
	}
	s.notify()
}

func (s *Slack) postEphemeral(args slackArgs, room *slackRoom) (slackBody, *slackRefusal) {
	if _, ok := s.users[args["user"]]; !ok {
		return nil, slackRefuse("user_not_in_channel")
	}
	content, refusal := slackReadContent(args, slackPostText)
	if refusal != nil {
		return nil, refusal
	}
	m := s.whisper(room.ID, args["user"], args["thread_ts"], content)
	return slackBody{"message_ts": m.TS}, nil
}

// whisper stores a message that one person sees. The lock is held.
func (s *Slack) whisper(channel, user, thread string, content slackContent) *SlackMessage {
	m := s.draw(channel, slackBotUID, thread, content)
	m.OnlyFor, m.Metadata = user, nil
	s.ephemerals = append(s.ephemerals, m)
	return m
}

func (s *Slack) getPermalink(args slackArgs, _ *slackRoom) (slackBody, *slackRefusal) {
	if _, ok := s.channels[args["channel"]]; !ok {
		return nil, slackRefuse("channel_not_found")
	}
	if s.find(args["channel"], args["message_ts"]) == nil {
		return nil, slackRefuse("message_not_found")
	}
	return slackBody{"channel": args["channel"], "permalink": s.base + "/archives/" + args["channel"] +
		"/p" + strings.ReplaceAll(args["message_ts"], ".", "")}, nil
}

// servePermalink leads a person from a message's link to the page.
func (s *Slack) servePermalink(w http.ResponseWriter, r *http.Request) {
	digits := strings.TrimPrefix(r.PathValue("message"), "p")
	if len(digits) <= 6 {
		http.NotFound(w, r)
		return
	}
	ts := digits[:len(digits)-6] + "." + digits[len(digits)-6:]
	http.Redirect(w, r, "/channel/#"+url.QueryEscape(r.PathValue("channel"))+"/"+url.QueryEscape(ts), http.StatusFound)
}
