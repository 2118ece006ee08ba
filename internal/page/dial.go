package page

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"strings"
	"time"

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
		ctx, cancel := context.WithTimeout(ctx, connectTimeout)
		defer cancel()
		return d.fixed(ctx, network, fixed.String())
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
		conn, err := d.connect(ctx, network, target)
		if err == nil {
			return conn, nil
		}
		faults = append(faults, err)
	}
	return nil, errors.Join(faults...)
}

func (d *dialer) connect(ctx context.Context, network string, target netip.AddrPort) (net.Conn, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return d.public(ctx, network, target.String())
}

func (d *dialer) ask(ctx context.Context, host string) ([]netip.Addr, error) {
	ctx, cancel := context.WithTimeout(ctx, connectTimeout)
	defer cancel()
	return d.lookup(ctx, host)
}

// targets returns the public addresses of host, IPv4 first. Addresses that are
// not public are left out; a host that has no other is refused.
func (d *dialer) targets(ctx context.Context, host string, port uint16) ([]netip.AddrPort, error) {
	addrs := []netip.Addr{}
	if literal, err := netip.ParseAddr(host); err == nil {
		addrs = append(addrs, literal)
	} else if addrs, err = d.ask(ctx, host); err != nil {
		return nil, err
	}
	if len(addrs) == 0 {
		return nil, &net.DNSError{Err: "no addresses", Name: host, IsNotFound: true}
	}
	var v4, v6 []netip.AddrPort
	var refused error
	for _, addr := range addrs {
		target := netip.AddrPortFrom(addr.Unmap(), port)
		if err := publicOnly.SafeAddrPort(target); err != nil {
			refused = fmt.Errorf("%w: %s: %w", ErrForbiddenAddress, host, err)
			continue
		}
		if target.Addr().Is4() {
			v4 = append(v4, target)
		} else {
			v6 = append(v6, target)
		}
	}
	targets := append(v4, v6...)
	if len(targets) == 0 {
		return nil, refused
	}
	return targets[:min(len(targets), maxAddresses)], nil
}
