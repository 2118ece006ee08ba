package intake

import (
	"encoding/json"
	"errors"
	"fmt"
	"mime"
	"net/http"

	"leadtriage/internal/lead"
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
	err = s.Signature.Check(c.r, raw, a.now())
	if err != nil {
		who = nil
	}
	if wait := a.strangers.wait(c.r, who, s.Name, a.now()); wait > 0 {
		return tooManyTries(wait)
	}
	if err != nil {
		a.log.Warn("a webhook is not signed as its source signs", "source", s.Name, "error", err)
		return problemf(http.StatusUnauthorized, "this is not signed as the source signs: the log of leadtriage says what is wrong")
	}
	c.by = &s.caller
	if err := a.pace(c.by); err != nil {
		return err
	}
	elements, faults := s.Parse(raw, isForm(c.r, raw), a.opts.Rules, a.now())
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
