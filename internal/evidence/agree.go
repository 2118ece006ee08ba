package evidence

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// subjects are whom or what a quote may speak of, by field (CONTRACT "read_quotes"):
// first those that count, then those that do not.
var subjects = map[lead.Field]struct{ count, others string }{
	lead.Employees:     {"whole_company", "part_of_company group_or_parent branch_or_site change customers jobs_offered other_company other"},
	lead.Revenue:       {"whole_company", "part_of_company group_or_parent change investment other_company other"},
	lead.FoundedYear:   {"founding incorporation", "predecessor_or_merger other_company other"},
	lead.HQCountry:     {"head_office registered_address", "founding_place branch_or_site market other_company other"},
	lead.HQCity:        {"head_office registered_address", "founding_place branch_or_site market other_company other"},
	lead.Technology:    {"company_uses", "integrates_or_sells customers other"},
	lead.Industry:      {"this_company", "customers other_company other"},
	lead.LegalName:     {"this_company", "other_company other"},
	lead.CompanyStatus: {"this_company", "other_company other"},
}

// ReadTwice lists the fields that are read a second time, in the order in which they
// are asked about: what earns first, technologies last.
var ReadTwice = []lead.Field{lead.Employees, lead.Industry, lead.HQCountry, lead.HQCity, lead.CompanyStatus,
	lead.FoundedYear, lead.Revenue, lead.LegalName, lead.Technology}

// whens are the times that a quote may speak of.
var whens = []string{"now", "dated", "past", "planned", "none"}

// Agrees compares a claimed value, in normal form, with the reading of its quote by
// somebody who did not know it. refused is nil where they agree; agreed is then the
// value, in the more careful of both forms: "500+" where one of them has "500".
func Agrees(field lead.Field, value string, r Reading) (agreed string, refused *lead.Reason) {
	counts := slices.Contains(strings.Fields(subjects[field].count), r.Of)
	switch {
	case !counts && !slices.Contains(strings.Fields(subjects[field].others), r.Of) || !slices.Contains(whens, r.When):
		return value, lead.NewReason(lead.ReadAsOtherSubject, "unclear")
	case !counts:
		return value, lead.NewReason(lead.ReadAsOtherSubject, r.Of)
	case (r.When == "past" || r.When == "planned") && field != lead.FoundedYear && field != lead.CompanyStatus:
		return value, lead.NewReason(lead.ReadAsPast, r.When)
	}
	var read []string
	for _, v := range r.Values {
		if v, ok := Normal(field, v); ok && !slices.Contains(read, v) {
			read = append(read, v)
		}
	}
	if field == lead.Employees && len(read) > 1 { // which of them is the company's?
		return value, otherValue(read, value)
	}
	for _, v := range read {
		if same, ok := equal(field, value, v); ok {
			return same, nil
		}
	}
	return value, otherValue(read, value)
}

func otherValue(read []string, value string) *lead.Reason {
	return lead.NewReason(lead.ReadAsOtherValue, Cut(strings.Join(read, ", "), maxShort), value)
}

// equal compares two values of a field in normal form.
func equal(field lead.Field, a, b string) (string, bool) {
	switch field {
	case lead.Employees:
		x, errX := company.ParseHeadcount(a)
		y, errY := company.ParseHeadcount(b)
		if errX != nil || errY != nil || x.Min != y.Min {
			return a, false
		}
		switch {
		case x == y, x.Max == 0 && y.Min == y.Max:
			return a, true
		case y.Max == 0 && x.Min == x.Max:
			return b, true
		}
		return a, false
	case lead.Revenue:
		x, errX := company.ParseMoney(a)
		y, errY := company.ParseMoney(b)
		if errX != nil || errY != nil || x.Amount != y.Amount || x.Currency != y.Currency || x.Year != y.Year && x.Year*y.Year != 0 {
			return a, false
		}
		return a, true
	case lead.HQCity:
		return a, a == b || SamePlace(a, b) || company.Same(field, a, b)
	}
	return a, company.Same(field, a, b) || field == lead.LegalName && company.Agree(field, a, b)
}

var year = regexp.MustCompile(`(?:^|[^0-9.,])((?:19|20)[0-9]{2})(?:$|[^0-9.,]|[.,](?:$|[^0-9]))`)

// AsOf is the year that a figure is of: a revenue's own, or the one year that the
// quote names where its reader says that it is dated; 0 where there is none.
func AsOf(value, quote string, r Reading) (found int) {
	if m, err := company.ParseMoney(value); err == nil {
		return m.Year
	}
	if r.When != "dated" {
		return 0
	}
	for _, m := range year.FindAllStringSubmatch(quote, -1) {
		n, _ := strconv.Atoi(m[1])
		if found != 0 && found != n {
			return 0
		}
		found = n
	}
	return found
}

// Limits of values, in runes.
const (
	maxShort = 120 // names, places, technologies
	maxProse = 500 // description, business model, use case
)

// unknowns are what programs write instead of leaving a value out.
var unknowns = []string{"unknown", "n/a", "na", "none", "null", "not stated", "not specified", "not available", "-", "?"}

// statuses are the values of company_status.
var statuses = []string{"closed", "acquired", "insolvent"}

// NormalOn is Normal on a day: a company that is still to be founded has no year.
func NormalOn(now time.Time, field lead.Field, value string) (normal string, ok bool) {
	normal, ok = Normal(field, value)
	return normal, ok && (field != lead.FoundedYear || normal <= strconv.Itoa(now.UTC().Year()))
}

// Normal brings a value into the form of its field (CONTRACT "A lead, as read"); ok is
// false where it has none.
func Normal(field lead.Field, value string) (normal string, ok bool) {
	value = OneLine(value)
	if value == "" || slices.Contains(unknowns, strings.ToLower(value)) {
		return "", false
	}
	switch field {
	case lead.Industry:
		return company.Industry(value)
	case lead.HQCountry:
		return company.Country(value)
	case lead.Employees:
		n, err := company.ParseHeadcount(value)
		return n.String(), err == nil
	case lead.FoundedYear:
		n, err := strconv.Atoi(value)
		return strconv.Itoa(n), err == nil && n >= 1000 && n < 2200
	case lead.Revenue:
		m, err := company.ParseMoney(value)
		return m.String(), err == nil
	case lead.CompanyStatus:
		value = strings.ToLower(value)
		return value, slices.Contains(statuses, value)
	case lead.Technology:
		value = company.Technology(value)
	case lead.HQCity: // "Naperville, Illinois": the state is none of the city
		value, _, _ = strings.Cut(value, ",")
		value = strings.TrimSpace(value)
	case lead.BusinessModel, lead.UseCase, lead.Description:
		return Cut(value, maxProse), true
	case lead.LegalName:
	default:
		return "", false
	}
	return value, value != "" && utf8.RuneCountInString(value) <= maxShort
}
