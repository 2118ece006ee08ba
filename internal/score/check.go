package score

import (
	"fmt"
	"slices"
	"strings"

	"leadtriage/config/strict"
	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

const (
	maxPoints = 100  // the scale of a score (SPEC "score")
	maxDays   = 3650 // ten years: more is a slip of the keyboard

	onlyOneWay = "say either any_of (a list of values) or, for employees, bands"
)

var (
	absences = []string{"signals", "events"}
	askable  = []lead.Verdict{lead.EQL, lead.SQL, lead.MQL, lead.Nurture}
)

// checker collects faults at places below the scoring section. What is wrong at a
// place that could not be read was said already.
type checker struct {
	section strict.Node
	unread  strict.Faults
	faults  strict.Faults
}

func (c *checker) fault(at []any, format string, args ...any) {
	n, _ := c.section.At(at...)
	f := n.Fault(format, args...)
	if !slices.ContainsFunc(c.unread, func(u strict.Fault) bool { return u.Path == f.Path }) {
		c.faults = append(c.faults, f)
	}
}

// read reports whether all of a place could be read, so that it may be counted.
func (c *checker) read(at ...any) bool {
	n, _ := c.section.At(at...)
	path := n.Fault("").Path
	return !slices.ContainsFunc(c.unread, func(u strict.Fault) bool {
		rest, below := strings.CutPrefix(u.Path, path)
		return below && (rest == "" || rest[0] == '.' || rest[0] == '[')
	})
}

func (c *checker) within(value, low, high int, at ...any) {
	switch {
	case value >= low && value <= high:
	case c.absent(at...):
		c.fault(at, "%s is missing; write a number from %d to %d", c.below(at), low, high)
	default:
		c.fault(at, "%s is %d; it must lie between %d and %d", at[len(at)-1], value, low, high)
	}
}

// given is within for a number that must be there: 0 would be another rule.
func (c *checker) given(value, low, high int, at ...any) {
	if c.absent(at...) {
		value = low - 1
	}
	c.within(value, low, high, at...)
}

// below names what is missing of a place, from where the file ends.
func (c *checker) below(at []any) string {
	_, depth := c.section.At(at...)
	name := fmt.Sprint(at[min(depth, len(at)-1)])
	for _, step := range at[min(depth, len(at)-1)+1:] {
		name += fmt.Sprint(".", step)
	}
	return name
}

func (c *checker) absent(at ...any) bool {
	n, depth := c.section.At(at...)
	return depth < len(at) || n.IsZero()
}

// known faults every item of list that is not among the words.
func known[T ~string](c *checker, what string, list []T, among []T, at ...any) {
	for i, item := range list {
		if !slices.Contains(among, item) {
			c.fault(append(slices.Clone(at), i), "unknown %s %q%s", what, string(item), strict.Hint(item, among))
		}
	}
}

func (c *checker) some(n int, what string, at ...any) {
	if n == 0 && c.read(at...) {
		c.fault(at, "%s is missing; list at least one", what)
	}
}

// rule checks a rule's name, which the lines and the history show.
func (c *checker) rule(name string, taken map[string]bool, at ...any) {
	switch {
	case !word.Fits(name):
		c.fault(append(at, "rule"), "%s", word.Fault(name))
	case taken[name]:
		c.fault(append(at, "rule"), "the name %q is taken by another rule; choose another", name)
	}
	taken[name] = true
}

func (d *definition) check(section strict.Node, unread strict.Faults) strict.Faults {
	c := &checker{section: section, unread: unread}
	if c.absent("icp") && c.absent("intent") {
		c.fault(nil, "this is a part of a scoring model, and one is always whole; copy it from `config print`, and change that")
		return c.faults
	}
	if !modelName.Fits(d.Name) {
		c.fault([]any{"name"}, "%s", modelName.Fault(d.Name))
	}
	c.within(d.Version, 1, 1_000_000, "version")
	c.within(d.Threshold, 1, maxPoints, "threshold")
	c.within(d.Gates.BANT, 0, len(lead.BANTEvents), "gates", "bant")
	c.within(d.UseCaseWords, 1, 100, "use_case_words")
	d.checkICP(c)
	d.checkIntent(c)
	d.checkSignals(c)
	d.checkVerdicts(c)
	return c.faults
}

func (d *definition) checkICP(c *checker) {
	c.within(d.ICP.Max, 0, maxPoints, "icp", "max")
	c.given(d.ICP.Floor, 0, d.ICP.Max, "icp", "floor")
	if d.ICP.Max+d.Intent.Cap != maxPoints && c.read("icp", "max") {
		c.fault([]any{"intent", "cap"}, "icp.max %d and intent.cap %d add up to %d; they must make %d", d.ICP.Max, d.Intent.Cap, d.ICP.Max+d.Intent.Cap, maxPoints)
	}
	c.some(len(d.ICP.Rules), "icp.rules", "icp")
	sum, taken := 0, map[string]bool{}
	for i := range d.ICP.Rules {
		r := &d.ICP.Rules[i]
		sum += r.Points
		c.rule(r.Rule, taken, "icp", "rules", i)
		c.within(r.Points, 1, maxPoints, "icp", "rules", i, "points")
		r.check(c, "icp", "rules", i)
	}
	if sum != d.ICP.Max && len(d.ICP.Rules) > 0 && c.read("icp") {
		c.fault([]any{"icp", "max"}, "the points of icp.rules add up to %d, not to icp.max %d; change one of them", sum, d.ICP.Max)
	}
}

func (r *criterion) check(c *checker, at ...any) {
	here := func(steps ...any) []any { return append(slices.Clone(at), steps...) }
	if r.When != "" {
		if r.Fact != "" || len(r.AnyOf) > 0 || len(r.Bands) > 0 {
			c.fault(here("when"), "a rule has either a fact or a condition; take when out, or fact, any_of and bands")
		}
		return
	}
	if r.Fact == "" {
		c.fault(here(), "this rule looks at nothing; give it a fact, or a condition under when")
		return
	}
	if r.Because != "" {
		c.fault(here("because"), "because is for rules with a condition; the reason for a fact is the fact itself")
	}
	if !slices.Contains(lead.Fields, r.Fact) {
		known(c, "fact", []lead.Field{r.Fact}, lead.Fields, here("fact")...)
		return
	}
	switch {
	case r.Fact == lead.UseCase:
		if len(r.AnyOf) > 0 || len(r.Bands) > 0 {
			c.fault(here(), "use_case earns its points when the lead states it; take any_of and bands out")
		}
	case (len(r.AnyOf) > 0) == (len(r.Bands) > 0):
		c.fault(here(), "%s", onlyOneWay)
	case r.Fact == lead.Employees && len(r.Bands) == 0, r.Fact != lead.Employees && len(r.Bands) > 0:
		c.fault(here(), "%s", onlyOneWay)
	}
	r.checkBands(c, here)
	for i, v := range r.AnyOf {
		if hint := unusable(r.Fact, v); hint != "" {
			c.fault(here("any_of", i), "%s", hint)
		}
	}
}

// unusable says why no fact will ever have this value; "" when one may.
func unusable(field lead.Field, value string) string {
	ours, known, what := value, true, ""
	switch field {
	case lead.Industry:
		what = "industry"
		ours, known = company.Industry(value)
	case lead.HQCountry:
		what = "country"
		ours, known = company.Country(value)
	}
	switch near := strict.Nearest(value, company.IndustrySlugs()); {
	case known && ours != value:
		return fmt.Sprintf("write the %s %q as %s", what, value, ours)
	case known && strings.TrimSpace(value) == "":
		return "this value is empty"
	case known:
		return ""
	case field == lead.HQCountry:
		return fmt.Sprintf("unknown country %q; write its two-letter code, such as IT", value)
	case near != "":
		return fmt.Sprintf("unknown industry %q; did you mean %s?", value, near)
	}
	return fmt.Sprintf("unknown industry %q; the README lists the industries", value)
}

func (r *criterion) checkBands(c *checker, here func(...any) []any) {
	best := 0
	for i, b := range r.Bands {
		best = max(best, b.Points)
		c.given(b.From, 0, 100_000_000, here("bands", i, "from")...)
		c.given(b.Points, 0, r.Points, here("bands", i, "points")...)
		if b.To != 0 && b.To < b.From {
			c.fault(here("bands", i, "to"), "this band ends at %d, before it begins at %d", b.To, b.From)
		}
		for j, other := range r.Bands[:i] {
			if b.holds(other.From) || other.holds(b.From) {
				c.fault(here("bands", i), "this band overlaps the one of %s; a headcount must fall in one band", lead.Why("band_of", r.Bands[j].arg()))
			}
		}
	}
	if len(r.Bands) > 0 && best != r.Points && c.read(here()...) {
		c.fault(here("points"), "no band gives the %d points of the rule; the best gives %d", r.Points, best)
	}
}

func (d *definition) checkIntent(c *checker) {
	in := d.Intent
	c.within(in.Cap, 0, maxPoints, "intent", "cap")
	c.given(in.FullDays, 0, maxDays, "intent", "full_days")
	c.within(in.HalfLifeDays, 1, maxDays, "intent", "half_life_days")
	c.some(len(in.Events), "intent.events", "intent")
	for _, e := range in.Events {
		c.given(e.Points, 0, in.Cap, "intent", "events", e.Type)
		switch near := strict.Nearest(e.Type, lead.EventTypes); {
		case !word.Fits(e.Type):
			c.fault([]any{"intent", "events", e.Type}, "an event type is small letters, digits and underscores")
		case near != "" && near != e.Type && !slices.Contains(lead.EventTypes, e.Type):
			c.fault([]any{"intent", "events", e.Type}, "unknown event %q; did you mean %s? (a type of your own needs a name less like it)", e.Type, near)
		}
	}
	taken := map[string]bool{}
	for i, g := range in.GroupCaps {
		at := []any{"intent", "group_caps", i}
		c.rule(g.Rule, taken, at...)
		c.given(g.Cap, 0, in.Cap, "intent", "group_caps", i, "cap")
		c.some(len(g.Sources), "sources", at...)
		c.some(len(g.Events), "events", at...)
		known(c, "source", g.Sources, lead.Sources, "intent", "group_caps", i, "sources")
		known(c, "event", g.Events, in.Events.types(), "intent", "group_caps", i, "events")
	}
}

func (d *definition) checkSignals(c *checker) {
	s := d.Signals
	c.within(s.MaxAgeDays, 1, maxDays, "signals", "max_age_days")
	c.within(s.WeakNeedsAssets, 0, 1000, "signals", "weak_needs_assets")
	known(c, "signal", s.Strong, lead.SignalTypes, "signals", "strong")
	known(c, "signal", s.Weak, lead.SignalTypes, "signals", "weak")
	for i, w := range s.Weak {
		if slices.Contains(s.Strong, w) {
			c.fault([]any{"signals", "weak", i}, "%s is strong and weak; take it out of one list", w)
		}
	}
	for source, signal := range s.ImpliedBySource {
		at := []any{"signals", "implied_by_source", string(source)}
		if !slices.Contains(lead.Sources, source) {
			c.fault(at, "unknown source %q", string(source))
		}
		if !slices.Contains(s.Strong, signal) && !slices.Contains(s.Weak, signal) {
			c.fault(at, "%q is neither in signals.strong nor in signals.weak", signal)
		}
	}
}

func (d *definition) checkVerdicts(c *checker) {
	if len(d.BuyingSignals.Events) == 0 && !d.BuyingSignals.UseCase && c.read("buying_signals") {
		c.fault([]any{"buying_signals"}, "without buying_signals every lead is one to nurture; list events, such as demo_request, or set use_case")
	}
	known(c, "event", d.BuyingSignals.Events, append(slices.Clone(lead.EventTypes), d.Intent.Events.types()...), "buying_signals", "events")
	taken := map[string]bool{}
	for i, r := range d.Disqualify {
		at := []any{"disqualify", i}
		c.rule(r.Rule, taken, at...)
		if len(r.Sources) == 0 && r.When == "" {
			c.fault(at, "this rule would take every lead; list sources, or write a condition under when")
		}
		known(c, "source", r.Sources, lead.Sources, "disqualify", i, "sources")
		known(c, "absence", r.Without, absences, "disqualify", i, "without")
		if strings.TrimSpace(r.Because) == "" {
			c.fault(at, "because is missing; write the sentence that people will read")
		}
	}
	for name, f := range map[string]flag{"single_trigger": d.Flags.SingleTrigger, "single_asset": d.Flags.SingleAsset} {
		if !c.absent("flags", name) {
			c.given(f.FewerThan, 0, 100, "flags", name, "fewer_than")
		}
	}
	known(c, "verdict", d.Ask.Verdicts, askable, "ask", "verdicts")
	if c.absent("ask") {
		c.fault([]any{"ask"}, "ask is missing; it says who gets a card (config print shows the shipped one)")
	} else {
		c.given(d.Ask.SignalWithScore, 0, maxPoints+1, "ask", "signal_with_score")
	}
	d.Attribution.check(c)
}
