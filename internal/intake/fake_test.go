package intake

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"
	"time"

	"leadtriage/internal/lead"
)

// records keeps leads in memory, as Flow and Records promise to.
type records struct {
	ledger   []any
	mu       sync.Mutex
	leads    map[string]*lead.Dossier // by id
	ids      map[string]string        // by duplicate key
	senders  map[string]bool          // id + sender
	bodies   map[string]string        // hash by sender + idempotency key
	incoming []lead.Incoming
	filters  []lead.Filter
	down     error // answered to every call
	hangs    bool  // until the caller's patience ends
	tried    int   // calls to Accept
	panics   any
}

func (r *records) wait(ctx context.Context) error {
	if !r.hangs {
		return nil
	}
	<-ctx.Done()
	return ctx.Err()
}

func newRecords() *records {
	return &records{leads: map[string]*lead.Dossier{}, ids: map[string]string{}, senders: map[string]bool{}, bodies: map[string]string{}}
}

func (r *records) Accept(ctx context.Context, o lead.Incoming) (lead.Receipt, error) {
	r.tried++
	if err := r.wait(ctx); err != nil {
		return lead.Receipt{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.panics != nil {
		panic(r.panics)
	}
	if r.down != nil {
		return lead.Receipt{}, r.down
	}
	if o.IdempotencyKey != "" {
		k := o.By + " " + o.IdempotencyKey
		if hash, used := r.bodies[k]; used && hash != o.BodyHash {
			return lead.Receipt{}, lead.ErrOtherBody
		}
		r.bodies[k] = o.BodyHash
	}
	r.incoming = append(r.incoming, o)
	id, known := r.ids[o.Key]
	if !known {
		c := lead.NewCase(o, noon)
		id = c.Lead.ID
		r.ids[o.Key] = id
		r.leads[id] = &lead.Dossier{Lead: c.Lead}
	} else {
		c := lead.Case{Lead: r.leads[id].Lead, Now: noon}
		c.Join(o)
		r.leads[id].Lead = c.Lead
	}
	r.senders[id+o.By] = true
	return lead.Receipt{ID: id, Stage: r.leads[id].Lead.Stage, Duplicate: known}, nil
}

func (r *records) Add(ctx context.Context, a lead.Addition) (lead.Receipt, error) {
	if err := r.wait(ctx); err != nil {
		return lead.Receipt{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.leads[a.LeadID]
	if !ok {
		return lead.Receipt{}, lead.ErrNotFound
	}
	c := lead.Case{Lead: d.Lead, Now: noon}
	fresh := c.Add(a)
	d.Lead = c.Lead
	return lead.Receipt{ID: a.LeadID, Stage: d.Lead.Stage, Duplicate: !fresh}, r.down
}

func (r *records) SendToReview(ctx context.Context, id, by string) (lead.Receipt, error) {
	if err := r.wait(ctx); err != nil {
		return lead.Receipt{}, err
	}
	if _, err := r.Dossier(ctx, id); err != nil {
		return lead.Receipt{}, err
	}
	return lead.Receipt{ID: id, Stage: lead.AwaitingReview}, nil
}

func (r *records) PutCost(_ context.Context, c lead.Cost) error       { return r.keep(c) }
func (r *records) PutPayout(_ context.Context, p lead.Payout) error   { return r.keep(p) }
func (r *records) PutTraffic(_ context.Context, t lead.Traffic) error { return r.keep(t) }

func (r *records) keep(row any) error {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.ledger = append(r.ledger, row)
	return r.down
}

func (r *records) Outcome(ctx context.Context, id string, o lead.Outcome) (lead.Receipt, error) {
	if err := r.wait(ctx); err != nil {
		return lead.Receipt{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.leads[id]
	if !ok {
		return lead.Receipt{}, lead.ErrNotFound
	}
	c := lead.Case{Lead: d.Lead, Outcomes: d.Outcomes, Now: noon}
	known, err := c.Became(o)
	d.Outcomes = c.Outcomes
	return lead.Receipt{ID: id, Stage: d.Lead.Stage, Duplicate: known}, errors.Join(err, r.down)
}

func (r *records) LeadOfKey(ctx context.Context, key string) (string, error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, d := range r.leads {
		if d.Lead.Key == key {
			return id, nil
		}
	}
	return "", lead.ErrNotFound
}

func (r *records) DecideLead(ctx context.Context, id string, w lead.DecisionInput) (lead.Dossier, error) {
	if err := r.wait(ctx); err != nil {
		return lead.Dossier{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	d, ok := r.leads[id]
	if !ok {
		return lead.Dossier{}, lead.ErrNotFound
	}
	c := lead.Case{Lead: d.Lead, Reviews: d.Reviews, Now: noon}
	if err := c.Decide(w); err != nil {
		return lead.Dossier{}, err
	}
	d.Lead, d.Reviews = c.Lead, c.Reviews
	return *d, r.down
}

func (r *records) Dossier(ctx context.Context, id string) (lead.Dossier, error) {
	if err := r.wait(ctx); err != nil {
		return lead.Dossier{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	if d, ok := r.leads[id]; ok && d.Unreadable != "" {
		return lead.Dossier{}, fmt.Errorf("lead %s: %w: %s", id, lead.ErrUnreadable, d.Unreadable)
	} else if ok {
		return *d, r.down
	}
	return lead.Dossier{}, lead.ErrNotFound
}

func (r *records) Sees(ctx context.Context, id, sender string) (bool, error) {
	if err := r.wait(ctx); err != nil {
		return false, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	return r.senders[id+sender], r.down
}

func (r *records) Known(ctx context.Context, key, sender string) (lead.Receipt, error) {
	if err := r.wait(ctx); err != nil {
		return lead.Receipt{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	for id, d := range r.leads {
		if d.Lead.Key == key && r.senders[id+sender] {
			return lead.Receipt{ID: id, Stage: d.Lead.Stage}, r.down
		}
	}
	return lead.Receipt{}, lead.ErrNotFound
}

func (r *records) List(ctx context.Context, f lead.Filter) (lead.Page, error) {
	if err := r.wait(ctx); err != nil {
		return lead.Page{}, err
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.filters = append(r.filters, f)
	if f.Cursor == "bad" {
		return lead.Page{}, lead.ErrBadCursor
	}
	page := lead.Page{Next: "more"}
	for id, d := range r.leads {
		if f.Sender == "" || r.senders[id+f.Sender] {
			page.Leads = append(page.Leads, *d)
		}
	}
	return page, r.down
}

// underReview opens a review round of a lead.
// at puts a lead into a stage.
func (r *records) at(id string, stage lead.Stage) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.leads[id].Lead.Stage = stage
}

func (r *records) underReview(t *testing.T, id string) {
	t.Helper()
	r.mu.Lock()
	defer r.mu.Unlock()
	d := r.leads[id]
	c := lead.Case{Lead: d.Lead, Reviews: d.Reviews, Now: noon}
	c.Lead.Stage = lead.Enriched
	if err := c.OpenReview("C1"); err != nil {
		t.Fatal(err)
	}
	d.Lead, d.Reviews = c.Lead, c.Reviews
}

var testKeys = []Key{
	{Name: "hubspot", Key: "k-hubspot"},
	{Name: "zapier", Key: "k-zapier", Roles: []Role{Enqueue}},
	{Name: "reader", Key: "k-reader", Roles: []Role{Read}},
	{Name: "decider", Key: "k-decider", Roles: []Role{Decide}},
	{Name: "other", Key: "k-other", Roles: []Role{Decide}},
	{Name: "curious", Key: "k-curious", Roles: []Role{Enqueue, Read}},
	{Name: "operator", Key: "k-operator", Roles: []Role{Operate}},
	{Name: "acme", Key: "k-acme", Partners: []string{"acme-integrations"}},
	{Name: "harbour", Key: "k-harbour", Roles: []Role{Enqueue, Decide, Operate}, Partners: []string{"harbour-agency"}},
}

// server is an API over fakes, and what it logged.
type server struct {
	*API
	records *records
	logged  *bytes.Buffer
}

func newServer(t testing.TB, change func(*Options)) *server {
	t.Helper()
	s := &server{records: newRecords(), logged: &bytes.Buffer{}}
	o := Options{Flow: s.records, Records: s.records, Ledger: s.records, Keys: testKeys, Rules: acme, Now: func() time.Time { return noon },
		Logger: slog.New(slog.NewTextHandler(s.logged, &slog.HandlerOptions{Level: slog.LevelDebug}))}
	if change != nil {
		change(&o)
	}
	api, err := New(o)
	if err != nil {
		t.Fatal(err)
	}
	s.API = api
	return s
}

// do sends a request with the key and these headers ("Name: value").
func (s *server) do(t testing.TB, method, path, key, body string, headers ...string) *httptest.ResponseRecorder {
	t.Helper()
	r := httptest.NewRequestWithContext(t.Context(), method, path, strings.NewReader(body))
	if key != "" {
		r.Header.Set("Authorization", "Bearer k-"+key)
	}
	for _, h := range headers {
		name, value, _ := strings.Cut(h, ": ")
		r.Header.Add(name, value)
	}
	w := httptest.NewRecorder()
	s.ServeHTTP(w, r)
	return w
}

// problem checks that an answer is a problem with this status, and returns it.
func problem(t testing.TB, w *httptest.ResponseRecorder, status int) Problem {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	if ct := w.Header().Get("Content-Type"); ct != "application/problem+json" {
		t.Errorf("content type %q", ct)
	}
	var p Problem
	if err := json.Unmarshal(w.Body.Bytes(), &p); err != nil {
		t.Fatalf("%v: %s", err, w.Body)
	}
	if p.Status != status || p.Title != http.StatusText(status) || p.Detail == "" {
		t.Errorf("problem %+v", p)
	}
	return p
}

func receipt(t testing.TB, w *httptest.ResponseRecorder, status int) lead.Receipt {
	t.Helper()
	if w.Code != status {
		t.Fatalf("status %d, want %d: %s", w.Code, status, w.Body)
	}
	var r lead.Receipt
	if err := json.NewDecoder(io.Reader(w.Body)).Decode(&r); err != nil {
		t.Fatal(err)
	}
	return r
}
