package page

import (
	"bytes"
	"context"
	"io"
	"net/url"
	"strconv"
	"strings"
	"sync"
	"time"

	"leadtriage/internal/lead"

	"github.com/temoto/robotstxt"
)

const (
	maxRobotsBytes = 500 << 10 // RFC 9309, 2.5: what a reader must read at least
	maxRobotsLines = 5000      // of rules; each may become a pattern
	maxCrawlDelay  = 5 * time.Second
)

// rules are what the robots.txt of one host asks of us. nil asks nothing.
type rules struct {
	group *robotstxt.Group
	delay time.Duration // between two pages, at most maxCrawlDelay
}

func (r *rules) crawlDelay() time.Duration {
	if r == nil {
		return 0
	}
	return r.delay
}

func (r *rules) allow(u *url.URL) bool { return r == nil || r.group.Test(u.RequestURI()) }

// rulesFor returns the rules of u's host (RFC 9309). No robots.txt, and a client
// error other than 429, allow everything. A host that fails otherwise may be
// asking not to be read, so the fault is the page's too.
func (r *Reader) rulesFor(ctx context.Context, u *url.URL, domain string) (*rules, error) {
	host := u.Scheme + "://" + u.Host
	now := r.opts.Now()
	if known, ok := r.robots.get(host, now); ok {
		return known, nil
	}
	ctx, cancel := context.WithTimeout(ctx, r.opts.Timeout)
	defer cancel()
	text, err := r.robotsText(ctx, &url.URL{Scheme: u.Scheme, Host: u.Host, Path: "/robots.txt"}, domain)
	if err != nil {
		return nil, err
	}
	rules := readRobots(text, r.opts.UserAgent)
	r.robots.put(host, rules, 1000+8*len(text), now)
	return rules, nil
}

func (r *Reader) robotsText(ctx context.Context, u *url.URL, domain string) ([]byte, error) {
	for range r.opts.MaxRedirects + 1 {
		allowed, err := allow(u, domain)
		if err != nil {
			return nil, nil // it redirects to somebody else's
		}
		resp, next, err := r.request(ctx, allowed, "text/plain, */*;q=0.1")
		if err != nil {
			return nil, err
		}
		if next != nil {
			u = next
			continue
		}
		defer finishBody(resp)
		if err := statusFault(u, resp, r.opts.Now()); err != nil {
			if kind, _ := lead.KindOf(err); kind == lead.Permanent {
				return nil, nil
			}
			return nil, err
		}
		if resp.Header.Get("Content-Encoding") != "" || strings.Contains(strings.ToLower(resp.Header.Get("Content-Type")), "html") {
			return nil, nil // a site that answers everything with its home page
		}
		text, err := io.ReadAll(io.LimitReader(resp.Body, maxRobotsBytes))
		if err != nil && (len(text) == 0 || timedOut(err)) {
			return nil, transportFault(u, err)
		}
		return text, nil
	}
	return nil, nil
}

// readRobots returns the rules for the reader of that name.
func readRobots(text []byte, userAgent string) *rules {
	if bytes.HasPrefix(bytes.TrimSpace(text), []byte("<")) {
		return nil
	}
	data, err := robotstxt.FromBytes(soundLines(text))
	if err != nil {
		return nil
	}
	group := data.FindGroup(productToken(userAgent))
	return &rules{group, min(group.CrawlDelay, maxCrawlDelay)}
}

// soundLines keeps the lines that mean something to us. The parser gives a file
// up for one line that it cannot read; RFC 9309 wants only that line ignored.
func soundLines(text []byte) []byte {
	var out bytes.Buffer
	grouped, kept := false, 0
	for line := range bytes.Lines(bytes.ReplaceAll(bytes.TrimPrefix(text, []byte("\uFEFF")), []byte("\r"), []byte("\n"))) {
		line, _, _ := bytes.Cut(line, []byte("#"))
		key, value, ok := strings.Cut(string(bytes.ToValidUTF8(line, nil)), ":")
		key, value = strings.ToLower(strings.TrimSpace(key)), strings.TrimSpace(value)
		switch {
		case !ok || kept == maxRobotsLines:
			continue
		case key == "user-agent":
			grouped = true
		case key == "crawl-delay":
			if seconds, err := strconv.ParseFloat(value, 64); err != nil || seconds < 0 || seconds > 86400 {
				continue
			}
		case key != "allow" && key != "disallow":
			continue
		}
		if grouped {
			kept++
			out.WriteString(key + ": " + value + "\n")
		}
	}
	return out.Bytes()
}

// productToken is the name a site's rules may call us by: "acmebot" of
// "acmebot/1.0 (+https://…)".
func productToken(userAgent string) string {
	token, _, _ := strings.Cut(userAgent, " ")
	token, _, _ = strings.Cut(token, "/")
	return token
}

// pace spaces the pages that are asked of one company.
type pace struct {
	mu   sync.Mutex
	next map[string]time.Time // when a domain may be asked again
}

// wait returns when domain may be asked, or with the context's error. The next
// page of domain waits for delay after this one.
func (p *pace) wait(ctx context.Context, domain string, delay time.Duration) error {
	if delay <= 0 {
		return ctx.Err()
	}
	timer := time.NewTimer(p.reserve(domain, delay, time.Now()))
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	}
}

func (p *pace) reserve(domain string, delay time.Duration, now time.Time) time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.next) > 1000 {
		for d, at := range p.next {
			if at.Before(now) {
				delete(p.next, d)
			}
		}
	}
	at := p.next[domain]
	if at.Before(now) {
		at = now
	}
	p.next[domain] = at.Add(delay)
	return at.Sub(now)
}
