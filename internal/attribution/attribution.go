// Package attribution reads the UTM parameters of a lead and divides its credit
// among the partners whose assets it touched. It is pure.
package attribution

import (
	"cmp"
	"maps"
	"regexp"
	"slices"
	"strings"

	"leadtriage/internal/lead"
)

// Partner with what its links carry in utm_source, beside its id.
type Partner struct {
	ID      string
	Sources []string
}

// Rules are what attribution goes by; safe for concurrent use.
type Rules struct {
	partners []Partner
	byUTM    map[string]string // partner ids by utm_source in small letters
	weights  Weights
	buying   []string // events that say the lead wants to buy
}

// New joins the partners, the weights and the events that say a lead wants to
// buy. With no partners any id names its own.
func New(partners []Partner, weights Weights, buying []string) *Rules {
	r := &Rules{partners: partners, byUTM: map[string]string{}, weights: weights, buying: buying}
	for _, p := range partners {
		for _, source := range append([]string{p.ID}, p.Sources...) {
			r.byUTM[normal(source)] = p.ID
		}
	}
	return r
}

// anID is what the id of a partner looks like.
var anID = regexp.MustCompile(`^[a-z0-9][a-z0-9._-]{0,63}$`)

func normal(s string) string { return strings.ToLower(strings.TrimSpace(s)) }

// Attribute reads the lead's UTM parameters and divides its credit.
func (r *Rules) Attribute(l *lead.Lead) lead.Attribution {
	a := lead.Attribution{Partner: l.Partner.ID, Model: r.weights.Name, AI: l.AISource()}
	landed := lead.Parameters(l.LandingURL)
	named := r.named(l, l.UTM.Source, l.UTM.Medium)
	medium := l.UTM.Medium
	switch {
	case named != "":
		a.UTM = "partner"
	case lead.NamedAI(l.UTM.Source) != "":
		a.UTM = "ai"
	case l.UTM.Source != "":
		a.UTM = "unknown"
	}
	for _, source := range landed["utm_source"] {
		if named == "" {
			medium = landed.Get("utm_medium")
			named = r.named(l, source, medium)
		}
	}
	if a.UTM == "" && len(landed["utm_source"]) == 0 && strings.Contains(strings.ToLower(l.LandingURL), "utm_source") {
		a.UTM = "unknown" // it has one that cannot be read
	}
	a.Named = named
	if named != "" && (a.AI != "" || l.Partner.ID == lead.Direct) {
		a.Partner = named
	}
	if named != "" && named != l.Partner.ID {
		a.Flags = append(a.Flags, lead.FlagUTMPartner)
	}
	if a.UTM == "unknown" && len(r.byUTM) > 0 && l.Partner.ID != lead.Direct {
		a.Flags = append(a.Flags, lead.FlagUTMUnknown)
	}
	if named != "" && medium != "" && normal(medium) != "referral" {
		a.Flags = append(a.Flags, lead.FlagUTMMedium)
	}
	a.Credits = r.weights.credits(r.path(l, a.Partner), keyMoment(l, r.buying))
	return a
}

// named is the partner that a utm_source names, or empty. Where none is listed
// it is the lead's own, and of a lead that nobody sent whoever a referral names.
func (r *Rules) named(l *lead.Lead, source, medium string) string {
	if id, ok := r.byUTM[normal(source)]; ok {
		return id
	}
	switch {
	case len(r.byUTM) > 0 || normal(source) == "":
		return ""
	case normal(source) == normal(l.Partner.ID):
		return l.Partner.ID
	case l.Partner.ID == lead.Direct && normal(medium) == "referral" && lead.NamedAI(source) == "" && anID.MatchString(normal(source)):
		return normal(source)
	}
	return ""
}

