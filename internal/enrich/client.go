package enrich

import (
	"cmp"
	"context"
	"errors"
	"log/slog"
	"net/http"
	"net/url"
	"strings"
	"time"

	"leadtriage/internal/breaker"
	"leadtriage/internal/lead"

	"github.com/cenkalti/backoff/v5"
)

const (
	// attempts is how often one Ask tries: a reset connection or a passing 500
	// is not worth the queue's delay.
	attempts = 3
	// quick is how soon an attempt must have failed to be tried again at once; a
	// slow failure would spend the whole budget of a lead.
	quick = 2 * time.Second

	tripAfter = 5               // failures in a row
	probeWait = 2 * time.Second // for those who come while one finds out whether it is well again
	// longestQuiet bounds how long one throttled lead holds up all others.
	longestQuiet = 30 * time.Second
)

// client is a dialect with a time limit, short retries, a breaker and classified errors.
type client struct {
	endpoint Endpoint
	// dialect renders the conversation for one API and reads the answer. The turn says what
	// was spent also with an error.
	dialect func(ctx context.Context, c Conversation) (Turn, error)
	breaker *breaker.Breaker
}

// NewModel speaks to an endpoint, behind a breaker of its own.
func NewModel(e Endpoint) Model {
	e.BaseURL, e.HTTP = strings.TrimRight(e.BaseURL, "/"), cmp.Or(e.HTTP, &http.Client{})
	e.Timeout, e.RetryDelay = cmp.Or(e.Timeout, 45*time.Second), cmp.Or(e.RetryDelay, 200*time.Millisecond)
	e.MaxOutput, e.Logger = cmp.Or(e.MaxOutput, 8192), cmp.Or(e.Logger, slog.New(slog.DiscardHandler))
	host := "" // alone: an address may carry a password
	if u, err := url.Parse(e.BaseURL); err == nil {
		host = u.Host
	}
	c := &client{endpoint: e, breaker: breaker.New(tripAfter, verdict, e.Logger.With("endpoint", host))}
	if w := (&wire{endpoint: e}); e.API == Responses {
		c.dialect = responsesAPI{w}.ask
	} else {
		c.dialect = chatAPI{w}.ask
	}
	return c
}

// verdict: throttling and requests that the endpoint rejects say nothing against it.
func verdict(err error) breaker.Verdict {
	switch {
	case err == nil:
		return breaker.Healthy
	case errors.Is(err, ErrUnavailable), errors.Is(err, ErrSlow), errors.Is(err, ErrGarbled):
		return breaker.Failed
	}
	return breaker.Neither
}

// Ask waits where the endpoint is throttled and a conversation is under way: what
// was said so far is paid for. A first question goes back to the queue.
func (c *client) Ask(ctx context.Context, conv Conversation) (Turn, error) {
	for {
		turn, err := c.ask(ctx, conv)
		kind, after := lead.KindOf(err)
		if err == nil || kind != lead.Throttled || len(conv.Rounds) == 0 || !endsWithin(ctx, after) {
			return turn, err
		}
	}
}

func (c *client) ask(ctx context.Context, conv Conversation) (Turn, error) {
	conv.Model = cmp.Or(conv.Model, c.endpoint.Model)
	if wait := c.breaker.Held(); wait > 0 {
		return Turn{}, lead.Faultf(lead.Throttled, wait, "ask the model: %w", ErrThrottled)
	}
	pause := backoff.NewExponentialBackOff()
	pause.InitialInterval = c.endpoint.RetryDelay
	var last error // an open breaker after a failed attempt says less than the failure
	var spent lead.Usage
	turn, err := backoff.Retry(ctx, func() (Turn, error) {
		start := time.Now()
		turn, err := c.attempt(ctx, conv)
		spent = spent.Add(turn.Usage)
		switch {
		case err == nil:
			return turn, nil
		case errors.Is(err, ErrBreakerOpen) && last != nil:
			return turn, backoff.Permanent(last)
		case !passing(err) || time.Since(start) > quick:
			return turn, backoff.Permanent(err)
		}
		last = err
		return turn, err
	}, backoff.WithBackOff(pause), backoff.WithMaxTries(attempts), backoff.WithMaxElapsedTime(c.endpoint.Timeout))
	if kind, after := lead.KindOf(err); err != nil && kind == lead.Throttled {
		c.breaker.Hold(min(after, longestQuiet))
	}
	turn.Model, turn.Usage = conv.Model, spent
	if err != nil && ctx.Err() != nil && !errors.Is(err, ErrSlow) {
		err = cancelled(ctx)
	}
	return turn, err
}

// attempt asks once, unless the breaker is open: the fault then says when it may be asked.
func (c *client) attempt(ctx context.Context, conv Conversation) (turn Turn, err error) {
	done, left := c.breaker.Allow()
	if done == nil {
		if left > 0 {
			left += time.Millisecond // it half-opens strictly after its time
		}
		return turn, lead.Faultf(lead.Temporary, cmp.Or(left, probeWait), "ask the model: %w", ErrBreakerOpen)
	}
	defer func() { done(err) }()
	start := time.Now()
	limited, cancel := context.WithTimeout(ctx, c.endpoint.Timeout)
	defer cancel()
	turn, err = c.dialect(limited, conv)
	if err == nil || turn.Usage != (lead.Usage{}) {
		turn.Usage.Calls = 1
	}
	switch {
	case err == nil:
		return turn, nil
	case ctx.Err() == nil:
		return turn, classify(err, c.endpoint)
	case errors.Is(context.Cause(ctx), ErrOutOfTime) && time.Since(start) >= c.endpoint.Timeout/2:
		// It had most of the lead's time: that speaks against the endpoint.
		return turn, lead.Faultf(lead.Temporary, 0, "ask the model: %w (%s)", ErrSlow, time.Since(start).Round(time.Second))
	}
	return turn, cancelled(ctx)
}

// endsWithin waits if ctx lasts longer than that.
func endsWithin(ctx context.Context, wait time.Duration) bool {
	if deadline, ok := ctx.Deadline(); !ok || time.Until(deadline) > wait {
		select {
		case <-ctx.Done():
		case <-time.After(wait):
			return true
		}
	}
	return false
}
