package partner

// Question is what reviewers may ask the partner that sent a lead.
type Question struct {
	ID     string
	Ask    Words
	Signal string // a yes is this signal; empty: the answer is words alone
}
