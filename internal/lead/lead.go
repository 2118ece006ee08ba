// Package lead holds the words of the field: a lead and its way through the
// stages, the facts about its company, its score, its reviews and the effects
// that follow a decision. It knows nobody and touches nothing outside memory.
package lead

import (
	"errors"
	"fmt"
	"time"
)

var (
	ErrNotFound       = errors.New("not found")
	ErrIllegalMove    = errors.New("illegal stage change")
	ErrDecided        = errors.New("already decided")
	ErrStaleReview    = errors.New("this review round is over")
	ErrNotAllowed     = errors.New("not allowed to decide")
	ErrOtherBody      = errors.New("idempotency key was used with another body")
	ErrNotUnderReview = errors.New("not under review")
	ErrNotDecided     = errors.New("not decided yet")
	ErrTooLate        = errors.New("too late")
	ErrBadCursor      = errors.New("the cursor is not from a list of leads: give the one that the page before ended with, unchanged, or none to begin again")
	ErrUnreadable     = errors.New("the record cannot be read")
	ErrAsked          = errors.New("asked, or answered, already")
	ErrMessageGone    = errors.New("the message is not there to be changed")
)

// Direct is the reserved partner of leads that no partner sent; its only tier is NoTier.
const (
	Direct = "direct"
	NoTier = "none"
)

// Source says how a lead came in (SPEC section 1, CONTRACT "A lead, as sent").
type Source string

const (
	PartnerReferral Source = "partner_referral"
	Integration     Source = "integration"
	Marketplace     Source = "marketplace"
	CoMarketing     Source = "co_marketing"
	Backlink        Source = "backlink"
	AICitation      Source = "ai_citation"
	CoSell          Source = "co_sell"
	Overlap         Source = "overlap"
	Website         Source = "website"
	EventList       Source = "event_list"
	PurchasedList   Source = "purchased_list"
)

// Sources lists every Source, in the contract's order.
var Sources = []Source{PartnerReferral, Integration, Marketplace, CoMarketing, Backlink,
	AICitation, CoSell, Overlap, Website, EventList, PurchasedList}

// SignalTypes lists the ecosystem signals of the contract.
var SignalTypes = []string{"partner_referral", "integration_active", "co_sell", "shared_customer",
	"marketplace_click", "co_marketing", "ai_citation"}

// EventTypes lists the intent events of the contract; configuration may add more. All
// but the last two are of the buying stage.
var EventTypes = []string{"pricing_page_view", "integration_click", "integration_install", "demo_request", "trial_started", "budget_confirmed",
	"authority_confirmed", "timeline_stated", "use_case_stated", "contact_sales", "docs_visit", "webinar_attended"}

// Submission is a lead as an automation sends it, after validation and normalisation.
type Submission struct {
	Partner     Partner           `json:"partner"`
	ReferredOn  Date              `json:"referred_on"`
	Source      Source            `json:"source"`
	Product     string            `json:"product,omitempty"`
	Contact     Contact           `json:"contact"`
	Company     Company           `json:"company"`
	UTM         UTM               `json:"utm"`
	LandingURL  string            `json:"landing_url,omitempty"`
	Referrer    string            `json:"referrer,omitempty"`
	Touchpoints []Touchpoint      `json:"touchpoints"`
	Events      []Event           `json:"events"`
	Signals     []Signal          `json:"signals"`
	UseCase     string            `json:"use_case,omitempty"`
	Notes       string            `json:"notes,omitempty"`
	CRM         map[string]string `json:"crm,omitempty"`
	GAClientID  string            `json:"ga_client_id,omitempty"` // Google Analytics' id of the browser
	Consent     Consent           `json:"consent,omitzero"`
	Locale      string            `json:"locale,omitempty"`
}

// Partner is the company that sent the lead, in its programme tier.
type Partner struct {
	ID      string `json:"id"`
	Tier    string `json:"tier"`
	Contact string `json:"contact,omitempty"`
}

// Contact is the person; never shown to the model.
type Contact struct {
	Email string `json:"email,omitempty"`
	Name  string `json:"name,omitempty"`
	Title string `json:"title,omitempty"`
}

