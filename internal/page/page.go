// Package page reads public web pages of companies and turns them into plain
// text that may be shown to a model.
//
// Whatever a page, a lead or a model names as an address is untrusted. Only
// http and https on their own ports are asked, only for the company's own
// registrable domain, and only at public addresses; the address is checked when
// the connection is made, after every redirect and every DNS answer. No
// cookie, credential or Referer is sent, and proxies of the environment are not
// used. What leaves the package has its mailboxes and phone numbers masked.
package page

import (
	"crypto/x509"
	"errors"
	"log/slog"
	"net/http"
	"time"
)

// Page is one page as text.
type Page struct {
	URL       string    // where the text was found, after redirects, without fragment
	Title     string    // at most 300 runes
	Text      string    // one block a line; see Options.MaxRunes
	Lang      string    // base language the page declares ("en", "it"); "" when it declares none
	FetchedAt time.Time // UTC
}

var (
	// ErrNoSite: the company has no web site: no such host, nobody listening,
	// or no page at any of its usual addresses. Not a failure of ours.
	ErrNoSite = errors.New("the company has no web site")
	// ErrNotFound: there is no page at this address.
	ErrNotFound = errors.New("no page there")
	// ErrForeign: the address, or the one it redirects to, is not of the
	// company's registrable domain, so it cannot vouch for the company.
	ErrForeign = errors.New("not a page of the company")
	// ErrForbiddenAddress: the address is not one that may be asked: not http(s)
	// on port 80 or 443, with a user in it, or not at a public IP address.
	ErrForbiddenAddress = errors.New("not a public web address")
	// ErrUnreadable: something answers, but not with a page that may be read:
	// forbidden, not text, redirecting without end, nested beyond reason.
	ErrUnreadable = errors.New("no readable page")
)

// Options of a Reader. The zero value of each field means its default.
type Options struct {
	Resolve      Resolve       // hosts answered at a fixed address; default none
	Timeout      time.Duration // for one page with its redirects and body; default 10 s
	MaxBytes     int64         // of a body after decompression, the rest is not read; default 2 MB
	MaxRunes     int           // of a page's text; default 60 000
	MaxRedirects int           // default 5
	MaxPages     int           // that Site returns, home page included; default 2
	Delay        time.Duration // between two pages of one company; default 0
	UserAgent    string        // default DefaultUserAgent
	RootCAs      *x509.CertPool
	Lookup       LookupFunc // default: the system's resolver
	Dial         DialFunc   // default: a net.Dialer; it is given only addresses that passed the check
	Now          func() time.Time
	Logger       *slog.Logger
}

// DefaultUserAgent names the reader and where to learn about it.
const DefaultUserAgent = "leadtriage (+https://leadtriage.example/reader)"

// Reader reads pages. It is safe for concurrent use; Close it when done.
type Reader struct {
	opts   Options
	pace   *pace
	client *http.Client
}

// NewReader returns a Reader that keeps to opts.
func NewReader(opts Options) *Reader {
	if opts.Timeout <= 0 {
		opts.Timeout = 10 * time.Second
	}
	if opts.MaxBytes <= 0 {
		opts.MaxBytes = 2 << 20
	}
	if opts.MaxRunes <= 0 {
		opts.MaxRunes = 60_000
	}
	if opts.MaxRedirects <= 0 {
		opts.MaxRedirects = 5
	}
	if opts.MaxPages <= 0 {
		opts.MaxPages = 2
	}
	if opts.UserAgent == "" {
		opts.UserAgent = DefaultUserAgent
	}
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Reader{opts: opts, pace: newPace(opts.Delay)}
	r.client = newClient(opts)
	return r
}

// Close drops idle connections.
func (r *Reader) Close() { r.client.CloseIdleConnections() }
