package sim

import (
	"encoding/json"
	"fmt"
	"html"
	"io/fs"
	"net/url"
	"path"
	"regexp"
	"slices"
	"strings"

	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

// Label is a quote with what a first reader claims of it, and what a second one reads:
// all that the simulated model knows. What has no label it does not see.
type Label struct {
	evidence.Sentence
	// Page is the path of a page that the model asks for before it records, where it
	// was not shown; empty: none.
	Page string `json:"page,omitempty"`
	// Host is the site that the label is of; empty: any.
	Host string `json:"-"`
}

// labels are what a model knows, by host; "" are those of any.
type labels map[string][]Label

// castLabels are those of the sample companies: the facts.json beside their pages.
func castLabels() labels {
	cast := labels{}
	files, err := fs.Glob(webSites, "sites/*/facts.json")
	for _, name := range files {
		var list []Label
		var text []byte
		if text, err = webSites.ReadFile(name); err == nil {
			err = json.Unmarshal(text, &list)
		}
		if err != nil {
			break
		}
		cast[path.Base(path.Dir(name))] = list
	}
	if err != nil {
		panic(fmt.Sprintf("embedded labels: %v", err))
	}
	return cast
}

// of are the labels of the host that a source stands on, and those of any.
func (l labels) of(s readSource) []Label {
	u, err := url.Parse(s.URL)
	if err != nil {
		return l[""]
	}
	return slices.Concat(l[strings.TrimPrefix(u.Hostname(), "www.")], l[""])
}

// readSource is a page as it was put before the model.
type readSource struct{ ID, URL, Text string }

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
	quoteElement  = regexp.MustCompile(`(?s)<quote\s([^>]*)>(.*?)</quote>`)
	elementAttr   = regexp.MustCompile(`([a-z]+)\s*=\s*"([^"]*)"`)
	quotePart     = regexp.MustCompile(`(?s)<(heading|before|text|after)>(.*?)</`)
)

func attributes(s string) map[string]string {
	all := map[string]string{}
	for _, m := range elementAttr.FindAllStringSubmatch(s, -1) {
		all[m[1]] = html.UnescapeString(m[2])
	}
	return all
}

// findSources takes the sources out of the texts of a conversation. An id that
// comes twice keeps its first text.
func findSources(texts []string) (sources []readSource) {
	for _, text := range texts {
		for _, m := range sourceElement.FindAllStringSubmatch(text, -1) {
			a := attributes(m[1])
			s := readSource{a["id"], a["url"], html.UnescapeString(m[2])}
			if s.ID != "" && !slices.ContainsFunc(sources, func(o readSource) bool { return o.ID == s.ID }) {
				sources = append(sources, s)
			}
		}
	}
	return sources
}

// claims are the labels that stand in the sources, as facts.
func (l labels) claims(sources []readSource) reading {
	found := reading{Facts: []readFact{}, Summary: "The sources say nothing about the company."}
	for _, s := range sources {
		text := evidence.NewText(s.Text)
		for _, label := range l.of(s) {
			known := slices.ContainsFunc(found.Facts, func(f readFact) bool {
				return f.Field == string(label.Field) && f.Value == label.Value && f.Quote == label.Quote
			})
			if _, stands, _ := text.Find(label.Quote); stands && !known {
				found.Facts = append(found.Facts, readFact{string(label.Field), label.Value, s.ID, label.Quote, 0.9})
			}
		}
	}
	if len(found.Facts) > 0 {
		found.Summary = "What the company says of itself was recorded."
	}
	return found
}

// wantedPages are pages that labels stand on and that were not shown yet.
func (l labels) wantedPages(sources []readSource, called []modelCall) (wanted []string) {
	for _, s := range sources {
		u, err := url.Parse(s.URL)
		if err != nil {
			continue
		}
		for _, label := range l.of(s) {
			address := u.Scheme + "://" + u.Host + label.Page
			seen := slices.ContainsFunc(sources, func(o readSource) bool { return o.URL == address }) ||
				slices.ContainsFunc(called, func(c modelCall) bool { return strings.Contains(c.arguments, address) })
			if label.Page != "" && !seen && !slices.Contains(wanted, address) {
				wanted = append(wanted, address)
			}
		}
	}
	return wanted
}

// readQuote is a reading in the words of read_quotes.
type readQuote struct {
	ID string `json:"id"`
	evidence.Reading
}

// readings are the labels of the quotes in the texts, of all hosts: the reader is told
// no address. A quote without a label reads as nothing.
func (l labels) readings(texts []string) []readQuote {
	read := []readQuote{}
	for _, m := range quoteElement.FindAllStringSubmatch(strings.Join(texts, "\n"), -1) {
		a, p := attributes(m[1]), lead.Passage{}
		for _, part := range quotePart.FindAllStringSubmatch(m[2], -1) {
			into := map[string]*string{"heading": &p.Heading, "before": &p.Before, "text": &p.Text, "after": &p.After}
			*into[part[1]] = html.UnescapeString(part[2])
		}
		read = append(read, readQuote{a["id"], l.reading(lead.Field(a["field"]), p)})
	}
	return read
}

func (l labels) reading(field lead.Field, p lead.Passage) evidence.Reading {
	best, fit := evidence.Reading{Values: []string{}, Of: "other", When: "none"}, 0
	text := evidence.NewText(p.Text)
	for _, list := range l {
		for _, label := range list {
			if label.Field != field {
				continue
			}
			fits := 0
			if _, stands, _ := text.Find(label.Quote); stands {
				fits = 1
			}
			if fits == 1 && sameWords(label.Quote, p.Text) {
				fits = 2
				if label.Heading == p.Heading && label.Before == p.Before && label.After == p.After {
					fits = 3
				}
			}
			if fits > fit {
				best, fit = label.Reading, fits
			}
		}
	}
	return best
}

func sameWords(a, b string) bool {
	_, one, _ := evidence.NewText(a).Find(b)
	_, other, _ := evidence.NewText(b).Find(a)
	return one && other
}
