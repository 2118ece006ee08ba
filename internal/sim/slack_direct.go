package sim

import "strings"

// slackDirect begins the ids of direct messages.
const slackDirect = "D0"

// DirectWith is the id of the direct messages between the app and a person.
func DirectWith(user string) string { return slackDirect + user }

// userByEmail finds a person as users.lookupByEmail does. The lock is held.
func (s *Slack) userByEmail(args slackArgs, _ *slackRoom) (slackBody, *slackRefusal) {
	for _, u := range s.users {
		if u.Email != "" && strings.EqualFold(u.Email, args["email"]) {
			return slackBody{"user": slackBody{"id": u.ID, "team_id": slackTeamID, "name": u.Name, "real_name": u.RealName}}, nil
		}
	}
	return nil, slackRefuse("users_not_found")
}

// openDirect opens the direct messages with one person, as often as it is asked to. The lock is held.
func (s *Slack) openDirect(args slackArgs, _ *slackRoom) (slackBody, *slackRefusal) {
	user := args["users"]
	if _, ok := s.users[user]; !ok {
		return nil, slackRefuse("user_not_found")
	}
	id := DirectWith(user)
	again := s.channels[id] != nil
	if !again {
		s.channels[id] = &slackRoom{SlackChannel: SlackChannel{ID: id, Name: s.users[user].Name, Private: true}}
		s.order = append(s.order, id)
	}
	return slackBody{"channel": slackBody{"id": id}, "already_open": again, "no_op": again}, nil
}

// historyScope is the scope that reading the room takes.
func historyScope(room *slackRoom) string {
	switch {
	case strings.HasPrefix(room.ID, slackDirect):
		return "im:history"
	case room.Private:
		return "groups:history"
	}
	return "channels:history"
}
