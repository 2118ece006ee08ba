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
// lead.ErrNotAllowed, ErrDecided, ErrStaleReview, ErrNotDecided (nothing to revoke) and ErrNotFound come with the
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
	w.AsksWhy = w.AsksWhy && f.Policy.Undo > 0
	var r lead.Review
	d, err := f.word(ctx, id, w.By, func(c *lead.Case) error {
		if err := c.Decide(w); err != nil {
			return err
		}
		r = *c.Review()
		return nil
	})
	if err == nil && w.Decision != lead.Revoke {
		f.Metrics.decided(w.Decision, r.DecidedAt.Sub(r.OpenedAt))
	}
	return d, err
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
// it; no word: the form was closed. The time to undo begins then, and what waits for
// its end waits anew. A webhook that has not left carries the word; after one that
// has, another follows.
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

// AskPartner puts a question to the partner of the lead that the round is about. It fails as
// Decide does; lead.ErrAsked: it was put already.
func (f *Flow) AskPartner(ctx context.Context, reviewID, by, question string) (lead.Dossier, error) {
	return f.review(ctx, reviewID, by, func(c *lead.Case) error { return c.AskPartner(reviewID, by, question) })
}

// AnswerPartner records a partner's answer, and considers the lead again; lead.ErrAsked: there
// is one already.
func (f *Flow) AnswerPartner(ctx context.Context, id string, a lead.PartnerAnswer) error {
	into := ""
	_, err := f.change(ctx, id, func(c *lead.Case) error {
		if into = c.Lead.MergedInto; into != "" {
			return nil
		}
		if err := c.AnswerPartner(a); err != nil {
			return err
		}
		return f.reconsider(c)
	})
	if err == nil && into != "" {
		return f.AnswerPartner(ctx, into, a)
	}
	return err
}

// review commits a reviewer's change to the lead that the round is about.
func (f *Flow) review(ctx context.Context, reviewID, by string, change func(*lead.Case) error) (lead.Dossier, error) {
	id, err := f.Records.LeadOfReview(ctx, reviewID)
	if err != nil {
		return lead.Dossier{}, err
	}
	return f.word(ctx, id, by, change)
}

// word commits a change that a person or key asks for, if it may decide about the lead.
func (f *Flow) word(ctx context.Context, id, by string, change func(*lead.Case) error) (lead.Dossier, error) {
	_, err := f.change(ctx, id, func(c *lead.Case) error {
		if !f.Reviewers.Authorized(by, &lead.Dossier{Lead: c.Lead, Reviews: c.Reviews}) {
			return fmt.Errorf("%s on lead %s: %w", by, id, lead.ErrNotAllowed)
		}
		return change(c)
	})
	d, readErr := f.Records.Dossier(ctx, id)
	return d, errors.Join(err, readErr)
}

// Retry puts a lead back in motion where it stands; fresh asks the company's
// pages and the model again.
func (f *Flow) Retry(ctx context.Context, id, by string, fresh bool) (lead.Receipt, error) {
	l, err := f.Records.Lead(ctx, id)
	if err != nil {
		return lead.Receipt{}, err
	}
	if err := f.Facts.Retry(ctx, l.Company.Domain, fresh); err != nil {
		return lead.Receipt{}, err
	}
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		c.Note(by, "retried", "")
		l := &c.Lead
		c.PostAgain()
		for i := range c.Effects {
			e := &c.Effects[i]
			failing := e.State == lead.Pending && (e.LastError != "" || !e.DueAt.After(c.Now))
			if e.State == lead.GivenUp || failing { // what waits for the end of an undo goes on waiting
				e.State, e.DueAt, e.Since, e.UpdatedAt = lead.Pending, c.Now, c.Now, c.Now
			}
		}
		if l.Company.Domain != "" && l.Stage != lead.Merged && (fresh || l.Enrichment.State != lead.EnrichmentDone) {
			l.Enrichment.State, l.Enrichment.Since, c.WakeAt = lead.EnrichmentPending, c.Now, c.Now.Add(queueGrace)
		}
		if l.Stage == lead.Parked || l.Stage == lead.Disqualified || l.Stage == lead.Failed {
			if err := l.MoveTo(lead.Enriched); err != nil {
				return err
			}
			return f.resume(c)
		}
		return nil
	})
	return moved(c, err)
}

// SendToReview has a person asked about a lead whatever the rules say: one that
// is parked, disqualified, archived from there, or still on its way. Any other
// stage is lead.ErrIllegalMove.
func (f *Flow) SendToReview(ctx context.Context, id, by string) (lead.Receipt, error) {
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		l := &c.Lead
		if l.Stage == lead.Archived {
			if err := c.Restore(by); err != nil {
				return err
			}
		}
		switch l.Stage {
		case lead.Received, lead.Parked, lead.Disqualified:
		default:
			return fmt.Errorf("lead %s is %s: %w", id, l.Stage, lead.ErrIllegalMove)
		}
		l.WantedBy = by
		c.Note(by, "sent_to_review", "")
		if l.Stage == lead.Received {
			return nil // asked about when its facts are in
		}
		if err := l.MoveTo(lead.Enriched); err != nil {
			return err
		}
		if l.Enrichment.State == lead.EnrichmentPending {
			return f.resume(c)
		}
		return f.propose(c)
	})
	return moved(c, err)
}

// Rescore scores a lead that is parked or waits for a decision by the rules as they are
// now; was is its score before. Any other, and one that is scored by them, is left alone.
func (f *Flow) Rescore(ctx context.Context, id string) (was *lead.Score, l lead.Lead, err error) {
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		was, l = c.Lead.Score, c.Lead
		now := f.Rules.Score(&c.Lead, c.Now)
		switch {
		case was != nil && was.Hash == now.Hash:
			return nil
		case l.Stage == lead.Parked:
			if err := c.Lead.MoveTo(lead.Enriched); err != nil {
				return err
			}
			return f.propose(c)
		case l.Stage == lead.AwaitingReview:
			return f.propose(c)
		}
		return nil
	})
	if c != nil {
		l = c.Lead
	}
	return was, l, err
}

// Restore brings an archived lead back to where it was; any other stage is
// lead.ErrIllegalMove.
func (f *Flow) Restore(ctx context.Context, id, by string) (lead.Receipt, error) {
	c, err := f.change(ctx, id, func(c *lead.Case) error {
		if c.Lead.Stage != lead.Archived {
			return fmt.Errorf("lead %s is %s, not archived: %w", id, c.Lead.Stage, lead.ErrIllegalMove)
		}
		return c.Restore(by)
	})
	return moved(c, err)
}

var errNothing = errors.New("the lead holds nothing of it")

// Erase removes the person from the lead, and reports whether anything was there.
func (f *Flow) Erase(ctx context.Context, id, by string, p lead.Person) (bool, error) {
	_, err := f.change(ctx, id, func(c *lead.Case) error {
		if held, err := c.Erase(p, by); held || err != nil {
			return err
		}
		return errNothing
	})
	if errors.Is(err, errNothing) {
		return false, nil
	}
	return err == nil, err
}

func moved(c *lead.Case, err error) (lead.Receipt, error) {
	if err != nil {
		return lead.Receipt{}, err
	}
	return lead.Receipt{ID: c.Lead.ID, Stage: c.Lead.Stage}, nil
}
