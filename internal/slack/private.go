package slack

import (
	"context"
	"errors"
	"fmt"
	"net/url"

	slackapi "github.com/slack-go/slack"
)

// PostPrivately shows one person a sentence that nobody else sees. The sentence is
// mrkdwn: whatever came from outside must be inert already. As a block it is
// taken as it stands; of a bare text Slack would link what looks like a host.
func (p *Poster) PostPrivately(ctx context.Context, channel, user, sentence string) error {
	ctx, sent := watch(ctx)
	_, err := p.api.PostEphemeralContext(ctx, channel, user, slackapi.MsgOptionText(sentence, false), slackapi.MsgOptionBlocks(section(sentence)))
	return classify(err, fmt.Sprintf("tell %s in channel %s", user, channel), sent.Load(), false)
}

// respondAt shows the sentence by the address that came with the person's click. It
// works where the app is no member of the channel, and is used at Slack alone; a
// sentence heard twice is better than none.
func (p *Poster) respondAt(ctx context.Context, address, sentence string) error {
	if !p.atSlack(address) {
		return errors.New("the click names no address at Slack for an answer")
	}
	err := slackapi.PostWebhookCustomHTTPContext(ctx, address, p.http, &slackapi.WebhookMessage{
		ResponseType: slackapi.ResponseTypeEphemeral, Text: sentence, Blocks: &slackapi.Blocks{BlockSet: []slackapi.Block{section(sentence)}}})
	return classify(err, "answer a click", true, false)
}

// atSlack reports whether an address is the API's host or the hooks host beside it.
func (p *Poster) atSlack(address string) bool {
	api, err := url.Parse(p.url)
	if err != nil {
		return false
	}
	u, err := url.Parse(address)
	return err == nil && u.User == nil && u.Scheme == api.Scheme && (u.Host == api.Host || u.Host == "hooks."+api.Host)
}

// reply answers with a sentence that only the person sees, once Slack has its answer.
func (v *handler) reply(sentence string) Answer {
	if sentence == "" || v.channel == "" || v.user == "" {
		return Answer{}
	}
	return Answer{After: func(ctx context.Context) {
		err := v.poster.PostPrivately(ctx, v.channel, v.user, sentence)
		if err != nil && v.poster.respondAt(ctx, v.answer, sentence) != nil {
			v.o.Logger.WarnContext(ctx, "private sentence not shown", "user", v.user, "error", err)
		}
	}}
}
