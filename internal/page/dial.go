package page

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/company"

	"code.dny.dev/ssrf"
)

// LookupFunc answers the addresses of a host, as net.Resolver.LookupNetIP does.
type LookupFunc func(ctx context.Context, host string) ([]netip.Addr, error)

// DialFunc connects to an address "ip:port".
type DialFunc func(ctx context.Context, network, address string) (net.Conn, error)

const (
	connectTimeout = 4 * time.Second // one look-up or address; a filtered port must leave time for the next attempt
	maxAddresses   = 4               // tried of one DNS answer
)

// publicOnly refuses what is not public by IANA's registries, every port but 80
// and 443, and Azure's host endpoint, which has a public address but answers
// only from inside.
var publicOnly = ssrf.New(ssrf.WithDeniedV4Prefixes(netip.MustParsePrefix("168.63.129.16/32")))

// dialer connects the web client. The name is resolved here and the address
// that was checked is the one that is dialled, so a DNS answer that changes
// between check and use changes nothing.
type dialer struct {
	resolve Resolve
	lookup  LookupFunc
	public  DialFunc // given checked addresses
	fixed   DialFunc // given addresses of resolve
}

func newDialer(opts Options) *dialer {
	d := &dialer{resolve: opts.Resolve, lookup: opts.Lookup, public: opts.Dial, fixed: opts.Dial}
	if d.lookup == nil {
		d.lookup = func(ctx context.Context, host string) ([]netip.Addr, error) {
			return net.DefaultResolver.LookupNetIP(ctx, "ip", host+".") // absolute: no search list
		}
	}
	if opts.Dial == nil {
		d.public = (&net.Dialer{Control: publicOnly.Safe}).DialContext
		d.fixed = (&net.Dialer{}).DialContext
	}
	return d
}

func (d *dialer) DialContext(ctx context.Context, network, address string) (net.Conn, error) {
	host, portText, err := net.SplitHostPort(address)
	if err != nil {
		return nil, fmt.Errorf("%w: %w", ErrForbiddenAddress, err)
	}
	host = strings.ToLower(host)
	if fixed, ok := d.resolve.lookup(host); ok {
		return connect(ctx, d.fixed, network, fixed)
	}
	port, err := strconv.ParseUint(portText, 10, 16)
	if err != nil {
		return nil, fmt.Errorf("%w: port %q", ErrForbiddenAddress, portText)
	}
	targets, err := d.targets(ctx, host, uint16(port))
	if err != nil {
		return nil, err
	}
	var faults []error
	for _, target := range targets {
		conn, err := connect(ctx, d.public, network, target)
		if err == nil {
			return conn, nil
		}
		faults = append(faults, err)
	}
	return nil, errors.Join(faults...)
}

func connect(ctx context.Context, dial DialFunc, network string, target netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return dial(ctx, network, target.String())
}

// targets returns the public addresses of host, IPv4 first. Addresses that are
// not public are left out; a host that has no other is refused.
func (d *dialer) targets(ctx context.Context, host string, port uint16) ([]netip.AddrPort, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	addrs := []netip.Addr{}
	if literal, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, literal)
	} else if addrs, err = d.lookup(ctx, host); err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	var targets []netip.AddrPort
	var refused error
	for _, addr := range addrs {
		target := netip.AddrPortFrom(addr.Unmap(), port)
		if err := publicOnly.SafeAddrPort(target); err != nil {
			refused = fmt.Errorf("%w: %s: %w", ErrForbiddenAddress, host, err)
			continue
		}
		targets = append(targets, target)
	}
	slices.SortStableFunc(targets, func(a, b netip.AddrPort) int { return a.Addr().BitLen() - b.Addr().BitLen() })
	if len(targets) == 0 {
		return nil, refused
	}
	return targets[:min(len(targets), maxAddresses)], nil
}

// Resolve says at which address a host's web server is asked, whatever its DNS
// and the URL's port say. The key "*" stands for every host that has no entry of
// its own. An IP literal in a URL never matches.
type Resolve map[string]netip.AddrPort

// ParseResolve reads LEADTRIAGE_PAGE_RESOLVE: comma-separated entries
// "host=ip:port" or "*=ip:port". Empty text gives no entries.
func ParseResolve(s string) (Resolve, error) {
	resolve := Resolve{}
	for entry := range strings.SplitSeq(s, ",") {
		entry = strings.TrimSpace(entry)
		if entry == "" {
			continue
		}
		name, target, ok := strings.Cut(entry, "=")
		if !ok {
			return nil, fmt.Errorf("page resolve %q: write host=ip:port or *=ip:port", entry)
		}
		host, err := resolveHost(strings.TrimSpace(name))
		if err != nil {
			return nil, fmt.Errorf("page resolve %q: %w", entry, err)
		}
		addr, err := netip.ParseAddrPort(strings.TrimSpace(target))
		if err != nil || addr.Port() == 0 {
			return nil, fmt.Errorf("page resolve %q: write the address as ip:port, for example 127.0.0.1:8080", entry)
		}
		if _, twice := resolve[host]; twice {
			return nil, fmt.Errorf("page resolve %q: %s has an entry already, leave one", entry, host)
		}
		resolve[host] = addr
	}
	if len(resolve) == 0 {
		return nil, nil
	}
	return resolve, nil
}

func resolveHost(name string) (string, error) {
	if name == "*" {
		return name, nil
	}
	if _, err := netip.ParseAddr(strings.Trim(name, "[]")); err == nil {
		return "", fmt.Errorf("%s is an IP address and would never match, write a host name", name)
	}
	return company.Host(name)
}

func (r Resolve) lookup(host string) (netip.AddrPort, bool) {
	if _, err := netip.ParseAddr(host); err == nil {
		return netip.AddrPort{}, false
	}
	if addr, ok := r[host]; ok {
		return addr, true
	}
	addr, ok := r["*"]
	return addr, ok
}
