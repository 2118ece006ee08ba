package slack

import (
	"context"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	slackapi "github.com/slack-go/slack"

	"leadtriage/internal/lead"
)

// digestType marks our digests in a channel's history.
const digestType = "lead_digest"

// PostDigest tells a channel what waits and what was done. Uncertain: it may be
// there; look with FindDigest before posting again.
func (p *Poster) PostDigest(ctx context.Context, d *lead.Digest) error {
	op := fmt.Sprintf("post the digest of %s in channel %s", d.Day, d.Channel)
	me, err := p.whoami(ctx) // whose address begins every link
	if err != nil {
		return err
	}
	say := speak(p.locale("", d.Channel))
	_, _, err = p.post(ctx, op, d.Channel,
		slackapi.MsgOptionText(say.waitingInAll(d), false),
		slackapi.MsgOptionBlocks(DigestBlocks(d, me.URL, say.lang, p.card.Partner)...),
		slackapi.MsgOptionMetadata(slackapi.SlackMetadata{EventType: digestType, EventPayload: map[string]any{"day": d.Day}}))
	return err
}

// DigestBlocks draws a digest. It is pure, and within Block Kit's limits; names
// from outside are inert.
func DigestBlocks(d *lead.Digest, workspace, locale string, partner func(string) string) []slackapi.Block {
	l := listing{say: speak(locale), partner: partner, workspace: workspace}
	highest := atMost(d.Waiting.Leads, maxListed)
	longest := besides(atMost(d.Longest, maxListed), highest)
	title := "*" + l.say.waitingInAll(d) + "*"
	blocks := l.sections(title, l.waiting(highest), d.Waiting.Total-len(highest))
	if len(blocks) == 0 {
		blocks = stacked([]string{title})
	}
	blocks = append(blocks, l.sections(l.say.HomeLongest, l.waiting(longest), 0)...)
	blocks = append(blocks, slackapi.NewDividerBlock())
	blocks = append(blocks, stacked(l.say.done(d))...)
	blocks = append(blocks, l.parked(fmt.Sprintf(l.say.DigestParked, l.say.number(d.Unasked.ParkedTotal)), d.Unasked.Parked, d.Unasked.ParkedTotal)...)
	return append(blocks, stacked(l.say.disqualified(d.Unasked.Disqualified))...)
}

// maxListed bounds each list of a digest.
const maxListed = 50

func atMost[T any](list []T, n int) []T { return list[:min(len(list), n)] }

func (say *catalogue) waitingInAll(d *lead.Digest) string {
	return fmt.Sprintf(say.DigestWaiting, say.number(d.Waiting.Total))
}

// done says what reviewers did since the digest before.
func (say *catalogue) done(d *lead.Digest) []string {
	r := d.Review
	lines := []string{fmt.Sprintf(say.DigestDone, moment(d.From))}
	if n := r.Approved + r.Rejected; n > 0 {
		return append(lines, fmt.Sprintf(say.DigestDecided, say.number(n), say.number(r.Approved), say.number(r.Rejected)),
			fmt.Sprintf(say.DigestOverridden, say.number(r.Overridden)), fmt.Sprintf(say.DigestMedian, say.span(r.Median)))
	}
	return append(lines, say.DigestNone)
}

// disqualified counts leads by the rule that said no.
func (say *catalogue) disqualified(by map[string]int) []string {
	if len(by) == 0 {
		return nil
	}
	var rules []string
	total := 0
	for _, rule := range slices.Sorted(maps.Keys(by)) {
		total += by[rule]
		rules = append(rules, fmt.Sprintf("%s %s", say.term(rule), say.number(by[rule])))
	}
	return []string{fmt.Sprintf(say.DigestDisqualified, say.number(total), strings.Join(atMost(rules, 20), ", "))}
}

// span is a length of time in days, hours and minutes, the two that matter; a
// minute at least.
func (say *catalogue) span(d time.Duration) string {
	d = max(d.Round(time.Minute), time.Minute)
	days, hours, minutes := int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case days > 0:
		return fmt.Sprintf(say.DaysHours, days, hours)
	case hours > 0:
		return fmt.Sprintf(say.HoursMinutes, hours, minutes)
	}
	return fmt.Sprintf(say.Minutes, minutes)
}
