package sim

import (
	"cmp"
	"encoding/base64"
	"slices"
	"strconv"
)

func (s *Slack) history(args slackArgs, room *slackRoom) (slackBody, *slackRefusal) {
	var standing []*SlackMessage
	for _, m := range s.messages[room.ID] {
		if m.ThreadTS == "" && !m.Deleted {
			standing = append(standing, m)
		}
	}
	slices.Reverse(standing) // newest first
	return s.slackPage(args, standing, false)
}

func (s *Slack) threadReplies(args slackArgs, room *slackRoom) (slackBody, *slackRefusal) {
	parent := s.find(room.ID, args["ts"])
	if parent == nil {
		return nil, slackRefuse("thread_not_found")
	}
	return s.slackPage(args, append([]*SlackMessage{parent}, s.repliesTo(parent)...), true)
}

// slackPage cuts a list by oldest, latest, inclusive, limit and cursor. A thread's
// parent is on every page's list whatever its time. The lock is held.
func (s *Slack) slackPage(args slackArgs, list []*SlackMessage, thread bool) (slackBody, *slackRefusal) {
	limit, err := strconv.Atoi(cmp.Or(args["limit"], "100"))
	if err != nil || limit < 1 || limit > 1000 {
		return nil, slackRefuse("invalid_limit")
	}
	oldest, latest := int64(0), int64(1<<62)
	for name, bound := range map[string]*int64{"oldest": &oldest, "latest": &latest} {
		if args[name] == "" || args[name] == "0" {
			continue
		}
		var ok bool
		if *bound, ok = slackMicros(args[name]); !ok {
			return nil, slackRefuse("invalid_ts_" + name)
		}
	}
	if args["cursor"] != "" {
		from := slices.IndexFunc(list, func(m *SlackMessage) bool { return slackCursor(m) == args["cursor"] })
		if from < 0 {
			return nil, slackRefuse("invalid_cursor")
		}
		if list = list[from:]; thread && from > 0 {
			list = append([]*SlackMessage{s.find(list[0].Channel, args["ts"])}, list...)
		}
	}
	messages := []slackBody{}
	var next string
	for i, m := range list {
		micros, _ := slackMicros(m.TS)
		within := micros > oldest && micros < latest || args.flag("inclusive") && (micros == oldest || micros == latest)
		if parent := thread && i == 0; !parent && !within {
			continue
		}
		if len(messages) == min(limit, 999) {
			next = slackCursor(m)
			break
		}
		messages = append(messages, s.wire(m, args.flag("include_all_metadata")))
	}
	body := slackBody{"messages": messages, "has_more": next != "", "pin_count": 0}
	if next != "" {
		body["response_metadata"] = slackBody{"next_cursor": next}
	}
	return body, nil
}

// slackCursor names the page that begins with a message.
func slackCursor(m *SlackMessage) string {
	return base64.StdEncoding.EncodeToString([]byte("next_ts:" + m.TS))
}
