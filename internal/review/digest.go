package review

import (
	"context"
	"sync"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Poster tells a channel what waits and what was done; internal/slack implements
// it. Faults tell whether a post may have happened.
type Poster interface {
	PostDigest(ctx context.Context, d *lead.Digest) error
	// FindDigest looks for the channel's digest of the day.
	FindDigest(ctx context.Context, d *lead.Digest) (ok bool, err error)
}

// Daily is when the digest is due; internal/clock implements it.
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

// Digests tell every channel once a working day what waits and what was done.
type Digests struct {
	Poster   Poster
	Daily    Daily
	Almanac  Almanac
	News     News
	Messages *Messages // go to the same channels, at the same pace

	planned sync.Map // the day of the next digest, by channel
	none    sync.Map // the second in which none was due, by channel
}

const (
	// How many leads a digest names of those that wait, and that were parked.
	digestHighest = 10
	digestLongest = 5
	digestParked  = 10
	// stale is how long after its time a digest still tells something new.
	stale = 12 * time.Hour
)

// Plan records the next digest of every channel. It is on record before
// it is due, so a service that was down at the time tells it late; one that
// begins in the afternoon tells nothing of the morning.
func (s *Digests) Plan(ctx context.Context) error {
	day, due := s.Daily.Next(s.Messages.now())
	for _, channel := range s.Messages.Reviewers.AllChannels() {
		if planned, _ := s.planned.Load(channel); planned == day {
			continue
		}
		if err := s.Almanac.PlanDigest(ctx, channel, day, due); err != nil {
			return err
		}
		s.planned.Store(channel, day)
	}
	return nil
}

// planLate records the digest that fell due while the service was down for
// longer than a day and still tells something new, if there is one.
func (s *Digests) planLate(ctx context.Context, channel string, now time.Time) error {
	day, due := s.Daily.Next(now.Add(-stale))
	if due.After(now) {
		return nil
	}
	return s.Almanac.PlanDigest(ctx, channel, day, due)
}

// Post makes one attempt at the channel's digest, if one is due. It reports
// whether one was.
//
// Crash window: dying between Slack's answer and the settling leaves it Sending;
// the next attempt is unsure and looks for it in the channel first.
func (s *Digests) Post(ctx context.Context, channel string) (due bool, err error) {
	began := s.Messages.now()
	if none, _ := s.none.Load(channel); none == began.Truncate(time.Second) {
		return false, nil
	}
	d, unsure, ok, err := s.Almanac.ClaimDigest(ctx, channel, began, outbox.Lease)
	if err == nil && !ok { // before a message, it is looked for once a second
		s.none.Store(channel, began.Truncate(time.Second))
	}
	if err != nil || !ok {
		return false, err
	}
	state, err := s.postDigest(ctx, &d, unsure)
	ctx = context.WithoutCancel(ctx)
	err = s.Messages.blocked(ctx, channel, true, err)
	now := s.Messages.now()
	if err == nil {
		// The next one is on record before this one is told of.
		if err := s.Plan(ctx); err != nil {
			return true, err
		}
		if state == lead.DigestMissed {
			if err := s.planLate(ctx, channel, now); err != nil {
				return true, err
			}
		}
		s.Messages.Log.Info("digest", "channel", channel, "day", d.Day, "state", state)
		return true, s.Almanac.SettleDigest(ctx, &d, state, now, "")
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
	s.Messages.Log.Log(ctx, outbox.Level(again), "the digest was not posted", "channel", channel, "day", d.Day, "error", again)
	return true, s.Almanac.SettleDigest(ctx, &d, state, now.Add(after), lead.Sentence(again))
}

func (s *Digests) postDigest(ctx context.Context, d *lead.Digest, unsure bool) (lead.DigestState, error) {
	if unsure {
		found := false
		err := s.Messages.patiently(ctx, searches, func() (err error) {
			found, err = s.Poster.FindDigest(ctx, d)
			return err
		})
		if err != nil {
			return "", stillUnsure(err)
		} else if found {
			return lead.DigestDelivered, nil
		}
	}
	if s.Messages.now().Sub(d.To) > stale {
		return lead.DigestMissed, nil
	}
	if err := s.fill(ctx, d); err != nil {
		return "", err
	}
	if d.Quiet() {
		return lead.DigestQuiet, nil
	}
	if wait := s.Messages.Pace.Take(ctx, d.Channel); wait > 0 {
		return "", outbox.NotYet(wait)
	}
	return lead.DigestDelivered, s.Poster.PostDigest(ctx, d)
}

// fill looks up what the digest tells: of the channel's cards, and of the leads
// whose cards would have gone there.
func (s *Digests) fill(ctx context.Context, d *lead.Digest) (err error) {
	if d.From.IsZero() {
		d.From = d.To.Add(-24 * time.Hour)
	}
	news := s.News
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
	d.Unasked, err = news.Unasked(ctx, s.Messages.Reviewers.Senders(d.Channel), d.From, d.To, digestParked)
	return err
}
