package page

import (
	"bufio"
	"bytes"
	"compress/gzip"
	"context"
	"crypto/tls"
	"errors"
	"fmt"
	"io"
	"mime"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"

	"golang.org/x/net/html"
)

// answer is a body that may be read as a page.
type answer struct {
	url         *url.URL // after redirects
	contentType string
	header      http.Header
	body        []byte // at most Options.MaxBytes
}

var readableTypes = []string{"text/html", "application/xhtml+xml", "text/plain"}

func newClient(opts Options) *http.Client {
	return &http.Client{
		// The transport lets a dial go on when its request has ended, so look-up,
		// connection and handshake have limits of their own.
		Transport: &http.Transport{
			Proxy:                  nil,
			DialContext:            newDialer(opts).DialContext,
			TLSClientConfig:        &tls.Config{RootCAs: opts.RootCAs, MinVersion: tls.VersionTLS12},
			TLSHandshakeTimeout:    opts.Timeout,
			MaxIdleConnsPerHost:    1,
			MaxConnsPerHost:        1,
			IdleConnTimeout:        5 * time.Second,
			MaxResponseHeaderBytes: 64 << 10,
		},
		// Redirects are followed by get: each is checked first, and none carries a Referer.
		CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse },
	}
}

// get reads the page at u, which must be of the registrable domain, through
// redirects inside that domain, as far as robots.txt allows. Errors are
// classified by lead.Fault and wrap one of the package's sentinels where one fits.
func (r *Reader) get(ctx context.Context, u *url.URL, domain string) (*answer, error) {
	u, rules, err := r.permitted(ctx, u, domain)
	if err != nil {
		return nil, err
	}
	if err := r.pace.wait(ctx, domain, max(r.opts.Delay, rules.crawlDelay())); err != nil {
		return nil, lead.Faultf(lead.Temporary, 0, "read %s: %w", shown(u), err)
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	for range r.opts.MaxRedirects + 1 {
		got, next, err := r.ask(ctx, u)
		if err != nil || next == nil {
			return got, err
		}
		if u, _, err = r.permitted(ctx, next, domain); err != nil {
			return nil, fmt.Errorf("redirected: %w", err)
		}
	}
	return nil, lead.Faultf(lead.Permanent, 0, "read %s: %w: more than %d redirects", shown(u), ErrUnreadable, r.opts.MaxRedirects)
}

// permitted returns u in normal form if it may be asked on behalf of the company
// and its host allows it.
func (r *Reader) permitted(ctx context.Context, u *url.URL, domain string) (*url.URL, *rules, error) {
	u, err := allow(u, domain)
	if err != nil {
		return nil, nil, err
	}
	rules, err := r.rulesFor(ctx, u, domain)
	if err != nil {
		return nil, nil, err
	}
	if !rules.allow(u) {
		return nil, nil, lead.Faultf(lead.Permanent, 0, "read %s: %w", shown(u), ErrDisallowed)
	}
	return u, rules, nil
}

// allow returns u in normal form if it may be asked on behalf of the company.
func allow(u *url.URL, domain string) (*url.URL, error) {
	switch {
	case u.Scheme != "http" && u.Scheme != "https":
		return nil, lead.Faultf(lead.Permanent, 0, "%w: %q is not http or https", ErrForbiddenAddress, u.Scheme)
	case u.User != nil:
		return nil, lead.Faultf(lead.Permanent, 0, "%w: the URL carries a user name", ErrForbiddenAddress)
	case !slices.Contains([]string{"", "80", "443"}, u.Port()):
		return nil, lead.Faultf(lead.Permanent, 0, "%w: port %s is neither 80 nor 443", ErrForbiddenAddress, u.Port())
	}
	if _, err := netip.ParseAddr(u.Hostname()); err == nil {
		return nil, lead.Faultf(lead.Permanent, 0, "%w: write a host name, not an IP address", ErrForbiddenAddress)
	}
	host, err := company.Host(u.Hostname())
	if err != nil {
		return nil, lead.Faultf(lead.Permanent, 0, "%w: %w", ErrForbiddenAddress, err)
	}
	if owner, err := company.Domain(host); err != nil || owner != domain {
		return nil, lead.Faultf(lead.Permanent, 0, "%w: %s does not belong to %s", ErrForeign, host, domain)
	}
	normal := &url.URL{Scheme: u.Scheme, Host: host, Path: u.Path, RawPath: u.RawPath, RawQuery: u.RawQuery}
	if port := u.Port(); port != "" && port != map[string]string{"http": "80", "https": "443"}[u.Scheme] {
		normal.Host += ":" + port
	}
	if normal.Path == "" {
		normal.Path = "/"
	}
	return normal, nil
}

// ask makes one request. It returns a page, or the address it is redirected to.
func (r *Reader) ask(ctx context.Context, u *url.URL) (*answer, *url.URL, error) {
	resp, next, err := r.request(ctx, u, "text/html, application/xhtml+xml, text/plain;q=0.5")
	if err != nil || next != nil {
		return nil, next, err
	}
	defer finishBody(resp)
	if err := statusFault(u, resp, r.opts.Now()); err != nil {
		return nil, nil, err
	}
	got, err := r.body(u, resp)
	return got, nil, err
}

// request makes one request. It returns an answer, whose body the caller
// closes, or the address it is redirected to.
func (r *Reader) request(ctx context.Context, u *url.URL, accept string) (*http.Response, *url.URL, error) {
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, u.String(), nil)
	if err != nil {
		return nil, nil, lead.Faultf(lead.Permanent, 0, "%w: %w", ErrForbiddenAddress, err)
	}
	req.Header.Set("User-Agent", r.opts.UserAgent)
	req.Header.Set("Accept", accept)
	req.Header.Set("Accept-Language", "en, *;q=0.5")
	resp, err := r.client.Do(req)
	if err != nil {
		return nil, nil, transportFault(u, err)
	}
	location := resp.Header.Get("Location")
	if !slices.Contains(redirects, resp.StatusCode) || location == "" {
		return resp, nil, nil
	}
	finishBody(resp)
	next, err := u.Parse(location)
	if err != nil {
		return nil, nil, lead.Faultf(lead.Permanent, 0, "read %s: %w: it redirects to no valid address", shown(u), ErrUnreadable)
	}
	return nil, next, nil
}

