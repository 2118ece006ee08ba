package slack

import (
	"cmp"
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"sync"
	"time"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// Records lists leads for the home tab and the commands; internal/store
// implements it.
type Records interface {
	Waiting(ctx context.Context, f lead.WaitingFilter) (lead.WaitingPage, error)
	// Decided are the rounds that somebody decided, newest first.
	Decided(ctx context.Context, by string, limit int) ([]lead.Decided, error)
	// Find are the leads of the company with the domain or, where there are none, of
	// those whose name or domain has the words in it; the newest first.
	Find(ctx context.Context, domain, words string, limit int) ([]lead.Dossier, error)
	// Unasked are the partners' leads that nobody was asked about from from until to,
	// the highest scores first.
	Unasked(ctx context.Context, of lead.Senders, from, to time.Time, most int) (lead.Unasked, error)
	Dossier(ctx context.Context, leadID string) (lead.Dossier, error)
}

// actionRefresh is the home tab's only button.
const actionRefresh = "home_refresh"

// Rows of the home tab: with the longest of everything far below Slack's 100
// blocks of a view, and readable.
const (
	homeHighest = 25
	homeLongest = 5
	homeMine    = 10
	// maxParked leads of the last homeParkedDays are listed, of the homeParkedRead highest
	// those that the person may decide about; a digest lists as many.
	maxParked      = 10
	homeParkedDays = 7
	homeParkedRead = 200
)

const (
	// homeRecent is how long a home tab is kept fresh after it was opened.
	homeRecent = 15 * time.Minute
	// homePause lies between two drawings of one tab; of many it grows with their
	// number by homeEach: Slack takes about 100 calls a minute of views.publish.
	homePause = 3 * time.Second
	homeEach  = 600 * time.Millisecond
	// homeMost bounds the tabs that are kept fresh in this process.
	homeMost = 20
)

// linksWait is how long a list may wait for the address of its links.
const linksWait = time.Second

// homes are the tabs that were opened lately and are worth drawing again.
type homes struct {
	mu      sync.Mutex
	seen    map[string]time.Time // when, by user
	drawing bool
	again   bool // something changed meanwhile
}

// look remembers that the person has the tab open.
func (h *homes) look(user string, now time.Time) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.seen == nil {
		h.seen = map[string]time.Time{}
	}
	h.seen[user] = now
	if h.forget(now); len(h.seen) > homeMost {
		delete(h.seen, slices.MinFunc(slices.Collect(maps.Keys(h.seen)), func(a, b string) int { return h.seen[a].Compare(h.seen[b]) }))
	}
}

// recent lists who opened the tab lately.
func (h *homes) recent(now time.Time) []string {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.forget(now)
	return slices.Sorted(maps.Keys(h.seen))
}

func (h *homes) forget(now time.Time) {
	maps.DeleteFunc(h.seen, func(_ string, at time.Time) bool { return now.Sub(at) > homeRecent })
}

// begin reports whether the caller is to draw; otherwise somebody draws, and will again.
func (h *homes) begin() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	if h.drawing || len(h.seen) == 0 {
		h.again = h.drawing
		return false
	}
	h.drawing = true
	return true
}

// more reports whether to draw once more; otherwise the drawing is over.
func (h *homes) more() bool {
	h.mu.Lock()
	defer h.mu.Unlock()
	h.drawing, h.again = h.again, false
	return h.drawing
}

// moved draws the tabs that were opened lately again, after a decision. What
// happens meanwhile is drawn together, three seconds later.
func (a *Actions) moved() {
	if a.o.Records == nil || !a.homes.begin() {
		return
	}
	a.later(func(ctx context.Context) {
		for {
			users := a.homes.recent(a.o.Now())
			for _, user := range users {
				a.publish(ctx, user)
			}
			if !a.homes.more() {
				return
			}
			if !pause(ctx, max(homePause, time.Duration(len(users))*homeEach)) {
				a.homes.more()
				return
			}
		}
	})
}

