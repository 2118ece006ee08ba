package score

import (
	"slices"
	"strconv"
	"time"

	"leadtriage/internal/lead"
)

// statedUseCase is a use case that the lead states, among the buying signals.
const statedUseCase = "stated use case"

// evidence is what the gates and flags look at beside the points.
type evidence struct {
	signals  []string      // live ecosystem signals, in the order of the model
	lapsed   []lead.Reason // signals that do not count
	buying   []string      // buying signals on record
	kinds    int           // distinct event types of the model
	triggers int           // distinct event types of the buying stage
	assets   int           // distinct assets touched
	open     []string      // events that would answer the open questions of BANT
}

func (m *Model) evidence(l *lead.Lead, types map[string]seen, now time.Time) evidence {
	e := evidence{assets: l.Touched()}
	for _, rule := range m.Intent.Events {
		if _, ok := types[rule.Type]; ok {
			e.kinds++
		}
	}
	for t := range types {
		if !slices.Contains(lead.EventTypes[len(lead.EventTypes)-2:], t) {
			e.triggers++
		}
	}
	for _, t := range m.BuyingSignals.Events {
		if _, ok := types[t]; ok {
			e.buying = append(e.buying, t)
		}
	}
	for i, shown := range l.BANT() {
		if !shown {
			e.open = append(e.open, lead.BANTEvents[i])
		}
	}
	if m.BuyingSignals.UseCase && wordCount(l.UseCase) >= m.UseCaseWords {
		e.buying = append(e.buying, statedUseCase)
	}
	m.readSignals(&e, l, now)
	return e
}

// readSignals sorts the lead's ecosystem signals into live and lapsed, each type
// at its newest. Some sources are a signal by themselves, dated the day of
// the referral.
func (m *Model) readSignals(e *evidence, l *lead.Lead, now time.Time) {
	newest := map[string]time.Time{}
	add := func(kind string, at time.Time) {
		if before, ok := newest[kind]; !ok || at.After(before) {
			newest[kind] = at
		}
	}
	for _, s := range l.Signals {
		add(s.Type, s.At)
	}
	for _, r := range l.AllReferrals() {
		kind, ok := m.Signals.ImpliedBySource[r.Source]
		switch {
		case !ok || l.Partner.ID == lead.Direct:
		case r.On == "":
			e.lapsed = append(e.lapsed, lead.Why("not_dated", kind))
		default:
			add(kind, r.On.Time())
		}
	}
	for _, kind := range m.kinds {
		at, ok := newest[kind]
		if !ok {
			continue
		}
		weak := slices.Contains(m.Signals.Weak, kind)
		switch days := age(at, now); {
		case days > m.Signals.MaxAgeDays:
			e.lapsed = append(e.lapsed, lead.Why("expired", kind, strconv.Itoa(days), strconv.Itoa(m.Signals.MaxAgeDays)))
		case weak && e.assets < m.Signals.WeakNeedsAssets:
			e.lapsed = append(e.lapsed, lead.Why("too_weak", kind, strconv.Itoa(m.Signals.WeakNeedsAssets), strconv.Itoa(e.assets)))
		default:
			e.signals = append(e.signals, kind)
		}
	}
}
