package page

import (
	"encoding/json"
	"net/http"
	"regexp"
	"slices"
	"time"

	"leadtriage/internal/lead"
)

// Statement is what a page's markup states to programs: no visitor sees it.
// Value is as it stands there; its normal form is the reader's business.
type Statement struct {
	Field lead.Field
	Value string // "180", "51-200", "NL", "2008-03-01", "HubSpot"
	Quote string // the exact snippet as one line, masked: `"numberOfEmployees": 180`, a script's address
	By    string // ByJSONLD, ByFingerprint or ByMeta
}

// Who states it, with the version of the rules that read it.
const (
	ByJSONLD      = "json-ld@1"
	ByFingerprint = "fingerprint@1"
	ByMeta        = "meta@1"
)

const (
	maxQuoteRunes = 300 // a longer snippet is no evidence that a person reads
	maxStated     = 60  // of one page
	maxSiteRunes  = 120
)

// statements returns what the page states of the company with that registrable
// domain, and what it calls its site; no statement, and whom it names, where it
// says that it is another company's.
func (s *survey) statements(domain string, header http.Header, now time.Time) (stated []Statement, site, claims string) {
	orgs := organizations(s.blocks)
	own, ok := s.ownOrganization(domain, orgs)
	site = clamp(Mask(s.called(domain, oneLine(own.text("name")))), maxSiteRunes)
	if other := s.claims(domain, orgs); other != "" {
		return nil, site, other
	}
	if ok {
		stated = append(stated, own.statements(now)...)
	}
	s.header = header
	stated = append(stated, s.technologies(domain)...)
	if s.description != "" && s.isRoot(s.at.Path) {
		stated = append(stated, Statement{lead.Description, s.description, s.description, ByMeta})
	}
	kept := stated[:0]
	for _, st := range stated {
		st.Value, st.Quote = Mask(oneLine(st.Value)), Mask(oneLine(st.Quote))
		if st.Value != "" && len(kept) < maxStated && clamp(st.Quote, maxQuoteRunes) == st.Quote {
			kept = append(kept, st)
		}
	}
	return kept, site, ""
}

// statements are the facts that the organisation states of itself. An end that is
// still to come is none.
func (o organization) statements(now time.Time) []Statement {
	var stated []Statement
	say := func(field lead.Field, value string, m member) {
		if value != "" {
			stated = append(stated, Statement{field, value, m.snippet, ByJSONLD})
		}
	}
	if m, ok := o.get("legalName"); ok && (o.text("name") == "" || resembles(m.text(), o.text("name")) || resembles(o.text("name"), m.text())) {
		say(lead.LegalName, m.text(), m)
	}
	if m, ok := o.get("numberOfEmployees"); ok {
		say(lead.Employees, headcount(m.raw), m)
	}
	if m, ok := o.get("foundingDate"); ok && isoDate.MatchString(m.text()) {
		say(lead.FoundedYear, m.text()[:4], m)
	}
	if m, ok := o.get("dissolutionDate"); ok && isoDate.MatchString(m.text()) && m.text() <= now.UTC().Format(time.DateOnly)[:len(m.text())] {
		say(lead.CompanyStatus, "closed", m)
	}
	if m, ok := o.get("naics"); ok && naics.MatchString(m.text()) {
		say(lead.Industry, m.text(), m)
	}
	if m, ok := o.get("address"); ok {
		stated = append(stated, addresses(m)...)
	}
	return stated
}

var (
	isoDate = regexp.MustCompile(`^[12][0-9]{3}(-[01][0-9](-[0-3][0-9])?)?$`)
	naics   = regexp.MustCompile(`^[0-9]{4,6}$`)
)

// headcount reads a number, a text, or a QuantitativeValue as text: "180",
// "51-200", "500+"; "" where it says nothing, or several things.
func headcount(raw json.RawMessage) string {
	if list := each(raw); len(list) != 1 {
		return ""
	} else if raw = list[0]; len(raw) == 0 || raw[0] != '{' {
		return member{raw: raw}.text()
	}
	o, ok := readObject(raw)
	if !ok || len(o.doubled) > 0 {
		return ""
	}
	value, low, high := o.text("value"), o.text("minValue"), o.text("maxValue")
	switch {
	case value != "" && low == "" && high == "":
		return value
	case value != "":
		return "" // which of them?
	case low != "" && high != "":
		return low + "-" + high
	case low != "":
		return low + "+"
	}
	return ""
}

// addresses are what the postal addresses have in common: their country, and,
// where there is one alone, its city.
func addresses(all member) []Statement {
	list := each(all.raw)
	var countries, cities []Statement
	for _, raw := range list {
		if len(raw) > 0 && raw[0] == '"' {
			if len(list) > 1 {
				return nil
			}
			return []Statement{{lead.HQCountry, all.text(), all.snippet, ByJSONLD}}
		}
		o, ok := readObject(raw)
		if !ok {
			return nil
		}
		country, ok := o.get("addressCountry")
		value := country.text()
		if ok && len(country.raw) > 0 && country.raw[0] == '{' {
			named, _ := readObject(country.raw)
			value = named.text("name")
		}
		if value == "" {
			return nil
		}
		countries = append(countries, Statement{lead.HQCountry, value, country.snippet, ByJSONLD})
		if city, ok := o.get("addressLocality"); ok && city.text() != "" {
			cities = append(cities, Statement{lead.HQCity, city.text(), city.snippet, ByJSONLD})
		}
	}
	if len(countries) == 0 || slices.ContainsFunc(countries, func(s Statement) bool { return s.Value != countries[0].Value }) {
		return nil
	}
	if len(countries) > 1 {
		cities = nil
	}
	return append(countries[:1], cities...)
}
