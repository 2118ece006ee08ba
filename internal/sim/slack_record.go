package sim

import (
	"context"
	"fmt"
	"slices"
)

// Calls are the app's calls so far, in the order they were answered.
func (s *Slack) Calls() []SlackCall {
	return look(s, func() []SlackCall { return slices.Clone(s.calls) })
}

// Answers are the app's answers to what people did, in order.
func (s *Slack) Answers() []SlackAnswer {
	return look(s, func() []SlackAnswer { return slices.Clone(s.answers) })
}

// Messages are the standing messages of a channel, replies included, oldest first.
func (s *Slack) Messages(channel string) []SlackMessage {
	return look(s, func() []SlackMessage { return s.standing(channel) })
}

// Ephemerals are the messages that only one person sees, oldest first.
func (s *Slack) Ephemerals(user string) []SlackMessage {
	return look(s, func() []SlackMessage {
		return slackCopies(s.ephemerals, func(m *SlackMessage) bool { return m.OnlyFor == user })
	})
}

func (s *Slack) standing(channel string) []SlackMessage {
	return slackCopies(s.messages[channel], func(*SlackMessage) bool { return true })
}

// slackCopies are the messages that were not deleted and are wanted.
func slackCopies(list []*SlackMessage, wanted func(*SlackMessage) bool) (out []SlackMessage) {
	for _, m := range list {
		if !m.Deleted && wanted(m) {
			out = append(out, m.clone())
		}
	}
	return out
}

// Views are all modals and home tabs so far, oldest first; the closed ones say so.
func (s *Slack) Views() []SlackView {
	return look(s, func() (list []SlackView) {
		for _, v := range s.views {
			list = append(list, *v)
		}
		return list
	})
}

// Home returns the home tab that was published for a person.
func (s *Slack) Home(user string) (SlackView, bool) { return s.newest(user, "home") }

// Modal is the topmost open modal of a person.
func (s *Slack) Modal(user string) (SlackView, bool) { return s.newest(user, "modal") }

func (s *Slack) newest(user, kind string) (SlackView, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if v := s.openFor(user, kind); v != nil {
		return *v, true
	}
	return SlackView{}, false
}

// WaitMessage returns the first standing message, of any channel, that a test
// wants, as soon as there is one.
func (s *Slack) WaitMessage(ctx context.Context, wanted func(SlackMessage) bool) (found SlackMessage, err error) {
	var all []SlackMessage
	err = s.Wait(ctx, func() bool {
		all = look(s, func() (all []SlackMessage) {
			for _, channel := range s.order {
				all = append(all, s.standing(channel)...)
			}
			return all
		})
		i := slices.IndexFunc(all, wanted)
		if i >= 0 {
			found = all[i]
		}
		return i >= 0
	})
	if err != nil {
		return found, fmt.Errorf("no such message among %d after %d calls: %w", len(all), len(s.Calls()), ctx.Err())
	}
	return found, nil
}

// Wait returns nil as soon as a condition holds; it is asked after every change.
func (s *Slack) Wait(ctx context.Context, holds func() bool) error {
	for {
		changed := s.Changed()
		if holds() {
			return nil
		}
		select {
		case <-changed:
		case <-ctx.Done():
			return fmt.Errorf("what was waited for did not come: %w", ctx.Err())
		}
	}
}
