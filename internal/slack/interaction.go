package slack

import "leadtriage/internal/lead"

// Interaction is what is read of Slack's payload: who did what, where, and about
// which round. A card is drawn from our own record, so the message that a payload
// carries is not read, and no form of it is a reason to refuse a click.
type Interaction struct {
	Type        string   `json:"type"`
	Team        named    `json:"team"`
	AppID       string   `json:"api_app_id"`
	User        named    `json:"user"`
	Channel     named    `json:"channel"`
	Container   place    `json:"container"`
	TriggerID   string   `json:"trigger_id"`
	ResponseURL string   `json:"response_url"`
	Actions     []action `json:"actions"`
	View        sentForm `json:"view"`
}

type named struct {
	ID string `json:"id"`
}

type place struct {
	ChannelID string `json:"channel_id"`
}

type action struct {
	ActionID string `json:"action_id"`
	entered
}

// entered is what a button, a menu or a field holds.
type entered struct {
	Value          string `json:"value"`
	SelectedOption struct {
		Value string `json:"value"`
	} `json:"selected_option"`
}

// text is the chosen value of a menu, else what was typed.
func (e entered) text() string {
	if chosen := e.SelectedOption.Value; chosen != "" {
		return chosen
	}
	return e.Value
}

type sentForm struct {
	CallbackID      string `json:"callback_id"`
	PrivateMetadata string `json:"private_metadata"`
	State           struct {
		Values map[string]map[string]entered `json:"values"`
	} `json:"state"`
}

// field is what stands in a field of ours, cleaned; its block has its action's id.
func (f sentForm) field(id string) string { return lead.Clean(f.State.Values[id][id].text()) }
