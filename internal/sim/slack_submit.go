package sim

import (
	"bytes"
	"context"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"
)

// SlackInputError is what Slack itself says of a form, before the app hears of it.
type SlackInputError struct {
	Errors map[string]string // by block id
}

func (e *SlackInputError) Error() string {
	return "the form is not complete: " + strings.Join(slices.Sorted(maps.Keys(e.Errors)), ", ")
}

// Submit sends a modal with what a person gave: values by "block_id/action_id",
// or by block id alone; of a select the option's value. What is left out keeps
// its initial value. A form that Slack would not send gives *SlackInputError.
// The app's answer is carried out: nothing closes the modal, errors keep it open, and
// an update replaces it. Stacks of modals are not simulated.
func (s *Slack) Submit(ctx context.Context, user, viewID string, values map[string]string) (SlackAnswer, error) {
	s.mu.Lock()
	view, err := s.before(user, viewID, true)
	if err != nil {
		s.mu.Unlock()
		return SlackAnswer{}, err
	}
	if faults := slackFormFaults(view.blocks, values); len(faults) > 0 {
		view.Errors = faults
		s.notify()
		s.mu.Unlock()
		return SlackAnswer{}, &SlackInputError{Errors: faults}
	}
	payload := s.envelope("view_submission", s.users[user])
	payload["view"] = s.wireView(view, slackState(view.blocks, values))
	payload["trigger_id"] = s.newTrigger(user)
	payload["response_urls"] = []any{}
	s.mu.Unlock()

	return s.interact(ctx, payload, SlackAnswer{Kind: "view_submission", User: user, ViewID: viewID},
		func(answer *SlackAnswer) { s.afterSubmit(view, answer) })
}

// slackFormFaults finds required fields left empty and lengths out of bounds.
func slackFormFaults(blocks []slackBlock, given map[string]string) map[string]string {
	faults := map[string]string{}
	state := slackState(blocks, given)
	for _, block := range blocks {
		element, ok := block["element"].(slackBlock)
		if !ok || block["type"] != "input" {
			continue
		}
		blockID := block["block_id"].(string)
		value := state[blockID].(slackBody)[element["action_id"].(string)].(slackBody)
		text, _ := value["value"].(string)
		length := utf8.RuneCountInString(text)
		longest, bounded := slackInt(element["max_length"])
		shortest, _ := slackInt(element["min_length"])
		switch {
		case value["value"] == nil && value["selected_option"] == nil:
			if block["optional"] != true {
				faults[blockID] = "Please complete this required field."
			}
		case length > 3000:
			faults[blockID] = "Must be at most 3000 characters."
		case bounded && length > longest:
			faults[blockID] = fmt.Sprintf("Must be at most %d characters.", longest)
		case length < shortest:
			faults[blockID] = fmt.Sprintf("Must be at least %d characters.", shortest)
		}
	}
	return faults
}

// afterSubmit does what the app answered to a submission. The lock is held.
func (s *Slack) afterSubmit(view *SlackView, answer *SlackAnswer) {
	var reply struct {
		Action string            `json:"response_action"`
		Errors map[string]string `json:"errors"`
		View   json.RawMessage   `json:"view"`
	}
	body := bytes.TrimSpace(answer.Body)
	if len(body) > 0 {
		if err := json.Unmarshal(body, &reply); err != nil {
			answer.Problem = "response_is_not_json"
			return
		}
	}
	view.Errors = nil
	switch reply.Action {
	case "":
		view.Open = false
	case "errors":
		for id := range reply.Errors {
			if !slices.ContainsFunc(view.blocks, func(b slackBlock) bool { return b["block_id"] == id && b["type"] == "input" }) {
				answer.Problem = "errors_name_no_input_block: " + id
			}
		}
		if len(reply.Errors) == 0 {
			answer.Problem = "errors_are_empty"
		}
		if answer.Problem == "" {
			answer.Errors, view.Errors = reply.Errors, reply.Errors
		}
	case "update":
		next, refusal := s.readView(string(reply.View), "modal")
		if refusal != nil {
			answer.Problem = refusal.String()
			return
		}
		s.replaceView(view, next)
	default:
		answer.Problem = "unknown_response_action: " + reply.Action
	}
	s.notify()
}

// CloseView closes a modal by its Cancel. The app hears of it where the view asked
// for that; else the answer is empty.
func (s *Slack) CloseView(ctx context.Context, user, viewID string) (SlackAnswer, error) {
	s.mu.Lock()
	view, err := s.before(user, viewID, true)
	if err != nil {
		s.mu.Unlock()
		return SlackAnswer{}, err
	}
	view.Open = false
	s.notify()
	tell := view.raw["notify_on_close"] == true
	payload := s.envelope("view_closed", s.users[user])
	payload["view"] = s.wireView(view, nil)
	payload["is_cleared"] = false
	s.mu.Unlock()
	if !tell {
		return SlackAnswer{}, nil
	}
	return s.interact(ctx, payload, SlackAnswer{Kind: "view_closed", User: user, ViewID: viewID}, nil)
}
