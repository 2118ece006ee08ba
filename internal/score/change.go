package score

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// mostSteps bounds how many things together Change looks for.
const mostSteps = 3

// supposition is one thing that could be so of a lead, and is not yet.
type supposition struct {
	words string // "a demo request today"
	make  func(*lead.Lead)
}

// Change is one sentence on what would change the lead's verdict as of now. It
// supposes each event and signal of the model today, each fact that is missing
// or unsettled at its best, a stated use case and one more touched asset, and
// scores the lead with it. The nearest change is the one with the fewest things
// together; then the highest verdict; then the fewest points more; then the
// order of the model. For an eql it is the day on which it ceases to be one if
// nothing happens. It scores the lead some dozens of times: call it when a
// score is saved, not for every score.
func (m *Model) Change(l *lead.Lead, now time.Time) string {
	now = now.UTC().Round(0)
	was := m.Score(l, now)
	if was.Verdict == lead.EQL {
		return m.lapse(l, now)
	}
	var words []string
	supposed, at := *l, was
	for range mostSteps {
		best, found := supposition{}, lead.Score{}
		for _, s := range m.suppositions(&supposed, &at, now) {
			with := supposed
			s.make(&with)
			got := m.Score(&with, now)
			if nearer(&was, &got, &found) {
				best, found = s, got
			}
		}
		if best.make == nil {
			break
		}
		best.make(&supposed)
		words, at = append(words, best.words), found
		if rank(at.Verdict) > rank(was.Verdict) {
			return changed(words, &was, &at)
		}
	}
	return fmt.Sprintf("No single event, signal or fact would make it more than %s.", spoken(was.Verdict))
}

// nearer reports whether got is a better next step than what was found so far.
func nearer(was, got, found *lead.Score) bool {
	if found.Model == "" {
		return rank(got.Verdict) > rank(was.Verdict) || got.Total > was.Total
	}
	if a, b := rank(got.Verdict), rank(found.Verdict); a != b {
		return a > b
	}
	if rank(got.Verdict) > rank(was.Verdict) {
		return got.Total < found.Total
	}
	return got.Total > found.Total // on the way, the longest step
}

func changed(words []string, was, to *lead.Score) string {
	s := listing(words, " and ")
	if to.Total == was.Total {
		return sentence(fmt.Sprintf("%s would make it %s", s, spoken(to.Verdict)))
	}
	return sentence(fmt.Sprintf("%s would bring it to %d and make it %s", s, to.Total, spoken(to.Verdict)))
}

// lapse says when an eql ceases to be one. Points only fall with time and
// signals only expire, so the days can be halved.
func (m *Model) lapse(l *lead.Lead, now time.Time) string {
	const most = 366
	after := func(days int) lead.Score { return m.Score(l, now.AddDate(0, 0, days)) }
	low, high := 0, most // eql after low days
	if after(high).Verdict == lead.EQL {
		return "With nothing new it stays eql for a year."
	}
	for high-low > 1 {
		if mid := (low + high) / 2; after(mid).Verdict == lead.EQL {
			low = mid
		} else {
			high = mid
		}
	}
	then := after(high)
	days := "in " + fmt.Sprint(high) + " days"
	if high == 1 {
		days = "tomorrow"
	}
	return fmt.Sprintf("With nothing new it becomes %s %s, at a score of %d.", spoken(then.Verdict), days, then.Total)
}

var ranks = []lead.Verdict{lead.VerdictDisqualify, lead.Nurture, lead.MQL, lead.SQL, lead.EQL}

func rank(v lead.Verdict) int { return slices.Index(ranks, v) }

func spoken(v lead.Verdict) string {
	if v == lead.Nurture {
		return "a lead to nurture"
	}
	return string(v)
}

// suppositions lists what could be so, in the order of the model.
func (m *Model) suppositions(l *lead.Lead, s *lead.Score, now time.Time) []supposition {
	var out []supposition
	for _, e := range m.Intent.Events {
		out = append(out, supposition{phrase(e.Type) + " today", func(l *lead.Lead) {
			l.Events = append(slices.Clip(l.Events), lead.Event{Type: e.Type, At: now})
		}})
	}
	if words(l.UseCase) < m.UseCaseWords {
		out = append(out, supposition{"a use case stated by the lead", func(l *lead.Lead) { l.UseCase = strings.Repeat("word ", m.UseCaseWords) }})
	}
	for i := range m.ICP.Rules {
		r := &m.ICP.Rules[i]
		if m.fits[i] != nil || r.Fact == lead.UseCase || s.Lines[i].Points == r.Points {
			continue
		}
		if settled := settledOf(l.Facts, r.Fact); settled != nil && settled.Earns() && r.Fact != lead.Technology {
			continue // what is known will not become otherwise; but a company has many technologies
		}
		value, said := r.best(l.Facts)
		name := plainField(r.Fact)
		if r.Fact == lead.Employees {
			name = "number of employees"
		}
		out = append(out, supposition{"a verified " + name + " (" + said + ")", func(l *lead.Lead) {
			l.Facts = append(slices.Clip(l.Facts), lead.Fact{Field: r.Fact, Value: value, Status: lead.Verified})
		}})
	}
	for _, kind := range m.kinds {
		out = append(out, supposition{phrase(kind) + " today", func(l *lead.Lead) {
			l.Signals = append(slices.Clip(l.Signals), lead.Signal{Type: kind, At: now})
		}})
	}
	return append(out, supposition{"another touched asset", func(l *lead.Lead) {
		name := fmt.Sprintf("supposed asset %d", len(l.Touchpoints))
		l.Touchpoints = append(slices.Clip(l.Touchpoints), lead.Touchpoint{Type: "page", Owner: "owned", Asset: name, At: now})
	}})
}

// best is a value that earns the rule's points, and how to say it: what a fact
// says that would earn were it settled, else what the rule asks for.
func (r *criterion) best(facts []lead.Fact) (value, said string) {
	for _, f := range facts {
		if f.Field != r.Fact {
			continue
		}
		if got, _ := r.value(f.Value); got > 0 {
			return f.Value, f.Value
		}
	}
	if len(r.Bands) > 0 {
		top := slices.MaxFunc(r.Bands, func(a, b band) int { return a.Points - b.Points })
		return fmt.Sprint(top.From), top.String()
	}
	if len(r.AnyOf) > listed {
		return r.AnyOf[0], "one of its list"
	}
	return r.AnyOf[0], listing(r.AnyOf, " or ")
}

// listing is "a, b and c".
func listing(words []string, last string) string {
	i := len(words) - 1
	if i < 1 {
		return strings.Join(words, "")
	}
	return strings.Join(words[:i], ", ") + last + words[i]
}

var inPhrases = map[string]string{
	"trial_started": "a started trial", "budget_confirmed": "a confirmed budget", "use_case_stated": "the event of a stated use case",
	"contact_sales": "a contact with sales", "webinar_attended": "an attended webinar", "integration_active": "an active integration",
	"co_sell": "a co-sell", "co_marketing": "a co-marketing contact", "ai_citation": "an AI citation",
	"partner_referral": "a referral by the partner",
}

func phrase(kind string) string {
	if s := inPhrases[kind]; s != "" {
		return s
	}
	if !slices.Contains(lead.EventTypes, kind) && !slices.Contains(lead.SignalTypes, kind) {
		return "the event " + kind
	}
	article := "a "
	if strings.ContainsRune("aeio", rune(kind[0])) {
		article = "an "
	}
	return article + strings.ReplaceAll(kind, "_", " ")
}
