package lead

import (
	"encoding/json"
	"strconv"
)

// Field names a firmographic (CONTRACT "Model functions").
type Field string

const (
	LegalName     Field = "legal_name"
	Industry      Field = "industry"       // slug of the contract's list
	Employees     Field = "employees"      // N, MIN-MAX or MIN+
	HQCountry     Field = "hq_country"     // ISO 3166-1 alpha-2
	HQCity        Field = "hq_city"        //
	FoundedYear   Field = "founded_year"   // YYYY
	Revenue       Field = "revenue"        // AMOUNT CURRENCY [YEAR]
	BusinessModel Field = "business_model" //
	Technology    Field = "technology"     // one fact per technology
	UseCase       Field = "use_case"       // shown, earns nothing
	Description   Field = "description"    //
	CompanyStatus Field = "company_status" // closed, acquired or insolvent; earns nothing
)

// Fields lists every field the model may record, in the contract's order.
var Fields = []Field{LegalName, Industry, Employees, HQCountry, HQCity, FoundedYear, Revenue, BusinessModel, Technology, UseCase, Description, CompanyStatus}

// FactStatus says how far a fact may be trusted. Only Verified and Given earn points.
type FactStatus string

const (
	// Verified: the quote stands in the page, the value is anchored in it and a second
	// reading agrees; or structured data or a provider states it.
	Verified FactStatus = "verified"
	// Unverified: shown as such with its Reason, earns nothing.
	Unverified FactStatus = "unverified"
	// Given: the automation sent it, or a reviewer wrote it.
	Given FactStatus = "given"
	// Conflicting: two sources disagree; both are shown, neither earns.
	Conflicting FactStatus = "conflicting"
)

// FactStatuses lists every FactStatus, in the contract's order.
var FactStatuses = []FactStatus{Verified, Unverified, Given, Conflicting}

// Check says how a fact was verified; "" where it was not.
type Check string

const (
	ByReading  Check = "reading"  // by two readings of a text
	ByMarkup   Check = "markup"   // structured data and fingerprints
	ByProvider Check = "provider" // a data provider's answer
)

// Anchor says what of a value stands in the quote (CONTRACT "What anchors").
type Anchor string

const (
	AnchorNumber Anchor = "number"
	AnchorName   Anchor = "name"
	AnchorPlace  Anchor = "place" // of a country: a place in it
	AnchorNone   Anchor = "none"  // the value rests on the two readings alone
)

// Fact is one thing said about a company, in normal form.
type Fact struct {
	Field      Field      `json:"field"`
	Value      string     `json:"value"`
	Status     FactStatus `json:"status"`
	Confidence float64    `json:"confidence"` // 0 to 1
	Check      Check      `json:"check,omitempty"`
	Anchor     Anchor     `json:"anchor,omitempty"` // of a fact that was read in a text
	AsOf       Year       `json:"as_of"`            // the year that it is of
	Reason     *Reason    `json:"reason"`           // why it is not verified; null where it is
	Evidence   []Evidence `json:"evidence"`
	By         string     `json:"by,omitempty"` // who found it: prompt version and model, or who gave it
}

// BySender is By of a fact that came with the lead.
const BySender = "given"

// Earns reports whether the fact may earn ICP points.
func (f Fact) Earns() bool { return f.Status == Verified || f.Status == Given }

// Evidence is where a fact stands. Value is set where several sources disagree,
// and says what this one states.
type Evidence struct {
	URL   string `json:"url"`
	Quote string `json:"quote"`
	Value string `json:"value,omitempty"`
}

// Year is a calendar year, null in JSON where there is none.
type Year int

func (y Year) MarshalJSON() ([]byte, error) {
	if y == 0 {
		return []byte("null"), nil
	}
	return strconv.AppendInt(nil, int64(y), 10), nil
}

// Headcount is how many people work at a company, in normal form: N, MIN-MAX or
// MIN+. N is a number in JSON, as automations send it.
type Headcount string

// MarshalJSON implements json.Marshaler.
func (h Headcount) MarshalJSON() ([]byte, error) {
	if n, err := strconv.ParseUint(string(h), 10, 64); err == nil {
		return strconv.AppendUint(nil, n, 10), nil
	}
	return json.Marshal(string(h))
}

// UnmarshalJSON implements json.Unmarshaler.
func (h *Headcount) UnmarshalJSON(raw []byte) error {
	if raw[0] == '"' || string(raw) == "null" {
		return json.Unmarshal(raw, (*string)(h))
	}
	var n json.Number
	if err := json.Unmarshal(raw, &n); err != nil {
		return err
	}
	*h = Headcount(n)
	return nil
}
