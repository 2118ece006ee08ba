package slack

import (
	"context"
	"strings"
)

// Workspace is the address of the token's workspace as auth.test names it, "" where
// it names none; asked once.
func (p *Poster) Workspace(ctx context.Context) (string, error) {
	me, err := p.whoami(ctx)
	if err != nil {
		return "", err
	}
	return me.URL, nil
}

// permalink is the address of a message, in the form of chat.getPermalink but
// without a call for each; "" where the message or the workspace is not known.
func permalink(workspace, channel, ts string) string {
	if workspace == "" || channel == "" || ts == "" {
		return ""
	}
	return strings.TrimRight(workspace, "/") + "/archives/" + channel + "/p" + strings.ReplaceAll(ts, ".", "")
}
