package hubspot

import (
	"context"
	"net/http"
	"net/url"
	"slices"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
)

// What is read of contacts and companies, and of deals.
var (
	accountProperties = []string{stageProperty, ownerProperty, "createdate", "hs_lead_status", "hs_is_target_account", "domain", markProperty}
	dealProperties    = []string{"hs_is_closed", "hs_is_closed_won", ownerProperty, "createdate"}
)

// match is nil where HubSpot knows neither. What we made ourselves is not known to it.
// ids are those of contact and company, by what they are of the lead.
func (h *HubSpot) match(ctx context.Context, l *lead.Lead) (m *lead.Match, ids map[string]string, err error) {
	best, ids := &crm.BestMatch{}, map[string]string{}
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
		account(best, o)
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
		deal(best, list[i].Properties)
	}
	if best.Kind == "" {
		return nil, ids, nil
	}
	best.Owner, err = h.owner(ctx, best.Owner)
	return &best.Match, ids, err
}

func account(best *crm.BestMatch, o *object) {
	found := func(kind lead.MatchKind) {
		best.Found(kind, o.Properties[ownerProperty], o.Properties["createdate"])
	}
	switch p := o.Properties; {
	case p[stageProperty] == "customer" || p[stageProperty] == "evangelist":
		found(lead.MatchCustomer)
	case p["hs_is_target_account"] == "true":
		found(lead.MatchNamed)
	case p["hs_lead_status"] != "" && p["hs_lead_status"] != "UNQUALIFIED" || p[stageProperty] == "salesqualifiedlead" || p[stageProperty] == "opportunity":
		found(lead.MatchInWork)
	case p[ownerProperty] != "" || p[markProperty] == "":
		found(lead.MatchKnown)
	}
}

func deal(best *crm.BestMatch, p map[string]string) {
	switch {
	case p["hs_is_closed_won"] == "true":
		best.Found(lead.MatchCustomer, p[ownerProperty], p["createdate"])
	case p["hs_is_closed"] != "true":
		best.Found(lead.MatchDeal, p[ownerProperty], p["createdate"])
	}
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

// ownerID is HubSpot's id of an active user; empty: none has the address. Whoever is made one
// there later is looked for again with the next writing.
func (h *HubSpot) ownerID(ctx context.Context, email string) (string, error) {
	var found struct {
		Results []struct {
			ID string `json:"id"`
		} `json:"results"`
	}
	err := h.call(ctx, http.MethodGet, h.path("owners"), url.Values{"email": {email}, "archived": {"false"}}, nil, &found)
	if err != nil || len(found.Results) == 0 {
		return "", err
	}
	return found.Results[0].ID, nil
}
