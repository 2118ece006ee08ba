package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/source"
)

// maxSourceBody is how large a webhook may be, in bytes: a batch of 100 contacts
// with all that a CRM knows of them.
const maxSourceBody = 4 << 20

// sender is a Source that may call.
type sender struct {
	Source
	caller
}

func newSenders(sources []Source, perSecond float64, burst int) map[string]*sender {
	senders := map[string]*sender{}
	for _, s := range sources {
		senders[s.Name] = &sender{s, caller{kind: "source", name: s.Name, partners: s.Partners, limit: newLimit(perSecond, burst)}}
	}
	return senders
}

// elementResult is what became of one item of a webhook.
type elementResult struct {
	Element int  `json:"element" doc:"Counted from 0, as the sender's list does."`
	Ignored bool `json:"ignored,omitempty" doc:"The mapping says that it is no lead."`
	Result
}

// sourceResults is the answer to a webhook with several items.
type sourceResults struct {
	Results []elementResult `json:"results"`
}

// postSource takes a system's own webhook. Its signature stands for a key.
func (a *API) postSource(c *call) error {
	s, ok := a.senders[c.r.PathValue("name")]
	if !ok {
		return problemf(http.StatusNotFound, "there is no source of this name: its name stands under sources in the configuration")
	}
	if err := c.mediaType("application/json", "text/json"); err != nil {
		return err
	}
	raw, err := c.body(maxSourceBody, "send fewer items at once")
	if err != nil {
		return err
	}
	who := &s.caller
	err = s.Signature.Check(c.r, raw, a.opts.Now())
	if err != nil {
		who = nil
	}
	if wait := a.strangers.wait(c.r, who.id(), s.Name, a.opts.Now()); wait > 0 {
		return tooManyTries(wait)
	}
	if err != nil {
		a.opts.Logger.Warn("a webhook is not signed as its source signs", "source", s.Name, "error", err)
		return problemf(http.StatusUnauthorized, "this is not signed as the source signs: the log of leadtriage says what is wrong")
	}
	c.by = &s.caller
	if err := a.pace(c.by); err != nil {
		return err
	}
	elements, faults := s.Parse(raw, isForm(c.r, raw), a.opts.Rules, a.opts.Now())
	if len(faults) > 0 {
		return faulty(faults)
	}
	delivery := s.Signature.Delivery(c.r.Header)
	if len(elements) == 1 && elements[0].At == "" {
		return a.answerOne(c, elements[0], delivery)
	}
	return a.answerMany(c, elements, delivery)
}

// isForm reports whether a body is a web form's: it says so, and does not look like
// JSON that nobody declared.
func isForm(r *http.Request, raw []byte) bool {
	kind, _, _ := mime.ParseMediaType(r.Header.Get("Content-Type"))
	return kind == "application/x-www-form-urlencoded" && (len(raw) == 0 || !json.Valid(raw))
}

func (a *API) answerOne(c *call, e Element, delivery string) error {
	if e.Ignored {
		return c.answer(http.StatusOK, elementResult{Ignored: true, Result: Result{Status: http.StatusOK, Detail: ignored}})
	}
	receipt, err := a.acceptElement(c, e, delivery)
	if err != nil {
		return err
	}
	c.leadID = receipt.ID
	return c.answer(taken(receipt), receipt)
}

const ignored = "the mapping says that this is no lead"

// answerMany takes what can be taken. The status says whether sending all of it
// again helps: 503 when something could not be committed, which then is; 422 when
// something was refused, so that the sender's log shows it and a person mends it.
// What was taken before is known the next time.
func (a *API) answerMany(c *call, elements []Element, delivery string) error {
	results := make([]elementResult, len(elements))
	var refused, later *Problem
	var all Faults
	status, n := http.StatusOK, 0
	for i, e := range elements {
		results[i] = elementResult{Element: i, Ignored: e.Ignored, Result: Result{Status: http.StatusOK}}
		if e.Ignored {
			continue
		}
		if i > 0 {
			if err := c.by.limit.Wait(c.r.Context()); err != nil {
				return unavailable(err)
			}
		}
		receipt, err := a.acceptElement(c, e, delivery)
		results[i].take(receipt, err)
		p, isProblem := errors.AsType[*Problem](err)
		switch {
		case err == nil:
			n++
			status = max(status, taken(receipt))
		case !isProblem || p.Status >= 500:
			later = unavailable(err)
			if isProblem {
				later.cause = p.cause
			}
		default:
			refused = p
			for _, f := range p.Errors {
				all.append(f)
			}
		}
	}
	switch {
	case later != nil:
		later.Results = results
		return later
	case refused != nil:
		p := problemf(http.StatusUnprocessableEntity, "of %d items %d were taken; the others have faults, all listed in errors: mend them and send them again, what was taken is known", len(elements), n)
		p.Errors, p.Results = all, results
		return p
	}
	return c.answer(status, sourceResults{results})
}

