// Package intake is the HTTP API: leads, batches, events and decisions come in,
// records go out, and the OpenAPI document says how. It checks who is calling
// and what is sent; what then happens is Flow's.
package intake

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"net/netip"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
	"github.com/danielgtaylor/huma/v2/adapters/humago"

	"leadtriage/internal/lead"
)

// Flow moves leads. When a call returns without error, what was sent is committed.
type Flow interface {
	// Accept takes a lead, or joins it to the one with the same key. An
	// idempotency key that came with another body is lead.ErrOtherBody.
	Accept(ctx context.Context, o lead.Incoming) (lead.Receipt, error)
	// Add takes further events and signals; an unknown lead is lead.ErrNotFound.
	Add(ctx context.Context, a lead.Addition) (lead.Receipt, error)
	// DecideLead records a person's word. Refusals: lead.ErrDecided, ErrStaleReview,
	// ErrNotUnderReview, ErrNotAllowed, ErrNotFound.
	DecideLead(ctx context.Context, leadID string, w lead.DecisionInput) (lead.Dossier, error)
	// SendToReview has a person asked; a lead that was asked about, or decided, is
	// lead.ErrIllegalMove.
	SendToReview(ctx context.Context, leadID, by string) (lead.Receipt, error)
	// Outcome records what became of a lead. lead.ErrTooManyOutcomes: no further one is kept.
	Outcome(ctx context.Context, leadID string, o lead.Outcome) (lead.Receipt, error)
}

// Records reads what is committed. Senders are as in Incoming.By.
type Records interface {
	// Dossier returns lead.ErrNotFound where there is none, and lead.ErrUnreadable
	// where the row is damaged.
	Dossier(ctx context.Context, id string) (lead.Dossier, error)
	// Sees reports whether this sender sent the lead or joined it.
	Sees(ctx context.Context, id, sender string) (bool, error)
	// Known is the lead with the duplicate key that this sender sent or joined, else
	// lead.ErrNotFound.
	Known(ctx context.Context, key, sender string) (lead.Receipt, error)
	// LeadOfKey is the lead with this duplicate key (Incoming.Key), or the one that took it in.
	LeadOfKey(ctx context.Context, key string) (id string, err error)
	// List returns lead.ErrBadCursor for a cursor that no list gave out. A damaged row
	// is an unreadable dossier of it.
	List(ctx context.Context, f lead.Filter) (lead.Page, error)
}

// Options are what the API needs. Flow, Records and Logger are required.
type Options struct {
	Flow    Flow
	Records Records
	Logger  *slog.Logger

	Ledger  Ledger // nil: none is kept
	Keys    []Key
	Sources []Source
	Rules   Rules
	// TokenPages are web pages for people outside.
	TokenPages []TokenPage
	// Ready asks database and queue, within a few seconds; nil is always ready.
	Ready func(context.Context) error

	MaxBatch int64          // bytes of a batch; 0: 16 MB
	Rate     float64        // leads and calls per second and key; 0: no limit
	Burst    int            // beyond Rate; 0: twice the rate
	Proxies  []netip.Prefix // whose X-Forwarded-For is believed
	Version  string         // of the program, for the OpenAPI document
	Now      func() time.Time
	// Patience is how long flow and records may take over a call, or a line of a batch;
	// 0: 3.5 s. With what follows a commit that makes less than 5 s.
	Patience time.Duration
	// ReadTimeout is how long a batch may take over its next part; 0: 30 s. All
	// other bodies are the server's to bound.
	ReadTimeout time.Duration
}

// maxLead is how large one lead may be, in bytes.
const maxLead = 1 << 20

// API serves the intake's routes, and others that are mounted beside them.
type API struct {
	opts      Options
	keys      []*caller
	senders   map[string]*sender
	strangers *strangers
	patterns  []string // of every route
	mux       *http.ServeMux
	doc       huma.API
	ops       []*huma.Operation // in the order of the document
	document  []byte            // the OpenAPI document as JSON
	page      []byte            // the same for people
}

