package lead

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
)

// Fields lists every field the model may record, in the contract's order.
var Fields = []Field{LegalName, Industry, Employees, HQCountry, HQCity, FoundedYear, Revenue, BusinessModel, Technology, UseCase, Description}

// FactStatus says how far a fact may be trusted. Only Verified and Given earn points.
type FactStatus string

const (
	// Verified: the quote stands in the page and bears the value.
	Verified FactStatus = "verified"
	// Unverified: shown as such, earns nothing.
	Unverified FactStatus = "unverified"
	// Given: the automation sent it, or a reviewer wrote it.
	Given FactStatus = "given"
	// Conflicting: two sources disagree; both are shown, neither earns.
	Conflicting FactStatus = "conflicting"
)

// FactStatuses lists every FactStatus, in the contract's order.
var FactStatuses = []FactStatus{Verified, Unverified, Given, Conflicting}

// Fact is one thing said about a company, in normal form.
type Fact struct {
	Field      Field      `json:"field"`
	Value      string     `json:"value"`
	Status     FactStatus `json:"status"`
	Confidence float64    `json:"confidence"` // 0 to 1
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
