package slack

import (
	"context"
	"slices"
	"strings"
)

const groupScope = "usergroups:read"

// Scopes are what the bot token needs, and no more. slack-manifest.yaml asks for
// the same, docs/slack.md says what each is for; a test compares the three.
var Scopes = []string{
	"chat:write",       // cards, their redrawing, private sentences
	"channels:history", // finding a card again in a public channel
	"groups:history",   // the same in a private channel
	"commands",         // /eql
	groupScope,         // who is in the user groups of `reviewers`
	"users:read",       // goes with the next
	"users:read.email", // owners by their address
	"im:write",         // direct messages to owners
	"im:history",       // finding one again
}

// Wanted are the scopes that only some configurations need.
type Wanted struct{ Groups, Owners bool }

func (w Wanted) wants(scope string) bool {
	switch {
	case scope == groupScope:
		return w.Groups
	case strings.HasPrefix(scope, "users:"), strings.HasPrefix(scope, "im:"):
		return w.Owners
	}
	return true
}

// Check asks Slack whether the token is good, and returns the scopes of Scopes
// that it lacks and that are wanted. A server that
// names no scopes lacks none.
func (p *Poster) Check(ctx context.Context, wanted Wanted) (lacking []string, err error) {
	me, err := p.authTest(ctx)
	if err != nil {
		return nil, err
	}
	header := me.Header.Values("X-OAuth-Scopes")
	if len(header) == 0 {
		return nil, nil
	}
	granted := strings.FieldsFunc(strings.Join(header, ","), func(r rune) bool { return r == ',' || r == ' ' })
	for _, s := range Scopes {
		if !slices.Contains(granted, s) && wanted.wants(s) {
			lacking = append(lacking, s)
		}
	}
	return lacking, nil
}
