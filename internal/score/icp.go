package score

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// listed bounds how many values a reason spells out.
const listed = 6

func (m *Model) icpLines(l *lead.Lead, e *environment) []lead.Line {
	lines := make([]lead.Line, 0, len(m.ICP.Rules)+len(m.Intent.Events))
	for i := range m.ICP.Rules {
		r := &m.ICP.Rules[i]
		line := lead.Line{Rule: r.Rule, Group: icpGroup, Max: r.Points, Fact: r.Fact}
		var on *lead.Fact
		switch {
		case m.fits[i] != nil:
			line.Points, line.Reason, on = r.judge(m.fits[i], l.Facts, e)
		case r.Fact == lead.UseCase:
			line.Points, line.Reason = m.useCase(r, l)
		default:
			line.Points, line.Reason, on = r.weigh(l.Facts)
		}
		if on != nil {
			line.Fact, line.Evidence = on.Field, address(on)
		}
		lines = append(lines, line)
	}
	return lines
}

// address is the page that a fact stands on, or empty.
func address(f *lead.Fact) string {
	for _, e := range f.Evidence {
		if e.URL != "" {
			return e.URL
		}
	}
	return ""
}

// judge gives the points of a condition that surely holds, with the facts that
// it rests on.
func (r *criterion) judge(c *condition, facts []lead.Fact, e *environment) (points int, reason string, on *lead.Fact) {
	verdict := "does not hold"
	if c.holds(e) {
		points, verdict = r.Points, "holds"
	}
	reason = verdict + ": " + c.text
	if r.Because != "" && points > 0 {
		reason = strings.TrimRight(r.Because, ".")
	}
	var rests []string
	for _, name := range c.facts {
		field := factOf[name]
		f := settledOf(facts, field)
		said := plainField(field) + " not stated"
		if f != nil {
			said = fmt.Sprintf("%s %s, %s", plainField(field), f.Value, f.Status)
		}
		if on == nil {
			on = f
		}
		if !slices.Contains(rests, said) {
			rests = append(rests, said)
		}
	}
	if len(rests) > 0 {
		reason += " (" + strings.Join(clip(rests, listed), "; ") + ")"
	}
	return points, reason, on
}

// settledOf is the first fact of the field that earns, else the first there is.
func settledOf(facts []lead.Fact, field lead.Field) *lead.Fact {
	var found *lead.Fact
	for i := range facts {
		if f := &facts[i]; f.Field == field && (found == nil || !found.Earns() && f.Earns()) {
			found = f
		}
	}
	return found
}

// plainField is a field in words of a sentence.
func plainField(f lead.Field) string {
	switch f {
	case lead.HQCountry:
		return "head-office country"
	case lead.HQCity:
		return "head-office city"
	}
	return strings.ReplaceAll(string(f), "_", " ")
}

// useCase counts what the lead states, never what a model concluded about it.
func (m *Model) useCase(r *criterion, l *lead.Lead) (int, string) {
	switch n := words(l.UseCase); {
	case n >= m.UseCaseWords:
		return r.Points, "stated by the lead in " + strconv.Itoa(n) + " words"
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
func (r *criterion) weigh(facts []lead.Fact) (points int, reason string, on *lead.Fact) {
	var wouldEarn, unsettled, missed *lead.Fact
	var values []string
	for i := range facts {
		f := &facts[i]
		if f.Field != r.Fact {
			continue
		}
		got, why := r.value(f.Value)
		switch {
		case f.Earns() && got > points:
			points, reason, on = got, why+" ("+string(f.Status)+")", f
		case f.Earns() && got == 0:
			values = append(values, f.Value)
			if missed == nil {
				missed = f
			}
		case !f.Earns() && wouldEarn == nil && r.couldEarn(*f):
			wouldEarn = f
		case !f.Earns() && unsettled == nil:
			unsettled = f
		}
	}
	switch {
	case points > 0:
		return points, reason, on
	case wouldEarn != nil:
		return 0, unearned(*wouldEarn), wouldEarn
	case missed != nil:
		return 0, r.miss(values), missed
	case unsettled != nil:
		return 0, unearned(*unsettled), unsettled
	}
	return 0, plainField(r.Fact) + " not stated", nil
}

// value is what the rule gives for a value, and why.
func (r *criterion) value(v string) (int, string) {
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

func (r *criterion) couldEarn(f lead.Fact) bool {
	got, _ := r.value(f.Value)
	for _, e := range f.Evidence {
		other, _ := r.value(e.Value)
		got = max(got, other)
	}
	return got > 0
}

// unearned says why a fact earns nothing although it is there. Of sources that
// say the same it names the first.
func unearned(f lead.Fact) string {
	if f.Status != lead.Conflicting {
		return fmt.Sprintf("%s is %s, earns nothing", f.Value, f.Status)
	}
	var said, values []string
	for _, e := range f.Evidence {
		if e.Value == "" || slices.Contains(values, e.Value) {
			continue
		}
		values = append(values, e.Value)
		// An evidence without an address is no page: its quote says who gave the value.
		by := "(" + cmp.Or(e.Quote, "as sent") + ")"
		if e.URL != "" {
			by = "on " + e.URL
		}
		said = append(said, e.Value+" "+by)
	}
	if len(said) < 2 {
		said = []string{f.Value}
	}
	return strings.Join(clip(said, listed), " against ") + ": conflicting, earns nothing"
}

func (r *criterion) miss(values []string) string {
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
func (r *criterion) headcount(v string) (int, string) {
	h, err := headcountOf(v)
	if err != nil {
		return 0, fmt.Sprintf("%q is not a headcount", v)
	}
	low, ok := r.band(h.Min)
	if h.Max == 0 || h.Max == h.Min {
		count := strconv.Itoa(h.Min)
		if h.Max == 0 {
			count = "at least " + count
		}
		if !ok {
			return 0, fmt.Sprintf("%s is in no band of %s", count, r.bandNames())
		}
		return low.Points, count + " is within " + low.String()
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

// headcountOf spares a plain number or range, as most facts are, the way through
// all the forms that people write.
func headcountOf(v string) (company.Headcount, error) {
	const few = 1_000_000 // above it the parser's own limits apply
	from, to, ranges := strings.Cut(v, "-")
	low, err := strconv.ParseUint(from, 10, 32)
	high := low
	if err == nil && ranges {
		high, err = strconv.ParseUint(to, 10, 32)
	}
	if err != nil || low == 0 || low > high || high > few {
		return company.ParseHeadcount(v)
	}
	return company.Headcount{Min: int(low), Max: int(high)}, nil
}

func (r *criterion) band(n int) (band, bool) {
	for _, b := range r.Bands {
		if b.holds(n) {
			return b, true
		}
	}
	return band{}, false
}

func (r *criterion) bandNames() string {
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
	return strconv.Itoa(b.From) + "–" + strconv.Itoa(b.To)
}
