package score

import (
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"leadtriage/internal/lead"
)

// raise returns the flags, never nil.
func (m *Model) raise(e evidence) []string {
	raised := []string{}
	if e.triggers < m.Flags.SingleTrigger.FewerThan {
		raised = append(raised, lead.FlagSingleTrigger)
	}
	if e.assets < m.Flags.SingleAsset.FewerThan {
		raised = append(raised, lead.FlagSingleAsset)
	}
	return raised
}

// propose sets verdict and reason: the first line of SPEC's table that fits.
func (m *Model) propose(s *lead.Score, l *lead.Lead, e evidence, env *environment) {
	if d, ok := m.disqualified(l, env); ok {
		s.Verdict, s.Rule, s.Because = lead.VerdictDisqualify, d.Rule, sentence(d.Because)
		return
	}
	if len(e.buying) == 0 {
		s.Verdict = lead.Nurture
		s.Because = fmt.Sprintf("Score %d without a buying signal; one of %s would make it a marketing lead.", s.Total, strings.Join(m.buyingWords(), ", "))
		return
	}
	buying := "a buying signal (" + strings.Join(once(e.buying, statedUseCase), ", ") + ")"
	if short := m.short(s); short != "" {
		s.Verdict = lead.MQL
		s.Because = fmt.Sprintf("It has %s, but %s.", buying, short)
		return
	}
	if missing := m.missing(l, e); missing != "" {
		s.Verdict = lead.SQL
		s.Because = fmt.Sprintf("Score %d and ICP fit %d with %s, but %s.", s.Total, s.ICP, buying, missing)
		return
	}
	s.Verdict = lead.EQL
	s.Because = fmt.Sprintf("Score %d and ICP fit %d with an ecosystem signal (%s) and %s.", s.Total, s.ICP, strings.Join(e.signals, ", "), buying)
}

// disqualified is the first rule that fires.
func (m *Model) disqualified(l *lead.Lead, env *environment) (*disqualifier, bool) {
	for i := range m.Disqualify {
		d := &m.Disqualify[i]
		switch {
		case len(d.Sources) > 0 && !slices.Contains(d.Sources, l.Source):
		case slices.Contains(d.Without, "signals") && len(l.Signals) > 0:
		case slices.Contains(d.Without, "events") && len(l.Events) > 0:
		case m.outs[i] != nil && !m.outs[i].holds(env):
		default:
			return d, true
		}
	}
	return nil, false
}

// short says which points are missing for sql and eql; "" when none is.
func (m *Model) short(s *lead.Score) string {
	var out []string
	if s.ICP < m.ICP.Floor {
		out = append(out, fmt.Sprintf("ICP fit %d is below %d", s.ICP, m.ICP.Floor))
	}
	if s.Total < m.definition.Threshold {
		out = append(out, fmt.Sprintf("the score %d is below %d", s.Total, m.definition.Threshold))
	}
	return strings.Join(out, " and ")
}

// missing says what keeps a lead with enough points from eql; "" when nothing does.
func (m *Model) missing(l *lead.Lead, e evidence) string {
	switch {
	case len(e.signals) > 0:
	case len(e.lapsed) > 0:
		return "no live ecosystem signal: " + strings.Join(e.lapsed, "; ")
	case l.Source == lead.Overlap:
		return "no ecosystem signal: an overlap without use or referral is none"
	default:
		return "no ecosystem signal"
	}
	if f := m.Flags.SingleTrigger; f.Gate && e.triggers < f.FewerThan {
		return fmt.Sprintf("it shows %d of %d required kinds of intent events", e.triggers, f.FewerThan)
	}
	if f := m.Flags.SingleAsset; f.Gate && e.assets < f.FewerThan {
		return fmt.Sprintf("it touched %d of %d required assets", e.assets, f.FewerThan)
	}
	return ""
}

// asks reports whether a person is asked (SPEC section 3, "Who is asked about").
func (m *Model) asks(s *lead.Score, l *lead.Lead, e evidence) bool {
	if s.Verdict == lead.VerdictDisqualify {
		return false
	}
	return slices.Contains(m.Ask.Verdicts, s.Verdict) ||
		len(e.signals) > 0 && s.Total >= m.Ask.SignalWithScore ||
		m.Ask.Incomplete && l.Enrichment.Incomplete()
}

func (m *Model) buyingWords() []string {
	out := slices.Clone(m.BuyingSignals.Events)
	if m.BuyingSignals.UseCase {
		out = append(out, "a "+statedUseCase)
	}
	return once(out, "a "+statedUseCase)
}

// once leaves out the stated use case where the event of one says the same.
func once(buying []string, stated string) []string {
	if !slices.Contains(buying, "use_case_stated") {
		return buying
	}
	return slices.DeleteFunc(slices.Clone(buying), func(s string) bool { return s == stated })
}

// sentence begins with a capital and ends with a stop.
func sentence(s string) string {
	s = strings.TrimRight(strings.TrimSpace(s), ".")
	first, size := utf8.DecodeRuneInString(s)
	return string(unicode.ToUpper(first)) + s[size:] + "."
}
