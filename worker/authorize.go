package worker

import (
	"slices"
	"strings"

	"leadtriage/internal/lead"
)

// Decider may decide about the leads of its scope: one person or API key, or
// every member of a Slack user group.
type Decider struct {
	By    string // Slack user id, or lead.KeyActor and a name
	Group string // Slack user group; in place of By
	Scope lead.Scope
	// Backup is reminded when the others do not answer, and not before.
	Backup bool
}

// Slack reports whether the decider is somebody in Slack.
func (d Decider) Slack() bool { return !strings.HasPrefix(d.By, lead.KeyActor) }

// Groups knows who is in a Slack user group, from memory: it is asked inside
// transactions. Of a group that it does not know nobody is a member.
type Groups interface {
	Member(group, user string) bool
}

// Authorized reports whether the person or key may decide about the lead. It is asked
// on every path, on our own record of who may.
func (f *Flow) Authorized(by string, d *lead.Dossier) bool {
	channel := ""
	if r := d.Review(); r != nil {
		channel = r.Channel
	}
	return slices.ContainsFunc(f.Scopes(by), func(s lead.Scope) bool { return s.Covers(d.Lead.Partner.ID, channel) })
}

// Scopes are the parts of the leads that the person or key may decide about;
// empty: none.
func (f *Flow) Scopes(by string) []lead.Scope {
	scopes := []lead.Scope{}
	for _, d := range f.Policy.Deciders {
		if d.Group == "" && d.By == by || d.Group != "" && f.Groups != nil && f.Groups.Member(d.Group, by) {
			scopes = append(scopes, d.Scope)
		}
	}
	return scopes
}

// channelOf is where the lead's cards go.
func (f *Flow) channelOf(l *lead.Lead) string {
	if own, ok := f.Policy.Channels[l.Partner.ID]; ok {
		return own
	}
	return f.Policy.Channel
}

// channelFor is where the round's card is posted: where the round was opened
// for, or where the lead's cards go now if none go there any more.
func (f *Flow) channelFor(r *lead.Review, l *lead.Lead) string {
	if r.Channel != f.Policy.Channel {
		for _, channel := range f.Policy.Channels {
			if channel == r.Channel {
				return channel
			}
		}
		return f.channelOf(l)
	}
	return r.Channel
}
