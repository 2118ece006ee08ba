package hubspot

import (
	"context"
	"net/http"
	"net/url"
	"slices"
	"time"

	"leadtriage/internal/lead"
	"leadtriage/internal/outbox"
)

// What is read of contacts and companies, and of deals.
var (
	accountProperties = []string{stageProperty, "hubspot_owner_id", "createdate", "hs_lead_status", "hs_is_target_account", "domain", markProperty}
	dealProperties    = []string{"hs_is_closed", "hs_is_closed_won", "hubspot_owner_id", "createdate"}
)

// doMatch asks whether HubSpot knows the lead's contact or company, as what, and whose it is.
func (h *HubSpot) doMatch(ctx context.Context, a *outbox.Attempt) error {
	ctx, cancel := context.WithTimeout(ctx, attemptTime)
	defer cancel()
	found, ids, err := h.match(ctx, &a.Dossier.Lead)
	if err != nil {
		return err
	}
	a.Learned = func(c *lead.Case) {
		is := c.Lead.InCRM[Name]
		is.Match = found
		for of, id := range ids { // the writing need not look for them again
			if o := is.Objects[of]; o.ID == "" {
				is = is.With(of, lead.CRMObject{ID: id})
			}
		}
		c.SetInCRM(Name, is)
		if found != nil {
			c.Note(lead.Itself, "crm_matched", lead.MatchedAs, string(found.Kind))
		}
	}
	return nil
}

// match is nil where HubSpot knows neither. What we made ourselves is not known to it.
// ids are those of contact and company, by what they are of the lead.
func (h *HubSpot) match(ctx context.Context, l *lead.Lead) (m *lead.Match, ids map[string]string, err error) {
	best, ids := &finding{}, map[string]string{}
	ourContact := lead.ContactIn(l.Contact.Email)
	contact, err := h.find(ctx, l.Contact.Email, accountProperties, l.InCRM[Name].Objects[ourContact].ID, l.CRM["hubspot_contact_id"])
	if err != nil {
		return nil, nil, err
	}
	var people []string
	if contact != nil {
		people = []string{contact.ID}
	}
	var company *object
	if l.Company.Domain != "" {
		if company, err = h.account(ctx, l.Company.Domain, accountProperties, l.InCRM[Name].Objects[ourCompany].ID, people); err != nil {
			return nil, nil, err
		}
	}
	var sales []string
	for of, o := range map[string]*object{ourContact: contact, ourCompany: company} {
		if o == nil {
			continue
		}
		best.account(o)
		kind := contacts
		if ids[of] = o.ID; of == ourCompany {
			kind = companies
		}
		linked, err := h.linked(ctx, kind, o.ID, deals)
		if err != nil {
			return nil, nil, err
		}
		sales = append(sales, linked...)
	}
	slices.Sort(sales)
	list, err := h.read(ctx, deals, slices.Compact(sales), dealProperties)
	if err != nil {
		return nil, nil, err
	}
	for i := range list {
		best.deal(&list[i])
	}
	if best.Kind == "" {
		return nil, ids, nil
	}
	best.Owner, err = h.owner(ctx, best.owner)
	return &best.Match, ids, err
}

// finding is the best match so far.
type finding struct {
	lead.Match
	owner string // id
}

// found keeps what matters most; of two alike the older one, and one with an owner.
func (f *finding) found(kind lead.MatchKind, o *object) {
	rank := func(k lead.MatchKind) int { return slices.Index(lead.MatchKinds, k) }
	since, owner := lead.Date(day(o.Properties["createdate"])), o.Properties["hubspot_owner_id"]
	f.Customer = f.Customer || kind == lead.MatchCustomer
	better := f.Kind == "" || rank(kind) < rank(f.Kind)
	if older := kind == f.Kind && (f.owner == "" && owner != "" || since < f.Since && (f.owner == "") == (owner == "")); better || older {
		f.Kind, f.Since, f.owner = kind, since, owner
	}
}

func (f *finding) account(o *object) {
	switch p := o.Properties; {
	case p[stageProperty] == "customer" || p[stageProperty] == "evangelist":
		f.found(lead.MatchCustomer, o)
	case p["hs_is_target_account"] == "true":
		f.found(lead.MatchNamed, o)
	case p["hs_lead_status"] != "" && p["hs_lead_status"] != "UNQUALIFIED" || p[stageProperty] == "salesqualifiedlead" || p[stageProperty] == "opportunity":
		f.found(lead.MatchInWork, o)
	case p["hubspot_owner_id"] != "" || p[markProperty] == "":
		f.found(lead.MatchKnown, o)
	}
}

func (f *finding) deal(o *object) {
	switch {
	case o.Properties["hs_is_closed_won"] == "true":
		f.found(lead.MatchCustomer, o)
	case o.Properties["hs_is_closed"] != "true":
		f.found(lead.MatchDeal, o)
	}
}

// day is the UTC day of a time as HubSpot writes it; empty where it is none.
func day(text string) string {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return ""
	}
	return t.UTC().Format(time.DateOnly)
}

// owner is the e-mail address of an owner, active or not; of one that is gone, the id.
func (h *HubSpot) owner(ctx context.Context, id string) (string, error) {
	if id == "" {
		return "", nil
	}
	if email, ok := h.owners.Load(id); ok {
		return email.(string), nil
	}
	for _, archived := range []string{"false", "true"} {
		var o struct {
			Email string `json:"email"`
		}
		err := h.call(ctx, http.MethodGet, h.path("owners", id), url.Values{"archived": {archived}}, nil, &o)
		if err == nil && o.Email != "" {
			h.owners.Store(id, o.Email)
			return o.Email, nil
		}
		if err != nil && !isStatus(err, http.StatusNotFound) {
			return "", err
		}
	}
	return id, nil
}
