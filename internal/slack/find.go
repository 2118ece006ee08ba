package slack

import (
	"context"
	"fmt"
	"strconv"
	"time"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// Find looks for our own card of a lead's round in the channel, among the
// messages posted since then. ok is false when all of them were seen and none
// is it.
func (p *Poster) Find(ctx context.Context, channel, leadID string, round int, since time.Time) (ts string, ok bool, err error) {
	op := fmt.Sprintf("look for the card of lead %s in channel %s", leadID, channel)
	return p.find(ctx, op, p.since(ctx, channel, since), func(m slackapi.SlackMetadata) bool { return isCard(m, leadID, round) })
}

// FindDigest looks for our own digest of the day in its channel, as Find does.
func (p *Poster) FindDigest(ctx context.Context, d *lead.Digest) (ok bool, err error) {
	op := fmt.Sprintf("look for the digest of %s in channel %s", d.Day, d.Channel)
	_, ok, err = p.find(ctx, op, p.since(ctx, d.Channel, d.To), func(m slackapi.SlackMetadata) bool {
		return m.EventType == digestType && m.EventPayload["day"] == d.Day
	})
	return ok, err
}

// since reads the channel's messages from a moment on, the newest first.
func (p *Poster) since(ctx context.Context, channel string, since time.Time) pages {
	params := slackapi.GetConversationHistoryParameters{
		ChannelID: channel, Limit: pageSize, IncludeAllMetadata: true, Inclusive: true,
		Oldest: strconv.FormatInt(since.Add(-skew).Unix(), 10) + ".000000",
	}
	return func() ([]slackapi.Message, bool, error) {
		page, err := p.api.GetConversationHistoryContext(ctx, &params)
		if err != nil {
			return nil, false, err
		}
		params.Cursor = page.ResponseMetaData.NextCursor
		return page.Messages, page.HasMore && params.Cursor != "", nil
	}
}

// pages returns the next page of messages at each call, and whether there are more.
type pages func() (messages []slackapi.Message, more bool, err error)

// find looks for a message of ours by its metadata.
func (p *Poster) find(ctx context.Context, op string, next pages, is func(slackapi.SlackMetadata) bool) (ts string, ok bool, err error) {
	me, err := p.whoami(ctx)
	if err != nil {
		return "", false, err
	}
	for range maxPages {
		messages, more, err := next()
		if err != nil {
			return "", false, classify(err, op, true, false)
		}
		for _, m := range messages {
			if m.SubType != "tombstone" && ours(m, me) && is(m.Metadata) {
				return m.Timestamp, true, nil
			}
		}
		if !more {
			return "", false, nil
		}
	}
	return "", false, lead.Faultf(lead.Temporary, operatorDelay, "%s: more than %d messages: look for it by hand", op, maxPages*pageSize)
}

// ours reports whether we wrote the message. Metadata is attached by apps alone,
// so one whose author cannot be compared with us is taken for ours: a second card
// is worse than one that cannot be redrawn.
func ours(m slackapi.Message, me *slackapi.AuthTestResponse) bool {
	if (m.BotID == "" || me.BotID == "") && (m.User == "" || me.UserID == "") {
		return true
	}
	return m.BotID != "" && m.BotID == me.BotID || m.User != "" && m.User == me.UserID
}

// isCard reports whether the mark is that of a lead's round. The contract's own
// mark names no round, and is taken for any: a second card is worse.
func isCard(m slackapi.SlackMetadata, leadID string, round int) bool {
	of, named := m.EventPayload["round"]
	return m.EventType == eventType && m.EventPayload["lead_id"] == leadID && (!named || fmt.Sprint(of) == strconv.Itoa(round))
}
