package eval

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strconv"

	"leadtriage/internal/company"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

// Truth is what the pages state, by field. A field that is not in it is not
// judged.
type Truth map[lead.Field]Accepted

// Accepted are the values that are right: any one of them, or for technology
// each of them. None at all (null in the file) means that the pages do not say:
// whatever is verified then is unsupported.
type Accepted struct {
	Values []string
	stated []evidence.Sentence // the same with quote and reading, where the file has them
}

// UnmarshalJSON reads a value, a list of values, or null; a number will do for
// founded_year and employees. A value may be an object with its quote and how a
// careful reader reads it: {"value": …, "quote": …, "reading": …}.
func (a *Accepted) UnmarshalJSON(text []byte) error {
	*a = Accepted{}
	var list []json.RawMessage
	switch {
	case string(text) == "null":
		return nil
	case json.Unmarshal(text, &list) != nil:
		list = []json.RawMessage{text}
	case len(list) == 0:
		return errors.New("an empty list: write null where the pages do not say")
	}
	for _, item := range list {
		if err := a.one(item); err != nil {
			return err
		}
	}
	return nil
}

func (a *Accepted) one(item json.RawMessage) error {
	var v any
	if err := json.Unmarshal(item, &v); err != nil {
		return err
	}
	switch v := v.(type) {
	case string:
		a.Values = append(a.Values, v)
	case float64:
		a.Values = append(a.Values, strconv.FormatFloat(v, 'f', -1, 64))
	case map[string]any:
		var s struct {
			Value   Accepted         `json:"value"`
			Quote   string           `json:"quote"`
			Reading evidence.Reading `json:"reading"`
		}
		strict := json.NewDecoder(bytes.NewReader(item))
		strict.DisallowUnknownFields()
		if err := strict.Decode(&s); err != nil || len(s.Value.Values) == 0 || s.Quote == "" {
			return fmt.Errorf("%s is no value: write text, or {\"value\", \"quote\", \"reading\"}", item)
		}
		a.Values = append(a.Values, s.Value.Values...)
		a.stated = append(a.stated, evidence.Sentence{Value: s.Value.Values[0], Quote: s.Quote, Reading: s.Reading})
	default:
		return fmt.Errorf("%v is no value: write text, a list of texts, or null", v)
	}
	return nil
}

// Trap is what a careless reader would take for a fact: in words, or as a claim with
// its quote and how a careful reader reads it.
type Trap struct {
	evidence.Sentence
	Why string `json:"why,omitempty"`
}

// UnmarshalJSON reads a text, or a labelled claim.
func (t *Trap) UnmarshalJSON(text []byte) error {
	*t = Trap{}
	if json.Unmarshal(text, &t.Why) == nil {
		return nil
	}
	type plain Trap
	strict := json.NewDecoder(bytes.NewReader(text))
	strict.DisallowUnknownFields()
	if err := strict.Decode((*plain)(t)); err != nil || t.Quote == "" || !slices.Contains(lead.Fields, t.Field) {
		return fmt.Errorf("%s is no trap: write text, or {\"field\", \"value\", \"quote\", \"reading\"}", text)
	}
	return nil
}

// normal brings the accepted values of a field into its normal form.
func normal(field lead.Field, accepted []string) ([]string, error) {
	var out []string
	for _, value := range accepted {
		n, err := normalValue(field, value)
		if err != nil {
			return nil, err
		}
		out = append(out, n)
	}
	return out, nil
}

func normalValue(field lead.Field, value string) (normal string, err error) {
	normal, ok := evidence.Normal(field, value)
	switch {
	case slices.Contains([]lead.Field{lead.BusinessModel, lead.UseCase, lead.Description}, field):
		return "", errors.New("two wordings cannot be compared: leave it out, or write null where the pages do not say")
	case value == "":
		return "", errors.New("an empty value: write null where the pages do not say")
	case ok:
		return normal, nil
	case field == lead.Employees:
		_, err = company.ParseHeadcount(value)
	case field == lead.Revenue:
		_, err = company.ParseMoney(value)
	case field == lead.FoundedYear:
		err = fmt.Errorf("%s is not from 1000 to 2199", value)
	}
	return "", cmp.Or(err, fmt.Errorf("%q is not known", value))
}

// right reports whether a found value is one of the accepted.
func (a Accepted) right(field lead.Field, found string) bool {
	return slices.ContainsFunc(a.Values, func(v string) bool { return equal(field, v, found) })
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
