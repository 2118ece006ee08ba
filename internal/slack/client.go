package slack

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"strings"
	"sync"
	"time"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// eventType marks our cards in a channel's history (CONTRACT "Slack card").
const eventType = "lead_review"

const (
	pageSize = 100
	maxPages = 50
	// skew is how far our clock may run ahead of Slack's.
	skew = 2 * time.Minute
)

// Options of a Poster.
type Options struct {
	Token    string           // bot token, xoxb-…
	AppToken string           // app-level token, xapp-…; Socket Mode alone needs it
	APIURL   string           // with its /api/; empty: Slack's own
	Card     CardOptions      // how they look
	Locale   Locale           // nil: English
	HTTP     *http.Client     // nil: 10 s a call and no proxy; redirects are never followed
	Logger   *slog.Logger     // nil: none
	Now      func() time.Time // nil: time.Now
}

// Poster posts cards to Slack and redraws them. All errors are lead.Fault; it
// never retries and never waits for a limit. Safe for concurrent use.
type Poster struct {
	api    *slackapi.Client
	http   *http.Client
	url    string // of the API, with a closing slash
	card   CardOptions
	locale Locale
	log    *slog.Logger
	now    func() time.Time

	mu sync.Mutex
	me *slackapi.AuthTestResponse // of the token; nil until first asked
}

// New returns a Poster; it calls nobody yet.
func New(o Options) *Poster {
	client := newHTTPClient()
	if o.HTTP != nil {
		own := *o.HTTP
		own.CheckRedirect = client.CheckRedirect
		client = &own
	}
	url := slackapi.APIURL
	if o.APIURL != "" {
		url = strings.TrimRight(o.APIURL, "/") + "/"
	}
	options := []slackapi.Option{slackapi.OptionHTTPClient(guard{client}), slackapi.OptionAppLevelToken(o.AppToken), slackapi.OptionAPIURL(url)}
	p := &Poster{api: slackapi.New(o.Token, options...), http: client, url: url, card: o.Card,
		locale: o.Locale, log: orSilent(o.Logger), now: orNow(o.Now)}
	if p.locale == nil {
		p.locale = func(string, string) string { return "" }
	}
	return p
}

// Post posts the card of the newest round in the channel and returns where it
// stands. Uncertain: the card may be there; look with Find before posting again.
func (p *Poster) Post(ctx context.Context, channel string, d *lead.Dossier) (at, ts string, err error) {
	return p.post(ctx, fmt.Sprintf("post the card of lead %s in channel %s", d.Lead.ID, channel), channel, p.message(d, channel, 0)...)
}

// Update draws the card at (channel, ts) again, from the round that was posted
// there. lead.ErrMessageGone: it was deleted, or cannot be changed any more; then a
// reply below it says so.
func (p *Poster) Update(ctx context.Context, d *lead.Dossier, channel, ts string) error {
	round := 0
	for _, r := range d.Reviews { // after an undo two rounds have one message: the later counts
		if r.Channel == channel && r.TS == ts {
			round = r.Round
		}
	}
	op := fmt.Sprintf("redraw the card of lead %s in channel %s", d.Lead.ID, channel)
	err := p.redraw(ctx, op, channel, ts, p.message(d, channel, round)...)
	if refusal, ok := errors.AsType[*Refusal](err); ok && refusal.fixed() && d.Round(round) != nil {
		if told := p.closeBelow(ctx, d, d.Round(round)); told != nil {
			return told
		}
	}
	return err
}

// closeBelow says once below a card that cannot be changed what would stand on it.
func (p *Poster) closeBelow(ctx context.Context, d *lead.Dossier, r *lead.Review) error {
	kind := lead.CardEffect + lead.EffectKind(r.Decision)
	if _, told, err := p.FindReply(ctx, kind, d.Lead.ID, r); told || err != nil {
		return err
	}
	o := p.card
	o.Round, o.Now, o.Locale = r.Round, p.now(), p.locale("", r.Channel)
	c := newCard(d, o)
	text := c.say.CardFixed
	if !r.Open() {
		text = c.join(c.say.CardFixedDecided, c.decided(r))
	}
	_, err := p.reply(ctx, kind, d, r, slackapi.MsgOptionText(text, false), slackapi.MsgOptionBlocks(section(text)))
	return err
}

// post posts a message and says where it stands.
func (p *Poster) post(ctx context.Context, op, channel string, options ...slackapi.MsgOption) (at, ts string, err error) {
	ctx, sent := watch(ctx)
	at, ts, err = p.api.PostMessageContext(ctx, channel, append(options, unlinked...)...)
	if err == nil && (at == "" || ts == "") {
		err = errNotSlack
	}
	if err != nil {
		return "", "", classify(err, op, sent.Load(), true)
	}
	return at, ts, nil
}

// redraw draws a message again. lead.ErrMessageGone: it was deleted.
func (p *Poster) redraw(ctx context.Context, op, channel, ts string, options ...slackapi.MsgOption) error {
	ctx, sent := watch(ctx)
	_, _, _, err := p.api.UpdateMessageContext(ctx, channel, ts, append(options, unlinked...)...)
	return classify(err, op, sent.Load(), false)
}

// unlinked keeps Slack from showing what a message links to.
var unlinked = []slackapi.MsgOption{slackapi.MsgOptionDisableLinkUnfurl(), slackapi.MsgOptionDisableMediaUnfurl()}

// message draws a round's card as it looks now; 0: of the newest round.
func (p *Poster) message(d *lead.Dossier, channel string, round int) []slackapi.MsgOption {
	o := p.card
	o.Round, o.Now, o.Locale = round, p.now(), p.locale("", channel)
	if r := reviewOf(d, o.Round); r != nil {
		round = r.Round
	}
	return []slackapi.MsgOption{
		slackapi.MsgOptionText(Fallback(d, o), false),
		slackapi.MsgOptionBlocks(Card(d, o)...),
		slackapi.MsgOptionMetadata(slackapi.SlackMetadata{EventType: eventType,
			EventPayload: map[string]any{"lead_id": d.Lead.ID, "round": round}}),
	}
}

func orSilent(log *slog.Logger) *slog.Logger { return cmp.Or(log, slog.New(slog.DiscardHandler)) }

func orNow(now func() time.Time) func() time.Time {
	if now == nil {
		return time.Now
	}
	return now
}

// open shows a modal; the trigger lives three seconds.
func (p *Poster) open(ctx context.Context, trigger string, view slackapi.ModalViewRequest) error {
	_, err := p.api.OpenViewContext(ctx, trigger, view)
	return classify(err, "open a modal", true, false)
}

// whoami is who the token belongs to, asked once.
func (p *Poster) whoami(ctx context.Context) (*slackapi.AuthTestResponse, error) {
	if me := p.known(); me != nil {
		return me, nil
	}
	return p.authTest(ctx)
}

// known is who the token belongs to, nil while nobody asked.
func (p *Poster) known() *slackapi.AuthTestResponse {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.me
}

func (p *Poster) authTest(ctx context.Context) (*slackapi.AuthTestResponse, error) {
	me, err := p.api.AuthTestContext(ctx)
	if err == nil && me.UserID == "" && me.BotID == "" {
		err = errNotSlack
	}
	if err != nil {
		return nil, classify(err, "check the Slack token", true, false)
	}
	p.mu.Lock()
	p.me = me
	p.mu.Unlock()
	return me, nil
}
