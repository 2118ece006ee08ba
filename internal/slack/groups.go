package slack

import (
	"context"
	"errors"
	"log/slog"
	"slices"
	"sync"
	"time"

	slackapi "github.com/slack-go/slack"
)

const (
	// groupEvery is how long a change of a user group may take to count.
	groupEvery = 5 * time.Minute
	// groupRetry is the pause after a failed look.
	groupRetry = time.Minute
	// groupKeep is how long the last list counts while Slack gives no other: long
	// enough for a bad morning of Slack's, short enough that somebody who was taken
	// out of a group has not kept the right for a day.
	groupKeep = 4 * time.Hour
	// groupWait is how long a click may wait for the first look after a start.
	groupWait = time.Second
)

// Groups knows who is in the configured Slack user groups, as Slack said when it
// was last asked. A failure never lets anybody in: the last list counts for four
// hours, then nobody is in the group. A group that Slack does not know has
// nobody in it at once. Safe for concurrent use.
type Groups struct {
	api   *slackapi.Client
	ids   []string
	log   *slog.Logger
	now   func() time.Time
	first chan struct{} // closed after the first look

	mu    sync.Mutex
	lists map[string]groupList
}

type groupList struct {
	users []string
	at    time.Time // when Slack said so
}

// NewGroups returns the groups with these ids; nobody is in them until Refresh.
func NewGroups(p *Poster, ids []string) *Groups {
	return &Groups{api: p.api, ids: ids, log: p.log, now: p.now, first: make(chan struct{}), lists: map[string]groupList{}}
}

// Member reports whether the person is in the group, from memory.
func (g *Groups) Member(group, user string) bool {
	g.mu.Lock()
	defer g.mu.Unlock()
	list := g.lists[group]
	return slices.Contains(list.users, user) && g.now().Sub(list.at) < groupKeep
}

// Run keeps the lists fresh until ctx ends.
func (g *Groups) Run(ctx context.Context) {
	for first := true; ctx.Err() == nil; first = false {
		next := groupEvery
		if !g.Refresh(ctx) {
			next = groupRetry
		}
		if first {
			close(g.first)
		}
		pause(ctx, next)
	}
}

// Refresh asks Slack once for every group; false when it did not get all answers.
func (g *Groups) Refresh(ctx context.Context) bool {
	all := true
	for _, id := range g.ids {
		users, err := g.api.GetUserGroupMembersContext(ctx, id)
		var refused slackapi.SlackErrorResponse
		switch {
		case errors.As(err, &refused) && refused.Err == "no_such_subteam":
			users = nil
			g.log.WarnContext(ctx, "slack user group does not exist or is disabled: nobody of it may decide; correct `reviewers`", "group", id)
		case err != nil:
			all = false
			g.failed(ctx, id, classify(err, "list the Slack user group "+id, true, false))
			continue
		}
		g.mu.Lock()
		g.lists[id] = groupList{users: users, at: g.now()}
		g.mu.Unlock()
	}
	return all
}

func (g *Groups) failed(ctx context.Context, id string, err error) {
	if ctx.Err() != nil {
		return
	}
	g.mu.Lock()
	list, known := g.lists[id]
	g.mu.Unlock()
	if known && g.now().Sub(list.at) < groupKeep {
		g.log.WarnContext(ctx, "slack user group could not be read; its last list counts on", "group", id, "until", list.at.Add(groupKeep), "error", err)
		return
	}
	g.log.ErrorContext(ctx, "slack user group could not be read: nobody of it may decide until it can", "group", id, "error", err)
}

// await gives the first look after a start a moment to end, so that the first
// click of a member is not refused.
func (g *Groups) await(ctx context.Context) {
	if g == nil || len(g.ids) == 0 {
		return
	}
	timer := time.NewTimer(groupWait)
	defer timer.Stop()
	select {
	case <-g.first:
	case <-timer.C:
	case <-ctx.Done():
	}
}
