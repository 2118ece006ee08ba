package worker

import (
	"context"
	"errors"
	"fmt"

	"leadtriage/internal/lead"
)

// TakeOn records that the lead's owner takes it on: a word of the owner, or of somebody who
// may decide about the lead. lead.ErrNotAllowed, ErrNotFound and ErrNotOwned come with the
// dossier as it is, where there is one.
func (f *Flow) TakeOn(ctx context.Context, reviewID, by string) (lead.Dossier, error) {
	return f.owned(ctx, reviewID, by, false, func(c *lead.Case) error {
		c.TakeOn(by)
		return nil
	})
}

// HandOver gives the lead to another person, or with none to whose turn it is next: a word of
// its owner, of the manager, or of somebody who may decide about it. It fails as TakeOn
// does; lead.ErrIllegalMove: the person has the lead.
func (f *Flow) HandOver(ctx context.Context, reviewID, by, to, reason string) (lead.Dossier, error) {
	return f.owned(ctx, reviewID, by, true, func(c *lead.Case) error { return f.Policy.Owners.Hand(c, to, by, reason) })
}

// owned commits a change that concerns a lead's owner.
func (f *Flow) owned(ctx context.Context, reviewID, by string, manager bool, change func(*lead.Case) error) (lead.Dossier, error) {
	id, err := f.Records.LeadOfReview(ctx, reviewID)
	if err != nil {
		return lead.Dossier{}, err
	}
	_, err = f.change(ctx, id, func(c *lead.Case) error {
		o := c.Lead.Owner
		if f.Policy.Owners == nil || o == nil || o.Wrong {
			return fmt.Errorf("lead %s: %w", id, lead.ErrNotOwned)
		}
		theirs := by != "" && o.Slack == by || manager && by != "" && f.Policy.Owners.Manages(by)
		if !theirs && !f.Reviewers.Authorized(by, &lead.Dossier{Lead: c.Lead, Reviews: c.Reviews}) {
			return fmt.Errorf("%s on lead %s: %w", by, id, lead.ErrNotAllowed)
		}
		return change(c)
	})
	d, readErr := f.Records.Dossier(ctx, id)
	return d, errors.Join(err, readErr)
}
