package eval

import (
	"errors"
	"fmt"
	"slices"
	"strings"

	"leadtriage/internal/company"
	"leadtriage/internal/evidence"
	"leadtriage/internal/lead"
)

// Company is one line of a data set: a company with the pages of its site and
// what a careful reader takes from them.
type Company struct {
	ID     string      `json:"id"`     // unique in the set
	Domain string      `json:"domain"` // a registrable domain, unique in the set; it is never asked for
	Name   string      `json:"name"`
	Lang   string      `json:"lang"`
	Pages  []SavedPage `json:"pages"`
	Truth  Truth       `json:"truth"`
	Traps  []Trap      `json:"traps,omitempty"`  // what a careless reader would take for a fact
	Source string      `json:"source,omitempty"` // where the facts come from
	AsOf   int         `json:"as_of,omitempty"`  // the year that the facts are of; 0: unknown
}

// Labels are the truths and traps that have a quote: what a simulated model knows.
func (c *Company) Labels() (labels []evidence.Sentence) {
	for _, field := range lead.Fields {
		for _, s := range c.Truth[field].stated {
			s.Field, s.Company, s.Right = field, c.Name, string(lead.Verified)
			labels = append(labels, s)
		}
	}
	for _, t := range c.Traps {
		if t.Quote != "" {
			t.Company, t.Right = c.Name, string(lead.Unverified)
			labels = append(labels, t.Sentence)
		}
	}
	return labels
}

// SavedPage is one page of a company's site: HTML or plain text. The home page
// has the path "/"; others are found by its links, as on the web.
type SavedPage struct {
	Path string `json:"path"`
	HTML string `json:"html,omitempty"`
	Text string `json:"text,omitempty"`
}

// Read reads a data set. Errors name file and line, all faulty lines at once.
func Read(text []byte, file string) ([]Company, error) {
	ids, domains := map[string]int{}, map[string]int{}
	return evidence.Lines(text, file+":", func(c *Company, line int) error {
		switch err := c.check(); {
		case err != nil:
			return err
		case ids[c.ID] != 0:
			return fmt.Errorf("the id %q is taken by line %d", c.ID, ids[c.ID])
		case domains[c.Domain] != 0:
			return fmt.Errorf("the domain %s is taken by line %d", c.Domain, domains[c.Domain])
		}
		ids[c.ID], domains[c.Domain] = line, line
		return nil
	})
}

// check brings domain and truth into normal form.
func (c *Company) check() error {
	if strings.TrimSpace(c.ID) == "" {
		return errors.New("id is missing")
	}
	domain, err := company.Domain(c.Domain)
	if err != nil {
		return fmt.Errorf("%s: domain: %w", c.ID, err)
	}
	c.Domain = domain
	seen := map[string]bool{}
	for _, p := range c.Pages {
		switch {
		case !strings.HasPrefix(p.Path, "/"):
			return fmt.Errorf("%s: path %q does not start with /", c.ID, p.Path)
		case seen[p.Path]:
			return fmt.Errorf("%s: two pages at %s", c.ID, p.Path)
		case (p.HTML == "") == (p.Text == ""):
			return fmt.Errorf("%s: the page %s needs either html or text", c.ID, p.Path)
		}
		seen[p.Path] = true
	}
	if !seen["/"] {
		return fmt.Errorf("%s: no home page: give one page the path /", c.ID)
	}
	if len(c.Truth) == 0 {
		return fmt.Errorf("%s: truth is empty: there is nothing to measure", c.ID)
	}
	for _, field := range lead.Fields {
		accepted, labelled := c.Truth[field]
		if !labelled {
			continue
		}
		if accepted.Values, err = normal(field, accepted.Values); err != nil {
			return fmt.Errorf("%s: truth: %s: %w", c.ID, field, err)
		}
		c.Truth[field] = accepted
	}
	for field := range c.Truth {
		if !slices.Contains(lead.Fields, field) {
			return fmt.Errorf("%s: truth: there is no field %q: use one of %v", c.ID, field, lead.Fields)
		}
	}
	return nil
}
