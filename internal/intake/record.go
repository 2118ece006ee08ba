package intake

import (
	"encoding/json"
	"time"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// ParseRecord reads a lead with its facts, as the API shows one or as somebody
// wrote it by hand: what ParseLead reads, in the same normal form, and facts. It
// is no arrival, so it may lack what a lead must carry, and name events of
// another model. Its further members are returned as they are.
func ParseRecord(raw []byte) (l lead.Lead, further map[string]json.RawMessage, faults Faults) {
	f, ok := parseBody(raw, &faults)
	if !ok {
		return l, nil, faults
	}
	f.recorded = true
	l.Submission, _, _ = readSubmission(f, Rules{}, time.Time{})
	f.each("facts", 0, func(e *form) { l.Facts = append(l.Facts, readFact(e)) })
	further = f.sent
	for _, name := range f.known {
		delete(further, name)
	}
	return l, further, faults
}

func readFact(f *form) lead.Fact {
	fact := lead.Fact{
		Field:  lead.Field(f.choice("field", texts(lead.Fields)...)),
		Status: lead.FactStatus(f.choice("status", texts(lead.FactStatuses)...)),
		By:     f.text("by"),
	}
	f.require("field", fact.Field != "", "what the fact is about, such as employees")
	f.require("status", fact.Status != "", "verified, unverified, given or conflicting")
	fact.Value = normal(fact.Field, readValue(f))
	f.require("value", fact.Value != "", "what the fact says, such as 250")
	if raw := f.take("confidence", "a number"); raw != nil {
		json.Unmarshal(raw, &fact.Confidence)
	}
	fact.Check, fact.Anchor = lead.Check(f.text("check")), lead.Anchor(f.text("anchor"))
	if raw := f.take("as_of", "a number"); raw != nil {
		json.Unmarshal(raw, &fact.AsOf)
	}
	if raw := f.take("reason", "an object"); raw != nil && json.Unmarshal(raw, &fact.Reason) != nil {
		f.fault("reason", "is not as a record has it: leave it out")
	}
	f.each("evidence", 0, func(e *form) {
		// Pages were quoted as they are, whatever letters they use.
		fact.Evidence = append(fact.Evidence, lead.Evidence{URL: e.text("url"), Quote: e.text("quote"), Value: e.text("value")})
	})
	return fact
}

func readValue(f *form) string {
	raw := f.take("value", "text", "a number")
	if raw == nil {
		return ""
	}
	if kind(raw) == "a number" {
		return string(raw)
	}
	return unquote(raw)
}

// normal is the value in the normal form of its field where it has one.
func normal(field lead.Field, value string) string {
	other, ok := value, true
	switch field {
	case lead.Industry:
		other, ok = company.Industry(value)
	case lead.HQCountry:
		other, ok = company.Country(value)
	case lead.Technology:
		other = company.Technology(value)
	case lead.Employees:
		n, err := company.ParseHeadcount(value)
		other, ok = n.String(), err == nil
	}
	if !ok {
		return value
	}
	return other
}
