package score

import (
	"maps"
	"reflect"
	"slices"
	"strconv"
	"time"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// environment is what a condition may name, and what it is (docs/scoring.md lists it).
// The names with a space are ours: no condition can write them.
type environment = map[string]any

// facts are the names of facts that are verified or given, in the order of the page,
// each with the field behind it and a value of its type.
var facts = []struct {
	name  string
	field lead.Field
	blank any
}{
	{"legal_name", lead.LegalName, ""},
	{"industry", lead.Industry, ""},
	{"employees", lead.Employees, 0},     // the lower end of a range
	{"employees_max", lead.Employees, 0}, // the upper end; unknown for "500+"
	{"hq_country", lead.HQCountry, ""},
	{"hq_city", lead.HQCity, ""},
	{"founded_year", lead.FoundedYear, 0},
	{"revenue", lead.Revenue, 0},
	{"revenue_currency", lead.Revenue, ""},
	{"business_model", lead.BusinessModel, ""},
	{"technologies", lead.Technology, []string(nil)},
	{"description", lead.Description, ""},
}

// factOf names the fact behind each name of the environment that is one.
var factOf = func() map[string]lead.Field {
	fields := map[string]lead.Field{}
	for _, f := range facts {
		fields[f.name] = f.field
	}
	return fields
}()

// nothing is an environment in which every name has its type.
var nothing = func() environment {
	e := (&Model{}).newEnvironment(&lead.Lead{})
	behave(e, &lead.Lead{}, evidence{}, &lead.Score{}, time.Time{})
	return e
}()

type (
	eventView struct {
		Type  string `expr:"type"`
		Days  int    `expr:"days"`
		Asset string `expr:"asset"`
	}
	signalView struct {
		Type string `expr:"type"`
		Days int    `expr:"days"`
		By   string `expr:"by"`
	}
	touchView struct {
		Type  string `expr:"type"`
		Days  int    `expr:"days"`
		Owner string `expr:"owner"`
		Asset string `expr:"asset"`
	}
)

// behaviour names what a disqualification rule may look at and an ICP criterion
// may not: fit must not move with time or with what the lead did.
var behaviour = []string{"referred_days", "events", "signals", "touchpoints", "event_types", "assets", "live_signals", "buying_signals", "score"}

// partsOf are what may stand behind a name and a dot; none: anything may, or nothing.
func partsOf(name string, t reflect.Type) (parts []string) {
	switch whole := nothing[name].(type) {
	case map[string]string:
		return slices.Sorted(maps.Keys(whole))
	case map[string]int:
		return slices.Sorted(maps.Keys(whole))
	}
	for i := 0; t.Kind() == reflect.Struct && i < t.NumField(); i++ {
		parts = append(parts, t.Field(i).Tag.Get("expr"))
	}
	return parts
}

// newEnvironment has the lead as sent, where what was not sent is empty, and its facts.
func (m *Model) newEnvironment(l *lead.Lead) environment {
	status := map[string]string{}
	e := environment{
		"source": string(l.Source), "product": l.Product, "use_case": l.UseCase, "use_case_words": wordCount(l.UseCase),
		"notes": l.Notes, "locale": l.Locale, "landing_url": l.LandingURL, "referrer": l.Referrer,
		"partner": map[string]string{"id": l.Partner.ID, "tier": l.Partner.Tier, "contact": l.Partner.Contact},
		"contact": map[string]string{"email": l.Contact.Email, "name": l.Contact.Name, "title": l.Contact.Title},
		"company": map[string]string{"name": l.Company.Name, "domain": l.Company.Domain, "website": l.Company.Website},
		"utm": map[string]string{"source": l.UTM.Source, "medium": l.UTM.Medium, "campaign": l.UTM.Campaign,
			"term": l.UTM.Term, "content": l.UTM.Content},
		"crm":           crmView(l),
		"status":        status, // how far each fact may be trusted: verified, given, unverified, conflicting, or empty
		"facts settled": l.Enrichment.State != lead.EnrichmentPending && l.Enrichment.State != lead.EnrichmentFailed,
	}
	for _, f := range facts {
		e[f.name], e[knows(f.name)], status[string(f.field)] = f.blank, false, ""
	}
	for _, f := range l.Facts {
		learn(e, f)
	}
	return e
}

// crmView are the ids that were sent, and as match what a CRM knows the lead as.
func crmView(l *lead.Lead) map[string]string {
	m := l.Match()
	if m == nil {
		return l.CRM
	}
	all := map[string]string{"match": string(m.Kind), "match_owner": m.Owner, "match_customer": strconv.FormatBool(m.Customer)}
	for name, id := range l.CRM {
		all[name] = id
	}
	return all
}

// knows is our name for whether a fact is known.
func knows(fact string) string { return "known " + fact }

// learn takes in a fact. The first of a field that earns counts, of technologies each.
func learn(e environment, f lead.Fact) {
	status := e["status"].(map[string]string)
	status[string(f.Field)] = better(status[string(f.Field)], f.Status)
	if !f.Earns() {
		return
	}
	for name, value := range stated(f) {
		list, many := e[name].([]string)
		if many {
			value = append(list, f.Value)
		}
		if many || e[knows(name)] == false {
			e[name], e[knows(name)] = value, true
		}
	}
}

// stated are the values of a fact, by their names.
func stated(f lead.Fact) environment {
	switch f.Field {
	case lead.Employees:
		h, err := headcountOf(f.Value)
		switch {
		case err != nil:
			return nil
		case h.Max == 0:
			return environment{"employees": h.Min}
		}
		return environment{"employees": h.Min, "employees_max": h.Max}
	case lead.FoundedYear:
		if year, err := strconv.Atoi(f.Value); err == nil {
			return environment{"founded_year": year}
		}
		return nil
	case lead.Revenue:
		if money, err := company.ParseMoney(f.Value); err == nil {
			return environment{"revenue": int(money.Amount), "revenue_currency": money.Currency}
		}
		return nil
	}
	for _, named := range facts {
		if named.field == f.Field {
			return environment{named.name: f.Value}
		}
	}
	return nil
}

// better is the status that may be trusted more; the status of several facts of
// one field is the best among them.
func better(have string, more lead.FactStatus) string {
	if slices.Index(byTrust, more) > slices.Index(byTrust, lead.FactStatus(have)) {
		return string(more)
	}
	return have
}

var byTrust = []lead.FactStatus{lead.Unverified, lead.Conflicting, lead.Given, lead.Verified}

// behave adds what the lead did and the score so far, for disqualification alone.
func behave(e environment, l *lead.Lead, ev evidence, s *lead.Score, now time.Time) {
	events, signals, touches := make([]eventView, 0, len(l.Events)), []signalView{}, []touchView{}
	for _, x := range l.Events {
		events = append(events, eventView{x.Type, age(x.At, now), x.Asset})
	}
	for _, x := range l.Signals {
		signals = append(signals, signalView{x.Type, age(x.At, now), x.By})
	}
	for _, x := range l.Touchpoints {
		touches = append(touches, touchView{x.Type, age(x.At, now), x.Owner, x.Asset})
	}
	e["events"], e["signals"], e["touchpoints"], e["referred_days"] = events, signals, touches, age(l.ReferredOn.Time(), now)
	e["event_types"], e["assets"] = ev.kinds, ev.assets // distinct, of the model's; distinct, touched
	e["live_signals"], e["buying_signals"] = ev.signals, ev.buying
	e["score"] = map[string]int{"total": s.Total, "icp": s.ICP, "intent": s.Intent}
}
