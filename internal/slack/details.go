package slack

import (
	"cmp"
	"context"
	"fmt"
	"net/url"
	"slices"
	"strings"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// details opens all that is known. It only shows, so whoever sees the card may.
func (v *handler) details(ctx context.Context, reviewID string) Answer {
	d, sentence := v.look(ctx, reviewID)
	if sentence != "" {
		return v.reply(sentence)
	}
	o := v.poster.card
	o.Locale = v.say.lang
	return v.show(ctx, &d, Details(&d, o))
}

// show opens a modal while the trigger lives.
func (v *handler) show(ctx context.Context, d *lead.Dossier, view slackapi.ModalViewRequest) Answer {
	if err := v.poster.open(ctx, v.trigger, view); err != nil {
		v.o.Logger.ErrorContext(ctx, "slack modal not opened", "lead_id", d.Lead.ID, "callback_id", view.CallbackID, "error", err)
		return v.reply(v.say.NoModal)
	}
	return Answer{}
}

// Details shows everything on record that a reviewer may want to see. Of the
// contact it tells no more than the card. Pure; at most 49 blocks, so that the
// whole stays below the 250 kB that Slack takes of a view.
func Details(d *lead.Dossier, o CardOptions) slackapi.ModalViewRequest {
	o.Round = 0
	c := newCard(d, o)
	c.full = true
	say := c.say
	blocks := []slackapi.Block{c.title(), section(c.join(c.closed(), c.proposal(), c.bant())), section(c.join(append([]string{c.company(), c.partner()}, c.answers()...)...))}
	blocks = c.chapter(blocks, 1, "", nonEmpty(c.warnings()))
	blocks = c.chapter(blocks, 12, say.ScoreTitle, c.allLines())
	title, others := c.otherFacts()
	blocks = c.chapter(blocks, 12, title, others)
	blocks = c.chapter(blocks, 3, say.Touchpoints, c.touchpoints())
	blocks = c.chapter(blocks, 2, say.Signals, c.signals())
	blocks = c.chapter(blocks, 3, say.Events, c.events())
	blocks = c.chapter(blocks, 2, say.Outcomes, c.outcomes())
	blocks = c.chapter(blocks, 1, say.Attribution, c.attribution())
	blocks = c.chapter(blocks, 1, say.Cost, c.cost())
	blocks = c.chapter(blocks, 5, say.History, c.history())
	view := modal(say.DetailsTitle, say.ModalClose, append(blocks, slackapi.NewContextBlock("", mrkdwn(c.footer()), mrkdwn(say.Legend)))...)
	view.CallbackID = ActionDetails
	return view
}

// chapter appends lines under a title as at most n sections, and says how many
// lines had no room. No lines, no chapter.
func (c *card) chapter(blocks []slackapi.Block, n int, title string, lines []string) []slackapi.Block {
	if len(lines) == 0 {
		return blocks
	}
	all := lines
	if title != "" {
		all = append([]string{title}, lines...)
	}
	texts, sizes := pack(all, maxSection-len(c.say.MoreHere)-10)
	if len(texts) > n {
		texts = texts[:n]
		shown := 0
		for _, size := range sizes[:n] {
			shown += size
		}
		texts[n-1] += "\n" + fmt.Sprintf(c.say.MoreHere, len(all)-shown)
	}
	for _, t := range texts {
		blocks = append(blocks, section(t))
	}
	return blocks
}

// otherFacts are those that no line of the score shows.
func (c *card) otherFacts() (title string, lines []string) {
	if len(c.l.Facts) == 0 {
		return c.say.Facts, []string{c.noFacts()}
	}
	var shown []lead.Fact
	if c.l.Score != nil {
		for _, l := range c.l.Score.Lines {
			if i := c.restsOn(l); i >= 0 {
				shown = append(shown, c.l.Facts[i])
			}
		}
	}
	for _, f := range c.ordered() {
		if !slices.ContainsFunc(shown, func(s lead.Fact) bool { return s.Field == f.Field && s.Value == f.Value && s.Status == f.Status }) {
			lines = append(lines, c.factLine(f))
		}
	}
	if len(shown) > 0 {
		return c.say.OtherFacts, lines
	}
	return c.say.Facts, lines
}

func (c *card) allLines() (lines []string) {
	if c.l.Score == nil {
		return nil
	}
	for _, l := range c.l.Score.Lines {
		lines = append(lines, c.scoreLine(l))
	}
	return lines
}

func (c *card) touchpoints() (lines []string) {
	for _, t := range newestFirst(c.l.Touchpoints, func(t lead.Touchpoint) int64 { return t.At.UnixMilli() }) {
		utm := ""
		if t.UTM != nil {
			utm = strings.Join(c.utm(*t.UTM), ", ")
		}
		lines = append(lines, c.dotted(c.say.day(t.At), c.say.term(t.Type), c.say.term(t.Owner), asset(t.Asset), utm))
	}
	return lines
}

func (c *card) signals() (lines []string) {
	for _, s := range newestFirst(c.l.Signals, func(s lead.Signal) int64 { return s.At.UnixMilli() }) {
		lines = append(lines, c.dotted(c.say.day(s.At), c.say.term(s.Type), safe(s.By, 80)))
	}
	return lines
}

func (c *card) events() (lines []string) {
	for _, e := range newestFirst(c.l.Events, func(e lead.Event) int64 { return e.At.UnixMilli() }) {
		lines = append(lines, c.dotted(c.say.day(e.At), c.say.term(e.Type), asset(e.Asset)))
	}
	return lines
}

func (c *card) outcomes() (lines []string) {
	for _, o := range slices.Backward(c.d.Outcomes) {
		arr := ""
		if o.ARR != (lead.Money{}) {
			arr = "ARR " + c.money(o.ARR)
		}
		lines = append(lines, c.dotted(c.say.day(o.At), c.say.term("outcome_"+string(o.Type)), c.money(o.Amount), arr, safe(o.Reason, 200), safe(o.DealID, 80)))
	}
	return lines
}

func (c *card) money(m lead.Money) string {
	if m == (lead.Money{}) {
		return ""
	}
	return m.Value() + " " + m.Currency
}

func (c *card) attribution() (lines []string) {
	lines = nonEmpty(append([]string{
		c.referral(),
		c.named(c.say.Product, safe(c.l.Product, 120)),
		c.named(c.say.Landing, asset(c.l.LandingURL)),
		c.named(c.say.Referrer, asset(c.l.Referrer)),
	}, c.utm(c.l.UTM)...))
	if a := c.l.Attribution; a != nil {
		for _, credit := range a.Credits {
			if share := c.say.percent(credit.PPM); credit.Partner == lead.Direct {
				lines = append(lines, fmt.Sprintf(c.say.CreditDirect, share))
			} else {
				lines = append(lines, fmt.Sprintf(c.say.CreditTo, share, partnerName(credit.Partner, c.o.Partner)))
			}
		}
	}
	return append(lines, c.inCRMs()...)
}

func (c *card) utm(u lead.UTM) (parts []string) {
	for _, p := range [][2]string{{"utm_source", u.Source}, {"utm_medium", u.Medium}, {"utm_campaign", u.Campaign}, {"utm_term", u.Term}, {"utm_content", u.Content}} {
		if s := safe(p[1], 80); s != "" {
			parts = append(parts, c.named(p[0], s))
		}
	}
	return parts
}

func (c *card) cost() []string {
	u := c.l.Usage
	if u.Calls == 0 {
		return []string{c.say.CostNothing}
	}
	return []string{fmt.Sprintf(c.say.CostOf, u.Calls, c.say.number(u.PromptTokens), c.say.number(u.CachedTokens), c.say.number(u.CompletionTokens), c.say.decimal(u.CostUSD, 4))}
}

func (c *card) history() (lines []string) {
	for _, e := range slices.Backward(c.d.History) {
		lines = append(lines, c.dotted(moment(e.At), c.say.actorName(e.Actor), c.say.term(e.Action), c.say.explained(e.Detail.Reason, 120)))
	}
	return lines
}

func (c *card) named(name, value string) string {
	if value == "" {
		return ""
	}
	return name + " " + value
}

// asset shows what was visited: of an address host and path, for its query may
// name a person; anything else as text.
func asset(s string) string {
	u, err := url.Parse(strings.TrimSpace(s))
	if err != nil || u.Scheme == "" {
		before, _, _ := strings.Cut(s, "?")
		return safe(before, 120)
	}
	u.RawQuery, u.Fragment, u.User = "", "", nil
	bare := link(u.String())
	if bare == "" || length(bare) > 400 {
		return safe(u.Host+u.Path, 120)
	}
	return bare + safe(u.Path, 80)
}

func newestFirst[T any](list []T, at func(T) int64) []T {
	list = slices.Clone(list)
	slices.SortStableFunc(list, func(a, b T) int { return cmp.Compare(at(b), at(a)) })
	return list
}
