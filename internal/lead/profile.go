package lead

import (
	"cmp"
	"errors"
	"slices"
	"strings"
	"time"
)

// Profile is what was found about a company, shared by all its leads. What an
// automation sent never enters it.
type Profile struct {
	Domain  string    `json:"domain"`
	Facts   []Fact    `json:"facts"`
	Summary string    `json:"summary,omitempty"`
	FoundAt time.Time `json:"found_at"` // when the newest search began
	// Called is what the home page calls the company, else its domain.
	Called string `json:"called,omitempty"`
	// Unread are the claims of a first reading that wait for their second one.
	Unread []Unread `json:"unread,omitempty"`
	// Edition is that of the prompts which found it; a smaller one is read again.
	Edition int `json:"edition,omitempty"`
	// Earlier is when a field was last looked for, found or not, where that was
	// not at FoundAt.
	Earlier map[Field]time.Time `json:"earlier,omitempty"`
	Usage   Usage               `json:"usage"` // what the newest search cost
	// Unasked: no model is configured, so only what pages state without one was
	// found. Not to be kept for further leads.
	Unasked bool `json:"unasked,omitempty"`
	// Fresh: it was just found, and is to be kept with the lead that asked.
	Fresh bool `json:"-"`
	// Reread: what an older edition found has been read a second time just now.
	Reread bool `json:"-"`
}

// Untrusted reports whether its claims wait for a model that passes the exam.
func (p *Profile) Untrusted() bool {
	return slices.ContainsFunc(p.Unread, func(u Unread) bool { return u.Fact.Reason != nil && u.Fact.Reason.Code == ReaderNotTrusted })
}

// Unread is a claim that stands in a page and bears its value, with where it stands.
type Unread struct {
	Fact    Fact    `json:"fact"`
	Passage Passage `json:"passage"`
}

// Passage is where a quote stands, in the page's own words, each one line.
type Passage struct {
	Heading string `json:"heading,omitempty"` // the nearest heading above, at most 70 runes
	Before  string `json:"before,omitempty"`  // the rest of its line before it, else the line above; at most 70 runes
	Text    string `json:"text"`              // the quote
	After   string `json:"after,omitempty"`   // the rest of its line behind it, else the line below; at most 70 runes
}

// Lease answers who wants to look for facts about a company.
type Lease struct {
	Mine          bool // nobody else may until it ends
	Afresh        bool // an operator wants pages and model asked again since the last search
	Known         bool // there is a Profile on record
	Profile       Profile
	FailedLookups // the searches since the last one that got through
}

// FailedLookups is what came of searches for which the model was paid in vain.
type FailedLookups struct {
	Times  int       // one after the other
	Again  time.Time // the company is not asked about before; zero: at any time
	Stated []Fact    // what the last of them found all the same
}

// AskedAt is when the field was last looked for; zero: never.
func (p *Profile) AskedAt(field Field) time.Time {
	if at, ok := p.Earlier[field]; ok {
		return at
	}
	return p.FoundAt
}

// Renewed is p after another search for some of its fields: they are the
// search's, what it did not find again is gone, and the others are kept.
func (p Profile) Renewed(search Profile, fields []Field) Profile {
	kept := p.Without(fields)
	search.Facts, search.Unread = slices.Concat(kept.Facts, search.Facts), slices.Concat(kept.Unread, search.Unread)
	search.Summary = cmp.Or(search.Summary, p.Summary)
	search.Earlier = nil
	for _, field := range Fields {
		if slices.Contains(fields, field) || p.FoundAt.IsZero() {
			continue
		}
		if search.Earlier == nil {
			search.Earlier = map[Field]time.Time{}
		}
		search.Earlier[field] = p.AskedAt(field)
	}
	return search
}

// Without is p without the facts of the fields.
func (p Profile) Without(fields []Field) Profile {
	p.Facts = slices.DeleteFunc(slices.Clone(p.Facts), func(f Fact) bool { return slices.Contains(fields, f.Field) })
	p.Unread = slices.DeleteFunc(slices.Clone(p.Unread), func(u Unread) bool { return slices.Contains(fields, u.Fact.Field) })
	return p
}

// ExamResult is how a model did in the reading exam.
type ExamResult struct {
	Model  string    `json:"model"`
	Prompt string    `json:"prompt"` // version
	Recall float64   `json:"recall"` // share of the true sentences that it verified
	False  float64   `json:"false"`  // share of the false ones
	Wrong  []string  `json:"wrong"`  // where it was wrong
	At     time.Time `json:"at"`
	Usage  Usage     `json:"usage"`
}

// Closed is where a verified fact says that the company is no more; nil: none does.
func (p *Profile) Closed() *Evidence {
	for _, f := range p.Facts {
		if f.Field == CompanyStatus && f.Status == Verified && len(f.Evidence) > 0 {
			return &f.Evidence[0]
		}
	}
	return nil
}

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

// Price is what a model costs, in US dollars per million tokens.
type Price struct {
	Prompt     float64
	Cached     float64 // prompt tokens that the provider had cached
	Completion float64
}

// Prices are those of models, by name.
type Prices map[string]Price

// Cost finds the price by the model's name, or by the longest name that it
// starts with ("gpt-5-mini" for "gpt-5-mini-2025-08-07"); unknown costs 0.
func (p Prices) Cost(model string, u Usage) float64 {
	best := ""
	for name := range p {
		if strings.HasPrefix(model, name) && len(name) > len(best) {
			best = name
		}
	}
	of := p[best] // a model without a price costs nothing that is known
	fresh := max(u.PromptTokens-u.CachedTokens, 0)
	return (float64(fresh)*of.Prompt + float64(u.CachedTokens)*of.Cached + float64(u.CompletionTokens)*of.Completion) / 1e6
}
