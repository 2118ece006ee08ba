package intake

import (
	"crypto/sha256"
	"crypto/subtle"
	"fmt"
	"math"
	"net/http"
	"slices"
	"strconv"
	"strings"
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
	return problemf(http.StatusForbidden, "the %s %s is bound to %s: send leads of these partners, or use a key that is bound to none", c.kind, c.name, join(c.partners, "and"))
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
	if wait := a.strangers.wait(c.r, who, presented, a.now()); wait > 0 {
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
			join(roles, "or"), who.name, join(who.roles, "and"))
	}
	return a.pace(who)
}

// pace counts a call, and refuses it when there were too many.
func (a *API) pace(who *caller) error {
	now := a.now()
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

// seconds is a delay for Retry-After: whole, and never zero.
func seconds(d time.Duration) string {
	return strconv.Itoa(max(1, int(math.Ceil(d.Seconds()))))
}

// join lists words as a sentence does, with the last one after a conjunction, or
// with commas alone.
func join[S ~string](words []S, conjunction string) string {
	var b strings.Builder
	for i, w := range words {
		switch {
		case i == 0:
		case i == len(words)-1 && conjunction != ",":
			b.WriteString(" " + conjunction + " ")
		default:
			b.WriteString(", ")
		}
		b.WriteString(string(w))
	}
	return b.String()
}
