package intake

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"
)

// An address may show so many unknown keys at once, then one each triesEvery.
// Of so many addresses it is remembered.
const (
	tries         = 20
	triesEvery    = 5 * time.Second
	mostAddresses = 10_000
)

// strangers slows addresses that try keys at random. While one is slowed its answer
// is the same for a right key, or the answer would tell; only callers that came from
// there before go on.
type strangers struct {
	proxies []netip.Prefix // whose X-Forwarded-For is believed

	mu   sync.Mutex
	from map[netip.Prefix]*stranger
}

type stranger struct {
	tries *rate.Limiter
	known map[*caller]bool
}

// wait is how long the address of a request has to wait before it may try again;
// zero: not at all. who is nil for a key that is not known.
func (s *strangers) wait(r *http.Request, who *caller, presented string, now time.Time) time.Duration {
	if presented == "" {
		return 0
	}
	address := s.address(r)
	s.mu.Lock()
	defer s.mu.Unlock()
	f := s.from[address]
	if f == nil {
		for old := range s.from {
			if len(s.from) < mostAddresses {
				break
			}
			delete(s.from, old) // any: who tries from so many is not held up by memory
		}
		f = &stranger{rate.NewLimiter(rate.Every(triesEvery), tries), map[*caller]bool{}}
		s.from[address] = f
	}
	if f.known[who] {
		return 0
	}
	try := f.tries.ReserveN(now, 1)
	wait := try.DelayFrom(now)
	if wait > 0 || who != nil {
		try.CancelAt(now)
	}
	if wait == 0 && who != nil {
		f.known[who] = true
	}
	return wait
}

func tooManyTries(wait time.Duration) *Problem {
	return problemf(http.StatusTooManyRequests, "too many keys that are not known were tried from this address: "+
		"wait as Retry-After says, and check the key against LEADTRIAGE_API_KEYS").retry(wait)
}

// address is where a request comes from; of an IPv6 address the network, since one
// machine has all of it. What a proxy says counts where the proxy is known.
func (s *strangers) address(r *http.Request) netip.Prefix {
	at, _ := netip.ParseAddrPort(r.RemoteAddr)
	from := at.Addr().Unmap()
	hops := strings.Split(strings.Join(r.Header.Values("X-Forwarded-For"), ","), ",")
	for _, hop := range slices.Backward(hops) {
		before, err := netip.ParseAddr(strings.TrimSpace(hop))
		if err != nil || !slices.ContainsFunc(s.proxies, func(p netip.Prefix) bool { return p.Contains(from) }) {
			break
		}
		from = before.Unmap().WithZone("")
	}
	bits := 32
	if from.Is6() {
		bits = 64
	}
	network, _ := from.Prefix(bits)
	return network
}
