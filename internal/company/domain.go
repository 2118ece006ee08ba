// Package company holds what can be said of a company, in normal form: its domain,
// industry, country, size, revenue and technologies, and how what was given
// about it and what was found are settled into one list of facts.
package company

import (
	"errors"
	"fmt"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/idna"
	"golang.org/x/net/publicsuffix"
)

// ErrPlatform is in the error of Domain for a page on a platform, such as
// acme.github.io: it is a good address, but it names no company.
var ErrPlatform = errors.New("names no company")

var errHost = errors.New("no domain name found: write it like northwind.example")

// maxInput bounds what is looked at; a URL may be long, the rest of it is of no use.
const maxInput = 4096

// Domain returns the registrable domain of a host, a web address or a mail
// address in lower case and IDNA's ASCII form, northwind.co.uk for
// https://www.northwind.co.uk/about and for jane@mail.northwind.co.uk.
//
// IP addresses, single labels, public suffixes and names that no public DNS
// answers are refused, and so are hosts that a platform gives to strangers,
// with ErrPlatform. An error never shows the mailbox or the path.
//
// A platform's own domain, a free-mail domain and a disposable one are domains
// as well: ask Platform, FreeMail and Disposable.
func Domain(hostOrURLOrMail string) (string, error) {
	host, err := Host(afterMailbox(hostOrURLOrMail))
	if err != nil {
		return "", err
	}
	suffix, icann := publicsuffix.PublicSuffix(host)
	switch {
	case !icann && strings.Contains(suffix, ".") && !registry(suffix):
		return "", fmt.Errorf("%s is on the platform %s and %w: write the company's own domain, like northwind.example", clip(host), suffix, ErrPlatform)
	case host == suffix:
		return "", fmt.Errorf("%s is a public suffix, under which anybody may register: write the company's own domain, like northwind.example", clip(host))
	}
	domain, err := publicsuffix.EffectiveTLDPlusOne(host)
	if err != nil {
		return "", errHost
	}
	return domain, nil
}

// Host returns the full host of a web address, or of a bare host with or
// without a port, in the form and with the refusals of Domain except that a
// public suffix or a platform's host is a host.
func Host(hostOrURL string) (string, error) {
	s := strings.TrimSpace(hostOrURL)
	if s == "" || len(s) > maxInput || strings.ContainsRune(s, utf8.RuneError) {
		return "", errHost
	}
	s, err := bareHost(s)
	if err != nil {
		return "", err
	}
	if _, err := netip.ParseAddr(strings.Trim(s, "[]")); err == nil || numeric(s) {
		return "", errors.New("an IP address names no company: write a domain like northwind.example")
	}
	s, err = names.ToASCII(strings.TrimRight(s, ".。．｡"))
	if err != nil {
		return "", errHost
	}
	last := s[strings.LastIndexByte(s, '.')+1:]
	switch {
	case len(last) == len(s):
		return "", errors.New("a single word is no domain name: write it like northwind.example")
	case numeric(s):
		return "", errors.New("an IP address names no company: write a domain like northwind.example")
	case !strings.HasPrefix(last, "xn--") && strings.ContainsAny(last, "0123456789-"): // no top-level name is so
		return "", errHost
	case strings.HasPrefix(s, "-") || strings.HasSuffix(s, "-") || strings.Contains(s, "-.") || strings.Contains(s, ".-"):
		return "", errHost
	case slices.Contains(local, last):
		return "", fmt.Errorf("names under .%s exist only inside a network: write a public domain like northwind.example", last)
	}
	return s, nil
}

// names maps as browsers do, and refuses what DNS does not carry. Hyphens in
// third and fourth place are in use, so they are let through.
var names = idna.New(idna.MapForLookup(), idna.BidiRule(), idna.CheckHyphens(false), idna.VerifyDNSLength(true))

// local are the top-level names that no public DNS answers (RFC 6761, RFC 7686,
// RFC 9476 and ICANN's .internal). example and test stay: samples stand on them.
var local = []string{"localhost", "local", "localdomain", "internal", "invalid", "onion", "arpa", "alt", "lan", "home", "corp"}

func bareHost(s string) (string, error) {
	if strings.ContainsAny(s, "\\ \t\r\n") {
		return "", errHost
	}
	scheme, rest, ok := strings.Cut(s, "://")
	switch {
	case !ok && strings.HasPrefix(s, "//"):
		rest = s[2:]
	case !ok:
		rest = s
		if mailbox, _, ok := strings.Cut(rest, "/"); strings.Contains(mailbox, "@") || ok && mailbox == "" {
			return "", errHost
		}
	case !strings.EqualFold(scheme, "http") && !strings.EqualFold(scheme, "https"):
		return "", errors.New("only http and https addresses name a company's site: write it like https://northwind.example")
	}
	u, err := url.Parse("http://" + rest)
	if err != nil {
		return "", errHost
	}
	return u.Hostname(), nil
}

// afterMailbox is the host part of a mail address, and s where it is none.
func afterMailbox(s string) string {
	s = strings.TrimSpace(s)
	if len(s) > len("mailto:") && strings.EqualFold(s[:len("mailto:")], "mailto:") {
		s, _, _ = strings.Cut(s[len("mailto:"):], "?")
	}
	if strings.ContainsAny(s, "/?#") {
		return s
	}
	if i := strings.LastIndexByte(s, '@'); i > 0 {
		return s[i+1:]
	}
	return s
}

// numeric reports whether the last label makes s an IPv4 address in one of the
// spellings that resolvers understand: 127.1, 0x7f.1, 2130706433.
func numeric(s string) bool {
	s = strings.TrimRight(s, ".")
	last := s[strings.LastIndexByte(s, '.')+1:]
	last = strings.TrimPrefix(strings.ToLower(last), "0x")
	return last != "" && strings.Trim(last, "0123456789") == "" ||
		strings.HasPrefix(strings.ToLower(s[strings.LastIndexByte(s, '.')+1:]), "0x") && strings.Trim(last, "0123456789abcdef") == ""
}

// clip keeps a host readable in a sentence.
func clip(host string) string {
	if len(host) > 80 {
		return host[:77] + "…"
	}
	return host
}