// New builds the API. It fails when the keys contradict each other.
func New(o Options) (*API, error) {
	if o.Flow == nil || o.Records == nil || o.Logger == nil {
		return nil, errors.New("intake needs flow, records and a logger")
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	o.MaxBatch = cmp.Or(o.MaxBatch, 16<<20)
	o.Patience, o.ReadTimeout = cmp.Or(o.Patience, 3500*time.Millisecond), cmp.Or(o.ReadTimeout, 30*time.Second)
	keys, err := newCallers(o.Keys, o.Rate, o.Burst)
	if err != nil {
		return nil, err
	}
	a := &API{opts: o, keys: keys, senders: newSenders(o.Sources, o.Rate, o.Burst),
		strangers: &strangers{proxies: o.Proxies, from: map[netip.Prefix]*stranger{}}, mux: http.NewServeMux()}
	a.doc = humago.New(a.mux, documentConfig(o.Version)) // huma documents; decoding and errors are ours
	a.describe()
	if a.document, err = a.doc.OpenAPI().MarshalJSON(); err != nil {
		return nil, fmt.Errorf("openapi document: %w", err)
	}
	if a.page, err = a.renderDocs(); err != nil {
		return nil, fmt.Errorf("docs page: %w", err)
	}
	a.mux.HandleFunc("/", func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, a.nowhere) })
	return a, nil
}

// ServeHTTP answers every route.
func (a *API) ServeHTTP(w http.ResponseWriter, r *http.Request) { a.mux.ServeHTTP(w, r) }

// Routes are the patterns of everything that is answered, such as POST /v1/leads.
func (a *API) Routes() []string { return a.patterns }

// Handle mounts another handler, such as /metrics or the Slack endpoints, with
// the same log lines and the same answer to a panic.
func (a *API) Handle(pattern string, h http.Handler) {
	a.mount(pattern, func(c *call) error {
		h.ServeHTTP(c.w, c.r)
		return nil
	})
}

// HandleGuarded mounts a handler for people with a browser, behind a key with the
// role: as bearer, or as the password of basic authentication.
func (a *API) HandleGuarded(pattern string, role Role, h http.Handler) {
	a.mount(pattern, func(c *call) error {
		if err := a.admit(c, `Basic realm="leadtriage", charset="UTF-8"`, role); err != nil {
			return err
		}
		if len(c.by.partners) > 0 { // these pages know no partners
			return c.by.notTheirs()
		}
		h.ServeHTTP(c.w, c.r)
		return nil
	})
}

// route registers a documented operation for callers that have one of the roles;
// no roles: for everybody.
func (a *API) route(op huma.Operation, handle func(*call) error, roles ...Role) {
	if len(roles) > 0 {
		op.Security = []map[string][]string{{"key": {}}}
	}
	a.doc.OpenAPI().AddOperation(&op)
	a.ops = append(a.ops, &op)
	a.mount(op.Method+" "+op.Path, func(c *call) error {
		if len(roles) > 0 {
			if err := a.admit(c, `Bearer realm="leadtriage"`, roles...); err != nil {
				return err
			}
		}
		return handle(c)
	})
}

func (a *API) mount(pattern string, handle func(*call) error) {
	a.patterns = append(a.patterns, pattern)
	a.mux.HandleFunc(pattern, func(w http.ResponseWriter, r *http.Request) { a.serve(w, r, handle) })
}

// nowhere answers what no route takes: 405 where another method would do.
func (a *API) nowhere(c *call) error {
	var allowed []string
	for _, method := range []string{http.MethodGet, http.MethodPost} {
		r := c.r.Clone(c.r.Context())
		r.Method = method
		if _, pattern := a.mux.Handler(r); pattern != "/" {
			allowed = append(allowed, method)
		}
	}
	if len(allowed) == 0 {
		return problemf(http.StatusNotFound, "there is nothing here: the calls of this API are listed at /docs")
	}
	p := problemf(http.StatusMethodNotAllowed, "this address takes %s: the calls of this API are listed at /docs", lead.Join(allowed, ", ", " and "))
	p.header.Set("Allow", strings.Join(allowed, ", "))
	return p
}
