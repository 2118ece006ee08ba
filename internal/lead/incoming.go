package lead

import (
	"crypto/rand"
	"encoding/base32"
	"encoding/binary"
	"strings"
	"time"
)

// Incoming is an incoming lead: a submission with who sent it, as intake hands it over.
type Incoming struct {
	Submission
	Key string // duplicate key: "DOMAIN|PARTNER", or "ADDRESS|PARTNER" where no domain names a company
	By  string // name of the API key, source or file that sent it

	SourceInferred bool // nobody stated the source
	Batch          bool // one of many sent at once: it waits behind those that come alone
	Quiet          bool // park it instead of asking a person

	IdempotencyKey string // empty: none; scoped per By
	BodyHash       string // of the body that came with the idempotency key
}

// Addition is further events and signals for a known lead.
type Addition struct {
	LeadID  string
	By      string
	Events  []Event
	Signals []Signal
}

// Receipt acknowledges a committed incoming lead, addition or decision.
type Receipt struct {
	ID        string `json:"id"`
	Stage     Stage  `json:"stage"`
	Duplicate bool   `json:"duplicate"`
}

// Filter selects leads for a list, newest first. Zero fields select everything.
type Filter struct {
	Stage   Stage
	Partner string
	// Partners are those whose leads count; none: everybody's.
	Partners []string
	Since    time.Time // created at or after
	Verdict  Verdict
	MinScore int    // scored so much at least; 0: any, unscored ones too
	Sender   string // only leads that this API key sent
	Failed   bool   // only leads of which an effect or the search for facts was given up
	Cursor   string // from the page before
	Limit    int    // 1 to 200; 0: 50
}

// Page is one page of a list; Next is empty on the last.
type Page struct {
	Leads []Dossier
	Next  string
}

// Due is a record that nobody has moved in time. Wake differs each time the same
// record is found.
type Due struct {
	ID   string
	Wake int64
}

// SentFields are the single fields of a lead as sent, by their dotted names. An id
// of another system comes beside them as crm.NAME.
var SentFields = []string{
	"partner.id", "partner.tier", "partner.contact", "referred_on", "source", "product",
	"contact.email", "contact.name", "contact.title",
	"company.name", "company.domain", "company.website", "company.employees", "company.industry", "company.country", "company.technologies",
	"utm.source", "utm.medium", "utm.campaign", "utm.term", "utm.content",
	"landing_url", "referrer", "use_case", "notes", "locale",
	"consent.basis", "consent.partner_may_be_told", "consent.at", "ga_client_id",
}

// SentLists are the lists of a lead as sent, whose items have fields of their own.
var SentLists = []string{"touchpoints", "events", "signals"}

// SentMany is the one of SentFields that takes several values.
const SentMany = "company.technologies"

// SentTime reports whether a field, of a lead or of an item of its lists, is a time.
func SentTime(name string) bool { return name == "referred_on" || name == "at" || name == "consent.at" }

// CRMField reports whether the name is that of an id of another system, as crm.NAME.
func CRMField(name string) bool {
	id, ok := strings.CutPrefix(name, "crm.")
	return ok && strings.TrimSpace(id) != ""
}

var lowerBase32 = base32.NewEncoding("0123456789abcdefghjkmnpqrstvwxyz").WithPadding(base32.NoPadding)

// NewID returns 26 characters, ordered by the millisecond they were made in, so
// that an index on them grows at its end.
func NewID(now time.Time) string {
	var b [16]byte
	binary.BigEndian.PutUint64(b[:8], uint64(now.UnixMilli())<<16)
	rand.Read(b[6:])
	return lowerBase32.EncodeToString(b[:])
}

// NewOpaqueID returns 26 random characters that tell nothing.
func NewOpaqueID() string { return strings.ToLower(rand.Text()) }
