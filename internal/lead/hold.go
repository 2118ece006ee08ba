package lead

import (
	"errors"
	"time"
)

// Hold keeps the model from being asked about companies, in all workers, until
// it is lifted. Leads wait meanwhile and go to their cards incomplete.
type Hold struct {
	Reason HoldReason
	Since  time.Time
	Until  time.Time // then it is looked at again
}

// HoldReason is why nobody is asked; there is at most one hold for each.
type HoldReason string

const (
	NoCredit HoldReason = "credit" // the model's account wants money
	OverCap  HoldReason = "cap"    // the day's budget is spent
)

// HoldReasons lists them for operators.
var HoldReasons = []HoldReason{NoCredit, OverCap}

// Over reports whether the hold has ended by itself: a day's cap ends with the day.
func (h Hold) Over(now time.Time) bool { return h.Reason == OverCap && !now.Before(h.Until) }

// What a lead says that a hold keeps waiting, until it goes on by itself.
var (
	ErrOverCap  = errors.New("today's budget for the model is spent (enrichment.daily_cap): the lead waits until tomorrow, or until the cap is raised")
	ErrNoCredit = errors.New("the model's account has no credit left: the lead waits until it has (check billing at the provider)")
)

// Held reports whether a hold was the reason, and not the lead's company.
func Held(err error) bool { return errors.Is(err, ErrOverCap) || errors.Is(err, ErrNoCredit) }
