package salesforce

import (
	"context"
	"net/url"
	"strings"

	"leadtriage/internal/crm"
	"leadtriage/internal/lead"
)

// inWork are the beginnings of the Status of Leads that sales works on.
var inWork = []string{"working", "contacted", "qualified", "nurturing"}

// match asks for Leads and Contacts with the address, for Accounts of those and with the
// domain, and for their opportunities. What we made ourselves is not known to Salesforce.
func (s *Salesforce) match(ctx context.Context, l *lead.Lead) (*lead.Match, map[string]string, error) {
	best := &crm.BestMatch{}
	var accounts []string
	if l.Contact.Email != "" {
		leads, err := s.find(ctx, "SELECT Id, Status, CreatedDate, Owner.Email, "+markField+" FROM Lead WHERE Email = %s AND IsConverted = false LIMIT 200", l.Contact.Email)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range leads {
			s.lead(best, r)
		}
		people, err := s.find(ctx, "SELECT Id, AccountId, CreatedDate, Owner.Email FROM Contact WHERE Email = %s LIMIT 200", l.Contact.Email)
		if err != nil {
			return nil, nil, err
		}
		for _, r := range people {
			best.Found(lead.MatchKnown, r.text("Owner.Email"), created(r))
			if id := r.text("AccountId"); id != "" {
				accounts = append(accounts, id)
			}
		}
	}
	accounts, err := s.accounts(ctx, best, l.Company.Domain, accounts)
	if err != nil || len(accounts) == 0 {
		return done(best, err)
	}
	sales, err := s.find(ctx, "SELECT Id, IsClosed, IsWon, CreatedDate, Owner.Email FROM Opportunity WHERE AccountId IN ("+list(accounts)+") LIMIT 2000", accounts...)
	for _, r := range sales {
		switch {
		case r.text("IsWon") == "true":
			best.Found(lead.MatchCustomer, r.text("Owner.Email"), created(r))
		case r.text("IsClosed") != "true":
			best.Found(lead.MatchDeal, r.text("Owner.Email"), created(r))
		}
	}
	return done(best, err)
}

func done(best *crm.BestMatch, err error) (*lead.Match, map[string]string, error) {
	if err != nil || best.Kind == "" {
		return nil, nil, err
	}
	return &best.Match, nil, nil
}

func (s *Salesforce) lead(best *crm.BestMatch, r row) {
	status, kind := strings.ToLower(r.text("Status")), lead.MatchKnown
	for _, begins := range inWork {
		if strings.HasPrefix(status, begins) {
			kind = lead.MatchInWork
		}
	}
	if kind == lead.MatchInWork || r.text(markField) == "" {
		best.Found(kind, r.text("Owner.Email"), created(r))
	}
}

// accounts adds those whose website is of the domain, and returns the ids of all.
func (s *Salesforce) accounts(ctx context.Context, best *crm.BestMatch, domain string, known []string) ([]string, error) {
	where, args := []string{}, []string{}
	if domain != "" {
		where, args = append(where, "Website LIKE %s"), append(args, "%"+strings.NewReplacer("_", `\_`, "%", `\%`).Replace(domain)+"%")
	}
	if len(known) > 0 {
		where, args = append(where, "Id IN ("+list(known)+")"), append(args, known...)
	}
	if len(where) == 0 {
		return nil, nil
	}
	fields := "Id, Type, Website, CreatedDate, Owner.Email"
	if s.o.NamedAccount != "" {
		fields += ", " + s.o.NamedAccount
	}
	found, err := s.find(ctx, "SELECT "+fields+" FROM Account WHERE "+strings.Join(where, " OR ")+" ORDER BY CreatedDate LIMIT 200", args...)
	var ids []string
	for _, r := range found {
		linked := false
		for _, id := range known {
			linked = linked || sameID(id, r.text("Id"))
		}
		if !linked && host(r.text("Website")) != domain {
			continue
		}
		kind := lead.MatchKnown
		switch {
		case strings.HasPrefix(strings.ToLower(r.text("Type")), "customer"):
			kind = lead.MatchCustomer
		case s.o.NamedAccount != "" && r.text(s.o.NamedAccount) == "true":
			kind = lead.MatchNamed
		}
		best.Found(kind, r.text("Owner.Email"), created(r))
		ids = append(ids, r.text("Id"))
	}
	return ids, err
}

// list is a place for each of so many values.
func list(values []string) string {
	return strings.TrimSuffix(strings.Repeat("%s, ", len(values)), ", ")
}

// host is that of an address as people write it, without www.
func host(address string) string {
	if !strings.Contains(address, "://") {
		address = "https://" + address
	}
	u, err := url.Parse(strings.TrimSpace(address))
	if err != nil {
		return ""
	}
	return strings.TrimPrefix(strings.ToLower(u.Hostname()), "www.")
}

// created is in RFC 3339: Salesforce writes its zone without the colon.
func created(r row) string { return strings.Replace(r.text("CreatedDate"), "+0000", "Z", 1) }
