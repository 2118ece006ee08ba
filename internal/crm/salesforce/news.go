package salesforce

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"time"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
)

const (
	pageRows = 2000 // that one call answers
	idsInOne = 200  // that one query names
	// overlap is how far a poll looks back beyond the one before: what was being written then
	// may have been dated earlier.
	overlap = 5 * time.Minute
	modTime = "2006-01-02T15:04:05.000Z"
)

// refusedBy are the beginnings of the Status of Leads that sales turned down.
var refusedBy = []string{"closed - not converted", "unqualified", "disqualified"}

// news asks for the Leads of ours that changed since this process asked before, all of them
// at first, and for the opportunities that they became.
func (s *Salesforce) news(ctx context.Context, known []lead.Known, heard func(lead.Heard) error) error {
	began, since := s.now().Add(-overlap).UTC(), "1970-01-01T00:00:00.000Z"
	if at := s.heard.Load(); at != nil {
		since = at.Format(modTime)
	}
	byLead, bySale := map[string]*lead.Known{}, map[string][]*lead.Known{}
	for i := range known {
		k := &known[i]
		if id := k.In.Objects[ourLead].ID; len(id) >= 15 {
			byLead[id[:15]] = k
		}
		if id := k.In.Objects[ourOpportunity].ID; id != "" {
			bySale[id] = append(bySale[id], k)
		}
	}
	for last := ""; ; {
		rows, err := s.find(ctx, "SELECT Id, Status, IsConverted, ConvertedDate, ConvertedContactId, ConvertedOpportunityId, SystemModstamp FROM Lead WHERE "+idField+
			" != null AND SystemModstamp > "+since+" AND Id > %s ORDER BY Id LIMIT 2000", cmp.Or(last, "000000000000000"))
		if err != nil {
			return err
		}
		for _, r := range rows {
			last = r.text("Id")
			k := byLead[last[:15]]
			if k == nil {
				continue
			}
			said := leadNews(r, k)
			if sale := r.text("ConvertedOpportunityId"); sale != "" && !slices.Contains(bySale[sale], k) {
				bySale[sale] = append(bySale[sale], k)
			}
			if len(said.Outcomes)+len(said.Moved) > 0 {
				if err := heard(said); err != nil {
					return err
				}
			}
		}
		if len(rows) < pageRows {
			break
		}
	}
	if err := s.saleNews(ctx, since, bySale, heard); err != nil {
		return err
	}
	s.heard.Store(&began)
	return nil
}

// leadNews is what a Lead's own fields tell.
func leadNews(r row, k *lead.Known) lead.Heard {
	said := lead.Heard{Lead: k.ID}
	tell := func(is lead.OutcomeType, at time.Time) {
		if !at.IsZero() {
			said.Outcomes = append(said.Outcomes, lead.Outcome{ID: Name + ":" + string(is), Type: is, At: at})
		}
	}
	status, at := strings.ToLower(r.text("Status")), moment(r.text("SystemModstamp"))
	begins := func(words []string) bool {
		return slices.ContainsFunc(words, func(w string) bool { return strings.HasPrefix(status, w) })
	}
	switch {
	case r.text("IsConverted") == "true":
		if day := moment(r.text("ConvertedDate")); !day.Equal(at.Truncate(24 * time.Hour)) {
			at = day // something else changed since
		}
		tell(lead.Accepted, at)
		for of, field := range map[string]string{ourContact: "ConvertedContactId", ourOpportunity: "ConvertedOpportunityId"} {
			if id := r.text(field); id != "" && k.In.Objects[of].ID != id {
				if said.Moved == nil {
					said.Moved = map[string]string{}
				}
				said.Moved[of] = id
			}
		}
	case begins(refusedBy):
		tell(lead.NotAccepted, at)
	case begins(inWork):
		tell(lead.Contacted, at)
	}
	return said
}

// saleNews is what opportunities tell that changed since then.
func (s *Salesforce) saleNews(ctx context.Context, since string, of map[string][]*lead.Known, heard func(lead.Heard) error) error {
	fields := "Id, StageName, IsClosed, IsWon, Amount, CloseDate, CreatedDate"
	if s.o.Currency == "" {
		fields += ", CurrencyIsoCode"
	}
	if s.o.ARR != "" {
		fields += ", " + s.o.ARR
	}
	var ids []string
	for id := range of {
		ids = append(ids, id)
	}
	slices.Sort(ids)
	for some := range slices.Chunk(ids, idsInOne) {
		rows, err := s.find(ctx, "SELECT "+fields+" FROM Opportunity WHERE SystemModstamp > "+since+" AND Id IN ("+list(some)+") LIMIT 2000", some...)
		if err != nil {
			return err
		}
		for _, r := range rows {
			for _, k := range of[r.text("Id")] {
				if err := heard(lead.Heard{Lead: k.ID, Outcomes: s.sale(r)}); err != nil {
					return err
				}
			}
		}
	}
	return nil
}

func (s *Salesforce) sale(r row) []lead.Outcome {
	code := cmp.Or(s.o.Currency, r.text("CurrencyIsoCode"))
	is := lead.Outcome{DealID: Name + ":" + r.text("Id"), Amount: crm.Amount(r.text("Amount"), code), ARR: crm.Amount(r.text(s.o.ARR), code)}
	opened, closed := is, is
	opened.ID, opened.Type, opened.At = is.DealID+":opened", lead.Opportunity, moment(r.text("CreatedDate"))
	closed.ID, closed.Type, closed.At = is.DealID+":closed", lead.ClosedLost, moment(r.text("CloseDate"))
	if closed.Reason = r.text("StageName"); r.text("IsWon") == "true" {
		closed.Type, closed.Reason = lead.ClosedWon, ""
	}
	if r.text("IsClosed") != "true" || closed.At.IsZero() {
		return []lead.Outcome{opened}
	}
	if closed.At.Before(opened.At) { // a day has no hour
		closed.At = opened.At
	}
	return []lead.Outcome{opened, closed}
}

// moment is a time or a day as Salesforce writes it.
func moment(text string) time.Time {
	for _, layout := range []string{"2006-01-02T15:04:05.000-0700", time.DateOnly} {
		if t, err := time.Parse(layout, text); err == nil {
			return t.UTC()
		}
	}
	return time.Time{}
}
