package page

import (
	"context"
	"crypto/tls"
	"errors"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"time"

	"leadtriage/internal/lead"
)

// errNoTLS: an http server answers where https was tried. It is wrapped
// together with ErrNotFound.
var errNoTLS = errors.New("it does not speak https")

var errSilent = errors.New("it does not answer in time")

// transportFault classifies an error of a request that got no answer, or whose
// body could not be read.
func transportFault(u *url.URL, err error) error {
	if wrapped, ok := errors.AsType[*url.Error](err); ok {
		err = wrapped.Err // without the full URL
	}
	_, garbled := errors.AsType[tls.RecordHeaderError](err)
	dns, isDNS := errors.AsType[*net.DNSError](err)
	switch {
	case errors.Is(err, ErrForbiddenAddress):
		return lead.Faultf(lead.Permanent, 0, "read %s: %w", shown(u), err)
	case garbled || errors.Is(err, http.ErrSchemeMismatch):
		return lead.Faultf(lead.Permanent, 0, "read %s: %w: %w", shown(u), ErrNotFound, errNoTLS)
	case isDNS && dns.IsNotFound, errors.Is(err, syscall.ECONNREFUSED):
		return lead.Faultf(lead.Permanent, 0, "read %s: %w: %w", shown(u), ErrNotFound, err)
	case errors.Is(err, context.DeadlineExceeded), errors.Is(err, os.ErrDeadlineExceeded):
		return lead.Faultf(lead.Temporary, 0, "read %s: %w", shown(u), errSilent)
	}
	return lead.Faultf(lead.Temporary, 0, "read %s: %w", shown(u), err)
}

func timedOut(err error) bool {
	return errors.Is(err, context.DeadlineExceeded) || errors.Is(err, context.Canceled) || errors.Is(err, os.ErrDeadlineExceeded)
}

// statusFault classifies an answer by its status; nil for a page.
func statusFault(u *url.URL, resp *http.Response, now time.Time) error {
	status, after := resp.StatusCode, lead.RetryAfter(resp.Header, now)
	switch {
	case status == http.StatusOK || status == http.StatusNonAuthoritativeInfo:
		return nil
	case status == http.StatusNotFound || status == http.StatusGone:
		return lead.Faultf(lead.Permanent, 0, "read %s: %w: it answers %d", shown(u), ErrNotFound, status)
	case status == http.StatusTooManyRequests:
		return lead.Faultf(lead.Throttled, after, "read %s: it answers %d", shown(u), status)
	case status >= 500, status == http.StatusRequestTimeout, status == http.StatusTooEarly:
		return lead.Faultf(lead.Temporary, after, "read %s: it answers %d", shown(u), status)
	}
	return lead.Faultf(lead.Permanent, 0, "read %s: %w: it answers %d", shown(u), ErrUnreadable, status)
}
