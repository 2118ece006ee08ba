package intake

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/lead"
)

// postLead takes one lead: 202 once it is committed, 200 if it was known.
func (a *API) postLead(c *call) error {
	idempotencyKey, err := readIdempotencyKey(c.r, 255)
	if err != nil {
		return err
	}
	raw, err := c.json()
	if err != nil {
		return err
	}
	receipt, err := a.accept(c, raw, idempotencyKey)
	if err != nil {
		return err
	}
	if c.leadID = receipt.ID; receipt.ID != "" {
		c.w.Header().Set("Location", "/v1/leads/"+receipt.ID)
	}
	return c.answer(taken(receipt), receipt)
}

func (a *API) accept(c *call, raw []byte, idempotencyKey string) (lead.Receipt, error) {
	rules := a.opts.Rules
	rules.Source = c.by.source
	incoming, faults := ParseLead(raw, rules, a.opts.Now())
	if len(faults) > 0 {
		return lead.Receipt{}, faulty(faults)
	}
	if idempotencyKey != "" {
		incoming.IdempotencyKey, incoming.BodyHash = idempotencyKey, hashOf(sorted(raw))
	}
	return a.commit(c, incoming)
}

// sorted is a JSON text without what a sender may write differently the next time:
// spaces and the order of fields.
func sorted(raw []byte) []byte {
	d := json.NewDecoder(bytes.NewReader(raw))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return raw
	}
	out, _ := json.Marshal(v) // what was decoded marshals
	return out
}

func hashOf(raw []byte) string {
	hash := sha256.Sum256(raw)
	return hex.EncodeToString(hash[:])
}

// commit hands an incoming lead over, in the caller's name.
func (a *API) commit(c *call, incoming lead.Incoming) (lead.Receipt, error) {
	if !c.by.speaksFor(incoming.Partner.ID) {
		return lead.Receipt{}, c.by.notTheirs()
	}
	if c.late {
		return lead.Receipt{}, unavailable(nil)
	}
	incoming.By, incoming.Batch = c.by.actor(), c.batch
	var dry bool
	for name, set := range map[string]*bool{"quiet": &incoming.Quiet, "dry_run": &dry} {
		switch value := c.r.URL.Query().Get(name); value {
		case "", "false":
		case "true":
			*set = true
		default:
			return lead.Receipt{}, problemf(http.StatusBadRequest, "%s=%s: write true or false, or leave it out", name, legible(value))
		}
	}
	ctx, cancel := context.WithTimeout(c.r.Context(), a.opts.Patience)
	defer cancel()
	accept := a.opts.Flow.Accept
	if dry {
		accept = a.foresee
	}
	receipt, err := accept(ctx, incoming)
	c.late = err != nil && ctx.Err() != nil
	if errors.Is(err, lead.ErrOtherBody) {
		p := problemf(http.StatusUnprocessableEntity, "this Idempotency-Key came with another body before: send the same body, or a new key for a new lead")
		p.Errors = []Fault{{Location: "Idempotency-Key", Message: p.Detail}}
		return lead.Receipt{}, p
	}
	if err != nil {
		return lead.Receipt{}, unavailable(err)
	}
	return receipt, nil
}

// foresee is the receipt that an incoming lead would have, as far as its sender knows of
// the lead that it would join; nothing is kept.
func (a *API) foresee(ctx context.Context, o lead.Incoming) (lead.Receipt, error) {
	r, err := a.opts.Records.Known(ctx, o.Key, o.By)
	if errors.Is(err, lead.ErrNotFound) {
		return lead.Receipt{}, nil
	}
	r.Duplicate = true
	return r, err
}

func taken(r lead.Receipt) int {
	if r.Duplicate {
		return http.StatusOK
	}
	return http.StatusAccepted
}

