package lead

import "slices"

// Archivable are the stages in which nobody is asked and no facts are awaited.
var Archivable = []Stage{Approved, Rejected, Parked, Disqualified}

// Archive puts the lead away, if nothing is left to do about it; it reports
// whether it did. An effect that waits for an operator is something left to do, a
// message is not where there are no messages.
func (c *Case) Archive(by string, messages bool) bool {
	l := &c.Lead
	unsettled := func(e Effect) bool {
		return e.State != Delivered && e.State != Cancelled && (messages || !e.Message())
	}
	if !slices.Contains(Archivable, l.Stage) || !c.WakeAt.IsZero() || !c.TellConflictsAt.IsZero() || slices.ContainsFunc(c.Effects, unsettled) {
		return false
	}
	from := l.Stage
	if l.MoveTo(Archived) != nil {
		return false
	}
	l.ArchivedFrom = from
	for i := range c.Effects {
		if e := &c.Effects[i]; e.State == Pending {
			e.State, e.UpdatedAt = Cancelled, c.Now
		}
	}
	c.Note(by, "archived", atStage, string(from))
	return true
}

// Restore brings an archived lead back to where it was.
func (c *Case) Restore(by string) error {
	l := &c.Lead
	if err := l.MoveTo(l.ArchivedFrom); err != nil {
		return err
	}
	l.ArchivedFrom = ""
	c.Note(by, "restored", atStage, string(l.Stage))
	return nil
}
