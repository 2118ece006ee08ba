// Package score turns a lead with its facts into points with reasons, flags and
// a proposed verdict, by the rules of a model written in YAML. It is pure: the
// same lead, model and now give the same bytes on any machine. The numbers of
// the shipped model stand in config/defaults.yaml, none stands here.
package score

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"slices"

	"leadtriage/config/strict"
	"leadtriage/internal/lead"
)

// Model is a compiled scoring model; it is safe for concurrent use.
type Model struct {
	definition
	hash        string
	name        string        // NAME@VERSION
	kinds       []string      // ecosystem signals, strong ones first
	buying      []lead.Reason // see wanted
	fits        []*condition  // of the ICP rules, nil where a rule has none
	outs        []*condition  // of the disqualification rules, nil where a rule has none
	conditional bool          // whether there is any condition
	acts        bool          // whether one of outs looks at what the lead did
}

// Compile reads and checks the `scoring` section. Its error is a strict.Faults
// that names every mistake by line and column, also words that no lead can say.
func Compile(section strict.Node, words Vocabulary) (*Model, error) {
	if section.IsZero() {
		return nil, strict.Faults{section.Fault("no scoring model; leave `scoring` out for the shipped one, or write a whole one (`config print` shows it)")}
	}
	m := &Model{}
	unread := section.Decode(&m.definition)
	faults := slices.Concat(unread, m.definition.check(section, unread), m.compileConditions(section, words))
	if err := faults.Err(); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(section.Canonical())
	m.hash = hex.EncodeToString(sum[:6])
	m.kinds = slices.Concat(m.Signals.Strong, m.Signals.Weak)
	m.buying = m.wanted()
	m.name = fmt.Sprintf("%s@%d", m.Name, m.Version)
	return m, nil
}

func (m *Model) compileConditions(section strict.Node, words Vocabulary) (faults strict.Faults) {
	words.Events = m.Intent.Events.types()
	compile := func(text string, fit bool, at ...any) *condition {
		n, depth := section.At(at...)
		if text == "" || depth < len(at) {
			return nil
		}
		c, wrong := compileCondition(n, text, fit, words)
		faults = append(faults, wrong...)
		m.conditional = m.conditional || c != nil
		return c
	}
	for i, r := range m.ICP.Rules {
		m.fits = append(m.fits, compile(r.When, true, "icp", "rules", i, "when"))
	}
	for i, r := range m.Disqualify {
		c := compile(r.When, false, "disqualify", i, "when")
		m.outs = append(m.outs, c)
		m.acts = m.acts || c != nil && c.acts
	}
	return faults
}

// String is NAME@VERSION, as every score carries it.
func (m *Model) String() string { return m.name }

// Hash is a short hash of the model's text without comments and layout.
func (m *Model) Hash() string { return m.hash }

// Threshold is the score from which a lead can be eql or sql.
func (m *Model) Threshold() int { return m.definition.Threshold }

// ICPMax and IntentMax are the most points that each group can earn.
func (m *Model) ICPMax() int    { return m.ICP.Max }
func (m *Model) IntentMax() int { return m.Intent.Cap }

// Knows reports whether an event of the type can earn points or is a buying signal.
func (m *Model) Knows(event string) bool {
	return slices.Contains(m.Intent.Events.types(), event) || slices.Contains(m.BuyingSignals.Events, event)
}

// ExtraEvents are the intent events that this model adds to the contract's by
// giving them points: they may be sent, too.
func (m *Model) ExtraEvents() []string {
	var types []string
	for _, t := range m.Intent.Events.types() {
		if !slices.Contains(lead.EventTypes, t) {
			types = append(types, t)
		}
	}
	return types
}