// publish draws a person's home tab.
func (a *Actions) publish(ctx context.Context, user string) {
	blocks, err := a.home(ctx, user)
	if err != nil {
		a.o.Logger.ErrorContext(ctx, "slack home tab not read", "user", user, "error", err)
		blocks = []slackapi.Block{section(speak(a.poster.locale(user, "")).NotRead)}
	}
	if err := a.poster.publish(ctx, user, blocks); err != nil {
		a.o.Logger.WarnContext(ctx, "slack home tab not drawn", "user", user, "error", err)
	}
}

func (p *Poster) publish(ctx context.Context, user string, blocks []slackapi.Block) error {
	ctx, sent := watch(ctx)
	_, err := p.api.PublishViewContext(ctx, slackapi.PublishViewContextRequest{UserID: user,
		View: slackapi.HomeTabViewRequest{Type: slackapi.VTHomeTab, Blocks: slackapi.Blocks{BlockSet: blocks}}})
	return classify(err, "draw the home tab of "+user, sent.Load(), false)
}

// home is what waits for the person, and what the person decided last.
func (a *Actions) home(ctx context.Context, user string) ([]slackapi.Block, error) {
	l := a.list(ctx, user, "")
	within := a.o.Reviewers.Scopes(user)
	if len(within) == 0 {
		return []slackapi.Block{section(l.say.NotReviewer)}, nil
	}
	highest, err := a.o.Records.Waiting(ctx, lead.WaitingFilter{Within: within, Limit: homeHighest})
	if err != nil {
		return nil, err
	}
	longest := lead.WaitingPage{}
	if highest.Total > len(highest.Leads) {
		if longest, err = a.o.Records.Waiting(ctx, lead.WaitingFilter{Within: within, Longest: true, Limit: homeLongest}); err != nil {
			return nil, err
		}
	}
	now := a.o.Now()
	unasked, err := a.o.Records.Unasked(ctx, lead.Senders{Others: true}, now.AddDate(0, 0, -homeParkedDays), now, homeParkedRead)
	if err != nil {
		return nil, err
	}
	parked := slices.DeleteFunc(unasked.Parked, func(p lead.ParkedLead) bool {
		return !a.o.Reviewers.Authorized(user, &lead.Dossier{Lead: lead.Lead{Submission: lead.Submission{Partner: lead.Partner{ID: p.Partner}}}})
	})
	mine, err := a.o.Records.Decided(ctx, user, homeMine)
	if err != nil {
		return nil, err
	}
	refresh := slackapi.NewButtonBlockElement(actionRefresh, "", plain(l.say.HomeRefresh))
	blocks := []slackapi.Block{slackapi.NewHeaderBlock(plain(l.say.HomeTitle)),
		slackapi.NewSectionBlock(mrkdwn(l.summary(highest)), nil, slackapi.NewAccessory(refresh))}
	blocks = append(blocks, l.sections(l.say.HomeHighest, l.waiting(highest.Leads), highest.Total-len(highest.Leads))...)
	blocks = append(blocks, l.sections(l.say.HomeLongest, l.waiting(besides(longest.Leads, highest.Leads)), 0)...)
	blocks = append(blocks, l.parked(l.say.HomeParked, parked, len(parked))...)
	blocks = append(blocks, slackapi.NewDividerBlock())
	if len(mine) == 0 {
		blocks = append(blocks, section(l.say.HomeMine+"\n"+l.say.HomeMineNone))
	}
	blocks = append(blocks, l.sections(l.say.HomeMine, l.decided(mine), 0)...)
	return append(blocks, slackapi.NewContextBlock("", mrkdwn(fmt.Sprintf(l.say.HomeAsOf, moment(a.o.Now()))))), nil
}

// listing writes rows of leads in one person's language.
type listing struct {
	say       *catalogue
	partner   func(id string) string
	workspace string // address of the links; "": none
}

// list prepares rows for a person. Without Slack's answer to who we are they
// have no links.
func (a *Actions) list(ctx context.Context, user, channel string) listing {
	asking, cancel := context.WithTimeout(ctx, linksWait)
	defer cancel()
	workspace, err := a.poster.Workspace(asking)
	if err != nil {
		a.o.Logger.WarnContext(ctx, "links to cards left out", "error", err)
	}
	return listing{say: speak(a.poster.locale(user, channel)), partner: a.poster.card.Partner, workspace: workspace}
}

