package intake

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"math"
	"net/http"
	"net/netip"
	"slices"
	"strings"
	"sync"
	"time"

	"golang.org/x/time/rate"

	"leadtriage/internal/lead"
)

// Role is what a key may do.
type Role string

const (
	// Enqueue sends leads, batches and events, and reads the leads it sent.
	Enqueue Role = "enqueue"
	// Read reads every lead.
	Read Role = "read"
	// Decide approves and rejects, and reads every lead.
	Decide Role = "decide"
	// Operate looks at the queues, and reads every lead.
	Operate Role = "operate"
)

// Key is a bearer key and whom it stands for. Without roles it may enqueue.
type Key struct {
	Name     string
	Key      string
	Roles    []Role
	Partners []string    // whose leads it may send and see; none: everybody's
	Source   lead.Source // of its leads that name none; empty: what their links say
}

// caller is a key as compared and limited, or a source; the key itself is not kept.
type caller struct {
	kind     string // "key" or "source"
	name     string
	hash     [sha256.Size]byte
	roles    []Role
	partners []string // none: everybody's
	source   lead.Source
	limit    *rate.Limiter
}

func newCallers(keys []Key, perSecond float64, burst int) ([]*caller, error) {
	var callers []*caller
	for _, k := range keys {
		c := &caller{kind: "key", name: k.Name, hash: sha256.Sum256([]byte(k.Key)), roles: k.Roles, partners: k.Partners, source: k.Source, limit: newLimit(perSecond, burst)}
		if len(c.roles) == 0 {
			c.roles = []Role{Enqueue}
		}
		for _, r := range c.roles {
			if !slices.Contains([]Role{Enqueue, Read, Decide, Operate}, r) {
				return nil, fmt.Errorf("api key %s: role %q is not one of enqueue, read, decide, operate", k.Name, r)
			}
		}
		for _, other := range callers {
			if other.name == c.name {
				return nil, fmt.Errorf("api key %s: the name is given twice; an actor on record must be one key", k.Name)
			}
			if other.hash == c.hash {
				return nil, fmt.Errorf("api key %s: the key is also that of %s; give each name its own", k.Name, other.name)
			}
		}
		if k.Name == "" || k.Key == "" {
			return nil, fmt.Errorf("api key %q: name and key must not be empty", k.Name)
		}
		callers = append(callers, c)
	}
	return callers, nil
}

// newLimit allows so many leads and calls a second; 0: any number.
func newLimit(perSecond float64, burst int) *rate.Limiter {
	if perSecond <= 0 {
		return rate.NewLimiter(rate.Inf, 0)
	}
	if burst <= 0 {
		burst = int(math.Ceil(2 * perSecond))
	}
	return rate.NewLimiter(rate.Limit(perSecond), burst)
}

func (c *caller) has(roles ...Role) bool {
	return slices.ContainsFunc(roles, func(r Role) bool { return slices.Contains(c.roles, r) })
}

// seesAll reports whether the caller reads every lead, not only its own.
func (c *caller) seesAll() bool { return c.has(Read, Decide, Operate) }

// speaksFor reports whether the caller may send and see leads of the partner.
func (c *caller) speaksFor(partner string) bool {
	return len(c.partners) == 0 || slices.ContainsFunc(c.partners, func(p string) bool { return strings.EqualFold(p, partner) })
}

// notTheirs is the problem of a caller that speaks for other partners.
func (c *caller) notTheirs() *Problem {
	return problemf(http.StatusForbidden, "the %s %s is bound to %s: send leads of these partners, or use a key that is bound to none", c.kind, c.name, lead.Join(c.partners, ", ", " and "))
}

// id tells callers apart; empty: none.
func (c *caller) id() string {
	if c == nil {
		return ""
	}
	return c.actor()
}

// actor is the name on record.
func (c *caller) actor() string { return c.kind + ":" + c.name }

// admit finds who is calling and whether it may, and counts the call.
func (a *API) admit(c *call, challenge string, roles ...Role) error {
	presented := bearer(c.r)
	if presented == "" && strings.HasPrefix(challenge, "Basic") {
		_, presented, _ = c.r.BasicAuth()
	}
	who := a.identify(presented)
	if wait := a.strangers.wait(c.r, who.id(), presented, a.opts.Now()); wait > 0 {
		return tooManyTries(wait)
	}
	if who == nil {
		p := problemf(http.StatusUnauthorized, "%s", unauthorized(len(a.keys) > 0, presented != ""))
		p.header.Set("WWW-Authenticate", challenge)
		return p
	}
	c.by = who
	if !who.has(roles...) {
		return problemf(http.StatusForbidden, "this call needs a key with the role %s; the key %s has %s: add the role in LEADTRIAGE_API_KEYS, as name:key:role+role",
			lead.Join(roles, ", ", " or "), who.name, lead.Join(who.roles, ", ", " and "))
	}
	return a.pace(who)
}

// pace counts a call, and refuses it when there were too many.
func (a *API) pace(who *caller) error {
	now := a.opts.Now()
	if r := who.limit.ReserveN(now, 1); r.DelayFrom(now) > 0 {
		wait := r.DelayFrom(now)
		r.CancelAt(now)
		return problemf(http.StatusTooManyRequests, "the %s %s calls faster than it may: wait as Retry-After says, or send many leads at once to /v1/leads/batch", who.kind, who.name).retry(wait)
	}
	return nil
}

// identify compares with every key, so that the time tells nothing.
func (a *API) identify(presented string) *caller {
	hash := sha256.Sum256([]byte(presented))
	var found *caller
	for _, k := range a.keys {
		if subtle.ConstantTimeCompare(hash[:], k.hash[:]) == 1 {
			found = k
		}
	}
	return found
}

func bearer(r *http.Request) string {
	scheme, key, _ := strings.Cut(r.Header.Get("Authorization"), " ")
	if !strings.EqualFold(scheme, "Bearer") {
		return ""
	}
	return strings.TrimSpace(key)
}

func unauthorized(configured, presented bool) string {
	switch {
	case !configured:
		return "no API keys are configured, so nobody may call: set LEADTRIAGE_API_KEYS, as name:key or name:key:role+role, and start again"
	case presented:
		return "this key is not known here: check it against LEADTRIAGE_API_KEYS"
	}
	return "a key is required: send it as Authorization: Bearer KEY"
}

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
	known map[string]bool
}

// wait is how long the address of a request has to wait before it may try again;
// zero: not at all. who is empty for a key that is not known.
func (s *strangers) wait(r *http.Request, who, presented string, now time.Time) time.Duration {
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
		f = &stranger{rate.NewLimiter(rate.Every(triesEvery), tries), map[string]bool{}}
		s.from[address] = f
	}
	if f.known[who] {
		return 0
	}
	try := f.tries.ReserveN(now, 1)
	wait := try.DelayFrom(now)
	if wait > 0 || who != "" {
		try.CancelAt(now)
	}
	if wait == 0 && who != "" {
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
