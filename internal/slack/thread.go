package slack

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// replyType marks our replies below cards. It is not the cards' own, so that
// nothing takes a reply for a card.
const replyType = "lead_thread"

const maxTold = 60 // acts in a thread's reply, the newest

// PostTimeline posts what happened with the lead below the round's card, which must stand (CardStands).
// Uncertain: it may be there; look with FindReply before posting again.
func (p *Poster) PostTimeline(ctx context.Context, d *lead.Dossier, r *lead.Review) (ts string, err error) {
	return p.reply(ctx, lead.ThreadEffect, d, r, p.timeline(d, r)...)
}

// UpdateTimeline draws that reply again. lead.ErrMessageGone: it was deleted.
func (p *Poster) UpdateTimeline(ctx context.Context, d *lead.Dossier, r *lead.Review) error {
	op := fmt.Sprintf("tell what happened with lead %s in channel %s", d.Lead.ID, r.Channel)
	return p.redraw(ctx, op, r.Channel, r.ThreadTS, append(p.timeline(d, r), replyMark(lead.ThreadEffect, d.Lead.ID, r.Round))...)
}

func (p *Poster) timeline(d *lead.Dossier, r *lead.Review) []slackapi.MsgOption {
	say := speak(p.locale("", r.Channel))
	return []slackapi.MsgOption{
		slackapi.MsgOptionText(say.Timeline, false),
		slackapi.MsgOptionBlocks(Timeline(d, say.lang)...),
	}
}

// Timeline is what happened with the lead, oldest first, as far as reviewers need
// to know. It is pure, and within Block Kit's limits.
func Timeline(d *lead.Dossier, locale string) []slackapi.Block {
	say := speak(locale)
	lines := []string{"*" + say.Timeline + "*"}
	told := slices.DeleteFunc(slices.Clone(d.History), func(e lead.Entry) bool { return say.Acts[e.Action] == "" })
	if left := len(told) - maxTold; left > 0 {
		told = told[left:]
		lines = append(lines, fmt.Sprintf(say.Earlier, left))
	}
	for _, e := range told {
		who := strings.NewReplacer("%[1]s", say.actorName(e.Actor), "%[2]s", say.explained(e.Detail.Reason, 120))
		lines = append(lines, moment(e.At)+" · "+who.Replace(say.Acts[e.Action]))
	}
	return stacked(lines)
}

// CardStands looks for the round's card: Slack would put a reply to a message that is
// gone into the channel. lead.ErrMessageGone: it is not there. Where nothing can
// look (not Slack, but what stands in for it) it is taken to be there.
func (p *Poster) CardStands(ctx context.Context, r *lead.Review) error {
	var refused slackapi.SlackErrorResponse
	_, err := p.api.GetPermalinkContext(ctx, &slackapi.PermalinkParameters{Channel: r.Channel, Ts: r.TS})
	if errors.As(err, &refused) && refused.Err == "unknown_method" {
		return nil
	}
	return classify(err, fmt.Sprintf("look for the card of lead %s in channel %s", r.LeadID, r.Channel), true, false)
}

// reply posts below the round's card, which must stand (CardStands).
func (p *Poster) reply(ctx context.Context, kind lead.EffectKind, d *lead.Dossier, r *lead.Review, options ...slackapi.MsgOption) (ts string, err error) {
	op := fmt.Sprintf("reply to the card of lead %s in channel %s", d.Lead.ID, r.Channel)
	_, ts, err = p.post(ctx, op, r.Channel, append(options, replyMark(kind, d.Lead.ID, r.Round), slackapi.MsgOptionTS(r.TS))...)
	return ts, err
}

func replyMark(kind lead.EffectKind, leadID string, round int) slackapi.MsgOption {
	return slackapi.MsgOptionMetadata(slackapi.SlackMetadata{EventType: replyType,
		EventPayload: map[string]any{"kind": string(kind), "lead": leadID, "round": round}})
}

// FindReply looks for our own reply of a kind below the round's card. ok is
// false when all replies were seen and none is it. lead.ErrMessageGone: there is
// no such card.
func (p *Poster) FindReply(ctx context.Context, kind lead.EffectKind, leadID string, r *lead.Review) (ts string, ok bool, err error) {
	op := fmt.Sprintf("look for a reply to the card of lead %s in channel %s", leadID, r.Channel)
	return p.find(ctx, op, p.replies(ctx, r.Channel, r.TS), func(m slackapi.SlackMetadata) bool {
		of := m.EventPayload
		return m.EventType == replyType && of["kind"] == string(kind) && of["lead"] == leadID && fmt.Sprint(of["round"]) == strconv.Itoa(r.Round)
	})
}

// replies reads the replies to a message.
func (p *Poster) replies(ctx context.Context, channel, ts string) pages {
	params := slackapi.GetConversationRepliesParameters{ChannelID: channel, Timestamp: ts, Limit: pageSize, IncludeAllMetadata: true}
	return func() (messages []slackapi.Message, more bool, err error) {
		messages, more, params.Cursor, err = p.api.GetConversationRepliesContext(ctx, &params)
		return messages, more && params.Cursor != "", err
	}
}