// summary says how much waits and since when.
func (l listing) summary(page lead.WaitingPage) string {
	if page.Total == 0 {
		return l.say.NothingWaits
	}
	return fmt.Sprintf(l.say.WaitingSince, l.say.number(page.Total), moment(page.Oldest))
}

// sections are rows under a title; none without rows.
func (l listing) sections(title string, rows []string, more int) []slackapi.Block {
	if len(rows) == 0 {
		return nil
	}
	return stacked(append([]string{title}, l.more(rows, more)...))
}

// more adds how many rows are left out, if any.
func (l listing) more(rows []string, left int) []string {
	if left <= 0 {
		return rows
	}
	return append(rows, fmt.Sprintf(l.say.ListMore, l.say.number(left)))
}

// stacked are lines of bounded length in as few sections as it takes.
func stacked(lines []string) (blocks []slackapi.Block) {
	texts, _ := pack(lines, maxSection)
	for _, text := range texts {
		blocks = append(blocks, section(text))
	}
	return blocks
}

func (l listing) waiting(leads []lead.Waiting) (rows []string) {
	for _, w := range leads {
		rows = append(rows, fmt.Sprintf(l.say.WaitingRow, w.Score, l.say.verdict(w.Verdict), l.name(w.Name), l.from(w.Partner),
			moment(w.Asked))+" · "+l.card(w.Channel, w.TS))
	}
	return rows
}

// besides are the leads that others does not have.
func besides(leads, others []lead.Waiting) []lead.Waiting {
	return slices.DeleteFunc(slices.Clone(leads), func(w lead.Waiting) bool { return slices.Contains(others, w) })
}

// parked are the first of so many leads that nobody was asked about, each with a button.
func (l listing) parked(title string, leads []lead.ParkedLead, of int) (blocks []slackapi.Block) {
	if of == 0 {
		return nil
	}
	blocks = append(blocks, section(title))
	shown := atMost(leads, maxParked)
	for _, p := range shown {
		row := fmt.Sprintf(l.say.ParkedRow, p.Score, l.say.verdict(p.Verdict), l.name(p.Name), l.from(p.Partner))
		blocks = append(blocks, l.sendable(row, p.LeadID))
	}
	return append(blocks, stacked(l.more(nil, of-len(shown)))...)
}

// sendable is a row about a lead with the button that sends it to review.
func (l listing) sendable(row, leadID string) slackapi.Block {
	send := slackapi.NewButtonBlockElement(ActionSendToReview, leadID, plain(l.say.SendToReview))
	return slackapi.NewSectionBlock(mrkdwn(row), nil, slackapi.NewAccessory(send))
}

func (l listing) decided(rounds []lead.Decided) (rows []string) {
	for _, d := range rounds {
		parts := []string{fmt.Sprintf(l.say.DecidedRow, l.word(d.Decision), l.name(d.Name), l.from(d.Partner), moment(d.At))}
		if d.Override && !d.Undone {
			parts = append(parts, l.say.OverrideMark)
		}
		if d.Undone {
			parts = append(parts, l.say.UndoneMark)
		}
		rows = append(rows, strings.Join(append(parts, l.card(d.Channel, d.TS)), " · "))
	}
	return rows
}

func (l listing) word(d lead.Decision) string {
	return map[lead.Decision]string{lead.Approve: "✅ ", lead.Reject: "⛔ "}[d] + l.say.Decisions[d]
}

func (l listing) name(name string) string { return cmp.Or(safe(name, 80), l.say.NoCompany) }

func (l listing) from(partner string) string {
	if partner == lead.Direct {
		return l.say.NoPartner
	}
	return partnerName(partner, l.partner)
}

// card links to a card, or says that it is not posted yet.
func (l listing) card(channel, ts string) string {
	switch url := permalink(l.workspace, channel, ts); {
	case url != "":
		return "<" + url + "|" + l.say.OpenCard + ">"
	case ts == "":
		return l.say.CardComing
	}
	return l.say.InChannel
}
