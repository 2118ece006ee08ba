package hubspot

import (
	"context"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// Name is what records call this CRM.
const Name = "hubspot"

// The kinds of effects: writing a lead, and asking whether HubSpot knows it.
const (
	WriteEffect lead.EffectKind = "hubspot"
	MatchEffect lead.EffectKind = "hubspotmatch"
)

// prefix is what the names of our own properties begin with.
const prefix = "leadtriage_"

// Options are what an operator may set.
type Options struct {
	URL     string // such as https://api.hubapi.com
	Token   string
	Version string // of its API, such as 2026-09

	Contact, Company map[string]string // the name of a lead.CRMValue by property
	Stage            string            // the label of the stage of an approved lead's contact
	StageAfter       string            // the label or value of the one before it, for Setup
	AllContacts      bool              // each contact of a lead, not the newest one alone
	Parked           bool              // parked leads are written, too
	Match, Note      bool
	ARR              string // the property of deals that holds it; empty: none
}

// HubSpot is one account.
type HubSpot struct {
	*client
	o      Options
	known  atomic.Pointer[stages]
	owners sync.Map // e-mail addresses by id
}

// New makes the client of an account. Paces hand out turns for all calls and for
// searches; nil: none does.
func New(o Options, calls, searches *outbox.Pace, now func() time.Time) *HubSpot {
	return &HubSpot{o: o, client: &client{
		base: strings.TrimRight(o.URL, "/"), token: o.Token, version: o.Version, now: now, calls: calls, searches: searches, line: crm.NewLine("HubSpot"),
	}}
}

// Account is the account as one that leads are written to; undo is how long a decision can
// be taken back.
func (h *HubSpot) Account(undo time.Duration) crm.Account {
	t := crm.Account{Name: Name, Undo: undo, Parked: h.o.Parked, Ask: h.news}
	t.Write = func(ctx context.Context, w *crm.Writing) error { return (&writing{HubSpot: h, Writing: w}).write(ctx) }
	if h.o.Match {
		t.Match = h.match
	}
	return t
}
