package lead

import "time"

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
	Sender   string    // only leads that this API key sent
	Failed   bool      // only leads of which an effect or the search for facts was given up
	Cursor   string    // from the page before
	Limit    int       // 1 to 200; 0: 50
}

// Page is one page of a list; Next is empty on the last.
type Page struct {
	Leads []Dossier
	Next  string
}

// Due is a record that nobody has moved in time. Wake differs each time
// the same record is found, so that its task's id is never one that the queue
// still remembers.
type Due struct {
	ID   string
	Wake int64
}
