package intake

import (
	"maps"
	"reflect"

	"github.com/danielgtaylor/huma/v2"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// The types below are what may be sent, as the OpenAPI document shows it. They are
// never decoded into: form reads bodies, and a test holds the two together.

type newLead struct {
	Partner     newPartner        `json:"partner" doc:"The company that sent the lead."`
	ReferredOn  string            `json:"referred_on" format:"date" doc:"The day of the referral; not after today anywhere on Earth (UTC+14)."`
	Source      string            `json:"source,omitempty" doc:"How the lead came in. Left out: the source of the API key, else what the links say: ai_citation, website for the partner direct, else backlink; the record then has the flag source_inferred."`
	Product     string            `json:"product,omitempty" maxLength:"200"`
	Contact     newContact        `json:"contact,omitempty" doc:"The person. contact.email or company.domain is required."`
	Company     newCompany        `json:"company,omitempty" doc:"What you know about the company. It becomes given facts of this lead."`
	UTM         newUTM            `json:"utm,omitempty" doc:"The campaign parameters the lead arrived with."`
	LandingURL  string            `json:"landing_url,omitempty" maxLength:"2048" format:"uri"`
	Referrer    string            `json:"referrer,omitempty" maxLength:"2048"`
	Touchpoints []newTouchpoint   `json:"touchpoints,omitempty" maxItems:"200" doc:"Dated contacts with an owned or a partner asset."`
	Events      []newEvent        `json:"events,omitempty" maxItems:"200" doc:"Buying behaviours with their times."`
	Signals     []newSignal       `json:"signals,omitempty" maxItems:"200" doc:"Proofs that the partner relation is real."`
	UseCase     string            `json:"use_case,omitempty" maxLength:"2000" doc:"What the lead says it wants to do; three words or more count."`
	Notes       string            `json:"notes,omitempty" maxLength:"10000"`
	CRM         map[string]string `json:"crm,omitempty" maxProperties:"20" doc:"Ids of other systems, such as hubspot_contact_id; texts or numbers."`
	GAClientID  string            `json:"ga_client_id,omitempty" maxLength:"100" doc:"Google Analytics' id of the browser."`
	Consent     newConsent        `json:"consent,omitempty" doc:"What the person allows. The newest word stands, whoever sends it."`
	Locale      string            `json:"locale,omitempty" maxLength:"35" doc:"BCP 47, such as it-IT."`
}

type newConsent struct {
	Basis            string `json:"basis,omitempty" maxLength:"100" doc:"The legal basis, such as consent, contract or legitimate_interests."`
	PartnerMayBeTold bool   `json:"partner_may_be_told,omitempty" doc:"Whether the partner may hear what becomes of the lead; left out: no."`
	At               string `json:"at,omitempty" doc:"When it was given or withdrawn, a day or RFC 3339. Left out: a yes is as old as the referral, a no is of now."`
}

type newPartner struct {
	ID      string `json:"id" maxLength:"100" pattern:"^[A-Za-z0-9._-]+$" doc:"The partner's id; direct is reserved for leads that no partner sent."`
	Tier    string `json:"tier" maxLength:"100" doc:"The programme tier the partner is in; none for direct."`
	Contact string `json:"contact,omitempty" maxLength:"10000" doc:"Who at the partner gave the lead."`
}

type newContact struct {
	Email string `json:"email,omitempty" maxLength:"254" format:"email" doc:"A bare address. One at a free-mail or throw-away host is taken, and names no company."`
	Name  string `json:"name,omitempty" maxLength:"10000"`
	Title string `json:"title,omitempty" maxLength:"10000"`
}

type newCompany struct {
	Name         string   `json:"name,omitempty" maxLength:"10000"`
	Domain       string   `json:"domain,omitempty" doc:"A domain, a host or a web address; the registrable domain is kept. A mail provider or a platform names no company. company.website alone is not enough."`
	Website      string   `json:"website,omitempty" maxLength:"2048" format:"uri"`
	Employees    any      `json:"employees,omitempty"`
	Industry     string   `json:"industry,omitempty" doc:"A slug of the list, its name in English, Italian or German, or a NAICS 2022 code."`
	Country      string   `json:"country,omitempty" doc:"ISO 3166-1 code, or the country's name."`
	Technologies []string `json:"technologies,omitempty" maxItems:"50"`
}

type newUTM struct {
	Source   string `json:"source,omitempty" maxLength:"200"`
	Medium   string `json:"medium,omitempty" maxLength:"200"`
	Campaign string `json:"campaign,omitempty" maxLength:"200"`
	Term     string `json:"term,omitempty" maxLength:"200"`
	Content  string `json:"content,omitempty" maxLength:"200"`
}

type newTouchpoint struct {
	Type  string `json:"type" maxLength:"100" doc:"What kind of contact it was, such as webinar."`
	Owner string `json:"owner,omitempty" enum:"owned,partner"`
	Asset string `json:"asset,omitempty" maxLength:"2048" doc:"A web address or a name."`
	At    string `json:"at" format:"date-time"`
	UTM   newUTM `json:"utm,omitempty"`
}

type newEvent struct {
	Type  string `json:"type"`
	At    string `json:"at" format:"date-time" doc:"RFC 3339; at most a day in the future."`
	Asset string `json:"asset,omitempty" maxLength:"2048"`
}

type newSignal struct {
	Type string `json:"type"`
	At   string `json:"at" format:"date-time" doc:"RFC 3339; at most a day in the future."`
	By   string `json:"by,omitempty" maxLength:"200" doc:"Who gave it."`
}

type newAddition struct {
	Events  []newEvent  `json:"events,omitempty" maxItems:"200"`
	Signals []newSignal `json:"signals,omitempty" maxItems:"200"`
}

type newDecision struct {
	Decision string `json:"decision" enum:"approve,reject,revoke"`
	Reason   string `json:"reason,omitempty" maxLength:"200" doc:"Required to reject: one of review.reject_reasons; required to revoke: in words."`
	Note     string `json:"note,omitempty" maxLength:"2000" doc:"Required with the reason other."`
}

type newOutcome struct {
	Type   string   `json:"type"`
	At     string   `json:"at" doc:"When it happened, RFC 3339 or a day; not in the future. The newest stands, in whatever order they come."`
	Amount newMoney `json:"amount,omitempty" doc:"Of the deal."`
	ARR    newMoney `json:"arr,omitempty" doc:"Annual recurring revenue."`
	Reason string   `json:"reason,omitempty" maxLength:"2000" doc:"Required with not_accepted."`
	DealID string   `json:"deal_id,omitempty" maxLength:"200" doc:"One deal is counted once, however many leads name it."`
	ID     string   `json:"id,omitempty" maxLength:"200" doc:"The same id again is the same outcome. Left out: the same words are."`
}

// namedOutcome is a newOutcome with the lead that it is of.
type namedOutcome struct {
	LeadID  string `json:"lead_id,omitempty" doc:"The lead; or email or domain with partner."`
	Email   string `json:"email,omitempty"`
	Domain  string `json:"domain,omitempty"`
	Partner string `json:"partner,omitempty"`
}

type newMoney struct {
	Value    string `json:"value" pattern:"^[0-9]{1,12}([.][0-9]+)?$" doc:"With a point and without separators; a number is taken, too."`
	Currency string `json:"currency" doc:"ISO 4217."`
}

// schemas registers what is sent and what is answered, and fills in the lists
// that the rules and the domain know.
func (a *API) schemas() {
	schema[newLead](a)
	schema[newAddition](a)
	schema[newDecision](a)
	schema[newOutcome](a)
	schema[namedOutcome](a)
	schema[lead.Record](a)
	schema[lead.OwnRecord](a)
	schema[lineResult](a)
	schema[leadPage](a)
	schema[elementResult](a)
	known := a.doc.OpenAPI().Components.Schemas.Map()
	known["NewLead"].Properties["source"].Enum = enum(lead.Sources)
	known["NewEvent"].Properties["type"].Enum = enum(a.opts.Rules.events())
	known["NewSignal"].Properties["type"].Enum = enum(lead.SignalTypes)
	known["NewOutcome"].Properties["type"].Enum = enum(lead.OutcomeTypes)
	maps.Copy(known["NamedOutcome"].Properties, known["NewOutcome"].Properties)
	known["Money"].Properties = map[string]*huma.Schema{"value": {Type: huma.TypeString}, "currency": {Type: huma.TypeString}}
	known["Money"].Required = []string{"value", "currency"}
	known["Record"].Properties["stage"].Enum = enum(lead.Stages)
	known["LeadPage"].Properties["leads"].Items = either(schema[lead.Record](a), schema[lead.OwnRecord](a), schema[lead.Unreadable](a))
	industry := known["NewCompany"].Properties["industry"]
	industry.Description += " The list: " + lead.Join(company.IndustrySlugs(), ", ", "") + "."
	for _, name := range []string{"NewCompany", "Company"} {
		known[name].Properties["employees"] = &huma.Schema{Description: "A number, MIN-MAX or MIN+, such as 250, 51-200 or 500+.",
			OneOf: []*huma.Schema{{Type: huma.TypeInteger}, {Type: huma.TypeString}}}
	}
	known["NewLead"].Properties["crm"].AdditionalProperties = &huma.Schema{OneOf: []*huma.Schema{{Type: huma.TypeString}, {Type: huma.TypeNumber}}}
	known["LineResult"].Required = []string{"line", "status"} // id, stage and duplicate come with what was taken
	known["ElementResult"].Required = []string{"element", "status"}
	for _, name := range []string{"score", "review"} { // null until there is one
		ref := known["Record"].Properties[name]
		known["Record"].Properties[name] = &huma.Schema{OneOf: []*huma.Schema{ref, {Type: "null"}}}
	}
	known["Line"].Properties["reason"] = &huma.Schema{Type: huma.TypeString} // a record has it in words
	known["Entry"].Properties["detail"] = known["Line"].Properties["reason"]
	delete(known, "Said")
	delete(known["Reason"].Properties, "of") // of scores alone
	for _, name := range []string{"as_of", "reason"} {
		of := known["Fact"].Properties[name]
		known["Fact"].Properties[name] = &huma.Schema{OneOf: []*huma.Schema{of, {Type: "null"}}}
	}
}

func enum[S ~string](words []S) (texts []any) {
	for _, w := range words {
		texts = append(texts, string(w))
	}
	return texts
}

// schema returns a reference to T in the document.
func schema[T any](a *API) *huma.Schema {
	return a.doc.OpenAPI().Components.Schemas.Schema(reflect.TypeFor[T](), true, "")
}
