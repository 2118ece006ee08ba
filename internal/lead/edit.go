package lead

import (
	"fmt"
	"slices"
)

// Edit is what a reviewer says about a company while a round is open.
type Edit struct {
	ReviewID string // the round the person saw
	By       string // Slack user id
	// Fields are those that the reviewer speaks of. Facts are all facts of these
	// fields from now on, in normal form; a field without one goes back to what
	// was sent and found.
	Fields []Field
	Facts  []Fact
}

// Edit records a reviewer's word about the company; it stands above what the
// automation sent and what was found. The score is to follow.
func (c *Case) Edit(e Edit) error {
	if err := c.open(e.ReviewID); err != nil {
		return err
	}
	l := &c.Lead
	l.Edits = slices.DeleteFunc(slices.Clone(l.Edits), func(f Fact) bool { return slices.Contains(e.Fields, f.Field) })
	var named []string
	for _, field := range e.Fields {
		named = append(named, string(field))
	}
	for _, f := range e.Facts {
		f.Status, f.Confidence, f.By = Given, 1, e.By
		l.Edits = append(l.Edits, f)
	}
	c.Note(e.By, "edited", fieldsNamed, List(named))
	return nil
}

// open returns why the round takes no word any more, or nil while it does.
func (c *Case) open(reviewID string) error {
	r := c.Review()
	switch {
	case r == nil:
		return fmt.Errorf("lead %s: %w", c.Lead.ID, ErrNotUnderReview)
	case reviewID != "" && reviewID != r.ID:
		return fmt.Errorf("lead %s round %d: %w", c.Lead.ID, r.Round, ErrStaleReview)
	case !r.Open():
		return fmt.Errorf("lead %s round %d: %w", c.Lead.ID, r.Round, ErrDecided)
	}
	return nil
}

// Edited reports whether a reviewer spoke of the field.
func (l *Lead) Edited(field Field) bool {
	return slices.ContainsFunc(l.Edits, func(f Fact) bool { return f.Field == field })
}

// FoundFacts are the facts that enrichment found, without those that a reviewer
// replaced. A technology that the reviewer's list keeps is still found.
func (l *Lead) FoundFacts() []Fact {
	kept := func(f Fact) bool {
		return f.Field == Technology && slices.ContainsFunc(l.Edits, func(e Fact) bool { return e.Field == Technology && e.Value == f.Value })
	}
	return slices.DeleteFunc(slices.Clone(l.Found), func(f Fact) bool { return l.Edited(f.Field) && !kept(f) })
}
