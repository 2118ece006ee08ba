package worker

import (
	"context"
	"errors"
	"fmt"

	"leadtriage/internal/lead"
)

// Dossier returns the record of the lead that the review round is about.
func (f *Flow) Dossier(ctx context.Context, reviewID string) (lead.Dossier, error) {
	id, err := f.Records.LeadOfReview(ctx, reviewID)
	if err != nil {
		return lead.Dossier{}, err
	}
	return f.Records.Dossier(ctx, id)
}

// Decide commits a person's word on a review round. The first one wins; when it
// returns, the decision is on disk, and what follows it is recorded.
// lead.ErrNotAllowed, ErrDecided, ErrStaleReview and ErrNotFound come with the
// dossier as it is, where there is one, so that the person can be told.
func (f *Flow) Decide(ctx context.Context, w lead.DecisionInput) (lead.Dossier, error) {
	id, err := f.Records.LeadOfReview(ctx, w.ReviewID)
	if err != nil {
		return lead.Dossier{}, err
	}
	return f.DecideLead(ctx, id, w)
}

// DecideLead is Decide on a lead's current round, or on the one that w names.
func (f *Flow) DecideLead(ctx context.Context, id string, w lead.DecisionInput) (lead.Dossier, error) {
	var opened, decided = f.now(), f.now()
	w.AsksWhy = w.AsksWhy && f.Policy.Undo > 0
	_, err := f.change(ctx, id, func(c *lead.Case) error {
		if !f.Reviewers.Authorized(w.By, &lead.Dossier{Lead: c.Lead, Reviews: c.Reviews}) {
			return fmt.Errorf("%s on lead %s: %w", w.By, id, lead.ErrNotAllowed)
		}
		if err := c.Decide(w); err != nil {
			return err
		}
		r := c.Review()
		opened, decided = r.OpenedAt, r.DecidedAt
		return nil
	})
	if err == nil {
		f.Metrics.decided(w.Decision, decided.Sub(opened))
	}
	d, readErr := f.Records.Dossier(ctx, id)
	return d, errors.Join(err, readErr)
}

// Undo takes a decision back while its time lasts and nothing of it has left:
// the same card asks again, in a new round. lead.ErrNotAllowed, ErrTooLate,
// ErrStaleReview, ErrNotDecided and ErrNotFound come with the dossier as it is,
// where there is one.
func (f *Flow) Undo(ctx context.Context, reviewID, by string) (lead.Dossier, error) {
	return f.review(ctx, reviewID, by, func(c *lead.Case) error {
		return c.Undo(reviewID, by, f.Policy.Undo)
	})
}

// Explain adds to an approval against the proposal why, by the person who gave
// it; no word: the form was closed. The time to undo begins then. A webhook that waits for the grace to end carries it; after one that has
// left another follows.
func (f *Flow) Explain(ctx context.Context, reviewID, by, why string) (lead.Dossier, error) {
	return f.review(ctx, reviewID, by, func(c *lead.Case) error {
		if err := c.Explain(reviewID, by, why); err != nil {
			return err
		}
		if r := c.Review(); c.Lead.UndoFrom.Equal(c.Now) { // the form has ended
			for i := range c.Effects {
				if e := &c.Effects[i]; e.Round == r.Round && !e.Message() && e.State == lead.Pending && e.Attempts == 0 {
					e.DueAt = c.Lead.UndoEnds(r, f.Policy.Undo)
				}
			}
		}
		return nil
	})
}

// Edit takes a reviewer's word about the company: the lead is scored again and
// its card redrawn. It fails as Decide does.
func (f *Flow) Edit(ctx context.Context, e lead.Edit) (lead.Dossier, error) {
	return f.review(ctx, e.ReviewID, e.By, func(c *lead.Case) error {
		if err := c.Edit(e); err != nil {
			return err
		}
		return f.propose(c)
	})
}

// review commits a reviewer's change to the lead that the round is about.
func (f *Flow) review(ctx context.Context, reviewID, by string, change func(*lead.Case) error) (lead.Dossier, error) {
	id, err := f.Records.LeadOfReview(ctx, reviewID)
	if err != nil {
		return lead.Dossier{}, err
	}
	_, err = f.change(ctx, id, func(c *lead.Case) error {
		if !f.Reviewers.Authorized(by, &lead.Dossier{Lead: c.Lead, Reviews: c.Reviews}) {
			return fmt.Errorf("%s on lead %s: %w", by, id, lead.ErrNotAllowed)
		}
		return change(c)
	})
	d, readErr := f.Records.Dossier(ctx, id)
	return d, errors.Join(err, readErr)
}
