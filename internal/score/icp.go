package score

import (
	"cmp"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// listed bounds how many values a reason spells out.
const listed = 6

func (m *Model) icpLines(l *lead.Lead, e environment) []lead.Line {
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

// judge gives the points of a condition that is known to hold, with the facts that
// it rests on.
func (r *criterion) judge(c *condition, facts []lead.Fact, e environment) (points int, reason lead.Reason, on *lead.Fact) {
	reason = lead.Why("fails", c.text)
	if c.holds(e) {
		points, reason = r.Points, lead.Why("holds", c.text)
		if r.Because != "" {
			reason = lead.Why("own", r.Rule, strings.TrimRight(r.Because, "."))
		}
	}
	var asked []lead.Field
	var rests []lead.Reason
	for _, name := range c.facts {
		field := factOf[name]
		if slices.Contains(asked, field) {
			continue
		}
		asked = append(asked, field)
		if f := settledOf(facts, field); f != nil {
			on = cmp.Or(on, f)
			rests = append(rests, lead.Why("field_is", string(field), f.Value, string(f.Status)))
		} else {
			rests = append(rests, lead.Why(lead.FieldMissing, string(field)))
		}
	}
	if len(rests) > 0 {
		reason.Of = []lead.Reason{lead.Why("rests_on").With(clip(rests)...)}
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

// useCase counts what the lead states, never what a model concluded about it.
func (m *Model) useCase(r *criterion, l *lead.Lead) (int, lead.Reason) {
	switch n := wordCount(l.UseCase); {
	case n >= m.UseCaseWords:
		return r.Points, lead.Why("use_case_enough", strconv.Itoa(n))
	case n > 0:
		return 0, lead.Why("use_case_brief", strconv.Itoa(m.UseCaseWords))
	}
	return 0, lead.Why("use_case_missing")
}

// wordCount counts what is set apart by space and has a letter or a digit.
func wordCount(s string) int {
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
func (r *criterion) weigh(facts []lead.Fact) (points int, reason lead.Reason, on *lead.Fact) {
	var wouldEarn, unsettled, missed *lead.Fact
	var values []string
	for i := range facts {
		f := &facts[i]
		if f.Field != r.Fact {
			continue
		}
		got, why := r.value(f.Value, f.Status)
		switch {
		case f.Earns() && got > points:
			points, reason, on = got, why, f
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
	return 0, lead.Why(lead.FieldMissing, string(r.Fact)), nil
}

// value is what the rule gives for a value of a status, and why.
func (r *criterion) value(v string, status lead.FactStatus) (int, lead.Reason) {
	if len(r.Bands) > 0 {
		return r.headcount(v, status)
	}
	for _, wanted := range r.AnyOf {
		if strings.EqualFold(strings.TrimSpace(v), wanted) {
			return r.Points, lead.Why("on_list", string(r.Fact), v, string(status))
		}
	}
	return 0, lead.Reason{}
}

func (r *criterion) couldEarn(f lead.Fact) bool {
	got, _ := r.value(f.Value, f.Status)
	for _, e := range f.Evidence {
		other, _ := r.value(e.Value, f.Status)
		got = max(got, other)
	}
	return got > 0
}

// unearned says why a fact earns nothing although it is there. Of sources that
// say the same it names the first.
func unearned(f lead.Fact) lead.Reason {
	field := string(f.Field)
	if f.Status != lead.Conflicting {
		return lead.Why("unverified", field, f.Value)
	}
	var said []lead.Reason
	var values []string
	for _, e := range f.Evidence {
		if e.Value == "" || slices.Contains(values, e.Value) {
			continue
		}
		values = append(values, e.Value)
		// An evidence without an address is no page: its quote says who gave the value.
		by := lead.Why("as_sent", field, e.Value)
		switch {
		case e.URL != "":
			by = lead.Why("from_page", field, e.Value, e.URL)
		case e.Quote != "" && e.Quote != company.AsSent:
			by = lead.Why("from_someone", field, e.Value, e.Quote)
		}
		said = append(said, by)
	}
	if len(said) < 2 {
		said = []lead.Reason{lead.Why("a_value", field, f.Value)}
	}
	return lead.Why("conflicting", field).With(clip(said)...)
}

func (r *criterion) miss(values []string) lead.Reason {
	if len(r.Bands) > 0 {
		_, why := r.headcount(values[0], "")
		return why
	}
	slices.Sort(values)
	parts := make([]lead.Reason, len(values))
	for i, v := range values {
		parts[i] = lead.Why("a_value", string(r.Fact), v)
	}
	code, list := lead.ReasonCode("off_list"), lead.List(r.AnyOf)
	if len(r.AnyOf) > listed {
		code, list = "off_long_list", strconv.Itoa(len(r.AnyOf))
	}
	return lead.Why(code, string(r.Fact), list, strconv.Itoa(len(values))).With(clip(parts)...)
}

// clip keeps the first of a list and says how many it left out.
func clip(list []lead.Reason) []lead.Reason {
	if len(list) <= listed {
		return list
	}
	return append(slices.Clone(list[:listed]), lead.Why("more", strconv.Itoa(len(list)-listed)))
}

// headcount gives the points of the band that holds the number. A range counts
// by the end with fewer points, and not at all when an end lies in no band; an
// open range ("500+") counts by its lower end.
func (r *criterion) headcount(v string, status lead.FactStatus) (int, lead.Reason) {
	field := string(lead.Employees)
	h, err := headcountOf(v)
	if err != nil {
		return 0, lead.Why("not_a_headcount", field, v)
	}
	low, ok := r.band(h.Min)
	high, alsoOK := low, ok
	count, missed := strconv.Itoa(h.Min), lead.ReasonCode("in_no_band")
	switch h.Max {
	case h.Min:
	case 0:
		count += "+"
	default:
		count += "-" + strconv.Itoa(h.Max)
		missed = "outside_bands"
		high, alsoOK = r.band(h.Max)
	}
	if !ok || !alsoOK {
		return 0, lead.Why(missed, field, count).With(r.bandParts()...)
	}
	code := lead.ReasonCode("within")
	if low != high {
		code = "reaches_into"
	}
	if high.Points < low.Points {
		low = high
	}
	return low.Points, lead.Why(code, field, count, low.arg(), string(status))
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

func (r *criterion) bandParts() []lead.Reason {
	parts := make([]lead.Reason, len(r.Bands))
	for i, b := range r.Bands {
		parts[i] = lead.Why("band_of", b.arg())
	}
	return clip(parts)
}

func (b band) holds(n int) bool { return n >= b.From && (b.To == 0 || n <= b.To) }

// arg is the band as an arg of a reason.
func (b band) arg() string {
	if b.To == 0 {
		return strconv.Itoa(b.From) + "+"
	}
	return strconv.Itoa(b.From) + "-" + strconv.Itoa(b.To)
}
