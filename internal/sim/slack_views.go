package sim

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"

	"github.com/santhosh-tekuri/jsonschema/v6"
)

// slackTriggerLife is how long a trigger_id can be exchanged.
const slackTriggerLife = 3 * time.Second

// slackTrigger lets the app open one modal for the person who acted.
type slackTrigger struct {
	user string
	at   time.Time
	used bool
}

// SlackView is a modal or home tab as it stands now.
type SlackView struct {
	ID, User        string
	Type            string // modal, home
	Title           string
	CallbackID      string
	PrivateMetadata string
	Hash            string
	Blocks          json.RawMessage
	Open            bool
	Errors          map[string]string // by block id: the app's answer to the last submit

	blocks []slackBlock
	raw    slackBody
}

// Plain is all text of the view, one line for each text.
func (v SlackView) Plain() string { return slackPlain(v.Title, v.blocks) }

// Actions are the ids of the view's elements, inputs included, in order.
func (v SlackView) Actions() []string { return slackActionIDs(v.blocks) }

// newTrigger issues a trigger_id for what a person just did. The lock is held.
func (s *Slack) newTrigger(user string) string {
	id := fmt.Sprintf("%d.%d.%s", len(s.triggers)+1, s.now().UnixMilli(), strings.ToLower(slackID("")))
	s.triggers[id] = &slackTrigger{user: user, at: s.now()}
	return id
}

// exchange uses a trigger up. The lock is held.
func (s *Slack) exchange(id string) (*slackTrigger, *slackRefusal) {
	trigger, ok := s.triggers[id]
	switch {
	case !ok:
		return nil, slackRefuse("invalid_trigger_id")
	case trigger.used:
		return nil, slackRefuse("exchanged_trigger_id")
	case s.now().Sub(trigger.at) > slackTriggerLife:
		return nil, slackRefuse("expired_trigger_id")
	}
	trigger.used = true
	return trigger, nil
}

func (s *Slack) openView(args slackArgs, _ *slackRoom) (slackBody, *slackRefusal) {
	view, refusal := s.readView(args["view"], "modal")
	if refusal != nil {
		return nil, refusal
	}
	trigger, refusal := s.exchange(args["trigger_id"])
	if refusal != nil {
		return nil, refusal
	}
	if old := s.openFor(trigger.user, "modal"); old != nil {
		old.Open = false
	}
	return s.show(view, trigger.user), nil
}

// openFor is the home tab or the open modal of a person, or nil. The lock is held.
func (s *Slack) openFor(user, kind string) *SlackView {
	for _, v := range slices.Backward(s.views) {
		if v.User == user && v.Open && v.Type == kind {
			return v
		}
	}
	return nil
}

// show puts a new view before a person. The lock is held.
func (s *Slack) show(view *SlackView, user string) slackBody {
	view.User, view.Open = user, true
	s.views = append(s.views, view)
	s.notify()
	return slackBody{"view": s.wireView(view, nil)}
}

func (s *Slack) replaceView(old, view *SlackView) {
	view.ID, view.User, view.Open = old.ID, old.User, true
	*old = *view
	s.notify()
}

func (s *Slack) publishView(args slackArgs, _ *slackRoom) (slackBody, *slackRefusal) {
	user := args["user_id"]
	if !s.opt.HomeTab {
		return nil, slackRefuse("not_enabled")
	}
	if _, ok := s.users[user]; !ok {
		return nil, slackRefuse("invalid_arguments", slackFaultLine("user is not in the workspace", "/user_id"))
	}
	home := s.openFor(user, "home")
	view, refusal := s.readView(args["view"], "home")
	if refusal != nil {
		return nil, refusal
	}
	if home == nil {
		return s.show(view, user), nil
	}
	if args["hash"] != "" && args["hash"] != home.Hash {
		return nil, slackRefuse("hash_conflict")
	}
	s.replaceView(home, view)
	return slackBody{"view": s.wireView(home, nil)}, nil
}

// before returns a view that is open for a person; with modal, no home tab. The lock is held.
func (s *Slack) before(user, id string, modal bool) (*SlackView, error) {
	for _, view := range s.views {
		if view.Open && view.ID == id && view.User == user && (!modal || view.Type == "modal") {
			return view, nil
		}
	}
	return nil, fmt.Errorf("view %s is not open for %s: %w", id, user, ErrSlackNoElement)
}

// readView checks a view against the published limits. The lock is held.
func (s *Slack) readView(raw, wanted string) (*SlackView, *slackRefusal) {
	if len(raw) > 250_000 {
		return nil, slackRefuse("view_too_large")
	}
	decoded, err := jsonschema.UnmarshalJSON(strings.NewReader(raw))
	fields, ok := decoded.(map[string]any)
	if err != nil || !ok {
		return nil, slackRefuse("invalid_arguments", slackFaultLine("must be a view object", "/view"))
	}
	var faults []string
	if err := slackDefinitions()[wanted+"_view"].Validate(decoded); err != nil {
		faults = slackSchemaFaults(err, "/view")
	}
	text := func(name string) string {
		if label, ok := fields[name].(map[string]any); ok {
			return fmt.Sprint(label["text"])
		}
		text, _ := fields[name].(string)
		return text
	}
	blocks, blockFaults := parseSlackBlocks(string(slackRaw(fields["blocks"])), "/view/blocks", slackViewBlocks)
	faults = append(faults, blockFaults...)
	if wanted == "modal" && text("submit") == "" && slices.ContainsFunc(blocks, func(b slackBlock) bool { return b["type"] == "input" }) {
		faults = append(faults, slackFaultLine("a modal with input blocks needs submit", "/view/submit"))
	}
	if len(faults) > 0 {
		return nil, slackRefuse("invalid_arguments", faults...)
	}
	slackFillText(fields)
	return &SlackView{ID: slackID("V"), Type: wanted, Title: text("title"), CallbackID: text("callback_id"),
		PrivateMetadata: text("private_metadata"),
		Hash:            fmt.Sprintf("%d.%s", s.now().Unix(), strings.ToLower(slackID(""))[:8]),
		Blocks:          slackRaw(blocks), blocks: blocks, raw: fields}, nil
}

// wireView is a view as Slack shows it to the app.
func (s *Slack) wireView(v *SlackView, values slackBody) slackBody {
	if values == nil {
		values = slackBody{}
	}
	return slackBody{"id": v.ID, "team_id": slackTeamID, "type": v.Type, "blocks": v.Blocks,
		"title": v.raw["title"], "submit": v.raw["submit"], "close": v.raw["close"],
		"private_metadata": v.PrivateMetadata, "callback_id": v.CallbackID, "external_id": "",
		"state": slackBody{"values": values}, "hash": v.Hash, "clear_on_close": false,
		"notify_on_close": v.raw["notify_on_close"] == true, "root_view_id": v.ID, "previous_view_id": nil,
		"app_id": slackAppID, "app_installed_team_id": slackTeamID, "bot_id": slackBotID}
}