// path is every touchpoint and the arrival itself, oldest first.
func (r *Rules) path(l *lead.Lead, arrival string) []touch {
	touches := []touch{{at: l.ReferredOn.Time().UnixMilli(), party: arrival}}
	for _, t := range l.Touchpoints {
		touches = append(touches, touch{at: t.At.UnixMilli(), party: r.party(l, t)})
	}
	slices.SortFunc(touches, compareTouches)
	return touches
}

// party is whose asset was touched: the partner that the UTM names, that of the
// link where an AI answer led to it, else the lead's partner or ourselves.
func (r *Rules) party(l *lead.Lead, t lead.Touchpoint) string {
	if t.UTM != nil {
		if id := r.named(l, t.UTM.Source, t.UTM.Medium); id != "" {
			return id
		}
	}
	asset := lead.Parameters(t.Asset)
	if id := r.named(l, asset.Get("utm_source"), asset.Get("utm_medium")); id != "" {
		return id
	}
	if t.Owner == "partner" {
		return l.Partner.ID
	}
	return lead.Direct
}

// keyMoment is when the lead first said that it wants to buy, in milliseconds;
// zero: not yet.
func keyMoment(l *lead.Lead, buying []string) (first int64) {
	for _, e := range l.Events {
		if at := e.At.UnixMilli(); slices.Contains(buying, e.Type) && (first == 0 || at < first) {
			first = at
		}
	}
	return first
}

// Whole is the credit of one lead, in millionths.
const Whole = 1_000_000

// Weights are the parts, of 100, of the first touch, the key one, the last one,
// and of all touches of partners together.
type Weights struct {
	Name                      string
	First, Key, Last, Partner int
}

// touch is one contact: when, in milliseconds, and with whose asset.
type touch struct {
	at    int64
	party string
}

func compareTouches(a, b touch) int {
	return cmp.Or(cmp.Compare(a.at, b.at), cmp.Compare(a.party, b.party))
}

// credits divides Whole. The key touch is the last one before the lead said that
// it wants to buy; while it has not, the last one of a partner, else the last
// one. Where no partner was touched, the part of partners falls to the others.
func (w Weights) credits(path []touch, bought int64) []lead.Credit {
	var partners []string
	for _, t := range path {
		if t.party != lead.Direct {
			partners = append(partners, t.party)
		}
	}
	key := len(path) - 1
	for i, t := range path {
		if bought > 0 && t.at <= bought || bought == 0 && t.party != lead.Direct {
			key = i
		}
	}
	n := int64(max(1, len(partners)))
	parts := map[string]int64{}
	give := func(party string, part int64) {
		if part > 0 {
			parts[party] += part
		}
	}
	give(path[0].party, int64(w.First)*n)
	give(path[key].party, int64(w.Key)*n)
	give(path[len(path)-1].party, int64(w.Last)*n)
	for _, p := range partners {
		give(p, int64(w.Partner))
	}
	if len(parts) == 0 { // all for partners, and none was touched
		parts[path[len(path)-1].party] = 1
	}
	shares := divide(parts)
	credits := make([]lead.Credit, 0, len(shares))
	for _, party := range slices.Sorted(maps.Keys(shares)) {
		credits = append(credits, lead.Credit{Partner: party, PPM: shares[party]})
	}
	slices.SortStableFunc(credits, func(a, b lead.Credit) int { return cmp.Compare(b.PPM, a.PPM) })
	return credits
}

// divide splits Whole in the proportion of the parts, which are positive, by the
// largest remainder; ties go by name.
func divide(parts map[string]int64) map[string]int64 {
	var sum int64
	for _, p := range parts {
		sum += p
	}
	shares, rest := map[string]int64{}, map[string]int64{}
	left := int64(Whole)
	for party, p := range parts {
		shares[party], rest[party] = Whole*p/sum, Whole*p%sum
		left -= shares[party]
	}
	byRest := slices.SortedFunc(maps.Keys(parts), func(a, b string) int { return cmp.Or(cmp.Compare(rest[b], rest[a]), cmp.Compare(a, b)) })
	for _, party := range byRest[:left] {
		shares[party]++
	}
	return shares
}
