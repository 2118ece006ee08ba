package score

import (
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// environment is what a condition may name (docs/scoring.md lists it).
// The names with a space are ours: no condition can write them.
type environment struct {
	// The lead, as sent; what was not sent is empty.
	Source       string            `expr:"source"`
	Product      string            `expr:"product"`
	UseCase      string            `expr:"use_case"`
	UseCaseWords int               `expr:"use_case_words"`
	Notes        string            `expr:"notes"`
	Locale       string            `expr:"locale"`
	LandingURL   string            `expr:"landing_url"`
	Referrer     string            `expr:"referrer"`
	Partner      partnerView       `expr:"partner"`
	Contact      contactView       `expr:"contact"`
	Company      companyView       `expr:"company"`
	UTM          utmView           `expr:"utm"`
	CRM          map[string]string `expr:"crm"`

	// Facts that are verified or given.
	LegalName       string   `expr:"legal_name"`
	Industry        string   `expr:"industry"`
	Employees       int      `expr:"employees"`     // the lower end of a range
	EmployeesMax    int      `expr:"employees_max"` // the upper end; unknown for "500+"
	HQCountry       string   `expr:"hq_country"`
	HQCity          string   `expr:"hq_city"`
	FoundedYear     int      `expr:"founded_year"`
	Revenue         int      `expr:"revenue"`
	RevenueCurrency string   `expr:"revenue_currency"`
	BusinessModel   string   `expr:"business_model"`
	Technologies    []string `expr:"technologies"`
	Description     string   `expr:"description"`

	// How far each fact may be trusted: verified, given, unverified, conflicting, or empty.
	Status statusView `expr:"status"`

	// What the lead did; for disqualification alone.
	ReferredDays  int          `expr:"referred_days"`
	Events        []eventView  `expr:"events"`
	Signals       []signalView `expr:"signals"`
	Touchpoints   []touchView  `expr:"touchpoints"`
	EventTypes    int          `expr:"event_types"` // distinct, of the model's
	Assets        int          `expr:"assets"`      // distinct, touched
	LiveSignals   []string     `expr:"live_signals"`
	BuyingSignals []string     `expr:"buying_signals"`
	Score         scoreView    `expr:"score"`

	Settled bool `expr:"facts settled"`

	KnowsLegalName       bool `expr:"known legal_name"`
	KnowsIndustry        bool `expr:"known industry"`
	KnowsEmployees       bool `expr:"known employees"`
	KnowsEmployeesMax    bool `expr:"known employees_max"`
	KnowsHQCountry       bool `expr:"known hq_country"`
	KnowsHQCity          bool `expr:"known hq_city"`
	KnowsFoundedYear     bool `expr:"known founded_year"`
	KnowsRevenue         bool `expr:"known revenue"`
	KnowsRevenueCurrency bool `expr:"known revenue_currency"`
	KnowsBusinessModel   bool `expr:"known business_model"`
	KnowsTechnologies    bool `expr:"known technologies"`
	KnowsDescription     bool `expr:"known description"`
}

type (
	partnerView struct {
		ID      string `expr:"id"`
		Tier    string `expr:"tier"`
		Contact string `expr:"contact"`
	}
	contactView struct {
		Email string `expr:"email"`
		Name  string `expr:"name"`
		Title string `expr:"title"`
	}
	companyView struct {
		Name    string `expr:"name"`
		Domain  string `expr:"domain"`
		Website string `expr:"website"`
	}
	utmView struct {
		Source   string `expr:"source"`
		Medium   string `expr:"medium"`
		Campaign string `expr:"campaign"`
		Term     string `expr:"term"`
		Content  string `expr:"content"`
	}
	statusView struct {
		LegalName     string `expr:"legal_name"`
		Industry      string `expr:"industry"`
		Employees     string `expr:"employees"`
		HQCountry     string `expr:"hq_country"`
		HQCity        string `expr:"hq_city"`
		FoundedYear   string `expr:"founded_year"`
		Revenue       string `expr:"revenue"`
		BusinessModel string `expr:"business_model"`
		Technology    string `expr:"technology"`
		Description   string `expr:"description"`
	}
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
	scoreView struct {
		Total  int `expr:"total"`
		ICP    int `expr:"icp"`
		Intent int `expr:"intent"`
	}
)

// factOf names the fact behind each name of the environment that is one.
var factOf = map[string]lead.Field{
	"legal_name": lead.LegalName, "industry": lead.Industry, "employees": lead.Employees, "employees_max": lead.Employees,
	"hq_country": lead.HQCountry, "hq_city": lead.HQCity, "founded_year": lead.FoundedYear, "revenue": lead.Revenue,
	"revenue_currency": lead.Revenue, "business_model": lead.BusinessModel, "technologies": lead.Technology, "description": lead.Description,
}

// behaviour names what a disqualification rule may look at and an ICP criterion
// may not: fit must not move with time or with what the lead did.
var behaviour = []string{"referred_days", "events", "signals", "touchpoints", "event_types", "assets", "live_signals", "buying_signals", "score"}

// names are the environment's own names, with their types; those of ours are left out.
func names(t reflect.Type) map[string]reflect.Type {
	out := map[string]reflect.Type{}
	for f := range t.Fields() {
		if name := f.Tag.Get("expr"); !strings.Contains(name, " ") {
			out[name] = f.Type
		}
	}
	return out
}

// newEnvironment has the lead and its facts.
func (m *Model) newEnvironment(l *lead.Lead) *environment {
	e := &environment{
		Source: string(l.Source), Product: l.Product, UseCase: l.UseCase, UseCaseWords: wordCount(l.UseCase), Notes: l.Notes, Locale: l.Locale,
		LandingURL: l.LandingURL, Referrer: l.Referrer,
		Partner: partnerView(l.Partner), Contact: contactView(l.Contact),
		Company: companyView{l.Company.Name, l.Company.Domain, l.Company.Website},
		UTM:     utmView(l.UTM), CRM: crmView(l),
		Settled: l.Enrichment.State != lead.EnrichmentPending && l.Enrichment.State != lead.EnrichmentFailed,
	}
	for _, f := range l.Facts {
		e.learn(f)
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

func (e *environment) learn(f lead.Fact) {
	text := func(into *string, known *bool, status *string) {
		*status = better(*status, f.Status)
		if f.Earns() && !*known {
			*into, *known = f.Value, true
		}
	}
	number := func(into *int, known *bool, n int, ok bool) {
		if f.Earns() && !*known && ok {
			*into, *known = n, true
		}
	}
	s := &e.Status
	switch f.Field {
	case lead.LegalName:
		text(&e.LegalName, &e.KnowsLegalName, &s.LegalName)
	case lead.Industry:
		text(&e.Industry, &e.KnowsIndustry, &s.Industry)
	case lead.HQCountry:
		text(&e.HQCountry, &e.KnowsHQCountry, &s.HQCountry)
	case lead.HQCity:
		text(&e.HQCity, &e.KnowsHQCity, &s.HQCity)
	case lead.BusinessModel:
		text(&e.BusinessModel, &e.KnowsBusinessModel, &s.BusinessModel)
	case lead.Description:
		text(&e.Description, &e.KnowsDescription, &s.Description)
	case lead.Employees:
		s.Employees = better(s.Employees, f.Status)
		if h, err := headcountOf(f.Value); err == nil && !e.KnowsEmployees {
			number(&e.Employees, &e.KnowsEmployees, h.Min, true)
			number(&e.EmployeesMax, &e.KnowsEmployeesMax, h.Max, h.Max > 0)
		}
	case lead.FoundedYear:
		s.FoundedYear = better(s.FoundedYear, f.Status)
		year, err := strconv.Atoi(f.Value)
		number(&e.FoundedYear, &e.KnowsFoundedYear, year, err == nil)
	case lead.Revenue:
		s.Revenue = better(s.Revenue, f.Status)
		if money, err := company.ParseMoney(f.Value); err == nil && f.Earns() && !e.KnowsRevenue {
			e.Revenue, e.KnowsRevenue = int(money.Amount), true
			e.RevenueCurrency, e.KnowsRevenueCurrency = money.Currency, money.Currency != ""
		}
	case lead.Technology:
		s.Technology = better(s.Technology, f.Status)
		if f.Earns() {
			e.Technologies, e.KnowsTechnologies = append(e.Technologies, f.Value), true
		}
	}
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

// behave adds what the lead did and the score so far.
func (e *environment) behave(l *lead.Lead, ev evidence, s *lead.Score, now time.Time) {
	e.ReferredDays = age(l.ReferredOn.Time(), now)
	e.Events = make([]eventView, 0, len(l.Events))
	for _, x := range l.Events {
		e.Events = append(e.Events, eventView{x.Type, age(x.At, now), x.Asset})
	}
	for _, x := range l.Signals {
		e.Signals = append(e.Signals, signalView{x.Type, age(x.At, now), x.By})
	}
	for _, x := range l.Touchpoints {
		e.Touchpoints = append(e.Touchpoints, touchView{x.Type, age(x.At, now), x.Owner, x.Asset})
	}
	e.EventTypes, e.Assets = ev.triggers, ev.assets
	e.LiveSignals, e.BuyingSignals = ev.signals, ev.buying
	e.Score = scoreView{s.Total, s.ICP, s.Intent}
}