// Consent is what the person allows, by the newest word of it; zero: nobody said anything.
type Consent struct {
	Basis string `json:"basis,omitempty" doc:"The legal basis, such as consent, contract or legitimate_interests."`
	// PartnerMayBeTold: the partner may hear what becomes of the lead. Where it was not said it is false.
	PartnerMayBeTold bool   `json:"partner_may_be_told"`
	At               string `json:"at" doc:"When it was given or withdrawn: a day, or a time as RFC 3339 in UTC."`
}

// or is the one that stands of two: the newer one. A no that names its day alone is newer than
// every yes of that day; of one moment the no stands.
func (c Consent) or(o Consent) Consent {
	if c.order() < o.order() {
		return o
	}
	return c
}

func (c Consent) order() string {
	switch {
	case c == Consent{}:
		return ""
	case c.PartnerMayBeTold:
		return c.At + "\n" + c.Basis
	}
	return c.At + "~" + c.Basis // behind every time of a day
}

// Company is what the automation says of the company. Domain is registrable and
// never a free-mail or platform host; it is empty when nothing names the company.
type Company struct {
	Name         string    `json:"name,omitempty"`
	Domain       string    `json:"domain,omitempty"`
	Website      string    `json:"website,omitempty"`
	Employees    Headcount `json:"employees,omitempty"`
	Industry     string    `json:"industry,omitempty"` // slug
	Country      string    `json:"country,omitempty"`  // ISO 3166-1 alpha-2
	Technologies []string  `json:"technologies,omitempty"`
}

// UTM are the campaign parameters the lead arrived with.
type UTM struct {
	Source   string `json:"source,omitempty"`
	Medium   string `json:"medium,omitempty"`
	Campaign string `json:"campaign,omitempty"`
	Term     string `json:"term,omitempty"`
	Content  string `json:"content,omitempty"`
}

// Touchpoint is one dated contact with an owned or a partner asset.
type Touchpoint struct {
	Type  string    `json:"type"`
	Owner string    `json:"owner,omitempty"` // "owned" or "partner"
	Asset string    `json:"asset,omitempty"`
	At    time.Time `json:"at"`
	UTM   *UTM      `json:"utm,omitempty"`
}

// Event is a buying behaviour with a time.
type Event struct {
	Type  string    `json:"type"`
	At    time.Time `json:"at"`
	Asset string    `json:"asset,omitempty"`
}

// Signal is a proof that the partner relation is real.
type Signal struct {
	Type string    `json:"type"`
	At   time.Time `json:"at"`
	By   string    `json:"by,omitempty"`
}

// Date is a calendar day, YYYY-MM-DD.
type Date string

// ParseDate accepts YYYY-MM-DD only.
func ParseDate(s string) (Date, error) {
	if _, err := time.Parse(time.DateOnly, s); err != nil {
		return "", fmt.Errorf("%q is not a date like 2026-11-20", s)
	}
	return Date(s), nil
}

// Time is the day's first moment in UTC, the zero time for an empty date.
func (d Date) Time() time.Time {
	t, _ := time.Parse(time.DateOnly, string(d))
	return t
}

// Lead is one contact at one company, with its partner and its history.
type Lead struct {
	ID    string `json:"id"`
	Key   string `json:"key"` // duplicate key (SPEC section 1)
	Stage Stage  `json:"stage"`
	Submission
	Contacts      []Contact         `json:"contacts,omitempty"`        // further people who joined on the same key
	Referrals     []Referral        `json:"referrals,omitempty"`       // every way in which it came, once a duplicate joined
	SaidOn        map[string]Date   `json:"said_on,omitempty"`         // words that a later referral than the earliest brought
	Inferred      bool              `json:"source_inferred,omitempty"` // nobody stated its source
	SentBy        string            `json:"sent_by,omitempty"`         // who sent it first
	Said          map[string]Own    `json:"said,omitempty"`            // by sender, once several sent it
	Folded        Folded            `json:"folded,omitzero"`           // what is too much to be listed
	Found         []Fact            `json:"found,omitempty"`           // what enrichment found, before it meets what was given
	Closed        *Evidence         `json:"closed,omitempty"`          // where the company says that it is no more
	Edits         []Fact            `json:"edits,omitempty"`           // what reviewers wrote, by Slack user id
	Facts         []Fact            `json:"facts"`
	Enrichment    Enrichment        `json:"enrichment"`
	Score         *Score            `json:"score,omitempty"`
	Usage         Usage             `json:"usage"`
	Conflicts     []Conflict        `json:"-"` // other partners' leads of the same company, the first of them, as a dossier reads them
	ConflictCount int               `json:"-"` // how many there are
	Claim         *Claim            `json:"-"` // on its company, as a dossier reads it
	Attribution   *Attribution      `json:"attribution,omitempty"`
	InCRM         map[string]InCRM  `json:"in_crm,omitempty"`        // by CRM: hubspot
	Answers       []PartnerAnswer   `json:"answers,omitempty"`       // of its partner
	Told          map[string]string `json:"told,omitempty"`          // what its partner was told last, by way
	MergedInto    string            `json:"merged_into,omitempty"`   // id of the lead that took this one in
	Absorbed      []string          `json:"absorbed,omitempty"`      // ids of leads that were merged into this one
	ArchivedFrom  Stage             `json:"archived_from,omitempty"` // the stage to go back to
	Batch         bool              `json:"batch,omitempty"`         // came as one of many, and nothing came of it since
	Quiet         bool              `json:"quiet,omitempty"`         // its sender wants nobody asked before there is news of it
	WantedBy      string            `json:"wanted_by,omitempty"`     // who wants a person asked, whatever the rules say
	Met           []string          `json:"met,omitempty"`           // ids of conflicting leads that the history tells of
	UndoFrom      time.Time         `json:"undo_from,omitzero"`      // when the time to undo the newest decision begins, if not with it
	CreatedAt     time.Time         `json:"created_at"`
	UpdatedAt     time.Time         `json:"updated_at"`
}

