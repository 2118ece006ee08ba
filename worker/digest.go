package worker

import (
	"context"
	"slices"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Digests tells a channel what waits and what was done; internal/slack
// implements it. Faults tell whether a post may have happened.
type Digests interface {
	PostDigest(ctx context.Context, d *lead.Digest) error
	// FindDigest looks for the channel's digest of the day.
	FindDigest(ctx context.Context, d *lead.Digest) (ok bool, err error)
}

// Daily is when the digest is due; internal/hours implements it.
type Daily interface {
	// Next is the first moment after t, and its day.
	Next(t time.Time) (day string, at time.Time)
}

// Almanac is where digests are kept; internal/store implements it.
type Almanac interface {
	PlanDigest(ctx context.Context, channel, day string, due time.Time) error
	ClaimDigest(ctx context.Context, channel string, now time.Time, lease time.Duration) (d lead.Digest, unsure, ok bool, err error)
	SettleDigest(ctx context.Context, d *lead.Digest, state lead.DigestState, next time.Time, lastError string) error
}

// News is what digests tell; internal/store/read implements it.
type News interface {
	Waiting(ctx context.Context, f lead.WaitingFilter) (lead.WaitingPage, error)
	Reviewed(ctx context.Context, channel string, from, to time.Time) (lead.DigestReview, error)
	Unasked(ctx context.Context, of lead.Senders, from, to time.Time, most int) (lead.Unasked, error)
}

// Digest is what a Flow needs for digests; without Daily there are none.
type Digest struct {
	Almanac Almanac
	News    News
	Digests Digests
	Daily   Daily
}

const (
	// How many leads a digest names of those that wait, and that were parked.
	digestHighest = 10
	digestLongest = 5
	digestParked  = 10
	// stale is how long after its time a digest still tells something new.
	stale = 12 * time.Hour
)

// planDigests records the next digest of every channel. It is on record before
// it is due, so a service that was down at the time tells it late; one that
// begins in the afternoon tells nothing of the morning.
func (f *Flow) planDigests(ctx context.Context) error {
	if f.Digest.Daily == nil || f.Digest.Digests == nil {
		return nil
	}
	day, due := f.Digest.Daily.Next(f.now())
	for _, channel := range f.channels() {
		if planned, _ := f.planned.Load(channel); planned == day {
			continue
		}
		if err := f.Digest.Almanac.PlanDigest(ctx, channel, day, due); err != nil {
			return err
		}
		f.planned.Store(channel, day)
	}
	return nil
}

// planLate records the digest that fell due while the service was down for
// longer than a day and still tells something new, if there is one.
func (f *Flow) planLate(ctx context.Context, channel string, now time.Time) error {
	day, due := f.Digest.Daily.Next(now.Add(-stale))
	if due.After(now) {
		return nil
	}
	return f.Digest.Almanac.PlanDigest(ctx, channel, day, due)
}

// channels lists where cards go.
func (f *Flow) channels() []string {
	all := []string{f.Policy.Channel}
	for _, channel := range f.Policy.Channels {
		if !slices.Contains(all, channel) {
			all = append(all, channel)
		}
	}
	return all
}

// digest makes one attempt at the channel's digest, if one is due. It reports
// whether one was.
//
// Crash window: dying between Slack's answer and the settling leaves it Sending;
// the next attempt is unsure and looks for it in the channel first.
func (f *Flow) digest(ctx context.Context, channel string) (due bool, err error) {
	began := f.now()
	if none, _ := f.noDigest.Load(channel); f.Digest.Digests == nil || none == began.Truncate(time.Second) {
		return false, nil
	}
	d, unsure, ok, err := f.Digest.Almanac.ClaimDigest(ctx, channel, began, outbox.Lease)
	if err == nil && !ok { // before a message, it is looked for once a second
		f.noDigest.Store(channel, began.Truncate(time.Second))
	}
	if err != nil || !ok {
		return false, err
	}
	state, err := f.postDigest(ctx, &d, unsure)
	ctx = context.WithoutCancel(ctx)
	err = f.blocked(ctx, channel, true, err)
	now := f.now()
	if err == nil {
		// The next one is on record before this one is told of.
		if err := f.planDigests(ctx); err != nil {
			return true, err
		}
		if state == lead.DigestMissed {
			if err := f.planLate(ctx, channel, now); err != nil {
				return true, err
			}
		}
		f.Log.Info("digest", "channel", channel, "day", d.Day, "state", state)
		return true, f.Digest.Almanac.SettleDigest(ctx, &d, state, now, "")
	}
	again := lead.Next(err, d.Attempts, now.Sub(d.To) > stale)
	kind, after := lead.KindOf(again)
	switch {
	case kind == lead.Permanent:
		state = lead.DigestMissed
	case kind == lead.Uncertain:
		state = lead.DigestUnsure
	default:
		state = lead.DigestPending
	}
	f.Log.Log(ctx, level(again), "the digest was not posted", "channel", channel, "day", d.Day, "error", again)
	return true, f.Digest.Almanac.SettleDigest(ctx, &d, state, now.Add(after), lead.Sentence(again))
}

func (f *Flow) postDigest(ctx context.Context, d *lead.Digest, unsure bool) (lead.DigestState, error) {
	if unsure {
		if ok, err := f.Digest.Digests.FindDigest(ctx, d); err != nil {
			return "", stillUnsure(err)
		} else if ok {
			return lead.DigestDelivered, nil
		}
	}
	if f.now().Sub(d.To) > stale {
		return lead.DigestMissed, nil
	}
	if err := f.fill(ctx, d); err != nil {
		return "", err
	}
	if d.Quiet() {
		return lead.DigestQuiet, nil
	}
	if wait := f.Pace.Take(ctx, d.Channel); wait > 0 {
		return "", notYet(wait)
	}
	return lead.DigestDelivered, f.Digest.Digests.PostDigest(ctx, d)
}

// fill looks up what the digest tells: of the channel's cards, and of the leads
// whose cards would have gone there.
func (f *Flow) fill(ctx context.Context, d *lead.Digest) (err error) {
	if d.From.IsZero() {
		d.From = d.To.Add(-24 * time.Hour)
	}
	news := f.Digest.News
	here := lead.WaitingFilter{Within: []lead.Scope{{Channels: []string{d.Channel}}}, Limit: digestHighest}
	if d.Waiting, err = news.Waiting(ctx, here); err != nil {
		return err
	}
	if d.Waiting.Total > len(d.Waiting.Leads) {
		here.Longest, here.Limit = true, digestLongest
		longest, err := news.Waiting(ctx, here)
		if err != nil {
			return err
		}
		d.Longest = longest.Leads
	}
	if d.Review, err = news.Reviewed(ctx, d.Channel, d.From, d.To); err != nil {
		return err
	}
	d.Unasked, err = news.Unasked(ctx, f.senders(d.Channel), d.From, d.To, digestParked)
	return err
}

// senders are the partners whose cards go to the channel.
func (f *Flow) senders(channel string) lead.Senders {
	of := lead.Senders{Others: channel == f.Policy.Channel}
	for partner, own := range f.Policy.Channels {
		if (own == channel) != of.Others {
			of.Partners = append(of.Partners, partner)
		}
	}
	return of
}
