package lead

import (
	"slices"
	"strings"
)

// Decider may decide about the leads of its scope: one person or API key, or
// every member of a Slack user group.
type Decider struct {
	By    string // Slack user id, or KeyActor and a name
	Group string // Slack user group; in place of By
	Scope Scope
	// Backup is reminded when the others do not answer, and not before.
	Backup bool
}

// Groups knows who is in a Slack user group, from memory: it is asked inside
// transactions. Of a group that it does not know nobody is a member.
type Groups interface {
	Member(group, user string) bool
}

// Reviewers say who may decide about leads, and in which channel each is asked about.
type Reviewers struct {
	Deciders []Decider
	Groups   Groups            // nil: none
	Channel  string            // where cards go
	Channels map[string]string // where the cards of a partner go instead
}

// Authorized reports whether the person or key may decide about the lead. It is asked
// on every path, on our own record of who may. Before anybody is asked, the channel is
// that to which its cards go.
func (r *Reviewers) Authorized(by string, d *Dossier) bool {
	channel := r.ChannelOf(&d.Lead)
	if round := d.Review(); round != nil {
		channel = round.Channel
	}
	return slices.ContainsFunc(r.Scopes(by), func(s Scope) bool { return s.Covers(d.Lead.Partner.ID, channel) })
}

// Scopes are the parts of the leads that the person or key may decide about;
// empty: none.
func (r *Reviewers) Scopes(by string) []Scope {
	scopes := []Scope{}
	for _, d := range r.Deciders {
		if d.Group == "" && d.By == by || d.Group != "" && r.Groups != nil && r.Groups.Member(d.Group, by) {
			scopes = append(scopes, d.Scope)
		}
	}
	return scopes
}

// Remind are the Slack users and groups whom a reminder about the lead names: who
// may decide about it or, with backup, who stands in for them.
func (r *Reviewers) Remind(l *Lead, channel string, backup bool) (whom []string) {
	for _, d := range r.Deciders {
		inSlack := !strings.HasPrefix(d.By, KeyActor) && !strings.HasPrefix(d.By, SubjectActor)
		if inSlack && d.Backup == backup && d.Scope.Covers(l.Partner.ID, channel) {
			whom = append(whom, d.By+d.Group)
		}
	}
	return whom
}

// ChannelOf is where the lead's cards go.
func (r *Reviewers) ChannelOf(l *Lead) string {
	if own, ok := r.Channels[l.Partner.ID]; ok {
		return own
	}
	return r.Channel
}

// ChannelFor is where the round's card is posted: where the round was opened
// for, or where the lead's cards go now if none go there any more.
func (r *Reviewers) ChannelFor(round *Review, l *Lead) string {
	if slices.Contains(r.AllChannels(), round.Channel) {
		return round.Channel
	}
	return r.ChannelOf(l)
}

// AllChannels lists where cards go.
func (r *Reviewers) AllChannels() []string {
	all := []string{r.Channel}
	for _, channel := range r.Channels {
		if !slices.Contains(all, channel) {
			all = append(all, channel)
		}
	}
	return all
}

// Senders are the partners whose cards go to the channel.
func (r *Reviewers) Senders(channel string) Senders {
	of := Senders{Others: channel == r.Channel}
	for partner, own := range r.Channels {
		if (own == channel) != of.Others {
			of.Partners = append(of.Partners, partner)
		}
	}
	return of
}
