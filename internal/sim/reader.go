package sim

import (
	"fmt"
	"html"
	"regexp"
	"strings"
)

// readSource is a page as it was put before the model.
type readSource struct{ ID, URL, Text string }

// readPage is a source cut into sentences, with what is asked of it more than once.
type readPage struct {
	readSource
	sentences []string
	office    place
	staff     finding
}

func newReadPage(s readSource) readPage {
	p := readPage{readSource: s, sentences: sentences(s.Text)}
	p.office = headOffice(p.sentences)
	p.staff = statedStaff(p.sentences)
	return p
}

// readFact is a fact in the words of record_firmographics.
type readFact struct {
	Field      string  `json:"field"`
	Value      string  `json:"value"`
	SourceID   string  `json:"source_id"`
	Quote      string  `json:"quote"`
	Confidence float64 `json:"confidence"`
}

// reading is all that the model found.
type reading struct {
	Facts   []readFact `json:"facts"`
	Summary string     `json:"summary"`
}

var (
	sourceElement = regexp.MustCompile(`(?s)<source\s([^>]*)>(.*?)</source>`)
	sourceAttr    = regexp.MustCompile(`(id|url)\s*=\s*"([^"]*)"`)
)

// findSources takes the sources out of the texts of a conversation. An id that
// comes twice keeps its first text.
func findSources(texts []string) []readPage {
	var sources []readPage
	seen := map[string]bool{}
	for _, text := range texts {
		for _, m := range sourceElement.FindAllStringSubmatch(text, -1) {
			s := readSource{Text: html.UnescapeString(m[2])}
			for _, a := range sourceAttr.FindAllStringSubmatch(m[1], -1) {
				switch v := html.UnescapeString(a[2]); a[1] {
				case "id":
					s.ID = v
				case "url":
					s.URL = v
				}
			}
			if s.ID == "" || seen[s.ID] {
				continue
			}
			seen[s.ID] = true
			sources = append(sources, newReadPage(s))
		}
	}
	return sources
}

// finding is a candidate for a fact: the more it weighs the surer it is.
type finding struct {
	value  string
	quote  string
	weight int
}

// readSources proposes facts from the sources alone. Every honest quote is an
// exact part of its source; a source that gives orders is obeyed, as a weak
// model would (reader_orders.go).
func readSources(sources []readPage) reading {
	var r reading
	closed := false
	for _, s := range sources {
		closed = closed || companyClosed(s)
	}
	single := []struct {
		field string
		find  func(readPage) (finding, bool)
	}{
		{"legal_name", findLegalName},
		{"industry", findIndustry},
		{"employees", findEmployees},
		{"hq_country", findCountry},
		{"hq_city", findCity},
		{"founded_year", findFounded},
		{"revenue", findRevenue},
		{"business_model", findBusinessModel},
		{"use_case", findUseCase},
		{"description", findDescription},
	}
	for _, field := range single {
		if closed && (field.field == "employees" || field.field == "revenue") {
			continue // what is said of it is past
		}
		r.addBest(field.field, sources, field.find)
	}
	for _, s := range sources {
		if closed {
			break
		}
		for _, f := range findTechnologies(s) {
			r.add("technology", s, f)
		}
	}
	r.obey(sources)
	r.Summary = strings.TrimSpace(r.summary(closed) + " " + r.Summary)
	return r
}

// oneOnly are fields of which the strongest statement of all sources is kept.
// The others keep what each source states, so that a contradiction shows.
var oneOnly = map[string]bool{"description": true, "use_case": true, "business_model": true, "industry": true, "legal_name": true, "revenue": true, "hq_city": true}

func (r *reading) addBest(field string, sources []readPage, find func(readPage) (finding, bool)) {
	var best finding
	var from readPage
	for _, s := range sources {
		f, ok := find(s)
		if !ok {
			continue
		}
		if !oneOnly[field] {
			r.add(field, s, f)
			continue
		}
		if f.weight > best.weight {
			best, from = f, s
		}
	}
	if best.weight > 0 {
		r.add(field, from, best)
	}
}

// add proposes a fact; the same fact again only replaces a weaker quote.
func (r *reading) add(field string, s readPage, f finding) {
	fact := readFact{field, f.value, s.ID, f.quote, float64(min(95, 50+10*f.weight)) / 100}
	for i, have := range r.Facts {
		if have.Field == field && strings.EqualFold(have.Value, f.value) {
			if fact.Confidence > have.Confidence {
				r.Facts[i] = fact
			}
			return
		}
	}
	r.Facts = append(r.Facts, fact)
}

// value returns the first proposal for a field.
func (r *reading) value(field string) string {
	for _, f := range r.Facts {
		if f.Field == field {
			return f.Value
		}
	}
	return ""
}

func (r *reading) summary(closed bool) string {
	if len(r.Facts) == 0 {
		return "The sources say nothing about the company."
	}
	name := r.value("legal_name")
	if name == "" {
		name = "The company"
	}
	var parts []string
	if v := r.value("industry"); v != "" {
		parts = append(parts, "works in "+strings.ReplaceAll(v, "_", " "))
	}
	if v := r.value("hq_city"); v != "" {
		parts = append(parts, "is based in "+v)
	}
	if v := r.value("employees"); v != "" {
		parts = append(parts, fmt.Sprintf("states a head count of %s", v))
	}
	if closed {
		parts = append(parts, "has closed")
	}
	if len(parts) == 0 {
		return name + " says little about itself."
	}
	return name + " " + strings.Join(parts, ", ") + "."
}
