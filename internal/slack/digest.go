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
	ctx, sent := watch(ctx)
	_, ts, err := p.api.PostMessageContext(ctx, d.Channel,
		slackapi.MsgOptionText(fmt.Sprintf(say.digestWaiting, d.Waiting.Total), false),
		slackapi.MsgOptionBlocks(DigestBlocks(d, me.URL, say.lang, p.card.Partner)...),
		slackapi.MsgOptionMetadata(slackapi.SlackMetadata{EventType: digestType, EventPayload: map[string]any{"day": d.Day}}),
		slackapi.MsgOptionDisableLinkUnfurl(), slackapi.MsgOptionDisableMediaUnfurl())
	if err == nil && ts == "" {
		err = errNotSlack
	}
	return classify(err, op, sent.Load(), true)
}

const maxListed = 50 // leads that a digest names

// DigestBlocks draws a digest. It is pure, and within Block Kit's limits; names
// from outside are inert.
func DigestBlocks(d *lead.Digest, workspace, locale string, partner func(string) string) []slackapi.Block {
	l := listing{say: speak(locale), partner: partner, workspace: strings.TrimRight(workspace, "/") + "/"}
	leads := d.Waiting.Leads[:min(len(d.Waiting.Leads), maxListed)]
	lines := []string{"*" + fmt.Sprintf(l.say.digestWaiting, d.Waiting.Total) + "*"}
	for _, w := range leads {
		line := fmt.Sprintf("`%d`  *%s* · %s · %s", w.Score, l.name(w.Name), l.from(w.Partner), fmt.Sprintf(l.say.digestSince, moment(w.Asked)))
		if url := permalink(l.workspace, w.Channel, w.TS); url != "" {
			line += " · <" + url + "|" + l.say.digestCard + ">"
		}
		lines = append(lines, line)
	}
	if more := d.Waiting.Total - len(leads); more > 0 {
		lines = append(lines, fmt.Sprintf(l.say.listMore, l.say.number(more)))
	}
	return append(stacked(lines), section(strings.Join(l.say.done(d), "\n")))
}

// done says what was done since the digest before.
func (say *catalogue) done(d *lead.Digest) []string {
	r := d.Review
	lines := []string{fmt.Sprintf(say.digestDone, moment(d.From))}
	if n := r.Approved + r.Rejected; n > 0 {
		lines = append(lines, fmt.Sprintf(say.digestDecided, n, r.Approved, r.Rejected, r.Overridden), fmt.Sprintf(say.digestMedian, say.span(r.Median)))
	} else {
		lines = append(lines, say.digestNone)
	}
	if d.Parked > 0 {
		lines = append(lines, fmt.Sprintf(say.digestParked, d.Parked))
	}
	if len(d.Disqualified) > 0 {
		var rules []string
		total := 0
		for _, rule := range slices.Sorted(maps.Keys(d.Disqualified)) {
			total += d.Disqualified[rule]
			rules = append(rules, fmt.Sprintf("%s %d", say.term(rule), d.Disqualified[rule]))
		}
		lines = append(lines, fmt.Sprintf(say.digestDisqualified, total, strings.Join(rules[:min(len(rules), 20)], ", ")))
	}
	return lines
}

// span is a length of time in days, hours and minutes, the two that matter.
func (say *catalogue) span(d time.Duration) string {
	d = d.Round(time.Minute)
	days, hours, minutes := int(d/(24*time.Hour)), int(d%(24*time.Hour)/time.Hour), int(d%time.Hour/time.Minute)
	switch {
	case days > 0:
		return fmt.Sprintf(say.daysHours, days, hours)
	case hours > 0:
		return fmt.Sprintf(say.hoursMinutes, hours, minutes)
	}
	return fmt.Sprintf(say.minutes, minutes)
}
