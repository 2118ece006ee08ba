package attribution

import (
	"cmp"
	"maps"
	"slices"

	"leadtriage/internal/lead"
)

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
