package enrich

import (
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode/utf8"

	"leadtriage/internal/company"
	"leadtriage/internal/lead"
)

// Limits of what is kept of a model's answer, in runes.
const (
	maxShort   = 120 // names, places, technologies
	maxProse   = 500 // description, business model, use case
	maxSummary = 600
)

// claim is one fact as the model recorded it: nothing in it is trusted.
type claim struct {
	Field      lead.Field `json:"field"`
	Value      string     `json:"value"`
	SourceID   string     `json:"source_id"`
	Quote      string     `json:"quote"`
	Confidence float64    `json:"confidence"`
}

// checker compares claims with the pages that the model was shown.
type checker struct {
	pages map[string]source // by id
	known folded            // a page is folded when a fact names it
	own   selves            // what the company is called by its domain and its home page
	names phrases           // and by whoever sent the lead: may only speak against a fact, which all its leads share
	now   time.Time
}

func newChecker(sources []source, own selves, name, domain string, now time.Time, known folded) checker {
	c := checker{pages: map[string]source{}, known: known, own: own, names: called(name, domain), now: now}
	for _, s := range sources {
		c.pages[s.id] = s
	}
	return c
}

// fact turns a claim into a fact in normal form: Verified when the quote stands
// in the named source and bears the value, else Unverified. ok is false when the
// value has no normal form and nothing worth showing is left.
func (c checker) fact(cl claim) (f lead.Fact, ok bool) {
	value, ok := normal(cl.Field, cl.Value, c.now)
	if !ok {
		return f, false
	}
	f = lead.Fact{Field: cl.Field, Value: value, Status: lead.Unverified, Confidence: min(max(cl.Confidence, 0), 1)}
	page, known := c.pages[cl.SourceID]
	quote := clamp(tidy(cl.Quote), maxQuote)
	if quote != "" {
		f.Evidence = []lead.Evidence{{URL: page.url, Quote: quote}}
	}
	if !known {
		return f, true
	}
	for _, p := range c.known.of(page.text).passages(cl.Quote) {
		if p.quoted() || c.own.testimony(p) {
			continue
		}
		if borne, ok := c.bears(f, p); ok && !commanded(p) {
			f.Value, f.Status = borne, lead.Verified
			break
		}
	}
	return f, true
}

// bears asks the rule of the fact's field. The value comes back as the page bears
// it: "500" said of "over 500" is "500+".
func (c checker) bears(f lead.Fact, p passage) (string, bool) {
	switch f.Field {
	case lead.Industry:
		return f.Value, bearsIndustry(f.Value, p, c.names, c.own)
	case lead.Employees:
		want, err := company.ParseHeadcount(f.Value)
		if err != nil {
			return f.Value, false
		}
		got, ok := bearsHeadcount(want, p, c.own, c.now.Year())
		return got.String(), ok
	case lead.HQCountry:
		return f.Value, bearsCountry(f.Value, p, c.own)
	case lead.HQCity:
		return f.Value, bearsCity(f.Value, p, c.own)
	case lead.FoundedYear:
		year, err := strconv.Atoi(f.Value)
		return f.Value, err == nil && bearsYear(float64(year), p, c.own)
	case lead.Revenue:
		money, err := company.ParseMoney(f.Value)
		return f.Value, err == nil && bearsRevenue(money, p, c.own)
	case lead.Technology:
		return f.Value, bearsTechnology(f.Value, p, c.own)
	case lead.LegalName:
		return f.Value, bearsName(f.Value, p, c.own.phrases)
	case lead.BusinessModel, lead.UseCase, lead.Description:
		return f.Value, bearsProse(f.Value, p)
	}
	return f.Value, false
}

// unknowns are what models write instead of leaving a fact out.
var unknowns = []string{"unknown", "n/a", "na", "none", "null", "not stated", "not specified", "not available", "-", "?"}

// normal brings a value into the form of its field (CONTRACT "A lead, as read").
func normal(field lead.Field, value string, now time.Time) (string, bool) {
	value = tidy(value)
	if value == "" || slices.Contains(unknowns, strings.ToLower(value)) || !slices.Contains(lead.Fields, field) {
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
		year, err := strconv.Atoi(value)
		return strconv.Itoa(year), err == nil && year >= 1000 && year <= now.Year()
	case lead.Revenue:
		m, err := company.ParseMoney(value)
		return m.String(), err == nil
	case lead.Technology:
		value = company.Technology(value)
	case lead.HQCity: // "Naperville, Illinois": the state is none of the city
		value, _, _ = strings.Cut(value, ",")
		value = strings.TrimSpace(value)
		return value, value != "" && utf8.RuneCountInString(value) <= maxShort
	case lead.BusinessModel, lead.UseCase, lead.Description:
		return clamp(value, maxProse), true
	}
	return value, utf8.RuneCountInString(value) <= maxShort
}

// tidy makes one line of printable text.
func tidy(s string) string {
	return strings.Join(strings.FieldsFunc(strings.ToValidUTF8(s, ""), func(r rune) bool { return r <= ' ' || r >= 0x7f && r < 0xa1 || r == '\u2028' || r == '\u2029' }), " ")
}

func clamp(s string, runes int) string {
	if utf8.RuneCountInString(s) <= runes {
		return s
	}
	return string([]rune(s)[:runes-1]) + "…"
}
