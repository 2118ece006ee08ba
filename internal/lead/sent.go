package lead

import "strings"

// SentFields are the single fields of a lead as sent, by their dotted names. An id
// of another system comes beside them as crm.NAME.
var SentFields = []string{
	"partner.id", "partner.tier", "partner.contact", "referred_on", "source", "product",
	"contact.email", "contact.name", "contact.title",
	"company.name", "company.domain", "company.website", "company.employees", "company.industry", "company.country", "company.technologies",
	"utm.source", "utm.medium", "utm.campaign", "utm.term", "utm.content",
	"landing_url", "referrer", "use_case", "notes", "locale",
}

// SentLists are the lists of a lead as sent, whose items have fields of their own.
var SentLists = []string{"touchpoints", "events", "signals"}

// SentMany is the one of SentFields that takes several values.
const SentMany = "company.technologies"

// SentTime reports whether a field, of a lead or of an item of its lists, is a time.
func SentTime(name string) bool { return name == "referred_on" || name == "at" }

// CRMField reports whether the name is that of an id of another system, as crm.NAME.
func CRMField(name string) bool {
	id, ok := strings.CutPrefix(name, "crm.")
	return ok && strings.TrimSpace(id) != ""
}
