package score

import (
	"cmp"
	"math"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// seen is how often an event type is on record, listed or counted, when last, and on
// which asset then; of several at that moment, the first by name.
type seen struct {
	times  int
	newest time.Time
	asset  string
}

func byType(l *lead.Lead) map[string]seen {
	types := make(map[string]seen, 16) // about as many types as a model has
	for _, e := range l.Events {
		s := types[e.Type]
		switch {
		case s.times == 0 || e.At.After(s.newest):
			s.newest, s.asset = e.At, e.Asset
		case e.At.Equal(s.newest) && e.Asset < s.asset:
			s.asset = e.Asset
		}
		s.times++
		types[e.Type] = s
	}
	for _, c := range l.Folded.Events { // the newest of the type is listed
		s := types[c.Type]
		s.times += c.Times
		types[c.Type] = s
	}
	return types
}

// intentLines has a line for each event type on record that the model knows.
// Group caps come before the cap of them all.
func (m *Model) intentLines(types map[string]seen, source lead.Source, now time.Time) []lead.Line {
	lines := make([]lead.Line, 0, len(m.Intent.Events))
	for _, rule := range m.Intent.Events {
		s, ok := types[rule.Type]
		if !ok {
			continue
		}
		days := age(s.newest, now)
		points := m.Intent.decayed(rule.Points, days)
		lines = append(lines, lead.Line{Rule: rule.Type, Group: intentGroup, Points: points, Max: rule.Points,
			Reason: m.Intent.reason(s.times, days, points, rule.Points), Evidence: webPage(s.asset)})
	}
	for _, g := range m.Intent.GroupCaps {
		if slices.Contains(g.Sources, source) {
			limit(lines, g.Cap, func(rule string) bool { return slices.Contains(g.Events, rule) }, "group_capped", g.Rule)
		}
	}
	limit(lines, m.Intent.Cap, func(string) bool { return true }, "capped", "")
	return lines
}

// webPage is the asset when it is an address, else empty.
func webPage(asset string) string {
	if strings.HasPrefix(asset, "https://") || strings.HasPrefix(asset, "http://") {
		return asset
	}
	return ""
}

// age is in whole days, rounded down; what lies ahead of now is 0 days old.
func age(at, now time.Time) int { return max(0, int(now.Sub(at)/(24*time.Hour))) }

// decayed is points × 0.5^((days − full days) / half-life), rounded half up
// (SPEC section 3). Exact halves occur only after whole half-lives, where the
// power of two is exact too; elsewhere no machine's last bit reaches a half.
func (in intent) decayed(points, days int) int {
	past := float64(max(0, days-in.FullDays))
	return int(math.Floor(float64(points)*math.Exp2(-past/float64(in.HalfLifeDays)) + 0.5))
}

func (in intent) reason(times, days, points, full int) lead.Reason {
	ago := strconv.Itoa(days)
	switch fresh := days <= in.FullDays; {
	case fresh && times == 1:
		return lead.Why("in_full", ago)
	case fresh:
		return lead.Why("newest_in_full", ago, strconv.Itoa(times))
	case times == 1:
		return lead.Why("by_now", ago, strconv.Itoa(points), strconv.Itoa(full))
	}
	return lead.Why("newest_by_now", ago, strconv.Itoa(points), strconv.Itoa(full), strconv.Itoa(times))
}

// limit takes points from the chosen lines until they make at most cap together,
// from the smallest line first and, of equals, from the last; of one group its
// rule is a further arg of the reason.
func limit(lines []lead.Line, cap int, chosen func(rule string) bool, code lead.ReasonCode, group string) {
	var order []int
	over := -cap
	for i := len(lines) - 1; i >= 0; i-- {
		if chosen(lines[i].Rule) {
			order = append(order, i)
			over += lines[i].Points
		}
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(lines[a].Points, lines[b].Points) })
	for _, i := range order {
		cut := min(over, lines[i].Points)
		if cut <= 0 {
			continue
		}
		lines[i].Points -= cut
		lines[i].Reason = lead.Why(code, strconv.Itoa(cut), strconv.Itoa(cap), group).With(lines[i].Reason)
		over -= cut
	}
}