// Enrichment is how far the search for facts has come.
type Enrichment struct {
	State     EnrichmentState `json:"state"`
	Attempts  int             `json:"attempts"`
	LastError string          `json:"last_error,omitempty"`
	// Late is set when the review deadline passed before enrichment got through.
	Late bool `json:"late,omitempty"`
	// Since is when the time to give up began to run anew: it was held up, or
	// retried. Zero: with the lead.
	Since time.Time `json:"since,omitzero"`
}

// EnrichmentState is pending until facts were found, given up, or there is no company to ask about.
type EnrichmentState string

const (
	EnrichmentPending EnrichmentState = "pending"
	EnrichmentDone    EnrichmentState = "done"
	EnrichmentNone    EnrichmentState = "none"   // no company named: nothing to enrich
	EnrichmentFailed  EnrichmentState = "failed" // given up after its attempts
)

// EnrichmentStates lists every EnrichmentState.
var EnrichmentStates = []EnrichmentState{EnrichmentPending, EnrichmentDone, EnrichmentNone, EnrichmentFailed}

// Incomplete reports whether a person must be told that the facts may be missing.
func (e Enrichment) Incomplete() bool {
	return e.State == EnrichmentFailed || e.State == EnrichmentPending && e.Late
}

// Usage is what the model cost for this lead.
type Usage struct {
	Calls            int     `json:"calls"`
	PromptTokens     int     `json:"prompt_tokens"`
	CompletionTokens int     `json:"completion_tokens"`
	CachedTokens     int     `json:"cached_tokens"`
	CostUSD          float64 `json:"cost_usd"`
	// Second is what of it the second readings took.
	Second SecondUsage `json:"second"`
}

// SecondUsage is the part of a Usage that the second readings took.
type SecondUsage struct {
	Calls            int     `json:"calls"`
	PromptTokens     int     `json:"prompt_tokens"`
	CompletionTokens int     `json:"completion_tokens"`
	CostUSD          float64 `json:"cost_usd"`
}

// AsSecond is u as a second reading's.
func (u Usage) AsSecond() Usage {
	u.Second = SecondUsage{u.Calls, u.PromptTokens, u.CompletionTokens, u.CostUSD}
	return u
}

// Add sums two usages.
func (u Usage) Add(v Usage) Usage {
	u.Calls += v.Calls
	u.PromptTokens += v.PromptTokens
	u.CompletionTokens += v.CompletionTokens
	u.CachedTokens += v.CachedTokens
	u.CostUSD += v.CostUSD
	u.Second.Calls += v.Second.Calls
	u.Second.PromptTokens += v.Second.PromptTokens
	u.Second.CompletionTokens += v.Second.CompletionTokens
	u.Second.CostUSD += v.Second.CostUSD
	return u
}

// Spending is what the model cost on a UTC day for the leads of a partner.
type Spending struct {
	Day     string `json:"day"`
	Partner string `json:"partner"`
	Usage
}
