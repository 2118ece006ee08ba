package page

import (
	"fmt"
	"net/netip"
	"strings"

	"leadtriage/internal/company"
)

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
