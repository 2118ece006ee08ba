package sim

import (
	"context"
	"fmt"
	"slices"
)

// Calls are the app's calls so far, in the order they were answered.
func (s *Slack) Calls() []SlackCall {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.calls)
}

// Answers are the app's answers to what people did, in order.
func (s *Slack) Answers() []SlackAnswer {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slices.Clone(s.answers)
}

// Messages are the standing messages of a channel, replies included, oldest first.
func (s *Slack) Messages(channel string) []SlackMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.standing(channel)
}

// Ephemerals are the messages that only one person sees, oldest first.
func (s *Slack) Ephemerals(user string) []SlackMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return slackCopies(s.ephemerals, func(m *SlackMessage) bool { return m.OnlyFor == user })
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
	s.mu.Lock()
	defer s.mu.Unlock()
	list := make([]SlackView, len(s.views))
	for i, v := range s.views {
		list[i] = *v
	}
	return list
}

// Home returns the home tab that was published for a person.
func (s *Slack) Home(user string) (SlackView, bool) {
	return s.newest(func(v SlackView) bool { return v.User == user && v.Type == "home" })
}

// Modal is the topmost open modal of a person.
func (s *Slack) Modal(user string) (SlackView, bool) {
	return s.newest(func(v SlackView) bool { return v.User == user && v.Open && v.Type == "modal" })
}

func (s *Slack) newest(wanted func(SlackView) bool) (SlackView, bool) {
	for _, v := range slices.Backward(s.Views()) {
		if wanted(v) {
			return v, true
		}
	}
	return SlackView{}, false
}

// WaitMessage returns the first standing message, of any channel, that a test
// wants, as soon as there is one.
func (s *Slack) WaitMessage(ctx context.Context, wanted func(SlackMessage) bool) (SlackMessage, error) {
	for {
		s.mu.Lock()
		changed := s.changed
		seen := 0
		for _, channel := range s.order {
			for _, m := range s.standing(channel) {
				seen++
				if wanted(m) {
					s.mu.Unlock()
					return m, nil
				}
			}
		}
		calls := len(s.calls)
		s.mu.Unlock()
		select {
		case <-changed:
		case <-ctx.Done():
			return SlackMessage{}, fmt.Errorf("no such message among %d after %d calls: %w", seen, calls, ctx.Err())
		}
	}
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
