package salesforce

import (
	"context"
	"maps"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"time"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Name is what records call this CRM.
const Name = "salesforce"

// The kinds of effects: writing a lead, and asking whether Salesforce knows it.
const (
	WriteEffect lead.EffectKind = "salesforce"
	MatchEffect lead.EffectKind = "salesforcematch"
)

// Fields of ours that the writing needs beside those of the map.
const (
	idField    = "Leadtriage_Id__c"      // unique, an external id
	stageField = "Leadtriage_Stage__c"   // of approved leads
	markField  = "Leadtriage_Written__c" // our crm.Marks
	prefix     = "Leadtriage_"
)

// Options are what an operator may set.
type Options struct {
	URL      string // of the org's My Domain, without closing slash
	ClientID string
	Secret   string // of the client credentials; empty: there is a key
	Key      string // PEM of a private key, for the JWT bearer flow
	Username string // with Key
	Audience string // with Key; empty: by the URL
	Version  string // of the API, such as 66.0
	Org      string // its id; empty: any

	Lead           map[string]string // the name of a lead.CRMValue by field
	Stage, Status  string            // of approved leads; the Status of new Leads, empty: the org's own
	NamedAccount   string            // a checkbox of accounts; empty: none
	Campaigns      map[string]string // ids by partner
	SaveDuplicates bool              // where a duplicate rule only warns
	Parked, Match  bool
	Currency, ARR  string // of all amounts, empty: the org has several; the field of opportunities that holds the ARR, empty: none

	// Used is told how many calls of 24 h are used; warn: few are left, for the first time.
	Used func(used, of int, warn bool)
}

// audience is the literal one that a token is asked for.
func (o Options) audience() string {
	switch {
	case o.Audience != "":
		return o.Audience
	case strings.Contains(o.URL, ".sandbox."):
		return "https://test.salesforce.com"
	}
	return "https://login.salesforce.com"
}

// Salesforce is one org.
type Salesforce struct {
	*client
	described atomic.Pointer[description]
	heard     atomic.Pointer[time.Time] // up to when what became of leads is known to this process
}

// New makes the client of an org. calls hands out turns; nil: none does.
func New(o Options, calls *outbox.Pace, now func() time.Time) *Salesforce {
	return &Salesforce{client: &client{o: o, calls: calls, now: now, line: crm.NewLine("Salesforce")}}
}

// Account is the org as one that leads are written to; undo is how long a decision can be
// taken back.
func (s *Salesforce) Account(undo time.Duration) crm.Account {
	t := crm.Account{Name: Name, Undo: undo, Parked: s.o.Parked, Ask: s.news}
	t.Write = func(ctx context.Context, w *crm.Writing) error { return (&writing{s, w}).write(ctx) }
	if s.o.Match {
		t.Match = s.match
	}
	return t
}

// field is one of Lead's, as the org describes it to the run-as user: what that user may
// not see is missing.
type field struct {
	Name       string `json:"name"`
	Type       string `json:"type"`
	Length     int    `json:"length"`
	Updateable bool   `json:"updateable"`
	Restricted bool   `json:"restrictedPicklist"`
	ExternalID bool   `json:"externalId"`
	Unique     bool   `json:"unique"`
	Values     []struct {
		Value  string `json:"value"`
		Active bool   `json:"active"`
	} `json:"picklistValues"`
}

type description struct {
	fields map[string]field
	read   time.Time
}

// describedAge is how long the org's fields are taken as they were read.
const describedAge = 10 * time.Minute

// describe are the fields of Lead, read once in a while.
func (s *Salesforce) describe(ctx context.Context) (map[string]field, error) {
	if d := s.described.Load(); d != nil && s.now().Sub(d.read) < describedAge {
		return d.fields, nil
	}
	var out struct {
		Fields []field `json:"fields"`
	}
	if err := s.call(ctx, http.MethodGet, s.path("sobjects", "Lead", "describe"), nil, nil, &out); err != nil {
		return nil, err
	}
	d := &description{map[string]field{}, s.now()}
	for _, f := range out.Fields {
		d.fields[f.Name] = f
	}
	s.described.Store(d)
	return d.fields, nil
}

// wanted are the names of all fields that are read and written.
func (s *Salesforce) wanted() []string {
	names := append(slices.Sorted(maps.Keys(s.o.Lead)), "Id", "Email", "IsConverted", "ConvertedContactId", "ConvertedOpportunityId", "OwnerId", "Status",
		idField, stageField, markField)
	slices.Sort(names)
	return slices.Compact(names)
}
