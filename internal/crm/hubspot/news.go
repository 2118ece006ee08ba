package hubspot

import (
	"context"
	"net/http"
	"slices"
	"time"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
)

// page is how many records one call reads.
const page = 100

var (
	newsProperties = []string{"email", "hs_lead_status", "lastmodifieddate", "notes_last_contacted", "num_associated_deals",
		"hs_lifecyclestage_salesqualifiedlead_date", "hs_lifecyclestage_opportunity_date"}
	saleProperties = []string{"amount", "deal_currency_code", "closedate", "createdate", "hs_is_closed", "hs_is_closed_won", "closed_lost_reason"}
)

// news asks what became of contacts that we wrote, a hundred in a call. Their deals are read
// where HubSpot counts some. A contact that was merged is found by its address.
func (h *HubSpot) news(ctx context.Context, known []lead.Known, heard func(lead.Heard) error) error {
	for some := range slices.Chunk(known, page) {
		var ids, lost []string
		for _, k := range some {
			ids = append(ids, k.In.Objects[lead.ContactIn(k.Email)].ID)
		}
		found, err := h.read(ctx, contacts, slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return id == "" }), newsProperties)
		if err != nil {
			return err
		}
		byID := map[string]object{}
		for _, o := range found {
			byID[o.ID] = o
		}
		for i, k := range some {
			if _, there := byID[ids[i]]; ids[i] != "" && !there {
				lost = append(lost, k.Email)
			}
		}
		moved, err := h.readBy(ctx, contacts, "email", lost, newsProperties)
		if err != nil {
			return err
		}
		byEmail := map[string]object{}
		for i, o := range moved {
			byEmail[moved[i].Properties["email"]] = o
		}
		for i, k := range some {
			said := lead.Heard{Lead: k.ID}
			o, there := byID[ids[i]]
			if !there {
				if o, there = byEmail[k.Email]; !there {
					continue // it was never a contact, or it was deleted
				}
				said.Moved = map[string]string{lead.ContactIn(k.Email): o.ID}
			}
			said.Outcomes = contactNews(o, k)
			if n := o.Properties["num_associated_deals"]; n != "" && n != "0" {
				sales, err := h.saleNews(ctx, o.ID, k)
				if err != nil {
					return err
				}
				said.Outcomes = append(said.Outcomes, sales...)
			}
			if len(said.Outcomes)+len(said.Moved) == 0 {
				continue
			}
			if err := heard(said); err != nil {
				return err
			}
		}
	}
	return nil
}

// contactNews are the outcomes that a contact's own properties tell, since the lead came.
func contactNews(o object, k lead.Known) (all []lead.Outcome) {
	for property, is := range map[string]lead.OutcomeType{"notes_last_contacted": lead.Contacted,
		"hs_lifecyclestage_salesqualifiedlead_date": lead.Accepted, "hs_lifecyclestage_opportunity_date": lead.Opportunity} {
		if at, err := time.Parse(time.RFC3339, o.Properties[property]); err == nil && at.After(k.CreatedAt) {
			all = append(all, lead.Outcome{ID: Name + ":" + string(is), Type: is, At: at})
		}
	}
	if at, err := time.Parse(time.RFC3339, o.Properties["lastmodifieddate"]); err == nil && o.Properties["hs_lead_status"] == "UNQUALIFIED" {
		all = append(all, lead.Outcome{ID: Name + ":" + string(lead.NotAccepted), Type: lead.NotAccepted, At: at})
	}
	slices.SortFunc(all, lead.CompareOutcomes)
	return all
}

// saleNews are those that deals tell which were opened since the lead came.
func (h *HubSpot) saleNews(ctx context.Context, contact string, k lead.Known) (all []lead.Outcome, err error) {
	ids, err := h.linked(ctx, contacts, contact, deals)
	if err != nil {
		return nil, err
	}
	properties := saleProperties
	if h.o.ARR != "" {
		properties = append(slices.Clone(properties), h.o.ARR)
	}
	slices.Sort(ids)
	found, err := h.read(ctx, deals, ids, properties)
	for _, o := range found {
		p := o.Properties
		opened, err := time.Parse(time.RFC3339, p["createdate"])
		if err != nil || !opened.After(k.CreatedAt) {
			continue
		}
		sale := lead.Outcome{DealID: Name + ":" + o.ID, Amount: crm.Amount(p["amount"], p["deal_currency_code"]), ARR: crm.Amount(p[h.o.ARR], p["deal_currency_code"])}
		is := sale
		is.ID, is.Type, is.At = sale.DealID+":opened", lead.Opportunity, opened
		all = append(all, is)
		closed, err := time.Parse(time.RFC3339, p["closedate"])
		if p["hs_is_closed"] != "true" || err != nil {
			continue
		}
		if is = sale; p["hs_is_closed_won"] == "true" {
			is.Type = lead.ClosedWon
		} else {
			is.Type, is.Reason = lead.ClosedLost, crm.Cut(p["closed_lost_reason"], 200)
		}
		is.ID, is.At = sale.DealID+":closed", closed
		all = append(all, is)
	}
	return all, err
}

// readBy are records by a unique property, 100 at most.
func (c *client) readBy(ctx context.Context, kind, idProperty string, ids, properties []string) ([]object, error) {
	if len(ids) == 0 {
		return nil, nil
	}
	inputs := []map[string]string{}
	for _, id := range ids[:min(len(ids), page)] {
		inputs = append(inputs, map[string]string{"id": id})
	}
	in := map[string]any{"inputs": inputs, "properties": properties}
	if idProperty != "" {
		in["idProperty"] = idProperty
	}
	var out struct {
		Results []object `json:"results"`
	}
	err := c.call(ctx, http.MethodPost, c.path("objects", kind, "batch", "read"), nil, in, &out)
	return out.Results, err
}
