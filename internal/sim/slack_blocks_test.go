package sim

import (
	"fmt"
	"strings"
	"testing"

	"github.com/slack-go/slack"
)

func TestSlackBlockLimits(t *testing.T) {
	long := func(n int) string { return strings.Repeat("è", n) } // two bytes each: limits count characters
	section := func(n int) string {
		return fmt.Sprintf(`{"type":"section","text":{"type":"mrkdwn","text":%q}}`, long(n))
	}
	button := func(id, extra string) string {
		return `{"type":"button","action_id":"` + id + `","text":{"type":"plain_text","text":"Go"}` + extra + `}`
	}
	actions := func(elements ...string) string {
		return `{"type":"actions","elements":[` + strings.Join(elements, ",") + `]}`
	}
	repeat := func(s string, n int) string { return strings.TrimSuffix(strings.Repeat(s+",", n), ",") }
	cases := map[string]struct{ blocks, fault string }{
		"section at its limit":  {section(3000), ""},
		"section over it":       {section(3001), "must be less than 3001 characters [json-pointer:/blocks/0/text/text]"},
		"header too long":       {`{"type":"header","text":{"type":"plain_text","text":"` + long(151) + `"}}`, "less than 151"},
		"header in mrkdwn":      {`{"type":"header","text":{"type":"mrkdwn","text":"x"}}`, "/blocks/0/text/type"},
		"empty text":            {`{"type":"section","text":{"type":"mrkdwn","text":""}}`, "more than 0 characters"},
		"emoji on mrkdwn":       {`{"type":"section","text":{"type":"mrkdwn","text":"x","emoji":true}}`, "invalid additional property: emoji"},
		"eleven fields":         {`{"type":"section","fields":[` + repeat(`{"type":"mrkdwn","text":"x"}`, 11) + `]}`, "no more than 10 items"},
		"long field":            {`{"type":"section","fields":[{"type":"mrkdwn","text":"` + long(2001) + `"}]}`, "less than 2001"},
		"section with nothing":  {`{"type":"section"}`, "missing required field"},
		"button text too long":  {actions(`{"type":"button","text":{"type":"plain_text","text":"` + long(76) + `"}}`), "less than 76"},
		"value too long":        {actions(button("a", `,"value":"`+long(2001)+`"`)), "less than 2001"},
		"unknown style":         {actions(button("a", `,"style":"loud"`)), "failed to match"},
		"action id twice":       {actions(button("a", ""), button("a", "")), "action_id a already exists"},
		"same id, other blocks": {actions(button("a", "")) + "," + actions(button("a", "")), ""},
		"block id twice":        {`{"type":"divider","block_id":"d"},{"type":"divider","block_id":"d"}`, "block_id d already exists"},
		"fifty blocks":          {repeat(`{"type":"divider"}`, 50), ""},
		"fifty-one blocks":      {repeat(`{"type":"divider"}`, 51), "no more than 50 items"},
		"unknown block":         {`{"type":"hologram"}`, "unsupported type: hologram"},
		"six overflow options": {actions(`{"type":"overflow","action_id":"o","options":[` +
			repeat(`{"text":{"type":"plain_text","text":"x"},"value":"v"}`, 6) + `]}`), "no more than 5 items"},
		"initial option elsewhere": {actions(`{"type":"static_select","action_id":"s","options":[{"text":{"type":"plain_text","text":"x"},"value":"v"}],
			"initial_option":{"text":{"type":"plain_text","text":"y"},"value":"w"}}`), "initial_option is not one"},
		"eleven context elements": {`{"type":"context","elements":[` + repeat(`{"type":"mrkdwn","text":"x"}`, 11) + `]}`, "no more than 10 items"},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			blocks, faults := parseSlackBlocks("["+c.blocks+"]", "/blocks", slackMessageBlocks)
			all := strings.Join(faults, "\n")
			if c.fault == "" && faults != nil || c.fault != "" && !strings.Contains(all, c.fault) {
				t.Errorf("faults %q, want %q", all, c.fault)
			}
			if faults == nil && blocks[0]["block_id"] == nil {
				t.Error("a stored block has no block_id")
			}
		})
	}
}

func TestSlackRefusesBlocksAndSaysWhere(t *testing.T) {
	rig := newSlackRig(t, nil)
	_, _, err := rig.api.PostMessageContext(testContext(t), testChannel,
		slack.MsgOptionBlocks(slack.NewHeaderBlock(testPlain(strings.Repeat("x", 151)))))
	refused := wantSlackError(t, err, "invalid_blocks")
	if got := strings.Join(refused.ResponseMetadata.Messages, ""); !strings.Contains(got, "[json-pointer:/blocks/0/text/text]") {
		t.Errorf("messages %q name no place", got)
	}
	if n := len(rig.Messages(testChannel)); n != 0 {
		t.Errorf("%d messages stand", n)
	}
}
