package sim

import "slices"

// SetGroup makes a user group with these people in it, or changes who is in it.
func (s *Slack) SetGroup(id string, users ...string) {
	s.change(func() { s.groups[id] = slices.Clone(users) })
}

// DisableGroup takes a user group away.
func (s *Slack) DisableGroup(id string) { s.change(func() { delete(s.groups, id) }) }

func (s *Slack) groupUsers(args slackArgs, _ *slackRoom) (slackBody, *slackRefusal) {
	users, ok := s.groups[args["usergroup"]]
	if !ok {
		return nil, slackRefuse("no_such_subteam")
	}
	return slackBody{"users": slices.Concat([]string{}, users)}, nil
}
