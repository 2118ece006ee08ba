package score

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"unicode"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// listed bounds how many values a reason spells out.
const listed = 6

func (m *Model) icpLines(l *lead.Lead) []lead.Line {
	lines := make([]lead.Line, 0, len(m.ICP.Rules))
	for _, r := range m.ICP.Rules {
		line := lead.Line{Rule: r.Rule, Group: icpGroup, Max: r.Points}
		if r.Fact == lead.UseCase {
			line.Points, line.Reason = m.useCase(r, l)
		} else {
			line.Points, line.Reason = r.weigh(l.Facts)
		}
		lines = append(lines, line)
	}
	return lines
}

// useCase counts what the lead states, never what a model concluded about it.
func (m *Model) useCase(r criterion, l *lead.Lead) (int, string) {
	switch n := words(l.UseCase); {
	case n >= m.UseCaseWords:
		return r.Points, fmt.Sprintf("stated by the lead in %d words", n)
	case n > 0:
		return 0, fmt.Sprintf("stated too briefly: %d or more words are needed", m.UseCaseWords)
	}
	return 0, "not stated by the lead"
}

// words counts what is set apart by space and has a letter or a digit.
func words(s string) int {
	n := 0
	for _, field := range strings.Fields(s) {
		if strings.ContainsFunc(field, func(r rune) bool { return unicode.IsLetter(r) || unicode.IsDigit(r) }) {
			n++
		}
	}
	return n
}

// weigh finds the fact that earns the rule's line the most. When nothing earns,
// the reason names what stands nearest to earning: a fact that would count were
// it settled, then one that counts but misses the rule, then one that is unsettled.
func (r criterion) weigh(facts []lead.Fact) (int, string) {
	var wouldEarn, unsettled string
	var missed []string
	points, reason := 0, ""
	for _, f := range facts {
		if f.Field != r.Fact {
			continue
		}
		got, why := r.value(f.Value)
		switch {
		case f.Earns() && got > points:
			points, reason = got, fmt.Sprintf("%s (%s)", why, f.Status)
		case f.Earns() && got == 0:
			missed = append(missed, f.Value)
		case !f.Earns() && r.couldEarn(f) && wouldEarn == "":
			wouldEarn = unearned(f)
		case !f.Earns() && unsettled == "":
			unsettled = unearned(f)
		}
	}
	switch {
	case points > 0:
		return points, reason
	case wouldEarn != "":
		return 0, wouldEarn
	case len(missed) > 0:
		return 0, r.miss(missed)
	case unsettled != "":
		return 0, unsettled
	}
	return 0, strings.ReplaceAll(string(r.Fact), "_", " ") + " not stated"
}

// value is what the rule gives for a value, and why.
func (r criterion) value(v string) (int, string) {
	if len(r.Bands) > 0 {
		return r.headcount(v)
	}
	for _, wanted := range r.AnyOf {
		if strings.EqualFold(strings.TrimSpace(v), wanted) {
			return r.Points, v + " is on the list"
		}
	}
	return 0, ""
}

func (r criterion) couldEarn(f lead.Fact) bool {
	got, _ := r.value(f.Value)
	for _, e := range f.Evidence {
		other, _ := r.value(e.Value)
		got = max(got, other)
	}
	return got > 0
}

// unearned says why a fact earns nothing although it is there.
func unearned(f lead.Fact) string {
	if f.Status != lead.Conflicting {
		return fmt.Sprintf("%s is %s, earns nothing", f.Value, f.Status)
	}
	var said []string
	for _, e := range f.Evidence {
		if e.Value == "" {
			continue
		}
		// An evidence without an address is no page: its quote says who gave the value.
		by := "(" + cmp.Or(e.Quote, "as sent") + ")"
		if e.URL != "" {
			by = "on " + e.URL
		}
		if one := e.Value + " " + by; !slices.Contains(said, one) {
			said = append(said, one)
		}
	}
	if len(said) < 2 {
		said = []string{f.Value}
	}
	return strings.Join(clip(said, listed), " against ") + ": conflicting, earns nothing"
}

func (r criterion) miss(values []string) string {
	if len(r.Bands) > 0 {
		_, why := r.headcount(values[0])
		return why
	}
	slices.Sort(values)
	list := fmt.Sprintf("the list of %d", len(r.AnyOf))
	if len(r.AnyOf) <= listed {
		list = "the list: " + strings.Join(r.AnyOf, ", ")
	}
	verb := "is"
	if len(values) > 1 {
		verb = "are"
	}
	return fmt.Sprintf("%s %s not on %s", strings.Join(clip(values, listed), ", "), verb, list)
}

// clip keeps the first n of a list and says how many it left out.
func clip(list []string, n int) []string {
	if len(list) <= n {
		return list
	}
	return append(slices.Clone(list[:n]), fmt.Sprintf("%d more", len(list)-n))
}

// headcount gives the points of the band that holds the number. A range counts
// by the end with fewer points, and not at all when an end lies in no band; an
// open range ("500+") counts by its lower end.
func (r criterion) headcount(v string) (int, string) {
	h, err := company.ParseHeadcount(v)
	if err != nil {
		return 0, fmt.Sprintf("%q is not a headcount", v)
	}
	low, ok := r.band(h.Min)
	if h.Max == 0 || h.Max == h.Min {
		count := fmt.Sprint(h.Min)
		if h.Max == 0 {
			count = "at least " + count
		}
		if !ok {
			return 0, fmt.Sprintf("%s is in no band of %s", count, r.bandNames())
		}
		return low.Points, fmt.Sprintf("%s is within %s", count, low)
	}
	span := fmt.Sprintf("%d–%d", h.Min, h.Max)
	high, alsoOK := r.band(h.Max)
	switch {
	case !ok || !alsoOK:
		return 0, fmt.Sprintf("%s reaches outside the bands %s", span, r.bandNames())
	case low == high:
		return low.Points, fmt.Sprintf("%s is within %s", span, low)
	case high.Points < low.Points:
		low = high
	}
	return low.Points, fmt.Sprintf("%s reaches into %s, which counts", span, low)
}

func (r criterion) band(n int) (band, bool) {
	for _, b := range r.Bands {
		if b.holds(n) {
			return b, true
		}
	}
	return band{}, false
}

func (r criterion) bandNames() string {
	names := make([]string, len(r.Bands))
	for i, b := range r.Bands {
		names[i] = b.String()
	}
	return strings.Join(clip(names, listed), ", ")
}

func (b band) holds(n int) bool { return n >= b.From && (b.To == 0 || n <= b.To) }

func (b band) String() string {
	if b.To == 0 {
		return fmt.Sprintf("%d or more", b.From)
	}
	return fmt.Sprintf("%d–%d", b.From, b.To)
}
