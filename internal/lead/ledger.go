package lead

// Cost is what a month's work for a partner, or in a channel, cost.
type Cost struct {
	Partner, Channel string // one of them
	Month            string // YYYY-MM
	Kind             string // of CostKinds
	Amount           Money
}

// CostKinds lists what money is spent on.
var CostKinds = []string{"tools", "people", "content", "media"}

// Payout is what a partner was paid for a month.
type Payout struct {
	Partner string
	Month   string // YYYY-MM
	Amount  Money
}

// Traffic is how often a page about a partner was visited on a day.
type Traffic struct {
	Partner  string
	Page     string
	Day      Date
	Sessions int64
}
