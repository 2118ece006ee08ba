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

func (s *Slack) standing(channel string) []SlackMessage {
	var list []SlackMessage
	for _, m := range s.messages[channel] {
		if !m.Deleted {
			list = append(list, m.clone())
		}
	}
	return list
}

// Ephemerals are the messages that only one person sees, oldest first.
func (s *Slack) Ephemerals(user string) []SlackMessage {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ephemeralsFor(user)
}

func (s *Slack) ephemeralsFor(user string) []SlackMessage {
	var list []SlackMessage
	for _, m := range s.ephemerals {
		if m.OnlyFor == user && !m.Deleted {
			list = append(list, m.clone())
		}
	}
	return list
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
	for _, v := range s.Views() {
		if v.User == user && v.Type == "home" {
			return v, true
		}
	}
	return SlackView{}, false
}

// Modal is the topmost open modal of a person.
func (s *Slack) Modal(user string) (SlackView, bool) {
	for _, v := range slices.Backward(s.Views()) {
		if v.User == user && v.Open && v.Type == "modal" {
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