// finishBody closes a body that nobody wants; one that says it is short is read
// first, so that its connection can be used again.
func finishBody(resp *http.Response) {
	if 0 < resp.ContentLength && resp.ContentLength <= 4<<10 {
		_, _ = io.Copy(io.Discard, resp.Body)
	}
	_ = resp.Body.Close()
}

var redirects = []int{http.StatusMovedPermanently, http.StatusFound, http.StatusSeeOther, http.StatusTemporaryRedirect, http.StatusPermanentRedirect}

// body reads what is readable of a page, whatever its header says of its coding, as
// browsers do. A body that breaks off, or that is longer than the limit, is used as far
// as it came.
func (r *Reader) body(u *url.URL, resp *http.Response) (*answer, error) {
	in := bufio.NewReaderSize(resp.Body, 4096)
	if magic, _ := in.Peek(2); string(magic) == "\x1f\x8b" { // the transport unpacks what says that it is gzip
		unpacked, err := gzip.NewReader(in)
		if err != nil {
			return nil, transportFault(u, err)
		}
		in = bufio.NewReaderSize(unpacked, 4096)
	} else if slices.Contains(notAsked, strings.ToLower(resp.Header.Get("Content-Encoding"))) {
		return nil, lead.Faultf(lead.Permanent, 0, "read %s: %w: its coding was not asked for", shown(u), ErrUnreadable)
	}
	contentType := resp.Header.Get("Content-Type")
	if contentType == "" {
		start, _ := in.Peek(512)
		contentType, _, _ = strings.Cut(http.DetectContentType(start), ";") // its charset is a guess
	}
	media, _, _ := mime.ParseMediaType(contentType)
	if media == "" {
		media, _, _ = strings.Cut(strings.ToLower(contentType), ";")
	}
	if !slices.Contains(readableTypes, strings.TrimSpace(media)) {
		return nil, lead.Faultf(lead.Permanent, 0, "read %s: %w: it is not a text page", shown(u), ErrUnreadable)
	}
	body, err := io.ReadAll(io.LimitReader(in, r.opts.MaxBytes+1))
	if err != nil && (len(body) == 0 || timedOut(err)) {
		return nil, transportFault(u, err)
	}
	got := &answer{url: u, contentType: contentType, header: resp.Header, body: body}
	if int64(len(body)) > r.opts.MaxBytes {
		var cut bool
		if got.body, cut = textual(io.MultiReader(bytes.NewReader(body), in), r.opts.MaxBytes); cut {
			r.opts.Logger.Warn("a page is longer than is read: what stands behind is left out (enrichment.pages.bytes)", "url", shown(u))
		}
	}
	return got, nil
}

// notAsked are codings that we cannot read; other words in their place mean nothing.
var notAsked = []string{"br", "zstd", "deflate", "compress", "dcb", "dcz"}

// textual is a page without its comments and its long scripts and style sheets, read up
// to eight times as far as its limit; cut: something is left out beside them.
func textual(in io.Reader, limit int64) (body []byte, cut bool) {
	all := &io.LimitedReader{R: in, N: 8 * limit}
	z := html.NewTokenizer(all)
	within := ""
	for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
		raw := z.Raw()
		long := kind == html.TextToken && (within == "style" || within == "script") && len(raw) > maxInline
		if !long && kind != html.CommentToken {
			body = append(body, raw...)
		}
		if name, _ := z.TagName(); kind == html.StartTagToken {
			within = string(name)
		} else if kind == html.EndTagToken {
			within = ""
		}
		if int64(len(body)) > limit {
			return body[:limit], true
		}
	}
	return body, all.N == 0
}

// shown is u for a message: without query, which may hold anything.
func shown(u *url.URL) string {
	path := []rune(u.EscapedPath())
	return u.Scheme + "://" + u.Host + string(path[:min(len(path), 200)])
}

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
