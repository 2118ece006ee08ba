package eval

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// Truth is what the pages state, by field. A field that is not in it is not
// judged.
type Truth map[lead.Field]Accepted

// Accepted are the values that are right: any one of them, or for technology
// each of them. None at all (null in the file) means that the pages do not say:
// whatever is verified then is unsupported.
type Accepted []string

// UnmarshalJSON reads a value, a list of values, or null; a number will do for
// founded_year and employees.
func (a *Accepted) UnmarshalJSON(text []byte) error {
	var v any
	if err := json.Unmarshal(text, &v); err != nil {
		return err
	}
	list, many := v.([]any)
	switch {
	case v == nil:
		*a = nil
		return nil
	case !many:
		list = []any{v}
	case len(list) == 0:
		return errors.New("an empty list: write null where the pages do not say")
	}
	*a = nil
	for _, item := range list {
		switch item := item.(type) {
		case string:
			*a = append(*a, item)
		case float64:
			*a = append(*a, strconv.FormatFloat(item, 'f', -1, 64))
		default:
			return fmt.Errorf("%v is no value: write text, a list of texts, or null", item)
		}
	}
	return nil
}

// normal brings the accepted values of a field into its normal form.
func normal(field lead.Field, accepted Accepted) (Accepted, error) {
	var out Accepted
	for _, value := range accepted {
		n, err := normalValue(field, value)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func normalValue(field lead.Field, value string) (string, error) {
	known := func(v string, ok bool) (string, error) {
		if !ok {
			return "", fmt.Errorf("%q is not known", value)
		}
		return v, nil
	}
	switch field {
	case lead.Industry:
		return known(company.Industry(value))
	case lead.HQCountry:
		return known(company.Country(value))
	case lead.Employees:
		n, err := company.ParseHeadcount(value)
		return n.String(), err
	case lead.Revenue:
		m, err := company.ParseMoney(value)
		return m.String(), err
	case lead.FoundedYear:
		year, err := strconv.Atoi(value)
		return value, errors.Join(err, within(year, 1000, 2199))
	case lead.Technology:
		return company.Technology(value), nil
	case lead.BusinessModel, lead.UseCase, lead.Description:
		return "", errors.New("two wordings cannot be compared: leave it out, or write null where the pages do not say")
	}
	if value == "" {
		return "", errors.New("an empty value: write null where the pages do not say")
	}
	return value, nil
}

func within(n, low, high int) error {
	if n < low || n > high {
		return fmt.Errorf("%d is not from %d to %d", n, low, high)
	}
	return nil
}

// right reports whether a found value is one of the accepted.
func (a Accepted) right(field lead.Field, found string) bool {
	return slices.ContainsFunc(a, func(v string) bool { return equal(field, v, found) })
}

// equal compares a true value with a found one, both in normal form:
//
//   - employees: two numbers are equal, ranges overlap. A number against an
//     open end ("over 500") is its lower end: any other number is about something else.
//   - revenue: the same amount and currency, and no two different years.
//   - legal_name, hq_city and technology: as company.Settle takes them for one
//     value: Milan and Milano, with the legal form and without.
//   - the rest: the same.
func equal(field lead.Field, truth, found string) bool {
	switch field {
	case lead.Employees:
		t, errT := company.ParseHeadcount(truth)
		f, errF := company.ParseHeadcount(found)
		return errT == nil && errF == nil && sameHeadcount(t, f)
	case lead.Revenue:
		t, errT := company.ParseMoney(truth)
		f, errF := company.ParseMoney(found)
		return errT == nil && errF == nil && t.Amount == f.Amount && t.Currency == f.Currency &&
			(t.Year == 0 || f.Year == 0 || t.Year == f.Year)
	case lead.LegalName, lead.HQCity, lead.Technology:
		settled := company.Settle([]lead.Fact{{Field: field, Value: truth}}, []lead.Fact{{Field: field, Value: found, Status: lead.Verified}})
		return len(settled) == 1 && settled[0].Status == lead.Verified
	}
	return truth == found
}

func sameHeadcount(a, b company.Headcount) bool {
	if a.Min > b.Min {
		a, b = b, a
	}
	open := a.Max == 0 && b.Min == b.Max || b.Max == 0 && a.Min == a.Max
	return a.Min == b.Min || !open && (a.Max == 0 || a.Max >= b.Min)
}