// acceptElement commits an element. The key of its delivery goes with what it
// says: an id that a sender uses twice, as HubSpot may, refuses nothing.
func (a *API) acceptElement(c *call, e Element, delivery string) (lead.Receipt, error) {
	if len(e.Faults) > 0 {
		return lead.Receipt{}, faulty(e.Faults)
	}
	incoming := e.Incoming
	if id := delivery + e.ID; id != "" {
		incoming.BodyHash = e.hash
		incoming.IdempotencyKey = hashOf(fmt.Appendf(nil, "%s\n%s", id, e.hash))
	}
	return a.commit(c, incoming)
}

// Source is a system that sends webhooks of its own, which become leads by a mapping.
type Source struct {
	Name      string
	Signature source.Signature
	Mapper    *source.Mapper
	Require   []string // fields beside the mandatory ones, as in Rules.Required
	Partners  []string // whose leads it may send; none: everybody's
}

// maxItems is how many leads one webhook may carry; HubSpot sends up to 100 events.
const maxItems = 1000

// Element is what an item of a source's body comes to: an incoming lead, faults, or
// nothing where the mapping says that it is no lead. The sender's name is the
// caller's to add.
type Element struct {
	source.Mapped
	Incoming lead.Incoming
	Faults   Faults // at places in the sender's body

	hash string // of what it says, whenever it comes
}

// Parse reads a body by the source's mapping. Faults of the body as a whole mean
// that there are no elements.
func (s Source) Parse(raw []byte, form bool, rules Rules, now time.Time) ([]Element, Faults) {
	body, faults := readBody(raw, form)
	if len(faults) > 0 {
		return nil, faults
	}
	items, fault := s.Mapper.Items(body)
	if fault != nil {
		faults.add(legible(fault.Path), "%s", fault.Text)
		return nil, faults
	}
	if len(items) > maxItems {
		return nil, malformed("has %d items: at most %d are taken at once", len(items), maxItems)
	}
	elements := make([]Element, len(items))
	for i, item := range items {
		elements[i] = s.Element(item, rules, now)
	}
	return elements, nil
}

// readBody reads JSON, an object or a list, or the fields of a form.
func readBody(raw []byte, form bool) (any, Faults) {
	if form {
		body, err := source.ReadForm(raw)
		if err != nil {
			return nil, malformed("is not a form in UTF-8: send it as browsers do, name=value&name=value")
		}
		return body, nil
	}
	if faults := checkText(raw, "an object", "a list"); faults != nil {
		return nil, faults
	}
	body, err := source.ReadJSON(raw)
	if err != nil {
		return nil, malformed("is not JSON")
	}
	return body, nil
}

// Element reads an item of a body.
func (s Source) Element(item source.Item, rules Rules, now time.Time) Element {
	mapped := s.Mapper.Lead(item, now)
	e := Element{Mapped: mapped}
	if e.Ignored {
		return e
	}
	e.Faults = FaultsOf(mapped)
	if mapped.Lead == nil {
		return e
	}
	rules.Always = slices.Concat(rules.Always, s.Require)
	incoming, faults := ParseLead(mapped.Lead, rules, now)
	for _, f := range faults {
		if !mapped.Faulty(f.Location) {
			e.Faults.append(f.In(mapped))
		}
	}
	if len(e.Faults) == 0 {
		e.Incoming, e.hash = incoming, hashOf(s.Mapper.Lead(item, never).Lead)
	}
	return e
}

// never stands for the moment a body came in, where that must not count.
var never = time.Unix(0, 0)

// FaultsOf are the faults that the mapping itself found.
func FaultsOf(m source.Mapped) (faults Faults) {
	for _, f := range m.Faults {
		faults.append(Fault{Location: legible(f.Path), Message: asRead(f.Path, f.Lead) + " " + f.Text})
	}
	return faults
}

// In is a fault of a mapped lead at its place in the body that the lead was mapped from.
func (f Fault) In(m source.Mapped) Fault {
	rest := strings.TrimPrefix(f.Message, f.Location)
	path, ok := m.Origin(f.Location)
	if ok {
		return Fault{Location: legible(path), Message: asRead(path, f.Location) + rest}
	}
	message := f.Location + rest + "; the mapping does not take it from the body"
	if m.At == "" {
		return Fault{Location: f.Location, Message: message}
	}
	return Fault{Location: m.At, Message: m.At + ": " + message}
}

// asRead names a place in the sender's body and what it was read as.
func asRead(path, field string) string {
	if field == "" || field == path {
		return legible(path)
	}
	return legible(path) + " (" + field + ")"
}