func readIdempotencyKey(r *http.Request, limit int) (string, error) {
	const name = "Idempotency-Key"
	values := r.Header.Values(name)
	if len(values) == 0 {
		return "", nil
	}
	if k := values[0]; len(values) > 1 || k == "" || len(k) > limit || strings.ContainsFunc(k, func(r rune) bool { return r < '!' || r > '~' }) {
		return "", faulty(Faults{{Location: name, Message: name + " must be sent once, as 1 to " + strconv.Itoa(limit) + " visible ASCII characters"}})
	}
	return values[0], nil
}

// postEvents adds events and signals to a lead that the caller may see.
func (a *API) postEvents(c *call) error {
	raw, err := c.json()
	if err != nil {
		return err
	}
	addition, faults := ParseAddition(raw, a.opts.Rules, a.opts.Now())
	if len(faults) > 0 {
		return faulty(faults)
	}
	defer a.bound(c)()
	id, err := a.adds(c, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	addition.LeadID, addition.By = id, c.by.actor()
	receipt, err := a.opts.Flow.Add(c.r.Context(), addition)
	if err != nil {
		return unreadable(err)
	}
	return c.answer(taken(receipt), receipt)
}

func (a *API) getLead(c *call) error {
	defer a.bound(c)()
	id, err := a.visible(c, c.r.PathValue("id"))
	if err != nil {
		return err
	}
	d, err := a.opts.Records.Dossier(c.r.Context(), id)
	if err != nil {
		return unreadable(err)
	}
	return c.answer(http.StatusOK, recordFor(c.by, &d))
}

// recordFor is the record as the caller may see it.
func recordFor(by *caller, d *lead.Dossier) any {
	if by.seesAll() {
		return d.Record()
	}
	return d.RecordFor(by.actor())
}

// visible returns the lead's id, if it looks like one. A lead that the caller may not
// see is answered as one that does not exist.
func (a *API) visible(c *call, id string) (string, error) {
	if len(id) > maxID || strings.ContainsFunc(id, func(r rune) bool { return !idRune(r) }) {
		return "", noLead()
	}
	c.leadID = id
	if c.by.seesAll() {
		return id, a.theirs(c, id)
	}
	sees, err := a.opts.Records.Sees(c.r.Context(), id, c.by.actor())
	if err != nil && !errors.Is(err, lead.ErrNotFound) {
		return "", unavailable(err)
	}
	if !sees {
		return "", noLead()
	}
	return id, a.theirs(c, id)
}

// adds is visible for who adds to a lead: whoever sees all leads adds to those that it sent,
// and with the role operate to all.
func (a *API) adds(c *call, id string) (string, error) {
	id, err := a.visible(c, id)
	if err != nil || !c.by.seesAll() || c.by.has(Operate) {
		return id, err
	}
	own, err := a.opts.Records.Sees(c.r.Context(), id, c.by.actor())
	if err != nil {
		return "", unreadable(err)
	}
	if !own {
		return "", problemf(http.StatusForbidden, "the key %s did not send this lead: adding to all leads takes the role operate", c.by.name)
	}
	return id, nil
}

// theirs refuses a caller that is bound to other partners than the lead's.
func (a *API) theirs(c *call, id string) error {
	if len(c.by.partners) == 0 {
		return nil
	}
	d, err := a.opts.Records.Dossier(c.r.Context(), id)
	switch {
	case err != nil:
		return unreadable(err)
	case c.by.speaksFor(d.Lead.Partner.ID):
		return nil
	case c.r.Method == http.MethodGet, c.r.PathValue("id") == "":
		return noLead()
	}
	return c.by.notTheirs()
}

func noLead() *Problem {
	return problemf(http.StatusNotFound, "there is no lead with this id that this key may see: check the id, or use the key that sent the lead")
}

// unreadable is the problem of a lead that is not there, or could not be reached.
func unreadable(err error) *Problem {
	if errors.Is(err, lead.ErrNotFound) {
		return noLead()
	}
	return unavailable(err)
}

// leadPage is one page of a list, newest first.
type leadPage struct {
	Leads []any  `json:"leads" doc:"A lead whose row is damaged is listed by its id, with the reason."` // lead.Record or lead.Unreadable
	Next  string `json:"next" doc:"Send it as cursor for the next page; empty on the last."`
}

func (a *API) listLeads(c *call) error {
	query, err := url.ParseQuery(c.r.URL.RawQuery)
	if err != nil {
		return faulty(Faults{{Location: "query", Message: "the query cannot be read: part parameters by &, and write %25 for a percent sign"}})
	}
	filter, faults := parseFilter(query, a.opts.Rules)
	if len(faults) > 0 {
		return faulty(faults)
	}
	if filter.Partner != "" && !c.by.speaksFor(filter.Partner) {
		return c.by.notTheirs()
	}
	switch {
	case filter.Partner != "":
	case len(c.by.partners) == 1:
		filter.Partner = c.by.partners[0]
	default:
		filter.Partners = c.by.partners
	}
	if !c.by.seesAll() {
		filter.Sender = c.by.actor()
	}
	defer a.bound(c)()
	page, err := a.opts.Records.List(c.r.Context(), filter)
	if errors.Is(err, lead.ErrBadCursor) {
		return faulty(Faults{{Location: "cursor", Message: "cursor is not from a list of leads: send the next of the page before, unchanged, or none to begin again"}})
	}
	if err != nil {
		return unavailable(err)
	}
	out := leadPage{Leads: make([]any, len(page.Leads)), Next: page.Next}
	for i := range page.Leads {
		d := &page.Leads[i]
		if out.Leads[i] = recordFor(c.by, d); d.Unreadable != "" {
			out.Leads[i] = lead.Unreadable{ID: d.Lead.ID, Why: d.Unreadable}
		}
	}
	return c.answer(http.StatusOK, out)
}

// parseFilter reads the query of a list.
func parseFilter(query url.Values, rules Rules) (lead.Filter, Faults) {
	var f lead.Filter
	var faults Faults
	for _, name := range slices.Sorted(maps.Keys(query)) {
		values := query[name]
		value := values[len(values)-1]
		switch {
		case len(values) > 1:
			faults.add(legible(name), "is sent twice: send each parameter once")
		case name == "stage":
			f.Stage = lead.Stage(value)
			if value != "" && !slices.Contains(lead.Stages, f.Stage) {
				faults.add(name, "is not a stage: it is one of %s", lead.Join(lead.Stages, ", ", ""))
			}
		case name == "partner":
			f.Partner = value
			if len(value) > maxID || strings.ContainsFunc(value, func(r rune) bool { return !idRune(r) }) {
				faults.add(name, "is not a partner's id")
			}
			if known, ok := rules.partner(value); ok {
				f.Partner = known.ID // as it is recorded
			}
		case name == "since":
			var err error
			if f.Since, err = parseSince(value); err != nil {
				faults.add(name, "is not a time: send RFC 3339 such as 2026-11-20T08:00:00Z, or a day such as 2026-11-20")
			}
		case name == "failed":
			f.Failed = value == "true"
			if !f.Failed && value != "" && value != "false" {
				faults.add(name, "must be true or false")
			}
		case name == "limit":
			n, err := strconv.Atoi(value)
			if err != nil || n < 1 || n > 200 {
				faults.add(name, "must be a number from 1 to 200")
			}
			f.Limit = n
		case name == "cursor":
			f.Cursor = value
		default:
			faults.add(legible(name), "is not a parameter known here: a list takes stage, partner, since, failed, limit, cursor")
		}
	}
	return f, faults
}

func parseSince(s string) (time.Time, error) {
	if s == "" {
		return time.Time{}, nil
	}
	if d, err := lead.ParseDate(s); err == nil {
		return d.Time(), nil
	}
	t, err := time.Parse(time.RFC3339, strings.Replace(s, " ", "+", 1)) // a + that nobody escaped is a space in a query
	return t.UTC(), err
}
