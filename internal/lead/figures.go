package lead

import "time"

// LeadCount is how many leads came in on a UTC day with a verdict and a score in the same tens.
type LeadCount struct {
	Day     time.Time
	Verdict Verdict // empty: not scored
	Tens    int     // 0 to 9; 9 is 90 to 100
	N       int
}

// Judged is a decision beside what was proposed; undone ones are none.
type Judged struct {
	Decision Decision
	Proposed Verdict
	Took     time.Duration // from the question to the decision
}

// Stuck are effects of one kind and far side that were given up, or wait with a reason.
type Stuck struct {
	Kind   EffectKind
	Lane   Lane
	Failed bool
	N      int
	Since  time.Time // the oldest
	Why    string    // of one of them
}
