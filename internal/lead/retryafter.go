package lead

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"time"
)

// longestRetryAfter bounds what a far side may ask for.
const longestRetryAfter = time.Hour

// RetryAfter reads how long the answer's sender asks to be left alone, an hour at
// most: Retry-After in seconds or as a date, or Retry-After-Ms; 0: it does not say.
func RetryAfter(h http.Header, now time.Time) time.Duration {
	after := 0.0 // seconds
	if ms, err := strconv.ParseFloat(h.Get("Retry-After-Ms"), 64); err == nil {
		after = ms / 1000
	} else if s, err := strconv.ParseFloat(h.Get("Retry-After"), 64); err == nil {
		after = s
	} else if at, err := http.ParseTime(h.Get("Retry-After")); err == nil {
		after = at.Sub(now).Seconds()
	}
	if !(after > 0) { // not a number, too
		return 0
	}
	return time.Duration(min(after, longestRetryAfter.Seconds()) * float64(time.Second))
}

// WithoutURL drops the address from a client's error: it may hold a token, or name a person.
func WithoutURL(err error) error {
	var u *url.Error
	if errors.As(err, &u) {
		err = u.Err
	}
	var op *net.OpError
	if errors.As(err, &op) {
		return fmt.Errorf("%s: %w", op.Op, op.Err)
	}
	return err
}
