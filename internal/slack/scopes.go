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
}

// Check asks Slack whether the token is good, and returns the scopes of Scopes
// that it lacks; that of user groups only where there are any. A server that
// names no scopes lacks none.
func (p *Poster) Check(ctx context.Context, groups bool) (lacking []string, err error) {
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
		if !slices.Contains(granted, s) && (s != groupScope || groups) {
			lacking = append(lacking, s)
		}
	}
	return lacking, nil
}
