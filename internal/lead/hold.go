package lead

import "time"

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
