package intake

import (
	"bytes"
	"crypto/sha256"
	_ "embed"
	"encoding/base64"
	"encoding/json"
	"html/template"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/danielgtaylor/huma/v2"
)

//go:embed docs.html
var docsHTML string

//go:embed docs.css
var docsCSS string

func (a *API) healthz(c *call) error {
	return c.answer(http.StatusOK, map[string]string{"status": "ok"})
}

// readyz asks database and queue only: Slack or the model being down never
// closes the intake.
func (a *API) readyz(c *call) error {
	if a.opts.Ready != nil {
		if err := a.opts.Ready(c.r.Context()); err != nil {
			p := problemf(http.StatusServiceUnavailable, "not ready: the database or the queue does not answer, or takes no writes; the log says which and why").retry(5 * time.Second)
			p.cause = err
			return p
		}
	}
	return c.answer(http.StatusOK, map[string]string{"status": "ready"})
}

func (a *API) openapi(c *call) error {
	c.w.Header().Set("Content-Type", "application/json")
	c.w.Write(a.document)
	return nil
}

func (a *API) docs(c *call) error {
	h := c.w.Header()
	h.Set("Content-Type", "text/html; charset=utf-8")
	h.Set("Referrer-Policy", "no-referrer")
	style := sha256.Sum256([]byte(docsCSS))
	h.Set("Content-Security-Policy", "default-src 'none'; style-src 'sha256-"+base64.StdEncoding.EncodeToString(style[:])+"'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'")
	c.w.Write(a.page)
	return nil
}

// fieldRow is one field of a schema on the page, with its path from the body.
type fieldRow struct {
	Path, Type, About string
	Required          bool
}

// renderDocs draws the page once: the document does not change while the program runs.
func (a *API) renderDocs() ([]byte, error) {
	t, err := template.New("docs").Funcs(template.FuncMap{
		"fields": func(s *huma.Schema) []fieldRow { return a.fieldsUnder("", s, 0) },
		"pretty": pretty,
		"style":  func() template.CSS { return template.CSS(docsCSS) },
		"bold":   func(s string) []string { return strings.Split(s, "**") },
		"kind":   a.kindOf,
	}).Parse(docsHTML)
	if err != nil {
		return nil, err
	}
	var page bytes.Buffer
	err = t.Execute(&page, struct {
		Info *huma.Info
		Ops  []*huma.Operation
	}{a.doc.OpenAPI().Info, a.ops})
	return page.Bytes(), err
}

// fieldsUnder lists a schema's fields, nested ones under their path.
func (a *API) fieldsUnder(prefix string, s *huma.Schema, depth int) []fieldRow {
	s = a.resolve(s)
	if s == nil || depth > 3 {
		return nil
	}
	needed := func(name string) bool { return slices.Contains(s.Required, name) }
	names := slices.Sorted(maps.Keys(s.Properties))
	optional := slices.DeleteFunc(slices.Clone(names), needed)
	required := slices.DeleteFunc(names, func(name string) bool { return !needed(name) })
	var rows []fieldRow
	for _, name := range append(required, optional...) {
		p := s.Properties[name]
		about := p.Description
		if len(p.Enum) > 0 {
			words := make([]string, len(p.Enum))
			for i, w := range p.Enum {
				words[i], _ = w.(string)
			}
			about = strings.TrimSpace(about + " One of " + strings.Join(words, ", ") + ".")
		}
		rows = append(rows, fieldRow{Path: prefix + name, Type: a.kindOf(p), About: about, Required: needed(name)})
		inner, mark := a.resolve(p), "."
		if inner.Items != nil {
			inner, mark = inner.Items, "[]."
		}
		rows = append(rows, a.fieldsUnder(prefix+name+mark, inner, depth+1)...)
	}
	return rows
}

// resolve follows a reference, a choice between something and null, and the first
// of several forms of a body.
func (a *API) resolve(s *huma.Schema) *huma.Schema {
	if s != nil && len(s.AnyOf) > 0 {
		s = s.AnyOf[0]
	}
	if s != nil && len(s.OneOf) == 2 && s.OneOf[1].Type == "null" {
		s = s.OneOf[0]
	}
	if s != nil && s.Ref != "" {
		return a.doc.OpenAPI().Components.Schemas.SchemaFromRef(s.Ref)
	}
	return s
}

func (a *API) kindOf(s *huma.Schema) string {
	r := a.resolve(s)
	switch {
	case r == nil:
		return ""
	case len(r.OneOf) > 0:
		kinds := make([]string, len(r.OneOf))
		for i, one := range r.OneOf {
			kinds[i] = one.Type
		}
		return strings.Join(kinds, " or ")
	case r.Format != "" && r.Type == huma.TypeString:
		return r.Format
	}
	return r.Type
}

// pretty prints an example as it would be sent.
func pretty(example any) string {
	switch v := example.(type) {
	case string:
		return strings.TrimSpace(v)
	case json.RawMessage:
		return strings.TrimSpace(string(v))
	}
	return ""
}
