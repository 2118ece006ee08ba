package lead

import (
	"errors"
	"time"
)

// Pause keeps the model from being asked about companies, in all workers, until
// it ends. Leads wait meanwhile and go to their cards incomplete.
type Pause struct {
	Reason PauseReason
	Since  time.Time
	Until  time.Time // then it is looked at again
}

// PauseReason is why nobody is asked; there is at most one pause for each.
type PauseReason string

const (
	NoCredit PauseReason = "credit" // the model's account wants money
	OverCap  PauseReason = "cap"    // the day's budget is spent
)

// PauseReasons lists them for operators.
var PauseReasons = []PauseReason{NoCredit, OverCap}

// Over reports whether the pause has ended by itself: a day's cap ends with the day.
func (h Pause) Over(now time.Time) bool { return h.Reason == OverCap && !now.Before(h.Until) }

// What a lead says that a pause keeps waiting, until it goes on by itself.
var (
	ErrOverCap  = errors.New("today's budget for the model is spent (enrichment.daily_cap): the lead waits until tomorrow, or until the cap is raised")
	ErrNoCredit = errors.New("the model's account has no credit left: the lead waits until it has (check billing at the provider)")
)

// Paused reports whether a pause was the reason, and not the lead's company.
func Paused(err error) bool { return errors.Is(err, ErrOverCap) || errors.Is(err, ErrNoCredit) }
