// Package page reads public web pages of companies and turns them into plain
// text that may be shown to a model.
//
// Whatever a page, a lead or a model names as an address is untrusted. Only
// http and https on their own ports are asked, only for the company's own
// registrable domain, and only at public addresses; the address is checked when
// the connection is made, after every redirect and every DNS answer. No
// cookie, credential or Referer is sent, and proxies of the environment are not
// used. What leaves the package has its mailboxes and phone numbers masked.
//
// A site is read politely: what its robots.txt disallows is not read, one
// connection at a time is open to a host, and no page is read twice within
// minutes. docs/reading-pages.md tells the whole.
package page

import (
	"cmp"
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
	Site      string    // what the page says its site is called, at most 120 runes; "" when it says nothing
	Kind      string    // what Site chose it as: "about", "imprint", "contact", "careers", "pricing", "legal"; "" for a home page, and of Page
	Text      string    // one block a line, others' words behind "> "; see Options.MaxRunes
	Lang      string    // base language the page declares ("en", "it"); "" when it declares none
	FetchedAt time.Time // UTC

	// Stated is what the page's markup states to programs, in the page's order.
	Stated []Statement
	// Claims is the registrable domain of another company that the page says it
	// belongs to; such a page vouches for nothing. "" when it names no other.
	Claims string
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
	// ErrDisallowed: the site's robots.txt asks us not to read the page.
	ErrDisallowed = errors.New("robots.txt asks not to read it")
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
	MaxPages     int           // that Site returns, home page included; default 6
	SiteTimeout  time.Duration // for all pages of Site; those read by then are returned; default 30 s
	Delay        time.Duration // between two pages of one company; a Crawl-delay of up to 5 s may lengthen it; default 0
	KeepFor      time.Duration // pages and robots.txt are not read again within; default 5 minutes, below 0 never kept
	KeepBytes    int           // of all pages kept, roughly; default 32 MB
	UserAgent    string        // default DefaultUserAgent; robots.txt calls us by its first word
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
	pages  *cache[reading]
	robots *cache[*rules]
	client *http.Client
}

// NewReader returns a Reader that keeps to opts.
func NewReader(opts Options) *Reader {
	standard(&opts.Timeout, 10*time.Second)
	standard(&opts.MaxBytes, 2<<20)
	standard(&opts.MaxRunes, 60_000)
	standard(&opts.MaxRedirects, 5)
	standard(&opts.MaxPages, 6)
	standard(&opts.SiteTimeout, 30*time.Second)
	standard(&opts.KeepBytes, 32<<20)
	opts.KeepFor, opts.UserAgent = cmp.Or(opts.KeepFor, 5*time.Minute), cmp.Or(opts.UserAgent, DefaultUserAgent)
	if opts.Now == nil {
		opts.Now = time.Now
	}
	if opts.Logger == nil {
		opts.Logger = slog.New(slog.DiscardHandler)
	}
	r := &Reader{opts: opts, pace: &pace{next: map[string]time.Time{}}}
	r.pages = newCache[reading](opts.KeepFor, opts.KeepBytes)
	r.robots = newCache[*rules](max(opts.KeepFor, 0), opts.KeepBytes)
	r.client = newClient(opts)
	return r
}

func standard[T int | int64 | time.Duration](v *T, otherwise T) {
	if *v <= 0 {
		*v = otherwise
	}
}

// Close drops idle connections.
func (r *Reader) Close() { r.client.CloseIdleConnections() }
