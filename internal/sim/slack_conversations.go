package sim

import (
	"encoding/base64"
	"slices"
	"strconv"
	"strings"
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
	limit := 100
	if args["limit"] != "" {
		n, err := strconv.Atoi(args["limit"])
		if err != nil || n < 1 || n > 1000 {
			return nil, slackRefuse("invalid_limit")
		}
		limit = min(n, 999)
	}
	oldest, latest := int64(0), int64(1<<62)
	for name, bound := range map[string]*int64{"oldest": &oldest, "latest": &latest} {
		if args[name] == "" || args[name] == "0" {
			continue
		}
		micros, ok := slackMicros(args[name])
		if !ok {
			return nil, slackRefuse("invalid_ts_" + name)
		}
		*bound = micros
	}
	start := int64(-1)
	if args["cursor"] != "" {
		raw, err := base64.StdEncoding.DecodeString(args["cursor"])
		next, ok := strings.CutPrefix(string(raw), "next_ts:")
		micros, err2 := strconv.ParseInt(next, 10, 64)
		if err != nil || !ok || err2 != nil {
			return nil, slackRefuse("invalid_cursor")
		}
		start = micros
	}
	inclusive := args.flag("inclusive")
	within := func(micros int64) bool {
		if inclusive {
			return micros >= oldest && micros <= latest
		}
		return micros > oldest && micros < latest
	}
	messages := []slackBody{}
	var next string
	for i, m := range list {
		micros, _ := slackMicros(m.TS)
		parent := thread && i == 0
		if start >= 0 && !parent && (thread && micros < start || !thread && micros > start) {
			continue
		}
		if !parent && !within(micros) {
			continue
		}
		if len(messages) == limit {
			next = base64.StdEncoding.EncodeToString([]byte("next_ts:" + strconv.FormatInt(micros, 10)))
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
