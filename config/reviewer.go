package config

import (
	"fmt"
	"slices"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// Reviewer may decide: one person, or everybody in a Slack user group. A plain
// id in the file is a person who may decide about every lead.
type Reviewer struct {
	User     string   `yaml:"user,omitempty" is:"user?" schema:"short either" doc:"A Slack user id."`
	Group    string   `yaml:"group,omitempty" is:"group?" schema:"either" doc:"A Slack user group: everybody in it."`
	Subject  string   `yaml:"subject,omitempty" schema:"either" doc:"A person without a Slack user, by the claim sub of console.oidc."`
	Partners []string `yaml:"partners,omitempty" is:"slug" doc:"Only the leads of these; none: of every partner."`
	Channels []string `yaml:"channels,omitempty" is:"channel" doc:"Only cards in these; none: everywhere."`
	Locale   string   `yaml:"locale,omitempty" is:"locale?" doc:"Language of what is said to them; empty: the card's."`
	Backup   bool     `yaml:"backup,omitempty" doc:"Reminded when the others do not answer."`
}

// SlackChannel takes the cards of some partners.
type SlackChannel struct {
	ID       string   `yaml:"id" is:"required channel" doc:"A Slack channel, by id."`
	Partners []string `yaml:"partners" is:"slug" schema:"required 1.." doc:"Their cards go there."`
	Locale   string   `yaml:"locale,omitempty" is:"locale?" doc:"Language of its cards; empty: slack.locale."`
}

var (
	_ = strict.Pattern("group", `^S[A-Za-z0-9_-]*$`,
		"%q is not a Slack user group; copy its id from the group's page (\"Copy group ID\"), it looks like S012ABCDEF")
	channelID = strict.Pattern("channel", `^[CG][A-Za-z0-9_-]*$`,
		"%q is not the id of a Slack channel; copy it from the channel's details, it looks like C012ABCDEF")
)

// MarshalYAML writes a plain user id where that says everything.
func (r Reviewer) MarshalYAML() (any, error) {
	if r.plain() {
		return r.User, nil
	}
	type keys Reviewer
	return keys(r), nil
}

func (r Reviewer) plain() bool {
	return r.Group == "" && r.Subject == "" && len(r.Partners) == 0 && len(r.Channels) == 0 && r.Locale == "" && !r.Backup
}

// ReviewerGroups are the user groups among the reviewers.
func (c *Config) ReviewerGroups() (ids []string) {
	for _, r := range c.Reviewers {
		if r.Group != "" && !slices.Contains(ids, r.Group) {
			ids = append(ids, r.Group)
		}
	}
	return ids
}

func (c *Config) checkReviewers(f *faults) {
	for i, r := range c.Reviewers {
		switch {
		case r.User != "" && r.Group != "":
			f.at("name a user or a group, not both; write two entries", nil, "reviewers", i, "group")
		case r.User != "" && r.Subject != "":
			f.at("name a user or a subject, not both; who has both stands here by the user, and under console.oidc.people", nil, "reviewers", i, "subject")
		case r.Group != "" && r.Subject != "":
			f.at("name a group or a subject, not both; write two entries", nil, "reviewers", i, "subject")
		case r.User == "" && r.Group == "" && r.Subject == "":
			f.at("name a user or a group who may decide, such as {group: S012ABCDEF}, or a subject of console.oidc", nil, "reviewers", i)
		}
		c.checkPartnersNamed(f, r.Partners, "reviewers", i, "partners")
	}
}

func (c *Config) checkChannels(f *faults) {
	routed := map[string]bool{}
	for i, ch := range c.Slack.Channels {
		if len(ch.Partners) == 0 {
			f.at("the channel %q has no partners; list those whose cards go there. The cards of all others go to slack.channel", []any{ch.ID}, "slack", "channels", i, "partners")
		}
		c.checkPartnersNamed(f, ch.Partners, "slack", "channels", i, "partners")
		for j, p := range ch.Partners {
			if routed[p] {
				f.at("the cards of %q already go to a channel of their own", []any{p}, "slack", "channels", i, "partners", j)
			}
			routed[p] = true
		}
	}
}

// partnerIDs are the ids that may be named where partners are configured.
func (c *Config) partnerIDs() []string {
	known := []string{lead.Direct}
	for _, p := range c.Partners {
		known = append(known, p.ID)
	}
	return known
}

// checkPartnersNamed takes any well-formed id while no partners are configured.
func (c *Config) checkPartnersNamed(f *faults, ids []string, steps ...any) {
	known := c.partnerIDs()
	for i, id := range ids {
		if len(c.Partners) > 0 && slug.Fits(id) && !slices.Contains(known, id) {
			f.at("no partner has the id %q%s", []any{id, strict.Hint(id, known)}, append(slices.Clone(steps), i)...)
		}
	}
}

// cardless are the channels that reviewers are bound to and no card goes to.
func (c *Config) cardless() (warnings []string) {
	for i, r := range c.Reviewers {
		for _, id := range r.Channels {
			if id != c.Slack.Channel && !slices.ContainsFunc(c.Slack.Channels, func(ch SlackChannel) bool { return ch.ID == id }) {
				warnings = append(warnings, fmt.Sprintf("reviewers[%d] is bound to the channel %s, to which no cards go; name it in slack.channel or slack.channels", i, id))
			}
		}
	}
	return warnings
}
