// Package evidence decides when a fact that a model claims counts: its quote stands
// in the page, its value is anchored in the quote, and a second, blind reading
// agrees. It is pure, and no list of words in it decides what a sentence means.
package evidence

// Reading is what a reader took from a quote without having seen the claim
// (CONTRACT "read_quotes"): the values as read, whom or what they are of, and when.
type Reading struct {
	Values []string `json:"values"` // in the form of the field; empty: the quote gives none
	Of     string   `json:"of"`
	When   string   `json:"when"` // now, dated, past, planned, none
}

// Sentence is a labelled quote: what a claim of it is worth, and how a careful
// reader reads it.
type Sentence struct {
	Company string  `json:"company,omitempty"`
	Field   string  `json:"field"`
	Value   string  `json:"value"` // as claimed
	Heading string  `json:"heading,omitempty"`
	Before  string  `json:"before,omitempty"`
	Quote   string  `json:"quote"`
	After   string  `json:"after,omitempty"`
	Right   string  `json:"right,omitempty"` // verified or unverified
	Reading Reading `json:"reading"`
}
