package score

import (
	"slices"
	"strconv"
	"strings"

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
func (m *Model) propose(s *lead.Score, l *lead.Lead, e evidence, env environment) {
	if d, ok := m.disqualified(l, env); ok {
		s.Verdict, s.Rule, s.Because = lead.VerdictDisqualify, d.Rule, lead.Why("own", d.Rule, sentence(d.Because))
		return
	}
	total, icp := strconv.Itoa(s.Total), strconv.Itoa(s.ICP)
	if len(e.buying) == 0 {
		s.Verdict, s.Because = lead.Nurture, lead.Why("no_buying_signal", total).With(m.buying...)
		return
	}
	buying := lead.List(once(e.buying))
	if below := m.below(s); len(below) > 0 {
		s.Verdict, s.Because = lead.MQL, lead.Why("short", buying).With(below...)
		return
	}
	if missing, ok := m.missing(l, e); ok {
		s.Verdict, s.Because = lead.SQL, lead.Why("lacking", total, icp, buying).With(missing)
		return
	}
	s.Verdict, s.Because = lead.EQL, lead.Why("complete", total, icp, buying, lead.List(e.signals))
}

// disqualified is the first rule that fires.
func (m *Model) disqualified(l *lead.Lead, env environment) (*disqualifier, bool) {
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

// below says which points are missing for sql and eql.
func (m *Model) below(s *lead.Score) (out []lead.Reason) {
	if s.ICP < m.ICP.Floor {
		out = append(out, counted("icp_below", s.ICP, m.ICP.Floor))
	}
	if s.Total < m.definition.Threshold {
		out = append(out, counted("score_below", s.Total, m.definition.Threshold))
	}
	return out
}

// missing says what keeps a lead with enough points from eql, if anything does.
func (m *Model) missing(l *lead.Lead, e evidence) (lead.Reason, bool) {
	switch {
	case len(e.signals) > 0:
	case len(e.lapsed) > 0:
		return lead.Why("no_live_signal").With(e.lapsed...), true
	case l.Source == lead.Overlap:
		return lead.Why("overlap_alone"), true
	default:
		return lead.Why("no_signal"), true
	}
	if f := m.Flags.SingleTrigger; f.Gate && e.triggers < f.FewerThan {
		return counted("few_triggers", e.triggers, f.FewerThan), true
	}
	if f := m.Flags.SingleAsset; f.Gate && e.assets < f.FewerThan {
		return counted("few_assets", e.assets, f.FewerThan), true
	}
	if shown := len(lead.BANTEvents) - len(e.open); shown < m.Gates.BANT {
		return counted("little_bant", shown, m.Gates.BANT), true
	}
	return lead.Reason{}, false
}

func counted(code lead.ReasonCode, n, of int) lead.Reason {
	return lead.Why(code, strconv.Itoa(n), strconv.Itoa(of))
}

// asks reports whether a person is asked (SPEC section 3, "Who is asked about").
func (m *Model) asks(s *lead.Score, l *lead.Lead, e evidence) bool {
	if s.Verdict == lead.VerdictDisqualify {
		return false
	}
	return slices.Contains(m.Ask.Verdicts, s.Verdict) ||
		len(e.signals) > 0 && s.Total >= m.Ask.SignalWithScore ||
		m.Ask.Incomplete && l.Enrichment.Incomplete() && !l.Batch
}

// wanted are the buying signals that a lead without one could show.
func (m *Model) wanted() (out []lead.Reason) {
	for _, event := range m.BuyingSignals.Events {
		out = append(out, lead.Why("event", event))
	}
	if m.BuyingSignals.UseCase && !slices.Contains(m.BuyingSignals.Events, useCaseEvent) {
		out = append(out, lead.Why("a_use_case"))
	}
	return out
}

// useCaseEvent says the same as a use case that the lead states.
const useCaseEvent = "use_case_stated"

// once leaves out the stated use case where the event of one says the same.
func once(buying []string) []string {
	if !slices.Contains(buying, useCaseEvent) {
		return buying
	}
	return slices.DeleteFunc(slices.Clone(buying), func(s string) bool { return s == statedUseCase })
}

// sentence begins with a capital and ends with a stop.
func sentence(s string) string {
	return lead.Capital(strings.TrimRight(strings.TrimSpace(s), ".")) + "."
}
